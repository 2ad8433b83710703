"""The same pixels in any layout get the same answer, and no answer depends on neighbours."""

import numpy as np
import pandas as pd
import polars as pl
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from tests.neural_network.image.pictures import (
    ARCHITECTURES,
    answers,
    bytes_of,
    classifier,
    flat,
    levels,
    noise,
    regressor,
)

GREY, Y = noise(shape=(6, 8))
NAMES = [f"p{i}" for i in range(48)]
LAYOUTS = {
    "with a channel": lambda X: X[..., None],
    "in Fortran's order": np.asfortranarray,
    "list of arrays": list,
    "lists of lists": lambda X: X.tolist(),
    "flat": flat,
    "pandas": lambda X: pd.DataFrame(flat(X), columns=NAMES),
    "polars": lambda X: pl.DataFrame(flat(X), schema=NAMES),
}


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_layouts_agree(layout, architecture):
    given = LAYOUTS[layout](GREY)
    expected = classifier(architecture=architecture).fit(GREY, Y)
    found = classifier(architecture=architecture, image_shape=(6, 8)).fit(given, Y)
    assert found.loss_curve_ == expected.loss_curve_
    assert_array_equal(found.transform(given), expected.transform(GREY))
    assert_array_equal(found.predict_proba(given), expected.predict_proba(GREY))
    assert found.image_shape_ == (6, 8, 1)
    assert found.n_features_in_ == 48


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_bytes_are_numbers(architecture):
    X = bytes_of(noise()[0])
    net = classifier(architecture=architecture).fit(X, Y)
    floats = classifier(architecture=architecture).fit(X.astype(float), Y)
    assert net.loss_curve_ == floats.loss_curve_
    assert_array_equal(net.predict_proba(X), floats.predict_proba(X.astype(float)))
    assert_array_equal(net.predict_proba(X), net.predict_proba(X.astype(float)))


def test_flat_rows_without_a_shape_are_one_row_of_pixels():
    X = GREY[:, 0]
    found = classifier().fit(X, Y)
    assert found.image_shape_ == (1, 8, 1)
    expected = classifier().fit(X[:, None], Y)
    assert_array_equal(found.predict_proba(X), expected.predict_proba(X[:, None]))


@pytest.mark.parametrize("made", [classifier, regressor])
@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_channels_may_be_in_any_units(made, architecture):
    X, _ = noise()
    y = levels(X) if made is regressor else Y
    scaled = X * [1000.0, 0.25] + [64.0, -3.0]
    settings = {"dtype": "float64", "batch_size": 30, "shift": 0.0, "mixup": 0.0}  # in any order
    settings["architecture"] = architecture
    net, other = (made(**settings).fit(given, y) for given in (X, scaled))
    assert_allclose(answers(other, scaled), answers(net, X), rtol=1e-6)


def test_channels_are_standardised():
    X, _ = noise()
    net = classifier(max_iter=1).fit(X, Y, np.where(np.arange(30) < 20, 2.0, 0.0))
    mean, scale = net._view
    assert_allclose(mean, X[:20].mean(axis=(0, 1, 2)))
    assert_allclose(scale, X[:20].std(axis=(0, 1, 2)))


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_an_image_has_the_same_answer_in_any_company(architecture):
    X, y = noise(n=70)
    net = classifier(architecture=architecture, n_estimators=2).fit(X, y)
    features, shares = net.transform(X), net.predict_proba(X)
    assert features.dtype == np.float32
    for rows in (slice(3, 4), slice(0, 17), slice(None, None, -1)):
        assert_array_equal(net.transform(X[rows]), features[rows])  # to the last bit
        assert_allclose(net.predict_proba(X[rows]), shares[rows], rtol=1e-6)


@pytest.mark.parametrize("shape", [(1, 1), (1, 9), (7, 1), (3, 5, 3), (70, 3)])
@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_any_size_will_do(architecture, shape):
    X, y = noise(n=12, shape=shape)
    net = classifier(architecture=architecture, max_iter=1, depth="auto").fit(X, y)
    assert net.predict_proba(X).shape == (12, 2)
    assert len(net.get_feature_names_out()) == net.transform(X).shape[1]


def test_given_images_are_not_changed():
    X, y = noise()
    for given in (X, X.astype(np.float32), bytes_of(X)):
        before = given.copy()
        classifier(shift=0.3, cutout=0.3, flip=True, crop=0.2, mixup=0.3).fit(given, y).predict(X)
        assert_array_equal(given, before)
