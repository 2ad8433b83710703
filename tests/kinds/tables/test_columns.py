"""Numbers, categories, dates and sparse columns, each looked at by itself."""

import datetime
import decimal

import hypothesis.strategies as st
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
import scipy.sparse
from hypothesis import given, settings

from skdeep._kinds.tables import codecs as codecs
from skdeep._kinds.tables.encoder import TableEncoder


def encode(X, **parameters):
    encoder = TableEncoder(**parameters)
    return encoder, encoder.fit_transform(X)


def column(values, dtype=None):
    return pd.DataFrame({"a": pd.Series(values, dtype=dtype)})


# --- numbers


@pytest.mark.parametrize(
    "dtype",
    ["int8", "uint64", "float32", "float64", "Int64", "UInt8", "Float64", "Float32", "object",
     "int64[pyarrow]", "double[pyarrow]", pd.ArrowDtype(pa.decimal128(9, 1)), "Sparse[int]"],
)  # fmt: skip
def test_numbers_of_any_dtype(dtype):
    values = [5, 1, 2, 9, 2]
    encoder, matrix = encode(column(values, dtype))
    assert encoder.n_numbers_ == encoder.width_ == 1
    # Of the values 1, 2, 5 and 9 the quartiles are 1.75, 3.5 and 6.
    expected = (np.array(values) - 3.5) / ((6 - 1.75) / 2)
    np.testing.assert_allclose(matrix[:, 0], expected, rtol=1e-6)


@pytest.mark.parametrize("dtype", ["Int64", "Float64", "float32", "double[pyarrow]", "object"])
def test_missing_numbers_of_any_dtype(dtype):
    encoder, matrix = encode(column([5, None, 2, 9, 2], dtype))
    assert encoder.column_names_ == ["a", "a_missing"]
    np.testing.assert_array_equal(np.isnan(matrix), [[0, 0], [1, 0], [0, 0], [0, 0], [0, 0]])
    np.testing.assert_array_equal(matrix[:, 1], [0, 1, 0, 0, 0])


@pytest.mark.parametrize("missing", [None, np.nan, pd.NA, pd.NaT])
def test_missing_values_of_every_spelling(missing):
    rows = [[1, "a"], [missing, "b"], [3, missing], [5, "c"]]
    expected = encode(np.array([[1, "a"], [None, "b"], [3, None], [5, "c"]], dtype=object))[1]
    for X in (np.array(rows, dtype=object), pd.DataFrame(rows, dtype=object)):
        np.testing.assert_array_equal(encode(X)[1], expected)


def test_numbers_that_are_not_pythons():
    values = [decimal.Decimal("1.5"), np.float32(2), 3, np.int8(4), 10**20]
    np.testing.assert_allclose(
        encode(np.array([values], dtype=object).T)[1], encode(np.array([values], dtype=float).T)[1]
    )


@pytest.mark.parametrize("offset", [0, 1e9, -1e12])
def test_a_large_offset_swallows_nothing(offset):
    steps = np.random.default_rng(0).permutation(1000)
    X = (offset + steps / 100).reshape(-1, 1)
    matrix = encode(X)[1][:, 0]
    assert len(np.unique(matrix)) == 1000
    np.testing.assert_array_equal(np.argsort(matrix), np.argsort(steps))
    line = np.polynomial.Polynomial.fit(steps, matrix, 1)
    np.testing.assert_allclose(line(steps), matrix, atol=1e-5 + np.spacing(abs(offset)))


def test_rounding_is_no_signal():
    x = np.random.default_rng(0).uniform(size=100)
    noise = (0.1 + x) - x
    assert len(np.unique(noise)) > 1
    assert encode(np.column_stack([noise, x]))[0].column_names_ == ["x1"]


@pytest.mark.parametrize("scale", [1e-320, 1e-300, 1e300, 1.7e308])
def test_numbers_at_the_ends_of_float64(scale):
    X = np.array([-1, 1, 0.5, 0, -0.5]).reshape(-1, 1) * scale
    matrix = encode(X)[1]
    assert np.isfinite(matrix).all()
    np.testing.assert_array_equal(np.argsort(matrix[:, 0]), np.argsort(X[:, 0]))


