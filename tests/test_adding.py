"""The additions of docs/adding.md work as the page shows them, in a copy of the package."""

import ast
import os
import re
import shutil
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from tests.house import House

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "adding.md").read_text(encoding="utf-8")
ADDITIONS = {
    "An architecture": ("tcn", {"_sequence/dilated.py", "_sequence/architectures.py"}),
    "A loss": ("log_cosh", {"training/losses.py"}),
    "A solver": ("adagrad", {"training/solvers.py"}),
}


def blocks(title):
    """Return (place, code) of each block of a section: its first line says where it goes."""
    (section,) = re.findall(rf"^## {title}\n(.*?)(?=^## )", PAGE, re.DOTALL | re.MULTILINE)
    return re.findall(r"```python\n# (.*?)\n(.*?)```", section, re.DOTALL)


def place_of(path, where):
    """Return after how many lines of a file a block goes, and by how much it is indented."""
    body = ast.parse(path.read_text("utf-8")).body
    if where == "after the imports":
        imports = [node for node in body if isinstance(node, ast.Import | ast.ImportFrom)]
        return imports[-1].end_lineno, 0
    name = where.split()[-1]
    if where.startswith("after "):
        (node,) = [node for node in body if getattr(node, "name", None) == name]
        return node.end_lineno, 0
    assert where == f"at the end of {name}"
    (node,) = [
        node
        for node in body
        if isinstance(node, ast.Assign | ast.AnnAssign)
        and ast.unparse(node).partition(" = ")[0].partition(":")[0] == name
    ]
    return node.value.end_lineno - 1, 4


def add(copy, place, code):
    """Put a block where it goes; return the file."""
    name, _, where = place.partition(", ")
    path = copy / name
    if where == "a new file":
        assert not path.exists()
        path.write_text(code, encoding="utf-8")
        return path
    after, indent = place_of(path, where)
    is_definition = where.startswith("after ") and where != "after the imports"
    lines = path.read_text("utf-8").splitlines(keepends=True)
    block = ("\n\n" if is_definition else "") + textwrap.indent(code, " " * indent)
    path.write_text("".join([*lines[:after], block, *lines[after:]]), encoding="utf-8")
    return path


def checked(command, copy):
    environment = {"PYTHONPATH": str(copy), "PYTHONWARNINGS": "error", "PYTHONUTF8": "1"}
    done = subprocess.run(
        [sys.executable, *map(str, command)],
        capture_output=True,
        text=True,
        check=False,
        cwd=copy,
        env=os.environ | environment,
        encoding="utf-8",
    )
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"


@pytest.mark.parametrize("title", ADDITIONS)
def test_an_addition_works_as_it_is_shown(title, tmp_path):
    name, promised = ADDITIONS[title]
    for folder in ("skdeep", "tools"):
        shutil.copytree(ROOT / folder, tmp_path / folder)
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    *added, (last, use) = blocks(title)
    files = {add(tmp_path, place, code) for place, code in added}
    assert {"/".join(path.parts[-2:]) for path in files} == promised
    assert last == "in use"
    script = tmp_path / "in_use.py"
    script.write_text(use, encoding="utf-8")

    assert House(tmp_path / "skdeep").violations() == []
    checked(["-m", "ruff", "check", "-q", *files], tmp_path)
    checked(["-m", "ruff", "format", "--check", "-q", *files], tmp_path)
    checked([Path(__file__).with_name("additions.py"), name, script], tmp_path)


def test_the_page_names_what_exists():
    named = set(re.findall(r"`((?:skdeep|tests|docs)/[\w./]*)`", PAGE))
    ours = {path for path in named if not path.endswith("dilated.py")}
    assert len(ours) > 15
    assert [path for path in ours if not (ROOT / path).exists()] == []
    example = PAGE.partition("## A kind")[2].partition("What `base.py` fills in")[0]
    folders = (ROOT / "skdeep/_kinds/images", ROOT / "skdeep/neural_network/_sequence")
    for name in re.findall(r"^\| `(\w+\.py)` \|", example, re.MULTILINE):
        assert any((folder / name).exists() for folder in folders), name


def test_interfaces_live_where_the_page_says():
    rows = re.findall(r"^\| ((?:`\w+`(?:, )?)+) \| `([\w/]+\.py)` \|$", PAGE, re.MULTILINE)
    assert len(rows) > 6
    for names, file in rows:
        folder = ROOT if file.startswith("skdeep") else ROOT / "skdeep/_estimator/network"
        for name in re.findall(r"\w+", names):
            assert f"class {name}" in (folder / file).read_text("utf-8")
