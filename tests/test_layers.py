"""Imports go downwards only: public -> base -> encoding -> training -> modules."""

import ast
import sys
from pathlib import Path

import pytest

import skdeep

ROOT = Path(skdeep.__file__).parent

PUBLIC = (
    "neural_network",
    "ensemble",
    "model_selection",
    "inspection",
    "feature_extraction",
    "persistence",
    "parallel",
    "metrics",
)
RANK = {"modules": 0, "training": 1, "encoding": 2, "base": 3} | dict.fromkeys(PUBLIC, 4)

# What each layer may import from outside, besides the standard library.
OUTSIDE = {
    "modules": {"torch", "scipy"},  # scipy for a product that torch takes long for
    "training": {"torch", "numpy", "scipy", "threadpoolctl"},
    "encoding": {"torch", "numpy", "scipy", "sklearn", "narwhals"},
    "base": {"numpy", "sklearn"},
} | {layer: {"torch", "numpy", "scipy", "sklearn", "joblib"} for layer in PUBLIC}

# The layers that meet the user may reach for an optional package, inside a function.
MAY_DEFER = {"encoding", *PUBLIC}


def imports(tree, package):
    """Yield (line, dotted name, deferred) for each import; `package` resolves the relative ones."""

    def visit(node, deferred):
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.Import):
                for alias in child.names:
                    yield child.lineno, alias.name, deferred
            elif isinstance(child, ast.ImportFrom):
                base = child.module or ""
                if child.level:
                    stem = package[: len(package) - child.level + 1]
                    base = ".".join([*stem, base]).rstrip(".")
                for alias in child.names:
                    yield child.lineno, f"{base}.{alias.name}", deferred
            inside = isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
            yield from visit(child, deferred or inside)

    yield from visit(tree, False)


def broken_rule(layer, name, deferred):
    """Return what is wrong with `layer` importing `name`, or None."""
    top, *rest = name.split(".")
    if top == "skdeep":
        target = rest[0] if rest else ""
        if target in ("__version__", "_version"):  # saved models carry it
            return None
        if target not in RANK:
            return f"{layer} imports {name}: name the subpackage, skdeep itself is above all layers"
        if RANK[target] > RANK[layer]:
            return f"{layer} imports {name}: {target} is above {layer}"
        return None
    if top in sys.stdlib_module_names or top in OUTSIDE[layer]:
        return None
    if deferred and layer in MAY_DEFER and top not in set().union(*OUTSIDE.values()):
        return None
    where = "" if deferred else " at module level"
    return f"{layer} imports {name}{where}: it may import {', '.join(sorted(OUTSIDE[layer]))} only"


def violations(root):
    """Return 'file:line: rule' for every import under `root` that breaks a rule."""
    found = []
    for path in sorted(root.rglob("*.py")):
        parts = path.relative_to(root).parts
        if parts in (("__init__.py",), ("_version.py",)):
            continue
        where = "/".join(("skdeep", *parts))
        layer = parts[0]
        if layer not in RANK:
            found.append(f"{where}:1: {layer} belongs to no layer")
            continue
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for line, name, deferred in imports(tree, ("skdeep", *parts[:-1])):
            rule = broken_rule(layer, name, deferred)
            if rule:
                found.append(f"{where}:{line}: {rule}")
    return found


def test_imports_go_downwards():
    found = violations(ROOT)
    assert not found, "imports that go up the layers:\n" + "\n".join(found)


@pytest.mark.parametrize(
    ("file", "code", "rule"),
    [
        ("training/loop.py", "import sklearn.base", "imports sklearn.base at module level"),
        ("training/loop.py", "def f():\n    import sklearn", "training imports sklearn:"),
        ("training/loop.py", "def f():\n    import pandas", "training imports pandas:"),
        ("training/loop.py", "from skdeep.encoding import X", "encoding is above training"),
        ("training/loop.py", "from skdeep import encoding", "encoding is above training"),
        ("training/loop.py", "from ..encoding import X", "encoding is above training"),
        ("training/loop.py", "from .. import encoding", "encoding is above training"),
        ("training/deep/loop.py", "from ...encoding.x import X", "encoding is above training"),
        ("modules/mlp.py", "import numpy as np", "modules imports numpy at module level"),
        ("modules/mlp.py", "from skdeep.training import fit", "training is above modules"),
        ("encoding/x.py", "import skdeep.ensemble", "ensemble is above encoding"),
        ("encoding/x.py", "from skdeep import MLPClassifier", "name the subpackage"),
        ("encoding/x.py", "import pandas as pd", "encoding imports pandas at module level"),
        ("ensemble/stack.py", "if True:\n    import rich", "ensemble imports rich at module level"),
        ("elsewhere/x.py", "", "elsewhere belongs to no layer"),
    ],
)
def test_the_walk_sees_what_it_should(tmp_path, file, code, rule):
    path = tmp_path / file
    path.parent.mkdir(parents=True)
    path.write_text(code, encoding="utf-8")
    (found,) = violations(tmp_path)
    assert found.startswith(f"skdeep/{file}:")
    assert rule in found


@pytest.mark.parametrize(
    ("file", "code"),
    [
        ("__init__.py", "from skdeep.ensemble import blend"),
        ("modules/mlp.py", "import math\nimport torch\nfrom torch import nn\nfrom .init import he"),
        ("training/loop.py", "import numpy\nfrom skdeep.modules import MLP\nfrom .a import A"),
        ("encoding/x.py", "def f():\n    import pandas"),
        ("ensemble/stack.py", "import joblib\nfrom skdeep.neural_network import MLPClassifier"),
        ("neural_network/base.py", "from skdeep import __version__\nfrom skdeep import training"),
    ],
)
def test_the_walk_lets_pass_what_it_should(tmp_path, file, code):
    path = tmp_path / file
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(code, encoding="utf-8")
    assert violations(tmp_path) == []
