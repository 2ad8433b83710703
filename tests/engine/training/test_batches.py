"""Every row is seen once an epoch, with its own target and weight, however rows are cut up."""

import numpy as np
import pytest
import scipy.sparse
import torch

from skdeep._engine.training import batches as batches_module
from skdeep._engine.training.batches import Batches
from skdeep._engine.training.loop import train
from skdeep._engine.training.randomness import RandomStream
from skdeep._engine.training.rows import DenseRows, SparseRows
from tests.engine.training.members import assert_same, make_data, make_member, with_changes
from tests.engine.training.sequence_members import make_sequences, padded, rows_of, sequence_member

CPU = torch.device("cpu")


def numbered(n, n_features=3, **changes):
    """A member whose targets are the numbers of its rows, and whose features say them again."""
    number = np.arange(n, dtype=float)
    return make_member(np.outer(number, np.arange(1, n_features + 1)), number, **changes)


def seen(members, n_epochs=1):
    """Rows that each member sees, by epoch and batch, with their weights: [k][epoch][batch]."""
    streams = [RandomStream(m) for m in members]
    batches = Batches(members, streams)
    result = [[[] for _ in range(n_epochs)] for _ in members]
    for epoch in range(n_epochs):
        for block in batches.epoch([epoch] * len(members)):
            for batch in block.batches:
                assert batch.x.shape[:2] == batch.target.shape[:2] == batch.output.shape[:2]
                assert batch.delta.shape == batch.output.shape
                for k in range(len(members)):
                    rows = batch.target[k, :, 0]
                    torch.testing.assert_close(batch.x[k, :, 0], rows)
                    torch.testing.assert_close(batch.x[k, :, 2], 3 * rows)
                    scale = batch.scale
                    if not isinstance(scale, float):
                        scale = scale[k, :, 0]
                    scale = torch.as_tensor(scale, dtype=torch.float64).expand(len(rows)).tolist()
                    result[k][epoch].append(list(zip(rows.int().tolist(), scale, strict=True)))
    return result


@pytest.fixture(params=[1, 40, 10**6])
def block_values(request, monkeypatch):
    """From one batch a block to one block for all."""
    monkeypatch.setattr(batches_module, "_BLOCK_VALUES", request.param)


@pytest.mark.usefixtures("block_values")
@pytest.mark.parametrize("shuffle", [True, False])
@pytest.mark.parametrize("dropout", [0.0, 0.5])
@pytest.mark.parametrize("batch_size", [1, 2, 7, 22, 23, 100])
def test_every_row_is_seen_once_an_epoch(batch_size, dropout, shuffle):
    m = numbered(23, batch_size=batch_size, dropout=dropout, shuffle=shuffle)
    for epoch in seen([m], n_epochs=3)[0]:
        rows = [row for batch in epoch for row, _ in batch]
        assert sorted(rows) == list(range(23))
        sizes = [len(batch) for batch in epoch]
        assert sizes[:-1] == [batch_size] * (len(sizes) - 1)
        assert len(sizes) == m.n_batches
        for batch in epoch:
            assert [scale for _, scale in batch] == [1 / len(batch)] * len(batch)
        if not shuffle:
            assert rows == list(range(23))


@pytest.mark.usefixtures("block_values")
def test_each_member_sees_its_own_rows():
    members = [
        numbered(23, batch_size=5, seed=0),
        numbered(44, batch_size=5, seed=1, rows=np.arange(0, 44, 2)),
        numbered(25, batch_size=5, seed=2, shuffle=False, rows=np.arange(25)[::-1].copy()),
    ]
    packed = seen(members, n_epochs=2)
    expected = [range(23), range(0, 44, 2), range(25)]
    for k, m in enumerate(members):
        for epoch in packed[k]:
            real = [[row for row in batch if row[1] > 0] for batch in epoch]
            assert sorted(row for batch in real for row, _ in batch) == list(expected[k])
            for batch in epoch:
                assert sum(scale for _, scale in batch) == pytest.approx(1.0)
        # The same batches as alone, but for rows of weight 0 that fill them up.
        alone = seen([m], n_epochs=2)[0]
        for epoch, lonely in zip(packed[k], alone, strict=True):
            for batch, other in zip(epoch, lonely, strict=True):
                assert [row for row, scale in batch if scale > 0] == [row for row, _ in other]
    rows = [row for batch in packed[2][0] for row, scale in batch if scale > 0]
    assert rows == list(range(25))[::-1]


