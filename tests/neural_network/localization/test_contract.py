"""scikit-learn's own checks that need no fit on labels, and what the tags say."""

import numpy as np
import pytest
from sklearn.base import is_classifier, is_regressor
from sklearn.utils import estimator_checks

from skdeep import ImageSegmenter, ObjectDetector
from tests.neural_network.localization.scenes import data_of, detector, segmenter

CHECKS = (
    "check_estimator_cloneable",
    "check_estimator_repr",
    "check_get_params_invariance",
    "check_no_attributes_set_in_init",
    "check_parameters_default_constructible",
    "check_set_params",
    "check_valid_tag_types",
)


@pytest.mark.parametrize("check", CHECKS)
@pytest.mark.parametrize("estimator", [ImageSegmenter(), ObjectDetector()], ids=repr)
def test_checks_of_scikit_learn(estimator, check):
    getattr(estimator_checks, check)(type(estimator).__name__, estimator)


@pytest.mark.parametrize("made", [segmenter, detector])
def test_tags_and_fitted_attributes(made):
    X, y = data_of(made)
    net = made().fit(X, y)
    assert not is_classifier(net)  # whose tools would look for classes in y
    assert not is_regressor(net)
    assert net.n_features_in_ == X[0].size
    assert net.n_outputs_ == len(net.classes_)
    assert net.out_activation_ in ("softmax", "identity")


@pytest.mark.parametrize("made", [segmenter, detector])
def test_answers_are_computed_some_images_at_once(made, monkeypatch):
    X, y = data_of(made)
    net = made().fit(X, y)
    seen = []
    forward = type(net._built.template("cpu")).forward

    def noted(module, x):
        seen.append(len(x))
        return forward(module, x)

    monkeypatch.setattr(type(net._built.template("cpu")), "forward", noted)
    many = np.concatenate([X] * 8)
    assert len(net.predict(many)) == len(many)
    assert max(seen) < len(many) / 2
