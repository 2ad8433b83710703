"""Random convolutions: the numbers, what they must not depend on, and what is refused."""

import pickle
from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import clone
from sklearn.linear_model import RidgeClassifierCV
from sklearn.pipeline import make_pipeline
from sklearn.utils.estimator_checks import parametrize_with_checks

from skdeep.feature_extraction import RandomConvolutions, _random_convolutions
from skdeep.feature_extraction._kernels import count_above

rng = np.random.RandomState(0)
FLAT = rng.normal(size=(12, 40))
DEEP = rng.normal(size=(12, 3, 40))
RAGGED = [rng.normal(size=(3, n_times)) for n_times in rng.randint(5, 60, size=12)]


def make(n_kernels=504, **parameters):
    return RandomConvolutions(n_kernels, random_state=0, **parameters)


@parametrize_with_checks([RandomConvolutions(84), RandomConvolutions(250, random_state=1)])
def test_check_estimator(estimator, check):
    check(estimator)


def integers(shape):
    """Series whose sums are exact, so that two orders of addition agree at the thresholds too."""
    return np.random.RandomState(1).randint(-9, 10, size=shape).astype(float)


def by_the_definition(fitted, series):
    """Features of one series (channel, time), output by output."""
    features = []
    _, n_times = series.shape
    start = 0
    for i, dilation in enumerate(fitted.dilations_):
        for k, heavy in enumerate(combinations(range(9), 3)):
            weights = [2 if tap in heavy else -1 for tap in range(9)]
            seen = series[fitted.channels_[i, k]].sum(axis=0)
            times, output = range(n_times), []
            if (i + k) % 2 and n_times > 8 * dilation:
                times = range(4 * dilation, n_times - 4 * dilation)
            for t in times:
                at = [t + (tap - 4) * dilation for tap in range(9)]
                terms = zip(at, weights, strict=True)
                output.append(sum(w * seen[a] for a, w in terms if 0 <= a < n_times))
            stop = start + fitted.n_biases_[i]
            features += [np.mean(np.array(output) > bias) for bias in fitted.biases_[start:stop]]
            start = stop
    return features


@pytest.mark.parametrize("shape", [(4, 33), (4, 7), (4, 1), (3, 5, 33), (3, 12, 20)])
def test_features_are_those_of_the_definition(shape):
    X = integers(shape)
    fitted = make(420).fit(X)
    expected = [by_the_definition(fitted, series.reshape(-1, shape[-1])) for series in X]
    assert_allclose(fitted.transform(X), expected, rtol=1e-6)


def test_features_of_ragged_series_are_those_of_the_definition():
    X = [integers((2, n_times)) for n_times in (6, 40, 17, 40)]
    fitted = make(420).fit(X)
    assert_allclose(fitted.transform(X), [by_the_definition(fitted, x) for x in X], rtol=1e-6)


def test_thresholds_are_quantiles_of_outputs():
    # One series: the share of its outputs above a quantile is one less the quantile's level.
    fitted = make(84 * 40, max_dilations_per_kernel=1).fit(FLAT[:1])
    levels = np.arange(1, 84 * 40 + 1) * (1 + 5**0.5) / 2 % 1
    padded = np.repeat(np.arange(84) % 2 == 0, 40)
    assert_allclose(fitted.transform(FLAT[:1])[0, padded], 1 - levels[padded], atol=1 / 40)


def test_dilations_spread_from_one_to_the_length():
    fitted = make(10_000).fit(np.random.RandomState(0).normal(size=(3, 801)))
    assert fitted.dilations_[0] == 1
    assert 99 <= fitted.dilations_[-1] <= 100
    assert np.all(np.diff(fitted.dilations_) > 0)
    assert len(fitted.dilations_) <= 32
    assert fitted.n_biases_.sum() == 119
    assert fitted.n_biases_.min() > 0


def test_kernels_see_one_to_nine_channels():
    n_seen = make(9996).fit(np.random.RandomState(0).normal(size=(3, 20, 100))).channels_.sum(-1)
    assert set(np.unique(n_seen)) == set(range(1, 10))
    assert np.mean(n_seen == 1) > np.mean(n_seen == 5) > 0


