"""From the `module` of an estimator to a torch module that gives raw outputs, ready to train."""

from collections.abc import Sequence
from copy import deepcopy
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import scipy.sparse
import torch
from torch import Tensor, nn
from torch.nn.parameter import is_lazy

from skdeep.encoding import TORCH_DTYPES
from skdeep.modules import AsColumn, AsRawOutputs, PrivateRandomness
from skdeep.neural_network._module_arguments import module_name


@dataclass(frozen=True)
class ModuleMaker:
    """How a module is made, so that it can be made again where it was not kept.

    Attributes
    ----------
    module : Module, type or callable
    arguments : dict
    dtype : {"float32", "float64"}
        What parameters, and rows that are not integers, are.
    row_shape : tuple of int
        Shape of a sample.
    seed : int
        What initial weights follow from.
    integers : bool
        Whether the module takes its rows as int64.
    is_vector : bool
        Whether it returns a vector for its rows, which becomes a column.
    probabilities : {"softmax", "logistic"} or None
        By what link it returns probabilities, which become raw outputs.
    draws, changes_rows : bool
        Whether it draws random numbers, or works in place on its rows, in prediction.
    """

    module: Any
    arguments: dict[str, Any]
    dtype: str
    row_shape: tuple[int, ...]
    seed: int
    integers: bool = False
    is_vector: bool = False
    probabilities: str | None = None
    draws: bool = False
    changes_rows: bool = False

    def make(self, device: torch.device) -> nn.Module:
        """Make the module with its initial weights; it gives raw outputs (n, outputs)."""
        module = self.bare(device)
        if _is_lazy(module):
            _run(module, self.tensor(np.zeros((1, *self.row_shape))).to(device), self.seed)
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
        """The module with raw outputs (n, outputs), whatever it returns itself."""
        if self.is_vector:
            module = AsColumn(module)
        if self.probabilities is not None:
            module = AsRawOutputs(module, independent=self.probabilities == "logistic")
        return module

    def tensor(self, rows: Any) -> Tensor:
        """A few rows, dense or sparse, as the module takes them."""
        rows = rows.toarray() if scipy.sparse.issparse(rows) else np.asarray(rows)
        return torch.from_numpy(np.array(self.cast(rows)))

    def cast(self, X: Any) -> Any:
        """Rows in the numbers that the module takes.

        Raises
        ------
        ValueError
            If it takes integers and a number is none.
        """
        if not self.integers:
            return X.astype(self.dtype, copy=False)
        if X.dtype.kind == "f":
            values = X.data if scipy.sparse.issparse(X) else X
            broken = values[values != np.floor(values)]
            if broken.size:
                raise ValueError(
                    f"module={module_name(self.module)} takes integers, but X has "
                    f"{broken.flat[0]:g}. Pass whole numbers, or choose input_dtype='float'."
                )
        return X.astype(np.int64, copy=False)


def tried(
    maker: ModuleMaker, rows: Any, input_dtype: str, device: torch.device
) -> tuple[ModuleMaker, nn.Module, tuple[int, ...], bool]:
    """Make a module and try it on a few rows.

    Parameters
    ----------
    maker : ModuleMaker
        It says nothing of what the module takes and returns yet.
    rows : ndarray of shape (n, ...) or CSR matrix
    input_dtype : {"auto", "float", "int64"}
    device : torch.device

    Returns
    -------
    maker : ModuleMaker
        With what is known of the module now, but for its outputs.
    module : Module
        As it was made; what it returns is not adapted.
    shape : tuple of int
        Shape of its outputs.
    adds_up : bool
        Whether they look like probabilities of several classes.

    Raises
    ------
    ValueError
        If it does not take the rows.
    """
    candidates = [input_dtype == "int64"]
    if input_dtype == "auto" and rows.dtype.kind in "iu":
        candidates = [True, False]  # as they are, if it takes them: nothing is rounded
    module = maker.bare(device)
    errors: list[Exception] = []
    for integers in candidates:
        candidate = replace(maker, integers=integers)
        x = candidate.tensor(rows).to(device)
        version = x._version
        try:
            # The first rows are what a lazy module takes its shapes from.
            subject = module if _is_lazy(module) else deepcopy(module)
            outputs, draws = _run(subject, x, maker.seed)
        except Exception as error:  # a forward pass may refuse in its own way
            errors.append(error)
            continue
        found = replace(candidate, draws=draws, changes_rows=x._version != version)
        return found, module, *_looked_at(outputs, found)
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


def _looked_at(outputs: Any, maker: ModuleMaker) -> tuple[tuple[int, ...], bool]:
    if not isinstance(outputs, Tensor):
        raise ValueError(
            f"module={module_name(maker.module)} returned a {type(outputs).__name__}: its forward "
            "pass should return one tensor of shape (n, outputs)."
        )
    several = outputs.ndim == 2 and outputs.shape[1] > 1
    adds_up = several and bool(
        (outputs >= 0).all() and torch.allclose(outputs.sum(dim=1), outputs.new_tensor(1.0))
    )
    return tuple(outputs.shape), adds_up


def _refused(
    maker: ModuleMaker, rows: Any, errors: Sequence[Exception], candidates: Sequence[bool]
) -> str:
    said = [
        f"as {'int64' if integers else maker.dtype}: {error}"
        for integers, error in zip(candidates, errors, strict=True)
    ]
    message = (
        f"module={module_name(maker.module)} does not take rows of shape {tuple(rows.shape)}; "
        f"its forward pass is called with one tensor, the rows. It says, {'; '.join(said)}"
    )
    if True not in candidates:
        message += "\nWhere it wants integers, pass X of an integer dtype, or input_dtype='int64'."
    return message
