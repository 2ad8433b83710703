"""The page on stacking runs, and what it says of skdeep is tested where it says so."""

import contextlib
import io
import re
from pathlib import Path

import pytest

PAGE = Path(__file__).parents[2] / "docs" / "stacking.md"
TEXT = PAGE.read_text(encoding="utf-8")
BLOCKS = re.findall(r"```python\n(.*?)```(?:\n\n```text\n(.*?)```)?", TEXT, re.DOTALL)
LINKS = re.findall(r'\[Y\]\((\S+) "(\w+)"\)', TEXT)


def test_code_prints_what_the_page_says():
    names: dict = {}
    for code, expected in BLOCKS:
        out = io.StringIO()
        with contextlib.redirect_stdout(out):
            exec(compile(code, str(PAGE), "exec"), names)
        assert out.getvalue() == expected
    assert len(BLOCKS) >= 4


@pytest.mark.parametrize(("file", "test"), LINKS)
def test_a_yes_is_a_test(file, test):
    source = (PAGE.parent / file).resolve().read_text(encoding="utf-8")
    assert f"\ndef {test}(" in source


def test_the_table_is_whole():
    assert len(LINKS) >= 35
