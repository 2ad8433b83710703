"""What cannot be used is refused in words that say what was expected and what came."""

import numpy as np
import pandas as pd
import pytest

from tests.neural_network.sequence.recordings import answers, classifier, even, ragged, regressor

X, Y = even()


def with_a(value):
    changed = X.copy()
    changed[3, 1, 2] = value
    return changed


REFUSED = {
    "one axis": (np.ones(30), r"Expected 2D array, got 1D array"),
    "four axes": (np.ones((30, 2, 4, 2)), r"4 dimensions.*\(30, 2, 4, 2\).*\(series, channels"),
    "a number": (3.0, r"Expected .* array, got scalar"),
    "no rows": (np.ones((0, 2, 8)), r"0 sample|holds no numbers"),
    "no steps": (np.ones((30, 2, 0)), r"\(30, 2, 0\).*holds no numbers"),
    "no channels": (np.ones((30, 0, 8)), r"\(30, 0, 8\).*holds no numbers"),
    "NaN": (with_a(np.nan), r"contains NaN"),
    "infinity": (with_a(np.inf), r"contains infinity"),
    "too large for float32": (with_a(1e300), r"infinity or a value too large for dtype"),
    "one empty sequence": ([*X[:29], np.ones((2, 0))], r"X\[29\] has the shape \(2, 0\)"),
    "other channels": ([*X[:29], np.ones((3, 8))], r"X\[29\] has 3 channels and X\[0\] has 2"),
    "another rank": ([*X[:29], np.ones(8)], r"X\[29\] is no array of shape \(channels, time\)"),
    "NaN in a list": (list(with_a(np.nan)), r"Input X\[3\] contains NaN"),
    "lists that differ": ([[1.0, 2.0], *[[1.0]] * 29], r"lists that differ in length"),
    "fewer rows": (X[:29], r"inconsistent numbers of samples: \[29, 30\]"),
    "words": (np.full((30, 2, 8), "word"), r"could not convert string"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_fit_refuses(name):
    given, message = REFUSED[name]
    net = classifier()
    before = dict(vars(net))
    with pytest.raises(ValueError, match=message):
        net.fit(given, Y)
    assert vars(net) == before
    with pytest.raises(ValueError, match=message):
        regressor().fit(given, Y)
    fitted = classifier(max_iter=1).fit(X, Y)
    expected = answers(fitted, X)
    with pytest.raises(ValueError, match=message):
        fitted.fit(given, Y)
    assert np.array_equal(answers(fitted, X), expected)


LATER = {
    "other channels": (X, np.ones((5, 3, 8)), r"3 channels.*fitted on series of 2"),
    "other channels in a list": (X, [np.ones((1, 8))], r"1 channels.*fitted on series of 2"),
    "other channels after a list": (list(X), np.ones((5, 3, 8)), r"3 channels.*series of 2"),
    "two axes": (X, np.ones((5, 8)), r"2 dimensions.*fitted on 3.*X\[:, None\]"),
    "three axes": (X[:, 0], np.ones((5, 1, 8)), r"3 dimensions.*fitted on 2.*X\[:, 0\]"),
    "other columns": (X[:, 0], np.ones((5, 9)), r"X has 9 features.*expecting 8 features"),
    "one axis": (X, np.ones(8), r"Expected 2D array, got 1D array|1 dimensions"),
    "no steps": (X, np.ones((5, 2, 0)), r"holds no numbers"),
    "NaN": (X, with_a(np.nan), r"contains NaN"),
    "one empty sequence": (list(X), [X[0], np.ones((2, 0))], r"X\[1\] has the shape \(2, 0\)"),
}


@pytest.mark.parametrize("name", LATER)
def test_later_calls_refuse(name):
    fitted_on, given, message = LATER[name]
    net = classifier(max_iter=1).fit(fitted_on, Y)
    for method in (net.predict, net.predict_proba, net.transform):
        with pytest.raises(ValueError, match=message):
            method(given)


def test_names_of_columns_are_compared():
    frame = pd.DataFrame(X[:, 0], columns=list("abcdefgh"))
    net = classifier(max_iter=1).fit(frame, Y)
    with pytest.raises(ValueError, match="feature names"):
        net.predict(frame[list("hgfedcba")])


def test_validation_rows_are_checked():
    with pytest.raises(ValueError, match=r"3 channels.*fitted on series of 2"):
        classifier(early_stopping=True).fit(X, Y, X_val=np.ones((5, 3, 8)), y_val=Y[:5])


PARAMETERS = {
    "heads": ({"width": 6, "n_heads": 4}, r"width=6 cannot be shared among n_heads=4.*of 8"),
    "odd heads": ({"width": 6, "n_heads": 2}, r"width=6 .*n_heads=2.*multiple of 4"),
    "heads of the default width": ({"width": "auto", "n_heads": 7}, r"width='auto'.*n_heads=7.*14"),
}


@pytest.mark.parametrize("name", PARAMETERS)
def test_width_that_heads_cannot_share(name):
    settings, message = PARAMETERS[name]
    with pytest.raises(ValueError, match=message):
        classifier(architecture="transformer", **settings).fit(X, Y)
    classifier(architecture="gru", max_iter=1, **settings).fit(X[:, :, :2], Y)  # it has no heads


@pytest.mark.parametrize("name", ["dropout", "jitter", "crop", "masking", "mixup"])
def test_lbfgs_wants_the_same_loss_every_time(name):
    with pytest.raises(ValueError, match=rf"^{name}=0.3 .*not go with solver='lbfgs'.*to 0"):
        classifier(solver="lbfgs", **{name: 0.3}).fit(X, Y)


@pytest.mark.parametrize(
    "settings",
    [
        {"architecture": "LSTM"},
        {"pooling": "sum"},
        {"width": 0},
        {"depth": 0},
        {"n_estimators": 0},
        {"crop": 1.0},
        {"masking": -0.1},
        {"jitter": -1.0},
        {"mixup": "much"},
        {"bidirectional": "yes"},
    ],
    ids=str,
)
def test_parameters_are_validated(settings):
    (name,) = settings
    with pytest.raises(ValueError, match=f"'{name}' parameter of SequenceClassifier"):
        classifier(**settings).fit(X, Y)


def test_a_recurrent_network_of_one_unit():
    with pytest.raises(ValueError, match=r"width=1.*2 units or more"):
        classifier(architecture="rnn", width=1).fit(X, Y)


@pytest.mark.parametrize("loss", ["hinge", "squared_hinge", "focal"])
def test_mixup_goes_with_soft_labels(loss):
    with pytest.raises(ValueError, match=rf"mixup=0.2 .*loss='{loss}'.*loss='log_loss'"):
        classifier(mixup=0.2, loss=loss).fit(X, Y)


@pytest.mark.parametrize("architecture", ["cnn", "gru", "transformer"])
def test_one_step_is_a_sequence(architecture):
    X, y = ragged()
    short = [x[:, :1] for x in X]
    net = classifier(architecture=architecture).fit(short, y)
    assert np.isfinite(net.predict_proba(X)).all()
    assert np.ptp(net.predict_proba(short)) > 0.0


def test_a_channel_that_does_not_vary():
    constant = X.copy()
    constant[:, 1] = 7.0
    assert np.isfinite(classifier().fit(constant, Y).predict_proba(constant)).all()
