"""Tables become the matrix that one would write down row by row."""

import datetime
import math
import pickle

import numpy as np
import pandas as pd
import polars as pl
import pytest
import scipy.sparse
import skops.io

from skdeep._kinds.tables.encoder import TableEncoder

DAY = datetime.datetime(2021, 3, 28)
TABLE = {
    "size": [1.5, None, -2.0, 4.0, 4.0, 1.5, 0.0, 9.0],
    "flag": [True, False, False, None, True, True, False, True],
    "city": ["Rome", "Oslo", "Lima", "Rome", None, "Oslo", "Oslo", "Rome"],
    "side": ["left", "right", "left", None, "left", "left", "right", "right"],
    "many": ["e", "a", "b", "c", "d", "a", "e", "b"],
    "only": ["x", None, "x", "x", None, "x", "x", "x"],
    "pair": [7, 3, 3, 3, 7, 7, None, 3],
    "same": [2, 2, 2, 2, 2, 2, 2, 2],
    "gap": [5, 5, 5, None, 5, 5, 5, 5],
    "none": [None] * 8,
    "when": [DAY + datetime.timedelta(days=9 * i, hours=i % 3) for i in range(8)],
    "wait": [datetime.timedelta(hours=i * i) for i in range(8)],
}
NAMES = list(TABLE)
MAX_ONE_HOT = 4
PANDAS = {"many": "category", "flag": "boolean", "pair": "Int64", "side": "object"}
POLARS = {"city": pl.Categorical, "side": pl.Enum(["right", "unused", "left"])}


def as_rows(columns):
    return [list(row) for row in zip(*columns.values(), strict=True)]


def as_array(columns):
    return np.array(as_rows(columns), dtype=object)


def as_pandas(columns):
    frame = pd.DataFrame(columns)
    return frame.astype({name: PANDAS[name] for name in columns if name in PANDAS})


def as_polars(columns):
    frame = pl.DataFrame(columns)
    return frame.with_columns(pl.col(n).cast(t) for n, t in POLARS.items() if n in columns)


def as_arrow(columns):
    return as_polars(columns).to_arrow()


WAYS = [as_rows, as_array, as_pandas, as_polars, as_arrow]


def reference(columns):
    """Return {name: column} for the numbers, the plain columns and the codes, cell by cell."""
    numbers, plain, codes = {}, {}, {}

    def number(name, values, tell=True):
        present = [v for v in values if v is not None]
        if len(set(present)) > 2:
            lower, middle, upper = np.quantile(np.unique(present), [0.25, 0.5, 0.75])
            scale = (upper - lower) / 2 or (max(present) - min(present)) / 2
            numbers[name] = [math.nan if v is None else (v - middle) / scale for v in values]
        elif len(set(present)) == 2:
            plain[name] = [0 if v is None else (1 if v == max(present) else -1) for v in values]
        if tell and present and len(present) < len(values):
            plain[f"{name}_missing"] = [float(v is None) for v in values]

    def category(name, values):
        known = sorted({v for v in values if v is not None})
        missing = None in values
        if len(known) == 2:
            signs = {None: 0, known[0]: -1, known[1]: 1}
            plain[f"{name}={known[1]}"] = [signs[v] for v in values]
        elif len(known) == 1 and missing:
            plain[f"{name}={known[0]}"] = [-1 if v is None else 1 for v in values]
        elif len(known) + missing > MAX_ONE_HOT:
            levels = known + [None] * missing
            codes[name] = [1 + levels.index(v) for v in values]
        elif len(known) > 1:
            for level in known:
                plain[f"{name}={level}"] = [float(v == level) for v in values]
            if missing:
                plain[f"{name}_missing"] = [float(v is None) for v in values]

    for name, values in columns.items():
        kinds = {type(v) for v in values if v is not None}
        if kinds <= {int, float}:
            number(name, values)
        elif kinds == {datetime.timedelta}:
            number(name, [v.total_seconds() for v in values])
        elif kinds == {datetime.datetime}:
            since = datetime.datetime(1970, 1, 1)
            number(f"{name}_elapsed", [(v - since).total_seconds() for v in values], tell=False)
            for part in ("year", "month", "day"):
                number(f"{name}_{part}", [getattr(v, part) for v in values], tell=False)
            number(f"{name}_weekday", [v.weekday() for v in values], tell=False)
            for part in ("hour", "minute"):
                number(f"{name}_{part}", [getattr(v, part) for v in values], tell=False)
        else:
            category(name, values)
    return numbers, plain, codes


