"""A member axis for the attention kernel of the CPU, which torch.func has none for."""

import threading

import torch
from torch import Tensor

_KERNEL = "_scaled_dot_product_flash_attention_for_cpu"
_registering = threading.Lock()
_library: torch.library.Library | None = None  # the rule lives as long as this does


def batch_attention() -> None:
    """Tell torch.func how to batch attention on the CPU, unless it knows.

    Without a rule it would compute members one after the other, and warn at every step.
    """
    global _library
    with _registering:
        if _library is not None or torch._C._dispatch_has_kernel_for_dispatch_key(
            f"aten::{_KERNEL}", "FuncTorchBatched"
        ):
            return
        _library = torch.library.Library("aten", "IMPL")
        _library.impl(_KERNEL, _attention_by_parts, "FuncTorchBatched")


def _attention_by_parts(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    dropout_p: float = 0.0,
    is_causal: bool = False,
    *,
    attn_mask: Tensor | None = None,
    scale: float | None = None,
) -> tuple[Tensor, Tensor]:
    """Attention from products and a softmax, all of which have a member axis."""
    output, _ = torch.ops.aten._scaled_dot_product_attention_math(
        query, key, value, attn_mask, dropout_p, is_causal, scale=scale
    )
    # The second result is there for the kernel's own backward pass, which is not called.
    return output, output.new_zeros(())
