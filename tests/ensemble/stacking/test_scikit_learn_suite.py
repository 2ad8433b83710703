"""scikit-learn's own tests of stacking, as installed, with our classes in place of its own."""

import functools
import importlib.util
import inspect
import re
import sys

import pytest

# They were not written for warnings as errors: some of their models stop before they converge.
pytestmark = pytest.mark.filterwarnings("default")

# {test name: reason}. Only tests of private members of scikit-learn may stand here.
DESELECTED: dict[str, str] = {}

SOURCE = "sklearn.ensemble.tests.test_stacking"
IMPORTED = re.compile(r"^    (StackingClassifier|StackingRegressor),\n", re.MULTILINE)


def load():
    """Return scikit-learn's test module, its classes swapped before any decorator reads them."""
    spec = importlib.util.find_spec(SOURCE)
    with open(spec.origin, encoding="utf-8") as file:
        source, swapped = IMPORTED.subn("", file.read())
    assert swapped == 2, "scikit-learn's test module imports its stackers in another way"
    start = source.index("from sklearn.exceptions")
    source = (
        source[:start]
        + "from skdeep.ensemble import StackingClassifier, StackingRegressor\n"
        + source[start:]
    )
    module = importlib.util.module_from_spec(spec)
    module.__name__ = __name__ + ".sklearn_suite"
    sys.modules[module.__name__] = module  # the tests pickle classes of their own
    exec(compile(source, spec.origin, "exec"), module.__dict__)
    return module


@pytest.fixture(autouse=True)
def names_only(monkeypatch):
    """Its recorders of metadata ask the stack who called, and need no lines of source."""
    monkeypatch.setattr(inspect, "stack", functools.partial(inspect.stack, context=0))


suite = load()
globals().update(
    {
        name: member
        for name, member in vars(suite).items()
        if name.startswith("test_") and name not in DESELECTED
    }
)


def test_the_classes_under_test_are_ours():
    assert suite.StackingClassifier.__module__.startswith("skdeep.")
    assert suite.StackingRegressor.__module__.startswith("skdeep.")


def test_what_is_deselected_exists():
    assert all(hasattr(suite, name) for name in DESELECTED)
