"""What the page on stacking says that skdeep can do is tested where it says so."""

import re
from pathlib import Path

import pytest

PAGE = Path(__file__).parents[3] / "docs" / "stacking.md"
TEXT = PAGE.read_text(encoding="utf-8")
LINKS = re.findall(r'\[Y\]\((\S+) "(\w+)"\)', TEXT)


@pytest.mark.parametrize(("file", "test"), LINKS)
def test_a_yes_is_a_test(file, test):
    source = (PAGE.parent / file).resolve().read_text(encoding="utf-8")
    assert f"\ndef {test}(" in source


def test_every_row_of_the_table_is_a_yes():
    rows = [line for line in TEXT.splitlines() if line.startswith("|") and line.count("|") == 11]
    header, _, *features = rows
    assert header.split("|")[2].strip() == "skdeep"
    assert len(features) == len(LINKS) >= 37
    assert [row for row in features if not re.match(r"\|[^|]+\| \[Y\]\(", row)] == []
