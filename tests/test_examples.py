"""The examples run as their readers would run them, and show what they promise."""

import io
import os
import re
import runpy
import subprocess
import sys
from contextlib import redirect_stdout
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parents[1] / "examples"


@pytest.fixture
def run(monkeypatch):
    """Run an example and return what it prints; warnings are errors, as in all tests."""

    def run(name, *arguments):
        path = str(EXAMPLES / f"{name}.py")
        monkeypatch.setattr(sys, "argv", [path, *arguments])
        monkeypatch.setenv("MPLBACKEND", "agg")
        printed = io.StringIO()
        with redirect_stdout(printed):
            runpy.run_path(path, run_name="__main__")
        return printed.getvalue()

    return run


def run_alone(name):
    """Return what an example prints in an interpreter of its own, having warned of nothing."""
    done = subprocess.run(
        [sys.executable, EXAMPLES / f"{name}.py"],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {"PYTHONWARNINGS": "error", "PYTHONIOENCODING": "utf-8"},
        encoding="utf-8",
        timeout=300,  # it takes half a minute at most where nothing else runs
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_quickstart():
    printed = run_alone("quickstart")
    row = re.compile(r"^(\S.*?) +(\d\.\d{4}) +(\d\.\d{4}) +(\d+\.\d\d) s$", re.MULTILINE)
    table = {name: [float(x) for x in values] for name, *values in row.findall(printed)}
    bases = ["tuned network", "extra trees", "logistic regression"]
    stacking, blending = ensembles = ["stacking, 5 folds", "blending, 20 % held out"]
    assert list(table) == bases + ensembles
    for accuracy, loss, _ in table.values():
        assert 0.9 < accuracy <= 1
        assert 0 < loss < 0.5

    share = table[blending][2] / table[stacking][2]
    closing = printed.splitlines()[-1]
    said = re.match(r"Blending takes (\d+)% of the time of stacking by 5 folds", closing)
    assert said, closing
    assert abs(int(said[1]) / 100 - share) < 0.03


def test_tabular(run, tmp_path):
    picture = tmp_path / "fit.png"
    printed = run("tabular", str(picture))
    row = re.compile(r"^(out of fold|held out) +(\d+\.\d+) +(\d+\.\d+)$", re.MULTILINE)
    scores = [(float(first), float(second)) for _, first, second in row.findall(printed)]
    assert len(scores) == 4
    (accuracy, loss), (accuracy_held_out, _), (rmse, _), (rmse_held_out, _) = scores
    assert accuracy > 0.85
    assert loss < 0.4
    # Out-of-fold scores say what to expect, as far as 45 and 111 rows can tell.
    assert abs(accuracy - accuracy_held_out) < 0.1
    assert 0.8 < rmse / rmse_held_out < 1.25
    interval = re.compile(r"^(\d+)% +(\d+\.\d)% +(\d+\.\d)$", re.MULTILINE)
    covered, widths = [], []
    for nominal, share, width in interval.findall(printed):
        covered.append(float(share) - float(nominal))
        widths.append(float(width))
    assert len(covered) == 3
    assert max(map(abs, covered)) < 12
    assert widths == sorted(widths)
    assert printed.count("Importances: ") == 2
    assert "bmi" in printed
    assert picture.read_bytes().startswith(b"\x89PNG")


def test_tabular_stack(run, tmp_path):
    picture = tmp_path / "stack.png"
    printed = run("tabular_stack", str(picture))
    row = re.compile(r"^(\S.*?) +\d\.\d+ ± \d\.\d+ +(\d\.\d\d) +(\d\.\d+) ", re.MULTILINE)
    bases = {name: (float(w), float(loss)) for name, w, loss in row.findall(printed)}
    assert list(bases) == ["wide network", "deep network", "boosting", "extra trees", "linear"]
    assert abs(sum(weight for weight, _ in bases.values()) - 1) < 0.03
    stack = re.search(r"^stack +(\d\.\d+)$", printed, re.MULTILINE)
    assert float(stack[1]) < min(loss for _, loss in bases.values())
    assert printed.count(" 1.00") >= len(bases)  # the diagonal of the correlations
    assert picture.read_bytes().startswith(b"\x89PNG")


def test_time_ordered_stack(run):
    printed = run("time_ordered_stack")
    split = re.compile(r"^(random|last|4)(?: \S+)+? +(\d.*)$", re.MULTILINE)
    rows = {name: re.findall(r"(?<!\()\d+\.\d+", rest) for name, rest in split.findall(printed)}
    assert list(rows) == ["random", "last", "4"]
    by_split = {name: [float(number) for number in row] for name, row in rows.items()}
    future = [float(x) for x in re.findall(r"\d+\.\d+", printed.splitlines()[-1])]
    linear, network, forest, _, _ = by_split["random"]
    # Random rows choose a base that fails in the future; blocks in time do not.
    assert forest < min(linear, network)
    assert future[2] > max(future[:2])
    assert max(by_split["last"][-1], by_split["4"][-1]) < by_split["random"][-1]


def test_two_layer_stack(run):
    printed = run("two_layer_stack")
    row = re.compile(r"^(\w+, \w+ layers?) +([+-]\d+\.\d+) +(\w+)", re.MULTILINE)
    gains = {name: float(gain) for name, gain, _ in row.findall(printed)}
    assert len(gains) == 4
    told = printed[printed.index("Warnings: ") :]
    for name, gain in gains.items():
        assert (f"{name}: The ensemble is no better" in told) == (gain <= 0)
    # The guard speaks of one table and keeps quiet of the other.
    assert all(gain > 0 for name, gain in gains.items() if name.startswith("friedman1"))
    assert any(gain <= 0 for gain in gains.values())


ACCURACY_AND_LOSS = re.compile(r"^(\S.*?) +(0\.\d{4}) +(\d\.\d{4})$", re.MULTILINE)


def accuracies_and_losses(printed):
    return {name: (float(a), float(b)) for name, a, b in ACCURACY_AND_LOSS.findall(printed)}


@pytest.mark.slow
def test_three_views_of_digits(run):
    table = accuracies_and_losses(run("three_views_of_digits"))
    assert list(table) == ["picture", "rows", "pixels", "blend of the three"]
    accuracy, loss = table.pop("blend of the three")
    assert accuracy > 0.98
    assert accuracy > max(right for right, _ in table.values()) - 0.005
    assert loss < 1.05 * min(lost for _, lost in table.values())


@pytest.mark.slow
def test_text_image_and_numbers(run):
    table = accuracies_and_losses(run("text_image_and_numbers"))
    assert list(table) == ["note", "picture", "numbers", "vectors of all", "stack"]
    accuracy, loss = table.pop("stack")
    assert loss < table.pop("vectors of all")[1]
    assert accuracy > max(right for right, _ in table.values())
    assert loss < 0.7 * min(lost for _, lost in table.values())
