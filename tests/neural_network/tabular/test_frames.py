"""Tables as users have them: frames with categories, dates and missing values; arrays of cells."""

import numpy as np
import pandas as pd
import polars as pl
import pytest
import scipy.sparse

from skdeep.neural_network import TabularClassifier, TabularRegressor
from tests.neural_network.tabular.tables import (
    FRAMES,
    QUICK,
    as_objects,
    as_pandas,
    as_polars,
    columns,
    score_of,
)

TABLE = columns(60)
LIBRARIES = {"pandas": pd, "polars": pl}
LABELS = np.where(score_of(TABLE) > 0.5, "yes", "no")
LEARNING = {**QUICK, "max_iter": 15, "learning_rate_init": 0.05, "batch_size": 8}


@pytest.mark.parametrize(
    ("library", "architecture"),
    [("polars", "mlp"), *(("pandas", a) for a in ("mlp", "resnet", "tabm", "transformer"))],
)
def test_tables_of_all_kinds_of_columns_are_learned_from(library, architecture):
    table = columns(150)
    X, score = FRAMES[library](table), score_of(table)
    settings = {**LEARNING, "architecture": architecture, "batch_size": 16}
    model = TabularClassifier(**settings).fit(X, np.where(score > 0.5, "yes", "no"))
    assert model.is_categorical_.tolist() == [
        name in {"city", "many", "flag", "same"} for name in TABLE
    ]
    assert model.feature_names_in_.tolist() == list(TABLE)
    other = columns(300, seed=1)
    found = model.score(FRAMES[library](other), np.where(score_of(other) > 0.5, "yes", "no"))
    assert found > 0.65
    regressor = TabularRegressor(**settings).fit(X, score)
    assert regressor.score(FRAMES[library](other), score_of(other)) > 0.3


def test_all_frames_and_arrays_give_the_same_networks():
    models = [
        TabularClassifier(**QUICK).fit(X, LABELS)
        for X in (
            as_pandas(TABLE),
            as_polars(TABLE),
            as_objects(TABLE),
            as_pandas(TABLE)[list(TABLE)],
        )
    ]
    expected = models[0].predict_proba(as_pandas(TABLE))
    for model in models[1:]:
        assert np.array_equal(model.oof_predict_proba_, models[0].oof_predict_proba_)
    assert np.array_equal(models[1].predict_proba(as_polars(TABLE)), expected)
    assert np.array_equal(models[0].predict_proba(as_polars(TABLE)), expected)
    assert np.array_equal(models[2].predict_proba(as_objects(TABLE)), expected)


@pytest.mark.parametrize("dtype", ["float64", "float32", "int64"])
def test_numbers_are_the_same_in_arrays_and_frames(dtype):
    rng = np.random.default_rng(0)
    X = (10 * rng.normal(size=(50, 3))).astype(dtype)
    y = rng.normal(size=50)
    array = TabularRegressor(**QUICK).fit(X, y)
    for frame in (pd.DataFrame(X, columns=list("abc")), pl.DataFrame(X, schema=list("abc"))):
        model = TabularRegressor(**QUICK).fit(frame, y)
        assert np.array_equal(model.predict(frame), array.predict(X))
        assert np.array_equal(model.feature_importances_, array.feature_importances_)
    assert np.array_equal(array.predict(X.tolist()), array.predict(X))
    assert not hasattr(array, "feature_names_in_")


def test_sparse_matrices_are_read():
    rng = np.random.default_rng(0)
    X = scipy.sparse.random_array((60, 30), density=0.2, format="csr", rng=rng)
    y = (X.sum(axis=1) > np.median(X.sum(axis=1))).astype(int)
    model = TabularClassifier(**QUICK).fit(X, y)
    expected = model.predict_proba(X)
    for kind in (scipy.sparse.csc_array, scipy.sparse.coo_matrix):
        assert np.array_equal(TabularClassifier(**QUICK).fit(kind(X), y).predict_proba(X), expected)
    np.testing.assert_allclose(model.predict_proba(X.toarray()), expected, rtol=1e-5)
    assert model.oof_predict_proba_.shape == (60, 2)


