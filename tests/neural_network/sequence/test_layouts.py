"""The same data in any layout get the same answer, whatever the padding and the neighbours."""

import numpy as np
import pandas as pd
import polars as pl
import pytest
import torch
from numpy.testing import assert_allclose, assert_array_equal

from tests.neural_network.sequence.recordings import (
    ARCHITECTURES,
    answers,
    classifier,
    even,
    levels,
    ragged,
    regressor,
)


def one_channel():
    X, y = even(n_channels=1)
    return X[:, 0], y


def names(n):
    return [f"t{i}" for i in range(n)]


LAYOUTS = {
    "array of two dimensions": lambda X: X,
    "array of three": lambda X: X[:, None],
    "in Fortran's order": lambda X: np.asfortranarray(X[:, None]),
    "a view with steps": lambda X: np.repeat(X, 2, axis=1)[:, ::2],
    "lists of numbers": lambda X: X.tolist(),
    "lists of lists": lambda X: X[:, None].tolist(),
    "list of arrays": lambda X: [x[None] for x in X],
    "tuple of arrays": lambda X: tuple(x[None] for x in X),
    "pandas": lambda X: pd.DataFrame(X, columns=names(X.shape[1])),
    "polars": lambda X: pl.DataFrame(X, schema=names(X.shape[1])),
}


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("architecture", ["cnn", "gru"])
def test_layouts_of_one_channel_agree(layout, architecture):
    X, y = one_channel()
    expected = classifier(architecture=architecture).fit(X, y)
    given = LAYOUTS[layout](X)
    found = classifier(architecture=architecture).fit(given, y)
    assert found.loss_curve_ == expected.loss_curve_
    assert_array_equal(found.transform(given), expected.transform(X))
    assert_array_equal(found.predict_proba(given), expected.predict_proba(X))


def test_layouts_of_several_channels_agree():
    X, y = even()
    expected = classifier().fit(X, y).predict_proba(X)
    for given in (list(X), [np.asfortranarray(x) for x in X], X.tolist()):
        assert_array_equal(classifier().fit(given, y).predict_proba(given), expected)


def test_one_axis_of_a_ragged_list_is_one_channel():
    X, y = ragged(n_channels=1)
    flat = [x[0] for x in X]
    nested = np.empty(len(X), dtype=object)
    nested[:] = flat
    expected = classifier().fit(X, y).predict_proba(X)
    for given in (flat, nested):
        assert_array_equal(classifier().fit(given, y).predict_proba(given), expected)


@pytest.mark.parametrize("dtype", [np.int64, np.int8, np.float16, bool])
def test_any_numbers_do(dtype):
    X, y = even()
    X = (X > 0.5).astype(dtype)
    found = classifier().fit(X, y).predict_proba(X)
    assert_array_equal(found, classifier().fit(X.astype(float), y).predict_proba(X))


def test_layout_is_noted():
    X, y = even()
    of_array = classifier().fit(X, y)
    assert (of_array.n_channels_, of_array.n_timepoints_, of_array.n_features_in_) == (2, 8, 2)
    of_list = classifier().fit(list(X), y)
    assert (of_list.n_channels_, of_list.n_timepoints_) == (2, None)
    table = classifier().fit(LAYOUTS["pandas"](X[:, 0]), y)
    assert (table.n_channels_, table.n_timepoints_, table.n_features_in_) == (1, 8, 8)
    assert table.feature_names_in_.tolist() == names(8)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("architecture", ARCHITECTURES)
