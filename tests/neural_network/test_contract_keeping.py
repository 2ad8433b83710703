"""What was fitted can be kept, here and in another process, and gone on from."""

import copy
import io
import os
import pickle
import re
import subprocess
import sys
from pathlib import Path
from types import FunctionType

import joblib
import numpy as np
import pytest
import skops.io
import torch
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.exceptions import InconsistentVersionWarning

import skdeep
from tests.neural_network.comparing import (
    assert_same_answers,
    assert_same_fit,
    curve,
    differ,
    go_on,
)
from tests.neural_network.contract import (
    CASES,
    arrays_of,
    over,
    over_trainings,
    taken,
)

# Epochs of a constant learning rate end before they have converged.
pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
ROOT = Path(__file__).parents[2]

every_case = over()
every_training = over_trainings()
that_go_on = over(lambda case: case.goes_on)
that_stream = over(lambda case: hasattr(case.make(), "partial_fit"))


# Keeping


def through_pickle(net):
    return pickle.loads(pickle.dumps(net))


def through_joblib(net):
    file = io.BytesIO()
    joblib.dump(net, file)
    file.seek(0)
    return joblib.load(file)


def through_skops(net):
    data = skops.io.dumps(net)
    untrusted = skops.io.get_untrusted_types(data=data)
    assert all(name.startswith(("skdeep.", "tests.")) for name in untrusted), untrusted
    return skops.io.loads(data, trusted=untrusted)


WAYS = [through_pickle, through_joblib, through_skops, copy.deepcopy, copy.copy]


@every_training
def test_what_is_kept_answers_the_same(case, settings):
    net = case.make(**settings).fit(case.X, case.y)
    for way in WAYS:
        kept = way(net)
        assert type(kept) is type(net)
        assert vars(kept).keys() == vars(net).keys()
        assert kept.get_params() == net.get_params()
        assert_array_equal(curve(kept), curve(net))
        assert_same_answers(kept, net, case)


@every_case
def test_what_is_kept_goes_on_alike(case):
    net = case.fitted()
    copies = [way(net) for way in WAYS]
    go_on(net, case)
    if case.goes_on:
        assert differ(copies[0], net, case)
    for kept in copies:
        assert_same_answers(kept, case.fitted(), case)  # it has its own weights
        assert_same_fit(go_on(kept, case), net, case, rtol=1e-6, atol=1e-9)


@every_case
def test_what_is_not_fitted_can_be_kept(case):
    for way in WAYS:
        assert way(case.make()).get_params() == case.make().get_params()


def everything_in(value, seen=None):
    """All values reachable through attributes and containers, but for the arguments of a module."""
    seen = set() if seen is None else seen
    if id(value) in seen:
        return
    seen.add(id(value))
    yield value
    if isinstance(value, dict):
        children = [*value.keys(), *value.values()]
    elif isinstance(value, list | tuple | set):
        children = list(value)
    elif isinstance(value, type):
        children = []
    else:
        children = list(getattr(value, "__dict__", {}).values())
    for child in children:
        yield from everything_in(child, seen)


@every_training
def test_the_state_is_numpy_arrays_and_plain_values(case, settings):
    net = case.make(**settings).fit(case.X, case.y)
    arrays = [value for value in everything_in(vars(net)) if isinstance(value, np.ndarray)]
    for given in (*arrays_of(case.X), case.y):
        assert not any(np.shares_memory(given, array) for array in arrays)
    for value in everything_in(vars(through_pickle(net))):
        root = type(value).__module__.split(".")[0]
        by_name = isinstance(value, type | FunctionType) and not value.__name__.startswith("<")
        assert root in ("builtins", "numpy", "skdeep") or by_name, type(value)
        assert not callable(value) or by_name
    assert b"torch" not in pickle.dumps(net)


@every_case
def test_a_pickle_carries_its_version(case):
    net = case.fitted()
    state = net.__getstate__()
    assert state["_skdeep_version"] == skdeep.__version__
    older = case.make()
    message = "pickled by skdeep 0.0.0.*loaded by"
    with pytest.warns(InconsistentVersionWarning, match=message) as seen:
        older.__setstate__(state | {"_skdeep_version": "0.0.0"})
    assert len(seen) == 1
    assert skdeep.__version__ in str(seen[0].message)
    assert_same_answers(older, net, case)
    with pytest.warns(InconsistentVersionWarning, match="unknown"):
        case.make().__setstate__({k: v for k, v in state.items() if k != "_skdeep_version"})
    assert "_skdeep_version" not in vars(through_pickle(net))  # and warns of nothing