@pytest.mark.parametrize("library", sorted(FRAMES))
def test_unseen_categories_are_all_alike_and_new_holes_are_taken(library):
    model = TabularClassifier(**LEARNING).fit(FRAMES[library](TABLE), LABELS)

    def predicted(**changes):
        table = {**columns(1), **{name: [value] for name, value in changes.items()}}
        return model.predict_proba(LIBRARIES[library].DataFrame(table))

    for name in ("city", "many"):
        one, other = predicted(**{name: "Atlantis"}), predicted(**{name: "Eldorado"})
        assert np.array_equal(one, other)
        assert not np.array_equal(one, predicted(**{name: {"city": "Rome", "many": "m1"}[name]}))
    for name in TABLE:  # also where there was no missing value before
        hole = predicted(**{name: None})
        assert np.isfinite(hole).all()
    assert not np.array_equal(predicted(hole=None), predicted(hole=0.3))
    assert np.array_equal(predicted(same="x"), predicted(same="y"))  # it was constant


@pytest.mark.parametrize("library", sorted(FRAMES))
def test_columns_are_known_by_name(library):
    X = FRAMES[library](TABLE)
    model = TabularClassifier(**QUICK).fit(X, LABELS)
    turned = X[list(TABLE)[::-1]]
    with pytest.raises(ValueError, match="feature names should match those that were passed"):
        model.predict(turned)
    renamed = (
        X.rename(columns={"size": "length"})
        if library == "pandas"
        else X.rename({"size": "length"})
    )
    with pytest.raises(ValueError, match="unseen at fit time:\n- length"):
        model.predict_proba(renamed)
    with pytest.raises(ValueError, match="yet now missing:\n- same"):
        model.transform(FRAMES[library]({n: v for n, v in TABLE.items() if n != "same"}))
    unnamed = TabularClassifier(**QUICK).fit(as_objects(TABLE), LABELS)
    with pytest.raises(ValueError, match="X has 7 features, but TabularClassifier is expecting 8"):
        unnamed.predict(as_objects(TABLE)[:, 1:])
    with pytest.warns(UserWarning, match="X does not have valid feature names"):
        unnamed = model.predict_proba(as_objects(TABLE))
    assert np.array_equal(unnamed, model.predict_proba(X))


def test_categories_may_be_declared():
    rng = np.random.default_rng(0)
    codes = rng.integers(12, size=80)
    effect = rng.normal(size=12)
    X = np.column_stack([rng.normal(size=80), codes]).astype(float)
    y = effect[codes] + 0.1 * X[:, 0]
    frame = pd.DataFrame(X, columns=["size", "code"])
    fits = [
        TabularRegressor(**QUICK, categorical_features=given).fit(data, y)
        for given, data in (([1], X), ([False, True], X), (["code"], frame),
                            ("from_dtype", frame.astype({"code": "category"})))
    ]  # fmt: skip
    for model in fits:
        assert model.is_categorical_.tolist() == [False, True]
        assert np.array_equal(model.oof_prediction_, fits[0].oof_prediction_)
    plain = TabularRegressor(**QUICK).fit(X, y)
    assert plain.is_categorical_.tolist() == [False, False]
    assert not np.array_equal(plain.oof_prediction_, fits[0].oof_prediction_)


@pytest.mark.parametrize("architecture", ["mlp", "resnet", "tabm", "transformer"])
@pytest.mark.parametrize("name", ["size", "hole", "city", "many", "flag", "when"])
def test_one_column_is_a_table(name, architecture):
    X = pd.DataFrame({name: TABLE[name]})
    settings = {**QUICK, "architecture": architecture, "batch_size": 8, "learning_rate_init": 0.05}
    model = TabularClassifier(**settings).fit(X, LABELS)
    assert model.feature_importances_.shape == (1,)
    assert np.ptp(model.predict_proba(X)) > 0
    assert model.transform(X).shape[0] == 60


