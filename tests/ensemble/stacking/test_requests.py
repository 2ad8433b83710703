"""What users of stacking libraries have asked for in public threads, each answered by a test.

Requests that other files answer name their threads there.
"""

import gc
import weakref

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn import config_context
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin, clone
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import make_column_transformer
from sklearn.dummy import DummyClassifier
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LinearRegression, LogisticRegression, Ridge
from sklearn.model_selection import (
    GridSearchCV,
    GroupShuffleSplit,
    PredefinedSplit,
    ShuffleSplit,
    StratifiedGroupKFold,
    StratifiedShuffleSplit,
    cross_val_predict,
)
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsRegressor
from sklearn.pipeline import make_pipeline
from sklearn.tree import DecisionTreeClassifier

from skdeep.ensemble import (
    ConvexStackingRegressor,
    EnsembleSelectionRegressor,
    StackingClassifier,
    StackingRegressor,
    diversity_report,
)
from skdeep.model_selection import LastBlockSplit

CLASSIFIERS = [("nb", GaussianNB()), ("tree", DecisionTreeClassifier(max_depth=3, random_state=0))]
REGRESSORS = [("ridge", Ridge()), ("near", KNeighborsRegressor(3))]


class Rows(RegressorMixin, BaseEstimator):
    """Keeps the rows (the first column) and what else every fit was given."""

    fits: list = []

    def __init__(self, name="base"):
        self.name = name

    def fit(self, X, y, rounds=None, **unasked):
        assert not unasked
        self.fits.append((self.name, np.asarray(X)[:, 0].astype(int), rounds))
        self.fitted_ = True
        return self

    def predict(self, X):
        return np.asarray(X)[:, 0]


@pytest.fixture
def numbered():
    Rows.fits.clear()
    X = np.arange(120.0)[:, None]
    return X, X[:, 0] * 2


@pytest.mark.parametrize(
    "cv",
    [
        StratifiedShuffleSplit(1, test_size=0.25, random_state=0),
        PredefinedSplit(np.where(np.arange(150) < 100, -1, 0)),
        [(np.arange(100), np.arange(100, 150))],
    ],
    ids=["shuffled", "predefined", "indices"],
)
def test_a_single_split_makes_the_second_layer(iris, cv):
    """alteryx/evalml#1592, mljar-supervised#270, mlxtend#665: single splits are refused."""
    stack = StackingClassifier(CLASSIFIERS, cv=cv).fit(*iris)
    ((_, test),) = cv if isinstance(cv, list) else list(cv.split(*iris))
    assert_array_equal(stack.meta_indices_, np.sort(test))
    assert stack.score(*iris) > 0.9


def test_last_year_is_the_set_that_the_second_layer_learns_from():
    """autogluon#692: yearly data drifts, so the weights should come from the last year."""
    rng = np.random.RandomState(0)
    year = np.repeat([0, 1, 2], 100)
    X = rng.normal(size=(300, 2))
    y = np.where(year < 2, X[:, 0], X[:, 1]) + 0.1 * rng.normal(size=300)
    bases = [
        (name, make_pipeline(make_column_transformer(("passthrough", [k])), LinearRegression()))
        for k, name in enumerate(["old", "new"])
    ]
    fitted = [(name, base.fit(X, X[:, k])) for k, (name, base) in enumerate(bases)]
    stack = StackingRegressor(fitted, LinearRegression(), cv="prefit").fit(
        X[year == 2], y[year == 2]
    )
    assert_allclose(stack.final_estimator_.coef_, [0, 1], atol=0.1)
    last = StackingRegressor(bases, LinearRegression(), refit=False)
    last.fit(X[year < 2], y[year < 2], X_val=X[year == 2], y_val=y[year == 2])
    assert_array_equal(last.meta_indices_, np.arange(200, 300))
    folds = StackingRegressor(bases, LinearRegression()).fit(X, y)
    assert len(folds.meta_indices_) == 300


