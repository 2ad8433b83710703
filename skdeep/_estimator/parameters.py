"""Parameters declared once: a name, a type, a default, the values allowed and what it means.

An estimator declares its parameters as annotated class attributes. From them come scikit-learn's
constraints, and the constructor and the Parameters section of the docstring, which
`tools/write_parameters.py` writes into the source, so that editors and linters see them.
"""

import difflib
import inspect
from collections.abc import Callable, Iterable, Mapping
from dataclasses import KW_ONLY, dataclass
from functools import cache
from typing import Any, Protocol, TypeVar

from sklearn import get_config
from sklearn.base import BaseEstimator

from skdeep._scikit_learn import InvalidParameterError, StrOptions

T = TypeVar("T")

# Names in other libraries for the same thing; the most similar name to 'mae' would be 'gamma'.
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


class Entry(Protocol):
    """An entry of a table that users choose from."""

    @property
    def words(self) -> str:
        """What it is, for the docstring of the parameter; empty if the name says it all."""


def one_of(
    table: Mapping[str, Any], meaning: str, *constraints: object, also: str = "", first: str = ""
) -> Parameter:
    """A parameter whose values are the names of a table.

    Parameters
    ----------
    table : mapping of str to entry
    meaning : str
        What the parameter means; ``{words}`` stands for what the entries say of themselves.
    *constraints : object
        What else it may be.
    also : str, default=""
        The same in words, such as " or callable".
    first : str, default=""
        The name that the list begins with; that of the table's first entry by default.
    """
    names = sorted(table, key=lambda name: name != first)
    listed = ", ".join(map(repr, names))
    words = [entry.words for entry in table.values() if getattr(entry, "words", "")]
    text = meaning.replace("{words}", "; ".join(words))
    return Parameter(f"{{{listed}}}{also}\n\n{text}", StrOptions(set(table)), *constraints)


def defaults_in_words(table: Mapping[str, Any], attribute: str) -> str:
    """What 'auto' means for each entry: "3 for 'cnn', 2 for 'transformer' and 1 for others"."""
    names: dict[Any, list[str]] = {}
    for name, entry in table.items():
        names.setdefault(getattr(entry, attribute), []).append(name)
    usual = max(names, key=lambda value: len(names[value]))
    own = {name: value for value, some in names.items() if value != usual for name in some}
    said = ", ".join(f"{_plain(value)} for {name!r}" for name, value in own.items())
    return f"{said} and {_plain(usual)} for others" if own else _plain(usual)


def each_in_words(table: Mapping[str, Any], attribute: str) -> str:
    """What 'auto' means for each entry that has a value: "64 for 'vit' and 256 for 'mlp'"."""
    values = {name: getattr(entry, attribute) for name, entry in table.items()}
    *most, last = [f"{_plain(value)} for {name!r}" for name, value in values.items() if value]
    return f"{', '.join(most)} and {last}" if most else last


def names_in_words(table: Mapping[str, Any], holds: Callable[[Any], bool]) -> str:
    """The names whose entries are such, as a sentence lists them: "'adam', 'sgd' and 'rmsprop'"."""
    names = [repr(name) for name, entry in table.items() if holds(entry)]
    if not names:
        return "none"
    *most, last = names
    return f"{', '.join(most)} and {last}" if most else last


def _plain(value: Any) -> str:
    return repr(value) if isinstance(value, str | None) else f"{value:g}"


@dataclass(frozen=True)
class Declared:
    """A parameter of an estimator.

    Attributes
    ----------
    name : str
    type : object
        Its annotation.
    default : object
        `inspect.Parameter.empty` where it has to be given.
    parameter : Parameter
    keyword_only : bool
    """

    name: str
    type: Any
    default: Any
    parameter: Parameter
    keyword_only: bool


@cache
def declared(cls: type) -> list[Declared]:
    """The parameters of an estimator, in the order of its constructor.

    The class itself and the classes that it comes from, in the order of their resolution: what a
    family declares stands before what all share. A parameter that is declared again, with another
    default or meaning, keeps the place that it has in the class furthest up.
    """
    found: dict[str, Declared] = {}
    places: dict[str, tuple[int, int]] = {}
    for number, owner in enumerate(cls.__mro__):
        for place, item in enumerate(_own(owner)):
            found.setdefault(item.name, item)
            places[item.name] = (number, place)
    order = sorted(places, key=lambda name: (found[name].keyword_only, places[name]))
    return [found[name] for name in order]


def _own(owner: type) -> Iterable[Declared]:
    """What one class declares; what stands after a `KW_ONLY` is given by name."""
    keyword_only = False
    for name, hint in inspect.get_annotations(owner).items():
        if hint is KW_ONLY:
            keyword_only = True
        metadata = [m for m in getattr(hint, "__metadata__", ()) if isinstance(m, Parameter)]
        if metadata:
            default = vars(owner).get(name, inspect.Parameter.empty)
            yield Declared(name, hint.__origin__, default, metadata[0], keyword_only)


@dataclass(frozen=True)
class Written:
    """What is written into the source of a class, besides its declared parameters.

    Attributes
    ----------
    attributes, notes, references : str, default=""
        What the sections of these names say; empty for sections that are written by hand.
    keywords : str, default=""
        Name of the argument that takes all other keywords, and what it means, as an entry of the
        Parameters section.
    """

    attributes: str = ""
    notes: str = ""
    references: str = ""
    keywords: str = ""


def estimator(
    *, attributes: str = "", notes: str = "", references: str = "", keywords: str = ""
) -> Callable[[type[T]], type[T]]:
    """Complete an estimator class from its declared parameters.

    Parameters
    ----------
    attributes, notes, references, keywords : str, default=""
        See `Written`.

    Returns
    -------
    callable
        A decorator of classes.
    """

    def complete(cls: Any) -> Any:
        if "__init__" in vars(cls):  # else it is about to be written
            # scikit-learn inspects the signature at every clone and set_params, which is slow.
            signature = inspect.signature(cls.__init__)
            # What a `**` takes has names of its own, which `get_params` tells.
            named = [p for p in signature.parameters.values() if p.kind is not p.VAR_KEYWORD]
            cls.__init__.__signature__ = signature.replace(parameters=named)
        cls._parameter_constraints = {
            item.name: item.parameter.constraints or "no_validation" for item in declared(cls)
        }
        cls._written = Written(attributes, notes, references, keywords)
        return cls

    return complete


def validate_parameters(instance: BaseEstimator) -> None:
    """Check all parameters; for an unknown string name the nearest known one.

    Nothing is checked where ``sklearn.set_config(skip_parameter_validation=True)`` says so.

    Raises
    ------
    InvalidParameterError
        scikit-learn's error, both a ValueError and a TypeError.
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
