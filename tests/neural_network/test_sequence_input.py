"""Sequences without padding go through all that a fit of a network does with X."""

from collections.abc import Callable  # noqa: F401  (constructors name it)
from typing import Any  # noqa: F401  (constructors name it)

import joblib
import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV

from skdeep._encoding.reader import Reader
from skdeep._engine.packing.flat import load_flat
from skdeep._engine.training.prediction import module_outputs
from skdeep._estimator.network.classifier import NetworkClassifier
from skdeep._estimator.network.member import Description
from skdeep._estimator.parameters import estimator
from skdeep._kinds.sequences.array import SequenceArray
from skdeep._kinds.sequences.augmentation import Augmentation
from skdeep._kinds.sequences.reading import read_series
from skdeep._kinds.sequences.rows import SequenceRows
from skdeep.parallel import _requests
from tests.engine.training.sequence_members import MeanPooling
from tools.write_parameters import constructor


class AsTheyAre(Reader):
    """Sequences, not scaled."""

    def read(self, estimator, X, *, dtype, reset):
        series = read_series(estimator, X, reset=reset, dtype=dtype, same_length=False)
        return SequenceArray.of(series)


class Pooled(NetworkClassifier):
    """The least that makes a classifier of sequences."""

    augmentation = None
    _reader_type = AsTheyAre
    _reader = AsTheyAre()

    exec(constructor(NetworkClassifier))  # as `make parameters` writes it

    def _built_for(self, data, continuing):
        return data

    def _module(self):
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(self._seed)
            return MeanPooling(self._target.n_outputs).to(torch.float64)

    def _describe_network(self, data, continuing):
        assert not continuing
        return Description(
            {
                "layer_units": (3, self._target.n_outputs),
                "module": self._module(),
                "augmentation": self.augmentation,
                "start": None,
                "activation": "identity",
                "weight_init": "glorot_uniform",
                "dropout": 0.0,
            }
        )

    def __sklearn_is_fitted__(self):
        return hasattr(self, "weights_")

    _fitted_dtype = np.dtype("float64")
    _parameter_arrays = property(lambda self: [self.weights_])

    def _weight_attributes(self, flat, buffers=None):
        return {"weights_": flat}

    def _raw_outputs(self, rows, device):
        module = load_flat(self._module(), torch.from_numpy(self.weights_.copy()), {})
        return module_outputs(rows, module.eval(), 1 << 30)


SETTINGS = {"batch_size": 8, "max_iter": 15, "learning_rate_init": 0.05, "random_state": 0}


Pooled = estimator()(Pooled)  # as a family would have it


def make(**changes):
    settings = {**SETTINGS, "dtype": "float64", "n_iter_no_change": 99, "tol": 0.0, **changes}
    return Pooled(**settings)


def data(n=60, seed=0):
    """Waves whose mean tells the class, from 2 to 12 steps long."""
    rng = np.random.default_rng(seed)
    y = np.array(["a", "b", "c"])[np.arange(n) % 3]
    X = [
        rng.normal(size=(3, length)) + (np.arange(n) % 3 - 1)[i]
        for i, length in enumerate(rng.integers(2, 13, n))
    ]
    return X, y


pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


def test_classes_are_learned_and_predicted_one_by_one():
    X, y = data()
    net = make().fit(X, y)
    assert net.score(X, y) > 0.8
    together = net.predict_proba(X)
    alone = np.concatenate([net.predict_proba([x]) for x in X])
    assert_allclose(together, alone, rtol=1e-12)


@pytest.mark.parametrize("scoring", [None, "loss", "balanced_accuracy"])
def test_rows_are_held_out_and_scored(scoring):
    X, y = data()
    net = make(early_stopping=True, scoring=scoring, validation_fraction=0.3).fit(X, y)
    assert len(net.validation_scores_) == 15
    assert net.best_validation_score_ == max(net.validation_scores_)
    assert net.validation_scores_[-1] > (-0.9 if scoring == "loss" else 0.6)


def test_rows_of_weight_zero_are_left_out():
    X, y = data()
    weight = np.where(np.arange(60) % 4, 1.5, 0.0)
    kept = np.flatnonzero(weight)
    for stops in (False, True):
        weighted = make(early_stopping=stops).fit([1.0 * x for x in X], y, weight)
        left_out = make(early_stopping=stops).fit([X[i] for i in kept], y[kept], weight[kept])
        assert_allclose(weighted.weights_, left_out.weights_, rtol=1e-9)


def test_validation_rows_of_ones_own_may_be_of_other_lengths():
    X, y = data()
    longer = [np.concatenate([x, x, x], axis=1) for x in X]
    net = make(early_stopping=True).fit(X, y, X_val=longer, y_val=y)
    assert net.best_validation_score_ == pytest.approx(net.score(longer, y))


def test_a_search_shares_the_rows_of_a_fold(monkeypatch):
    X, y = data()
    members = []
    train_sub_pack = _requests.train_sub_pack

    def recording(pack, watchers, is_cancelled):
        members.extend(pack)
        return train_sub_pack(pack, watchers, is_cancelled)

    monkeypatch.setattr(_requests, "train_sub_pack", recording)
    search = GridSearchCV(make(), {"alpha": [0.0, 0.1, 1.0]}, cv=2, refit=False)
    with joblib.parallel_config("skdeep"):
        packed = clone(search).fit(X, y)
    assert len(members) == 6
    assert all(isinstance(member.X, SequenceRows) for member in members)
    assert len({id(member.X) for member in members}) == 2
    scores = [s.cv_results_["mean_test_score"] for s in (packed, search.fit(X, y))]
    assert_array_equal(*scores)


def test_augmentation_changes_the_training_alone():
    X, y = data()
    before = [x.copy() for x in X]
    nets = [make(), make(), make()]
    nets[1].augmentation = nets[2].augmentation = Augmentation(jitter=0.1, crop=0.2, mixup=0.2)
    plain, one, other = (net.fit(X, y).weights_ for net in nets)
    assert not np.allclose(plain, one)
    assert_array_equal(one, other)
    assert nets[1].score(X, y) > 0.8
    for x, copy in zip(X, before, strict=True):
        assert_array_equal(x, copy)