def test_outliers_stay_finite():
    X = np.array([[1.0], [2.0], [3.0], [4.0], [1e200]])
    encoder, matrix = encode(X)
    assert matrix[4, 0] == np.finfo(np.float32).max
    assert encoder.transform([[-1e300]])[0, 0] == np.finfo(np.float32).min


def test_quantiles_of_many_rows_are_those_of_some(monkeypatch):
    X = np.random.default_rng(0).normal(3, 2, size=(5000, 1))
    monkeypatch.setattr(codecs, "_MOST_QUANTILE_ROWS", 1000)
    matrix = encode(X)[1]
    lower, middle, upper = np.quantile(X, [0.25, 0.5, 0.75])
    np.testing.assert_allclose(matrix, (X - middle) / (upper - lower) * 2, atol=0.2)
    np.testing.assert_allclose(np.corrcoef(X[:, 0], matrix[:, 0])[0, 1], 1)


@pytest.mark.parametrize("n_zeros", [1, 8, 90])
def test_how_often_a_value_is_written_does_not_matter(n_zeros):
    matrix = encode(np.array([0.0] * n_zeros + [2.0, 10.0]).reshape(-1, 1))[1]
    # Of the values 0, 2 and 10 the quartiles are 1, 2 and 6.
    np.testing.assert_allclose(matrix.ravel(), [-0.8] * n_zeros + [0, 3.2], rtol=1e-6)


def test_differences_without_a_half_are_scaled_by_the_range():
    smallest = np.array([0, 0, 0, 0, 0, 5e-324, 1e-323]).reshape(-1, 1)
    assert np.isfinite(encode(smallest)[1]).all()


def test_two_values_stay_between_them():
    encoder, matrix = encode(np.array([[3.0], [7.0], [3.0]]))
    assert (encoder.n_numbers_, encoder.n_plain_) == (0, 1)
    assert matrix.ravel().tolist() == [-1, 1, -1]
    unseen = encoder.transform([[5.0], [1e9], [-1e9], [np.nan]])
    assert unseen.ravel().tolist() == [0, 1, -1, 0]


def test_arrays_are_left_as_they_are():
    X = np.random.default_rng(0).normal(size=(50, 3)).astype(np.float32)
    original = X.copy()
    matrix = encode(X)[1]
    np.testing.assert_array_equal(X, original)
    assert not np.shares_memory(matrix, X)
    np.testing.assert_array_equal(encode(np.asfortranarray(X))[1], matrix)
    np.testing.assert_allclose(encode(X.astype(np.longdouble))[1], matrix)


# --- categories


@pytest.mark.parametrize(
    "dtype",
    ["object", "str", "string", "category", "string[pyarrow]",
     pd.ArrowDtype(pa.string()), pd.ArrowDtype(pa.dictionary(pa.int32(), pa.string()))],
)  # fmt: skip
@pytest.mark.parametrize("max_one_hot", [2, 9])
def test_strings_of_any_dtype(dtype, max_one_hot):
    values = ["b", "a", None, "c", "b", "d"]
    encoder, matrix = encode(column(values, dtype), max_one_hot=max_one_hot)
    codes = np.array([2, 1, 5, 3, 2, 4])
    assert encoder.is_categorical_.tolist() == [True]
    if max_one_hot == 2:
        assert encoder.cardinalities_ == [6]
        np.testing.assert_array_equal(matrix[:, 0], codes)
    else:
        np.testing.assert_array_equal(matrix, np.eye(6)[codes][:, 1:])


@pytest.mark.parametrize("library", [pd, pl])
def test_unseen_categories_are_nothing(library):
    X = library.DataFrame({"a": ["u", "v", "w"], "b": ["u", "v", "v"], "c": ["u", "v", "w"]})
    encoder, _ = encode(X, max_one_hot=3)
    other = library.DataFrame({"a": ["x"], "b": ["x"], "c": [None]})
    assert encoder.transform(other).tolist() == [[0] * 7]
    encoder, _ = encode(X, max_one_hot=2)
    assert encoder.cardinalities_ == [4, 4]
    assert encoder.transform(other).tolist() == [[0, 0, 0]]


