"""Which columns belong to which base, and what they are taken for."""

import numpy as np
import pytest
import scipy.sparse as sp
from numpy.testing import assert_allclose, assert_array_equal
from scipy.special import expit, logit
from sklearn.base import clone
from sklearn.calibration import CalibratedClassifierCV
from sklearn.frozen import FrozenEstimator
from sklearn.metrics import log_loss, mean_squared_error
from sklearn.svm import LinearSVC

from skdeep.ensemble import (
    EnsembleSelectionClassifier,
)
from tests.ensemble.combiners.combiners import (
    REGRESSORS,
    classifiers,
    combiners,
    data_for,
    probabilities,
    regressors,
)


@classifiers
def test_two_classes_in_one_column_or_two(combiner):
    p, y = probabilities(50, 4, 2)
    one = clone(combiner).fit(p[:, :, 1].T, y)
    two = clone(combiner).fit(np.hstack(list(p)), y)
    mixed = clone(combiner).set_params(columns_per_base=[2, 1, 1, 2])
    mixed.fit(np.hstack([p[0], p[1][:, 1:], p[2][:, 1:], p[3]]), y)
    assert_array_equal(one.columns_per_base_, [1] * 4)
    assert_array_equal(two.columns_per_base_, [2] * 4)
    for other in (two, mixed):
        assert_allclose(other.weights_, one.weights_, atol=1e-9)
        assert_allclose(other.loss_, one.loss_)


@classifiers
@pytest.mark.parametrize("dtype", [np.float64, np.float32, np.float16])
def test_probabilities_are_used_as_they_are(combiner, dtype):
    p, y = probabilities(50, 3, 3)
    X = np.hstack(list(p)).astype(dtype)
    fitted = clone(combiner).fit(X, y)
    mean = np.tensordot(fitted.weights_, p, axes=1)
    assert_allclose(fitted.predict_proba(X), mean, atol=10 * np.finfo(dtype).eps)
    assert_allclose(fitted.predict_proba(X).sum(axis=1), 1, rtol=1e-14)
    assert_array_equal(fitted.predict(X), fitted.predict_proba(X).argmax(axis=1))
    assert_allclose(fitted.loss_, log_loss(y, fitted.predict_proba(X)))


@classifiers
@pytest.mark.parametrize("explicit", [None, 4])
def test_a_class_that_y_lacks_keeps_its_column(combiner, explicit):
    # A small held-out part may lack a class that the bases know.
    p, y = probabilities(80, 3, 4)
    rows = y != 1
    X = np.hstack(list(p))[rows]
    fitted = clone(combiner).set_params(columns_per_base=explicit).fit(X, y[rows])
    assert_array_equal(fitted.classes_, [0, 1, 2, 3])
    assert_array_equal(fitted.columns_per_base_, [4, 4, 4])
    mean = np.tensordot(fitted.weights_, p[:, rows], axes=1)
    assert_allclose(fitted.predict_proba(X), mean, rtol=1e-12)
    assert_allclose(fitted.loss_, log_loss(y[rows], mean, labels=[0, 1, 2, 3]))


@classifiers
def test_a_missing_class_needs_numbers(combiner):
    p, y = probabilities(80, 3, 4)
    rows = y != 1
    names = np.array(list("abcd"))[y][rows]
    with pytest.raises(ValueError, match=r"base 0 4 columns, but y has 3 classes.*as numbers"):
        clone(combiner).set_params(columns_per_base=4).fit(np.hstack(list(p))[rows], names)


@classifiers
def test_decisions_become_probabilities_by_platts_sigmoid(combiner, two_classes):
    X, y = two_classes
    svc = LinearSVC().fit(X[::2], y[::2])
    decisions = svc.decision_function(X)[:, None]
    platt = CalibratedClassifierCV(FrozenEstimator(svc), method="sigmoid").fit(X, y)
    fitted = clone(combiner).fit(decisions, y)
    assert_allclose(fitted.predict_proba(decisions), platt.predict_proba(X), atol=1e-4)


