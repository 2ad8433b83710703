"""The code of the README and of docs/ runs and prints what these pages say."""

import doctest
import io
import re
from contextlib import redirect_stdout
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
README = ROOT / "README.md"
# The blocks of adding.md change the package; test_adding.py runs them.
PAGES = [README, *sorted({*(ROOT / "docs").glob("*.md")} - {ROOT / "docs" / "adding.md"})]

# A python block and, where one follows directly, the text block with its output.
BLOCK = re.compile(r"```python\n(.*?)```(?:\s*```text\n(.*?)```)?", re.DOTALL)
BLOCKS = [
    pytest.param(page.name, *block, id=f"{page.stem}-{number}")
    for page in PAGES
    for number, block in enumerate(BLOCK.findall(page.read_text(encoding="utf-8")), 1)
]


def test_the_readme_has_code_whose_output_is_checked():
    assert any(printed for _, printed in BLOCK.findall(README.read_text(encoding="utf-8")))


@pytest.mark.parametrize(("page", "code", "printed"), BLOCKS)
def test_block(page, code, printed):
    out = io.StringIO()
    with redirect_stdout(out):
        exec(compile(code, page, "exec"), {"__name__": "page"})
    flags = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
    if printed and not doctest.OutputChecker().check_output(printed, out.getvalue(), flags):
        pytest.fail(f"{page} says\n{printed}\nbut the code prints\n{out.getvalue()}")
