"""Perceptrons are the same to the last bit, whatever the threads, the process and the calls.

That `random_state` decides everything and that a fit moves nothing that belongs to others is in
the contract suite.
"""

import io
import os
import subprocess
import sys
from contextlib import redirect_stdout
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV, StratifiedKFold
from threadpoolctl import threadpool_info

from skdeep.neural_network import MLPClassifier, MLPRegressor

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
ROOT = Path(__file__).parents[3]


def arrays(network):
    return [*network.coefs_, *network.intercepts_, np.array(network.loss_curve_)]


def assert_same(a, b):
    for p, q in zip(arrays(a), arrays(b), strict=True):
        assert np.array_equal(p, q)


def test_global_state_is_untouched_by_an_error_in_training(iris):
    def failing(network, X, y):
        raise RuntimeError("in the middle of it")

    threads = [pool["num_threads"] for pool in threadpool_info()], torch.get_num_threads()
    with pytest.raises(RuntimeError, match="in the middle"):
        MLPClassifier(early_stopping=True, scoring=failing).fit(*iris)
    assert not torch.is_inference_mode_enabled()
    assert torch.is_grad_enabled()
    after = [pool["num_threads"] for pool in threadpool_info()], torch.get_num_threads()
    assert after == threads


def test_fits_of_a_search_are_fits_alone(iris):
    X, y = iris
    network = MLPClassifier((9, 5), dropout=0.2, early_stopping=True, max_iter=6, random_state=1)
    grid = {"alpha": [1e-4, 1.0]}
    search = GridSearchCV(network, grid, cv=2).fit(X, y)
    alone = clone(search.best_estimator_).fit(X, y)
    assert_same(search.best_estimator_, alone)
    for alpha, score in zip(grid["alpha"], search.cv_results_["split0_test_score"], strict=True):
        train, test = next(StratifiedKFold(2).split(X, y))
        again = clone(network).set_params(alpha=alpha).fit(X[train], y[train])
        assert again.score(X[test], y[test]) == score


SCRIPT = """
import hashlib, sys, warnings
import numpy as np
from skdeep import MLPClassifier
warnings.simplefilter("ignore")
rng = np.random.RandomState(0)
X, y = rng.normal(size=(300, 20)), rng.randint(0, 3, 300)
digest = hashlib.sha256()
for settings in ({"dropout": 0.3, "batch_size": 50}, {"early_stopping": True}):
    network = MLPClassifier((50, 20), max_iter=10, random_state=0, **settings).fit(X, y)
    for coef in network.coefs_:
        digest.update(coef.tobytes())
    digest.update(network.predict_proba(X).round(12).tobytes())
print(digest.hexdigest())
"""


def run_script(script, **environment):
    result = subprocess.run(
        [sys.executable, "-c", script],
        env=os.environ | {"PYTHONPATH": str(ROOT)} | environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    return result.stdout.split()


def test_number_of_threads_and_process_do_not_matter():
    here = io.StringIO()
    with redirect_stdout(here):
        exec(SCRIPT, {})
    n_threads = "2" if torch.get_num_threads() == 1 else "1"
    there = run_script(SCRIPT, OMP_NUM_THREADS=n_threads, PYTHONHASHSEED="7")
    assert here.getvalue().split() == there
    assert len(there[0]) == 64


STEPS = {
    "adam": {},
    "adam in batches": {"batch_size": 40},
    "dropout": {"batch_size": 40, "dropout": 0.3},
    "sgd": {"solver": "sgd", "batch_size": 40},
    "sgd, invscaling": {"solver": "sgd", "learning_rate": "invscaling", "batch_size": 40},
    "sgd, adaptive": {"solver": "sgd", "learning_rate": "adaptive", "batch_size": 40},
    "rmsprop": {"solver": "rmsprop", "batch_size": 40},
    "adamw": {"solver": "adamw", "batch_size": 40, "weight_decay": 0.1},
}


@pytest.mark.parametrize("setting", STEPS)
@pytest.mark.parametrize("case", ["iris", "two_classes", "several_labels", "diabetes"])
def test_calls_of_partial_fit_are_epochs_of_fit(request, case, setting):
    X, y = request.getfixturevalue(case)
    made = MLPRegressor if case == "diabetes" else MLPClassifier
    network = made((8,), random_state=3, n_iter_no_change=np.inf, **STEPS[setting])
    whole = clone(network).set_params(max_iter=5).fit(X, y)
    first = {} if case == "diabetes" else {"classes": np.unique(y)}
    for _ in range(5):
        network.partial_fit(X, y, **first)
        first = {}
    assert network.t_ == whole.t_ == 5 * len(y)
    for a, b in zip(arrays(network), arrays(whole), strict=True):
        if case == "diabetes":  # the last layer goes to the units of y and back between calls
            assert_allclose(a, b, rtol=1e-9)
        else:
            assert np.array_equal(a, b)


def test_partial_fit_after_fit_goes_on(iris):
    X, y = iris
    settings = {"batch_size": 40, "n_iter_no_change": np.inf, "random_state": 0, "shuffle": False}
    whole = MLPClassifier((8,), max_iter=6, **settings).fit(X, y)
    parts = MLPClassifier((8,), max_iter=5, **settings).fit(X, y).partial_fit(X, y)
    assert_same(whole, parts)


FORKING = """
import multiprocessing, warnings
import numpy as np
from skdeep import MLPClassifier
warnings.simplefilter("ignore")
rng = np.random.RandomState(0)
X, y = rng.normal(size=(3000, 300)), rng.randint(0, 2, 3000)

def fitted():
    small = MLPClassifier((30, 30), max_iter=3, batch_size=32, random_state=0)
    large = MLPClassifier((256, 256), max_iter=2, random_state=0)  # on several threads
    curves = [model.fit(X, y).loss_curve_ for model in (small, large)]
    return np.concatenate([*curves, large.predict_proba(X).ravel()])

def child(queue):
    queue.put(fitted())

here = fitted()
context = multiprocessing.get_context("fork")
queue = context.Queue()
process = context.Process(target=child, args=(queue,), daemon=True)
process.start()
try:
    # The fork computes on one thread: the last bits of large products may differ.
    print("same" if np.allclose(queue.get(timeout=40), here, rtol=1e-9) else "different")
except Exception:
    print("hangs")
    process.kill()
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
def test_training_works_in_a_forked_process_after_training_in_its_parent():
    assert run_script(FORKING, OMP_NUM_THREADS="2") == ["same"]
