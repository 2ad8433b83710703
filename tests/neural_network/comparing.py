"""Whether two fits of a case are the same, by what they answer and by the way to it."""

import pickle

import numpy as np
from numpy.testing import assert_allclose


def curve(net):
    return net.loss_curve_ if hasattr(net, "loss_curve_") else np.concatenate(net.loss_curves_)


def assert_same_fit(one, other, case, **tolerance):
    """Assert that all answers and the way to them are the same, to the last bit as a rule."""
    for found, expected in (
        (case.answers(one, case.X), case.answers(other, case.X)),
        (curve(one), curve(other)),
    ):
        assert_allclose(found, expected, **{"rtol": 0, "atol": 0} | tolerance)


def assert_same_answers(one, other, case):
    for method in case.methods:
        found, expected = (getattr(net, method)(case.X) for net in (one, other))
        assert pickle.dumps(found) == pickle.dumps(expected)


def differ(one, other, case):
    """Whether two fits ended in other networks."""
    return np.abs(case.answers(one, case.X) - case.answers(other, case.X)).max() > 1e-6


def go_on(net, case):
    """Train an estimator further, as far as it can be."""
    if hasattr(net, "partial_fit"):
        return net.partial_fit(case.X, case.y)
    return net.fit(case.X, case.y)
