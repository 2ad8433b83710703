"""Batch normalisation over the time steps that exist."""

import torch
from torch import Tensor, nn
from torch.nn import functional


class MaskedBatchNorm1d(nn.Module):
    """Batch normalisation of sequences (Ioffe and Szegedy 2015, arXiv:1502.03167).

    Statistics are those of existing steps, and the output is 0 in padding, whatever its input.
    Without padding it is `torch.nn.BatchNorm1d`, and for images (B, C, H, W)
    `torch.nn.BatchNorm2d`. A batch of a single step has no variance: running statistics normalise
    it, as after training, and it leaves them as they are.

    Parameters
    ----------
    n_channels : int
    eps : float, default=1e-5
        Added to the variance.
    momentum : float, default=0.1
        Share of a batch in the running statistics.

    Examples
    --------
    >>> import torch
    >>> from skdeep._engine.modules.batch_norm import MaskedBatchNorm1d
    >>> MaskedBatchNorm1d(3)(torch.zeros(5, 3, 7), torch.ones(5, 1, 7)).shape
    torch.Size([5, 3, 7])
    """

    running_mean: Tensor
    running_var: Tensor

    def __init__(self, n_channels: int, eps: float = 1e-5, momentum: float = 0.1):
        super().__init__()
        self.eps = eps
        self.momentum = momentum
        self.weight = nn.Parameter(torch.ones(n_channels))
        self.bias = nn.Parameter(torch.zeros(n_channels))
        self.register_buffer("running_mean", torch.zeros(n_channels))
        self.register_buffer("running_var", torch.ones(n_channels))

    def forward(self, h: Tensor, real: Tensor | None = None) -> Tensor:  # (B, C, T) -> same
        """Normalise; `real` (B, 1, T) is 1 where a step exists, None says that all do."""
        if real is None:
            return self._normalised(h)
        if not self.training:
            return self._normalised(h) * real
        # A list of existing steps: its statistics need no mask, nor can padding round them.
        exists = real.flatten().nonzero().squeeze(1)  # (steps,)
        steps = h.transpose(1, 2).flatten(0, 1)  # (B * T, C)
        normalised = self._normalised(steps.index_select(0, exists))
        filled = torch.zeros_like(steps).index_copy(0, exists, normalised)
        return filled.unflatten(0, (h.shape[0], h.shape[2])).transpose(1, 2).contiguous()

    def _normalised(self, h: Tensor) -> Tensor:
        several = h.numel() > h.shape[1]
        return functional.batch_norm(
            h,
            self.running_mean,
            self.running_var,
            self.weight,
            self.bias,
            self.training and several,
            self.momentum,
            self.eps,
        )
