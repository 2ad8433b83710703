"""The picture of a tabular fit shows what its attributes say."""

import sys

import numpy as np
import polars as pl
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy.sparse import csr_array
from sklearn.calibration import calibration_curve
from sklearn.datasets import load_diabetes, load_iris
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import Ridge
from sklearn.model_selection import TimeSeriesSplit

from skdeep import TabularClassifier, TabularRegressor
from skdeep.inspection import TabularDisplay

SETTINGS = {"effort": "fast", "hidden_layer_sizes": (8,), "max_iter": 7, "random_state": 0}
KINDS = ["mlp, piecewise linear", "mlp, cosines", "additive, piecewise linear"]


@pytest.fixture(scope="module")
def iris():
    X, y = load_iris(return_X_y=True, as_frame=True)
    return X, np.array(["setosa", "versicolor", "virginica"])[y]


@pytest.fixture(scope="module")
def classifier(iris):
    return TabularClassifier(**SETTINGS).fit(*iris)


@pytest.fixture(scope="module")
def diabetes():
    return load_diabetes(return_X_y=True)


@pytest.fixture(scope="module")
def regressor(diabetes):
    return TabularRegressor(**SETTINGS).fit(*diabetes)


def legend(ax):
    return [text.get_text() for text in ax.get_legend().get_texts()]


def labels(axis):
    return [label.get_text() for label in axis.get_ticklabels()]


def test_curves(pyplot, classifier):
    display = TabularDisplay.from_estimator(classifier, panels="curves")
    (ax,) = display.axes_
    assert display.figure_ is ax.figure
    assert display.calibration_ is display.bar_ is None
    assert len(display.training_lines_) == len(classifier.loss_curves_)
    for line, curve in zip(display.training_lines_, classifier.loss_curves_, strict=True):
        assert_array_equal(line.get_xdata(), np.arange(1, len(curve) + 1))
        assert_array_equal(line.get_ydata(), curve)
    ends, losses, shares = (
        np.array([candidate[key] for candidate in classifier.candidates_]).reshape(3, -1)
        for key in ("n_iter", "loss", "share")
    )
    assert_array_equal([line.get_xdata() for line in display.out_of_fold_lines_], ends)
    assert_array_equal([line.get_ydata() for line in display.out_of_fold_lines_], losses)
    for points, e, v, share in zip(display.share_points_, ends, losses, shares, strict=True):
        assert_array_equal(points.get_offsets(), np.column_stack([e, v])[share > 0])
    assert legend(ax) == KINDS
    assert labels(ax.xaxis) == ["1", "3", "7"]
    n_folds = len(classifier.splits_)
    colors = [line.get_color() for line in display.training_lines_]
    assert colors == [
        line.get_color() for line in display.out_of_fold_lines_ for _ in range(n_folds)
    ]
    assert len(display.figure_.axes) == 1
    display.figure_.canvas.draw()


def test_losses_share_an_axis(pyplot, regressor):
    display = TabularDisplay.from_estimator(regressor, panels=["curves"])
    lines = [*display.training_lines_, *display.out_of_fold_lines_]
    assert {line.axes for line in lines} == set(display.figure_.axes)
    assert len(display.figure_.axes) == 1


def test_all_networks_of_a_kind_are_drawn_alike(pyplot, iris):
    model = TabularClassifier(**SETTINGS | {"effort": "best", "max_iter": 1}, cv=2).fit(*iris)
    display = TabularDisplay.from_estimator(model, panels=["curves"])
    assert len(display.training_lines_) == 18
    assert len(display.out_of_fold_lines_) == 3
    assert legend(display.axes_[0]) == KINDS
    colors = [line.get_color() for line in display.training_lines_]
    assert [len(set(colors[i : i + 6])) for i in (0, 6, 12)] == [1, 1, 1]  # 2 folds, 3 repeats
    assert len(set(colors)) == 3


def test_calibration_of_classes(pyplot, classifier, iris):
    X, y = iris
    display = TabularDisplay.from_estimator(classifier, y=y, panels=["calibration"])
    proba = classifier.oof_predict_proba_
    assert [d.estimator_name for d in display.calibration_] == list(classifier.classes_)
    for j, (drawn, label) in enumerate(zip(display.calibration_, classifier.classes_, strict=True)):
        true, predicted = calibration_curve(y == label, proba[:, j], n_bins=10, strategy="quantile")
        assert_array_equal(drawn.line_.get_xdata(), predicted)
        assert_array_equal(drawn.line_.get_ydata(), true)
    test = TabularDisplay.from_estimator(
        classifier, X[::2], y[::2], panels=["calibration"],
        calibration_kwargs={"n_bins": 3, "strategy": "uniform", "color": "red"},
    )  # fmt: skip
    true, _ = calibration_curve(
        y[::2] == "setosa", classifier.predict_proba(X[::2])[:, 0], n_bins=3
    )
    assert_array_equal(test.calibration_[0].line_.get_ydata(), true)
    assert test.calibration_[0].line_.get_color() == "red"


