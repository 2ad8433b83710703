"""From the `module` of an estimator to a torch module that gives raw outputs, ready to train."""

import difflib
import inspect
from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.parameter import is_lazy

from skdeep._encoding.memory import TORCH_DTYPES
from skdeep._engine.modules.outputs import (
    AllOutputs,
    AsColumn,
    AsRawOutputs,
    FirstOutput,
    OutputParts,
    prediction_of,
)
from skdeep._engine.packing.randomness import PrivateRandomness
from skdeep._estimator.network.row_formats import RowFormat


@dataclass(frozen=True)
class ModuleMaker:
    """How a module is made, so that it can be made again where it was not kept.

    Attributes
    ----------
    module : Module, type or callable
    arguments : dict
    dtype : {"float32", "float64"}
        What parameters, and rows that are not integers, are.
    rows : RowFormat
        How the module takes its rows.
    seed : int
        What initial weights follow from.
    is_vector : bool
        Whether it returns a vector for its rows, which becomes a column.
    takes_first : bool
        Whether it returns several tensors, of which only the first is used.
    parts : OutputParts or None
        What it returns, if all of several tensors are used.
    probabilities : {"softmax", "logistic"} or None
        The link of the probabilities that it returns, which become raw outputs.
    n_outputs : int
        Of the prediction.
    draws, changes_rows : bool
        Whether it draws random numbers, or works in place on its rows, in prediction.
    """

    module: Any
    arguments: dict[str, Any]
    dtype: str
    rows: RowFormat
    seed: int
    is_vector: bool = False
    takes_first: bool = False
    parts: OutputParts | None = None
    probabilities: str | None = None
    n_outputs: int = 1
    draws: bool = False
    changes_rows: bool = False

    def make(self, device: torch.device) -> nn.Module:
        """Make the module with its initial weights; it gives raw outputs (n, outputs)."""
        module = self.bare(device)
        if _is_lazy(module):
            x = self.tensor(self.rows.blank()).to(device)
            _run(self.rows.adapted(module), x, self.seed)
        return self.adapted(module)

    def bare(self, device: torch.device) -> nn.Module:
        """Make the module as the caller has it; global generators stay as they were."""
        made = self.module
        if not isinstance(made, nn.Module):
            randomness = PrivateRandomness(device)
            randomness.seed(self.seed)
            with randomness.lent():
                made = made(**self.arguments)
        if not isinstance(made, nn.Module):
            raise TypeError(
                f"module={module_name(self.module)} returned {made!r}: a torch.nn.Module was "
                "expected. Pass a subclass of torch.nn.Module, or a function that returns one."
            )
        return deepcopy(made).to(device=device, dtype=TORCH_DTYPES[self.dtype])

    def adapted(self, module: nn.Module) -> nn.Module:
        """The module with one input and raw outputs (n, outputs), whatever it has itself."""
        module = self.rows.adapted(module)
        if self.parts is not None:
            module = AllOutputs(module, self.parts)
        elif self.takes_first:
            module = FirstOutput(module)
        if self.is_vector:
            module = AsColumn(module)
        if self.probabilities is not None:
            n_probabilities = None if self.parts is None else self.n_outputs
            independent = self.probabilities == "logistic"
            module = AsRawOutputs(module, independent, n_probabilities)
        return module

    @property
    def n_extra(self) -> int:
        """Numbers a row besides the prediction."""
        return 0 if self.parts is None else self.parts.n_extra

    def tensor(self, rows: Any) -> Tensor:
        """A few rows, as they are gathered."""
        return self.rows.tensor(rows, module_name(self.module))

    def cast(self, X: Any) -> Any:
        """X in the numbers that the module takes."""
        return self.rows.cast(X, module_name(self.module))


def tried(
    maker: ModuleMaker, rows: Any, input_dtype: str, device: torch.device
) -> tuple[ModuleMaker, nn.Module, Any]:
    """Make a module and try it on a few rows.

    Parameters
    ----------
    maker : ModuleMaker
        It says nothing of what the module takes and returns yet.
    rows : ndarray of shape (n, ...), CSR matrix or NamedArrays
    input_dtype : {"auto", "float", "int64"}
    device : torch.device

    Returns
    -------
    maker : ModuleMaker
        With what is known of the module now, but for its outputs.
    module : Module
        As it was made; what it returns is not adapted.
    outputs : object
        What it returned for the rows.

    Raises
    ------
    ValueError
        If it does not take the rows.
    """
    candidates = maker.rows.candidates(rows, input_dtype)
    module = maker.bare(device)
    errors: list[Exception] = []
    for rows_format in candidates:
        candidate = replace(maker, rows=rows_format)
        x = candidate.tensor(rows).to(device)
        version = x._version
        try:
            if _is_lazy(module):
                # It takes its shapes from the first rows, and draws its weights then.
                _run(rows_format.adapted(module), x, maker.seed)
            outputs, draws = _run(rows_format.adapted(deepcopy(module)), x, maker.seed)
        except Exception as error:  # a forward pass may refuse in its own way
            errors.append(error)
            continue
        found = replace(candidate, draws=draws, changes_rows=x._version != version)
        return found, module, outputs
    raise ValueError(_refused(maker, rows, errors, candidates)) from errors[-1]


def _run(module: nn.Module, x: Tensor, seed: int) -> tuple[Any, bool]:
    """Outputs in prediction, and whether random numbers were drawn."""
    randomness = PrivateRandomness(x.device)
    randomness.seed(seed)
    with randomness.lent(), torch.inference_mode(False), torch.no_grad():
        outputs = module.eval()(x)
    return outputs, randomness.has_drawn


def _is_lazy(module: nn.Module) -> bool:
    return any(is_lazy(tensor) for tensor in [*module.parameters(), *module.buffers()])


def checked_prediction(outputs: Any, maker: ModuleMaker) -> Tensor:
    """The prediction among what a module returned.

    Raises
    ------
    ValueError
        If it is no tensor.
    """
    prediction = prediction_of(outputs)
    if not isinstance(prediction, Tensor):
        raise ValueError(
            f"module={module_name(maker.module)} returned a {type(outputs).__name__}: its forward "
            "pass should return a tensor of shape (n, outputs), or a tuple or dict of tensors "
            "that starts with it."
        )
    return prediction


def adds_up(prediction: Tensor) -> bool:
    """Whether outputs look like probabilities of several classes."""
    several = prediction.ndim == 2 and prediction.shape[1] > 1
    return several and bool(
        (prediction >= 0).all()
        and torch.allclose(prediction.sum(dim=1), prediction.new_tensor(1.0))
    )


def _refused(
    maker: ModuleMaker, rows: Any, errors: Sequence[Exception], candidates: Sequence[RowFormat]
) -> str:
    # With several arrays there are many ways; those in between add little information.
    told = dict(zip(map(str, candidates), errors, strict=True))
    ways = list(dict.fromkeys([str(candidates[0]), str(candidates[-1])]))
    said = "; ".join(f"as {way}: {told[way]}" for way in ways)
    message = (
        f"module={module_name(maker.module)} does not take rows {maker.rows.in_words(rows)}. "
        f"It says, {said}"
    )
    if not any(candidate.integers for candidate in candidates):
        message += "\nWhere it wants integers, pass X of an integer dtype, or input_dtype='int64'."
    return message


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