@pytest.mark.usefixtures("block_values")
def test_rows_keep_their_weights():
    weight = np.random.default_rng(0).uniform(0.5, 2.0, 23)
    m = numbered(23, batch_size=5, sample_weight=weight)
    for epoch in seen([m], n_epochs=2)[0]:
        for batch in epoch:
            rows = [row for row, _ in batch]
            expected = weight[rows] / weight[rows].sum()
            np.testing.assert_allclose([scale for _, scale in batch], expected, rtol=1e-12)


def data(n=23, kind="regression", n_outputs=2):
    return make_data(kind, "", n, 4, n_outputs, np.random.default_rng(0))


SETTINGS = {"max_iter": 6, "alpha": 0.1, "hidden": (5,), "l1": 0.01, "gradient_clip": 0.5}


@pytest.mark.parametrize("solver", ["adam", "lbfgs"])
@pytest.mark.parametrize("batch_size", [5, 100])
def test_results_do_not_hang_on_the_size_of_blocks(batch_size, solver, monkeypatch):
    m = make_member(*data(), batch_size=batch_size, solver=solver, **SETTINGS)
    (whole,) = train([m])
    monkeypatch.setattr(batches_module, "_BLOCK_VALUES", 1)
    assert_same(train([m])[0], whole, 1e-12)


@pytest.mark.parametrize("as_format", [scipy.sparse.csr_array, scipy.sparse.csr_matrix])
@pytest.mark.parametrize("solver", ["adam", "lbfgs"])
@pytest.mark.parametrize("batch_size", [5, 100])
@pytest.mark.parametrize("rows", [None, np.arange(3, 20)])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_sparse_rows_are_dense_rows(as_format, solver, batch_size, rows, dtype):
    X, y = data()
    X[X < 0.5] = 0.0
    X = X.astype(str(dtype).removeprefix("torch."))
    m = make_member(X, y, batch_size=batch_size, solver=solver, rows=rows, dtype=dtype, **SETTINGS)
    sparse = with_changes(m, X=SparseRows(as_format(X), CPU))
    (expected,) = train([m])
    for result in train([sparse, m]):  # also side by side
        assert_same(result, expected, 1e-9 if dtype == torch.float64 else 1e-4)


@pytest.mark.parametrize("solver", ["adam", "adamw", "sgd", "rmsprop", "lbfgs"])
@pytest.mark.parametrize("kind", ["regression", "binary", "multiclass"])
def test_whole_weights_are_repeated_rows_in_one_batch(kind, solver):
    X, y = data(kind=kind, n_outputs=3)
    weight = np.random.default_rng(1).integers(1, 4, size=len(X))
    settings = {**SETTINGS, "kind": kind, "solver": solver, "hidden": (4, 3)}
    settings["loss"] = "squared_error" if kind == "regression" else "log_loss"
    repeated = np.repeat(np.arange(len(X)), weight)
    weighted = make_member(X, y, sample_weight=weight, batch_size=23, **settings)
    written_out = make_member(X[repeated], y[repeated], batch_size=len(repeated), **settings)
    (one,), (other,) = train([weighted]), train([written_out])
    np.testing.assert_allclose(one.weights, other.weights, rtol=1e-8, atol=1e-10)
    np.testing.assert_allclose(one.loss_curve, other.loss_curve, rtol=1e-8)


@pytest.mark.parametrize("solver", ["adam", "lbfgs"])
def test_rows_of_weight_zero_are_rows_left_out_in_one_batch(solver):
    X, y = data()
    weight = np.random.default_rng(1).uniform(0.5, 2.0, len(X))
    weight[::3] = 0.0
    X[::3] *= 100  # would be seen
    kept = np.flatnonzero(weight)
    settings = {**SETTINGS, "solver": solver}
    with_zeros = make_member(X, y, sample_weight=weight, batch_size=23, **settings)
    without = make_member(
        X[kept], y[kept], sample_weight=weight[kept], batch_size=len(kept), **settings
    )
    named = make_member(X, y, sample_weight=weight, rows=kept, batch_size=len(kept), **settings)
    (expected,) = train([without])
    for m in (with_zeros, named):
        (result,) = train([m])
        np.testing.assert_allclose(result.weights, expected.weights, rtol=1e-8, atol=1e-10)
        np.testing.assert_allclose(result.loss_curve, expected.loss_curve, rtol=1e-8)


