"""Scales against the ones the data were drawn with, and the coverage they bring."""

import pickle

import numpy as np
import pytest
import skops.io
from numpy.testing import assert_allclose, assert_array_equal
from scipy.stats import spearmanr

from skdeep._calibration.conformal import ResidualQuantiles
from skdeep._calibration.local_scale import LocalScale


def noisy(n, seed=0, df=30):
    """Residuals whose spread depends on the prediction, on a covariate and on a missing value."""
    rng = np.random.default_rng(seed)
    prediction, covariates = rng.normal(size=n), rng.normal(size=(n, 3))
    covariates[rng.random(n) < 0.2, 2] = np.nan
    scale = np.exp(0.5 * prediction + 0.7 * covariates[:, 0] + np.isnan(covariates[:, 2]))
    return prediction, covariates, scale, scale * rng.standard_t(df, size=n)


def test_the_scale_follows_the_noise():
    prediction, covariates, _, residuals = noisy(8000)
    fitted, out_of_fold = LocalScale.fit(prediction, residuals, covariates)
    new_prediction, new_covariates, scale, new_residuals = noisy(4000, seed=1)
    found = fitted.scale(new_prediction, new_covariates)
    assert np.std(np.log(found / scale)) < 0.3 * np.std(np.log(scale))
    # Up to its level the scale is E|residual|, here on rows of either kind.
    assert_allclose(np.mean(np.abs(new_residuals) / found), 1, rtol=0.1)
    assert_allclose(np.mean(np.abs(residuals) / out_of_fold), 1, rtol=0.1)


def test_coverage_is_right_everywhere():
    """Intervals of one width cover the quiet rows always and the noisy ones seldom."""
    prediction, covariates, _, residuals = noisy(6000)
    fitted, out_of_fold = LocalScale.fit(prediction, residuals, covariates)
    new_prediction, new_covariates, truth, noise = noisy(20_000, seed=1)
    new_scale = fitted.scale(new_prediction, new_covariates)
    groups = np.array_split(np.argsort(truth), 4)

    def coverage(scale, new_scale):
        kept = ResidualQuantiles.fit(residuals, scale=scale)
        low, high = kept.interval(np.zeros(len(noise)), 0.9, new_scale).T
        inside = (low <= noise) & (noise <= high)
        assert abs(inside.mean() - 0.9) < 0.015
        return np.array([inside[rows].mean() for rows in groups]), np.mean(high - low)

    unscaled, wide = coverage(None, None)
    scaled, narrow = coverage(out_of_fold, new_scale)
    assert np.abs(unscaled - 0.9).max() > 0.15
    assert np.abs(scaled - 0.9).max() < 0.05
    assert narrow < 0.85 * wide


def test_coverage_over_repeated_draws():
    hits = []
    for seed in range(60):
        prediction, covariates, _, residuals = noisy(300, seed)
        new_prediction, new_covariates, _, noise = noisy(500, 1000 + seed)
        fitted, out_of_fold = LocalScale.fit(prediction, residuals, covariates)
        kept = ResidualQuantiles.fit(residuals, scale=out_of_fold)
        new_scale = fitted.scale(new_prediction, new_covariates)
        low, high = kept.interval(np.zeros(500), 0.8, new_scale).T
        hits.append(np.mean((low <= noise) & (noise <= high)))
    # One draw's coverage varies with its 300 residuals and its 500 new rows.
    error = np.sqrt(0.8 * 0.2 * (1 / 300 + 1 / 500) / 60)
    assert abs(np.mean(hits) - 0.8) < 4 * error


@pytest.mark.parametrize("n", [1, 4, 20, 300])
def test_nothing_to_learn_is_one_constant(n):
    used = 0
    for seed in range(20):
        rng = np.random.default_rng(seed)
        prediction, residuals, covariates = rng.normal(size=n), rng.normal(size=n), None
        if seed % 2:
            covariates = rng.normal(size=(n, 5))
        fitted, out_of_fold = LocalScale.fit(prediction, residuals, covariates)
        if np.ptp(out_of_fold):
            used += 1
            continue
        assert_allclose(out_of_fold, np.abs(residuals).mean())
        assert_allclose(fitted.scale(prediction, covariates), out_of_fold)
    assert used <= 2


def test_a_row_does_not_see_its_own_residual():
    """Far-off residuals of a few rows raise the scale of others, but not of those rows."""
    rng = np.random.default_rng(0)
    prediction = rng.normal(size=4000)
    residuals = rng.normal(size=4000) * np.exp(prediction)
    _, before = LocalScale.fit(prediction, residuals)
    changed = residuals.copy()
    changed[7] *= 20
    _, after = LocalScale.fit(prediction, changed)
    assert np.ptp(before) > 0
    # The level and the best round are everybody's; what is left is the row's own fold.
    ratio = after / before / np.median(after / before)
    neighbours = np.argsort(np.abs(prediction - prediction[7]))[1:60]
    assert np.abs(ratio[7] - 1) < 1e-3
    assert ratio[neighbours].max() > 1.001


