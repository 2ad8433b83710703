"""From encoded columns to raw outputs: a perceptron, a residual network, shared heads, crosses."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Generator, Tensor, nn

from skdeep.neural_network._tabular.networks.layers import (
    FirstLinear,
    LastLinear,
    LearnedActivation,
    ScaledLinear,
)
from skdeep.neural_network._tabular.networks.plan import TablePlan
from skdeep.neural_network._tabular.networks.tensors import Tensors, own_tensors, run_alone

Masks = Sequence[Tensor] | None


@dataclass
class Encoded:
    """What a trunk reads of some rows.

    Attributes
    ----------
    features : Tensor of shape (K, B, n_features)
        Fixed functions of the columns.
    embedded : Tensor of shape (K, B, n_embedded) or None
        Vectors of categories, which are learned.
    """

    features: Tensor
    embedded: Tensor | None = None

    @property
    def joined(self) -> Tensor:
        """Both side by side."""
        if self.embedded is None:
            return self.features
        return torch.cat([self.features, self.embedded], dim=2)


class PerceptronTrunk(nn.Module):
    """Layers of a product, an activation and dropout, and a last product.

    Parameters
    ----------
    plan : TablePlan
    encoded : Encoded
        What the trunk will see, for some rows.
    start : Tensor of shape (n_outputs,)
        Outputs before training.
    generator : Generator
    """

    def __init__(self, plan: TablePlan, encoded: Encoded, start: Tensor, generator: Generator):
        super().__init__()
        self.linears, self.activations = nn.ModuleList(), nn.ModuleList()
        h = encoded.joined
        for i in range(plan.depth):
            linear = (ScaledLinear if i else FirstLinear)(h[0], plan.width, generator)
            activation = LearnedActivation(plan.activation, plan.width, plan.learns_activation)
            self.linears.append(linear)
            self.activations.append(activation)
            h = activation(own_tensors(activation), linear(own_tensors(linear), h))
        self.last = LastLinear(h.shape[2], start)

    def hidden(self, tensors: Tensors, encoded: Encoded, masks: Masks = None) -> Tensor:
        """Values of the last hidden layer, or what was read where there is none."""
        h = encoded.features if self.linears else encoded.joined
        for i, (linear, activation) in enumerate(zip(self.linears, self.activations, strict=True)):
            more = () if i else (encoded.embedded,)
            z = linear(tensors["linears"][str(i)], h, *more)
            h = activation(tensors.get("activations", {}).get(str(i), {}), z)
            if masks is not None:
                h = h * masks[i]
        return h

    def forward(self, tensors: Tensors, encoded: Encoded, masks: Masks = None) -> Tensor:
        """Raw outputs; (K, B, n_outputs)."""
        return self.last(tensors["last"], self.hidden(tensors, encoded, masks))


class ResidualTrunk(nn.Module):
    """Blocks that add to what they see (Gorishniy et al. 2021, arXiv:2106.11959).

    A block normalises a row, multiplies, activates, drops out and multiplies. A row is normalised
    by itself, so that neighbours in a batch do not matter.
    """

    def __init__(self, plan: TablePlan, encoded: Encoded, start: Tensor, generator: Generator):
        super().__init__()
        self.first = FirstLinear(encoded.joined[0], plan.width, generator)
        h = run_alone(self.first, encoded.joined[0])
        self.inner, self.outer = nn.ModuleList(), nn.ModuleList()
        self.activations = nn.ModuleList()
        for _ in range(plan.depth):
            inner = ScaledLinear(_normalised(h), plan.width, generator)
            activation = LearnedActivation(plan.activation, plan.width, plan.learns_activation)
            branch = run_alone(activation, run_alone(inner, _normalised(h)))
            outer = ScaledLinear(branch, plan.width, generator)
            self.inner.append(inner)
            self.activations.append(activation)
            self.outer.append(outer)
            h = h + run_alone(outer, branch)
        self.last = LastLinear(plan.width, start)

    def hidden(self, tensors: Tensors, encoded: Encoded, masks: Masks = None) -> Tensor:
        """Values before the last product; (K, B, width)."""
        h = self.first(tensors["first"], encoded.features, encoded.embedded)
        for i, (inner, activation, outer) in enumerate(
            zip(self.inner, self.activations, self.outer, strict=True)
        ):
            z = inner(tensors["inner"][str(i)], _normalised(h))
            branch = activation(tensors.get("activations", {}).get(str(i), {}), z)
            if masks is not None:
                branch = branch * masks[i]
            h = h + outer(tensors["outer"][str(i)], branch)
        return _normalised(h)

    def forward(self, tensors: Tensors, encoded: Encoded, masks: Masks = None) -> Tensor:
        """Raw outputs; (K, B, n_outputs)."""
        return self.last(tensors["last"], self.hidden(tensors, encoded, masks))


class SharedHeadsTrunk(nn.Module):
    """One perceptron that is many: every head sees inputs of its own signs (TabM-mini).

    The heads share all products but the last (Gorishniy et al. 2024, arXiv:2410.24210). Each is
    trained by its own loss; `forward` returns their outputs side by side.
    """

    def __init__(self, plan: TablePlan, encoded: Encoded, start: Tensor, generator: Generator):
        super().__init__()
        self.n_heads = plan.n_heads
        h = encoded.joined[0]
        signs = torch.randint(2, (plan.n_heads, h.shape[1]), generator=generator)
        self.adapter = nn.Parameter(2.0 * signs - 1.0)
        spread = (h.unsqueeze(1) * self.adapter.detach()).flatten(0, 1)  # rows times heads
        self.body = PerceptronTrunk(plan, Encoded(spread.unsqueeze(0)), start, generator)
        self.last = nn.Parameter(torch.zeros(plan.n_heads, plan.width, len(start)))
        self.bias = nn.Parameter(start.repeat(plan.n_heads))
        del self.body.last  # every head has a last product of its own
        self.factor = 1.0 / plan.width**0.5

    def hidden(self, tensors: Tensors, encoded: Encoded, masks: Masks = None) -> Tensor:
        """Values of the last hidden layer, averaged over the heads; (K, B, width)."""
        return self._heads(tensors, encoded, masks).mean(dim=2)

    def forward(self, tensors: Tensors, encoded: Encoded, masks: Masks = None) -> Tensor:
        """Raw outputs of all heads; (K, B, n_heads * n_outputs)."""
        hidden = self._heads(tensors, encoded, masks)  # (K, B, heads, width)
        outputs = torch.einsum("kbhw,khwo->kbho", hidden, self.factor * tensors["last"])
        return outputs.flatten(2) + tensors["bias"].unsqueeze(1)

    def _heads(self, tensors: Tensors, encoded: Encoded, masks: Masks) -> Tensor:
        h = encoded.joined
        members, n_rows = h.shape[:2]
        spread = h.unsqueeze(2) * tensors["adapter"].unsqueeze(1)  # (K, B, heads, width)
        if masks is not None:
            masks = [mask.reshape(members, n_rows * self.n_heads, -1) for mask in masks]
        hidden = self.body.hidden(tensors["body"], Encoded(spread.flatten(1, 2)), masks)
        return hidden.view(members, n_rows, self.n_heads, -1)


class CrossNetwork(nn.Module):
    """Products of inputs, as in click models: h <- h0 * (W h + b) + h (Wang et al. 2021).

    Deep and Cross Network, version 2, arXiv:2008.13535, with products of low rank.
    """

    def __init__(self, width: int, n_layers: int, rank: int, start: Tensor, generator: Generator):
        super().__init__()
        rank = min(rank, width)

        def normal(fan_in: int, fan_out: int) -> nn.Parameter:
            return nn.Parameter(torch.randn(fan_in, fan_out, generator=generator))

        self.down = nn.ParameterList([normal(width, rank) for _ in range(n_layers)])
        self.up = nn.ParameterList([normal(rank, width) for _ in range(n_layers)])
        self.scale = 1.0 / max(1, width * rank) ** 0.5  # a table may have no columns left
        self.last = LastLinear(width, torch.zeros_like(start))

    def forward(self, tensors: Tensors, encoded: Encoded) -> Tensor:
        """Raw outputs, to be added to those of the trunk; (K, B, n_outputs)."""
        first = h = encoded.joined
        for i in range(len(self.down)):
            inner = torch.bmm(h, tensors["down"][str(i)])
            h = torch.addcmul(h, first, torch.bmm(inner, tensors["up"][str(i)]), value=self.scale)
        return self.last(tensors["last"], h)


def _normalised(h: Tensor) -> Tensor:
    return nn.functional.layer_norm(h, h.shape[-1:])
