"""What is said of a row out of fold comes from networks that know nothing of it."""

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit, softmax
from sklearn.model_selection import KFold

from skdeep.neural_network import TabularClassifier, TabularRegressor
from tests.neural_network.tabular.tables import (
    ONE_CANDIDATE,
    QUICK,
    networks,
    raw_outputs,
)

# Long enough to learn noise by heart.
THOROUGH = {**QUICK, "max_iter": 15, "learning_rate_init": 0.05, "batch_size": 16}
SEEDS = range(4)
N = 120


def hits(X, y, seed):
    model = TabularClassifier(**THOROUGH | {"random_state": seed}).fit(X, y)
    return (model.oof_predict_proba_.argmax(axis=1) == y).sum()


def test_shuffled_labels_score_at_chance():
    total, total_of_signal = 0, 0
    for seed in SEEDS:
        rng = np.random.default_rng(seed)
        X = rng.normal(size=(N, 4))
        y = rng.permutation(np.arange(N) % 2)
        total += hits(X, y, seed)
        total_of_signal += hits(X, (X[:, 0] > 0).astype(int), seed)
    n, sigma = N * len(SEEDS), np.sqrt(N * len(SEEDS)) / 2
    assert abs(total - n / 2) < 4 * sigma
    assert total_of_signal > n / 2 + 8 * sigma  # there is something that would show


def explained(X, y, seed):
    model = TabularRegressor(**THOROUGH | {"random_state": seed}).fit(X, y)
    # They learn by heart.
    assert np.mean([curve[-1] / curve[0] for curve in model.loss_curves_]) < 0.9
    return np.corrcoef(model.oof_prediction_, y)[0, 1]


def test_shuffled_numbers_are_not_explained():
    correlations, of_signal = [], []
    for seed in SEEDS:
        rng = np.random.default_rng(seed)
        X = rng.normal(size=(N, 4))
        correlations.append(explained(X, rng.normal(size=N), seed))
        of_signal.append(explained(X, X[:, 0] ** 2, seed))
    bound = 4 / np.sqrt(N * len(SEEDS))
    # Fold means make it less than 0 by a little; it must not be more.
    assert -3 * bound < np.mean(correlations) < bound
    assert np.mean(of_signal) > 3 * bound


@pytest.mark.parametrize("architecture", ["mlp", "resnet", "tabm", "transformer"])
@pytest.mark.parametrize("named", [True, False])
def test_an_identifier_gains_nothing(architecture, named):
    """Rows held out have codes that their networks have not seen: all are predicted alike."""
    rng = np.random.default_rng(0)
    y = rng.permutation(np.arange(40) % 2)
    X = np.array([[f"id{i}"] for i in rng.permutation(40)], dtype=object)
    if named:
        X = pd.DataFrame(X, columns=["id"]).astype("category")
    settings = {**QUICK, "architecture": architecture, "max_iter": 7}
    model = TabularClassifier(**settings, learning_rate_init=0.1).fit(X, y)
    assert model.is_categorical_.tolist() == [True]
    for _, test in model.splits_:
        assert np.ptp(model.oof_predict_proba_[test], axis=0).max() < 1e-6
    regressor = TabularRegressor(**settings, learning_rate_init=0.1).fit(X, rng.normal(size=40))
    for _, test in regressor.splits_:
        assert np.ptp(regressor.oof_prediction_[test]) < 1e-6
    # All the while, they learn the rows that they train on.
    assert all(curve[-1] < 0.9 * curve[0] for curve in regressor.loss_curves_)


def exponent(calibrated, probabilities):
    """The one exponent that calibrates all rows; it is fitted to them."""
    slope = np.polyfit(
        np.log(probabilities[:, 0] / probabilities[:, 1]),
        np.log(calibrated[:, 0] / calibrated[:, 1]),
        1,
    )[0]
    assert slope > 0
    return slope


def test_probabilities_out_of_fold_are_those_of_the_network_that_did_not_train_on_the_row():
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(50, 3)), rng.integers(3, size=50)
    model = TabularClassifier(**ONE_CANDIDATE | {"cv": 4}).fit(X, y)
    (folds,) = networks(model)
    assert len(folds) == len(model.splits_) == 4
    expected = np.full((50, 3), np.nan)
    for network, (train, test) in zip(folds, model.splits_, strict=True):
        assert not set(train) & set(test)
        assert len(train) + len(test) == 50
        expected[test] = softmax(raw_outputs(network, model, X[test]), axis=2).mean(axis=1)
    found, power = model.oof_predict_proba_, exponent(model.oof_predict_proba_, expected)
    powers = expected**power
    np.testing.assert_allclose(found, powers / powers.sum(axis=1, keepdims=True), rtol=1e-5)


def test_labels_out_of_fold_are_those_of_the_network_that_did_not_train_on_the_row():
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(50, 3)), rng.integers(2, size=(50, 2))
    model = TabularClassifier(**ONE_CANDIDATE).fit(X, y)
    (folds,) = networks(model)
    expected = np.full((50, 2), np.nan)
    for network, (_, test) in zip(folds, model.splits_, strict=True):
        expected[test] = expit(raw_outputs(network, model, X[test])).mean(axis=1)
    found = model.oof_predict_proba_
    odds = (expected / (1 - expected)) ** exponent(
        np.stack([found, 1 - found], axis=-1).reshape(-1, 2),
        np.stack([expected, 1 - expected], axis=-1).reshape(-1, 2),
    )
    np.testing.assert_allclose(found, odds / (1 + odds), rtol=1e-5)