@pytest.mark.parametrize("df", [1, 1.5, 3])
def test_heavy_tails_do_not_hide_the_noise(df):
    prediction, covariates, scale, residuals = noisy(5000, df=df)
    fitted, out_of_fold = LocalScale.fit(prediction, residuals, covariates)
    assert spearmanr(out_of_fold, scale).statistic > 0.8
    assert spearmanr(fitted.scale(prediction, covariates), scale).statistic > 0.8


def test_scales_are_positive_wherever_asked():
    prediction, covariates, _, residuals = noisy(500)
    residuals[covariates[:, 1] > 0] = 0
    fitted, out_of_fold = LocalScale.fit(prediction, residuals, covariates)
    far = np.array([[1e30, -1e30, np.nan], [np.inf, -np.inf, 0], [np.nan, np.nan, np.nan]])
    found = np.concatenate([out_of_fold, fitted.scale(np.array([-1e9, 1e9, 0]), far)])
    assert np.isfinite(found).all()
    assert (found > 0).all()
    _, exact = LocalScale.fit(prediction, np.zeros(500), np.full((500, 1), np.nan))
    assert_array_equal(exact, 1)


def test_a_row_of_weight_zero_is_left_out():
    prediction, covariates, _, residuals = noisy(600)
    weight = np.random.default_rng(0).integers(0, 3, 600).astype(float)
    out = weight == 0
    changed = residuals.copy()
    changed[out] = np.nan
    prediction[out] += 100
    fitted, out_of_fold = LocalScale.fit(prediction, changed, covariates, weight)
    again, kept = LocalScale.fit(prediction[~out], residuals[~out], covariates[~out], weight[~out])
    assert np.ptp(kept) > 0
    # A row that was left out is a new row.
    assert_allclose(out_of_fold[out], again.scale(prediction[out], covariates[out]))
    assert_allclose(out_of_fold[~out], kept)
    assert_allclose(fitted.log_factors, again.log_factors)
    with pytest.raises(ValueError, match="weight leaves no row"):
        LocalScale.fit(prediction, residuals, covariates, np.zeros(600))


def test_weights_say_which_rows_to_follow():
    """Two populations in one place: the scale is that of the one that counts."""
    rng = np.random.default_rng(1)
    prediction = rng.normal(size=6000)
    kind = np.arange(6000) % 2
    scale = np.exp(np.where(kind, 0.8, -0.8) * prediction)
    residuals = rng.normal(size=6000) * scale
    for heavy in (0, 1):
        weight = np.where(kind == heavy, 1.0, 1e-3)
        fitted, _ = LocalScale.fit(prediction, residuals, weight=weight)
        low, high = fitted.scale(np.array([-1.0, 1.0]))
        assert (high / low > 2) if heavy else (high / low < 0.5)


def test_outputs_are_on_their_own():
    prediction, covariates, _, residuals = noisy(1000)
    both = np.column_stack([prediction, -3 * prediction])
    errors = np.column_stack([residuals, np.random.default_rng(5).normal(size=1000)])
    fitted, out_of_fold = LocalScale.fit(both, errors, covariates)
    new = fitted.scale(both[:9], covariates[:9])
    assert out_of_fold.shape == (1000, 2)
    for j in range(2):
        one, expected = LocalScale.fit(both[:, j], errors[:, j], covariates)
        assert_array_equal(out_of_fold[:, j], expected)
        assert_array_equal(new[:, j], one.scale(both[:9, j], covariates[:9]))


def test_it_repeats_and_leaves_the_random_numbers_alone():
    prediction, covariates, _, residuals = noisy(25_000)
    before = np.random.get_state()[1].copy()
    first, scales = LocalScale.fit(prediction, residuals, covariates)
    second, again = LocalScale.fit(prediction, residuals, covariates)
    assert_array_equal(scales, again)
    assert_array_equal(first.log_factors, second.log_factors)
    assert_array_equal(before, np.random.get_state()[1])
    assert len(pickle.dumps(first)) < 5000


def test_it_is_kept_without_pickle():
    prediction, covariates, _, residuals = noisy(500)
    fitted, out_of_fold = LocalScale.fit(prediction, residuals, covariates)
    pair = {"scale": fitted, "quantiles": ResidualQuantiles.fit(residuals, scale=out_of_fold)}
    data = skops.io.dumps(pair)
    untrusted = skops.io.get_untrusted_types(data=data)
    assert all(name.startswith("skdeep.") for name in untrusted)
    loaded = skops.io.loads(data, trusted=untrusted)
    scale = loaded["scale"].scale(prediction, covariates)
    assert_array_equal(scale, fitted.scale(prediction, covariates))
    assert_array_equal(
        loaded["quantiles"].interval(prediction, 0.9, scale),
        pair["quantiles"].interval(prediction, 0.9, scale),
    )
