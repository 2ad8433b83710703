"""A cross network, rewritten to predict: all that is linear in its inputs is one product."""

import torch
from torch import Tensor

from skdeep.neural_network._tabular.networks.layers import BIAS_RATE
from skdeep.neural_network._tabular.networks.tensors import Tensors
from skdeep.neural_network._tabular.networks.trunks import CrossNetwork


class FoldedCross:
    """One cross network.

    What the layers add to `first` is multiples of it: their sum is `grown`. That of the last layer
    is weighted and summed over by a product of `first`, where outputs are few.

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

    def __init__(self, cross: CrossNetwork, tensors: Tensors):
        numbers = [str(i) for i in range(len(cross.down))]
        self._down, self._up = ([tensors[n][i][0] for i in numbers] for n in ("down", "up"))
        self._scale = cross.scale
        last = cross.last.factor * tensors["last"]["weight"][0]  # (width, outputs)
        self.bias = BIAS_RATE * tensors["last"]["bias"][0]
        self._last = last.T.contiguous()
        ranks = [down.shape[1] for down in self._down]
        self._sums_last = ranks[-1] * len(self._last) <= len(last)
        columns = [*self._down, last]
        if self._sums_last:
            summed = self._scale * self._up[-1] * self._last.unsqueeze(1)  # (outputs, rank, width)
            columns.append(summed.flatten(0, 1).T)
        self.weight = torch.cat(columns, dim=1)
        self._sizes = [part.shape[1] for part in columns]

    def outputs(self, first: Tensor, products: Tensor) -> Tensor:
        """Raw outputs (n, outputs), for `first` (n, width) and what it gives with `weight`."""
        n_layers = len(self._down)
        parts = products.split(self._sizes, dim=1)
        inner, outputs = parts[:n_layers], parts[n_layers]
        grown: Tensor | None = None
        for i, part in enumerate(inner):
            if grown is not None:
                part.addmm_(grown, self._down[i], alpha=self._scale)
            if i + 1 < n_layers or not self._sums_last:
                more = torch.mm(part, self._up[i])
                grown = more.mul_(first) if grown is None else grown.addcmul_(more, first)
        if grown is not None:  # products are slow where the last axis is short
            outputs = outputs + self._scale * torch.mm(self._last, grown.T).T
        if self._sums_last:
            summed = parts[-1].unflatten(1, (len(self._last), -1))  # (n, outputs, rank)
            outputs = outputs + (summed * inner[-1].unsqueeze(1)).sum(dim=2)
        return outputs