@pytest.mark.parametrize(
    ("n_kernels", "n_features"), [(84, 84), (100, 84), (168, 168), (10_000, 9996)]
)
def test_number_of_features(n_kernels, n_features):
    transformer = RandomConvolutions(n_kernels, random_state=0)
    features = transformer.fit_transform(FLAT)
    assert features.shape == (12, n_features)
    assert features.dtype == np.float32
    names = transformer.get_feature_names_out()
    assert len(set(names)) == n_features
    assert names[-1] == f"randomconvolutions{n_features - 1}"


@pytest.mark.parametrize("X", [FLAT, DEEP, RAGGED], ids=["flat", "deep", "ragged"])
class TestInvariants:
    def test_same_random_state_same_features(self, X):
        first, second = make().fit(X), make().fit(X)
        assert_array_equal(first.transform(X), second.transform(X))
        other = RandomConvolutions(504, random_state=1).fit(X)
        assert np.any(first.biases_ != other.biases_)

    def test_rows_do_not_meet(self, X):
        fitted = make().fit(X)
        whole = fitted.transform(X)
        order = np.random.RandomState(0).permutation(12)
        assert_array_equal(fitted.transform([X[i] for i in order]), whole[order])
        assert_array_equal(fitted.transform([X[3], X[3]]), whole[[3, 3]])
        assert_array_equal(fitted.transform(X[5:6]), whole[5:6])

    def test_chunks_change_nothing(self, X, monkeypatch):
        fitted = make().fit(X)
        whole = fitted.transform(X)
        for size in (1, 100, 130):
            monkeypatch.setattr(_random_convolutions, "_CHUNK", size)
            assert_array_equal(fitted.transform(X), whole)
            assert_array_equal(make().fit(X).biases_, fitted.biases_)

    def test_pickle_and_clone(self, X):
        fitted = make().fit(X)
        assert_array_equal(pickle.loads(pickle.dumps(fitted)).transform(X), fitted.transform(X))
        assert_array_equal(clone(fitted).fit(X).biases_, fitted.biases_)

    def test_layouts_do_not_change_the_features(self, X):
        fitted = make().fit(X)
        given = [np.asfortranarray(x) for x in X] if X is RAGGED else np.asfortranarray(X)
        assert_array_equal(fitted.transform(given), fitted.transform(X))

    def test_global_generator_stays(self, X):
        before = np.random.get_state()[1].copy()
        RandomConvolutions(84).fit(X)
        assert_array_equal(np.random.get_state()[1], before)


def test_two_dimensions_are_one_channel():
    deep = make().fit(FLAT[:, None])
    assert_array_equal(make().fit_transform(FLAT), deep.transform(FLAT[:, None]))


def test_list_of_equal_lengths_is_the_array():
    assert_array_equal(make().fit_transform(list(DEEP)), make().fit_transform(DEEP))


def test_list_of_one_channel():
    X = [row[:n] for row, n in zip(FLAT, range(20, 32), strict=True)]
    expected = make().fit_transform([x[None] for x in X])
    assert_array_equal(make().fit_transform(X), expected)
    nested = np.empty(12, dtype=object)
    nested[:] = X
    assert_array_equal(make().fit_transform(nested), expected)


def test_object_array_is_a_list():
    X = np.empty(12, dtype=object)
    X[:] = RAGGED
    assert_array_equal(make().fit_transform(X), make().fit_transform(RAGGED))


def test_a_shift_changes_only_what_is_padded():
    X = integers((6, 50))
    fitted = make(84, max_dilations_per_kernel=1).fit(X)
    same = fitted.transform(X) == fitted.transform(X + 64)
    assert same[:, 1::2].all()
    assert not same[:, ::2].all()


def test_a_constant_series_is_flat_without_padding():
    fitted = make(84, max_dilations_per_kernel=1).fit(integers((6, 50)))
    features = fitted.transform(np.full((1, 50), 3.0))[0]
    assert_array_equal(features[1::2], fitted.biases_[1::2] < 0)


@pytest.mark.parametrize("n_times", [1, 63, 64, 255, 256, 511, 1000])
@pytest.mark.parametrize("n_rows", [1, 7, 64])
def test_counts(n_times, n_rows):
    values = np.random.RandomState(0).normal(size=(n_times, n_rows))
    thresholds = np.array([-10.0, 0.0, 0.7])
    expected = (values > thresholds[:, None, None]).sum(axis=1)
    assert_array_equal(count_above(values, thresholds), expected)