def test_bases_that_are_fitted_already(iris):
    """scikit-learn#16556, mlxtend#383, #439: neither refuse nor fit models that are fitted."""
    X, y = iris
    fitted = [(name, clone(base).fit(X[::2], y[::2])) for name, base in CLASSIFIERS]
    whole = StackingClassifier(fitted, cv="prefit").fit(X[1::2], y[1::2])
    assert [model is base for model, (_, base) in zip(whole.estimators_, fitted, strict=True)]
    mixed = [("frozen", FrozenEstimator(fitted[1][1])), ("nb", GaussianNB())]
    stack = StackingClassifier(mixed, cv=3, store_cv_predictions=True).fit(X[1::2], y[1::2])
    assert_array_equal(stack.meta_features_[:, :3], fitted[1][1].predict_proba(X[1::2]))


@pytest.mark.parametrize(("refit", "last"), [(True, list(range(120))), (False, None)])
def test_choice_to_refit(numbered, refit, last):
    """mlxtend#627: a flag whether the bases are fitted again."""
    StackingRegressor([("rows", Rows())], cv=0.25, refit=refit, random_state=0).fit(*numbered)
    assert len(Rows.fits) == 1 + refit
    if refit:
        assert Rows.fits[-1][1].tolist() == last


@config_context(enable_metadata_routing=True)
def test_fit_parameters_of_one_base(numbered):
    """mlxtend#434, #178, #177, combo#2, LightGBM#2966: arguments of fit for one base alone."""
    bases = [
        ("one", Rows("one").set_fit_request(rounds="rounds_of_one")),
        ("two", Rows("two").set_fit_request(rounds=False)),
    ]
    StackingRegressor(bases, cv=3).fit(*numbered, rounds_of_one=7)
    assert {(name, rounds) for name, _, rounds in Rows.fits} == {("one", 7), ("two", None)}


def test_early_stopping_rows_are_training_rows(numbered):
    """vecstack#13, autogluon#1060: a base must not stop on the rows that it is stacked on.

    Whatever a base holds out for itself comes from its training part, for that is all that it
    is given.
    """
    cv = ShuffleSplit(3, test_size=0.25, random_state=0)
    StackingRegressor([("rows", Rows())], cv=cv, refit=False).fit(*numbered)
    for (_, rows, _), (train, test) in zip(Rows.fits, cv.split(numbered[0]), strict=True):
        assert_array_equal(rows, train)
        assert not set(rows) & set(test)


def test_collinear_probabilities(iris, two_classes):
    """mlxtend#185, #527, #590: probabilities add to one, so that one column says nothing."""
    X, y = two_classes
    assert StackingClassifier(CLASSIFIERS).fit(X, y).transform(X).shape[1] == len(CLASSIFIERS)
    # Of three classes all columns stay: a regularised final estimator decides as it would with
    # any of them left out, and which one is a step of a pipeline.
    X, y = iris
    without = make_column_transformer(("passthrough", [1, 2, 4, 5]))
    loose = LogisticRegression(C=1e4, max_iter=2000)
    full = StackingClassifier(CLASSIFIERS, loose).fit(X, y)
    less = StackingClassifier(CLASSIFIERS, make_pipeline(without, loose)).fit(X, y)
    assert np.mean(full.predict(X) == less.predict(X)) > 0.98


def test_forward_chaining_of_your_own(numbered):
    """autogluon#4492, #617: "for stacking, I think this simply wouldn't work unless ..."."""
    X, y = numbered
    chain = [(np.arange(start), np.arange(start + 5, start + 25)) for start in (40, 60, 80)]
    stack = StackingRegressor([[("rows", Rows())], [("line", LinearRegression())]], cv=(chain, 2))
    stack.fit(X, y)
    for (_, rows, _), (train, test) in zip(Rows.fits, chain, strict=False):
        assert_array_equal(rows, train)
        assert rows.max() < test.min() - 4
    assert_array_equal(stack.layers_[0].indices, np.arange(45, 105))


@pytest.mark.parametrize("cv", [StratifiedGroupKFold(3), GroupShuffleSplit(4, random_state=0)])
def test_groups_are_never_on_both_sides(iris, cv):
    """autogluon#2805, #5533, vecstack#27, scikit-learn#11047: groups, repeated, held out whole."""
    X, y = iris
    groups = np.arange(150) // 5
    seen = []

    class Watching(GaussianNB):
        def fit(self, X, y):
            seen.append(set(groups[X[:, -1].astype(int)]))
            return super().fit(X, y)

        def predict_proba(self, X):
            if len(seen) <= cv.get_n_splits(groups=groups):
                assert not seen[-1] & set(groups[X[:, -1].astype(int)])
            return super().predict_proba(X)

    numbered = np.column_stack([X, np.arange(150)])
    StackingClassifier([("nb", Watching())], cv=cv).fit(numbered, y, groups=groups)
    assert len(seen) == cv.get_n_splits(groups=groups) + 1