def test_two_classes_have_one_curve(pyplot, iris):
    X, y = iris
    two = (y != "setosa").astype(int)
    model = TabularClassifier(**SETTINGS).fit(X, two)
    display = TabularDisplay.from_estimator(model, y=two, panels=["calibration"])
    (drawn,) = display.calibration_
    true, predicted = calibration_curve(
        two, model.oof_predict_proba_[:, 1], n_bins=10, strategy="quantile"
    )
    assert_array_equal(drawn.prob_true, true)
    assert_array_equal(drawn.prob_pred, predicted)
    assert drawn.estimator_name == "1"


def test_of_many_classes_the_most_frequent_are_drawn(pyplot):
    y = np.repeat(np.arange(7), [10, 20, 11, 21, 22, 23, 24])
    X = np.column_stack([y, y**2])
    model = TabularClassifier(**SETTINGS).fit(X, y)
    display = TabularDisplay.from_estimator(model, y=y, panels=["calibration"])
    assert [d.estimator_name for d in display.calibration_] == ["1", "3", "4", "5", "6"]


def test_several_labels(pyplot, iris):
    X, y = iris
    Y = np.column_stack([y == "setosa", y != "virginica"]).astype(int)
    model = TabularClassifier(**SETTINGS).fit(X, Y)
    display = TabularDisplay.from_estimator(model, y=Y, panels=["calibration"])
    assert [d.estimator_name for d in display.calibration_] == ["label 0", "label 1"]
    true, _ = calibration_curve(
        Y[:, 1], model.oof_predict_proba_[:, 1], n_bins=10, strategy="quantile"
    )
    assert_array_equal(display.calibration_[1].prob_true, true)
    sparse = TabularDisplay.from_estimator(model, y=csr_array(Y), panels=["calibration"])
    assert_array_equal(sparse.calibration_[1].prob_true, true)
    for wrong, n in ((np.column_stack([Y, Y[:, 0]]), 3), (Y[:, 0], 1)):
        with pytest.raises(ValueError, match=f"y has {n} columns, but the y of fit had 2"):
            TabularDisplay.from_estimator(model, y=wrong)


def test_numbers_are_drawn_against_what_was_observed(pyplot, regressor, diabetes):
    X, y = diabetes
    display = TabularDisplay.from_estimator(regressor, y=y, panels=["calibration"])
    points = np.asarray(display.calibration_[0].scatter_.get_offsets())
    assert_allclose(points, np.column_stack([regressor.oof_prediction_, y]))
    assert display.axes_[0].get_ylabel() == "observed"
    display = TabularDisplay.from_estimator(
        regressor, X[:50], y[:50], panels=["calibration"], calibration_kwargs={"color": "red"}
    )
    points = np.asarray(display.calibration_[0].scatter_.get_offsets())
    assert_allclose(points, np.column_stack([regressor.predict(X[:50]), y[:50]]))


def test_several_outputs_in_standard_deviations(pyplot, diabetes):
    X, y = diabetes
    Y = np.column_stack([y, 1000 + X[:, 0]])
    model = TabularRegressor(**SETTINGS).fit(X, Y)
    display = TabularDisplay.from_estimator(model, y=Y, panels=["calibration"])
    assert "standard deviations" in display.axes_[0].get_xlabel()
    points = np.asarray(display.calibration_[0].scatter_.get_offsets()).reshape(-1, 2)
    assert points.shape == (884, 2)
    assert_allclose(points[:, 1].mean(), 0, atol=1e-8)
    assert_allclose(points[:, 1].std(), 1)


def test_rows_that_were_not_judged_are_left_out(pyplot, diabetes):
    X, y = diabetes
    weight = np.ones(len(y))
    weight[-7:] = 0
    cv = TimeSeriesSplit(2)
    model = TabularRegressor(**SETTINGS, cv=cv).fit(X, y, sample_weight=weight)
    display = TabularDisplay.from_estimator(model, y=y, panels=["calibration"])
    judged = ~np.isnan(model.oof_prediction_)
    assert 0 < judged.sum() < len(y) - 7
    points = np.asarray(display.calibration_[0].scatter_.get_offsets())
    assert_allclose(points, np.column_stack([model.oof_prediction_, y])[judged])


