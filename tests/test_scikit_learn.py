"""What scikit-learn keeps private is still there, and behaves as it is used."""

from importlib import import_module
from numbers import Real

import numpy as np
import pandas as pd
import pytest
from sklearn.base import BaseEstimator

from skdeep import _scikit_learn as door


@pytest.mark.parametrize("name", door.__all__)
def test_every_name_is_there(name):
    assert getattr(door, name) is not None


@pytest.mark.parametrize(
    ("owner", "name"),
    [(owner, name) for owner, names in door.PRIVATE_ATTRIBUTES.items() for name in names],
)
def test_every_attribute_is_there(owner, name):
    module, _, owner_name = owner.rpartition(".")
    assert callable(getattr(getattr(import_module(module), owner_name), name))


def test_unknown_names_are_attribute_errors():
    with pytest.raises(AttributeError, match="has no attribute 'StrOption'"):
        door.StrOption  # noqa: B018


def test_rows_and_columns_are_counted_and_taken():
    frame = pd.DataFrame({"a": [1, 2, 3], "b": [4, 5, 6]})
    assert door.num_samples(frame) == 3
    assert door.num_features(frame) == 2
    assert door.safe_indexing(frame, [2, 0])["a"].tolist() == [3, 1]
    assert list(door.get_column_indices(frame, ["b"])) == [1]
    assert door.is_arraylike(frame)
    weight = door.check_sample_weight(None, frame)
    assert weight.tolist() == [1.0, 1.0, 1.0]
    assert door.check_method_params(frame, {"w": [1, 2, 3]}, np.array([1]))["w"] == [2]
    assert door.safe_split(BaseEstimator(), frame, frame["a"], [1])[1].tolist() == [2]


def test_constraints_refuse_what_they_do_not_name():
    constraints = {"x": [door.StrOptions({"a"}), door.Interval(Real, 0, 1, closed="both")]}
    door.validate_parameter_constraints(constraints, {"x": "a"}, caller_name="f")
    with pytest.raises(door.InvalidParameterError, match="'x' parameter of f"):
        door.validate_parameter_constraints(constraints, {"x": 2.0}, caller_name="f")