@pytest.mark.parametrize("way", WAYS)
def test_a_table_is_encoded_cell_by_cell(way):
    numbers, plain, codes = reference(TABLE)
    encoder = TableEncoder(max_one_hot=MAX_ONE_HOT)
    matrix = encoder.fit_transform(way(TABLE), feature_names=NAMES)
    expected = numbers | plain | codes
    assert encoder.column_names_ == list(expected)
    assert (encoder.n_numbers_, encoder.n_plain_) == (len(numbers), len(plain))
    assert encoder.cardinalities_ == [1 + len(set(column)) for column in codes.values()]
    assert encoder.width_ == len(expected)
    assert matrix.dtype == np.float32
    np.testing.assert_allclose(matrix, np.column_stack(list(expected.values())), rtol=1e-6)
    stems = [name.split("=")[0].split("_")[0] for name in encoder.column_names_]
    assert [NAMES[j] for j in encoder.sources_] == stems
    assert encoder.n_features_in_ == len(NAMES)
    assert {n for n, c in zip(NAMES, encoder.is_categorical_, strict=True) if c} - {"none"} == {
        "flag", "city", "side", "many", "only",
    }  # fmt: skip


@pytest.mark.parametrize("fitted_on", WAYS)
@pytest.mark.parametrize("way", WAYS)
def test_what_is_learned_from_one_kind_of_table_serves_for_others(fitted_on, way):
    encoder = TableEncoder(max_one_hot=MAX_ONE_HOT)
    matrix = encoder.fit_transform(fitted_on(TABLE))
    np.testing.assert_array_equal(encoder.transform(way(TABLE)), matrix)
    part = {name: values[2:4] for name, values in TABLE.items()}
    np.testing.assert_array_equal(encoder.transform(way(part)), matrix[2:4])


@pytest.mark.parametrize("way", WAYS)
def test_the_order_of_rows_does_not_matter(way):
    order = np.random.default_rng(0).permutation(8)
    shuffled = {name: [values[i] for i in order] for name, values in TABLE.items()}
    first, second = TableEncoder(), TableEncoder()
    np.testing.assert_array_equal(
        first.fit_transform(way(TABLE))[order], second.fit_transform(way(shuffled))
    )
    assert first.column_names_ == second.column_names_


@pytest.mark.parametrize("way", WAYS)
def test_only_kept_rows_teach(way):
    kept = np.array([0, 1, 2, 4, 5])
    part = {name: [values[i] for i in kept] for name, values in TABLE.items()}
    alone, among = TableEncoder(max_one_hot=2), TableEncoder(max_one_hot=2)
    # pandas and polars take the dtype of a column from its values, which kept rows share.
    alone.fit_transform(way(part), feature_names=NAMES)
    matrix = among.fit_transform(way(TABLE), feature_names=NAMES, kept=kept)
    assert among.column_names_ == alone.column_names_
    assert among.cardinalities_ == alone.cardinalities_
    np.testing.assert_array_equal(matrix, alone.transform(way(TABLE)))


def test_names_are_those_of_the_frame_or_numbers():
    encoder = TableEncoder()
    encoder.fit_transform(pd.DataFrame({3: [1, 2, 3], "b": [1, 5, 3]}))
    assert encoder.column_names_ == ["3", "b"]
    encoder.fit_transform([[1, 2], [5, 6], [3, 3]])
    assert encoder.column_names_ == ["x0", "x1"]
    # Columns are read by their position.
    twice = pd.DataFrame([[1, "u"], [2, "v"], [4, "w"]], columns=["a", "a"])
    encoder.fit_transform(twice)
    assert encoder.column_names_ == ["a", "a=u", "a=v", "a=w"]


def test_nothing_is_left_of_columns_that_say_nothing():
    encoder = TableEncoder()
    matrix = encoder.fit_transform([[1, "a", None], [1, "a", None]])
    assert matrix.shape == (2, 0)
    assert encoder.width_ == encoder.n_numbers_ == encoder.n_plain_ == 0
    assert encoder.cardinalities_ == []
    assert encoder.transform([[3, "b", 2]]).shape == (1, 0)


def by_skops(encoder):
    data = skops.io.dumps(encoder)
    untrusted = skops.io.get_untrusted_types(data=data)
    assert all(name.startswith("skdeep._kinds.tables.") for name in untrusted)
    return skops.io.loads(data, trusted=untrusted)


@pytest.mark.parametrize("copy", [lambda e: pickle.loads(pickle.dumps(e)), by_skops])
def test_a_saved_encoder_encodes_alike(copy):
    encoder = TableEncoder(max_one_hot=2)
    matrix = encoder.fit_transform(as_pandas(TABLE))
    np.testing.assert_array_equal(copy(encoder).transform(as_polars(TABLE)), matrix)


