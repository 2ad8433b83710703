"""Every public name says what it takes and shows how it is used."""

import importlib
import inspect
from itertools import pairwise
from pathlib import Path

import pytest

import skdeep

ROOT = Path(skdeep.__file__).parent
PUBLIC = sorted(
    path.parent.name for path in ROOT.glob("*/__init__.py") if not path.parent.name.startswith("_")
)


def sections(docstring):
    """Return the titles that are underlined as numpydoc does."""
    lines = inspect.cleandoc(docstring).splitlines()
    return {title for title, line in pairwise(lines) if title and line == "-" * len(title)}


def exported():
    """Return (module, name) for what `skdeep` and its public subpackages export."""
    modules = ["skdeep", *(f"skdeep.{package}" for package in PUBLIC)]
    return [
        (module, name) for module in modules for name in importlib.import_module(module).__all__
    ]


def load(module, name):
    """Return the class or function; a constant has no docstring to look at."""
    thing = getattr(importlib.import_module(module), name)
    if not (inspect.isclass(thing) or inspect.isfunction(thing)):
        pytest.skip("a constant")
    return thing


@pytest.mark.parametrize(("module", "name"), exported())
def test_public_names_are_documented(module, name):
    thing = load(module, name)
    assert thing.__doc__, f"{module}.{name} has no docstring"
    needed = {"Examples"}
    if inspect.signature(thing).parameters:
        needed.add("Parameters")
    missing = needed - sections(thing.__doc__)
    assert not missing, f"the docstring of {module}.{name} lacks {', '.join(sorted(missing))}"


@pytest.mark.parametrize(("module", "name"), exported())
def test_every_parameter_is_documented(module, name):
    thing = load(module, name)
    words = set((thing.__doc__ or "").replace(":", " ").replace(",", " ").replace("*", " ").split())
    missing = [p for p in inspect.signature(thing).parameters if p not in words]
    assert not missing, f"the docstring of {module}.{name} does not mention {', '.join(missing)}"