@classifiers
def test_decisions_of_several_classes(combiner, iris):
    X, y = iris
    svc = LinearSVC().fit(X[::2], y[::2])
    platt = CalibratedClassifierCV(FrozenEstimator(svc), method="sigmoid").fit(X, y)
    fitted = clone(combiner).fit(svc.decision_function(X), y)
    expected = platt.predict_proba(X)
    assert_allclose(fitted.predict_proba(svc.decision_function(X)), expected, atol=1e-3)


@classifiers
def test_decisions_beside_probabilities(combiner):
    p, y = probabilities(200, 2, 2)
    X = np.column_stack([logit(p[0, :, 1]), p[1, :, 1]])
    fitted = clone(combiner).fit(X, y)
    # The best sigmoid of a logit loses no more than the logistic function itself, but for the
    # targets of Platt, which are not quite 0 and 1.
    first = fitted._reader.read(X)[0]
    assert log_loss(y, first) < log_loss(y, expit(X[:, 0])) + 1e-3
    assert_allclose(fitted._reader.read(X)[1], p[1], rtol=1e-12)
    # A number far from all that was seen is still a prediction; a probability is cut to [0, 1].
    far = fitted.predict_proba([[1e6, 1.2], [-1e6, -0.2]])
    assert np.isfinite(far).all()
    assert_allclose(far.sum(axis=1), 1)


@classifiers
def test_separating_decisions_leave_some_doubt(combiner):
    decisions = np.linspace(-1, 1, 20)[:, None] * 1e3
    fitted = clone(combiner).fit(decisions, decisions[:, 0] > 0)
    p = fitted.predict_proba(decisions)
    assert_array_equal(p.argmax(axis=1), decisions[:, 0] > 0)
    assert p.min() > 1e-6
    constant = clone(combiner).fit(np.full((4, 1), 7.0), [0, 1, 1, 1])
    assert_allclose(constant.predict_proba([[7.0], [9.0]])[:, 1], (3 * 4 / 5 + 1 / 3) / 4)


@classifiers
def test_columns_that_do_not_add_up_are_warned_about(combiner):
    p, y = probabilities(60, 2, 3)
    X = np.hstack([*p, y[:, None] + 0.5])
    with pytest.warns(UserWarning, match=r"X has 7 columns, which is no multiple of the 3 classes"):
        assert_array_equal(clone(combiner).fit(X, y).columns_per_base_, [1] * 7)
    fitted = clone(combiner).set_params(columns_per_base=[3, 3, 1]).fit(X, y)
    assert_array_equal(fitted.columns_per_base_, [3, 3, 1])


@combiners
@pytest.mark.parametrize(
    ("given", "message"),
    [
        (3, "columns_per_base=3 does not divide the 4 columns of X"),
        ([1, 1, 1], r"columns_per_base=\[1, 1, 1\] adds to 3 columns, but X has 4"),
        ([1, 3], "gives base 1 3 columns, but y has"),
        ([1.0, 3.0], "is neither a number of columns nor a list of them"),
        ([[1, 3]], "is neither a number of columns nor a list of them"),
        ([], "is neither a number of columns nor a list of them"),
        ([0, 4], "is neither a number of columns nor a list of them"),
        (0, "The 'columns_per_base' parameter"),
        (1.5, "The 'columns_per_base' parameter"),
    ],
)
def test_layouts_that_cannot_be(combiner, given, message):
    X, y = data_for(combiner)
    y = y if combiner in REGRESSORS else np.array(["no", "yes"])[y]
    with pytest.raises(ValueError, match=message):
        clone(combiner).set_params(columns_per_base=given).fit(X, y)


