"""Several layers: the same numbers as stacks nested by hand, under one set of names."""

import numpy as np
import pandas as pd
import polars as pl
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import clone
from sklearn.compose import make_column_selector
from sklearn.linear_model import LinearRegression, LogisticRegression, Ridge
from sklearn.model_selection import GridSearchCV, KFold, TimeSeriesSplit, cross_val_predict
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier, KNeighborsRegressor
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from skdeep.ensemble import StackingClassifier, StackingRegressor, blend

TREE = DecisionTreeClassifier(max_depth=3, random_state=0)
FIRST = [("tree", TREE), ("nb", GaussianNB())]
SECOND = [("near", KNeighborsClassifier()), ("logit", LogisticRegression())]
NUMBERS = [("ridge", Ridge()), ("leaf", DecisionTreeRegressor(max_depth=3, random_state=0))]
ABOVE = [("near", KNeighborsRegressor()), ("least", LinearRegression())]


@pytest.mark.parametrize(
    ("settings", "below", "above"),
    [
        ({}, {}, {}),
        ({"cv": 3}, {"cv": 3}, {"cv": 3}),
        ({"cv": (0.4, 3)}, {"cv": 0.4}, {"cv": 3}),
        ({"refit": False}, {"refit": False}, {"refit": False}),
        ({"cv": (3, 0.4), "refit": False}, {"cv": 3, "refit": False}, {"cv": 0.4, "refit": False}),
    ],
    ids=str,
)
def test_two_layers_are_a_stack_in_a_stack(iris, settings, below, above):
    # The stack inside would not know that the one around it holds out, so None is no choice.
    X, y = iris
    final = LogisticRegression()
    stack = StackingClassifier([FIRST, SECOND], final, random_state=0, **settings).fit(X, y)
    inner = StackingClassifier(SECOND, final, random_state=0, **above)
    nested = StackingClassifier(FIRST, inner, random_state=0, **below).fit(X, y)
    assert_allclose(stack.predict_proba(X), nested.predict_proba(X), rtol=1e-12)
    assert_array_equal(stack.predict(X), nested.predict(X))
    assert_allclose(stack.transform(X), nested.final_estimator_.transform(nested.transform(X)))


def test_three_layers_by_scikit_learns_own_tools(diabetes):
    X, y = diabetes
    layers = [NUMBERS, ABOVE, [("last", Ridge(alpha=0.1))]]
    stack = StackingRegressor(layers, LinearRegression(), cv=4).fit(X, y)
    new, seen, unseen = X[::3] + 0.01, X, X[::3] + 0.01
    for layer in layers:
        models = [clone(base).fit(seen, y) for _, base in layer]
        unseen = np.column_stack([model.predict(unseen) for model in models])
        seen = np.column_stack([cross_val_predict(b, seen, y, cv=4) for _, b in layer])
    final = LinearRegression().fit(seen, y)
    assert_allclose(stack.predict(new), final.predict(unseen), rtol=1e-8)


def test_rows_of_each_layer_are_those_that_the_one_before_predicted(diabetes):
    X, y = diabetes
    stack = StackingRegressor(
        [NUMBERS, ABOVE], cv=TimeSeriesSplit(3), store_cv_predictions=True
    ).fit(X, y)
    first, second = stack.layers_
    assert_array_equal(first.indices, np.arange(50, 200))
    assert_array_equal(second.indices, np.arange(89, 200))  # 150 rows: 39 and three times 37
    assert_array_equal(stack.meta_indices_, second.indices)
    assert first.predictions.shape == (150, 2)
    assert_array_equal(stack.meta_features_, second.predictions)
    assert (first.names, second.names) == (["ridge", "leaf"], ["near", "least"])
    assert [*first.estimators, *second.estimators] == stack.estimators_
    train, test = next(iter(TimeSeriesSplit(3).split(X)))
    expected = Ridge().fit(X[train], y[train]).predict(X[test])
    assert_allclose(first.predictions[: len(test), 0], expected)


