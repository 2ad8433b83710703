"""What cannot be used is refused in words that say what was expected and what came."""

import numpy as np
import pandas as pd
import pytest

from tests.neural_network.image.pictures import (
    answers,
    bytes_of,
    classifier,
    flat,
    noise,
    regressor,
)

X, Y = noise()
BYTES = bytes_of(X)


def with_a(value):
    changed = X.copy()
    changed[3, 1, 2, 0] = value
    return changed


REFUSED = {
    "one axis": (np.ones(30), {}, r"Expected 2D array, got 1D array"),
    "five axes": (np.ones((30, 2, 2, 2, 2)), {}, r"5 dimensions, of shape \(30, 2, 2, 2, 2\)"),
    "no rows": (np.ones((0, 6, 8)), {}, r"0 sample"),
    "no pixels": (np.ones((30, 6, 0)), {}, r"holds no pixels"),
    "NaN": (with_a(np.nan), {}, r"contains NaN"),
    "infinity": (with_a(np.inf), {}, r"contains infinity"),
    "too large for float32": (with_a(1e300), {}, r"infinity or a value too large for dtype"),
    "fewer rows": (X[:29], {}, r"inconsistent numbers of samples: \[29, 30\]"),
    "another shape": (X, {"image_shape": (8, 6, 2)}, r"height 6, .* image_shape is height 8"),
    "rows of another length": (flat(X), {"image_shape": (6, 8)}, r"\(6, 8\) has 48 .* have 96"),
    "no shape": (flat(X), {"image_shape": (96,)}, r"image_shape=\(96,\) is no \(height, width\)"),
    "channels first": (np.ones((30, 3, 8, 8)), {}, r"channels first: pass X\.transpose"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_fit_refuses(name):
    given, settings, message = REFUSED[name]
    for made in (classifier, regressor):
        net = made(**settings)
        before = dict(vars(net))
        with pytest.raises(ValueError, match=message):
            net.fit(given, Y)
        assert vars(net) == before
    fitted = classifier(max_iter=1).fit(X, Y)
    expected = answers(fitted, X)
    with pytest.raises(ValueError, match=message):
        fitted.set_params(**settings).fit(given, Y)
    assert np.array_equal(answers(fitted, X), expected)


LATER = {
    "larger": (X, np.ones((5, 7, 8, 2)), r"height 7, .*ImageClassifier was fitted on height 6"),
    "more channels": (X, np.ones((5, 6, 8, 3)), r"3 channels, but .*fitted on .*2 channels"),
    "no channels": (X, np.ones((5, 6, 8)), r"1 channel, but .*fitted on .*2 channels"),
    "other rows": (X, np.ones((5, 95)), r"X has 95 features.*expecting 96 features"),
    "one image": (X, np.ones(96), r"Expected 2D array, got 1D array"),
    "NaN": (X, with_a(np.nan), r"contains NaN"),
    "fractions": (BYTES, BYTES / 255, r"fractions from .*fitted on bytes from.*pass X \* 255"),
    "bytes": (BYTES / 255, BYTES, r"bytes up to .*fitted on values from .*pass X / 255"),
}


@pytest.mark.parametrize("name", LATER)
def test_later_calls_refuse(name):
    fitted_on, given, message = LATER[name]
    net = classifier(max_iter=1).fit(fitted_on, Y)
    for method in (net.predict, net.predict_proba, net.transform):
        with pytest.raises(ValueError, match=message):
            method(given)
    with pytest.raises(ValueError, match=message):
        classifier().fit(fitted_on, Y, X_val=given, y_val=Y[: len(given)])


def test_another_scale_is_warned_of():
    net = classifier(max_iter=1).fit(X, Y)
    with pytest.warns(UserWarning, match="on the same scale"):
        net.predict(100 * X)


def test_names_of_columns_are_compared():
    frame = pd.DataFrame(X[:, 0, :, 0], columns=list("abcdefgh"))
    net = classifier(max_iter=1).fit(frame, Y)
    with pytest.raises(ValueError, match="feature names"):
        net.predict(frame[list("hgfedcba")])


@pytest.mark.parametrize("width", [6, 10])
def test_width_that_heads_cannot_share(width):
    with pytest.raises(ValueError, match=rf"width={width} cannot be shared among n_heads=4.*of 4"):
        classifier(architecture="vit", width=width, n_heads=4).fit(X, Y)
    classifier(architecture="mlp", width=width, n_heads=4, max_iter=1).fit(X, Y)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("dropout", 0.3),
        ("shift", 0.3),
        ("crop", 0.3),
        ("flip", True),
        ("cutout", 0.3),
        ("mixup", 1),
    ],
)
def test_lbfgs_wants_the_same_loss_every_time(name, value):
    with pytest.raises(ValueError, match=rf"^{name}={value} .*not go with solver='lbfgs'"):
        classifier(solver="lbfgs", **{name: value}).fit(X, Y)


def test_mixtures_of_classes_need_a_loss_that_takes_them():
    with pytest.raises(ValueError, match=r"mixup=0.3 makes soft labels, which loss='hinge'"):
        classifier(mixup=0.3, loss="hinge").fit(X, Y)
    classifier(loss="hinge", max_iter=1).fit(X, Y)


@pytest.mark.parametrize(
    "settings",
    [
        {"architecture": "resnet"},
        {"image_shape": 64},
        {"width": 0},
        {"patch_size": 0},
        {"shift": 1.0},
        {"crop": -0.1},
        {"flip": "yes"},
        {"cutout": 1.0},
        {"mixup": "much"},
        {"test_time_augmentation": 3},
    ],
    ids=str,
)
def test_parameters_are_validated(settings):
    (name,) = settings
    with pytest.raises(ValueError, match=f"'{name}' parameter of ImageClassifier"):
        classifier(**settings).fit(X, Y)
