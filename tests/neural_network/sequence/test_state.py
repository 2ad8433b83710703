"""What training goes on from: the same network, over sequences of the same channels and units.

All else that is kept, gone on from and made again is in the contract suite.
"""

import pytest
from numpy.testing import assert_allclose, assert_array_equal

from tests.neural_network.sequence.recordings import classifier, even, ragged

# Epochs of a constant learning rate end before they have converged.
pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


@pytest.mark.parametrize(
    ("name", "value"),
    [("depth", 2), ("architecture", "gru"), ("n_estimators", 2), ("pooling", "max")],
)
def test_warm_start_refuses_other_networks(name, value):
    X, y = even()
    net = classifier(warm_start=True).fit(X, y)
    before = net.predict_proba(X)
    with pytest.raises(ValueError, match=f"{name}=.*now it is {value!r}.*warm_start=False"):
        net.set_params(**{name: value}).fit(X, y)
    assert_array_equal(net.predict_proba(X), before)


def test_warm_start_takes_other_dropout():
    X, y = even()
    net = classifier(warm_start=True).fit(X, y).set_params(dropout=0.5).fit(X, y)
    assert len(net.loss_curve_) == 6


def test_partial_fit_keeps_channels_and_units_of_the_first_part():
    X, y = ragged()
    net = classifier(architecture="gru", learning_rate="constant", weight_decay=0.0)
    net.partial_fit(X[::2], y[::2], classes=[0, 1])
    before = net.predict_proba(X)
    # Steps of no length: another mean or scale of the channels would move the answers.
    net.set_params(learning_rate_init=1e-12).partial_fit([10.0 * x for x in X[1::2]], y[1::2])
    assert_allclose(net.predict_proba(X), before, rtol=1e-5)
    with pytest.raises(ValueError, match="channels"):
        net.partial_fit(even(n_channels=3)[0], y)
