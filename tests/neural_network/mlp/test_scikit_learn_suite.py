"""scikit-learn's own tests of its MLP, run against ours.

The installed module is executed with the import of the two classes redirected.
"""

import importlib.util
import types

import numpy as np
import pytest
from sklearn.datasets import load_digits

from skdeep.neural_network import MLPRegressor

ORIGINAL = "from sklearn.neural_network import MLPClassifier, MLPRegressor\n"
REDIRECTED = "from skdeep.neural_network import MLPClassifier, MLPRegressor\n"

DESELECTED = {
    "test_gradient": (
        "calls the private _loss_grad_lbfgs with scikit-learn's buffers; gradients are compared "
        "with differences and with autograd in tests/modules and tests/training"
    ),
    "test_mlp_regressor_dtypes_casting": (
        "depends on the random stream: rounding grows over 300 steps, and float32 stays within "
        "5e-4 of float64 for some seeds (scikit-learn's own class misses it for random_state=5); "
        "test_float32_and_float64_agree below asks for it over several seeds"
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


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_float32_and_float64_agree():
    X, y = load_digits(n_class=2, return_X_y=True)
    gaps = []
    for seed in range(5):
        settings = {"hidden_layer_sizes": (5, 3), "max_iter": 40, "tol": 0.1, "random_state": seed}
        in_64, in_32 = (
            MLPRegressor(**settings).fit(X[:300].astype(dtype), y[:300]).predict(X[300:])
            for dtype in (np.float64, np.float32)
        )
        gaps.append(np.abs(in_64 - in_32).max())
    assert max(gaps) < 1e-2
    assert np.median(gaps) < 1e-4


def test_every_deselected_test_exists():
    assert DESELECTED.keys() <= vars(_suite).keys()
