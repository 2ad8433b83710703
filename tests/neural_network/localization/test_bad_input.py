"""What cannot be used is refused in words that say what was expected and what came."""

import numpy as np
import pytest

from tests.neural_network.localization.scenes import (
    answers,
    boxed,
    data_of,
    detector,
    plates,
    same,
    segmenter,
)

X, MASKS = plates()  # (24, 12, 14)
SCENES, BOXES = boxed()  # (24, 16, 18)


def mask_of(value):
    masks = MASKS.astype(float)
    masks[3, 2, 1] = value
    return masks


def with_box(*box, label="lit"):
    """The boxes of all images, the one of image 4 with this one more."""
    return [*BOXES[:4], ([*BOXES[4][0], list(box)], [*BOXES[4][1], label]), *BOXES[5:]]


def with_item(item):
    return [*BOXES[:4], item, *BOXES[5:]]


BAD_MASKS = {
    "none": (None, r"y is None: masks of shape \(n_images, height, width\)"),
    "another size": (MASKS[:, :11], r"shape \(24, 11, 14\).*\(n_images, 12, 14\), as large as"),
    "turned": (MASKS.transpose(0, 2, 1), r"shape \(24, 14, 12\).*\(n_images, 12, 14\)"),
    "a label an image": (MASKS[:, 0, 0], r"shape \(24,\).*\(n_images, 12, 14\)"),
    "flat": (MASKS.reshape(24, -1), r"shape \(24, 168\).*\(n_images, 12, 14\)"),
    "one channel": (MASKS[..., None], r"shape \(24, 12, 14, 1\).*\(n_images, 12, 14\)"),
    "fewer": (MASKS[:23], r"inconsistent numbers of samples: \[24, 23\]"),
    "sizes that differ": ([*MASKS[:23], MASKS[0, :3]], r"masks that differ in size"),
    "fractions": (mask_of(0.5), r"y has 0.5: masks hold labels"),
    "NaN": (mask_of(np.nan), r"y contains NaN"),
    "objects": (np.full(MASKS.shape, None), r"dtype object: masks hold numbers or words"),
}
BAD_BOXES = {
    "none": (None, r"y is None: a list of \(boxes, labels\)"),
    "words": ("boxes", r"y is 'boxes': a list of \(boxes, labels\)"),
    "inverted": (with_box(5, 3, 2, 8), r"y\[4\] has the box \[5.0, 3.0, 2.0, 8.0\].*inverted"),
    "empty": (with_box(5, 3, 5, 8), r"y\[4\].*empty or inverted: x0 < x1 and y0 < y1"),
    "left of it": (
        with_box(-1, 3, 5, 8),
        r"not inside its image of width 18 and height 16",
    ),
    "below it": (with_box(1, 3, 5, 17), r"\[1.0, 3.0, 5.0, 17.0\].*not inside"),
    "NaN": (with_box(1, 3, 5, np.nan), r"y\[4\] has a box with NaN"),
    "labels missing": (with_item(([[1, 2, 3, 4]], [])), r"y\[4\].*\(1, 4\) and labels.*\(0,\)"),
    "three numbers": (
        with_item(([[1, 2, 3]], ["lit"])),
        r"shape \(1, 3\).*\(k, 4\) and \(k,\)",
    ),
    "one box bare": (with_item(([1, 2, 3, 4], ["lit"])), r"shape \(4,\).*\(k, 4\) and \(k,\)"),
    "boxes alone": (with_item([[1, 2, 3, 4]]), r"y\[4\] is no pair \(boxes, labels\)"),
    "a dict": (with_item({"boxes": 1, "labels": 2}), r"y\[4\] is no pair"),
    "words as boxes": (
        with_item(([["a"] * 4], ["lit"])),
        r"y\[4\] has boxes that are no array",
    ),
    "mixed labels": (with_item(([[1, 2, 3, 4]], [1])), r"both words and numbers as labels"),
    "fractions": ([([[1, 2, 3, 4]], [0.5])] * 24, r"y\[0\] has the labels \[0.5\]: whole numbers"),
    "fewer": (BOXES[:23], r"inconsistent numbers of samples: \[24, 23\]"),
    "no box at all": ([([], [])] * 24, r"y has no boxes in any image"),
}
CASES = [pytest.param(segmenter, X, *case, id=f"masks: {k}") for k, case in BAD_MASKS.items()]
CASES += [pytest.param(detector, SCENES, *case, id=f"boxes: {k}") for k, case in BAD_BOXES.items()]
FITTED = {made: made(max_iter=1).fit(*data_of(made)) for made in (segmenter, detector)}


@pytest.mark.parametrize(("made", "images", "y", "message"), CASES)
def test_fit_refuses(made, images, y, message):
    net = made()
    before = dict(vars(net))
    with pytest.raises(ValueError, match=message):
        net.fit(images, y)
    assert vars(net) == before
    net = FITTED[made]
    expected = answers(net, images)
    with pytest.raises(ValueError, match=message):
        net.fit(images, y)
    same(answers(net, images), expected, rtol=0, atol=0)


LATER = {
    "another height": (X[:, :11], r"height 11.*ImageSegmenter was fitted on height 12"),
    "colours": (np.stack([X] * 3, axis=-1), r"3 channels.*fitted on height 12, width 14 and 1 ch"),
    "flat rows of another size": (X.reshape(24, -1)[:, :100], r"100"),
    "NaN": (np.full_like(X, np.nan), r"contains NaN"),
    "words": ("images", r"could not convert string to float"),
}


@pytest.mark.parametrize("name", LATER)
def test_predict_refuses(name):
    given, message = LATER[name]
    with pytest.raises(ValueError, match=message):
        FITTED[segmenter].predict(given)


def test_validation_data_are_checked_too():
    with pytest.raises(ValueError, match=r"In X_val, y_val.*\(24, 11, 14\)"):
        segmenter().fit(X, MASKS, X_val=X, y_val=MASKS[:, :11])
    with pytest.raises(ValueError, match=r"y_val has the labels \[9\].*\[0, 1, 2\]"):
        segmenter().fit(X, MASKS, X_val=X, y_val=np.where(MASKS == 1, 9, MASKS))
    with pytest.raises(ValueError, match=r"y_val has the labels \['new'\].*\['dim', 'lit'\]"):
        detector().fit(SCENES, BOXES, X_val=SCENES, y_val=with_box(1, 2, 3, 4, label="new"))


@pytest.mark.parametrize(
    ("made", "parameters"),
    [
        (segmenter, {"dice": 1.5}),
        (segmenter, {"depth": 0}),
        (segmenter, {"solver": "lbfgs"}),
        (detector, {"stride": 3}),
        (detector, {"threshold": 1.0}),
        (detector, {"max_detections": 0}),
    ],
    ids=lambda value: getattr(value, "__name__", None) or str(value),
)
def test_parameters_are_checked(made, parameters):
    (name,) = parameters
    with pytest.raises(ValueError, match=f"The '{name}' parameter of"):
        made(**parameters).fit(*data_of(made))


def test_a_cell_is_no_coarser_than_the_network():
    with pytest.raises(ValueError, match=r"stride=8.*depth=2.*depth='auto'"):
        detector(stride=8).fit(SCENES, BOXES)