def test_names_of_all_layers_are_parameters(iris):
    stack = StackingClassifier([FIRST, SECOND], LogisticRegression())
    parameters = stack.get_params()
    assert parameters["tree__max_depth"] == 3
    assert parameters["near__n_neighbors"] == 5
    assert parameters["near"] is SECOND[0][1]
    copied = clone(stack).set_params(near__n_neighbors=7, nb="drop", final_estimator__C=2)
    assert [[name for name, _ in layer] for layer in copied.estimators] == [
        ["tree", "nb"],
        ["near", "logit"],
    ]
    assert copied.named_estimators.near.n_neighbors == 7
    assert SECOND[0][1].n_neighbors == 5
    copied.fit(*iris)
    assert copied.named_estimators_["nb"] == "drop"
    assert copied.named_estimators_["near"].n_neighbors == 7
    assert list(copied.base_scores_) == ["tree", "near", "logit"]
    copied.set_params(estimators=[SECOND], near__n_neighbors=3)
    assert copied.estimators[0][0][1].n_neighbors == 3


def test_layer_whose_bases_are_all_dropped_is_none(iris):
    X, y = iris
    stack = StackingClassifier([FIRST, SECOND]).set_params(near="drop", logit="drop").fit(X, y)
    same = StackingClassifier(FIRST).fit(X, y)
    assert_array_equal(stack.predict_proba(X), same.predict_proba(X))
    with pytest.raises(ValueError, match="every estimator is 'drop'"):
        stack.set_params(tree="drop", nb="drop").fit(X, y)


def test_search_over_a_base_of_the_second_layer(iris):
    stack = StackingClassifier([FIRST, SECOND], cv=2)
    search = GridSearchCV(stack, {"near__n_neighbors": [1, 9], "cv": [3, (0.5, 2)]}, cv=2)
    search.fit(*iris)
    assert np.isfinite(search.cv_results_["mean_test_score"]).all()


# Columns that pass through -----------------------------------------------------------------------


@pytest.mark.parametrize("library", [pd, pl], ids=["pandas", "polars"])
@pytest.mark.parametrize(
    "passthrough",
    [
        ["a", "c"],
        [0, 2],
        [0, -2],
        np.array([True, False, True, False]),
        slice(0, 3, 2),
        lambda frame: ["a", "c"],
        make_column_selector("a|c"),
    ],
    ids=["names", "indices", "negative", "mask", "slice", "callable", "selector"],
)
def test_passthrough_of_chosen_columns(iris, library, passthrough):
    # scikit-learn#18218: "allow to pass a list of features to passthrough".
    X, y = iris
    frame = library.DataFrame(X, **{"columns" if library is pd else "schema": list("abcd")})
    if library is pl and isinstance(passthrough, make_column_selector):
        pytest.skip("it selects from pandas")
    stack = StackingClassifier(FIRST, cv=3, passthrough=passthrough).fit(frame, y)
    predictions = StackingClassifier(FIRST, cv=3).fit(X, y).transform(X)
    assert_allclose(np.asarray(stack.transform(frame)), np.hstack([predictions, X[:, [0, 2]]]))
    assert list(stack.get_feature_names_out())[-2:] == ["a", "c"]
    assert stack.final_estimator_.n_features_in_ == 8


def test_passthrough_by_name_follows_the_names(iris):
    X, y = iris
    frame = pd.DataFrame(X, columns=list("abcd"))
    stack = StackingClassifier(FIRST, cv=3, passthrough=["c"]).fit(frame, y)
    assert_allclose(stack.transform(frame)[:, -1], X[:, 2])
    with pytest.raises(ValueError, match="only supported for dataframes"):
        StackingClassifier(FIRST, passthrough=["c"]).fit(X, y)


