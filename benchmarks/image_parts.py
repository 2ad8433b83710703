"""Digits out of clutter: masks and boxes, by the defaults.

    python benchmarks/image_parts.py [--task masks boxes] [--train 600] [--test 300] [--seeds 0]
                                     [--loaders PATH]

`masks`: a digit at a random place of a canvas with noise, lines and fragments of other digits; the
pixels of its stroke are to be told from all else. Printed is the mean intersection over union.
`boxes`: one to four digits that do not overlap, on a canvas with noise; a tight box round each, and
which digit it is. Printed is the mean average precision at IoU 0.5.

Digits are those of scikit-learn, scaled up to 24 pixels, or with --loaders, a Python file with
`load(name)`, those of "mnist_5k". Digits of held-out canvases are none of those of training.
"""

import argparse
import importlib.util
import time

import numpy as np
from scipy.ndimage import zoom
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

from skdeep import ImageSegmenter, ObjectDetector

SIDE = 64
# What counts as ink, of 1.
INK = 0.3


def digits(loaders):
    """Digits (n, side, side) from 0 to 1, and their numbers."""
    if loaders is None:
        data = load_digits()
        images = np.array([zoom(image / 16, 3, order=1) for image in data.images])
        return images.clip(0, 1), data.target
    spec = importlib.util.spec_from_file_location("loaders", loaders)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    images, numbers = module.load("mnist_5k")
    return images / 255.0, numbers.astype(int)


def tight(digit):
    """The part of an image that has ink."""
    ink = digit > INK
    rows, columns = np.flatnonzero(ink.any(axis=1)), np.flatnonzero(ink.any(axis=0))
    return digit[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]


def paste(canvas, image, top, left):
    """Put the brighter of the two."""
    part = canvas[top : top + image.shape[0], left : left + image.shape[1]]
    np.maximum(part, image, out=part)


def place(image, rng, side=SIDE):
    """A random top left corner where an image fits."""
    return tuple(int(rng.integers(0, side - n + 1)) for n in image.shape)


def clutter(images, rng, side=SIDE):
    """A canvas with noise, three lines and five fragments of digits."""
    canvas = np.zeros((side, side))
    for _ in range(3):
        (y0, x0), (y1, x1) = rng.integers(0, side, (2, 2))
        steps = np.linspace(0, 1, 2 * side)
        rows, columns = y0 + steps * (y1 - y0), x0 + steps * (x1 - x0)
        canvas[rows.astype(int), columns.astype(int)] = rng.uniform(0.4, 1)
    for _ in range(5):
        digit = images[rng.integers(len(images))]
        size = rng.integers(5, 9, 2)
        top, left = (rng.integers(0, n - s) for n, s in zip(digit.shape, size, strict=True))
        fragment = digit[top : top + size[0], left : left + size[1]]
        paste(canvas, fragment, *place(fragment, rng, side))
    return (canvas + rng.normal(scale=0.1, size=canvas.shape)).clip(0, 1)


def masks_task(images, numbers, n, rng, side=SIDE):
    """Canvases (n, side, side) and masks, 1 where the digit has ink."""
    X, y = np.empty((n, side, side), dtype=np.float32), np.zeros((n, side, side), dtype=int)
    for canvas, mask in zip(X, y, strict=True):
        canvas[:] = clutter(images, rng, side)
        digit = tight(images[rng.integers(len(images))])
        top, left = place(digit, rng, side)
        paste(canvas, digit, top, left)
        mask[top : top + digit.shape[0], left : left + digit.shape[1]] = digit > INK
    return X, y


def boxes_task(images, numbers, n, rng, side=SIDE):
    """Canvases (n, side, side) and for each the boxes and numbers of one to four digits."""
    X, y = np.empty((n, side, side), dtype=np.float32), []
    for canvas in X:
        canvas[:] = rng.normal(scale=0.1, size=canvas.shape).clip(0, 1)
        boxes, labels = [], []
        taken = np.zeros((side, side), dtype=bool)
        for _ in range(rng.integers(1, 5)):
            which = rng.integers(len(images))
            digit = tight(images[which])
            height, width = digit.shape
            for _ in range(50):  # a canvas may be too full
                top, left = place(digit, rng, side)
                part = taken[top : top + height, left : left + width]
                if not part.any():
                    part[:] = True
                    paste(canvas, digit, top, left)
                    boxes.append([left, top, left + width, top + height])
                    labels.append(int(numbers[which]))
                    break
        y.append((np.array(boxes), np.array(labels)))
    return X, y


TASKS = {"masks": (masks_task, ImageSegmenter), "boxes": (boxes_task, ObjectDetector)}


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--task", nargs="+", choices=TASKS, default=list(TASKS))
    parser.add_argument("--train", type=int, default=600)
    parser.add_argument("--test", type=int, default=300)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0])
    parser.add_argument("--loaders")
    arguments = parser.parse_args()
    images, numbers = digits(arguments.loaders)
    print(f"{'task':8}{'seed':>5}{'score':>8}{'fit s':>8}{'CPU s':>8}{'predict s':>11}")
    for name in arguments.task:
        make, estimator = TASKS[name]
        for seed in arguments.seeds:
            rng = np.random.default_rng(seed)
            parts = train_test_split(images, numbers, random_state=seed)
            X, y = make(*parts[::2], arguments.train, rng)
            X_test, y_test = make(*parts[1::2], arguments.test, rng)
            wall, cpu = time.perf_counter(), time.process_time()
            model = estimator(random_state=seed).fit(X, y)
            fitted, used = time.perf_counter() - wall, time.process_time() - cpu
            score = model.score(X_test, y_test)
            predicting = time.perf_counter() - wall - fitted
            print(
                f"{name:8}{seed:5}{score:8.3f}{fitted:8.1f}{used:8.1f}{predicting:11.1f}",
                flush=True,
            )


if __name__ == "__main__":
    main()
