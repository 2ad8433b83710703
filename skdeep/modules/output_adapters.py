"""What modules return, as the raw outputs (n, outputs) that training wants."""

import torch
from torch import Tensor, nn

from skdeep.modules.named_inputs import NamedInputs


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
    """

    def __init__(self, inner: nn.Module, independent: bool):
        super().__init__()
        self.inner = inner
        self.independent = independent

    def forward(self, x: Tensor) -> Tensor:
        """Raw outputs (n, outputs)."""
        p: Tensor = self.inner(x)
        if self.independent:
            eps = torch.finfo(p.dtype).eps
            return torch.logit(p.clamp(eps, 1 - eps))
        return torch.log(p.clamp_min(torch.finfo(p.dtype).tiny))


def without_adapters(module: nn.Module) -> nn.Module:
    """The module inside adapters of its inputs and outputs.

    Parameters
    ----------
    module : Module
    """
    while isinstance(module, AsColumn | AsRawOutputs | NamedInputs):
        module = module.inner
    return module
