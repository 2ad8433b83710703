"""What modules return, as the raw outputs (n, outputs) that training wants."""

import torch
from torch import Tensor, nn

from skdeep._engine.modules.named_inputs import NamedInputs
from skdeep._engine.modules.outputs import AllOutputs, FirstOutput


class AsColumn(nn.Module):
    """A module that returns one number a row, with a column of them.

    Parameters
    ----------
    inner : Module
    """

    def __init__(self, inner: nn.Module):
        super().__init__()
        self.inner = inner

    def forward(self, x: Tensor) -> Tensor:
        """Raw outputs (n, 1)."""
        outputs: Tensor = self.inner(x)
        return outputs.reshape(len(x), 1)


class AsRawOutputs(nn.Module):
    """A module that returns probabilities, with logarithms that give them back.

    Parameters
    ----------
    inner : Module
    independent : bool
        Whether each output is a probability by itself (the link is the logistic function) and not
        one of a row that adds up to 1 (softmax).
    n_probabilities : int, default=None
        How many outputs, the first ones, are probabilities; None for all.
    """

    def __init__(self, inner: nn.Module, independent: bool, n_probabilities: int | None = None):
        super().__init__()
        self.inner = inner
        self.independent = independent
        self.n_probabilities = n_probabilities

    def forward(self, x: Tensor) -> Tensor:
        """Raw outputs (n, outputs)."""
        outputs: Tensor = self.inner(x)
        p, others = outputs[:, : self.n_probabilities], None
        if self.n_probabilities is not None:
            others = outputs[:, self.n_probabilities :]
        if self.independent:
            eps = torch.finfo(p.dtype).eps
            raw = torch.logit(p.clamp(eps, 1 - eps))
        else:
            raw = torch.log(p.clamp_min(torch.finfo(p.dtype).tiny))
        return raw if others is None else torch.cat([raw, others], dim=1)


_ADAPTERS = AsColumn | AsRawOutputs | AllOutputs | FirstOutput | NamedInputs


def without_adapters(module: nn.Module) -> nn.Module:
    """The module inside adapters of its inputs and outputs.

    Parameters
    ----------
    module : Module
    """
    while isinstance(module, _ADAPTERS):
        module = module.inner
    return module