@pytest.mark.parametrize("batch_size", [5, 23])
def test_equal_weights_are_no_weights(batch_size):
    m = make_member(*data(), batch_size=batch_size, **{**SETTINGS, "alpha": 0.0, "l1": 0.0})
    weighted = with_changes(m, sample_weight=torch.full((23,), 3.5, dtype=torch.float64))
    assert_same(train([weighted])[0], train([m])[0], 1e-9)


def test_smoothed_labels_are_mixed_with_even_ones():
    for kind, n_classes in (("binary", 2), ("multiclass", 3)):
        X, y = data(kind=kind, n_outputs=3)
        m = make_member(X, y, kind=kind, loss="log_loss", label_smoothing=0.3, batch_size=23)
        (block,) = Batches([m], [RandomStream(m)]).epoch([0])
        hard = y if kind == "binary" else np.eye(3)[y]
        np.testing.assert_allclose(block.target[0, 0].numpy(), 0.7 * hard + 0.3 / n_classes)


@pytest.mark.parametrize("solver", ["adam", "lbfgs"])
def test_training_leaves_its_data_alone(solver):
    for batch_size in (5, 23):
        X, y = data()
        weight = np.linspace(1, 2, 23)
        m = make_member(
            X, y, sample_weight=weight, batch_size=batch_size, solver=solver, **SETTINGS
        )
        before = [t.clone() for t in (m.X.values, m.y, m.sample_weight)]
        train([m])
        for tensor, copy in zip((m.X.values, m.y, m.sample_weight), before, strict=True):
            torch.testing.assert_close(tensor, copy, rtol=0, atol=0)


# Batches by length: less padding, the same rows, and no other order than chance gives -------------

rng = np.random.default_rng(0)
LENGTHS = np.ceil(np.exp(rng.normal(2.5, 0.8, 203))).astype(int)
ITEMS = make_sequences(LENGTHS, rng)


def of_lengths(n=203, batch_size=8, **changes):
    """A member whose targets are the numbers of its rows."""
    return sequence_member(
        rows_of(ITEMS[:n]), np.arange(float(n)), batch_size=batch_size, **changes
    )


def epochs_of(members, n_epochs=2):
    """Row numbers of the batches of each member, without those of weight 0: [k][epoch][batch]."""
    batches = Batches(members, [RandomStream(m) for m in members])
    seen = [[[] for _ in range(n_epochs)] for _ in members]
    for epoch in range(n_epochs):
        for block in batches.epoch([epoch] * len(members)):
            for batch in block.batches:
                for k in range(len(members)):
                    rows = batch.target[k, :, 0].int()
                    expected = LENGTHS[rows]
                    np.testing.assert_array_equal(batch.x[k, :, -1].sum(dim=1), expected)
                    if not isinstance(batch.scale, float):
                        rows = rows[batch.scale[k, :, 0] > 0]
                    seen[k][epoch].append(rows.tolist())
    return seen


