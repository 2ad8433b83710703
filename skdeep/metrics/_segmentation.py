"""Mean intersection over union of masks; weights of images."""

from typing import Any

import numpy as np

from skdeep._scikit_learn import check_sample_weight


def mean_iou(y_true: Any, y_pred: Any, *, sample_weight: Any = None) -> float:
    """Mean over the classes of intersection over union, that of all images together.

    Pixels of a class in both masks are counted over all images, and divided by those that are of it
    in either. Classes that are in neither do not count. It is the macro average of
    `sklearn.metrics.jaccard_score` over pixels.

    Parameters
    ----------
    y_true, y_pred : array-like of shape (n_images, height, width)
        Masks: a label for each pixel.
    sample_weight : array-like of shape (n_images,), default=None
        Weights of the images.

    Returns
    -------
    float
        From 0 to 1; NaN where all weights are 0.

    Raises
    ------
    ValueError
        If the masks differ in shape.

    Examples
    --------
    >>> from skdeep.metrics import mean_iou
    >>> truth = [[[0, 0, 1, 1]]]  # one image, of one row
    >>> mean_iou(truth, [[[0, 1, 1, 1]]])  # of 1/2 and 2/3
    0.5833333333333333
    """
    y_true, y_pred = np.asarray(y_true), np.asarray(y_pred)
    if y_true.ndim != 3 or y_true.shape != y_pred.shape:
        raise ValueError(
            f"y_true has the shape {y_true.shape} and y_pred {y_pred.shape}: masks of one shape "
            "(n_images, height, width) were expected."
        )
    weight = image_weights(sample_weight, len(y_true))
    ious = []
    for label in np.union1d(y_true[weight > 0], y_pred[weight > 0]):
        truly, predicted = y_true == label, y_pred == label
        common = weight @ (truly & predicted).sum(axis=(1, 2))
        ious.append(common / (weight @ (truly | predicted).sum(axis=(1, 2))))
    return float(np.mean(ious)) if ious else float("nan")


def image_weights(sample_weight: Any, n_images: int) -> np.ndarray:
    """Weights as float64, 1 for None.

    Raises
    ------
    ValueError
        If they are not as many as images, or one is negative or not finite.
    """
    weight = check_sample_weight(sample_weight, np.empty((n_images, 0)), dtype=np.float64)
    if (weight < 0).any():
        raise ValueError(
            f"Negative values in sample_weight: the smallest is {weight.min():g}. Weights count "
            "how often an image is seen and cannot be below 0."
        )
    return weight
