"""A block of a Transformer."""

import torch
from torch import Tensor, nn
from torch.nn import functional

# Units of the feed-forward part for each feature; it takes most of the time.
_UNITS = 2


class AttentionBlock(nn.Module):
    """Attention, then a feed-forward part: pre-normalised residual layers.

    Xiong et al. 2020, arXiv:2002.04745.

    Parameters
    ----------
    width : int
        Features of a step.
    n_heads : int
    dropout : float
        Share left out of what is added, while training.
    depth : int
        Blocks of the network.
    """

    def __init__(self, width: int, n_heads: int, dropout: float, depth: int):
        super().__init__()
        self.head_size = width // n_heads
        self.before_attention = nn.LayerNorm(width)
        self.query_key_value = nn.Linear(width, 3 * width)
        self.mix = nn.Linear(width, width)
        self.before_units = nn.LayerNorm(width)
        self.inner = nn.Linear(width, _UNITS * width)
        self.outer = nn.Linear(_UNITS * width, width)
        self.dropout = nn.Dropout(dropout)
        for layer in (self.query_key_value, self.mix, self.inner, self.outer):
            nn.init.xavier_uniform_(layer.weight)
            nn.init.zeros_(layer.bias)
        # What blocks add up to does not grow with their number (Radford et al. 2019).
        for layer in (self.mix, self.outer):
            layer.weight.detach().div_((2.0 * depth) ** 0.5)

    def forward(
        self,
        h: Tensor,
        turns: Tensor | None = None,
        seen: Tensor | None = None,
        attention: list[Tensor] | None = None,
    ) -> Tensor:  # (B, T, width) -> same
        """Attend and transform.

        Parameters
        ----------
        h : Tensor of shape (B, T, width)
        turns : Tensor of shape (2, T, width / n_heads / 2) or None
            Cosines and sines of the angles by which queries and keys turn.
        seen : Tensor of bool that broadcasts to (B, n_heads, T, T) or None
            Which steps (fourth axis) each (third) sees; None for all.
        attention : list of Tensor or None
            The weights of attention, (B, n_heads, T, T), are appended to it.
        """
        projected = self.query_key_value(self.before_attention(h))
        shape = (3, -1, self.head_size)
        query, key, value = projected.unflatten(2, shape).permute(2, 0, 3, 1, 4)
        if turns is not None:
            query, key = _turned(query, turns), _turned(key, turns)  # (B, heads, T, head_size)
        if attention is None:
            mixed = functional.scaled_dot_product_attention(query, key, value, attn_mask=seen)
        else:
            scores = query @ key.mT / self.head_size**0.5
            if seen is not None:
                scores = scores.masked_fill(~seen, -torch.inf)
            attention.append(scores.softmax(dim=3))
            mixed = attention[-1] @ value
        h = h + self.dropout(self.mix(mixed.transpose(1, 2).flatten(2)))
        units = functional.gelu(self.inner(self.before_units(h)))
        return h + self.dropout(self.outer(units))


def _turned(h: Tensor, turns: Tensor) -> Tensor:
    """Turn pairs of features, the first half being paired with the second."""
    cosine, sine = turns
    first, second = h.chunk(2, dim=3)
    return torch.cat([first * cosine - second * sine, second * cosine + first * sine], dim=3)