def test_passthrough_of_each_layer(iris):
    X, y = iris
    stack = StackingClassifier([FIRST, SECOND], passthrough=([1], False)).fit(X, y)
    assert stack.layers_[1].estimators[0].n_features_in_ == 6 + 1
    assert stack.final_estimator_.n_features_in_ == 6
    both = StackingClassifier([FIRST, SECOND], passthrough=[1]).fit(X, y)
    assert both.final_estimator_.n_features_in_ == 6 + 1
    nested = StackingClassifier(FIRST, StackingClassifier(SECOND), passthrough=[1]).fit(X, y)
    assert_allclose(stack.predict_proba(X), nested.predict_proba(X))


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"passthrough": [7]}, r"passthrough=\[7\] does not choose columns of X \(ndarray\)"),
        ({"passthrough": ["a"]}, r"passthrough=\['a'\] does not choose columns of X"),
        ({"passthrough": [True]}, r"passthrough=\[True\] does not choose columns of X"),
        ({"passthrough": lambda X: "a"}, "a string is no list of names"),
        ({"cv": (5,)}, r"cv=\(5,\) is a tuple of 1 for 2 layers of estimators"),
        ({"cv": (5, 1.5)}, r"'cv\[1\]' parameter of StackingClassifier .* Got 1.5 instead"),
        ({"passthrough": (True, "x")}, r"'passthrough\[1\]' parameter .* Got 'x' instead"),
        ({"estimators": [FIRST, FIRST]}, "Names provided are not unique"),
        ({"estimators": [FIRST, [("a", 3)]]}, "'a' is 3, which has no method 'fit'"),
        ({"estimators": [FIRST, [("a", GaussianNB(), 1)]]}, "or a list of such lists"),
        ({"estimators": [FIRST, []]}, "or a list of such lists"),
        ({"estimators": [FIRST, ("near", GaussianNB())]}, "or a list of such lists"),
        ({"stack_method": {"tre": "predict"}}, r"names \['tre'\], which are not among"),
        ({"stack_method": {"tree": "proba"}}, r"stack_method={'tree': 'proba'} is not known"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_what_is_refused(iris, parameters, message):
    stack = StackingClassifier(**{"estimators": [FIRST, SECOND]} | parameters)
    with pytest.raises(ValueError, match=message):
        stack.fit(*iris)
    assert not hasattr(stack, "estimators_")


# Odds and ends -----------------------------------------------------------------------------------


def test_validation_set_is_the_first_layers(diabetes):
    X, y = diabetes
    stack = StackingRegressor([NUMBERS, ABOVE], cv=(None, 3))
    stack.fit(X[:120], y[:120], X_val=X[120:], y_val=y[120:])
    same = StackingRegressor([NUMBERS, ABOVE], cv=([(np.arange(120), np.arange(120, 200))], 3))
    assert_allclose(stack.predict(X), same.fit(X, y).predict(X), rtol=1e-10)
    with pytest.raises(ValueError, match="of the first layer"):
        stack.set_params(cv=(3, 3)).fit(X[:120], y[:120], X_val=X[120:], y_val=y[120:])


def test_prefit_first_layer(iris):
    X, y = iris
    fitted = [(name, clone(base).fit(X[::2], y[::2])) for name, base in FIRST]
    stack = StackingClassifier([fitted, SECOND], cv=("prefit", 3)).fit(X[1::2], y[1::2])
    nested = StackingClassifier(fitted, StackingClassifier(SECOND, cv=3), cv="prefit")
    nested.fit(X[1::2], y[1::2])
    assert_allclose(stack.predict_proba(X), nested.predict_proba(X))
    assert stack.estimators_[0] is fitted[0][1]
    assert np.isnan(stack.fit_times_["tree"]).all()


def test_splitters_of_layers_are_asked_once_each(diabetes):
    calls = []

    class Counting(KFold):
        def split(self, X, y=None, groups=None):
            calls.append(len(y))
            return super().split(X, y, groups)

    StackingRegressor([NUMBERS, ABOVE], cv=(0.5, Counting(3))).fit(*diabetes)
    assert calls == [100]


def test_stack_method_of_one_base(iris):
    X, y = iris
    stack = StackingClassifier([FIRST, SECOND], stack_method={"tree": "predict"}).fit(X, y)
    assert stack.stack_method_ == ["predict", "predict_proba", "predict_proba", "predict_proba"]
    assert stack.layers_[1].estimators[0].n_features_in_ == 1 + 3


def test_html_shows_the_layers():
    html = StackingClassifier([FIRST, SECOND])._repr_html_()
    for part in ("tree: layer 1", "nb: layer 1", "near: layer 2", "final_estimator"):
        assert part in html
    # Where a parameter is copied from, its name is what set_params takes.
    assert 'data-param-prefix="near__"' in html.replace("&quot;", '"')


def test_blend_takes_layers():
    stack = blend([NUMBERS, ABOVE], holdout=0.3)
    assert isinstance(stack, StackingRegressor)