def test_categories_are_known_by_their_value():
    levels = ["low", "mid", "high", "top"]
    rng = np.random.default_rng(0)
    values = rng.choice(levels, 50)
    encoder, matrix = encode(column(values, pd.CategoricalDtype(levels)), max_one_hot=2)
    for other in (
        column(values, pd.CategoricalDtype([*levels[::-1], "new"], ordered=True)),
        column(values, object),
        pl.DataFrame({"a": pl.Series(values.tolist(), dtype=pl.Enum(sorted(levels)))}),
        pl.DataFrame({"a": pl.Series(values.tolist()[::-1], dtype=pl.Categorical).reverse()}),
        values.reshape(-1, 1),
    ):
        np.testing.assert_array_equal(encoder.transform(other), matrix)


def test_equal_numbers_are_one_level():
    same = [[1], [np.int8(1)], [1.0], [np.float32(1)], ["1"], [2], [2.5]]
    encoder, matrix = encode(np.array(same, dtype=object))
    assert encoder.column_names_ == ["x0=1", "x0=2", "x0=2.5", "x0=1"]
    np.testing.assert_array_equal(matrix, np.eye(4)[[0, 0, 0, 0, 3, 1, 2]])
    ints = encode(np.array([[3], [1], [2], [3]]), categorical_features=[0])[0]
    floats = ints.transform(np.array([[1.0], [2.0], [3.0], [np.nan]]))
    np.testing.assert_array_equal(floats, np.eye(4)[:, :3])
    for dtype in ("category", "Int64", "object"):
        frame = column([1, 2, 3, None], dtype)
        np.testing.assert_array_equal(ints.transform(frame), floats)


def test_long_numbers_of_polars_are_levels_of_their_own():
    values = [2**60, 2**60 + 1, 2**60 + 2, None]
    encoder, matrix = encode(pl.DataFrame({"a": values}), categorical_features=["a"])
    assert encoder.width_ == 4
    np.testing.assert_array_equal(matrix, np.eye(4))


def test_booleans_are_categories_of_two():
    for X in (column([True, False, True]), np.array([[True], [False], [True]])):
        encoder, matrix = encode(X)
        assert encoder.is_categorical_.tolist() == [True]
        assert matrix.ravel().tolist() == [1, -1, 1]
        encoder, matrix = encode(X, categorical_features=None)
        assert encoder.is_categorical_.tolist() == [False]
        assert matrix.ravel().tolist() == [1, -1, 1]


@pytest.mark.parametrize("order", [1, -1])
def test_a_boolean_among_numbers_makes_a_category(order):
    values = np.array([[1], [True], [2], [3]], dtype=object)[::order]
    assert encode(values)[0].is_categorical_.tolist() == [True]


def test_bytes_are_strings():
    encoder, matrix = encode(np.array([[b"a"], ["b"], ["c"]], dtype=object))
    assert encoder.column_names_ == ["x0=a", "x0=b", "x0=c"]
    np.testing.assert_array_equal(encoder.transform(np.array([[b"a"], [b"b"], [b"c"]])), matrix)


def test_an_array_of_strings_may_hold_numbers():
    mixed = np.array([[1.5, "a"], [2.5, "b"], [4.0, "c"]])
    encoder, matrix = encode(mixed)
    assert encoder.is_categorical_.tolist() == [False, True]
    np.testing.assert_array_equal(matrix, encode([[1.5, "a"], [2.5, "b"], [4.0, "c"]])[1])


def test_the_rarest_of_too_many_levels_are_unseen(monkeypatch):
    monkeypatch.setattr(codecs, "_MOST_LEVELS", 3)
    values = ["a"] * 2 + ["b"] + ["c"] * 3 + ["d"] * 2 + ["e"]
    encoder, matrix = encode(column(values), max_one_hot=2)
    assert encoder.cardinalities_ == [4]
    assert matrix.ravel().tolist() == [1, 1, 0, 2, 2, 2, 3, 3, 0]


