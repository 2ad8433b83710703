"""What every estimator keeps: parameters, randomness, threads, pickles, and itself after errors."""

import pickle
import random
import time

import numpy as np
import pandas as pd
import pytest
import torch
from sklearn.base import clone
from sklearn.compose import make_column_transformer
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, StratifiedKFold, cross_val_score
from sklearn.pipeline import make_pipeline
from threadpoolctl import threadpool_info

from skdeep.neural_network import TabularClassifier, TabularRegressor
from tests.neural_network.tabular.tables import QUICK, as_pandas, columns, same_fit, score_of

RNG = np.random.default_rng(0)
X = RNG.normal(size=(60, 3))
NUMBERS = X[:, 0] + 0.1 * RNG.normal(size=60)
LABELS = (NUMBERS > 0).astype(int)
KINDS = [TabularClassifier, TabularRegressor]
ARCHITECTURES = ["mlp", "resnet", "tabm", "transformer"]


def target(kind):
    return LABELS if kind is TabularClassifier else NUMBERS


def answers(model, x=X):
    found = [model.predict(x), model.transform(x)]
    if hasattr(model, "classes_"):
        return [*found, model.predict_proba(x)]
    return [*found, model.predict_interval(x), *model.predict(x, return_std=True)]


def assert_same_answers(one, other):
    for a, b in zip(answers(one), answers(other), strict=True):
        assert np.array_equal(a, b)


@pytest.mark.parametrize("architecture", ARCHITECTURES)
@pytest.mark.parametrize("kind", KINDS)
def test_a_pickle_answers_alike(kind, architecture):
    model = kind(**QUICK, architecture=architecture).fit(X, target(kind))
    copy = pickle.loads(pickle.dumps(model))
    assert_same_answers(model, copy)
    assert same_fit(copy.fit(X, target(kind)), model)


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_of_torch_is_kept(kind):
    data = pickle.dumps(kind(**QUICK).fit(X, target(kind)))
    assert b"torch" not in data


@pytest.mark.parametrize("kind", KINDS)
def test_no_rows_are_kept(kind):
    """But for out-of-fold predictions and numbers of rows, which are told a row each."""
    sizes = []
    for n_columns in (30, 3_000):
        table = pd.DataFrame({"a": np.random.default_rng(0).normal(size=n_columns), "b": 1.0})
        y = np.arange(n_columns) % 2 if kind is TabularClassifier else np.arange(n_columns) / 9
        settings = {**QUICK, "max_iter": 1, "batch_size": 1_000, "architecture": "transformer"}
        model = kind(**settings).fit(table, y)
        for name in ("oof_predict_proba_", "oof_prediction_", "splits_"):
            vars(model).pop(name, None)
        if kind is TabularRegressor:
            model._answer.residuals = model._answer.scale = None  # at most 1,000 residuals
        sizes.append(len(pickle.dumps(model)))
    assert sizes[1] - sizes[0] < 500


@pytest.mark.parametrize("architecture", ARCHITECTURES)
@pytest.mark.parametrize("kind", KINDS)
def test_random_state_decides_everything(kind, architecture):
    model = kind(**QUICK, architecture=architecture).fit(X, target(kind))
    random.seed(7)
    np.random.seed(7)
    torch.manual_seed(7)
    assert same_fit(clone(model).fit(X, target(kind)), model)
    assert same_fit(model, model.fit(X, target(kind)))
    other = clone(model).set_params(random_state=1).fit(X, target(kind))
    assert not same_fit(other, model)
    assert not np.array_equal(other.splits_[0][0], model.splits_[0][0])


def global_state():
    return (
        random.getstate(),
        [repr(part) for part in np.random.get_state()],
        torch.get_rng_state().tolist(),
        torch.get_num_threads(),
        torch.get_default_dtype(),
        torch.is_grad_enabled(),
        torch.is_inference_mode_enabled(),
        np.geterr(),
        [(pool["filepath"], pool["num_threads"]) for pool in threadpool_info()],
    )


@pytest.mark.parametrize(
    "random_state", [None, 0, np.random.RandomState(0)], ids=["none", "number", "generator"]
)
@pytest.mark.parametrize("kind", KINDS)
def test_global_state_is_untouched(kind, random_state):
    before = global_state()
    model = kind(**QUICK | {"random_state": random_state}).fit(X, target(kind))
    answers(model)
    assert global_state() == before
    with pytest.raises(ValueError, match="inconsistent"):
        model.fit(X, target(kind)[:5])
    assert global_state() == before


