"""Parameters written once: a name, a type, a default, the values allowed and what it means.

An estimator declares its parameters as annotated class attributes. `estimator` makes of them the
constructor, scikit-learn's constraints and the Parameters section of the docstring, which
scikit-learn shows as tooltips.
"""

import difflib
import inspect
import textwrap
from collections.abc import Callable
from dataclasses import MISSING, dataclass, fields
from typing import TypeVar, dataclass_transform, get_type_hints

from sklearn import get_config
from sklearn.base import BaseEstimator

from skdeep._scikit_learn import InvalidParameterError, StrOptions

T = TypeVar("T")

# What other libraries call the same thing; by its letters, 'mae' is nearest to 'gamma'.
_OTHER_NAMES = {
    "cross_entropy": "log_loss",
    "crossentropy": "log_loss",
    "kaiming_normal": "he_normal",
    "kaiming_uniform": "he_uniform",
    "linear": "identity",
    "mae": "absolute_error",
    "mse": "squared_error",
    "onecycle": "one_cycle",
    "pinball": "quantile",
    "sigmoid": "logistic",
    "swish": "silu",
    "xavier": "glorot_uniform",
    "xavier_normal": "glorot_normal",
    "xavier_uniform": "glorot_uniform",
}


class Parameter:
    """What a parameter may be.

    Parameters
    ----------
    description : str
        Its type in words, an empty line, and what it means.
    *constraints : object
        Values allowed, as in scikit-learn's `_parameter_constraints`; none where anything is.
    """

    def __init__(self, description: str, *constraints: object):
        self.type_in_words, _, self.meaning = inspect.cleandoc(description).partition("\n\n")
        self.constraints = list(constraints)


@dataclass_transform(eq_default=False)
def estimator(cls: type[T]) -> type[T]:
    """Complete an estimator class from its annotated parameters."""
    cls = dataclass(eq=False, repr=False)(cls)
    hints = get_type_hints(cls, include_extras=True)
    constraints: dict[str, list[object] | str] = {}
    lines: list[str] = []
    declared = fields(cls)  # type: ignore[arg-type]  # the class is a dataclass by now
    for item in sorted(
        declared, key=lambda item: bool(item.kw_only)
    ):  # in the order of the constructor
        (parameter,) = (m for m in hints[item.name].__metadata__ if isinstance(m, Parameter))
        constraints[item.name] = parameter.constraints or "no_validation"
        default = "" if item.default is MISSING else f", default={item.default!r}"
        lines.append(f"{item.name} : {parameter.type_in_words}{default}")
        lines.append(textwrap.indent(parameter.meaning, "    ") + "\n")
    # For `help`: what Annotated adds has been read and means nothing to people.
    cls.__init__.__annotations__ = get_type_hints(cls.__init__) | {"return": None}
    # scikit-learn asks for it at every clone and set_params, and it takes long to find out.
    cls.__init__.__signature__ = inspect.signature(cls.__init__)  # type: ignore[attr-defined]
    cls._parameter_constraints = constraints  # type: ignore[attr-defined]  # scikit-learn's name
    if cls.__doc__ and "{parameters}" in cls.__doc__:
        section = textwrap.indent("\n".join(lines).strip(), "    ").lstrip()
        cls.__doc__ = cls.__doc__.replace("{parameters}", section)
    return cls


def validate_parameters(instance: BaseEstimator) -> None:
    """Check all parameters; for an unknown string name the nearest known one.

    Nothing is checked where ``sklearn.set_config(skip_parameter_validation=True)`` says so.

    Raises
    ------
    InvalidParameterError
        A ValueError and TypeError of scikit-learn's.
    """
    if get_config()["skip_parameter_validation"]:
        return
    try:
        instance._validate_params()
    except InvalidParameterError as error:
        hint = _nearest_option(instance, str(error))
        if hint is None:
            raise
        raise InvalidParameterError(f"{error} {hint}") from None


def _nearest_option(instance: BaseEstimator, message: str) -> str | None:
    for name, constraints in instance._parameter_constraints.items():
        value = getattr(instance, name)
        if not message.startswith(f"The '{name}' parameter") or not isinstance(value, str):
            continue
        options = [
            option
            for constraint in constraints
            if isinstance(constraint, StrOptions)
            for option in constraint.options
        ]
        named = _OTHER_NAMES.get(value.lower().replace("-", "_"))
        if named in options:
            return f"Did you mean {named!r}?"
        close = difflib.get_close_matches(value.lower(), options, n=1, cutoff=0.4)
        return f"Did you mean {close[0]!r}?" if close else None
    return None


def shared_docstring(**texts: str) -> Callable[[type[T]], type[T]]:
    """Fill named places of a class docstring with texts that several classes share."""

    def fill(cls: type[T]) -> type[T]:
        doc = cls.__doc__ or ""
        for name, text in texts.items():
            section = textwrap.indent(textwrap.dedent(text).strip(), "    ").lstrip()
            doc = doc.replace("{" + name + "}", section)
        cls.__doc__ = doc
        return cls

    return fill
