"""What training goes on from: the same network, over images of the same size and units.

All else that is kept, gone on from and made again is in the contract suite.
"""

import pytest
from numpy.testing import assert_allclose, assert_array_equal

from tests.neural_network.image.pictures import classifier, flat, noise

# Epochs of a constant learning rate end before they have converged.
pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

X, Y = noise()


@pytest.mark.parametrize(
    ("name", "value"),
    [("depth", 2), ("architecture", "mlp"), ("n_estimators", 2), ("patch_size", 3)],
)
def test_warm_start_refuses_other_networks(name, value):
    net = classifier(warm_start=True).fit(X, Y)
    before = net.predict_proba(X)
    with pytest.raises(ValueError, match=f"{name}=.*now it is {value!r}.*warm_start=False"):
        net.set_params(**{name: value}).fit(X, Y)
    assert_array_equal(net.predict_proba(X), before)


def test_warm_start_refuses_other_images_and_takes_other_dropout():
    net = classifier(warm_start=True).fit(X, Y).set_params(dropout=0.5).fit(X, Y)
    assert len(net.loss_curve_) == 6
    with pytest.raises(ValueError, match="fitted on height 6, width 8"):
        net.fit(X[:, :5], Y)


def test_partial_fit_keeps_size_and_units_of_the_first_part():
    net = classifier(architecture="mlp", learning_rate="constant", weight_decay=0.0)
    net.partial_fit(X[::2], Y[::2], classes=[0, 1])
    before = net.predict_proba(X)
    # Steps of no length: another mean or scale of the channels would move the answers.
    net.set_params(learning_rate_init=1e-12).partial_fit(flat(X)[1::2] / 2, Y[1::2])
    assert_allclose(net.predict_proba(X), before, rtol=1e-5)
    with pytest.raises(ValueError, match="fitted on height 6, width 8"):
        net.partial_fit(X[:, :5], Y)