@pytest.mark.parametrize("architecture", ["mlp", "resnet", "tabm", "transformer"])
def test_categories_alone_are_a_table(architecture):
    X = pd.DataFrame({name: TABLE[name] for name in ("many", "city")})
    settings = {**LEARNING, "architecture": architecture}
    model = TabularClassifier(**settings).fit(X, np.array(TABLE["city"]) == "Rome")
    assert model.score(X, np.array(TABLE["city"]) == "Rome") > 0.8
    assert model.predict(X).dtype == bool
    assert model.feature_importances_[1] > model.feature_importances_[0]


@pytest.mark.parametrize("kind", [TabularClassifier, TabularRegressor])
@pytest.mark.parametrize("architecture", ["mlp", "resnet", "tabm", "transformer"])
def test_constant_columns_say_nothing(architecture, kind):
    """Where there is nothing else, every row is predicted alike."""
    y = np.arange(40) % 2
    X = pd.DataFrame({"a": [3.0] * 40, "b": ["x"] * 40, "c": [None] * 40})
    settings = {**QUICK, "architecture": architecture, "batch_size": 8}
    model = kind(**settings).fit(X, y)
    assert np.ptp(model.predict(X)) == 0
    assert model.feature_importances_.tolist() == [0, 0, 0]
    more = X.assign(d=np.linspace(-1, 1, 40))
    alone = kind(**settings).fit(more[["d"]], y)
    among = kind(**settings).fit(more, y)
    assert np.array_equal(among.predict(more), alone.predict(more[["d"]]))


def test_near_constant_columns_and_heavy_tails_stay_finite():
    rng = np.random.default_rng(0)
    X = np.column_stack([
        np.r_[np.zeros(59), 1.0], np.r_[np.full(58, 7.0), 1e12, -1e12], 
        rng.standard_cauchy(60) ** 5, 1e6 + 1e-3 * rng.normal(size=60), np.r_[np.nan, np.ones(59)],
    ])  # fmt: skip
    y = rng.normal(size=60)
    model = TabularRegressor(**QUICK).fit(X, y)
    assert np.isfinite(model.oof_prediction_).all()
    assert np.isfinite(model.predict(1e6 * X)).all()
    assert np.isfinite(model.transform(X)).all()


@pytest.mark.parametrize("sparse", [False, True])
def test_wide_tables(sparse):
    rng = np.random.default_rng(0)
    X = rng.normal(size=(60, 1_000)) * (rng.uniform(size=(60, 1_000)) < (0.1 if sparse else 1))
    y = rng.integers(2, size=60)
    model = TabularClassifier(**QUICK | {"max_iter": 1}).fit(
        scipy.sparse.csr_array(X) if sparse else X, y
    )
    assert model.feature_importances_.shape == (1_000,)
    assert np.isfinite(model.predict_proba(X)).all()


def test_fifty_rows_are_enough():
    """With default sizes, and nothing set but a shorter time."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(50, 3))
    y = (X[:, 0] > 0).astype(int)
    model = TabularClassifier(effort="fast", random_state=0, max_iter=30).fit(X, y)
    other = rng.normal(size=(500, 3))
    assert model.score(other, other[:, 0] > 0) > 0.8
    assert len(model.splits_) == 4


@pytest.mark.parametrize("n_rows", [2, 3, 5])
@pytest.mark.parametrize("kind", [TabularClassifier, TabularRegressor])
def test_very_few_rows(n_rows, kind):
    X = np.arange(2.0 * n_rows).reshape(n_rows, 2)
    y = np.arange(n_rows) % 2
    model = kind(**{**QUICK, "cv": None}).fit(X, y)
    assert len(model.splits_) == min(4, n_rows)
    assert np.isfinite(model.predict(X)).all()


@pytest.mark.parametrize("kind", [TabularClassifier, TabularRegressor])
def test_one_row_is_refused(kind):
    with pytest.raises(ValueError, match="n_samples=1: folds need at least two different rows"):
        kind(**QUICK).fit([[1.0]], [1])
