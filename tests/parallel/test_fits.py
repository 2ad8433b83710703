"""Stackers of ours train their networks in packs by themselves."""

import joblib
import numpy as np
import pytest
from sklearn.datasets import load_iris
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skdeep import MLPClassifier, StackingClassifier
from skdeep.parallel._fits import trains_networks

from .conftest import SETTINGS

X, Y = load_iris(return_X_y=True)


def stacker(**changes):
    network = MLPClassifier(**SETTINGS)
    bases = [
        ("pipeline", make_pipeline(StandardScaler(), network)),
        ("linear", LogisticRegression(max_iter=1000)),
        ("network", network),
    ]
    return StackingClassifier(bases, cv=3, **changes)


def test_networks_among_the_bases_train_in_packs(packs):
    together = stacker().fit(X, Y)
    # Three folds of the two and the refit of the two: so few that one pack takes them all.
    assert list(map(len, packs)) == [8]
    alone = stacker(n_jobs=1).fit(X, Y)
    assert len(packs) == 1
    np.testing.assert_allclose(together.predict_proba(X), alone.predict_proba(X), rtol=1e-7)
    assert [type(model) for model in together.estimators_] == [
        type(model) for model in alone.estimators_
    ]


def test_a_limit_of_time_lets_fits_start_one_by_one(packs):
    stacker(max_time=3600).fit(X, Y)
    assert not packs


@pytest.mark.parametrize("backend", ["threading", "loky"])
def test_a_backend_that_the_caller_chose_is_kept(packs, backend):
    with joblib.parallel_config(backend, n_jobs=2):
        stacker().fit(X, Y)
    assert not packs


def test_networks_are_found_inside_other_estimators():
    assert trains_networks(MLPClassifier())
    assert trains_networks(stacker())
    assert not trains_networks(make_pipeline(StandardScaler(), LogisticRegression()))
    assert not trains_networks("drop")
    assert not trains_networks(MLPClassifier)
