"""Augmentation of images: what it may change, and that it is the same in whatever parts."""

import numpy as np
import pytest
import torch

from skdeep._engine.training.randomness import EpochRandomness
from skdeep._engine.training.rows import DenseRows
from skdeep._kinds.images.augmentation import ImageAugmentation

rng = np.random.default_rng(0)
IMAGES = torch.from_numpy(rng.normal(size=(12, 6, 10, 2)))
EVERYTHING = ImageAugmentation(shift=0.2, crop=0.3, flip=True, cutout=0.3, mixup=0.5)


def applied(augmentation, images=IMAGES, n_batches=3, epoch=0, n_rows=None):
    """Images after augmentation, and targets that name the rows."""
    x = images.clone()
    target = torch.eye(len(images), dtype=x.dtype)
    shaped = x.view(n_batches, -1, *x.shape[1:]), target.view(n_batches, -1, len(images))
    randomness = EpochRandomness(5, epoch)
    augmentation.apply(*shaped, None, len(images) if n_rows is None else n_rows, randomness)
    return x, target


def epochs(augmentation, n=60):
    """Every image after each of several epochs, with what it was."""
    for epoch in range(n):
        yield from zip(IMAGES, applied(augmentation, epoch=epoch)[0], strict=True)


def moved(image, down, right):
    """An image moved by whole pixels, its edges repeated."""
    padded = np.pad(image.numpy(), ((9, 9), (9, 9), (0, 0)), mode="edge")
    return torch.from_numpy(padded[9 - down :, 9 - right :][:6, :10])


def test_zeros_change_nothing():
    x, target = applied(ImageAugmentation())
    assert torch.equal(x, IMAGES)
    assert torch.equal(target, torch.eye(12, dtype=torch.float64))


def test_shifts_are_whole_pixels_up_to_the_part():
    places = [(down, right) for down in (-1, 0, 1) for right in (-2, -1, 0, 1, 2)]
    counts = dict.fromkeys(places, 0)
    for image, found in epochs(ImageAugmentation(shift=0.2)):
        (place,) = [p for p in places if torch.equal(found, moved(image, *p))]
        counts[place] += 1
    expected = 60 * 12 / 15
    assert max(abs(count - expected) for count in counts.values()) < 4.5 * expected**0.5


@pytest.mark.parametrize(("part", "most"), [(0.04, 0), (0.05, 1), (0.1, 1), (0.15, 2)])
def test_parts_are_rounded_to_pixels(part, most):
    row = torch.arange(10.0, dtype=torch.float64).view(1, 1, 10, 1)
    found = {
        applied(ImageAugmentation(shift=part), row, 1, epoch)[0][0, 0, 5, 0].item()
        for epoch in range(80)
    }
    assert found == set(range(5 - most, 6 + most))


def test_crops_stretch_a_part_to_the_whole():
    row, column = torch.meshgrid(torch.arange(6.0), torch.arange(10.0), indexing="ij")
    plane = torch.stack([row, column], dim=2).double()  # whose values say where they were
    factors = []
    for epoch in range(80):
        found = applied(ImageAugmentation(crop=0.4), plane[None].clone(), 1, epoch)[0][0]
        for values, size in ((found[:, 0, 0], 6), (found[0, :, 1], 10)):
            steps = values.diff()
            torch.testing.assert_close(steps, steps[:1].expand(size - 1))  # linear
            assert values[0] >= 0
            assert values[-1] <= size - 1 + 1e-12
        assert found[1, 0, 0] - found[0, 0, 0] == pytest.approx(found[0, 1, 1] - found[0, 0, 1])
        factors.append((found[1, 0, 0] - found[0, 0, 0]).item())
    assert 0.6 <= min(factors) < 0.65
    assert 0.95 < max(factors) <= 1


def test_half_are_mirrored():
    n_mirrored = 0
    for image, found in epochs(ImageAugmentation(flip=True)):
        is_mirrored = torch.equal(found, image.flip(1))
        assert is_mirrored or torch.equal(found, image)
        n_mirrored += is_mirrored
    assert abs(n_mirrored - 360) < 4 * 180**0.5


def test_cut_out_is_a_patch():
    covered = torch.zeros(6, 10)
    for image, found in epochs(ImageAugmentation(cutout=0.5)):
        gone = (found == 0).all(dim=2)
        assert torch.equal(found[~gone], image[~gone])
        rows, columns = gone.any(dim=1), gone.any(dim=0)
        assert torch.equal(gone, rows[:, None] & columns)  # a rectangle
        assert rows.sum() <= 3
        assert columns.sum() <= 5
        for line in (rows, columns):
            assert line.int().diff().abs().sum() <= 2  # without gaps
        covered += gone
    assert covered.min() > 0


def test_mixtures_name_their_parts():
    x, target = applied(ImageAugmentation(mixup=0.5))
    torch.testing.assert_close(x, torch.tensordot(target, IMAGES, dims=1))
    assert ((target > 0).sum(dim=1) == 2).any()


def test_rows_that_fill_a_batch_are_left_alone():
    x, target = applied(EVERYTHING, n_rows=7)
    assert torch.equal(x[7:], IMAGES[7:])
    assert torch.equal(target[7:], torch.eye(12, dtype=torch.float64)[7:])
    assert not torch.equal(x[:7], IMAGES[:7])


def test_parts_of_an_epoch_may_come_one_by_one():
    randomness, target = EpochRandomness(5, 3), torch.eye(12, dtype=torch.float64)
    parts = []
    for start in (0, 4, 8):
        x = IMAGES[start : start + 4].clone()[None]
        EVERYTHING.apply(x, target[None, start : start + 4].clone(), None, 4, randomness)
        parts.append(x[0])
    whole, _ = applied(EVERYTHING, epoch=3)
    assert torch.equal(torch.cat(parts), whole)


def test_views_are_what_training_makes():
    views = ImageAugmentation(shift=0.1, flip=True).views(DenseRows(IMAGES))
    index = torch.tensor([3, 8])
    found = [view.chunk(index) for view in views]
    places = [(0, 0), (-1, 0), (1, 0), (0, -1), (0, 1)]
    expected = [torch.stack([moved(image, *p) for image in IMAGES[index]]) for p in places]
    expected += [images.flip(2) for images in expected]
    for one, other, view in zip(found, expected, views, strict=True):
        assert torch.equal(one, other)
        assert torch.equal(view.slice(8, 9), other[1:])
    assert len(ImageAugmentation(cutout=0.5).views(DenseRows(IMAGES))) == 1


@pytest.mark.parametrize("name", ["shift", "crop", "cutout"])
@pytest.mark.parametrize("value", [-0.1, 1.0, np.nan])
def test_parts_have_bounds(name, value):
    with pytest.raises(ValueError, match=rf"{name}=.* is not in \[0, 1\)"):
        ImageAugmentation(**{name: value})
