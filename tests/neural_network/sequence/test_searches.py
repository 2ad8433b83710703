"""The architecture is a hyperparameter like others, wherever scikit-learn fits."""

import joblib
import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, TimeSeriesSplit, cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skdeep._kinds.sequences.rows import SequenceRows
from skdeep.parallel import _requests
from tests.neural_network.sequence.recordings import (
    ARCHITECTURES,
    classifier,
    even,
    levels,
    ragged,
    regressor,
)

GRID = {"architecture": ["cnn", "lstm", "transformer"]}


@pytest.mark.parametrize("data", [even, ragged])
def test_alone(data):
    X, y = data(n=24)
    search = GridSearchCV(classifier(), {"architecture": ARCHITECTURES}, cv=2).fit(X, y)
    scores = search.cv_results_["mean_test_score"]
    assert np.isfinite(scores).all()
    assert search.best_score_ == scores.max()
    assert search.best_estimator_.architecture == search.best_params_["architecture"]
    assert search.predict_proba(X).shape == (24, 2)


@pytest.mark.parametrize("data", [even, ragged])
def test_under_the_packing_backend(data):
    X, y = data(n=24)
    grid = {"architecture": ["cnn", "gru"], "learning_rate_init": [0.001, 0.01]}
    search = GridSearchCV(
        classifier(max_iter=2, n_estimators=2, dtype="float64"), grid, cv=2, scoring="neg_log_loss"
    )
    with joblib.parallel_config("skdeep"):
        packed = clone(search).fit(X, y).cv_results_["mean_test_score"]
    scores = search.fit(X, y).cv_results_["mean_test_score"]
    assert_allclose(packed, scores, rtol=1e-7)
    assert len(set(scores)) == 4


def test_a_search_shares_the_rows_of_a_fold(monkeypatch):
    X, y = ragged(n=60)
    members = []
    train_sub_pack = _requests.train_sub_pack

    def recording(pack, watchers, is_cancelled):
        members.extend(pack)
        return train_sub_pack(pack, watchers, is_cancelled)

    monkeypatch.setattr(_requests, "train_sub_pack", recording)
    net = classifier(architecture="gru")
    search = GridSearchCV(net, {"alpha": [0.0, 0.1, 1.0]}, cv=2, refit=False)
    with joblib.parallel_config("skdeep"):
        search.fit(X, y)
    assert len(members) == 6
    assert all(isinstance(member.X, SequenceRows) for member in members)
    assert len({id(member.X) for member in members}) == 2


def test_of_regressors_in_the_order_of_time():
    X, _ = even(n=24)
    search = GridSearchCV(regressor(), GRID, cv=TimeSeriesSplit(2)).fit(X, levels(X))
    assert np.isfinite(search.cv_results_["mean_test_score"]).all()


def test_columns_of_a_table_are_scaled_before_it():
    X, y = even(n_channels=1)
    pipe = make_pipeline(StandardScaler(), classifier()).fit(X[:, 0], y)
    expected = classifier().fit(StandardScaler().fit_transform(X[:, 0]), y)
    scaled = StandardScaler().fit_transform(X[:, 0])
    assert_allclose(pipe.predict_proba(X[:, 0]), expected.predict_proba(scaled))


def test_predictions_out_of_fold():
    X, y = ragged(n=24)
    found = cross_val_predict(classifier(), X, y, cv=2, method="predict_proba")
    assert found.shape == (24, 2)
    assert_allclose(found.sum(axis=1), 1.0, rtol=1e-6)


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_what_networks_see_are_features(architecture):
    X, y = ragged()
    net = classifier(architecture=architecture, n_estimators=2).fit(X, y)
    features = net.transform(X)
    names = net.get_feature_names_out()
    assert features.shape == (30, len(names))
    assert len(names) == 2 * {"cnn": 4, "transformer": 4}.get(architecture, 8)
    assert names[0] == "sequenceclassifier0"
    assert len(set(names)) == len(names)
    # The mean of what the heads make of them is the raw output.
    module = net._built.loaded(net._weights, net._buffers, torch.device("cpu"))
    raw = [
        part @ network.head.weight.numpy().T + network.head.bias.numpy()
        for part, network in zip(np.split(features, 2, axis=1), module.networks, strict=True)
    ]
    logits = np.mean(raw, axis=0)[:, 0]
    assert_allclose(net.predict_proba(X)[:, 1], 1 / (1 + np.exp(-logits)), rtol=1e-4)


def test_features_for_a_linear_model():
    X, y = ragged(n=60)
    net = classifier(architecture="gru", max_iter=10, learning_rate_init=0.03)
    pipe = make_pipeline(net, LogisticRegression()).fit(X, y)
    assert pipe.score(X, y) > 0.8
    assert pipe[:-1].get_feature_names_out().shape == (8,)
    frame = classifier().set_output(transform="pandas").fit(X, y).transform(X)
    assert frame.columns[0] == "sequenceclassifier0"
