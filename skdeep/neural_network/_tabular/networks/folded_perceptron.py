"""A perceptron for tables, rewritten to predict: constants in the weights, bins looked up."""

import torch
from torch import Tensor
from torch.nn import functional

from skdeep.neural_network._tabular.networks.folded_parts import FoldedActivation, FoldedCross
from skdeep.neural_network._tabular.networks.layers import BIAS_RATE, SCALE_RATE, SLOPE_RATE
from skdeep.neural_network._tabular.networks.piece_lookup import Places, looked_up, piece_table
from skdeep.neural_network._tabular.networks.plan import PlannedNetwork
from skdeep.neural_network._tabular.networks.tensors import Tensors


class FoldedPerceptron:
    """One network whose trunk is a perceptron.

    Parameters
    ----------
    network : PlannedNetwork
        Says what is computed; its own tensors are not used.
    tensors : dict
        Parameters and buffers, of shape (1, ...).

    Attributes
    ----------
    is_exact : bool
        Whether no digits are lost; if they are, the network is to be computed as it is.
    """

    def __init__(self, network: PlannedNetwork, tensors: Tensors):
        self._network, self._tensors = network, tensors
        self._cross: FoldedCross | None = None
        if network.cross is not None:
            self._cross = FoldedCross(network.cross, tensors["cross"])
        self._activations: list[FoldedActivation] = []
        self._weights: list[Tensor] = []  # (in, out)
        self._biases: list[Tensor] = []  # (out,)
        self._fold_products()
        self._divide_first()
        self.is_exact = all(activation.is_exact for activation in self._activations)

    def _fold_products(self) -> None:
        trunk, tensors = self._network.trunk, self._tensors["trunk"]
        scale: Tensor | float = 1.0  # of what the next product reads
        shift: Tensor | None = None
        for i, linear in enumerate(trunk.linears):
            layer = tensors["linears"][str(i)]
            bias = BIAS_RATE * layer["bias"][0]
            own = tensors.get("activations", {}).get(str(i))
            share = torch.ones_like(bias) if own is None else SLOPE_RATE * own["share"][0]
            activation = FoldedActivation(self._network.plan.activation, share)
            if i == 0:
                scale = SCALE_RATE * layer["scale"][0].unsqueeze(1)
            self._append(layer["weight"][0], scale, shift, bias, linear.factor, activation.gain)
            scale, shift = activation.factor.unsqueeze(1), activation.shift
            self._activations.append(activation)
        last = tensors["last"]
        bias = BIAS_RATE * last["bias"][0]
        self._append(last["weight"][0], scale, shift, bias, trunk.last.factor, 1.0)

    def _append(
        self,
        weight: Tensor,
        scale: Tensor | float,
        shift: Tensor | None,
        bias: Tensor,
        factor: float,
        gain: float,
    ) -> None:
        """Append ``gain * (bias + factor * (scale * h + shift) @ weight)``, a product of `h`."""
        if shift is not None:
            bias = bias + factor * (shift @ weight)
        self._weights.append(weight * (gain * factor * scale))
        self._biases.append(gain * bias)

    def _divide_first(self) -> None:
        """Divide what reads the features by what they are: fixed ones, bins and categories."""
        weight, n_features, bins = self._weights[0], self._network.n_features, self.bins
        if self._cross is not None:  # its products come right of the first layer's
            weight = torch.cat([weight, self._cross.weight], dim=1)
            self._biases[-1] = self._biases[-1] + self._cross.bias
        self._first_bias = functional.pad(self._biases[0], (0, weight.shape[1] - self._units))
        sizes = [n_features - sum(bins), sum(bins), len(weight) - n_features]
        self._of_fixed, of_pieces, self._of_embedded = weight.split(sizes)
        if bins:
            self._table = piece_table(bins, of_pieces, self._first_bias)

    @property
    def _units(self) -> int:
        return len(self._biases[0])

    @property
    def values_per_row(self) -> int:
        """Numbers that are kept of a row."""
        plan = self._network.plan
        n_places = 4 * plan.n_numbers if plan.bins else 0
        n_read = len(self._weights[0]) if self._cross is not None else len(self._of_fixed)
        return n_places + n_read + self.width + 2 * plan.width

    @property
    def width(self) -> int:
        """Units of the widest product."""
        return max(map(len, [self._first_bias, *self._biases]))

    @property
    def bins(self) -> tuple[int, ...]:
        """Bins of every number, to be looked up."""
        return self._network.plan.bins

    @property
    def pieces(self) -> Tensors:
        """Where the bins are; see `PieceLookup`."""
        return self._tensors["pieces"]

    @property
    def edges_key(self) -> bytes:
        """Networks of equal keys have the same edges of bins."""
        return _contents(self._tensors, ["pieces"])

    @property
    def features_key(self) -> bytes:
        """Networks of equal keys have the same fixed features."""
        parts = ["scaled", "cosines", *(["pieces"] if self._cross is not None else [])]
        return _contents(self._tensors, parts)

    def fixed_features(self, x: Tensor) -> Tensor:
        """Features of rows (n, n_columns) that are not looked up; (n, n_fixed).

        Crosses multiply features, so that they need those that are looked up as well.
        """
        is_crossed = self._cross is not None
        n_fixed = self._network.n_features if is_crossed else len(self._of_fixed)
        features = x.new_empty(1, len(x), n_fixed)
        self._network.write_features(
            self._tensors, x.unsqueeze(0), features, with_pieces=is_crossed
        )
        return features[0]

    def outputs(self, x: Tensor, fixed: Tensor, places: Places | None, work: Tensor) -> Tensor:
        """Raw outputs (n, outputs) of rows `x` (n, n_columns).

        `work` (3, n * width or more) is overwritten.
        """
        units, n_rows = self._units, len(x)
        first = work[0, : n_rows * len(self._first_bias)].view(n_rows, -1)
        buffers = list(work[1:, : n_rows * units].view(2, n_rows, units))
        embedded = self._embedded(x)
        products = self._first_products(fixed, embedded, places, out=first)
        h = products[:, :units]
        for i, activation in enumerate(self._activations, start=1):
            activation.apply(h, *buffers)
            weight, bias = self._weights[i], self._biases[i]
            if i < len(self._activations):
                free, other = buffers
                h, buffers = torch.addmm(bias, h, weight, out=free), [other, h]
            else:  # products are slow where the last axis is short: the other way round
                h = torch.addmm(bias.unsqueeze(1), weight.T, h.T).T
        if self._cross is None:
            return h
        joined = fixed if embedded is None else torch.cat([fixed, embedded], dim=1)
        return h + self._cross.outputs(joined, products[:, units:])

    def _first_products(
        self, fixed: Tensor, embedded: Tensor | None, places: Places | None, out: Tensor
    ) -> Tensor:
        if places is None:
            z = torch.addmm(self._first_bias, fixed, self._of_fixed, out=out)
        else:
            z = looked_up(self._table, places).addmm_(
                fixed[:, : len(self._of_fixed)], self._of_fixed
            )
        return z if embedded is None else z.addmm_(embedded, self._of_embedded)

    def _embedded(self, x: Tensor) -> Tensor | None:
        categories = self._network.categories
        if categories is None:
            return None
        codes = x[None, :, self._network.plan.n_scaled :]
        vectors: Tensor = categories(self._tensors["categories"], codes)
        return vectors[0]


def _contents(tensors: Tensors, parts: list[str]) -> bytes:
    """What buffers hold, as a key of a dict."""
    named = [
        (f"{part}.{name}".encode(), value.contiguous().numpy().tobytes())
        for part in parts
        for name, value in tensors.get(part, {}).items()
    ]
    return b"".join(name + content for name, content in named)