@pytest.mark.parametrize("n", [203, 200, 24, 17, 15])
def test_every_row_is_seen_once_and_only_the_last_batch_is_short(n):
    for epoch in epochs_of([of_lengths(n)], n_epochs=3)[0]:
        assert sorted(row for batch in epoch for row in batch) == list(range(n))
        assert [len(batch) for batch in epoch] == [8] * (n // 8) + [n % 8] * (n % 8 > 0)


def padding(epoch):
    """Steps that do not exist, as a share of those in the batches."""
    computed = sum(len(batch) * LENGTHS[batch].max() for batch in epoch)
    return 1 - LENGTHS.sum() / computed


def test_batches_hold_less_padding():
    shuffled = rng.permutation(203)
    by_chance = padding(np.split(shuffled, range(8, 203, 8)))
    for epoch in epochs_of([of_lengths()], n_epochs=5)[0]:
        assert padding(epoch) < 0.4 < 0.55 < by_chance


def test_batches_come_in_no_order_of_length():
    means = [
        np.mean(LENGTHS[batch])
        for epoch in epochs_of([of_lengths()], 20)[0]
        for batch in epoch[:-1]
    ]
    place = np.tile(np.arange(25), 20)
    assert abs(np.corrcoef(place, means)[0, 1]) < 4 / np.sqrt(len(means))


def test_rows_meet_others_in_every_epoch():
    first, second = epochs_of([of_lengths()])[0]
    assert not {frozenset(batch) for batch in first} & {frozenset(batch) for batch in second}
    # The short batch is not of the longest ones, nor of any other length: it is of other rows.
    last = [LENGTHS[epoch[-1]].mean() for epoch in epochs_of([of_lengths()], 60)[0]]
    assert abs(np.mean(last) - LENGTHS.mean()) < 4 * LENGTHS.std() / np.sqrt(3 * 60)


def test_order_follows_from_the_seed():
    before = np.random.get_state()[1].copy(), torch.get_rng_state()
    assert epochs_of([of_lengths()]) == epochs_of([of_lengths()])
    assert epochs_of([of_lengths(seed=1)]) != epochs_of([of_lengths()])
    np.testing.assert_array_equal(np.random.get_state()[1], before[0])
    assert torch.equal(torch.get_rng_state(), before[1])


def test_rows_that_are_not_shuffled_stay_where_they_are():
    for epoch in epochs_of([of_lengths(shuffle=False)])[0]:
        assert [row for batch in epoch for row in batch] == list(range(203))


def test_some_rows_are_arranged_by_their_own_lengths():
    rows = rng.permutation(203)[:100]
    for epoch in epochs_of([of_lengths(rows=rows)])[0]:
        assert sorted(row for batch in epoch for row in batch) == sorted(rows)
        computed = sum(len(batch) * LENGTHS[batch].max() for batch in epoch)
        assert 1 - LENGTHS[rows].sum() / computed < 0.45


@pytest.mark.parametrize("batch_size", [5, 30])
@pytest.mark.parametrize("n_epochs", [1, 4])
def test_rows_of_one_length_train_as_a_tensor_does(batch_size, n_epochs):
    items = make_sequences([6] * 30, rng)
    y = np.array([float(item.mean()) for item in items])
    settings = {"batch_size": batch_size, "max_iter": n_epochs, "learning_rate_init": 0.1}
    (one,) = train([sequence_member(rows_of(items), y, **settings)])
    (other,) = train([sequence_member(DenseRows(padded(items, 6)), y, **settings)])
    assert_same(one, other, 0.0)
    np.testing.assert_array_equal(one.state.order, other.state.order)


def test_longer_neighbours_change_no_batch():
    m = of_lengths(45, batch_size=5)
    members = [
        m,
        with_changes(m, seed=1, rows=torch.arange(44)),
        with_changes(m, seed=2, rows=torch.arange(41).flip(0)),
        with_changes(m, seed=3, shuffle=False),
    ]
    packed = epochs_of(members, 3)
    for k, m in enumerate(members):
        assert packed[k] == epochs_of([m], 3)[0]


SHORT_FIT = {"max_iter": 4, "learning_rate_init": 0.1, "n_iter_no_change": 99}


def test_a_pack_trains_as_its_members_alone():
    m = of_lengths(60, batch_size=7, **SHORT_FIT)
    m = with_changes(m, y=torch.sin(m.y))
    pack = [m, with_changes(m, seed=1), with_changes(m, alpha=0.1), with_changes(m, shuffle=False)]
    for trained, alone in zip(train(pack), pack, strict=True):
        assert_same(trained, train([alone])[0], 1e-9)


def test_a_run_goes_on_where_the_last_one_ended():
    m = of_lengths(60, batch_size=7, **SHORT_FIT)
    (whole,) = train([m])
    (first,) = train([with_changes(m, max_iter=1)])
    (second,) = train([with_changes(m, max_iter=3, start=first.state)])
    np.testing.assert_allclose(
        [*first.loss_curve, *second.loss_curve], whole.loss_curve, rtol=1e-12
    )
    np.testing.assert_allclose(second.weights, whole.weights, rtol=1e-12)
