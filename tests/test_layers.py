"""The rules that keep the house as it is: imports go downwards, nothing goes round in a circle."""

import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

import skdeep
from tests.house import House, circle, length

ROOT = Path(skdeep.__file__).parent
HOUSE = House(ROOT)
FOLDERS = sorted({path.rpartition("/")[0] for path in HOUSE.code})

MOST_FILES = 25
MOST_LINES = 500
FEWEST_LINES = 60

# Short files that one other file imports, and why each stands alone.
SHORT = {
    "_estimator/network/callbacks.py": "speaks a protocol of scikit-learn's that is experimental",
    "_kinds/images/network.py": "one network a file",
    "_kinds/images/perceptron.py": "one network a file",
    "_kinds/texts/tokens.py": "one encoder a file",
}


def test_imports_keep_the_rules():
    found = HOUSE.violations()
    assert not found, "imports that break a rule:\n" + "\n".join(found)


@pytest.mark.parametrize("by_folder", [False, True], ids=["files", "folders"])
def test_nothing_goes_round_in_a_circle(by_folder):
    assert circle(HOUSE.edges(by_folder)) == []


@pytest.mark.parametrize("folder", FOLDERS)
def test_a_folder_can_be_taken_in_at_a_glance(folder):
    files = [path for path in HOUSE.code if path.rpartition("/")[0] == folder]
    assert len([path for path in files if not path.endswith("__init__.py")]) <= MOST_FILES


@pytest.mark.parametrize("path", HOUSE.code)
def test_a_file_holds_one_idea(path):
    assert length(HOUSE.code[path]) <= MOST_LINES


def test_short_files_have_two_users_or_a_reason():
    users = {}
    for path, targets in HOUSE.edges().items():
        for target in targets:
            users.setdefault(target, set()).add(path)
    found = {
        path
        for path, code in HOUSE.code.items()
        if len(code.splitlines()) < FEWEST_LINES
        and len(users.get(path, ())) <= 1
        and not path.endswith("__init__.py")
    }
    assert found == SHORT.keys()


