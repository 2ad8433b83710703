"""Which members train together, and that the process is as before."""

import threading
import warnings
from functools import partial

import joblib
import numpy as np
import pytest
import torch
from joblib import Parallel, delayed
from sklearn.callback import ProgressBar
from sklearn.datasets import load_iris
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from threadpoolctl import threadpool_info

import skdeep  # noqa: F401  (it registers the backend)
from skdeep import MLPClassifier
from skdeep._engine.training.rows import SparseRows
from skdeep.parallel import PackingBackend

from .conftest import SETTINGS, packed

X, Y = load_iris(return_X_y=True)


def search(n_jobs=None):
    network = make_pipeline(StandardScaler(), MLPClassifier(**SETTINGS))
    grid = {
        "mlpclassifier__hidden_layer_sizes": [(6,), (4, 4)],
        "mlpclassifier__learning_rate_init": [0.001, 0.01],
        "mlpclassifier__alpha": [1e-4, 1.0],
    }
    return GridSearchCV(network, grid, cv=3, n_jobs=n_jobs, refit=False)


def composition(packs):
    """What tells the packs of a run apart: settings and number of rows of their members."""
    return [
        [(m.layer_units, m.learning_rate_init, m.alpha, m.n_rows, float(m.y.sum())) for m in pack]
        for pack in packs
    ]


@pytest.mark.parametrize("n_jobs", [None, 5])
def test_packs_do_not_depend_on_the_timing_of_threads(packs, n_jobs, monkeypatch):
    # Packs of one flush start in the order in which they were formed but end in any.
    compositions = []
    for run in range(9):
        packs.clear()
        # Threads that lose their turn at once, or never, come in very different orders.
        n_cores = 2 + run % 3
        monkeypatch.setattr(joblib, "cpu_count", partial(int, n_cores))
        before = torch.get_num_threads()
        packed(lambda: search(n_jobs).fit(X, Y))
        assert torch.get_num_threads() == before
        compositions.append(sorted(composition(packs)))
    assert all(other == compositions[0] for other in compositions[1:])
    assert sum(map(len, compositions[0])) == 24


def test_memory_bounds_the_fits_in_flight(packs):
    def fit(seed):
        return MLPClassifier(**SETTINGS | {"random_state": seed}).fit(X, Y).loss_

    size = 3 * X.nbytes  # what a waiting fit counts as
    for _ in range(5):
        packs.clear()
        with joblib.parallel_config("skdeep", max_bytes=int(3.5 * size)):
            losses = Parallel()(delayed(fit)(seed) for seed in range(10))
        assert [len(pack) for pack in packs] == [4, 4, 2]
    assert losses == pytest.approx([fit(seed) for seed in range(10)])


def test_copies_of_the_same_fold_become_one(packs):
    packed(lambda: search().fit(X, Y))
    assert [len(pack) for pack in packs] == [12, 12]
    for pack in packs:
        folds = {}
        for member in pack:
            folds.setdefault((id(member.X), id(member.y)), []).append(member)
        assert [len(fold) for fold in folds.values()] == [4] * 3
        for fold in folds.values():  # so that one gather can serve all of it
            assert len({member.feed_key for member in fold}) == 1


def test_data_are_told_apart_by_their_content(packs):
    def fit(X, y, weight):
        network = MLPClassifier(**SETTINGS).fit(X, y, sample_weight=weight)
        return network.coefs_[0]

    moved = X.copy()
    moved[0, 0] += 1e-12
    weight = np.ones(len(X))
    weight[3] = 2
    cases = [(X, Y, None), (X.copy(), Y.copy(), None), (moved, Y, None), (X, 2 - Y, None)]
    cases += [(X, Y, weight), (X.astype("f"), Y, None)]
    results = packed(lambda: Parallel()(delayed(fit)(*case) for case in cases))
    for result, case in zip(results, cases, strict=True):
        np.testing.assert_allclose(result, fit(*case), rtol=1e-6)
    doubles = [member for pack in packs for member in pack if member.dtype == torch.float64]
    assert len({id(member.X) for member in doubles}) == 2
    assert len({member.feed_key for member in doubles}) == 4


def test_sparse_rows_are_shared_too(packs):
    import scipy.sparse

    sparse = scipy.sparse.csr_array(np.round(X) * (X > 2))

    def fit(X):
        return MLPClassifier(**SETTINGS).fit(X, Y).coefs_[0]

    packed(lambda: Parallel()(delayed(fit)(sparse.copy()) for _ in range(3)))
    (pack,) = packs
    assert len({id(member.X) for member in pack}) == 1
    assert isinstance(pack[0].X, SparseRows)


