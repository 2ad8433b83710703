"""Categories are declared by dtype, mask, index or name."""

import numpy as np
import pandas as pd
import polars as pl
import pytest

from skdeep._kinds.tables.encoder import TableEncoder

FRAME = pd.DataFrame({"a": [3, 1, 2], "b": ["u", "v", "w"], "c": [True, False, True]})


@pytest.mark.parametrize(
    "declared",
    [[True, True, False], np.array([1, 0]), [0, 1], ["b", "a"], np.array(["a", "b"], dtype=object),
     pd.Series([True, True, False]), (np.int8(0), np.int8(1))],
)  # fmt: skip
@pytest.mark.parametrize("as_frame", [pd.DataFrame, pl.from_pandas])
def test_categories_are_those_declared(as_frame, declared):
    encoder = TableEncoder(categorical_features=declared)
    matrix = encoder.fit_transform(as_frame(FRAME))
    assert encoder.is_categorical_.tolist() == [True, True, False]
    assert encoder.column_names_ == ["a=1", "a=2", "a=3", "b=u", "b=v", "b=w", "c"]
    np.testing.assert_array_equal(
        matrix, np.hstack([np.eye(3)[[2, 0, 1]], np.eye(3), [[1], [-1], [1]]])
    )


def test_an_array_with_names_is_declared_by_name():
    encoder = TableEncoder(categorical_features=["a", "b"])
    encoder.fit_transform(FRAME.to_numpy(), feature_names=np.array(["a", "b", "c"], dtype=object))
    assert encoder.is_categorical_.tolist() == [True, True, False]


@pytest.mark.parametrize("declared", [None, [], [False, False]])
def test_no_categories(declared):
    encoder = TableEncoder(categorical_features=declared)
    encoder.fit_transform(FRAME[["a", "c"]])
    assert encoder.is_categorical_.tolist() == [False, False]
    for frame in (FRAME, FRAME.astype({"b": "category"}), pl.from_pandas(FRAME), FRAME.to_numpy()):
        declared = declared if not declared else [False] * 3
        with pytest.raises(ValueError, match=r"Column '(b|x1)' holds 'u', where a number is exp"):
            TableEncoder(categorical_features=declared).fit_transform(frame)


@pytest.mark.parametrize("way", [pd.DataFrame, pl.from_pandas, pd.DataFrame.to_numpy])
def test_the_mask_of_the_user_is_left_alone(way):
    declared = np.array([False, True, False])
    encoder = TableEncoder(categorical_features=declared)
    encoder.fit_transform(way(FRAME))
    encoder.is_categorical_[0] = True
    assert declared.tolist() == [False, True, False]


@pytest.mark.parametrize(
    ("declared", "message"),
    [
        ([True, False], r"must have shape \(n_features,\), here \(3,\), got: \(2,\)"),
        ([0, 3], r"must be in \[0, n_features - 1\], here \[0, 2\], got: \[0, 3\]"),
        ([-1], "must be in"),
        (["a", "z"], "has the item 'z', which is not a feature name.*'a', 'b', 'c'"),
        ([0.5], "must be 'from_dtype', None or an array-like of bool, int or str"),
        ([0, "a"], "has the item '0', which is not a feature name"),
        ([["a"]], "with one dimension"),
        ("by_dtype", "must be 'from_dtype', None or"),
    ],
)
def test_wrong_declarations_are_explained(declared, message):
    with pytest.raises(ValueError, match=message):
        TableEncoder(categorical_features=declared).fit_transform(FRAME)


def test_names_need_names():
    with pytest.raises(ValueError, match="names features, but X has no feature names"):
        TableEncoder(categorical_features=["a"]).fit_transform(np.zeros((2, 2)))