@pytest.mark.parametrize("kind", KINDS)
def test_parameters_change_nothing_until_the_next_fit(kind):
    model = kind(**QUICK).fit(X, target(kind))
    expected = answers(model)
    model.set_params(architecture="resnet", max_iter=50, hidden_layer_sizes=(4,), cv=5)
    for a, b in zip(answers(model), expected, strict=True):
        assert np.array_equal(a, b)
    assert len(model.splits_) == 2


@pytest.mark.parametrize("kind", KINDS)
def test_parameters_are_left_as_they_are(kind):
    sizes, features = [8, 8], [False, True, False]
    model = kind(**QUICK | {"hidden_layer_sizes": sizes, "categorical_features": features})
    before = dict(model.get_params())
    model.fit(np.abs(np.round(X)), target(kind))
    for name, value in model.get_params().items():
        assert value is before[name]
    assert (sizes, features) == ([8, 8], [False, True, False])


class Failing:
    """A callback that fails in the middle of training."""

    def setup(self, estimator, context):
        pass

    def on_fit_task_begin(self, estimator, context, *, X=None, y=None, metadata=None):
        pass

    def on_fit_task_end(
        self, estimator, context, *, X=None, y=None, metadata=None, fitted_estimator=None
    ):
        if context.task_name == "epoch":
            raise RuntimeError("in the middle of it")

    def teardown(self, estimator, context):
        pass


@pytest.mark.parametrize("kind", KINDS)
def test_an_error_leaves_a_fitted_estimator_as_it_was(kind):
    model = kind(**QUICK).fit(X, target(kind))
    expected, before = answers(model), set(vars(model))
    other = X[:, :2]
    for data, y, changes in (
        (other, target(kind)[:9], {}),
        (np.full((60, 2), np.inf), target(kind), {}),
        (other, target(kind), {"architecture": "none"}),
        (other, target(kind), {"cv": 999}),
    ):
        with pytest.raises(ValueError):  # noqa: PT011  what it says is tested elsewhere
            model.set_params(**changes).fit(data, y)
        model.set_params(**QUICK | {"architecture": "mlp"})
    with pytest.raises(RuntimeError, match="in the middle"):
        model.set_callbacks(Failing()).fit(other, target(kind))
    assert set(vars(model)) - {"_skl_callbacks"} == before - {"_skl_callbacks"}
    for a, b in zip(answers(model), expected, strict=True):
        assert np.array_equal(a, b)


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_not_fitted_answers_nothing(kind):
    for ask in (kind().predict, kind().transform):
        with pytest.raises(NotFittedError):
            ask(X)
    with pytest.raises(NotFittedError):
        kind().get_feature_names_out()
    broken = kind(**QUICK)
    with pytest.raises(ValueError, match="inconsistent"):
        broken.fit(X, target(kind)[:5])
    assert not [name for name in vars(broken) if name.endswith("_")]


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_representations_have_names(architecture):
    frame = as_pandas(columns(40))
    settings = {**QUICK, "architecture": architecture}
    model = TabularRegressor(**settings).fit(frame, score_of(columns(40)))
    plain = model.transform(frame)
    assert plain.shape == (40, 2 * 8)  # folds times units
    names = model.get_feature_names_out()
    assert names.tolist() == [f"tabularregressor{i}" for i in range(16)]
    framed = model.set_output(transform="pandas").transform(frame)
    assert framed.columns.tolist() == names.tolist()
    assert framed.index.equals(frame.index)
    assert np.array_equal(framed.to_numpy(), plain)
    assert model.set_output(transform="polars").transform(frame).columns == names.tolist()


def test_pipelines_take_it_in_the_middle_and_at_the_end():
    frame, y = as_pandas(columns(60)), score_of(columns(60)) > 0
    scaled = make_column_transformer(("passthrough", ["size", "city"]), remainder="drop")
    end = make_pipeline(scaled.set_output(transform="pandas"), TabularClassifier(**QUICK))
    alone = TabularClassifier(**QUICK).fit(scaled.fit_transform(frame), y)
    assert np.array_equal(
        end.fit(frame, y).predict_proba(frame), alone.predict_proba(scaled.transform(frame))
    )
    middle = make_pipeline(TabularClassifier(**QUICK), LogisticRegression()).fit(frame, y)
    features = middle[0].transform(frame)
    assert middle.score(frame, y) == LogisticRegression().fit(features, y).score(features, y)


