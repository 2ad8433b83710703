"""A product of matrices times a constant, whose gradients need no pass of their own for it."""

from typing import Any

import torch
from torch import Tensor


class ScaledProduct(torch.autograd.Function):
    """``bias + factor * h @ weight`` for many members.

    Autograd would multiply gradients by the factor one by one; products can do it on the way.
    """

    generate_vmap_rule = True

    @staticmethod
    def forward(h: Tensor, weight: Tensor, bias: Tensor, factor: float) -> Tensor:
        """Compute (K, B, in), (K, in, out), (K, 1, out) -> (K, B, out)."""
        return torch.baddbmm(bias, h, weight, alpha=factor)

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Any, ...], output: Tensor) -> None:
        """Keep what the gradients are made of."""
        h, weight, _, ctx.factor = inputs
        ctx.save_for_backward(h, weight)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor | None, ...]:
        """Gradients by `h`, where anything asks for it, `weight` and `bias`."""
        (delta,) = gradients
        h, weight = ctx.saved_tensors
        by_weight = torch.baddbmm(weight, h.mT, delta, beta=0, alpha=ctx.factor)
        by_h = None
        if ctx.needs_input_grad[0]:
            by_h = torch.baddbmm(h, delta, weight.mT, beta=0, alpha=ctx.factor)
        return by_h, by_weight, delta.sum(dim=1, keepdim=True), None


def scaled_product(h: Tensor, weight: Tensor, bias: Tensor, factor: float) -> Tensor:
    """``bias + factor * h @ weight``; (K, B, in), (K, in, out), (K, 1, out) -> (K, B, out)."""
    product: Tensor = ScaledProduct.apply(h, weight, bias, factor)
    return product