def test_no_rows_are_kept():
    sizes = []
    for copies in (1, 1000):
        encoder = TableEncoder(max_one_hot=2)
        encoder.fit_transform(pd.concat([as_pandas(TABLE)] * copies, ignore_index=True))
        sizes.append(len(pickle.dumps(encoder)))
    assert abs(sizes[1] - sizes[0]) < 20


@pytest.mark.parametrize(
    ("X", "error", "message"),
    [
        ([1, 2], ValueError, "Expected 2D array, got 1D array instead"),
        (np.zeros((2, 2, 2)), ValueError, "Found array with dim 3, while dim <= 2 is required"),
        ([[1j]], ValueError, "Complex data not supported"),
        (pd.DataFrame({"a": [1j]}), ValueError, "Complex data not supported: column 'a'"),
        (np.array([[1j, 2]], dtype=object), ValueError, "Complex data not supported"),
        (np.empty((3, 0)), ValueError, r"0 feature\(s\) \(shape=\(3, 0\)\) while a minimum of 1"),
        (pd.DataFrame(index=[1]), ValueError, r"0 feature\(s\) \(shape=\(1, 0\)\)"),
        (np.empty((0, 3)), ValueError, r"Found array with 0 sample\(s\) .* by Tabby"),
        (pl.DataFrame({"a": []}), ValueError, r"Found array with 0 sample\(s\)"),
        ([[1, np.inf]], ValueError, "X contains infinity or a value too large.*column 'x1'"),
        (pl.DataFrame({"a": [-np.inf]}), ValueError, "X contains infinity.*column 'a'"),
        ([[1, 10**400]], ValueError, "X contains infinity or a value too large.*column 'x1'"),
        ([[1.5, pd.NA], [10**400, 2]], ValueError, "too large.*column 'x0'"),
        ([[1, {"a": 1}]], TypeError, "'x1' holds a dict: the argument must be a string or a num"),
        (pl.DataFrame({"a": [[1], [2]]}), TypeError, "'a' holds a list"),
        (pl.LazyFrame({"a": [1]}), TypeError, r"X is a lazy frame; pass what X.collect\(\)"),
        (np.zeros((2, 2), dtype="V4"), ValueError, "X has dtype"),
        (scipy.sparse.csr_array([[0, np.nan]]), ValueError, "NaN and is sparse.*X.toarray"),
        (scipy.sparse.csr_array([[0, np.inf]]), ValueError, "X contains infinity.*'x1'"),
    ],
)  # fmt: skip
def test_what_is_no_table_is_refused(X, error, message):
    with pytest.raises(error, match=message):
        TableEncoder(estimator_name="Tabby").fit_transform(X)


def test_other_tables_than_learned_from_are_refused():
    encoder = TableEncoder(estimator_name="Tabby")
    encoder.fit_transform(as_pandas(TABLE))
    with pytest.raises(ValueError, match="X has 3 features, but Tabby is expecting 12 features as"):
        encoder.transform(np.zeros((2, 3)))
    with pytest.raises(ValueError, match="Column 'size' holds 'much', where a number is expected"):
        encoder.transform(as_pandas(TABLE | {"size": ["much"] * 8}))
    with pytest.raises(ValueError, match="Column 'when' holds 1, but held dates or times"):
        encoder.transform(as_pandas(TABLE | {"when": [1] * 8}))
    with pytest.raises(ValueError, match="Column 'size' holds '2021-03-28"):
        encoder.transform(as_pandas(TABLE | {"size": TABLE["when"]}))
    with pytest.raises(ValueError, match="feature_names has 1 names, but X has 2 features"):
        encoder.fit_transform(np.zeros((2, 2)), feature_names=["a"])


@pytest.mark.parametrize("way", WAYS)
def test_columns_may_come_without_values(way):
    encoder = TableEncoder(max_one_hot=2)
    encoder.fit_transform(way(TABLE), feature_names=NAMES)
    empty = encoder.transform([[None] * 12])[0]
    cells = dict(zip(encoder.column_names_, empty.tolist(), strict=True))
    assert math.isnan(cells["size"])
    assert math.isnan(cells["when_elapsed"])
    assert cells["size_missing"] == 1
    assert cells["flag=True"] == cells["many"] == 0
    if way is not as_arrow:
        frame = way({name: [None] * 2 for name in TABLE} | {"size": [1.0, None]})
        assert encoder.transform(frame).shape == (2, encoder.width_)
