"""Recurrent networks over sequences of several lengths."""

import torch
from torch import Tensor, nn

from skdeep._kinds.sequences.stem import SequenceStem

CELLS = {"rnn": nn.RNN, "lstm": nn.LSTM, "gru": nn.GRU}
# The gate that decides what is kept, among those of a cell in torch's order.
_KEEPING_GATE = {"lstm": 1, "gru": 1}


class RecurrentTrunk(nn.Module):
    """Layers of recurrent cells, read from the start, and from the end if `bidirectional`.

    Cells read rectified features of a few neighbouring steps, normalised: with these they learn in
    less time than with raw values. Initial weights are orthogonal from step to step (Saxe et al.
    2014, arXiv:1312.6120) and Glorot's from layer to layer.

    Parameters
    ----------
    n_channels : int
    cell : {'rnn', 'lstm', 'gru'}, default='lstm'
    width : int, default=64
        Units of a layer in each direction; 2 at least.
    depth : int, default=1
        Layers.
    bidirectional : bool, default=False
    dropout : float, default=0.0
        Share of units left out between layers while training.
    patch : int, default=1
        Steps that become one before the first layer: the time that a pass takes falls with it.
    longest : int, default=None
        Steps that a memory should span: gates start such that units forget at time scales up to
        it (Tallec and Ollivier 2018, arXiv:1804.11188). None starts all gates that keep the
        memory at a bias of 1 (Jozefowicz et al. 2015).

    Attributes
    ----------
    n_features : int
        Features of a step; those of the backward direction are the second half.
    """

    def __init__(
        self,
        n_channels: int,
        cell: str = "lstm",
        width: int = 64,
        depth: int = 1,
        bidirectional: bool = False,
        dropout: float = 0.0,
        patch: int = 1,
        longest: int | None = None,
    ):
        super().__init__()
        if cell not in CELLS:
            raise ValueError(f"cell={cell!r} is none of {', '.join(map(repr, CELLS))}.")
        if width < 2:
            raise ValueError(f"width={width} leaves nothing to normalise: give 2 units or more.")
        self.bidirectional = bidirectional
        self.n_features = width * (2 if bidirectional else 1)
        self.stem = SequenceStem(n_channels, width, patch)
        self.norm = nn.LayerNorm(width)
        span = None if longest is None else -(-longest // patch)
        sizes = [width, *[self.n_features] * (depth - 1)]
        self.forwards = nn.ModuleList(_layer(cell, size, width, span) for size in sizes)
        self.backwards = nn.ModuleList(
            _layer(cell, size, width, span) for size in (sizes if bidirectional else [])
        )
        self.dropout = nn.Dropout(dropout)

    def forward(self, values: Tensor, real: Tensor | None) -> tuple[Tensor, Tensor | None]:
        """(B, C, T) -> (B, n_features, ceil(T / patch)), and which of these steps exist."""
        h, real = self.stem(values, real)
        h = self.norm(h.permute(2, 0, 1)).relu()  # (T', B, width): what torch's kernels work on
        mirrored = _mirrored_steps(h, real) if self.bidirectional else None
        for i, layer in enumerate(self.forwards):
            if i:
                h = self.dropout(h)
            out = layer(h)[0]
            if mirrored is not None:
                back = self.backwards[i](_taken(h, mirrored))[0]
                out = torch.cat([out, _taken(back, mirrored)], dim=2)
            h = out
        return h.permute(1, 2, 0), real


def _mirrored_steps(h: Tensor, real: Tensor | None) -> Tensor:
    """Where to find each step when existing ones are read backwards; (T, B).

    Sequences so turned are faster to run through than packed ones, whose steps torch's CPU
    kernels take one by one.
    """
    n_steps, n_rows = h.shape[:2]
    step = torch.arange(n_steps, device=h.device).unsqueeze(1)
    if real is None:
        return (n_steps - 1 - step).expand(-1, n_rows)
    length = real.sum(dim=2).long().T  # (1, B)
    return torch.where(step < length, length - 1 - step, step)


def _taken(h: Tensor, steps: Tensor) -> Tensor:
    return h.gather(0, steps.unsqueeze(2).expand(-1, -1, h.shape[2]))


def _layer(cell: str, n_inputs: int, width: int, span: int | None) -> nn.RNNBase:
    layer = CELLS[cell](n_inputs, width)
    for block in layer.weight_ih_l0.split(width):
        nn.init.xavier_uniform_(block)
    for block in layer.weight_hh_l0.split(width):
        nn.init.orthogonal_(block)
    nn.init.zeros_(layer.bias_ih_l0)
    nn.init.zeros_(layer.bias_hh_l0)
    if cell in _KEEPING_GATE:
        _start_gates(layer.bias_ih_l0.detach().view(-1, width), _KEEPING_GATE[cell], span)
    return layer


def _start_gates(bias: Tensor, keeping: int, span: int | None) -> None:
    if span is None or span < 3:
        bias[keeping] = 1.0
        return
    bias[keeping] = torch.empty_like(bias[keeping]).uniform_(1.0, span - 1.0).log()
    if len(bias) == 4:  # an LSTM lets in as much as it forgets; a GRU has one gate for both
        bias[0] = -bias[keeping]