@pytest.mark.parametrize("effort", ["fast", "best"])
@pytest.mark.parametrize("n_outputs", [0, 2])
def test_numbers_out_of_fold_are_those_of_networks_that_did_not_train_on_the_row(n_outputs, effort):
    rng = np.random.default_rng(0)
    X = rng.normal(size=(50, 3))
    y = 30 + 5 * rng.normal(size=(50, n_outputs) if n_outputs else 50)
    model = TabularRegressor(**ONE_CANDIDATE | {"cv": 4, "effort": effort}).fit(X, y)
    (kind,), folds = networks(model), model._candidates[0].folds
    assert len(kind) == len(folds)
    expected = np.full((50, max(1, n_outputs)), np.nan)
    for k, (_, test) in enumerate(model.splits_):
        outputs = [
            raw_outputs(network, model, X[test]).mean(axis=1)
            for network, fold in zip(kind, folds, strict=True)
            if fold == k
        ]
        assert len(outputs) == len(folds) / 4
        expected[test] = y.mean(axis=0) + y.std(axis=0) * np.mean(outputs, axis=0)
    np.testing.assert_allclose(model.oof_prediction_, expected.reshape(y.shape), rtol=1e-4)


def test_what_is_combined_out_of_fold_are_networks_that_did_not_train_on_the_row():
    rng = np.random.default_rng(1)
    X = rng.normal(size=(80, 3))
    y = X[:, 0] + np.sin(2 * X[:, 1]) + 0.1 * rng.normal(size=80)
    model = TabularRegressor(**THOROUGH).fit(X, y)
    kinds = networks(model)
    assert len(kinds) > 1
    for k, (_, test) in enumerate(model.splits_):
        outputs = np.stack([raw_outputs(folds[k], model, X[test])[:, 0, 0] for folds in kinds])
        predicted = np.clip(y.mean() + y.std() * outputs, y.min(), y.max())
        assert (model.oof_prediction_[test] >= predicted.min(axis=0) - 1e-5).all()
        assert (model.oof_prediction_[test] <= predicted.max(axis=0) + 1e-5).all()


CV = KFold(3, shuffle=True, random_state=0)


def judges(model, row):
    """The networks that judge a row, and those that train on it."""
    (folds,) = networks(model)
    judging = [row in test for _, test in model.splits_]
    return (
        [n.state_dict() for n, judge in zip(folds, judging, strict=True) if judge],
        [n.state_dict() for n, judge in zip(folds, judging, strict=True) if not judge],
    )


def largest_gap(one, other):
    return max(
        float((a[name] - b[name]).abs().max())
        for a, b in zip(one, other, strict=True)
        for name in a
        if a[name].numel()
    )


@pytest.mark.parametrize("row", [0, 17, 44])
def test_networks_do_not_hang_on_the_label_of_a_row_they_judge(row):
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(45, 3)), rng.integers(2, size=45)
    changed = y.copy()
    changed[row] = 1 - y[row]
    settings = {**ONE_CANDIDATE, "cv": CV}
    (judge, rest), (judge_2, rest_2) = (
        judges(TabularClassifier(**settings).fit(X, labels), row) for labels in (y, changed)
    )
    assert len(judge) == 1
    assert largest_gap(judge, judge_2) == 0
    assert largest_gap(rest, rest_2) > 1e-4


def test_networks_do_not_hang_on_which_number_a_row_they_judge_has():
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(45, 3)), rng.normal(size=45)
    splits = list(CV.split(X))
    one, other = splits[1][1][:2]
    swapped = y.copy()
    swapped[[one, other]] = y[[other, one]]
    settings = {**ONE_CANDIDATE, "cv": splits}
    (judge, rest), (judge_2, rest_2) = (
        judges(TabularRegressor(**settings).fit(X, numbers), one) for numbers in (y, swapped)
    )
    assert largest_gap(judge, judge_2) < 1e-5  # sums of all targets are in another order
    assert largest_gap(rest, rest_2) > 1e-3


@pytest.mark.parametrize("row", [0, 17, 44])
def test_networks_do_not_hang_on_the_columns_of_a_row_they_judge(row):
    """Statistics of a fold are those of its training rows, whatever the others hold."""
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(45, 3)), rng.integers(2, size=45)
    # The largest in each column, so that the first affine map of all rows stays to the last bit.
    X[row] = X.max(axis=0) + 1
    changed = X.copy()
    changed[row] = [1e6, 1e4, 77.0]
    settings = {**ONE_CANDIDATE, "cv": CV}
    (judge, rest), (judge_2, rest_2) = (
        judges(TabularClassifier(**settings).fit(x, y), row) for x in (X, changed)
    )
    assert largest_gap(judge, judge_2) == 0
    assert largest_gap(rest, rest_2) > 1e-4


def test_a_level_that_only_rows_held_out_have_is_no_input():
    rng = np.random.default_rng(0)
    city = rng.choice(["a", "b", "c"], 60).astype(object)
    X = pd.DataFrame({"city": city, "size": rng.normal(size=60)})
    splits = list(CV.split(X))
    X.loc[splits[1][1], "city"] = "only here"
    model = TabularClassifier(**ONE_CANDIDATE | {"cv": splits}).fit(X, rng.integers(2, size=60))
    column = model._encoder.column_names_.index("city=only here")
    scales = [float(network.scaled.scale[column]) for network in networks(model)[0]]
    assert scales[1] == 0
    assert scales[0] > 0
    assert scales[2] > 0
