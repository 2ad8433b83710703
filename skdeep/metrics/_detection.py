"""Mean average precision of boxes."""

from typing import Any

import numpy as np

from skdeep.metrics._segmentation import image_weights


def mean_average_precision(
    y_true: Any, y_pred: Any, *, iou: float = 0.5, sample_weight: Any = None
) -> float:
    """Mean over the classes of the average precision of boxes (Everingham et al. 2010).

    A class's predictions are taken from the highest score to the lowest. A prediction is right if,
    of the true boxes of that class in its image, the one that it overlaps most has an intersection
    over union of at least `iou` with it, and was not matched by an earlier prediction. Average
    precision is the area under the curve of precision over recall, where the precision is the best
    at this recall or a higher one. Classes that are not in `y_true` are ignored.

    Parameters
    ----------
    y_true : sequence of (boxes, labels)
        For each image, boxes (k, 4) as x0, y0, x1, y1 and labels (k,).
    y_pred : sequence of (boxes, labels, scores)
        For each image, what `ObjectDetector.predict_scores` returns.
    iou : float in (0, 1], default=0.5
        Smallest intersection over union at which a prediction matches a true box.
    sample_weight : array-like of shape (n_images,), default=None
        Weights of the images.

    Returns
    -------
    float
        From 0 to 1. Where no image has a box, 1 if none is predicted either, else 0.

    Raises
    ------
    ValueError
        If `y_true` and `y_pred` differ in length, or scores are missing.

    References
    ----------
    M. Everingham et al. (2010), "The Pascal visual object classes (VOC) challenge", International
    Journal of Computer Vision 88.

    Examples
    --------
    >>> from skdeep.metrics import mean_average_precision
    >>> truth = [([[0, 0, 10, 10], [20, 20, 30, 30]], ["cat", "cat"])]
    >>> found = [([[0, 0, 10, 9]], ["cat"], [0.8])]  # half of them
    >>> mean_average_precision(truth, found)
    0.5
    """
    if not 0.0 < iou <= 1.0:
        raise ValueError(f"iou={iou!r} is not in (0, 1].")
    if len(y_true) != len(y_pred):
        raise ValueError(
            f"y_true has {len(y_true)} images and y_pred {len(y_pred)}: as many were expected."
        )
    weight = image_weights(sample_weight, len(y_true))
    kept = np.flatnonzero(weight).tolist()
    truth = [_parts(y_true[i], 2, f"y_true[{i}]") for i in kept]
    found = [_parts(y_pred[i], 3, f"y_pred[{i}]") for i in kept]
    labels = sorted({label for _, labels in truth for label in labels.tolist()})
    if not labels:
        return float(not any(len(labels) for _, labels, _ in found))
    return float(np.mean([_average_precision(k, truth, found, weight[kept], iou) for k in labels]))


def _parts(image: Any, n_parts: int, name: str) -> list[np.ndarray]:
    words = "(boxes, labels, scores)" if n_parts == 3 else "(boxes, labels)"
    if not isinstance(image, list | tuple) or len(image) != n_parts:
        raise ValueError(f"{name} is not {words}: {image!r}.")
    boxes, *others = map(np.asarray, image)
    if any(other.shape != (len(boxes),) for other in others) or boxes.size != 4 * len(boxes):
        shapes = ", ".join(str(part.shape) for part in [boxes, *others])
        raise ValueError(
            f"{name} holds arrays of shapes {shapes}: {words} of shapes (k, 4) and (k,) were "
            "expected."
        )
    return [boxes.reshape(-1, 4).astype(np.float64), *others]


def _average_precision(
    label: Any,
    truth: list[list[np.ndarray]],
    found: list[list[np.ndarray]],
    weight: np.ndarray,
    iou: float,
) -> float:
    """Of one class that `truth` has."""
    scores, is_right, counted, n_truly = [], [], [], 0.0
    for (boxes, labels), (near, predicted, sure), of_image in zip(
        truth, found, weight, strict=True
    ):
        own, mine = boxes[labels == label], predicted == label
        n_truly += of_image * len(own)
        order = np.argsort(-sure[mine], kind="stable")
        is_right.append(_claims(box_ious(near[mine][order], own), iou))
        scores.append(sure[mine][order])
        counted.append(np.full(mine.sum(), of_image))
    # Equal scores of several images are one step of the curve.
    every_score = np.concatenate(scores)
    steps, step = np.unique(-every_score, return_inverse=True)
    every_weight = np.concatenate(counted)
    right = np.bincount(step, every_weight * np.concatenate(is_right), len(steps)).cumsum()
    precision = right / np.bincount(step, every_weight, len(steps)).cumsum()
    best = np.maximum.accumulate(precision[::-1])[::-1]
    return float(np.diff(right / n_truly, prepend=0.0) @ best)


def _claims(ious: np.ndarray, least: float) -> np.ndarray:
    """Which rows of (predictions, boxes), the surest first, claim a box of their own."""
    is_right = np.zeros(len(ious), dtype=bool)
    if not ious.shape[1]:
        return is_right
    claimed = np.zeros(ious.shape[1], dtype=bool)
    for row, nearest in enumerate(ious.argmax(axis=1)):
        is_right[row] = ious[row, nearest] >= least and not claimed[nearest]
        claimed[nearest] |= is_right[row]
    return is_right


def box_ious(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Intersection over union of boxes (j, 4) and (k, 4), as (j, k)."""
    low = np.maximum(first[:, None, :2], second[None, :, :2])
    high = np.minimum(first[:, None, 2:], second[None, :, 2:])
    common = (high - low).clip(0).prod(axis=2)
    areas = [(boxes[:, 2:] - boxes[:, :2]).prod(axis=1) for boxes in (first, second)]
    return common / (areas[0][:, None] + areas[1][None, :] - common)
