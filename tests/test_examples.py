"""The example runs as its reader would run it, and shows what it promises."""

import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]


def test_quickstart():
    done = subprocess.run(
        [sys.executable, ROOT / "examples" / "quickstart.py"],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {"PYTHONWARNINGS": "error"},
        timeout=300,  # half a minute where nothing else runs
    )
    assert done.returncode == 0, done.stderr

    row = re.compile(r"^(\S.*?) +(\d\.\d{4}) +(\d\.\d{4}) +(\d+\.\d\d) s$", re.MULTILINE)
    table = {name: [float(x) for x in values] for name, *values in row.findall(done.stdout)}
    bases = ["tuned network", "extra trees", "logistic regression"]
    stacking, blending = ensembles = ["stacking, 5 folds", "blending, 20 % held out"]
    assert list(table) == bases + ensembles
    for accuracy, loss, _ in table.values():
        assert 0.9 < accuracy <= 1
        assert 0 < loss < 0.5

    share = table[blending][2] / table[stacking][2]
    closing = done.stdout.splitlines()[-1]
    printed = re.match(r"Blending takes (\d+)% of the time of stacking by 5 folds", closing)
    assert printed, closing
    assert abs(int(printed[1]) / 100 - share) < 0.03
