"""Small images with known parts for the tests, and estimators that take little time over them."""

import numpy as np
from scipy.ndimage import zoom
from sklearn.datasets import load_digits

from skdeep import ImageSegmenter, ObjectDetector

SETTINGS = {"width": 4, "depth": 1, "max_iter": 3, "batch_size": 8, "random_state": 0}


def segmenter(**changes):
    return ImageSegmenter(**SETTINGS | changes)


def detector(**changes):
    return ObjectDetector(**SETTINGS | {"depth": 2} | changes)


def plates(n=24, side=(12, 14), n_classes=3, seed=0):
    """Images (n, H, W) with a plate of one of several brightnesses, and their masks."""
    rng = np.random.default_rng(seed)
    masks = np.zeros((n, *side), dtype=int)
    for i, mask in enumerate(masks):
        top, left = (rng.integers(0, s - 5) for s in side)
        mask[top : top + 5, left : left + 4] = 1 + i % (n_classes - 1)
    return masks + rng.normal(scale=0.3, size=masks.shape), masks


def boxed(n=24, side=(16, 18), seed=0):
    """Images with none to two plates, and a list of their boxes and labels."""
    rng = np.random.default_rng(seed)
    X, y = rng.normal(scale=0.3, size=(n, *side)), []
    for i, image in enumerate(X):
        boxes, labels = [], []
        for k in range(i % 3):
            top, left = int(rng.integers(0, 11)), 9 * k + int(rng.integers(0, 4))
            image[top : top + 5, left : left + 4] += 1.5 + k
            boxes.append([left, top, left + 4, top + 5])
            labels.append(("dim", "lit")[k])
        y.append((boxes, labels))
    return X, y


def data_of(made):
    """What an estimator of this kind learns from."""
    return plates() if made is segmenter else boxed()


def rows(y, index):
    """Some rows of what an estimator learns."""
    return [y[i] for i in index] if isinstance(y, list) else y[index]


def answers(estimator, X):
    """Everything that is answered, as one array an image."""
    if isinstance(estimator, ImageSegmenter):
        return list(estimator.predict_proba(X))
    found = estimator.predict_scores(X)
    codes = [np.searchsorted(estimator.classes_, labels) for _, labels, _ in found]
    return [np.column_stack([b, k, s]) for (b, _, s), k in zip(found, codes, strict=True)]


def same(one, other, **tolerance):
    """Assert that answers are the same."""
    assert len(one) == len(other)
    for a, b in zip(one, other, strict=True):
        np.testing.assert_allclose(a, b, **{"rtol": 1e-4, "atol": 1e-4} | tolerance)


def canvases(n, seed, side=32):
    """Digits of scikit-learn, twice as large, on canvases with lines: masks of their ink and boxes.

    Those of even and odd seeds are different digits.
    """
    data, rng = load_digits(), np.random.default_rng(seed)
    X, masks = rng.normal(scale=0.1, size=(n, side, side)), np.zeros((n, side, side), dtype=int)
    boxes = []
    for canvas, mask in zip(X, masks, strict=True):
        which = 2 * rng.integers(len(data.images) // 2) + seed % 2
        digit = zoom(data.images[which] / 16, 2, order=1).clip(0, 1)
        ink = digit > 0.3
        (top, bottom), (left, right) = (
            np.flatnonzero(ink.any(axis=axis))[[0, -1]] for axis in (1, 0)
        )
        digit = digit[top : bottom + 1, left : right + 1]
        (height, width), mask_of_digit = digit.shape, digit > 0.3
        for _ in range(2):
            canvas[rng.integers(side)] += 0.7
            canvas[:, rng.integers(side)] += 0.7
        y0, x0 = int(rng.integers(0, side - height + 1)), int(rng.integers(0, side - width + 1))
        place = slice(y0, y0 + height), slice(x0, x0 + width)
        canvas[place] = np.maximum(canvas[place], digit)
        mask[place] = mask_of_digit
        boxes.append(([[x0, y0, x0 + width, y0 + height]], [data.target[which]]))
    return X, masks, boxes
