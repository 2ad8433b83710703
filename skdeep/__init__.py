"""Neural networks and stacking that behave like scikit-learn."""

from importlib import import_module
from pathlib import Path
from typing import Any

from joblib import register_parallel_backend

from skdeep._version import __version__ as __version__

# Where each public name lives. A name is looked up when it is first asked for, so that importing
# skdeep costs nothing and `skdeep.ensemble` can be used without `skdeep.neural_network`. The one
# list of them is the stub beside this file, whose lines are "from <home> import <name> as <name>".
_HOME: dict[str, str] = {}
for _line in Path(__file__).with_suffix(".pyi").read_text(encoding="utf-8").splitlines():
    if _line.startswith("from "):
        _, _home, _, _name, *_ = _line.split()
        _HOME[_name] = _home
del _HOME["__version__"]

__all__ = sorted(_HOME)


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = globals()[name] = getattr(import_module(_HOME[name]), name)
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})


def _packing_backend(**parameters: Any) -> Any:
    return import_module("skdeep.parallel").PackingBackend(**parameters)


register_parallel_backend("skdeep", _packing_backend)
