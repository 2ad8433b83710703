"""Padded batches from sequences that are kept without padding."""

import numpy as np
import pytest
import torch

from skdeep._engine.training import prediction
from skdeep._engine.training.loop import train
from skdeep._engine.training.prediction import module_outputs
from skdeep._engine.training.rows import DenseRows
from skdeep._kinds.sequences.stem import split_padding
from tests.engine.training.members import assert_same, make_validation, with_changes
from tests.engine.training.sequence_members import make_sequences, padded, rows_of, sequence_member

rng = np.random.default_rng(0)
LENGTHS = {"ragged": [4, 1, 9, 4, 6, 2], "even": [5] * 6}


def sequences(lengths):
    return make_sequences(lengths, rng)


@pytest.fixture(params=LENGTHS)
def items(request):
    return sequences(LENGTHS[request.param])


@pytest.mark.parametrize("index", [[3, 0, 0], [2], [5, 1], [], list(range(6))])
@pytest.mark.parametrize("dtype", [torch.int32, torch.int64])
def test_rows_are_padded_with_zeros(items, index, dtype):
    rows = rows_of(items)
    longest = max(item.shape[1] for item in items)
    assert rows.shape == (6, 4, longest)
    wanted = [items[i] for i in index]
    index = torch.tensor(index, dtype=dtype)
    out = torch.full((len(index), 4, longest), torch.nan, dtype=torch.float64)
    rows.gather(index, out)
    torch.testing.assert_close(out, padded(wanted, longest), rtol=0, atol=0)
    width = max((item.shape[1] for item in wanted), default=longest)
    torch.testing.assert_close(rows.chunk(index), padded(wanted, width), rtol=0, atol=0)


@pytest.mark.parametrize(("start", "stop"), [(0, 6), (3, 5), (1, 2), (4, 9)])
def test_slices_are_adjacent_rows(items, start, stop):
    width = max(item.shape[1] for item in items[start:stop])
    expected = padded(items[start:stop], width)
    torch.testing.assert_close(rows_of(items).slice(start, stop), expected, rtol=0, atol=0)


def test_lengths_are_those_of_the_rows_where_they_differ():
    assert rows_of(sequences(LENGTHS["ragged"])).lengths.tolist() == LENGTHS["ragged"]
    assert rows_of(sequences(LENGTHS["even"])).lengths is None


def answer(x):
    """What depends on the order of rows and on their steps, and not on padding."""
    values, _ = split_padding(x)
    return torch.stack([values.sum(dim=(1, 2)), x[:, -1].sum(dim=1)], dim=1)


@pytest.mark.parametrize("index", [None, [3, 3, 0, 5, 2], [1]])
@pytest.mark.parametrize("n_chunk", [1, 2, 100])
def test_answers_come_in_the_order_of_the_rows(items, index, n_chunk, monkeypatch):
    monkeypatch.setattr(prediction, "_FEWEST_ROWS", n_chunk)
    index = None if index is None else torch.tensor(index)
    outputs = module_outputs(rows_of(items), answer, 1 << 30, index)
    wanted = items if index is None else [items[i] for i in index]
    expected = [[float(item.sum()), item.shape[1]] for item in wanted]
    torch.testing.assert_close(outputs, torch.tensor(expected, dtype=torch.float64))


def test_prediction_pads_to_the_longest_of_its_chunk(monkeypatch):
    monkeypatch.setattr(prediction, "_FEWEST_ROWS", 2)
    seen = []
    items = sequences(LENGTHS["ragged"])
    module_outputs(rows_of(items), lambda x: (seen.append(x.shape[2]), answer(x))[1], 1 << 30)
    assert seen == [2, 4, 9]


@pytest.mark.parametrize("batch_size", [4, 100])
@pytest.mark.parametrize("solver", ["adam", "lbfgs"])
def test_training_is_that_on_the_padded_tensor(items, batch_size, solver):
    y = np.array([float(item.mean()) for item in items])
    width = max(item.shape[1] for item in items)
    # Unshuffled: batches by length are no concern of a padded tensor.
    settings = {"batch_size": batch_size, "solver": solver, "shuffle": False}
    settings["rows"] = [0, 1, 2, 4, 5]
    results = []
    for X in (rows_of(items), DenseRows(padded(items, width))):
        m = sequence_member(X, y, max_iter=4, **settings)
        validation = make_validation(m, np.zeros((6, 1)), y, "loss", rows=[3, 0])
        validation.X = X
        m = with_changes(m, validation=validation, early_stopping=True)
        results.append(train([m])[0])
    assert_same(*results, 1e-12)
    assert results[0].loss_curve[-1] < results[0].loss_curve[0]
