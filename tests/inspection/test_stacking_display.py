"""The picture of a stack shows the numbers it was given."""

import sys
import warnings

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.datasets import load_diabetes, load_iris
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.ensemble import RandomForestRegressor
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LinearRegression, LogisticRegression, Ridge
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.preprocessing import scale
from sklearn.svm import LinearSVC
from sklearn.tree import DecisionTreeClassifier

from skdeep.ensemble import (
    ConvexStackingRegressor,
    EnsembleSelectionClassifier,
    StackingClassifier,
    StackingRegressor,
)
from skdeep.inspection import StackingDisplay
from skdeep.inspection._stacker_reports import base_weights

DATA = {
    "names": ["a", "b", "c"],
    "scores": [[0.5, 0.7], [0.9, 0.8], [0.6, 0.7]],
    "weights": [0.0, 0.75, 0.25],
    "error_correlation": [[1, 0.2, -0.9], [0.2, 1, np.nan], [-0.9, np.nan, 1]],
}


def labels(axis):
    return [label.get_text() for label in axis.get_ticklabels()]


def test_panels_show_the_numbers(pyplot):
    display = StackingDisplay(**DATA, score_name="accuracy", ensemble_scores=[0.9, 1.0])
    assert display.plot(sort=False) is display
    scores, weights, correlation = display.ax_
    assert display.figure_ is scores.figure
    assert labels(scores.yaxis) == ["a", "b", "c"]
    assert labels(weights.yaxis) == ["", "", ""]
    assert labels(correlation.xaxis) == ["a", "b", "c"]
    assert scores.get_xlabel() == "accuracy"
    assert weights.get_xlabel() == "weight"
    points = [[0.5, 0], [0.7, 0], [0.9, 1], [0.8, 1], [0.6, 2], [0.7, 2]]
    assert_allclose(display.points_.get_offsets(), points)
    means, _, (spreads,) = display.errorbar_
    assert_allclose(means.get_xdata(), [0.6, 0.85, 0.65])
    assert_allclose([np.ptp(s[:, 0]) / 2 for s in spreads.get_segments()], [0.1, 0.05, 0.05])
    assert_allclose(display.ensemble_line_.get_xdata(), 0.95)
    assert_allclose([bar.get_width() for bar in display.bar_], [0, 0.75, 0.25])
    assert_array_equal(display.im_.get_array().filled(np.nan), DATA["error_correlation"])
    assert display.text_[0, 1].get_text() == "0.20"
    assert display.text_[1, 2].get_text() == "-"
    assert display.text_[0, 0].get_color() == "white"
    assert display.text_[0, 1].get_color() == "black"
    # The first base is on top, in each panel.
    assert all(ax.get_ylim() == (2.5, -0.5) for ax in display.ax_)
    display.figure_.canvas.draw()


def test_the_best_base_comes_first(pyplot):
    display = StackingDisplay(**DATA).plot()
    assert labels(display.ax_[0].yaxis) == ["b", "c", "a"]
    assert_allclose([bar.get_width() for bar in display.bar_], [0.75, 0.25, 0])
    expected = np.array(DATA["error_correlation"])[np.ix_([1, 2, 0], [1, 2, 0])]
    assert_array_equal(display.im_.get_array().filled(np.nan), expected)
    assert display.names == ["a", "b", "c"]  # the data stay as they were given


def test_panels_without_data_are_left_out(pyplot):
    display = StackingDisplay(names=["a"], scores=[[0.5]]).plot()
    assert len(display.ax_) == 1
    assert display.bar_ is display.im_ is display.text_ is display.ensemble_line_ is None
    weights = StackingDisplay(names=["a", "b"], scores=[[0.5], [0.6]], weights=[-1, 2]).plot()
    assert len(weights.ax_) == 2
    assert weights.ax_[1].get_xlim()[0] < -1


def test_scores_that_are_missing(pyplot):
    display = StackingDisplay(names=["a", "b"], scores=[[np.nan, np.nan], [np.nan, 0.5]]).plot()
    assert labels(display.ax_[0].yaxis) == ["b", "a"]
    assert_array_equal(display.errorbar_[0].get_xdata(), [0.5, np.nan])
    display.figure_.canvas.draw()


