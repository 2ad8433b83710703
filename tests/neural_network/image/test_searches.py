"""The architecture is a hyperparameter like others, and flat rows go wherever tables do."""

import numpy as np
import pytest
from sklearn.decomposition import PCA
from sklearn.ensemble import BaggingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.semi_supervised import SelfTrainingClassifier

from tests.neural_network.image.pictures import (
    ARCHITECTURES,
    bytes_of,
    classifier,
    flat,
    noise,
)

GRID = {"architecture": ARCHITECTURES}
X, Y = noise(n=24)


@pytest.mark.parametrize("images", [X, bytes_of(X)], ids=["floats", "bytes"])
def test_alone(images):
    search = GridSearchCV(classifier(), GRID, cv=2).fit(images, Y)
    scores = search.cv_results_["mean_test_score"]
    assert np.isfinite(scores).all()
    assert search.best_score_ == scores.max()
    assert search.best_estimator_.architecture == search.best_params_["architecture"]
    assert search.predict_proba(images).shape == (24, 2)


def test_flat_rows_in_a_bag():
    bag = BaggingClassifier(classifier(image_shape=(6, 8, 2)), n_estimators=3, random_state=0)
    assert bag.fit(flat(X), Y).predict_proba(flat(X)).shape == (24, 2)


def test_flat_rows_with_labels_unknown():
    y = np.where(np.arange(24) < 16, Y, -1)
    net = SelfTrainingClassifier(classifier(image_shape=(6, 8, 2), max_iter=10), threshold=0.51)
    assert set(net.fit(flat(X), y).transduction_[16:]) & {0, 1}


def test_components_are_images_of_height_one():
    net = make_pipeline(PCA(5), classifier(architecture="mlp"))
    assert net.fit(flat(X), Y)[-1].image_shape_ == (1, 5, 1)


def test_features_for_another_model():
    net = make_pipeline(classifier(max_iter=10, n_estimators=2), LogisticRegression())
    assert net.fit(X, Y).score(X, Y) > 0.9
    assert net[0].transform(X).shape == (24, 16)
    assert len(net[0].get_feature_names_out()) == 16
