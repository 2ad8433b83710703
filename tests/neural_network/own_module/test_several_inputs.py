"""Modules of several inputs: X is NamedArrays, and scikit-learn handles it like any other."""

import copy
import pickle

import joblib
import numpy as np
import pandas as pd
import pytest
import torch
from sklearn.model_selection import (
    GridSearchCV,
    cross_val_predict,
    cross_validate,
    train_test_split,
)
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer
from torch import nn

from skdeep import NamedArrays, NeuralNetClassifier, NeuralNetRegressor
from tests.neural_network.own_module.own_modules import TwoInputs

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

SETTINGS = {"learning_rate_init": 0.05, "max_iter": 60, "random_state": 0}


@pytest.fixture(scope="module")
def places():
    """A class that depends on the city, turned round by the sign of a number."""
    rng = np.random.default_rng(0)
    city, numbers = rng.integers(6, size=120), rng.normal(size=(120, 2))
    y = np.where((city < 3) * 2 - 1 + numbers[:, 0] > 0, "yes", "no")
    return NamedArrays(numbers=numbers, city=city), y


def test_arrays_reach_forward_by_name_in_their_types():  # skorch#824, skorch#1043
    seen = {}

    class Watching(TwoInputs):
        def forward(self, numbers, city):
            seen.update(numbers=numbers.dtype, city=city.dtype)
            return super().forward(numbers, city)

    for dtype in ("float32", "float64"):
        X = NamedArrays(city=np.arange(8, dtype=np.uint8) % 6, numbers=np.ones((8, 2), np.float16))
        net = NeuralNetRegressor(Watching, dtype=dtype, max_iter=2).fit(X, np.arange(8.0))
        assert seen == {"numbers": getattr(torch, dtype), "city": torch.int64}
        assert net.predict(X).shape == (8,)
        assert not hasattr(net, "n_features_in_")


def test_numbers_that_are_whole_reach_the_part_that_wants_floats():
    X = NamedArrays(city=np.arange(12) % 6, numbers=np.arange(24).reshape(12, 2))
    net = NeuralNetRegressor(TwoInputs, max_iter=2, random_state=0).fit(X, np.arange(12.0))
    floats = NamedArrays(X.arrays | {"numbers": X["numbers"].astype(float)})
    np.testing.assert_array_equal(net.predict(X), net.predict(floats))
    np.testing.assert_array_equal(net.fit(floats, np.arange(12.0)).predict(X), net.predict(floats))


def test_numbers_of_rows_are_not_rounded():
    class Last(nn.Module):
        """Whether a large number is odd: lost where it passes through float32."""

        def __init__(self):
            super().__init__()
            self.odd = nn.Embedding(2, 1)
            self.scale = nn.Parameter(torch.ones(1))

        def forward(self, big, small):
            return self.odd(big % 2)[:, 0] + 0 * self.scale * small

    big = 2**40 + np.arange(40)
    X = NamedArrays(big=big, small=np.zeros(40))
    net = NeuralNetClassifier(Last, **SETTINGS).fit(X, big % 2)
    assert net.score(X, big % 2) == 1.0


def test_it_is_the_module_of_one_tensor(iris):
    class Halves(nn.Module):
        def __init__(self, n_outputs):
            super().__init__()
            self.linear = nn.Linear(4, n_outputs)

        def forward(self, left, right):
            return self.linear(torch.cat([left, right[:, None]], dim=1))

    X, y = iris
    several = NamedArrays(left=X[:, :3], right=X[:, 3])
    settings = {"max_iter": 8, "random_state": 0, "dtype": "float64", "early_stopping": True}
    apart = NeuralNetClassifier(Halves, **settings).fit(several, y)
    whole = NeuralNetClassifier(lambda n_outputs: nn.Linear(4, n_outputs), **settings).fit(X, y)
    assert apart.validation_scores_ == whole.validation_scores_
    np.testing.assert_allclose(apart.predict_proba(several), whole.predict_proba(X), atol=1e-12)
    weight = np.arange(150) % 3
    apart.fit(several, y, sample_weight=weight)
    whole.fit(X, y, sample_weight=weight)
    np.testing.assert_allclose(apart.predict_proba(several), whole.predict_proba(X), atol=1e-12)


def test_scikit_learn_s_tools_take_it(places):
    X, y = places
    train, test, y_train, y_test = train_test_split(X, y, stratify=y, random_state=0)
    net = NeuralNetClassifier(TwoInputs, **SETTINGS)
    assert net.fit(train, y_train).score(test, y_test) > 0.85
    assert cross_validate(net, X, y, cv=3)["test_score"].min() > 0.8
    held_out = cross_val_predict(net, X, y, cv=3, method="predict_proba")
    assert np.mean(net.classes_[held_out.argmax(axis=1)] == y) > 0.85
    grid = {"module__units": [1, 4], "learning_rate_init": [0.001, 0.05]}
    search = GridSearchCV(net, grid, cv=2, n_jobs=2).fit(X, y)
    assert search.best_params_["learning_rate_init"] == 0.05
    with joblib.parallel_config("skdeep"):
        packed = GridSearchCV(net, grid, cv=2).fit(X, y)
    np.testing.assert_allclose(
        packed.cv_results_["mean_test_score"], search.cv_results_["mean_test_score"]
    )


