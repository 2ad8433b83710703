"""Augmentation: what it may change, for whom it is the same, and what it never touches."""

from dataclasses import dataclass

import numpy as np
import pytest
import torch

from skdeep._engine.training import batches as batches_module
from skdeep._engine.training.batches import Batches
from skdeep._engine.training.loop import train
from skdeep._engine.training.randomness import EpochRandomness, RandomStream
from skdeep._engine.training.rows import DenseRows
from skdeep._kinds.sequences.augmentation import Augmentation
from tests.engine.training.members import assert_same, make_member, make_validation, with_changes
from tests.engine.training.sequence_members import make_sequences, padded, rows_of, sequence_member

rng = np.random.default_rng(0)
LENGTHS = [9, 1, 4, 12, 7, 2, 10, 12, 5, 3, 8, 6]
ITEMS = make_sequences(LENGTHS, rng)
EVERYTHING = Augmentation(jitter=0.3, crop=0.4, masking=0.3, mixup=0.5)


def applied(augmentation, items=ITEMS, n_batches=3, epoch=0, n_rows=None, dtype=torch.float64):
    """Sequences after augmentation, (n, channels + 1, time), and targets that name the rows."""
    x = padded(items, 12).to(dtype)
    target = torch.eye(len(items), dtype=dtype)
    shaped = x.view(n_batches, -1, 4, 12), target.view(n_batches, -1, len(items))
    augmentation.apply(*shaped, None, n_rows or len(items), EpochRandomness(5, epoch))
    return x, target


def length_of(row):
    """Steps that exist, all before those that do not, where all is 0."""
    length = int(row[-1].sum())
    assert (row[-1, :length] == 1).all()
    assert (row[:, length:] == 0).all()
    return length


def test_zeros_change_nothing():
    x, target = applied(Augmentation())
    assert torch.equal(x, padded(ITEMS, 12))
    assert torch.equal(target, torch.eye(12, dtype=torch.float64))


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_jitter_is_normal_noise_on_what_exists(dtype):
    noise = []
    for epoch in range(40):
        x, _ = applied(Augmentation(jitter=0.2), epoch=epoch, dtype=dtype)
        for row, item in zip(x, ITEMS, strict=True):
            assert length_of(row) == item.shape[1]
            noise.append((row[:-1, : item.shape[1]].double() - item).T.flatten())
    noise = torch.cat(noise).numpy() / 0.2
    n = len(noise)
    assert abs(noise.mean()) < 4 / np.sqrt(n)
    assert abs(noise.std() - 1) < 4 / np.sqrt(2 * n)
    assert abs((np.abs(noise) < 1).mean() - 0.6827) < 4 * np.sqrt(0.6827 * 0.3173 / n)
    for lag in (1, 2, 3):  # of channels, and of steps
        assert abs((noise[lag:] * noise[:-lag]).mean()) < 4 / np.sqrt(n)