def test_categories_that_are_numbers_may_be_read_as_such():
    X = column([3, 1, None, 2], "category")
    encoder, matrix = encode(X, categorical_features=None)
    np.testing.assert_array_equal(matrix, encode(column([3, 1, None, 2], "Int64"))[1])
    np.testing.assert_array_equal(encoder.transform(X.astype(float)), matrix)


def test_dates_may_be_categories():
    days = pd.to_datetime(["2020-01-01", "2021-05-05", None, "2022-01-01"])
    matrix = encode(pd.DataFrame({"a": days}), categorical_features=["a"])[1]
    np.testing.assert_array_equal(matrix, np.eye(4)[[0, 1, 3, 2]])
    frame = pd.DataFrame({"a": pd.Categorical(pd.cut([1, 5, 9], [0, 2, 6, 10]))})
    assert encode(frame)[0].column_names_ == ["a=(0, 2]", "a=(2, 6]", "a=(6, 10]"]


ANYTHING = [
    1, 1.0, 2.5, True, np.bool_(False), np.float32(2), np.int8(3), decimal.Decimal("2.5"), 2**70,
    "a", np.str_("a"), "1", b"x", "", (1, 2), frozenset([1]), pd.Interval(0, 1),
    datetime.date(2020, 1, 1), datetime.datetime(2021, 1, 1, 5), datetime.time(1),
    pd.Timestamp("2020", tz="UTC"), np.datetime64("2020-01-01"),
    datetime.timedelta(1), np.timedelta64(3, "s"), pd.Timedelta(1, "s"),
    None, np.nan, float("nan"), decimal.Decimal("NaN"), pd.NA, pd.NaT, np.datetime64("NaT"),
]  # fmt: skip


@given(st.data())
@settings(deadline=None, derandomize=True, database=None, max_examples=150)
def test_any_mixture_is_encoded_whatever_the_order(data):
    few = st.sampled_from(data.draw(st.lists(st.sampled_from(ANYTHING), min_size=1, max_size=4)))
    values = data.draw(st.lists(few, min_size=1, max_size=10))
    X = np.empty((len(values), 1), dtype=object)
    X[:, 0] = values
    encoder, matrix = encode(X, max_one_hot=3)
    np.testing.assert_array_equal(encoder.transform(X), matrix)
    np.testing.assert_array_equal(encode(X[::-1], max_one_hot=3)[1], matrix[::-1])
    np.testing.assert_array_equal(encode(pd.DataFrame(X), max_one_hot=3)[1], matrix)


# --- dates


MOMENTS = pd.Series(
    pd.to_datetime(["1969-12-31 23:59", "2000-02-29 00:01", None, "2024-06-30 12:34"])
)


@pytest.mark.parametrize(
    "frame",
    [
        lambda s: s.to_frame(),
        lambda s: s.astype("datetime64[ns]").to_frame(),
        lambda s: s.dt.tz_localize("America/New_York").to_frame(),
        lambda s: s.astype("timestamp[us][pyarrow]").to_frame(),
        lambda s: s.astype(object).to_frame(),
        lambda s: s.dt.tz_localize("Asia/Tokyo").astype(object).to_frame().to_numpy(),
        lambda s: s.to_numpy().reshape(-1, 1),
        lambda s: pl.DataFrame({"0": pl.Series(s).cast(pl.Datetime("ms"))}),
        lambda s: pl.DataFrame({"0": pl.Series(s.dt.tz_localize("Asia/Tokyo"))}),
        lambda s: pl.DataFrame({"0": pl.Series(s.dt.tz_localize("Asia/Tokyo"))}).to_arrow(),
    ],
)
def test_moments_have_the_parts_that_pandas_gives_them(frame):
    encoder, matrix = encode(frame(MOMENTS), categorical_features=None)
    when = MOMENTS.dt
    parts = {
        "elapsed": (MOMENTS - pd.Timestamp("1970")).dt.total_seconds(),
        "year": when.year,
        "month": when.month,
        "day": when.day,
        "weekday": when.day_of_week,
        "hour": when.hour,
        "minute": when.minute,
    }
    found = dict(zip((n.split("_")[1] for n in encoder.column_names_), matrix.T, strict=True))
    assert found.keys() == parts.keys() | {"missing"}
    assert found["missing"].tolist() == [0, 0, 1, 0]
    for name, part in parts.items():
        # Three moments: every part is a number, of three different values.
        lower, middle, upper = part.quantile([0.25, 0.5, 0.75])
        expected = (part - middle) / (upper - lower) * 2
        np.testing.assert_allclose(found[name], expected, rtol=1e-6, err_msg=name)


