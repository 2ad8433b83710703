"""What additions to the tables have to do, each in an interpreter that imports the changed copy.

    python additions.py NAME SCRIPT

runs the script that uses the addition of that name, and compares what comes out with something
independent. `test_adding.py` calls it.
"""

import ast
import inspect
import pickle
import runpy
import sys
import warnings
from pathlib import Path

import numpy as np
import pytest
import torch
from joblib import parallel_config
from numpy.testing import assert_allclose
from scipy.optimize import minimize
from sklearn.base import clone
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import GridSearchCV

from skdeep import MLPClassifier, MLPRegressor, SequenceClassifier
from skdeep.neural_network import (
    ImageClassifier,
    NeuralNetRegressor,
    ObjectDetector,
    SequenceRegressor,
    TextClassifier,
    TextRegressor,
)
from tools import write_parameters


def source(estimator):
    return Path(inspect.getfile(estimator)).read_text("utf-8")


def is_suggested(name, parameter, mistyped, estimator):
    hint = rf"The '{parameter}' parameter.*'{name}'.*Did you mean '{name}'\?"
    with pytest.raises(ValueError, match=hint):
        estimator(**{parameter: mistyped}).fit([[0.0, 1.0], [1.0, 0.0]], [0, 1])


def is_written(name, parameter, words, estimators):
    """Check that the name, and the words, stand in the source that `make parameters` has written.

    Of a parameter that says nothing about single names, the words are empty.
    """
    for estimator in estimators:
        (node,) = [
            node
            for node in ast.parse(source(estimator)).body
            if isinstance(node, ast.ClassDef) and node.name == estimator.__name__
        ]
        docstring = ast.get_docstring(node)
        entry = docstring[docstring.index(f"\n{parameter} : ") :].strip().partition("\n\n")[0]
        entry = " ".join(entry.split())
        assert repr(name) in entry.partition("}")[0], entry
        assert words in entry, entry


def alone_or_packed(search, X, y):
    """Compare a search with the same one whose fits train in packs."""
    with parallel_config("skdeep"):
        packed = clone(search).fit(X, y)
    for key in ("mean_test_score", "std_test_score"):
        assert_allclose(packed.cv_results_[key], search.cv_results_[key], atol=1e-6)


def tcn(search, X, y):
    """A first step can be remembered where convolutions reach back to it, and else not."""
    short, long = search.cv_results_["mean_test_score"]
    assert short < 0.7  # 1 convolution reaches 3 steps back, with the first layer
    assert long > 0.85  # 4 reach 31
    net = search.best_estimator_
    assert net.predict(X[:5]).shape == (5,)
    assert_allclose(pickle.loads(pickle.dumps(net)).predict_proba(X), net.predict_proba(X))
    alone_or_packed(
        GridSearchCV(net, {"architecture": ["cnn", "tcn"], "max_iter": [2]}, cv=2).fit(X, y), X, y
    )

    rng = np.random.default_rng(1)
    ragged = [rng.normal(size=(2, length)) for length in rng.integers(1, 20, size=30)]
    numbers = [x[0].mean() for x in ragged]
    net = SequenceRegressor(architecture="tcn", depth=3, n_estimators=1, max_iter=2, random_state=0)
    net.fit(ragged, numbers)
    each = np.concatenate([net.predict([x]) for x in ragged])
    assert_allclose(net.predict(ragged), each, rtol=1e-4, atol=1e-5)

    words = "'tcn' is convolutions that look back, each twice as far as the one before"
    is_suggested("tcn", "architecture", "tnc", SequenceClassifier)
    write_parameters.main()
    is_written("tcn", "architecture", words, [SequenceClassifier, SequenceRegressor])
    pooling = " ".join(source(SequenceClassifier).split())
    assert "'auto' is 'mean' for 'cnn', 'last' for 'tcn' and 'attention' for others" in pooling


