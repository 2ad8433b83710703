"""Texts are trained on as everything else is: stopping, weights, callbacks, searches."""

import warnings

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.model_selection import cross_val_score

from tests.neural_network.text.sentences import ARCHITECTURES, classifier, praise, regressor

X, y = praise()


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_early_stopping_judges_what_predict_says(architecture):
    net = classifier(architecture=architecture, early_stopping=True, scoring="neg_log_loss")
    net.fit(X, y)
    assert len(net.validation_scores_) == net.n_iter_
    own = classifier(architecture=architecture, max_iter=2).fit(X, y, X_val=X[:9], y_val=y[:9])
    assert_allclose(own.validation_scores_[-1], own.score(X[:9], y[:9]))


def test_partial_fit_keeps_its_vocabulary():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        net = classifier().partial_fit(X[:30], y[:30], classes=[0, 1])
        terms = dict(net.vocabulary_)
        before = net.predict_proba(X)
        net.partial_fit(["words never seen", *X[30:]], [0, *y[30:]])
    assert net.vocabulary_ == terms
    assert np.abs(net.predict_proba(X) - before).max() > 1e-4


def test_several_labels_and_targets():
    labels = np.column_stack([y, ["film" in text for text in X]]).astype(int)
    net = classifier(max_iter=40, learning_rate_init=0.05).fit(X, labels)
    assert_array_equal(net.predict(X), labels)
    values = regressor(max_iter=60, learning_rate_init=0.05).fit(X, labels.astype(float))
    assert_allclose(values.predict(X), labels, atol=0.2)


def test_class_weight_moves_probabilities():
    mean = {
        weight: classifier(class_weight={0: 1, 1: weight}).fit(X, y).predict_proba(X)[:, 1].mean()
        for weight in (1, 20)
    }
    assert mean[20] > mean[1]


def test_cross_validation_of_lists():
    net = classifier(max_iter="auto")
    assert cross_val_score(net, X, y, cv=3).min() > 0.9


@pytest.mark.parametrize("architecture", ["cnn", "lstm", "transformer"])
def test_padding_changes_nothing(architecture):
    net = classifier(architecture=architecture).fit(X, y)
    together = net.predict_proba([X[0], " ".join(X[:20])])
    assert_allclose(together[:1], net.predict_proba(X[:1]), rtol=1e-5, atol=1e-6)


def test_lbfgs():
    assert classifier(solver="lbfgs", max_iter=50).fit(X, y).score(X, y) == 1.0


def test_networks_are_averaged():
    net = classifier(n_estimators=3).fit(X, y)
    assert net.vectors_.shape == (len(net.vocabulary_), 3 * 8)
    assert net.transform(X).shape == (len(X), 3 * 8)