def test_axes_of_the_caller(pyplot):
    figure, axes = pyplot.subplots(1, 3)
    display = StackingDisplay(**DATA).plot(axes)
    assert_array_equal(display.ax_, axes)
    assert display.figure_ is figure
    figure, (left, right) = pyplot.subplots(1, 2, layout="constrained")
    display = StackingDisplay(**DATA).plot(right)
    assert display.figure_ is figure
    assert not right.axison
    figure.canvas.draw()
    assert min(ax.get_position().x0 for ax in display.ax_) > left.get_position().x1
    with pytest.raises(ValueError, match=r"ax holds 2 axes for 3 panels"):
        StackingDisplay(**DATA).plot([left, right])
    with pytest.raises(ValueError, match="ax is no subplot"):
        StackingDisplay(**DATA).plot(figure.add_axes([0, 0, 1, 1]))


def test_keywords_reach_the_artists(pyplot):
    display = StackingDisplay(**DATA).plot(
        score_kwargs={"color": "red"},
        weight_kwargs={"height": 0.1},
        heatmap_kwargs={"cmap": "viridis", "vmin": 0},
        include_values=False,
    )
    assert display.errorbar_[0].get_color() == "red"
    assert_allclose(display.bar_[0].get_height(), 0.1)
    assert display.im_.cmap.name == "viridis"
    assert display.im_.norm.vmin == 0
    assert display.text_ is None
    assert len(display.ax_[2].texts) == 0


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"scores": [[1]]}, "scores has 1 entries for 3 names"),
        ({"weights": [1, 2]}, r"weights has the shape \(2,\) for 3 names: it should be \(3,\)"),
        ({"error_correlation": np.eye(2)}, r"error_correlation has the shape \(2, 2\) for 3 names"),
    ],
)
def test_data_that_do_not_fit(pyplot, changed, message):
    with pytest.raises(ValueError, match=message):
        StackingDisplay(**DATA | changed).plot()


