"""Cross networks with a leading member axis, and their hand-written backward pass."""

import torch
from torch import Tensor

from skdeep.neural_network._tabular.networks.layers import BIAS_RATE, scaled_bias
from skdeep.neural_network._tabular.networks.tensors import Tensors
from skdeep.neural_network._tabular.networks.trunks import CrossNetwork


class PackedCross:
    """K cross networks: what autograd computes, in fewer passes over less memory.

    Parameters
    ----------
    cross : CrossNetwork
        Says what is computed; its own tensors are not used.
    own, grads : dict
        Parameters and where to write their gradients, as trees of (K, ...).
    n_fixed : int
        Columns of what is crossed that need no gradient; they come first.
    """

    def __init__(self, cross: CrossNetwork, own: Tensors, grads: Tensors, n_fixed: int):
        self._n_layers = len(cross.down)
        self._scale, self._last_factor = cross.scale, cross.last.factor
        numbers = [str(i) for i in range(self._n_layers)]
        self._down, self._up = ([own[name][i] for i in numbers] for name in ("down", "up"))
        self._by_down, self._by_up = ([grads[name][i] for i in numbers] for name in ("down", "up"))
        self._last, self._by_last = own["last"], grads["last"]
        self._n_fixed = n_fixed
        self._buffers: dict[torch.Size, list[list[Tensor]]] = {}
        # Left behind by `forward` for `backward`.
        self._hidden: list[Tensor]  # what the layers read and the last product; (K, B, width)
        self._inner: list[Tensor]  # (K, B, rank)
        self._products: list[Tensor]  # (K, B, width)
        self._last_weight: Tensor  # (K, outputs, width)

    def forward(self, first: Tensor, out: Tensor) -> None:
        """Add the raw outputs for `first` (K, B, width) to `out` (K, B, outputs)."""
        hidden, self._inner, self._products = self._buffers_for(first)
        self._hidden = [first, *hidden]
        for i, (down, up) in enumerate(zip(self._down, self._up, strict=True)):
            h, product = self._hidden[i], self._products[i]
            torch.bmm(h, down, out=self._inner[i])
            torch.bmm(self._inner[i], up, out=product)
            torch.addcmul(h, first, product, value=self._scale, out=self._hidden[i + 1])
        self._last_weight = self._last_factor * self._last["weight"].mT
        out.mT.baddbmm_(self._last_weight, self._hidden[-1].mT)
        out.add_(scaled_bias(self._last))

    def backward(self, delta: Tensor) -> Tensor:
        """Write gradients that follow from `delta` by the raw outputs; (K, B, outputs).

        Returns
        -------
        Tensor of shape (K, B, width - n_fixed)
            Gradient by those columns of `first` that need one.
        """
        first, scale, learned = self._hidden[0], self._scale, slice(self._n_fixed, None)
        by_weight = torch.bmm(delta.mT, self._hidden[-1]).mT
        torch.mul(by_weight, self._last_factor, out=self._by_last["weight"])
        torch.sum(delta, dim=1, out=self._by_last["bias"]).mul_(BIAS_RATE)
        by_h = torch.bmm(delta, self._last_weight, out=self._hidden[-1])
        by_first = torch.zeros_like(first[..., learned])
        for i in range(self._n_layers - 1, -1, -1):
            product, inner = self._products[i], self._inner[i]
            if by_first.numel():
                by_first.addcmul_(by_h[..., learned], product[..., learned], value=scale)
            by_product = torch.mul(by_h, first, out=product)
            _product(inner.mT, by_product, scale, out=self._by_up[i])
            by_inner = _product(by_product, self._up[i].mT, scale, out=inner)
            _product(self._hidden[i].mT, by_inner, 1.0, out=self._by_down[i])
            if i:
                by_h.baddbmm_(by_inner, self._down[i].mT)
            elif by_first.numel():
                by_first.add_(by_h[..., learned])
                by_first.baddbmm_(by_inner, self._down[i][:, learned].mT)
        return by_first

    def _buffers_for(self, first: Tensor) -> list[list[Tensor]]:
        if first.shape not in self._buffers:
            rank = self._down[0].shape[2]
            shapes = (first.shape, (*first.shape[:2], rank), first.shape)
            self._buffers[first.shape] = [
                [first.new_empty(shape) for _ in range(self._n_layers)] for shape in shapes
            ]
        return self._buffers[first.shape]


def _product(left: Tensor, right: Tensor, factor: float, out: Tensor) -> Tensor:
    return torch.baddbmm(out, left, right, beta=0, alpha=factor, out=out)