@classifiers
@pytest.mark.parametrize("make", [np.asarray, sp.csr_array, lambda y: y.astype(bool).astype(int)])
def test_labels_are_so_many_rows(combiner, make):
    # One weight a base for all labels: as if each label were a row of its own.
    rng = np.random.default_rng(0)
    y = rng.integers(0, 2, size=(40, 3))
    p = 0.5 + (y - 0.5) * rng.uniform(0, 1, (4, 1, 1)) + rng.normal(0, 0.2, (4, 40, 3))
    p = np.clip(p, 0.01, 0.99)
    X = np.hstack(list(p))
    fitted = clone(combiner).fit(X, make(y))
    rows = clone(combiner).set_params(columns_per_base=1).fit(p.reshape(4, -1).T, y.ravel())
    assert_allclose(fitted.weights_, rows.weights_, atol=1e-7)
    assert_allclose(fitted.loss_, rows.loss_)
    mean = np.tensordot(fitted.weights_, p, axes=1)
    assert_allclose(fitted.predict_proba(X), mean)
    assert_array_equal(fitted.predict(X), mean > 0.5)
    assert_array_equal(fitted.classes_, [[0, 1]] * 3)
    assert fitted.score(X, y) == ((mean > 0.5) == y).all(axis=1).mean()


@regressors
def test_targets_are_so_many_rows(combiner):
    rng = np.random.default_rng(0)
    y = rng.normal(size=(40, 3))
    predictions = y + rng.normal(size=(4, 40, 3)) * rng.uniform(0.5, 2, (4, 1, 1))
    X = np.hstack(list(predictions))
    fitted = clone(combiner).fit(X, y)
    rows = clone(combiner).fit(predictions.reshape(4, -1).T, y.ravel())
    assert_allclose(fitted.weights_, rows.weights_, atol=1e-9)
    assert_allclose(fitted.predict(X), np.tensordot(fitted.weights_, predictions, axes=1))
    assert_allclose(fitted.loss_, mean_squared_error(y, fitted.predict(X)))
    assert clone(combiner).fit(X[:, ::3], y[:, :1]).predict(X[:, ::3]).shape == (40, 1)


@pytest.mark.parametrize("scoring", ["f1_macro", "roc_auc", "accuracy"])
def test_selection_for_labels_by_a_scorer(scoring):
    rng = np.random.default_rng(0)
    y = rng.integers(0, 2, size=(60, 2))
    skill = np.array([0.2, 1.0])[:, None, None]
    X = np.hstack(list(np.clip(0.5 + (y - 0.5) * skill + rng.normal(0, 0.3, (2, 60, 2)), 0, 1)))
    fitted = EnsembleSelectionClassifier(scoring=scoring, max_iter=5).fit(X, y)
    assert fitted.weights_[1] > fitted.weights_[0]


@classifiers
def test_several_targets_of_several_classes_are_refused(combiner):
    y = np.array([[0, 1], [1, 2], [2, 0], [0, 1]])
    with pytest.raises(ValueError, match=r"2 columns with several classes each.*: fit one"):
        clone(combiner).fit(np.full((4, 6), 1 / 3), y)


@classifiers
@pytest.mark.parametrize("n_bases", [2, 3])
def test_predicted_classes_are_votes(combiner, n_bases):
    # Three columns for three classes could be the probabilities of one base: these are three bases.
    rng = np.random.default_rng(0)
    y = np.arange(300) % 3
    X = np.where(rng.uniform(size=(300, n_bases)) < 0.7, y[:, None], rng.permutation(y)[:, None])
    fitted = clone(combiner).fit(X, y)
    assert_array_equal(fitted.columns_per_base_, [1] * n_bases)
    first = clone(combiner).fit(X[:, :1], y)
    # A vote for a class is as good as the share of the rows where it was right.
    for vote in range(3):
        rows = X[:, 0] == vote
        p = first.predict_proba([[vote]])[0]
        assert p.argmax() == vote
        assert_allclose(p[vote], np.mean(y[rows] == vote), atol=0.05)
    assert fitted.score(X, y) >= np.mean(X[:, 0] == y) - 0.02
    one_hot = np.hstack([np.eye(3)[column] for column in X.T])
    assert_array_equal(clone(combiner).fit(one_hot, y).columns_per_base_, [3] * n_bases)
