"""A fitted stacker travels."""

import copy
import pickle

import joblib
import numpy as np
import pytest
import skops.io
from numpy.testing import assert_array_equal
from sklearn.base import clone
from sklearn.linear_model import LinearRegression, LogisticRegression, Ridge
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.tree import DecisionTreeClassifier
from sklearn.utils.validation import check_is_fitted

from skdeep._estimator.state import OtherVersionWarning
from skdeep.ensemble import StackingClassifier, StackingRegressor

CLASSIFIERS = [("nb", GaussianNB()), ("gone", "drop"), ("lr", LogisticRegression())]
REGRESSORS = [("ridge", Ridge()), ("lr", LinearRegression())]
SETTINGS = [
    {"cv": 3},
    {"cv": 3, "refit": False},
    {"cv": 0.3, "store_cv_predictions": True},
    {"cv": 3, "passthrough": [0, 1], "warm_start": True},
]
LAYERED = [{"cv": 2}, {"cv": (0.5, 2), "store_cv_predictions": True, "passthrough": (True, [1])}]


@pytest.fixture(params=SETTINGS, ids=str)
def fitted(request, iris, diabetes):
    X, y = iris
    names = np.array(["a", "b", "c"])[y]
    return [
        (StackingClassifier(CLASSIFIERS, random_state=0, **request.param).fit(X, names), X),
        (
            StackingRegressor(REGRESSORS, random_state=0, **request.param).fit(*diabetes),
            diabetes[0],
        ),
    ]


def by_joblib(stack, path):
    joblib.dump(stack, path / "stack")
    return joblib.load(path / "stack")


def by_skops(stack, path):
    data = skops.io.dumps(stack)
    untrusted = skops.io.get_untrusted_types(data=data)
    assert [name for name in untrusted if not name.startswith("skdeep.")] == []
    assert untrusted
    return skops.io.loads(data, trusted=untrusted)


WAYS = {
    "pickle": lambda stack, path: pickle.loads(pickle.dumps(stack)),
    "deepcopy": lambda stack, path: copy.deepcopy(stack),
    "joblib": by_joblib,
    "skops": by_skops,
}


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
@pytest.mark.parametrize("setting", LAYERED, ids=str)
def test_round_trip_of_layers(diabetes, setting, way, tmp_path):
    X, y = diabetes
    layers = [REGRESSORS, [("plain", LinearRegression()), ("flat", Ridge())]]
    stack = StackingRegressor(layers, random_state=0, **setting).fit(X, y)
    back = way(stack, tmp_path)
    assert_array_equal(back.predict(X), stack.predict(X))
    assert [layer.names for layer in back.layers_] == [layer.names for layer in stack.layers_]
    assert str(back) == str(stack)


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
def test_round_trip(fitted, way, tmp_path):
    for stack, X in fitted:
        back = way(stack, tmp_path)
        assert_array_equal(back.predict(X), stack.predict(X))
        assert_array_equal(back.transform(X), stack.transform(X))
        assert_array_equal(back.get_feature_names_out(), stack.get_feature_names_out())
        assert vars(back).keys() == vars(stack).keys()
        assert list(back.named_estimators_) == list(stack.named_estimators_)


def test_another_version_warns(diabetes, monkeypatch):
    X, y = diabetes
    # A second layer of skdeep's own would warn too.
    stack = StackingRegressor(REGRESSORS, LinearRegression(), cv=0.3).fit(X, y)
    monkeypatch.setattr("skdeep._estimator.state.__version__", "0.0.1")
    saved = pickle.dumps(stack)
    monkeypatch.undo()
    with pytest.warns(
        OtherVersionWarning, match=r"StackingRegressor was pickled by skdeep 0\.0\.1"
    ):
        back = pickle.loads(saved)
    assert_array_equal(back.predict(X), stack.predict(X))
    assert vars(back).keys() == vars(stack).keys()


def test_clone_keeps_the_parameters_only(fitted):
    for stack, _ in fitted:
        fresh = clone(stack)
        assert not [name for name in vars(fresh) if name.endswith("_")]
        assert fresh.get_params().keys() == stack.get_params().keys()
        assert str(fresh) == str(stack)


def test_nothing_half_fitted(iris):
    X, y = iris
    stack = StackingClassifier([("lr", LogisticRegression()), ("bad", GaussianNB())], cv=3)
    broken = [
        {"bad__var_smoothing": "much"},  # fails on the first split
        {"final_estimator": LogisticRegression(C=-1)},
        {"cv": 200},
        {"bad": KNeighborsClassifier(140)},  # fits on all rows, but not on two thirds
    ]
    for setting in broken:
        fresh = clone(stack).set_params(**setting)
        with pytest.raises(ValueError, match=r"(?s).*"):
            fresh.fit(X, y)
        assert not [name for name in vars(fresh) if name.endswith("_")]
        with pytest.raises(AttributeError):
            check_is_fitted(fresh)
    # An earlier fit is still whole.
    stack.set_params(store_cv_predictions=True).fit(X, y)
    before, state = stack.predict_proba(X), vars(stack).copy()
    for setting in broken:
        with pytest.raises(ValueError, match=r"(?s).*"):
            stack.set_params(**setting).fit(X[:120], y[:120])
        stack.set_params(bad=GaussianNB(), final_estimator=None, cv=3)
    assert_array_equal(stack.predict_proba(X), before)
    fitted = [name for name in state if name.endswith("_")]
    assert all(vars(stack)[name] is state[name] for name in fitted)


def test_nothing_of_an_earlier_fit_stays(iris):
    pandas = pytest.importorskip("pandas")
    X, y = iris
    frame = pandas.DataFrame(X, columns=list("abcd"))
    stack = StackingClassifier(CLASSIFIERS, cv=0.3, store_cv_predictions=True).fit(frame, y)
    assert list(stack.feature_names_in_) == list("abcd")
    stack.set_params(store_cv_predictions=False, nb="drop").fit(X, y)
    assert not hasattr(stack, "feature_names_in_")
    assert not hasattr(stack, "meta_features_")
    assert len(stack.estimators_) == 1


def test_parallel_fit_is_the_same_fit(iris):
    X, y = iris
    bases = [("tree", DecisionTreeClassifier(random_state=0)), ("nb", GaussianNB())]
    for setting in SETTINGS:
        with joblib.parallel_config("threading"):
            one, two = (
                StackingClassifier(bases, n_jobs=n, random_state=0, **setting).fit(X, y)
                for n in (1, 2)
            )
        assert_array_equal(one.predict_proba(X), two.predict_proba(X))