def test_importances(pyplot, classifier, iris):
    display = TabularDisplay.from_estimator(
        classifier, panels=["importances"], max_features=3, bar_kwargs={"height": 0.1}
    )
    order = np.argsort(-classifier.feature_importances_)[:3]
    assert labels(display.axes_[0].yaxis) == [iris[0].columns[j] for j in order]
    widths = [bar.get_width() for bar in display.bar_]
    assert_array_equal(widths, classifier.feature_importances_[order])
    assert display.bar_[0].get_height() == pytest.approx(0.1)
    assert "(1 smaller ones not shown)" in display.axes_[0].get_xlabel()
    assert display.axes_[0].get_ylim() == (2.5, -0.5)  # the largest is on top


def test_features_without_names(pyplot, regressor):
    display = TabularDisplay.from_estimator(regressor, panels=["importances"])
    order = np.argsort(-regressor.feature_importances_, kind="stable")
    assert labels(display.axes_[0].yaxis) == [f"x{j}" for j in order]
    assert display.axes_[0].get_xlabel() == "importance"


def test_polars(pyplot, iris):
    X, y = pl.from_pandas(iris[0]), pl.Series(iris[1].tolist())
    model = TabularClassifier(**SETTINGS).fit(X, y)
    display = TabularDisplay.from_estimator(model, X[:100], y[:100])
    true, _ = calibration_curve(
        iris[1][:100] == "setosa",
        model.predict_proba(X[:100])[:, 0],
        strategy="quantile",
        n_bins=10,
    )
    assert_array_equal(display.calibration_[0].prob_true, true)
    assert set(labels(display.axes_[2].yaxis)) == set(X.columns)


def test_panels_and_axes(pyplot, classifier, iris):
    display = TabularDisplay.from_estimator(classifier, y=iris[1])
    assert list(display.panels) == ["curves", "calibration", "importances"]
    assert len(display.axes_) == 3
    assert list(TabularDisplay.from_estimator(classifier).panels) == ["curves", "importances"]
    figure, axes = pyplot.subplots(1, 2)
    reverse = TabularDisplay.from_estimator(
        classifier, panels=["importances", "curves"], ax=axes, curve_kwargs={"linewidth": 3}
    )
    assert_array_equal(reverse.axes_, axes)
    assert reverse.figure_ is figure
    assert reverse.bar_[0].axes is axes[0]
    assert reverse.training_lines_[0].get_linewidth() == 3
    again = reverse.plot()
    assert again is reverse
    assert again.figure_ is not figure
    with pytest.raises(ValueError, match="ax holds 2 axes for 3 panels"):
        display.plot(axes)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"panels": ["calibration"]}, "y=None: the panel 'calibration' compares predictions with"),
        ({"X": [[1, 2, 3, 4]]}, "y=None: the panel 'calibration'"),
        ({"panels": ["curve"]}, r"panels=\['curve'\] must be some of 'curves', 'calibration'"),
        ({"panels": []}, r"panels=\[\] must be some of"),
        ({"panels": ["curves", "curves"]}, "each once"),
        ({"y": ["setosa"]}, "y has 1 rows, but the estimator was fitted on 150"),
        ({"X": [[1, 2, 3, 4]], "y": ["setosa", "setosa"]}, "y has 2 rows, but X has 1"),
        ({"y": np.eye(3)[[0, 1, 2] * 50]}, "y has 3 columns, but the y of fit had 1"),
        ({"y": [1] * 150}, "y holds .*1.*, which is no class of the estimator"),
        ({"y": ["rosa"] * 150}, r"y holds .*'rosa'.*, which is no class of the estimator"),
    ],
)
@pytest.mark.filterwarnings("ignore:X does not have valid feature names")
def test_what_cannot_be_drawn(pyplot, classifier, arguments, message):
    with pytest.raises(ValueError, match=message):
        TabularDisplay.from_estimator(classifier, **arguments)
    assert not pyplot.get_fignums()


def test_other_estimators(pyplot):
    with pytest.raises(ValueError, match="estimator is a Ridge: give a fitted TabularClassifier"):
        TabularDisplay.from_estimator(Ridge())
    with pytest.raises(NotFittedError):
        TabularDisplay.from_estimator(TabularClassifier())


def test_without_matplotlib(monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    for call in (TabularDisplay({}).plot, lambda: TabularDisplay.from_estimator(None)):
        with pytest.raises(ImportError, match=r"pip install 'skdeep-torch\[plot\]'"):
            call()