def test_bases_calibrated_one_by_one(iris):
    """autogluon#1667: calibration per model."""
    calibrated = CalibratedClassifierCV(GaussianNB(), cv=2)
    stack = StackingClassifier([("calibrated", calibrated), *CLASSIFIERS], cv=3).fit(*iris)
    assert stack.score(*iris) > 0.9
    search = GridSearchCV(stack, {"calibrated__method": ["sigmoid", "isotonic"]}, cv=2)
    assert np.isfinite(search.fit(*iris).cv_results_["mean_test_score"]).all()


def test_number_of_features_before_and_after(iris):
    """scikit-learn#17353: n_features_in_ of a stack, also with bases that have none."""
    X, y = iris
    stack = StackingClassifier([CLASSIFIERS, [("again", GaussianNB())]])
    assert not hasattr(stack, "n_features_in_")
    assert stack.fit(X, y).n_features_in_ == 4

    class Silent(ClassifierMixin, BaseEstimator):
        def fit(self, X, y):
            self.classes_ = np.unique(y)
            return self

        def predict_proba(self, X):
            return np.full((len(X), 3), 1 / 3)

    assert not hasattr(StackingClassifier([("silent", Silent())]).fit(X, y), "n_features_in_")


def test_folds_are_not_kept_in_memory(iris):
    """FLAML#476, evalml#1240: parallel stacks run out of memory.

    The fits on the splits are thrown away where they are made; only predictions come back.
    """
    made = []

    class Heavy(DummyClassifier):
        def fit(self, X, y):
            made.append(self)
            return super().fit(X, y)

    stack = StackingClassifier([("heavy", Heavy())], cv=3).fit(*iris)
    kept = [model for model in made if model is stack.estimators_[0]]
    assert (len(made), len(kept)) == (4, 1)
    dead = weakref.ref(made[0])
    made.clear()
    gc.collect()
    assert dead() is None


def test_selection_from_a_library_of_models(diabetes):
    """scikit-learn#6329: Caruana's ensemble selection, here as a second layer."""
    X, y = diabetes
    library = [(f"ridge{a}", Ridge(10.0**a)) for a in (-3, 0, 3)]
    library += [(f"near{k}", KNeighborsRegressor(k)) for k in (1, 5, 25)]
    stack = StackingRegressor(library, EnsembleSelectionRegressor(), store_cv_predictions=True)
    stack.fit(X, y)
    final = stack.final_estimator_
    alone = np.mean((stack.meta_features_.T - y) ** 2, axis=1)
    assert final.loss_ < alone.min()
    (taken,) = final.selections_
    assert taken[0] == alone.argmin()
    assert_allclose(final.weights_, np.bincount(taken, minlength=6) / len(taken))


def test_weights_of_your_own_and_weights_to_read(diabetes):
    """autogluon#486: give the weights of the bases, or read those that were found."""

    class Weighted(RegressorMixin, BaseEstimator):
        def __init__(self, weights, columns_per_base=None):
            self.weights = weights
            self.columns_per_base = columns_per_base  # set by the stacker

        def fit(self, X, y):
            self.weights_ = np.repeat(self.weights, self.columns_per_base)
            return self

        def predict(self, X):
            return X @ self.weights_

    X, y = diabetes
    mine = StackingRegressor(REGRESSORS, Weighted([0.75, 0.25])).fit(X, y)
    ridge, near = (base.predict(X) for base in mine.estimators_)
    assert_allclose(mine.predict(X), 0.75 * ridge + 0.25 * near)
    found = StackingRegressor(REGRESSORS, ConvexStackingRegressor()).fit(X, y)
    weights = dict(zip(found.named_estimators_, found.final_estimator_.weights_, strict=True))
    assert weights.keys() == {"ridge", "near"}
    assert_allclose(sum(weights.values()), 1)
    assert_allclose(found.predict(X), weights["ridge"] * ridge + weights["near"] * near, rtol=1e-10)


