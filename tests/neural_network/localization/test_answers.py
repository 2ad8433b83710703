"""Masks and boxes come out as they went in, and right where there is something to learn."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from skdeep import ImageSegmenter, ObjectDetector
from skdeep.metrics import mean_average_precision, mean_iou
from tests.neural_network.localization.scenes import boxed, canvases, detector, plates, segmenter

LABELS = {
    "numbers": [0, 1, 2],
    "gaps": [-5, 3, 255],
    "words": ["field", "road", "water"],
    "yes and no": [False, True],
    "one": [7],
}


@pytest.mark.parametrize("name", LABELS)
def test_labels_of_any_kind(name):
    labels = np.array(LABELS[name])
    X, codes = plates(n_classes=max(len(labels), 2))
    y = labels[codes.clip(max=len(labels) - 1)]
    net = segmenter().fit(X, y)
    assert_array_equal(net.classes_, labels)
    masks, p = net.predict(X), net.predict_proba(X)
    assert masks.shape == y.shape
    assert masks.dtype == y.dtype
    assert p.shape == (*y.shape, len(labels))
    assert_allclose(p.sum(axis=-1), 1.0, rtol=1e-5)
    assert_array_equal(labels[p.argmax(axis=-1)], masks)
    numbered = segmenter().fit(X, codes.clip(max=len(labels) - 1))
    assert_allclose(numbered.predict_proba(X), p, rtol=1e-6)


@pytest.mark.parametrize("labels", [["dim", "lit"], [3, 8]], ids=str)
def test_boxes_have_the_labels_they_were_given(labels):
    X, y = boxed()
    words = dict(zip(["dim", "lit"], labels, strict=True))
    y = [(boxes, [words[label] for label in given]) for boxes, given in y]
    net = detector(threshold=0.0).fit(X, y)
    assert_array_equal(net.classes_, labels)
    found = net.predict(X)
    assert found.shape == (len(X),)
    assert found.dtype == object
    for boxes, given in found:
        assert boxes.shape == (len(given), 4)
        assert given.dtype == np.array(labels).dtype
        assert (boxes >= 0).all()
        assert (boxes <= [18, 16, 18, 16]).all()


@pytest.mark.parametrize("size", [(1, 1), (1, 9), (5, 3), (13, 8)])
@pytest.mark.parametrize("depth", ["auto", 3])
def test_images_of_any_size(size, depth):
    X, y = np.random.default_rng(0).normal(size=(9, *size)), np.zeros((9, *size), dtype=int)
    y[::2] = 1
    assert segmenter(depth=depth).fit(X, y).predict(X).shape == y.shape
    boxes = [([[0, 0, size[1], size[0]]], [0])] * 9
    assert len(detector(depth=3).fit(X, boxes).predict(X)) == 9


def test_the_score_is_that_of_the_metric():
    X, y = plates()
    weight = np.arange(len(X))
    net = segmenter().fit(X, y)
    assert net.score(X, y, weight) == mean_iou(y, net.predict(X), sample_weight=weight)
    X, y = boxed()
    net = detector().fit(X, y)
    found = net.predict_scores(X)
    assert net.score(X, y, weight) == mean_average_precision(y, found, sample_weight=weight)


def test_dice_is_what_it_raises():
    X, y = plates(n_classes=2)
    right = np.stack([y == 0, y == 1], axis=-1)

    def of(net):
        p = net.fit(X, y).predict_proba(X)
        common, total = (2 * p * right).sum(axis=(1, 2)) + 1, (p + right).sum(axis=(1, 2)) + 1
        return (common / total).mean()

    plain, dice = segmenter(max_iter=25), segmenter(max_iter=25, dice=1.0)
    assert of(dice) > of(plain) + 0.02
    late = dice.set_params(max_iter=1, learning_rate_init=1e-12, warm_start=True)
    assert 1 - of(late) == pytest.approx(late.loss_, abs=0.05)


@pytest.mark.parametrize("settings", [{}, {"flip": True, "dice": 0.5}], ids=str)
def test_digits_out_of_clutter(settings):
    X, y, _ = canvases(50, seed=0)
    X_test, y_test, _ = canvases(20, seed=1)
    net = ImageSegmenter(max_iter=12, random_state=0, **settings).fit(X, y)
    trivial = mean_iou(y_test, (X_test > 0.4).astype(int))
    assert trivial < 0.7
    assert net.score(X_test, y_test) > 0.8


def test_digits_where_they_are():
    X, _, y = canvases(80, seed=0)
    X_test, _, y_test = canvases(20, seed=1)
    y, y_test = ([(boxes, ["digit"]) for boxes, _ in part] for part in (y, y_test))
    net = ObjectDetector(max_iter=15, random_state=0).fit(X, y)
    mean_box = np.mean([boxes[0] for boxes, _ in y], axis=0)
    trivial = [([mean_box], ["digit"], [1.0])] * len(y_test)
    assert mean_average_precision(y_test, trivial) < 0.4
    assert net.score(X_test, y_test) > 0.8
    # Most of what is surest is the one digit.
    assert np.mean([len(labels) == 1 for _, labels in net.predict(X_test)]) > 0.6