@over(lambda case: "device" in case.make().get_params())
def test_what_was_fitted_on_a_gpu_answers_without_one(case, monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    message = "device='cuda:3' is not on this machine; predicting on"
    for way in WAYS:
        kept = way(case.fitted().set_params(device="cuda:3"))
        assert kept.device == "cuda:3"
        with pytest.warns(UserWarning, match=message):
            found = case.answers(kept, case.X)
        assert_array_equal(found, case.answers(case.fitted(), case.X))


SCRIPT = """
import pickle, sys, warnings
from tests.neural_network.contract import CASES
from tests.neural_network.comparing import curve, go_on
warnings.simplefilter("ignore")
with open(sys.argv[1], "rb") as file:
    fitted = pickle.load(file)
found = {}
for name, net in fitted.items():
    case = CASES[name]
    first = {method: getattr(net, method)(case.X) for method in case.methods}
    found[name] = first, case.answers(go_on(net, case), case.X)
    again = case.make().fit(case.X, case.y)
    found[name] += (case.answers(again, case.X), curve(again))
with open(sys.argv[1], "wb") as file:
    pickle.dump(found, file)
"""


def test_pickles_answer_and_go_on_in_another_process(tmp_path):
    """Its strings have other hashes; a new fit is the same there too."""
    file = tmp_path / "fitted.pickle"
    file.write_bytes(pickle.dumps({name: case.fitted() for name, case in CASES.items()}))
    environment = {"PYTHONPATH": str(ROOT), "PYTHONHASHSEED": "7"}
    command = [sys.executable, "-c", SCRIPT, str(file)]
    subprocess.run(command, env=os.environ | environment, check=True, timeout=300)
    for name, (first, later, again, losses) in pickle.loads(file.read_bytes()).items():
        case, net = CASES[name], CASES[name].fitted()
        for method, answers in first.items():
            expected = getattr(net, method)(case.X)
            if isinstance(expected, np.ndarray) and expected.dtype.kind == "f":
                assert_allclose(answers, expected, rtol=1e-5, atol=1e-7)
        assert_allclose(again, case.answers(net, case.X), rtol=1e-4, atol=1e-6)
        assert_allclose(losses, curve(net), rtol=1e-4)
        assert_allclose(later, case.answers(go_on(net, case), case.X), rtol=1e-4, atol=1e-6)


# Going on


@that_go_on
def test_warm_start_goes_on(case):
    settings = {"warm_start": True, "learning_rate": "constant"}
    net = case.make(**settings).fit(case.X, case.y)
    first = copy.deepcopy(net)
    net.fit(case.X, case.y)
    n_epochs = first.n_iter_
    assert len(net.loss_curve_) == 2 * n_epochs
    assert net.loss_curve_[:n_epochs] == first.loss_curve_
    assert net.loss_curve_[-1] < net.loss_curve_[0]
    assert differ(net, first, case)
    cold = case.make(**settings | {"warm_start": False}).fit(case.X, case.y)
    assert_same_fit(cold, first, case)
    assert_same_fit(cold.fit(case.X, case.y), first, case)


@over(lambda case: case.goes_on and case.other)
def test_warm_start_refuses_other_networks(case):
    net = case.make(warm_start=True).fit(case.X, case.y)
    (name, value), *_ = case.other.items()
    named = "" if "__" in name else rf"{name}=.*{re.escape(repr(value))}.*"
    with pytest.raises(ValueError, match=f"{named}warm_start=False"):
        net.set_params(**{name: value}).fit(case.X, case.y)
    assert_same_answers(net, case.make(warm_start=True).fit(case.X, case.y), case)


def classes_of(case):
    """Arguments of the first call of partial_fit."""
    net = case.fitted()
    return {"classes": net.classes_} if hasattr(net, "classes_") else {}


@that_stream
def test_calls_of_partial_fit_are_epochs_of_fit(case):
    # One batch: the rows of several are shuffled otherwise.
    settings = {"learning_rate": "constant", "batch_size": case.n_rows} | case.in_double_precision
    whole = case.make(**settings).fit(case.X, case.y)
    net = case.make(**settings)
    for _ in range(whole.n_iter_):
        net.partial_fit(case.X, case.y, **classes_of(case))
    assert_same_fit(net, whole, case, rtol=1e-6, atol=1e-9)
    assert net.t_ == whole.t_


@that_stream
def test_partial_fit_after_fit_goes_on(case):
    settings = {"learning_rate": "constant", "batch_size": case.n_rows} | case.in_double_precision
    n_epochs = case.make().max_iter
    whole = case.make(**settings).fit(case.X, case.y)
    parts = case.make(**settings, max_iter=n_epochs - 1).fit(case.X, case.y)
    assert_same_fit(parts.partial_fit(case.X, case.y), whole, case, rtol=1e-6, atol=1e-9)


@that_stream
def test_partial_fit_of_parts(case):
    """What was learned of the first part of how rows are scaled serves for the others."""
    rows = np.arange(case.n_rows)
    net = case.make(batch_size="auto").partial_fit(
        taken(case.X, rows[::2]), case.y[::2], **classes_of(case)
    )
    first = copy.deepcopy(net)
    net.partial_fit(taken(case.X, rows[1::2]), case.y[1::2])
    assert differ(net, first, case)
    assert len(net.loss_curve_) == 2


@over(lambda case: hasattr(case.make(), "partial_fit") and case.has_classes)
def test_partial_fit_is_told_all_classes_first(case):
    with pytest.raises(ValueError, match="classes must be passed on the first call"):
        case.make().partial_fit(case.X, case.y)
    net = case.make().partial_fit(case.X, case.y, **classes_of(case))
    with pytest.raises(ValueError, match="not the same as on"):
        net.partial_fit(case.X, case.y, classes=net.classes_[1:])


@over(lambda case: hasattr(case.make(), "partial_fit") and case.has_labels)
def test_partial_fit_knows_the_classes_that_it_was_told(case):
    classes = np.append(np.unique(case.y), 99)
    net = case.make().partial_fit(case.X, case.y, classes=classes)
    assert_array_equal(net.classes_, classes)
    assert case.answers(net, case.X).shape[-1] == len(classes)
    with pytest.raises(ValueError, match="98"):
        net.partial_fit(case.X, np.where(case.y == 1, 98, case.y))


@that_stream
def test_partial_fit_is_not_offered_where_it_cannot_be(case):
    assert not hasattr(case.make(early_stopping=True), "partial_fit")
    if "class_weight" in case.make().get_params():
        assert not hasattr(case.make(class_weight="balanced"), "partial_fit")
