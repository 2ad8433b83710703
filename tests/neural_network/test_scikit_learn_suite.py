"""scikit-learn's own tests of its MLP, run against ours.

The installed module is executed with the import of the two classes redirected.
"""

import importlib.util
import types

import pytest

ORIGINAL = "from sklearn.neural_network import MLPClassifier, MLPRegressor\n"
REDIRECTED = "from skdeep.neural_network import MLPClassifier, MLPRegressor\n"

DESELECTED = {
    "test_gradient": (
        "calls the private _loss_grad_lbfgs with scikit-learn's buffers; gradients are compared "
        "with differences and with autograd in tests/modules and tests/training"
    ),
}


def redirected_suite() -> types.ModuleType:
    spec = importlib.util.find_spec("sklearn.neural_network.tests.test_mlp")
    with open(spec.origin) as file:
        source = file.read()
    assert source.count(ORIGINAL) == 1
    module = types.ModuleType("redirected_test_mlp")
    code = compile(source.replace(ORIGINAL, REDIRECTED), spec.origin, "exec")
    exec(code, module.__dict__)
    return module


_suite = redirected_suite()
globals().update(
    {
        name: pytest.mark.filterwarnings("default")(value)
        for name, value in vars(_suite).items()
        if name.startswith("test_") and name not in DESELECTED
    }
)


@pytest.fixture
def global_random_seed():
    return 42


def test_every_deselected_test_exists():
    assert DESELECTED.keys() <= vars(_suite).keys()
