"""mean_iou against scikit-learn's jaccard_score over pixels."""

import numpy as np
import pytest
from sklearn.metrics import jaccard_score

from skdeep.metrics import mean_iou

RNG = np.random.default_rng(0)
TRUTH, FOUND = RNG.integers(0, 3, (6, 5, 4)), RNG.integers(0, 4, (6, 5, 4))


@pytest.mark.parametrize("names", [[0, 1, 2, 3], ["sky", "sea", "boat", "gull"]])
def test_it_is_the_macro_average_over_pixels(names):
    truth, found = np.array(names)[TRUTH], np.array(names)[FOUND]
    expected = jaccard_score(truth.ravel(), found.ravel(), average="macro")
    assert mean_iou(truth, found) == pytest.approx(expected)


def test_weights_count_images():
    weight = np.array([0, 1, 2, 0.5, 3, 0])
    expected = jaccard_score(
        TRUTH.ravel(), FOUND.ravel(), average="macro", sample_weight=np.repeat(weight, 20)
    )
    assert mean_iou(TRUTH, FOUND, sample_weight=weight) == pytest.approx(expected)
    twice = [1, 2, 2, 3]
    assert mean_iou(TRUTH[twice], FOUND[twice]) == pytest.approx(
        mean_iou(TRUTH, FOUND, sample_weight=[0, 1, 2, 1, 0, 0])
    )


def test_classes_of_images_that_do_not_count_do_not_count():
    truth = np.zeros((2, 3, 3), dtype=int)
    truth[1] = 7
    assert mean_iou(truth, np.zeros_like(truth), sample_weight=[1, 0]) == 1.0


def test_extremes():
    assert mean_iou(TRUTH, TRUTH) == 1.0
    assert mean_iou(np.zeros((1, 2, 2)), np.ones((1, 2, 2))) == 0.0


@pytest.mark.parametrize("found", [FOUND[:5], FOUND[:, :4], FOUND[0]])
def test_other_shapes_are_refused(found):
    with pytest.raises(ValueError, match=r"\(6, 5, 4\) and y_pred \("):
        mean_iou(TRUTH, found)


def test_bad_weights_are_refused():
    with pytest.raises(ValueError, match="Negative values in sample_weight"):
        mean_iou(TRUTH, FOUND, sample_weight=[-1, 1, 1, 1, 1, 1])
    with pytest.raises(ValueError, match="sample_weight"):
        mean_iou(TRUTH, FOUND, sample_weight=[1, 1])
