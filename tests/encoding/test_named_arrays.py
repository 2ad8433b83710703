"""Several arrays are one X to scikit-learn, and one tensor to training, bit by bit."""

import pickle

import numpy as np
import pandas as pd
import pytest
import scipy.sparse
import torch
from sklearn.model_selection import KFold, train_test_split
from sklearn.preprocessing import StandardScaler
from sklearn.utils import resample, shuffle

from skdeep import NamedArrays
from skdeep._encoding.named_arrays import packed_fields
from skdeep._encoding.row_keys import row_keys
from skdeep._encoding.rows import as_rows
from skdeep._engine.modules.named_inputs import NamedInputs


@pytest.fixture(name="X")
def several_arrays():
    rng = np.random.default_rng(0)
    return NamedArrays(
        {"image": rng.normal(size=(20, 3, 2)).astype(np.float32)},
        ids=rng.integers(-(2**62), 2**62, size=20),
        words=rng.integers(100, size=(20, 5)),
        price=rng.normal(size=(20, 1)).astype(np.float32),
    )


@pytest.mark.parametrize(
    "rows",
    [
        slice(2, 9, 3),
        [4, 4, 0],
        np.array([-1, 3]),
        np.arange(20) % 3 == 0,
        [True] * 10 + [False] * 10,
        (np.array([1, 2]), ...),
        pd.Series([0, 5]),
    ],
)
def test_rows_are_those_of_each_array(X, rows):
    part = X[rows]
    plain = rows[0] if isinstance(rows, tuple) else rows
    assert isinstance(part, NamedArrays)
    for name, array in X.arrays.items():
        np.testing.assert_array_equal(part[name], array[plain])
        assert part[name].dtype == array.dtype
    assert part.shape == (len(part),) == (len(X["ids"][plain]),)


def test_scikit_learn_splits_and_shuffles(X):
    train, test, ids = train_test_split(X, X["ids"], random_state=0)[:3]
    np.testing.assert_array_equal(train["ids"], ids)
    assert len(train) + len(test) == 20
    shuffled, order = shuffle(X, np.arange(20), random_state=0)
    np.testing.assert_array_equal(shuffled["image"], X["image"][order])
    assert len(resample(X, n_samples=7)) == 7
    assert [len(held_out) for _, held_out in KFold(4).split(X)] == [5] * 4
    with pytest.raises(TypeError, match=r"no single array.*pick one, as X\['image'\]"):
        StandardScaler().fit(X)


def test_columns_of_a_frame_are_arrays():
    frame = pd.DataFrame({"age": [1.5, 2.0], "city": [7, 8]})
    X = NamedArrays(frame)
    assert repr(X) == "NamedArrays(n_samples=2, age=float64 (), city=int64 ())"
    grouped = NamedArrays(numbers=frame[["age"]], ids=frame)
    assert (grouped["numbers"].shape, grouped["ids"].shape) == ((2, 1), (2, 2))
    kept = pickle.loads(pickle.dumps(X))
    np.testing.assert_array_equal(kept["city"], [7, 8])


@pytest.mark.parametrize(
    ("arguments", "named", "message"),
    [
        ([], {}, "has no array; pass some"),
        ([{"a": [1]}], {"a": [2]}, "was given 'a' twice"),
        ([{"a b": [1]}], {}, "the name 'a b': an argument of `forward` was expected"),
        ([{0: [1]}], {}, "the name 0"),
        ([], {"image": [1, 2], "price": [1]}, "of these image has 2, price has 1"),
        ([], {"a": 3.0}, r"array 'a' is 3\.0; one value or more a row"),
        ([], {"a": scipy.sparse.eye_array(2)}, r"'a' is sparse; pass it dense, as a\.toarray"),
    ],
)
def test_bad_arrays_are_named(arguments, named, message):
    with pytest.raises(ValueError, match=message):
        NamedArrays(*arguments, **named)


def test_a_row_alone_is_refused(X):
    for key in (0, (0, 1), None):
        with pytest.raises(TypeError, match="pass the name of an array, or a slice"):
            X[key]
    with pytest.raises(KeyError, match="picture"):
        X["picture"]


@pytest.mark.parametrize("floats", [np.float32, np.float64])
@pytest.mark.parametrize("names", [["image"], ["ids", "words"], ["image", "ids", "words", "price"]])
def test_packing_keeps_every_bit(X, names, floats):
    class Given(torch.nn.Module):
        def forward(self, **given):
            return given

    arrays = {n: X[n].astype(floats) if X[n].dtype.kind == "f" else X[n] for n in names}
    X = NamedArrays(arrays)
    fields = packed_fields(
        {name: a.shape[1:] for name, a in arrays.items()}, {n: a.dtype for n, a in arrays.items()}
    )
    rows = as_rows(X, torch.device("cpu"))
    index = torch.tensor([3, 19, 3, 0])
    given = NamedInputs(Given(), fields)(rows.chunk(index))
    assert list(given) == names
    for name, array in arrays.items():
        assert given[name].numpy().dtype == array.dtype
        np.testing.assert_array_equal(given[name].numpy(), array[index.numpy()])


def test_equal_rows_have_equal_keys(X):
    twice = X[[*range(20), 4]]
    keys = row_keys(twice)
    assert keys[20] == keys[4]
    assert len(set(keys)) == 20
    changed = NamedArrays(twice.arrays | {"price": np.ones((21, 1), np.float32)})
    assert not (row_keys(changed) == keys).any()