class TestPadding:
    @pytest.fixture
    def tolerance(self, dtype):
        return {"rtol": 1e-9} if dtype == "float64" else {"rtol": 1e-4, "atol": 1e-6}

    @pytest.mark.parametrize("pooling", ["auto", "max", "last"])
    def test_alone_and_among_others(self, architecture, dtype, tolerance, pooling):
        X, y = ragged()
        net = classifier(architecture=architecture, dtype=dtype, pooling=pooling).fit(X, y)
        together = net.predict_proba(X)
        assert np.ptp(together[:, 0]) > 1e-3
        alone = np.concatenate([net.predict_proba([x]) for x in X])
        assert_allclose(alone, together, **tolerance)
        beside_longer = net.predict_proba([*X, np.ones((2, 99))])[:-1]
        assert_allclose(beside_longer, together, **tolerance)
        backwards = net.predict_proba(X[::-1])[::-1]
        assert_allclose(backwards, together, **tolerance)

    def test_of_regressors_and_representations(self, architecture, dtype, tolerance):
        X, _ = ragged()
        net = regressor(architecture=architecture, dtype=dtype).fit(X, levels(X))
        for method in (net.predict, net.transform):
            alone = np.concatenate([method([x]) for x in X])
            assert_allclose(alone, method(X), **tolerance)

    def test_what_is_learned_depends_on_no_padding(self, architecture, dtype, tolerance):
        X, y = ragged(n=29)
        # A longer row that counts for nothing makes every batch of the training wider.
        longer = [*X, np.full((2, 40), 5.0)]
        weight = np.append(np.ones(29), 0.0)
        settings = {"architecture": architecture, "dtype": dtype, "batch_size": 29, "max_iter": 2}
        narrow, wide = classifier(**settings), classifier(**settings)
        narrow.fit(X, y, X_val=X, y_val=y)
        wide.fit(X, y, X_val=longer, y_val=np.append(y, 0), sample_weight_val=weight)
        assert_allclose(wide.predict_proba(X), narrow.predict_proba(X), **tolerance)
        assert_allclose(wide.validation_loss_curve_, narrow.validation_loss_curve_, **tolerance)


@pytest.mark.parametrize("architecture", ARCHITECTURES)
@pytest.mark.parametrize("length", [1, 3, 8, 50])
def test_other_lengths_than_at_fit(architecture, length):
    X, y = even()
    net = classifier(architecture=architecture, n_estimators=2).fit(X, y)
    array = np.resize(X, (5, 2, length))
    found = net.predict_proba(array)
    assert found.shape == (5, 2)
    assert_allclose(net.predict_proba(list(array)), found, rtol=1e-4, atol=1e-6)
    mixed = net.predict_proba([*array, *X])
    assert_allclose(mixed[:5], found, rtol=1e-4, atol=1e-6)
    assert_allclose(mixed[5:], net.predict_proba(X), rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("architecture", ["cnn", "transformer"])
def test_padding_changes_nothing_where_steps_are_joined(architecture):
    rng = np.random.default_rng(0)
    X = [rng.normal(size=(1, n)) for n in (1100, 1, 700, 2, 3, 513)]
    net = regressor(architecture=architecture, max_iter=1, dtype="float64", batch_size=6)
    net.fit(X, levels(X))
    trunk = net._built.maker.make(torch.device("cpu")).networks[0].trunk
    assert (trunk.patch if architecture == "cnn" else trunk.stem.patch) > 1
    alone = np.concatenate([net.predict([x]) for x in X])
    assert_allclose(alone, net.predict(X), rtol=1e-9)


@pytest.mark.parametrize("made", [classifier, regressor])
def test_channels_may_be_in_any_units(made):
    X, _ = even()
    y = levels(X) if made is regressor else np.arange(len(X)) % 2
    units, origin = np.array([[1000.0], [0.25]]), np.array([[64.0], [-3.0]])
    scaled = X * units + origin
    settings = {"dtype": "float64", "architecture": "gru", "batch_size": 30}  # in any order
    net = made(**settings).fit(X, y)
    other = made(**settings).fit(scaled, y)
    assert_allclose(answers(other, scaled), answers(net, X), rtol=1e-6)


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_a_row_has_the_same_answer_in_any_company(architecture):
    X, y = even(n=70)
    made = classifier(architecture=architecture, n_estimators=2).fit(X, y)
    features, shares = made.transform(X), made.predict_proba(X)
    assert features.dtype == np.float32
    for rows in (slice(3, 4), slice(0, 17), slice(None, None, -1)):
        assert_array_equal(made.transform(X[rows]), features[rows])  # to the last bit
        assert_allclose(made.predict_proba(X[rows]), shares[rows], rtol=1e-6)
