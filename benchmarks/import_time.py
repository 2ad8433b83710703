"""What `import skdeep` costs over `import torch, sklearn`, which it cannot do without.

Fresh interpreters import one or the other in turn; each pair gives a ratio, and the median of the
ratios is printed beside the target. `names` also asks for every public name, as user code does.
"""

import subprocess
import sys
from statistics import median

PAIRS = 9
TARGET = 1.10

NEEDED = "import torch, sklearn"
CASES = {
    "import torch, sklearn, skdeep": (NEEDED, f"{NEEDED}, skdeep"),
    "import skdeep": (NEEDED, "import skdeep"),
    "names": (
        f"{NEEDED}, sklearn.neural_network, sklearn.ensemble, sklearn.callback",
        "import skdeep; [getattr(skdeep, name) for name in skdeep.__all__]",
    ),
}


def seconds(code):
    """Time `code` inside a fresh interpreter, so that its own start-up is not counted."""
    timed = f"import time; t = time.perf_counter(); {code}\nprint(time.perf_counter() - t)"
    done = subprocess.run([sys.executable, "-c", timed], capture_output=True, text=True, check=True)
    return float(done.stdout)


def main():
    """Print one line a case."""
    print(f"{'':<32} {'reference':>10} {'skdeep':>10} {'ratio':>7}  (target {TARGET:.2f})")
    for name, (reference, ours) in CASES.items():
        seconds(reference), seconds(ours)  # the first run reads from disk
        pairs = [(seconds(reference), seconds(ours)) for _ in range(PAIRS)]
        ratio = median(b / a for a, b in pairs)
        first, second = (median(column) for column in zip(*pairs, strict=True))
        print(f"{name:<32} {first:>8.3f} s {second:>8.3f} s {ratio:>7.3f}")


if __name__ == "__main__":
    main()