def test_shapes_run_beside_each_other(monkeypatch):
    from skdeep.parallel import _requests

    train_sub_pack, at_once = _requests.train_sub_pack, []
    running = []

    def watched(members, watchers, is_cancelled):
        running.append(members[0].layer_units)
        at_once.append(list(running))
        try:
            return train_sub_pack(members, watchers, is_cancelled)
        finally:
            running.remove(members[0].layer_units)

    monkeypatch.setattr(_requests, "train_sub_pack", watched)
    monkeypatch.setattr(joblib, "cpu_count", partial(int, 2))
    packed(lambda: search().fit(X, Y))
    assert max(map(len, at_once)) == 2


def test_threads_and_configuration_are_as_before():
    def state():
        threads = {(library["filepath"], library["num_threads"]) for library in threadpool_info()}
        return (
            threads,
            torch.get_num_threads(),
            torch.get_rng_state().tolist(),
            np.random.get_state()[1].tolist(),
            [*warnings.filters],
            type(joblib.parallel.get_active_backend()[0]),
            joblib.effective_n_jobs(None),
        )

    def fail():
        MLPClassifier(**SETTINGS).fit(X, Y)
        raise RuntimeError("after training")

    before = state()
    with joblib.parallel_config("skdeep"):
        search().fit(X, Y)
    assert state() == before
    with joblib.parallel_config("skdeep"), pytest.raises(RuntimeError, match="after training"):
        Parallel()([delayed(fail)()] * 3)
    assert state() == before


def test_n_jobs_is_the_number_of_fits_in_flight():
    backend = PackingBackend()
    assert backend.effective_n_jobs(None) == backend.effective_n_jobs(-1) == 160
    assert backend.effective_n_jobs(7) == 7
    with pytest.raises(ValueError, match="n_jobs == 0"):
        backend.effective_n_jobs(0)
    with joblib.parallel_config("skdeep"):
        assert joblib.effective_n_jobs(None) == 160


def test_one_at_a_time_runs_in_the_callers_thread(packs):
    def fit():
        MLPClassifier(**SETTINGS).fit(X, Y)
        return threading.current_thread()

    with joblib.parallel_config("skdeep", n_jobs=1):
        assert set(Parallel()([delayed(fit)()] * 2)) == {threading.current_thread()}
    assert not packs


class Moves(ProgressBar):
    """A progress bar that notes which threads move it."""

    threads = []

    def on_fit_task_end(self, *args, **kwargs):
        self.threads.append(threading.current_thread().name)
        return super().on_fit_task_end(*args, **kwargs)


@pytest.mark.parametrize("depth", [0, None])
def test_a_progress_bar_moves(depth, capsys, monkeypatch):
    monkeypatch.setattr(Moves, "threads", [])
    estimator = search().set_callbacks(Moves(depth))
    with joblib.parallel_config("skdeep"):
        estimator.fit(X, Y)
    # Every epoch moves its bar while packs train, every fit that of the search.
    n_epochs = 24 * SETTINGS["max_iter"] if depth is None else 0
    assert Moves.threads.count("skdeep-pack") == n_epochs
    assert Moves.threads.count("skdeep-task") >= 24
    assert "100%" in capsys.readouterr().out


def test_verbose_networks_print_their_epochs(capsys):
    with joblib.parallel_config("skdeep"):
        Parallel()(delayed(MLPClassifier(**SETTINGS, verbose=True).fit)(X, Y) for _ in range(3))
    lines = capsys.readouterr().out.splitlines()
    assert sum("Iteration 8, loss" in line for line in lines) == 3


def test_a_task_that_goes_on_changes_no_rows_of_others(packs):
    # The networks of two shapes share their rows; that of the first shape is done long before.
    def fit(hidden, n_epochs):
        mine = X.copy()
        network = MLPClassifier(
            **SETTINGS | {"hidden_layer_sizes": hidden, "max_iter": n_epochs, "batch_size": 10}
        )
        weights = network.fit(mine, Y).coefs_[0]
        mine[:] = 0
        return weights

    cases = [((3,), 1), ((40,), 60)]
    results = packed(lambda: Parallel()(delayed(fit)(*case) for case in cases))
    assert packs[0][0].X is packs[1][0].X
    for result, case in zip(results, cases, strict=True):
        np.testing.assert_allclose(result, fit(*case), rtol=1e-7)