def test_pickles_are_small():
    assert len(pickle.dumps(make(10_000).fit(FLAT))) < 60_000


def test_pipeline_and_data_frames():
    y = np.arange(60) % 2
    t = np.arange(50)
    X = np.sin(np.where(y, 0.9, 0.6)[:, None] * t + np.random.RandomState(0).rand(60, 1) * 7)
    model = make_pipeline(make(), RidgeClassifierCV())
    assert model.fit(X[:30], y[:30]).score(X[30:], y[30:]) == 1.0
    frame = pd.DataFrame(X, columns=[f"t{i}" for i in t])
    transformer = make(84).set_output(transform="pandas").fit(frame)
    assert transformer.transform(frame).shape == (60, 84)
    assert_array_equal(transformer.feature_names_in_, frame.columns)


def test_refit_in_another_layout():
    transformer = make(84)
    transformer.fit(pd.DataFrame(FLAT, columns=[f"t{i}" for i in range(40)]))
    for X in (DEEP, RAGGED):
        transformer.fit(X)
        assert transformer.n_features_in_ == transformer.n_channels_ == 3
        assert not hasattr(transformer, "feature_names_in_")
        assert transformer.transform(X).shape == (12, 84)
    assert transformer.n_timepoints_ is None


def test_failed_fit_leaves_the_transformer_as_it_was():
    transformer = make(84).fit(DEEP)
    before = transformer.transform(DEEP)
    with pytest.raises(ValueError, match="NaN"):
        transformer.fit(np.full((3, 2, 20), np.nan))
    assert_array_equal(transformer.transform(DEEP), before)


@pytest.mark.parametrize(
    ("X", "message"),
    [
        (np.full((2, 2, 9), np.nan), "Input X contains NaN"),
        ([np.zeros((1, 9)), np.full((1, 8), np.nan)], r"Input X\[1\] contains NaN"),
        ([np.zeros((1, 9)), np.zeros((2, 9))], r"X\[1\] has 2 channels and X\[0\] has 1"),
        ([np.zeros((1, 9)), np.zeros(9)], r"X\[1\] is no array of shape \(channels, time\)"),
        (np.zeros((2, 2, 2, 2)), "4 dimensions"),
        (np.zeros((2, 0, 9)), "holds no numbers"),
        (np.zeros((2, 2, 0)), "holds no numbers"),
        (np.zeros((0, 2, 9)), "0 sample"),
        ([], "2D array"),
        ([[1.0, 2.0, 3.0], [1.0, 2.0]], "list of lists that differ in length"),
    ],
)
def test_fit_refuses(X, message):
    with pytest.raises(ValueError, match=message):
        make(84).fit(X)


@pytest.mark.parametrize(
    ("fitted", "X", "message"),
    [
        (FLAT, FLAT[:, :30], "30 features, but RandomConvolutions is expecting 40"),
        (FLAT, DEEP, r"3 dimensions, but RandomConvolutions was fitted on 2: use X\[:, 0\]"),
        (DEEP, FLAT, r"2 dimensions, but RandomConvolutions was fitted on 3: use X\[:, None\]"),
        (DEEP, DEEP[:, :2], "2 channels, but RandomConvolutions was fitted on series of 3"),
        (DEEP, DEEP[:, :, :30], "30 time points, but .* fitted on series of 40"),
        (DEEP, list(DEEP[:, :, :30]), "30 time points, but .* fitted on series of 40"),
        (RAGGED, FLAT, "1 channels, but .* fitted on series of 3"),
        (FLAT, RAGGED, "3 channels, but .* fitted on series of 1"),
    ],
)
def test_transform_refuses_another_layout(fitted, X, message):
    with pytest.raises(ValueError, match=message):
        make(84).fit(fitted).transform(X)


def test_a_list_may_have_other_lengths_later():
    fitted = make(84).fit(RAGGED)
    assert fitted.transform([np.ones((3, 200)), np.ones((3, 1))]).shape == (2, 84)
    assert fitted.transform(DEEP).shape == (12, 84)


@pytest.mark.parametrize(
    "parameters", [{"n_kernels": 83}, {"n_kernels": 1e4}, {"max_dilations_per_kernel": 0}]
)
def test_parameters_are_validated(parameters):
    with pytest.raises(ValueError, match=f"'{next(iter(parameters))}' parameter"):
        RandomConvolutions(**parameters).fit(FLAT)