def test_why_only_a_few_bases_have_weight():
    """autogluon#3819: a base that errs as another one does adds nothing, and the report says so."""
    X = np.random.RandomState(0).normal(size=(200, 2))
    y = X[:, 0] + 0.8 * X[:, 1]
    bases = [
        (name, make_pipeline(make_column_transformer(("passthrough", [column])), model))
        for name, column, model in [
            ("left", 0, LinearRegression()),
            ("twin", 0, Ridge(5)),
            ("right", 1, LinearRegression()),
        ]
    ]
    stack = StackingRegressor(bases, ConvexStackingRegressor(), store_cv_predictions=True).fit(X, y)
    scores = {name: scores.mean() for name, scores in stack.base_scores_.items()}
    assert min(scores, key=scores.get) == "right"
    weights = dict(zip(scores, stack.final_estimator_.weights_, strict=True))
    assert weights["right"] > 0.3  # the weakest, but it errs elsewhere
    assert min(weights["left"], weights["twin"]) == 0
    predictions = dict(zip(scores, stack.meta_features_.T, strict=True))
    correlation = diversity_report(predictions, y, as_frame=True)["error_correlation"]
    assert correlation["left", "twin"] > 0.99
    assert abs(correlation["left", "right"]) < 0.2


def test_number_of_folds_of_one_base(numbered):
    """autogluon#2643: a slow base on two folds, a fast one on ten.

    Two folds predict each row out of sample as ten do, so a base may answer with folds of its own.
    """

    class TwoFolds(Rows):
        def fit_cross_predict(self, X, y, *, splits, method, refit):
            answers = cross_val_predict(Rows("slow"), X, y, cv=2, method=method)
            self.fit(X, y)
            return [answers[test] for _, test in splits]

    bases = [("slow", TwoFolds("slow")), ("fast", Rows("fast"))]
    stack = StackingRegressor(bases, LinearRegression(), cv=10).fit(*numbered)
    assert len(stack.meta_indices_) == 120
    sizes = {name: [len(r) for n, r, _ in Rows.fits if n == name] for name in ("slow", "fast")}
    assert sizes == {"slow": [60, 60, 120], "fast": [108] * 10 + [120]}


def test_newest_rows_are_held_out_after_a_gap(numbered):
    """scikit-learn#17285, #32614, mlxtend#1101: the second layer on the newest rows."""
    X, y = numbered
    cv = LastBlockSplit(test_size=0.25, gap=10)
    stack = StackingRegressor([("rows", Rows())], cv=cv, refit=False).fit(X, y)
    assert_array_equal(stack.meta_indices_, np.arange(90, 120))
    assert_array_equal(Rows.fits[0][1], np.arange(80))


# Rows of the table in docs/stacking.md that no other file has a test for -------------------------


def test_features_of_one_base(diabetes):
    """Per-estimator features: a base is a Pipeline that selects its columns."""
    X, y = diabetes
    few = make_pipeline(make_column_transformer(("passthrough", slice(0, 3))), Ridge())
    stack = StackingRegressor([("few", few), ("all", Ridge())], cv=3).fit(X, y)
    assert stack.estimators_[0][-1].n_features_in_ == 3
    assert_allclose(stack.transform(X)[:, 0], Ridge().fit(X[:, :3], y).predict(X[:, :3]))


def test_stratified_and_grouped_holdout(iris):
    """A share held out keeps the shares of the classes; a splitter holds groups out."""
    X, y = iris
    stack = StackingClassifier(CLASSIFIERS, cv=0.2, random_state=0).fit(X, y)
    assert_array_equal(np.bincount(y[stack.meta_indices_]), [10, 10, 10])
    groups = np.arange(150) // 5
    stack.set_params(cv=GroupShuffleSplit(1, test_size=0.2, random_state=0))
    stack.fit(X, y, groups=groups)
    assert set(np.bincount(groups[stack.meta_indices_])) == {0, 5}


def test_weights_that_are_not_negative(diabetes):
    """Non-negative second layer, as Breiman (1996) recommends."""
    final = LinearRegression(positive=True, fit_intercept=False)
    stack = StackingRegressor(REGRESSORS, final, cv=5).fit(*diabetes)
    assert (stack.final_estimator_.coef_ >= 0).all()