def log_cosh(search, X, y):
    """A linear network finds the coefficients that a general minimiser finds."""
    assert len(search.cv_results_["params"]) == 2
    net = clone(search.estimator).set_params(loss="log_cosh").fit(X, y)

    def value(parameters):
        return np.log(np.cosh(X @ parameters[:3] + parameters[3] - y)).mean()

    found = minimize(value, np.zeros(4), tol=1e-10)
    assert_allclose(net.loss_, found.fun, rtol=1e-6)
    assert_allclose(net.predict(X), X @ found.x[:3] + found.x[3], atol=1e-3)
    far = net.set_params(max_iter=1, solver="sgd").fit(X, 1e4 + y)
    assert np.isfinite(far.loss_curve_).all()

    scaled = [
        MLPRegressor(loss="log_cosh", max_iter=2, alpha=0.0, random_state=0).fit(X, factor * y)
        for factor in (1, 10)
    ]
    curves = [net.loss_curve_ for net in scaled]
    assert_allclose(curves[1], np.multiply(curves[0], 100))  # in units of y, squared
    several = MLPRegressor(loss="log_cosh", max_iter=2).fit(X, np.column_stack([y, -y]))
    assert several.predict(X).shape == (60, 2)

    words = "'log_cosh' is the logarithm of the hyperbolic cosine of the residual"
    users = [MLPRegressor, NeuralNetRegressor, SequenceRegressor, TextRegressor]
    is_suggested("log_cosh", "loss", "logcosh", MLPRegressor)
    write_parameters.main()
    is_written("log_cosh", "loss", words, users)


def adagrad(search, X, y):
    """Its steps are those of torch's."""
    assert search.best_params_["alpha"] == 0.0
    assert search.best_score_ > 0.8
    settings = {"alpha": 0.0, "batch_size": len(X), "max_iter": 30, "tol": 0.0, "shuffle": False}
    net = MLPRegressor((5,), activation="tanh", normalize_y=False, random_state=0, **settings)
    numbers = y.astype(float)
    start = clone(net).set_params(solver="sgd", learning_rate_init=1e-300, max_iter=1)
    start.fit(X, numbers)
    net.set_params(solver="adagrad", learning_rate_init=0.05, n_iter_no_change=100).fit(X, numbers)

    weights = [torch.tensor(w, requires_grad=True) for w in start.coefs_ + start.intercepts_]
    optimizer = torch.optim.Adagrad(weights, lr=0.05, eps=net.epsilon)
    inputs, targets = torch.tensor(X), torch.tensor(numbers)[:, None]
    for _ in range(30):
        optimizer.zero_grad()
        hidden = torch.tanh(inputs @ weights[0] + weights[2])
        (0.5 * (hidden @ weights[1] + weights[3] - targets) ** 2).mean().backward()
        optimizer.step()
    for ours, theirs in zip(net.coefs_ + net.intercepts_, weights, strict=True):
        assert_allclose(ours, theirs.detach().numpy(), atol=1e-10)

    halves = clone(net).set_params(max_iter=15, warm_start=True).fit(X, numbers).fit(X, numbers)
    assert_allclose(halves.coefs_[0], net.coefs_[0], atol=1e-10)  # it remembers
    rates = {"solver": ["adagrad", "sgd"], "learning_rate_init": [0.01, 0.1]}
    short = clone(search.estimator).set_params(max_iter=5, n_iter_no_change=100)
    alone_or_packed(GridSearchCV(short, rates, cv=2).fit(X, y), X, y)

    words = "'adagrad' divides steps by the root of the sum of all squared gradients so far"
    is_suggested("adagrad", "solver", "adagard", MLPClassifier)
    write_parameters.main()
    is_written("adagrad", "solver", words, [MLPClassifier])
    is_written("adagrad", "solver", "", [TextClassifier, ImageClassifier, ObjectDetector])
    divided = " ".join(source(MLPClassifier).split())
    assert "Small number added to divisors in 'adam', 'adamw', 'rmsprop' and 'adagrad'." in divided


if __name__ == "__main__":
    name, script = sys.argv[1:]
    sys.argv[1:] = []  # write_parameters reads them too
    warnings.simplefilter("ignore", ConvergenceWarning)
    used = runpy.run_path(script)
    {"tcn": tcn, "log_cosh": log_cosh, "adagrad": adagrad}[name](
        used["search"], used["X"], used["y"]
    )