def test_a_crop_is_a_part_of_the_sequence():
    found = {n: set() for n in LENGTHS}
    for epoch in range(400):
        x, _ = applied(Augmentation(crop=0.5), epoch=epoch)
        for row, item in zip(x, ITEMS, strict=True):
            length, n = length_of(row), item.shape[1]
            starts = [
                start
                for start in range(n - length + 1)
                if torch.equal(row[:-1, :length], item[:, start : start + length])
            ]
            assert len(starts) == 1
            found[n].add((starts[0], length))
    for n, parts in found.items():
        lengths = range(n - n // 2, n + 1)
        assert parts == {(start, length) for length in lengths for start in range(n - length + 1)}


def test_a_crop_leaves_something():
    x, _ = applied(Augmentation(crop=1 - 1e-16))
    assert min(map(length_of, x)) >= 1


def test_a_mask_is_one_span_of_zeros():
    starts = {n: [] for n in LENGTHS}
    for epoch in range(400):
        x, _ = applied(Augmentation(masking=0.4), epoch=epoch)
        for row, item in zip(x, ITEMS, strict=True):
            n = item.shape[1]
            assert length_of(row) == n
            masked = torch.nonzero((row[:-1, :n] == 0).all(dim=0))[:, 0].tolist()
            assert len(masked) == int(0.4 * n)
            if masked:
                assert masked == list(range(masked[0], masked[-1] + 1))
                starts[n].append(masked[0])
            kept = [t for t in range(n) if t not in masked]
            assert torch.equal(row[:-1, kept], item[:, kept])
    counts = np.bincount(starts[10])  # 4 of 10
    assert len(counts) == 7
    assert np.abs(counts - 400 / 7).max() < 4 * np.sqrt(400 / 7)


def test_mixtures_are_of_two_rows_of_a_batch_and_as_long_as_the_longer():
    shares = []
    for epoch in range(50):
        x, target = applied(Augmentation(mixup=0.8), epoch=epoch)
        plain = padded(ITEMS, 12)
        for i, (row, weight) in enumerate(zip(x, target, strict=True)):
            (used,) = np.nonzero(weight.numpy())
            assert len(used) <= 2
            assert set(used // 4) == {i // 4}  # batches of 4
            expected = torch.einsum("j,jct->ct", weight, plain)
            torch.testing.assert_close(row[:-1], expected[:-1])
            assert length_of(row) == max(LENGTHS[j] for j in used)
            if len(used) == 2:
                shares.append(float(weight[i]))
        torch.testing.assert_close(target.sum(dim=1), torch.ones(12).double())
        for batch in target.view(3, 4, 12):  # every row is the other one of a pair once
            assert (batch > 0).sum(dim=0).max() <= 2
    variance = 1 / (4 * (2 * 0.8 + 1))
    assert abs(np.mean(shares) - 0.5) < 4 * np.sqrt(variance / len(shares))
    assert abs(np.var(shares) - variance) < 0.015


@pytest.mark.parametrize("alpha", [1e-3, 1e3])
def test_extreme_shares_are_finite(alpha):
    for dtype in (torch.float32, torch.float64):
        x, target = applied(Augmentation(mixup=alpha), dtype=dtype)
        assert torch.isfinite(x).all()
        assert torch.isfinite(target).all()
        assert ((x[:, -1] == 0) | (x[:, -1] == 1)).all()


def mixed_identities(weight, epoch, alpha=1.0):
    """Targets that name rows, and weights, after a mixture of one batch."""
    n = len(weight)
    x, target = torch.eye(n).double().view(1, n, n, 1), torch.eye(n).double()[None]
    weight = torch.tensor(weight, dtype=torch.float64).view(1, n, 1)
    x = torch.cat([x, torch.ones(1, n, 1, 1).double()], dim=2)
    Augmentation(mixup=alpha).apply(x, target, weight, n, EpochRandomness(3, epoch))
    torch.testing.assert_close(x[0, :, :-1, 0], target[0])
    return target[0], weight[0, :, 0]


def test_rows_keep_their_weights_wherever_they_are_mixed_in():
    weight = [1.0, 5.0, 0.0, 2.0, 0.5, 0.0]
    totals = []
    for epoch in range(2000):
        target, mixed = mixed_identities(weight, epoch)
        assert mixed.sum().item() == pytest.approx(8.5)
        assert (target[mixed > 0][:, [2, 5]] == 0).all()  # rows of weight 0
        totals.append((mixed[:, None] * target).sum(dim=0).numpy())
    error = np.std(totals, axis=0) / np.sqrt(2000)
    # Keeping the batch at its weight costs heavy rows a little.
    np.testing.assert_array_less(np.abs(np.mean(totals, axis=0) - weight), 4 * error + 0.12)


def test_equal_weights_are_no_weights():
    target, mixed = mixed_identities([2.0] * 6, 0)
    expected = torch.eye(6).double()[None]
    x = torch.ones(1, 6, 2, 1).double()
    Augmentation(mixup=1.0).apply(x, expected, None, 6, EpochRandomness(3, 0))
    torch.testing.assert_close(target, expected[0])
    torch.testing.assert_close(mixed, torch.full((6,), 2.0).double())


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_parts_that_rows_come_in_change_nothing(dtype):
    x, target = applied(EVERYTHING, dtype=dtype)
    randomness = EpochRandomness(5, 0)
    for first in range(0, 12, 4):
        rows = slice(first, first + 4)
        part = padded(ITEMS, 12).to(dtype)[rows][None]
        named = torch.eye(12, dtype=dtype)[rows][None]
        EVERYTHING.apply(part, named, None, 4, randomness)
        assert torch.equal(part[0], x[rows])
        assert torch.equal(named[0], target[rows])


def test_rows_that_fill_a_batch_are_left_alone_and_never_mixed_in():
    x, target = applied(EVERYTHING, n_batches=2, n_rows=9)
    assert torch.equal(x[9:], padded(ITEMS, 12)[9:])
    assert torch.equal(target[9:], torch.eye(12).double()[9:])
    assert (target[:9, 9:] == 0).all()


@pytest.mark.parametrize(
    ("name", "value"),
    [("jitter", -1.0), ("crop", 1.0), ("masking", 1.5), ("mixup", np.nan), ("jitter", np.inf)],
)
def test_values_out_of_range_are_refused(name, value):
    with pytest.raises(ValueError, match=rf"{name}=.* is not in \[0, "):
        Augmentation(**{name: value})


def member(kind="regression", **changes):
    """A member of 12 rows that learns something from sequences."""
    y = np.array([float(item.mean()) for item in ITEMS])
    n_outputs = 1
    if kind == "multiclass":
        y, n_outputs = np.argsort(np.argsort(y)) % 3, 3
    elif kind in ("binary", "multilabel"):
        n_outputs = 2 if kind == "multilabel" else 1
        y = (np.stack([y, y[::-1]], axis=1)[:, :n_outputs] > 0).astype(float)
    settings = {"n_outputs": n_outputs, "kind": "binary" if kind == "multilabel" else kind}
    settings["loss"] = "squared_error" if kind == "regression" else "log_loss"
    settings |= {"batch_size": 5, "max_iter": 4, "learning_rate_init": 0.1, "n_iter_no_change": 99}
    return sequence_member(rows_of(ITEMS), y, **{**settings, **changes})


def blocks_of(members, epoch=0):
    """Copies of (x, target, scale) of every member for every batch of an epoch: [k][batch]."""
    batches = Batches(members, [RandomStream(m) for m in members])
    seen = [[] for _ in members]
    for block in batches.epoch([epoch] * len(members)):
        for batch in block.batches:
            for k in range(len(members)):
                scale = batch.scale if isinstance(batch.scale, float) else batch.scale[k].clone()
                seen[k].append((batch.x[k].clone(), batch.target[k].clone(), scale))
    return seen


@pytest.mark.parametrize("batch_size", [5, 100])
@pytest.mark.parametrize("kind", ["regression", "binary", "multilabel", "multiclass"])
def test_targets_are_mixed_like_their_rows(kind, batch_size):
    # Rows whose channels name them: what is mixed says itself how.
    names = torch.cat([torch.eye(12), torch.ones(12, 1)], dim=1).double()[:, :, None]
    m = member(kind, batch_size=batch_size)
    m = with_changes(m, X=DenseRows(names), module=None)
    before = {}
    for x, target, _ in blocks_of([m])[0]:
        before |= dict(zip(x[:, :12, 0].argmax(dim=1).tolist(), target, strict=True))
    original = torch.stack([before[row] for row in range(12)])
    mixed = with_changes(m, augmentation=Augmentation(mixup=1.0))
    batches = blocks_of([mixed])[0]
    assert min(float(x.amax(dim=1).min()) for x, _, _ in batches) == 1.0  # all exist
    assert min(float(x[:, :12].amax(dim=1).min()) for x, _, _ in batches) < 0.9
    for x, target, _ in batches:
        torch.testing.assert_close(target, x[:, :12, 0] @ original)
    assert torch.equal(m.X.values, names)


@pytest.mark.parametrize("batch_size", [5, 100])
@pytest.mark.parametrize("dense", [False, True])
def test_data_are_left_alone_and_changed_anew_in_every_epoch(batch_size, dense):
    weight = np.linspace(1, 2, 12)
    m = member("multiclass", batch_size=batch_size, sample_weight=weight, augmentation=EVERYTHING)
    if dense:
        m = with_changes(m, X=DenseRows(padded(ITEMS, 12)))
    tensors = (m.X.values, m.y, m.sample_weight)
    before = [tensor.clone() for tensor in tensors]
    batches = Batches([m], [RandomStream(m)])
    epochs = []
    for epoch in (0, 1, 0):
        epochs.append([block.x.clone() for block in batches.epoch([epoch])])
    assert not torch.equal(epochs[0][0], epochs[1][0])
    if batches.is_static:
        assert torch.equal(epochs[0][0], epochs[2][0])
    train([m])
    for tensor, copy in zip(tensors, before, strict=True):
        assert torch.equal(tensor, copy)


@pytest.mark.parametrize("batch_size", [5, 100])
def test_zeros_train_as_nothing_does(batch_size):
    m = member(batch_size=batch_size)
    (plain,) = train([m])
    assert_same(train([with_changes(m, augmentation=Augmentation())])[0], plain, 0.0)
    augmented = train([with_changes(m, augmentation=EVERYTHING)])[0]
    assert not np.allclose(augmented.weights, plain.weights)


@pytest.mark.parametrize("block_values", [1, 1 << 18])
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("batch_size", [5, 100])
def test_a_pack_trains_as_its_members_alone(batch_size, weighted, block_values, monkeypatch):
    weight = np.linspace(0.5, 3.0, 12) if weighted else None
    m = member("multiclass", batch_size=batch_size, sample_weight=weight, augmentation=EVERYTHING)
    pack = [
        m,
        with_changes(m, alpha=0.1),  # sees the same batches
        with_changes(m, seed=1),
        with_changes(m, augmentation=Augmentation(mixup=0.2)),
        with_changes(m, augmentation=None),
    ]
    alone = [train([one])[0] for one in pack]
    monkeypatch.setattr(batches_module, "_BLOCK_VALUES", block_values)
    for trained, expected in zip(train(pack), alone, strict=True):
        assert_same(trained, expected, 1e-9)


@pytest.mark.parametrize("batch_size", [5, 100])
def test_longer_neighbours_change_no_row(batch_size):
    m = member(batch_size=batch_size, augmentation=EVERYTHING)
    members = [
        m,
        with_changes(m, seed=1, rows=torch.arange(11)),
        with_changes(m, augmentation=Augmentation(mixup=1.0, crop=0.5)),
    ]
    for k, packed in enumerate(blocks_of(members, epoch=3)):
        (alone,) = blocks_of([members[k]], epoch=3)
        for (x, target, scale), (x_alone, target_alone, _) in zip(packed, alone, strict=True):
            n_rows = len(x_alone)
            torch.testing.assert_close(x[:n_rows], x_alone)
            torch.testing.assert_close(target[:n_rows], target_alone)
            torch.testing.assert_close(scale[:n_rows], torch.full_like(scale[:n_rows], 1 / n_rows))
            assert (scale[n_rows:] == 0).all()


def test_only_equal_augmentation_is_shared():
    m = member(augmentation=Augmentation(jitter=0.1))
    for other, shared in ((Augmentation(jitter=0.1), True), (Augmentation(jitter=0.2), False)):
        assert (m.feed_key == with_changes(m, augmentation=other).feed_key) == shared
    assert m.pack_key == with_changes(m, augmentation=None).pack_key


@pytest.mark.parametrize("batch_size", [5, 100])
def test_a_run_goes_on_where_the_last_one_ended(batch_size):
    m = member(batch_size=batch_size, augmentation=EVERYTHING)
    (whole,) = train([m])
    (first,) = train([with_changes(m, max_iter=1)])
    (second,) = train([with_changes(m, max_iter=3, start=first.state)])
    both = [*first.loss_curve, *second.loss_curve]
    np.testing.assert_allclose(both, whole.loss_curve, rtol=1e-12)
    np.testing.assert_allclose(second.weights, whole.weights, rtol=1e-12)


def test_rows_of_validation_are_as_they_are():
    m = member(learning_rate_init=0.0, solver="sgd", augmentation=EVERYTHING)
    validation = make_validation(m, np.zeros((12, 1)), m.y, "loss")
    validation.X = m.X
    m = with_changes(m, validation=validation)
    curves = [train([with_changes(m, augmentation=a)])[0] for a in (EVERYTHING, None)]
    assert curves[0].validation_loss_curve == curves[1].validation_loss_curve
    assert curves[0].loss_curve != pytest.approx(curves[1].loss_curve, rel=1e-3)


def test_lbfgs_sees_the_same_rows_at_every_evaluation():
    m = member(solver="lbfgs", augmentation=EVERYTHING, max_iter=15)
    (trained,) = train([m])
    assert trained.loss_curve == sorted(trained.loss_curve, reverse=True)
    assert_same(train([m])[0], trained, 0.0)


def test_randomness_is_private():
    before = np.random.get_state()[1].copy(), torch.get_rng_state()
    train([member(augmentation=EVERYTHING)])
    np.testing.assert_array_equal(np.random.get_state()[1], before[0])
    assert torch.equal(torch.get_rng_state(), before[1])


@dataclass(frozen=True)
class Flips:
    """Turns images round, by chance."""

    probability: float

    def apply(self, x, target, weight, n_rows, randomness):
        images = x.view(-1, *x.shape[2:])[:n_rows]
        turned = torch.from_numpy(randomness("flip").random(n_rows) < self.probability)
        images[turned] = images[turned].flip(-1)


@pytest.mark.parametrize("batch_size", [5, 100])
def test_other_rows_are_augmented_in_their_own_way(batch_size):
    images = torch.arange(12.0).double().view(12, 1, 1, 1) + torch.tensor([0.1, 0.2]).double()
    layers = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(2, 1)).double()
    settings = {"module": layers, "layer_units": (2, 1), "batch_size": batch_size}
    m = make_member(DenseRows(images), np.arange(12), augmentation=Flips(0.5), **settings)
    seen = torch.cat([x for x, _, _ in blocks_of([m])[0]])[:, 0, 0]
    turned = seen[:, 0] > seen[:, 1]
    assert 0 < turned.sum() < 12
    restored = torch.where(turned[:, None], seen.flip(-1), seen)
    assert torch.equal(restored[restored[:, 0].argsort()], images[:, 0, 0])
