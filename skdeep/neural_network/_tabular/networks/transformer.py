"""A Transformer over the columns of a table: every column is a token."""

import torch
from torch import Generator, Tensor, nn

from skdeep.neural_network._tabular.networks.layers import (
    LastLinear,
    LearnedActivation,
    ScaledLinear,
)
from skdeep.neural_network._tabular.networks.plan import TablePlan
from skdeep.neural_network._tabular.networks.tensors import Tensors, run_alone
from skdeep.neural_network._tabular.networks.trunks import Encoded


class ColumnTokens(nn.Module):
    """A vector for every column of a row: direction times value plus position, or an embedding.

    Parameters
    ----------
    n_values : int
        Columns that hold scaled values.
    size : int
        Length of a token.
    generator : Generator
    """

    def __init__(self, n_values: int, size: int, generator: Generator):
        super().__init__()
        self.size = size
        self.direction = nn.Parameter(torch.randn(n_values, size, generator=generator))
        self.position = nn.Parameter(torch.randn(n_values + 1, size, generator=generator))

    def forward(self, tensors: Tensors, encoded: Encoded) -> Tensor:
        """Tokens of the columns after one that gathers the answer; (K, B, tokens, size)."""
        position = tensors["position"].unsqueeze(1)  # (K, 1, n_values + 1, size)
        members, n_rows = encoded.features.shape[:2]
        first = position[:, :, :1].expand(-1, n_rows, -1, -1)
        direction = tensors["direction"].unsqueeze(1)
        tokens = [first, encoded.features.unsqueeze(3) * direction + position[:, :, 1:]]
        if encoded.embedded is not None:
            tokens.append(encoded.embedded.view(members, n_rows, -1, self.size))
        return torch.cat(tokens, dim=2)


class TableTransformerTrunk(nn.Module):
    """Attention between the columns of a row (FT-Transformer, Gorishniy et al. 2021).

    arXiv:2106.11959. Attention is written as products, which have a member axis.

    Parameters
    ----------
    plan : TablePlan
    tokens : Tensor of shape (1, m, n_tokens, width)
        What the trunk will see, for some rows.
    start : Tensor of shape (n_outputs,)
    generator : Generator
    """

    def __init__(self, plan: TablePlan, tokens: Tensor, start: Tensor, generator: Generator):
        super().__init__()
        self.blocks = nn.ModuleList()
        tokens = tokens[0]
        for _ in range(plan.depth):
            block = _AttentionBlock(plan, tokens, generator)
            self.blocks.append(block)
            tokens = run_alone(block, tokens)
        self.last = LastLinear(tokens.shape[2], start)

    def hidden(
        self, tensors: Tensors, tokens: Tensor, attention: list[Tensor] | None = None
    ) -> Tensor:
        """The first token after the last block; (K, B, width)."""
        for i, block in enumerate(self.blocks):
            tokens = block(tensors["blocks"][str(i)], tokens, attention)
        return _normalised(tokens[:, :, 0])

    def forward(self, tensors: Tensors, tokens: Tensor) -> Tensor:
        """Raw outputs; (K, B, n_outputs)."""
        return self.last(tensors["last"], self.hidden(tensors, tokens))


class _AttentionBlock(nn.Module):
    """Attention, then two products for each token; each adds to what it sees."""

    def __init__(self, plan: TablePlan, tokens: Tensor, generator: Generator):
        super().__init__()
        size = tokens.shape[2]
        self.n_heads = plan.n_heads
        flat = _normalised(tokens).flatten(0, 1)
        self.query_key_value = ScaledLinear(flat, 3 * size, generator)
        self.mix = ScaledLinear(flat, size, generator)
        self.inner = ScaledLinear(flat, 2 * size, generator)
        self.activation = LearnedActivation(plan.activation, 2 * size, plan.learns_activation)
        branch = run_alone(self.activation, run_alone(self.inner, flat))
        self.outer = ScaledLinear(branch, size, generator)

    def forward(
        self, tensors: Tensors, tokens: Tensor, attention: list[Tensor] | None = None
    ) -> Tensor:  # (K, B, tokens, size) -> same
        """Attend and transform; the weights of attention are appended to `attention`."""
        members, n_rows, n_tokens, size = tokens.shape

        def apply(part: nn.Module, name: str, h: Tensor) -> Tensor:
            return part(tensors.get(name, {}), h)

        flat = _normalised(tokens).flatten(1, 2)  # (K, B * tokens, size)
        projected = apply(self.query_key_value, "query_key_value", flat)
        shape = (members, n_rows, n_tokens, 3, self.n_heads, size // self.n_heads)
        query, key, value = projected.view(shape).permute(3, 0, 1, 4, 2, 5)
        weights = torch.softmax(query @ key.mT / query.shape[-1] ** 0.5, dim=-1)
        if attention is not None:
            attention.append(weights)  # (K, B, heads, tokens, tokens)
        seen = (weights @ value).transpose(2, 3).reshape(members, n_rows * n_tokens, size)
        tokens = tokens + apply(self.mix, "mix", seen).view_as(tokens)
        flat = _normalised(tokens).flatten(1, 2)
        branch = apply(self.activation, "activation", apply(self.inner, "inner", flat))
        return tokens + apply(self.outer, "outer", branch).view_as(tokens)


def _normalised(h: Tensor) -> Tensor:
    return nn.functional.layer_norm(h, h.shape[-1:])