@pytest.mark.parametrize("backend", [None, "skdeep", "threading"])
@pytest.mark.parametrize("kind", KINDS)
def test_searches_give_the_scores_of_single_fits(kind, backend):
    joblib = pytest.importorskip("joblib")
    grid = {"learning_rate_init": [0.01, 0.1], "architecture": ["mlp", "tabm"]}
    y = target(kind)
    splits = list(StratifiedKFold(2).split(X, LABELS))
    search = GridSearchCV(kind(**QUICK), grid, cv=splits, error_score="raise")
    with joblib.parallel_config(backend or "sequential", n_jobs=2):
        search.fit(X, y)
    for parameters, *scores in zip(
        search.cv_results_["params"],
        search.cv_results_["split0_test_score"],
        search.cv_results_["split1_test_score"],
        strict=True,
    ):
        alone = cross_val_score(kind(**QUICK | parameters), X, y, cv=splits)
        np.testing.assert_allclose(scores, alone, rtol=1e-4)
    best = kind(**QUICK | search.best_params_).fit(X, y)
    np.testing.assert_allclose(search.predict(X), best.predict(X), rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("architecture", ["mlp", "transformer"])
@pytest.mark.parametrize("kind", KINDS)
def test_time_is_kept(kind, architecture):
    rng = np.random.default_rng(0)
    x = rng.normal(size=(3_000, 5))
    y = (x[:, 0] > 0).astype(int) if kind is TabularClassifier else x[:, 0]
    settings = {"effort": "best", "architecture": architecture, "random_state": 0, "cv": 3}
    begin = time.perf_counter()
    model = kind(max_time=0.5, **settings).fit(x, y)
    assert time.perf_counter() - begin < 10
    assert np.isfinite(model.predict(x[:9])).all()
    assert model.n_iter_ >= 1


@pytest.mark.parametrize("kind", KINDS)
def test_hardly_any_time_gives_a_fitted_model(kind):
    model = kind(max_time=1e-6, effort="fast", random_state=0).fit(X, target(kind))
    assert np.isfinite(model.predict(X)).all()
    longer = kind(max_time=100, **QUICK).fit(X, target(kind))
    assert longer.n_iter_ == 3


def test_curves_are_told_of_every_network():
    model = TabularClassifier(**QUICK | {"cv": 3}).fit(X, LABELS)
    n_kinds = len(model.candidates_) // 2  # two cycles in three epochs
    assert model.n_iter_ == 3
    assert [len(curve) for curve in model.loss_curves_] == [3] * 3 * n_kinds
    assert [len(curve) for curve in model.validation_loss_curves_] == [2] * 3 * n_kinds
    assert sum(c["share"] for c in model.candidates_) == pytest.approx(1)
    assert [c["n_iter"] for c in model.candidates_] == [1, 3] * n_kinds
    assert model.n_estimators_ == 3 * sum(c["share"] > 0 for c in model.candidates_)
    for number, candidate in enumerate(model.candidates_):
        first = 3 * (number // 2)
        curves = model.validation_loss_curves_[first : first + 3]
        sizes = [len(test) for _, test in model.splits_]
        mean = np.average([curve[number % 2] for curve in curves], weights=sizes)
        assert candidate["loss"] == pytest.approx(mean)


@pytest.mark.parametrize(
    ("max_iter", "ends"), [(1, [1]), (2, [2]), (5, [2, 5]), (20, [1, 4, 9, 20])]
)
def test_cycles_double_and_end_with_the_last_epoch(max_iter, ends):
    settings = {**QUICK, "max_iter": max_iter, "batch_size": 1_000}
    model = TabularRegressor(**settings).fit(X, target(TabularRegressor))
    assert model.n_iter_ == max_iter
    assert [c["n_iter"] for c in model.candidates_[: len(ends)]] == ends


def test_importances_are_of_the_columns_that_matter():
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(
        {
            "noise": rng.normal(size=200),
            "signal": rng.normal(size=200),
            "city": rng.choice(["a", "b", "c"], 200),
            "same": 1,
        }
    )
    y = 2 * frame["signal"] + 3 * (frame["city"] == "a")
    settings = {**QUICK, "max_iter": 15, "batch_size": 16, "learning_rate_init": 0.05}
    importances = TabularRegressor(**settings).fit(frame, y).feature_importances_
    assert importances.sum() == pytest.approx(1)
    assert (importances >= 0).all()
    noise, signal, city, same = importances
    assert signal > 5 * noise
    assert city > 3 * noise
    assert same == 0


def test_time_in_plenty_changes_no_plan():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(3001, 2))
    y = x[:, 0] > 0
    settings = {"max_iter": 1, "hidden_layer_sizes": (4,), "cv": 2, "random_state": 0}
    counts = [
        len(TabularClassifier(max_time=max_time, **settings).fit(x[:n], y[:n]).loss_curves_)
        for n in (100, 3001)
        for max_time in (None, 1e6)
    ]
    assert counts[0] == counts[1]
    assert counts[2] == counts[3]
    assert counts[0] != counts[2]  # few rows have networks twice, many have another kind
