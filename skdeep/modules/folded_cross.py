"""A cross network, rewritten to predict: all that is linear in its inputs is one product."""

from typing import TYPE_CHECKING

import torch
from torch import Tensor

from skdeep.modules.member_tensors import Tensors
from skdeep.modules.table_layers import BIAS_RATE

if TYPE_CHECKING:
    from skdeep.modules.table_trunks import CrossNetwork


class FoldedCross:
    """One cross network.

    With ``h = first + scale * first * p`` for products `p` of what was multiplied before, no layer
    but the second to last needs to be as wide as `first`: the last is summed over at once.

    Parameters
    ----------
    cross : CrossNetwork
        Says what is computed; its own tensors are not used.
    tensors : dict
        Parameters, of shape (1, ...).

    Attributes
    ----------
    weight : Tensor of shape (width, n_products)
        What `first` is to be multiplied by.
    bias : Tensor of shape (n_outputs,)
        To be added to what comes out.
    """

    def __init__(self, cross: "CrossNetwork", tensors: Tensors):
        numbers = [str(i) for i in range(len(cross.down))]
        self._down, self._up = ([tensors[n][i][0] for i in numbers] for n in ("down", "up"))
        self._scale = cross.scale
        last = cross.last.factor * tensors["last"]["weight"][0]  # (width, outputs)
        self.bias = BIAS_RATE * tensors["last"]["bias"][0]
        self._last = last.T.contiguous()
        summed = self._scale * self._up[-1].unsqueeze(0) * self._last.unsqueeze(1)
        by_last = summed.flatten(0, 1).T  # (width, outputs * rank)
        self.weight = torch.cat([*self._down, by_last, last], dim=1)
        ranks = [down.shape[1] for down in self._down]
        self._sizes = [*ranks, by_last.shape[1], last.shape[1]]

    def outputs(self, first: Tensor, products: Tensor) -> Tensor:
        """Raw outputs (n, outputs), for `first` (n, width) and what it gives with `weight`."""
        *inner, by_last, outputs = products.split(self._sizes, dim=1)
        grown: Tensor | None = None  # first * p
        for i, part in enumerate(inner):
            if grown is not None:
                part.addmm_(grown, self._down[i], alpha=self._scale)
            if i == len(inner) - 1:
                break
            more = torch.mm(part, self._up[i])
            grown = more.mul_(first) if grown is None else grown.addcmul_(more, first)
        of_last = by_last.unflatten(1, (-1, inner[-1].shape[1]))  # (n, outputs, rank)
        outputs = outputs + (of_last * inner[-1].unsqueeze(1)).sum(dim=2)
        if grown is not None:  # products are slow where the last axis is short
            outputs += self._scale * torch.mm(self._last, grown.T).T
        return outputs
