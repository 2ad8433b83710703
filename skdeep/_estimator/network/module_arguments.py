"""What a module, or a function that makes one, is called with."""

import difflib
import inspect
from collections.abc import Mapping
from typing import Any

from torch import nn


def module_name(module: Any) -> str:
    """A name for messages."""
    return getattr(module, "__name__", type(module).__name__)


def module_arguments(
    module: Any, given: Mapping[str, Any], offered: Mapping[str, Any]
) -> dict[str, Any]:
    """The arguments given, and those offered that the signature asks for by name.

    Parameters
    ----------
    module : Module, type or callable
    given : mapping of str to object
        Values of the `module__` parameters.
    offered : mapping of str to object
        What is known of the data.

    Raises
    ------
    ValueError
        If an argument is unknown or missing.
    """
    if isinstance(module, nn.Module):
        if given:
            name = next(iter(given))
            raise ValueError(
                f"module__{name}={given[name]!r} cannot be heeded: module={module_name(module)} is "
                f"initialised already. Pass the class instead, module={type(module).__name__}."
            )
        return {}
    try:
        parameters = list(inspect.signature(module).parameters.values())
    except ValueError:  # something builtin, which does not say what it takes
        return dict(given)
    named = [p for p in parameters if p.kind in (p.POSITIONAL_OR_KEYWORD, p.KEYWORD_ONLY)]
    names = [p.name for p in named]
    if not any(p.kind == p.VAR_KEYWORD for p in parameters):
        for name, value in given.items():
            if name not in names:
                raise ValueError(_unknown(module, name, value, names))
    arguments = {name: value for name, value in offered.items() if name in names} | dict(given)
    missing = [p.name for p in named if p.default is p.empty and p.name not in arguments]
    if missing:
        raise ValueError(
            f"module={module_name(module)} needs {', '.join(missing)}: pass "
            f"module__{missing[0]}=... (of its arguments, {', '.join(offered)} are filled in)."
        )
    return arguments


def _unknown(module: Any, name: str, value: Any, names: list[str]) -> str:
    takes = ", ".join(names) or "no arguments"
    near = difflib.get_close_matches(name, names, n=1)
    hint = f" Did you mean module__{near[0]}?" if near else ""
    return (
        f"module__{name}={value!r}: module={module_name(module)} has no argument {name!r}; "
        f"it takes {takes}.{hint}"
    )