def test_the_engine_runs_without_scikit_learn():
    files = [path for path in HOUSE.code if path.startswith("_engine/")]
    names = ["skdeep." + path.removesuffix(".py").replace("/", ".") for path in files]
    code = f"""
        import sys, types
        from pathlib import Path

        class Hide:
            def find_spec(self, name, path=None, target=None):
                if name.partition(".")[0] in ("sklearn", "joblib", "narwhals"):
                    raise ModuleNotFoundError(name, name=name)

        sys.meta_path.insert(0, Hide())
        skdeep = types.ModuleType("skdeep")  # without its face, which registers a joblib backend
        skdeep.__path__ = [{str(ROOT)!r}]
        sys.modules["skdeep"] = skdeep
        import importlib
        for name in {names!r}:
            importlib.import_module(name.removesuffix(".__init__"))

        import torch
        from skdeep._engine.modules.mlp import MLP
        print(*MLP((2, 3, 1))(torch.ones(4, 2)).shape)
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == ["4", "1"]


# What the walk has to see ---------------------------------------------------------------------

FACES = {
    "__init__.py": "",
    "_version.py": "",
    "_scikit_learn.py": "",
    "_encoding/targets.py": "",
    "_estimator/state.py": "",
    "_estimator/network/base.py": "",
    "_engine/training/loop.py": "",
    "_engine/modules/mlp.py": "",
    "_kinds/images/array.py": "",
    "_kinds/sequences/array.py": "",
    "_kinds/texts/tokens.py": "",
    "neural_network/__init__.py": "",
    "neural_network/_mlp/estimators.py": "",
    "neural_network/_text/estimators.py": "",
    "ensemble/__init__.py": "",
    "ensemble/_stacking/plan.py": "",
    "ensemble/_combiners/base.py": "",
    "metrics/__init__.py": "",
    "metrics/_detection.py": "",
}


def planted(tmp_path, files):
    """A house of empty files, some of which hold code."""
    for path, code in {**FACES, **files}.items():
        place = tmp_path / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(code, encoding="utf-8")
    return House(tmp_path)


@pytest.mark.parametrize(
    ("file", "code", "rule"),
    [
        ("_engine/training/loop.py", "import sklearn.base", "sklearn.base is imported at module"),
        ("_engine/training/loop.py", "def f():\n    import sklearn", "sklearn is imported;"),
        ("_engine/training/loop.py", "def f():\n    import pandas", "pandas is imported;"),
        ("_engine/training/loop.py", "from skdeep._encoding.targets import X", "is above"),
        ("_engine/training/loop.py", "from ..._encoding.targets import X", "is above"),
        ("_engine/training/loop.py", "from skdeep._estimator.state import X", "is not for this"),
        ("_engine/training/loop.py", "from skdeep._scikit_learn import X", "is not for this"),
        (
            "_engine/training/loop.py",
            "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n"
            "    from skdeep._kinds.images.array import X",
            "is above",
        ),
        ("_engine/modules/mlp.py", "import numpy as np", "numpy is imported at module level"),
        ("_engine/modules/mlp.py", "from skdeep._engine.training import loop", "is above"),
        ("_encoding/targets.py", "from skdeep._kinds.images.array import X", "is above"),
        ("_encoding/targets.py", "from skdeep import MLPClassifier", "name the file"),
        ("_encoding/targets.py", "import pandas", "pandas is imported at module level"),
        ("_encoding/targets.py", "from sklearn.utils import _safe_indexing", "is private"),
        ("_encoding/targets.py", "from sklearn.utils._tags import Tags", "is private"),
        ("_kinds/images/array.py", "from skdeep._kinds.sequences.array import X", "not for this"),
        ("_kinds/sequences/array.py", "from skdeep._kinds.texts.tokens import X", "not for this"),
        (
            "_estimator/network/base.py",
            "from skdeep.neural_network._mlp import estimators",
            "above",
        ),
        (
            "neural_network/_mlp/estimators.py",
            "from skdeep.neural_network._text.estimators import X",
            "is not for this folder",
        ),
        ("neural_network/_mlp/estimators.py", "from skdeep.ensemble import blend", "not for this"),
        (
            "neural_network/_mlp/estimators.py",
            "from skdeep.metrics._detection import f",
            "its face",
        ),
        (
            "neural_network/_mlp/__init__.py",
            "from skdeep._encoding.targets import X",
            "imports not",
        ),
        ("ensemble/_stacking/plan.py", "import torch", "torch is imported at module level"),
        ("ensemble/_stacking/plan.py", "from skdeep.neural_network import X", "is above"),
        ("ensemble/_combiners/base.py", "from skdeep.ensemble._stacking.plan import X", "not for"),
        ("metrics/_detection.py", "from skdeep._encoding.targets import X", "is above"),
    ],
)
def test_the_walk_sees_what_breaks_a_rule(tmp_path, file, code, rule):
    (found,) = planted(tmp_path, {file: code}).violations()
    assert found.startswith(f"{file}:")
    assert rule in found


@pytest.mark.parametrize(
    ("file", "code"),
    [
        ("_engine/modules/mlp.py", "import math\nimport torch\nfrom torch import nn"),
        ("_engine/training/loop.py", "import numpy\nfrom skdeep._engine.modules.mlp import MLP"),
        ("_encoding/targets.py", "from skdeep._scikit_learn import X\ndef f():\n    import pandas"),
        ("_kinds/texts/tokens.py", "from skdeep._kinds.sequences.array import X"),
        ("neural_network/_mlp/estimators.py", "from skdeep.metrics import mean_iou"),
        (
            "ensemble/_stacking/plan.py",
            "import joblib\nfrom skdeep.ensemble._combiners import base",
        ),
        ("neural_network/__init__.py", "from skdeep.neural_network._mlp.estimators import X"),
        ("_estimator/state.py", "from skdeep._version import __version__"),
    ],
)
def test_the_walk_lets_pass_what_keeps_them(tmp_path, file, code):
    assert planted(tmp_path, {file: code}).violations() == []


def test_circles_are_found(tmp_path):
    to_loop = (
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from skdeep._engine.training"
    )
    files = {
        "_engine/training/loop.py": "from skdeep._engine.training.pack import Pack",
        "_engine/training/pack.py": f"{to_loop}.loop import train",
        "_kinds/images/array.py": "from skdeep._encoding.targets import X",
        "_encoding/targets.py": "from skdeep._kinds.images.rows import Y",
        "_kinds/images/rows.py": "",
    }
    house = planted(tmp_path, files)
    assert set(circle(house.edges())) == {"_engine/training/loop.py", "_engine/training/pack.py"}
    assert set(circle(house.edges(by_folder=True))) == {"_encoding", "_kinds/images"}
