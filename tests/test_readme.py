"""The README's code runs and prints what the README says."""

import doctest
import io
import re
from contextlib import redirect_stdout
from pathlib import Path

import pytest

README = Path(__file__).parents[1] / "README.md"

# A python block and, where one follows directly, the text block with its output.
BLOCK = re.compile(r"```python\n(.*?)```(?:\s*```text\n(.*?)```)?", re.DOTALL)
BLOCKS = BLOCK.findall(README.read_text(encoding="utf-8"))


def test_there_is_code_to_run():
    assert any(printed for _, printed in BLOCKS)


@pytest.mark.parametrize(("code", "printed"), BLOCKS, ids=range(1, len(BLOCKS) + 1))
def test_block(code, printed):
    out = io.StringIO()
    with redirect_stdout(out):
        exec(compile(code, README.name, "exec"), {"__name__": "readme"})
    flags = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
    if printed and not doctest.OutputChecker().check_output(printed, out.getvalue(), flags):
        pytest.fail(f"README says\n{printed}\nbut the code prints\n{out.getvalue()}")