def test_without_matplotlib(monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    for call in (StackingDisplay(**DATA).plot, lambda: StackingDisplay.from_estimator(None)):
        with pytest.raises(ImportError, match=r"pip install 'skdeep-torch\[plot\]'"):
            call()


# --- fitted stackers --------------------------------------------------------------------------


@pytest.fixture(scope="module")
def diabetes():
    X, y = load_diabetes(return_X_y=True)
    return X[:150], y[:150]


@pytest.fixture(scope="module")
def iris():
    X, y = load_iris(return_X_y=True)
    return scale(X), y


def test_a_fitted_regressor(pyplot, diabetes):
    X, y = diabetes
    bases = [("ridge", Ridge()), ("gone", "drop"), ("forest", RandomForestRegressor(5))]
    stack = StackingRegressor(bases, ConvexStackingRegressor(), cv=4, store_cv_predictions=True)
    stack.fit(X, y)
    display = StackingDisplay.from_estimator(stack, y, sort=False, score_name="r2")
    assert display.names == ["ridge", "forest"]
    assert display.score_name == "r2"
    assert_array_equal(display.scores, list(stack.base_scores_.values()))
    assert_array_equal(display.weights, stack.final_estimator_.weights_)
    errors = stack.meta_features_.T - y[stack.meta_indices_]
    assert_allclose(display.error_correlation, np.corrcoef(errors))
    assert len(display.ax_) == 3


@pytest.mark.parametrize("labels", [[0, 1, 2], ["a", "b", "c"], [0, 1], ["no", "yes"]])
def test_a_fitted_classifier(pyplot, iris, labels):
    X, y = iris
    rows = y < 3 if len(labels) == 3 else y > 0
    X, codes = X[rows], y[rows] - (len(labels) == 2)
    bases = [("nb", GaussianNB()), ("lda", LinearDiscriminantAnalysis())]
    stack = StackingClassifier(
        bases, EnsembleSelectionClassifier(), cv=0.4, store_cv_predictions=True, random_state=0
    ).fit(X, np.array(labels)[codes])
    display = StackingDisplay.from_estimator(stack, np.array(labels)[codes])
    blocks = np.split(stack.meta_features_, 2, axis=1)
    truth = codes[stack.meta_indices_]
    p = [block if len(labels) == 3 else np.hstack([1 - block, block]) for block in blocks]
    missed = [1 - block[np.arange(len(truth)), truth] for block in p]
    assert_allclose(display.error_correlation, np.corrcoef(missed))
    assert_array_equal(display.weights, stack.final_estimator_.weights_)


@pytest.mark.parametrize("method", ["decision_function", "predict"])
@pytest.mark.parametrize("n_classes", [2, 3])
def test_decisions_and_classes_are_right_or_wrong(pyplot, iris, method, n_classes):
    X, y = iris
    rows = y >= 3 - n_classes
    X, y = X[rows], np.array(list("abc"))[y[rows]]
    bases = [("svc", LinearSVC()), ("lda", LinearDiscriminantAnalysis(shrinkage=1, solver="lsqr"))]
    stack = StackingClassifier(
        bases, GaussianNB(), cv=[(np.arange(0, len(y), 2), np.arange(1, len(y), 2))],
        stack_method=method, refit=False, store_cv_predictions=True,
    ).fit(X, y)  # fmt: skip
    display = StackingDisplay.from_estimator(stack, y)
    codes = np.unique(y, return_inverse=True)[1]
    fitted = [base.predict(X[1::2]) for base in stack.estimators_]
    expected = np.corrcoef([answer != codes[1::2] for answer in fitted])
    assert_allclose(display.error_correlation, expected)


def test_several_labels(pyplot, iris):
    X, y = iris
    Y = np.column_stack([y == 1, X[:, 1] > 0]).astype(int)
    bases = [("near", KNeighborsClassifier()), ("tree", DecisionTreeClassifier(max_depth=1))]
    stack = StackingClassifier(
        bases, EnsembleSelectionClassifier(), cv=3, store_cv_predictions=True
    ).fit(X, Y)
    display = StackingDisplay.from_estimator(stack, Y)
    p = np.array(np.split(stack.meta_features_, 2, axis=1))
    assert_allclose(display.error_correlation, np.corrcoef(abs(Y - p).reshape(2, -1)))


def test_second_layers_of_scikit_learn(pyplot, iris, diabetes):
    stack = StackingRegressor([("ridge", Ridge()), ("lr", LinearRegression())], passthrough=True)
    display = StackingDisplay.from_estimator(stack.fit(*diabetes))
    assert_array_equal(display.weights, stack.final_estimator_.coef_[:2])
    assert display.weight_name == "coefficient"
    assert display.error_correlation is None
    bases = [("nb", GaussianNB()), ("lda", LinearDiscriminantAnalysis())]
    stack = StackingClassifier(bases, LogisticRegression()).fit(*iris)
    display = StackingDisplay.from_estimator(stack)
    coef = abs(stack.final_estimator_.coef_)
    assert_allclose(display.weights, [coef[:, :3].sum(), coef[:, 3:].sum()])
    assert display.weight_name == "sum of |coefficients|"
    stack = StackingClassifier(bases, DecisionTreeClassifier()).fit(*iris)
    display = StackingDisplay.from_estimator(stack)
    importances = stack.final_estimator_.feature_importances_
    assert_allclose(display.weights, [importances[:3].sum(), importances[3:].sum()])
    stack = StackingClassifier(bases, KNeighborsClassifier()).fit(*iris)
    assert len(StackingDisplay.from_estimator(stack).ax_) == 1


def test_weights_of_strange_layers():
    class Strange:
        weights_ = np.ones(5)
        coef_ = np.ones(2)
        feature_importances_ = np.ones(2)

    assert base_weights(Strange(), [2, 2]) == (None, "weight")


def test_what_a_stacker_must_have_kept(pyplot, diabetes):
    X, y = diabetes
    stack = StackingRegressor([("ridge", Ridge())])
    with pytest.raises(NotFittedError):
        StackingDisplay.from_estimator(stack)
    stack.fit(X, y)
    with pytest.raises(ValueError, match="fit it with store_cv_predictions=True, or leave y"):
        StackingDisplay.from_estimator(stack, y)
    stack.set_params(store_cv_predictions=True).fit(X, y)
    with pytest.raises(ValueError, match="y has 20 rows, but the stacker was fitted on row 149"):
        StackingDisplay.from_estimator(stack, y[:20])
    with pytest.raises(ValueError, match="estimator is a Ridge: give a fitted StackingClassifier"):
        StackingDisplay.from_estimator(Ridge())


def test_of_several_layers_the_last_is_drawn(pyplot, diabetes):
    X, y = diabetes
    layers = [
        [("ridge", Ridge()), ("forest", RandomForestRegressor(5, random_state=0))],
        [("line", LinearRegression()), ("again", Ridge(10))],
    ]
    stack = StackingRegressor(
        layers, cv=(0.5, 3), check_gain=True, scoring="r2", store_cv_predictions=True,
        random_state=0,
    )  # fmt: skip
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "The ensemble is no better")
        stack.fit(X, y)
    display = StackingDisplay.from_estimator(stack, y, sort=False)
    assert display.names == ["line", "again"]
    assert display.score_name == "r2"
    assert_array_equal(display.scores, [stack.base_scores_[name] for name in display.names])
    assert_array_equal(display.weights, stack.final_estimator_.weights_)
    assert_array_equal(display.ensemble_scores, stack.ensemble_scores_)
    last = stack.layers_[-1]
    errors = last.predictions.T - y[last.indices]
    assert_allclose(display.error_correlation, np.corrcoef(errors))