@pytest.mark.parametrize(
    "frame",
    [
        pd.DataFrame({"a": np.arange("2020-02-27", "2020-03-05", dtype="datetime64[D]")}),
        pl.DataFrame({"a": [datetime.date(2020, 2, 27) + datetime.timedelta(i) for i in range(7)]}),
        [[datetime.date(2020, 2, 27) + datetime.timedelta(i)] for i in range(7)],
    ],
)
def test_dates_have_no_hours_and_only_the_parts_that_change(frame):
    encoder, matrix = encode(frame)
    assert [n.split("_")[1] for n in encoder.column_names_] == [
        "elapsed", "day", "weekday", "month",
    ]  # fmt: skip
    assert matrix[:, 3].tolist() == [-1] * 3 + [1] * 4
    np.testing.assert_allclose(np.diff(matrix[:, 0]), 1 / 1.5, rtol=1e-6)


@pytest.mark.parametrize(
    "frame",
    [
        lambda s: s.to_frame(),
        lambda s: s.astype("duration[us][pyarrow]").to_frame(),
        lambda s: s.to_numpy().reshape(-1, 1),
        lambda s: s.astype(object).to_frame(),
        lambda s: pl.DataFrame({"a": pl.Series(s)}),
    ],
)
def test_durations_are_seconds(frame):
    seconds = [60.0, 5.5, np.nan, 86400.0]
    X = frame(pd.Series(pd.to_timedelta(seconds, unit="s"), name="a"))
    np.testing.assert_array_equal(encode(X)[1], encode(np.array([seconds]).T)[1])


# --- sparse matrices


SPARSE = np.array(
    [[0, 0, 5, 1, 2], [1, 0, 5, 0, 0], [0, 0, 5, 0, -8], [4, 0, 5, 1, 0]], dtype=np.float64
)


@pytest.mark.parametrize("kind", [scipy.sparse.csr_array, scipy.sparse.csc_matrix])
@pytest.mark.parametrize("dtype", [np.float64, np.float32, np.int32])
def test_sparse_columns_are_scaled_and_stay_sparse(kind, dtype):
    encoder, matrix = encode(kind(SPARSE.astype(dtype)))
    assert matrix.format == "csr"
    assert matrix.dtype == np.float32
    expected = SPARSE[:, [0, 3, 4]] / [4, 1, 8]
    np.testing.assert_allclose(matrix.toarray(), expected)
    assert encoder.sources_.tolist() == [0, 3, 4]
    assert (encoder.n_numbers_, encoder.n_plain_, encoder.cardinalities_) == (3, 0, [])
    np.testing.assert_allclose(encoder.transform(SPARSE), expected)
    larger = encoder.transform(kind(SPARSE * 1e300))
    assert np.isfinite(larger.data).all()


def test_only_kept_rows_of_a_sparse_matrix_teach():
    X = scipy.sparse.csr_array(SPARSE)
    encoder = TableEncoder()
    matrix = encoder.fit_transform(X, kept=np.array([0, 1]))
    assert encoder.sources_.tolist() == [0, 3, 4]
    np.testing.assert_allclose(matrix.toarray(), SPARSE[:, [0, 3, 4]] / [1, 1, 2])


def test_a_sparse_matrix_is_read_by_what_was_learned_from_a_dense_one():
    encoder, matrix = encode(SPARSE)
    np.testing.assert_array_equal(encoder.transform(scipy.sparse.csr_array(SPARSE)), matrix)


def test_a_sparse_matrix_has_no_categories():
    with pytest.raises(ValueError, match=r"categorical_features=\[0\] needs X dense"):
        encode(scipy.sparse.csr_array(SPARSE), categorical_features=[0])