def as_inputs(frame):
    return NamedArrays(city=frame["city"], numbers=frame[["a", "b"]])


def test_a_pipeline_makes_it_of_a_frame(places):  # skorch#853, skorch#494, skorch#885
    X, y = places
    frame = pd.DataFrame(X["numbers"], columns=["a", "b"]).assign(city=X["city"])
    net = NeuralNetClassifier(TwoInputs, **SETTINGS)
    pipe = make_pipeline(FunctionTransformer(as_inputs), net).fit(frame, y)
    np.testing.assert_array_equal(pipe.predict_proba(frame), net.predict_proba(X))
    assert cross_validate(pipe, frame, y, cv=2)["test_score"].min() > 0.8


def test_a_dict_is_taken_as_it_is(places):
    X, y = places
    net = NeuralNetClassifier(TwoInputs, early_stopping=True, **SETTINGS)
    expected = net.fit(X[:100], y[:100], X_val=X[100:], y_val=y[100:]).predict_proba(X)
    plain = dict(reversed(X.arrays.items()))  # the order of arrays means nothing
    train, valid = (
        {n: a[rows] for n, a in plain.items()} for rows in (slice(100), slice(100, 120))
    )
    net.fit(train, y[:100], X_val=valid, y_val=y[100:])
    np.testing.assert_allclose(net.predict_proba(plain), expected, rtol=1e-5)


@pytest.mark.parametrize("scoring", [None, "neg_log_loss"])
def test_it_is_kept_and_goes_on(places, scoring):
    X, y = places
    net = NeuralNetClassifier(TwoInputs, early_stopping=True, scoring=scoring, **SETTINGS)
    net.fit(X, y)
    assert type(net.module_) is TwoInputs
    for kept in (pickle.loads(pickle.dumps(net)), copy.deepcopy(net)):
        np.testing.assert_array_equal(kept.predict_proba(X), net.predict_proba(X))
        kept.set_params(early_stopping=False, warm_start=True).fit(X, y)
        assert len(kept.loss_curve_) > net.n_iter_


def test_lbfgs_and_one_array_alone(places):
    X, y = places
    net = NeuralNetClassifier(TwoInputs, solver="lbfgs", max_iter=20).fit(X, y)
    assert net.score(X, y) > 0.9

    class One(nn.Module):
        def __init__(self):
            super().__init__()
            self.linear = nn.Linear(2, 1)

        def forward(self, numbers):
            return self.linear(numbers)

    NeuralNetClassifier(One, max_iter=2).fit({"numbers": X["numbers"]}, y)


def test_other_arrays_are_refused(places):
    X, y = places
    net = NeuralNetClassifier(TwoInputs, max_iter=1).fit(X, y)
    numbers, city = X["numbers"], X["city"]
    known = "but NeuralNetClassifier was fitted on NamedArrays with numbers, city"
    for wrong, message in (
        ({"numbers": numbers}, f"X lacks city, {known}"),
        ({**X.arrays, "age": city}, f"X also has age, {known}"),
        (numbers, f"X is a single array, {known}"),
        (
            {"numbers": numbers[:, :1], "city": city},
            r"X\['numbers'\] has rows of shape \(1,\)",
        ),
        ({"numbers": numbers, "city": city + 0.5}, r"takes integers, but X\['city'\] has \d\.5"),
        ({"numbers": numbers * np.nan, "city": city}, r"In X\['numbers'\].*NaN"),
        ({"numbers": numbers[:3], "city": city}, "of these numbers has 3, city has 120"),
        ({"numbers": numbers.astype(str) + "a", "city": city}, r"In X\['numbers'\]: could not con"),
        (X[:0], r"In X\['numbers'\]: Found array with 0 sample"),
    ):
        with pytest.raises(ValueError, match=message):
            net.predict(wrong)
    with pytest.raises(ValueError, match="inconsistent numbers of samples"):
        net.fit(X, y[:-1])
    plain = NeuralNetClassifier(nn.Linear, module__in_features=2, module__out_features=1)
    plain.set_params(max_iter=1).fit(numbers, y)
    with pytest.raises(ValueError, match=r"X is several arrays, but .* was fitted on one array"):
        plain.predict(X)


def test_a_module_of_other_arguments_is_told_what_it_gets(places):
    X, y = places
    renamed = NamedArrays(numbers=X["numbers"], town=X["city"])
    message = (
        r"(?s)does not take rows of shapes numbers \(4, 2\), town \(4,\); its forward pass is "
        r"called with these by name\. It says, as numbers float32, town int64:.*unexpected.*'town'"
    )
    with pytest.raises(ValueError, match=message):
        NeuralNetClassifier(TwoInputs).fit(renamed, y)
    with pytest.raises(ValueError, match=r"module=Plain needs n_features.*n_outputs, input_shapes"):
        NeuralNetClassifier(Plain).fit(X, y)


class Plain(nn.Linear):
    def __init__(self, n_features):
        super().__init__(n_features, 1)
