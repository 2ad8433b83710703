"""How a network for tables encodes its columns before the first product.

Parts are modules of one member that compute for many at once: `forward(tensors, x)` takes their
own parameters and buffers with a leading member axis (see `member_tensors`). Features of numbers
are fixed, so that no gradient has to go through them: `write(tensors, x, out)` fills a buffer.
"""

import math

import torch
from torch import Generator, Tensor, nn
from torch.nn import functional

from skdeep.neural_network._tabular.networks.tensors import Tensors

# Where numbers are clipped smoothly, in interquartile ranges (RealMLP, arXiv:2407.04491).
_CLIP = 3.0
# Left of all bins, and finite: 0 times infinity would be NaN.
MISSING = -1e30


class ScaledColumns(nn.Module):
    """Numbers and two-valued columns, scaled and smoothly clipped; missing values become 0.

    Parameters
    ----------
    center, scale : Tensor of shape (n_scaled,)
        Subtracted, then multiplied; a scale of 0 takes a column out.
    """

    def __init__(self, center: Tensor, scale: Tensor):
        super().__init__()
        self.register_buffer("center", center)
        self.register_buffer("scale", scale)
        self.width = len(center)

    def write(self, tensors: Tensors, x: Tensor, out: Tensor) -> None:
        """Scale and clip; (K, B, n_scaled) -> same."""
        out.copy_(x).sub_(tensors["center"].unsqueeze(1)).mul_(tensors["scale"].unsqueeze(1))
        out.nan_to_num_(nan=0.0)
        out.mul_(out.div(_CLIP).square_().add_(1.0).rsqrt_())


class RandomCosines(nn.Module):
    """Cosines of a number at random frequencies (Rahimi and Recht 2007).

    "Random features for large-scale kernel machines", NIPS. They let the first layer bend more
    often than its units could.

    Parameters
    ----------
    n_numbers, n_frequencies : int
    scale : float
        Standard deviation of the frequencies, in periods per interquartile range.
    generator : Generator
    """

    def __init__(self, n_numbers: int, n_frequencies: int, scale: float, generator: Generator):
        super().__init__()
        shape = (n_numbers, n_frequencies)
        frequencies = 2.0 * math.pi * scale * torch.randn(*shape, generator=generator)
        self.register_buffer("frequencies", frequencies)
        self.register_buffer("phases", 2.0 * math.pi * torch.rand(*shape, generator=generator))
        self.width = n_numbers * n_frequencies

    def write(self, tensors: Tensors, z: Tensor, out: Tensor) -> None:
        """Cosines of scaled numbers; (K, B, n) -> (K, B, n * cosines)."""
        phases, frequencies = tensors["phases"].unsqueeze(1), tensors["frequencies"].unsqueeze(1)
        angles = out.unflatten(2, phases.shape[2:])
        angles.copy_(phases).addcmul_(z.unsqueeze(3), frequencies).cos_()


class PiecewiseLinearEncoding(nn.Module):
    """How far a number is through each of its bins, from 0 to 1.

    Gorishniy et al. (2022), "On embeddings for numerical features", arXiv:2203.05556.

    Parameters
    ----------
    bins : tuple of int
        How many bins each number has.
    left, inverse_width : Tensor of shape (n_bins,)
        In the units of the rows. Bins that are not needed have an inverse width of 0.
    """

    def __init__(self, bins: tuple[int, ...], left: Tensor, inverse_width: Tensor):
        super().__init__()
        self.width = len(left)
        # A product with a sparse matrix is faster than to pick numbers one by one.
        slopes = inverse_width.new_zeros(len(bins), self.width)
        column = torch.repeat_interleave(torch.tensor(bins))
        slopes[column, torch.arange(self.width)] = inverse_width
        self.register_buffer("slopes", slopes)
        self.register_buffer("offset", -left * inverse_width)

    def write(self, tensors: Tensors, x: Tensor, out: Tensor) -> None:
        """Encode numbers as the rows have them; a missing one is 0 in all of its bins.

        (K, B, n) -> (K, B, n_bins)
        """
        values = x.nan_to_num(nan=MISSING)
        out.copy_(tensors["offset"].unsqueeze(1)).baddbmm_(values, tensors["slopes"])
        out.clamp_(0.0, 1.0)


class OutputUnits(nn.Module):
    """From raw outputs in the units that a member learned in to those that all share.

    Parameters
    ----------
    units : Tensor of shape (4, n_outputs)
        Factor, summand, and the smallest and the largest output, which are in shared units.
    """

    def __init__(self, units: Tensor):
        super().__init__()
        self.register_buffer("units", units)

    def forward(self, tensors: Tensors, outputs: Tensor) -> Tensor:
        """Convert and clip (K, B, n_heads * n_outputs)."""
        factor, summand, low, high = tensors["units"].unsqueeze(2).unbind(1)  # (K, 1, n_outputs)
        heads = outputs.unflatten(2, (-1, factor.shape[2]))
        shared = torch.addcmul(summand.unsqueeze(2), heads, factor.unsqueeze(2))
        return shared.clamp(low.unsqueeze(2), high.unsqueeze(2)).flatten(2)


class CategoryEmbeddings(nn.Module):
    """A vector for every category; what a member has not seen stays the zero vector.

    Parameters
    ----------
    seen : sequence of Tensor of shape (n_codes,)
        For each column, 1 for the codes among the training rows of the member, else 0.
    size : int
    generator : Generator
    """

    def __init__(self, seen: list[Tensor], size: int, generator: Generator):
        super().__init__()
        counts = [len(codes) for codes in seen]
        self.register_buffer("starts", torch.tensor([0, *counts[:-1]]).cumsum(0))
        vectors = torch.randn(sum(counts), size, generator=generator)
        self.vectors = nn.Parameter(vectors * torch.cat(seen).unsqueeze(1))
        self.width = len(seen) * size

    def forward(self, tensors: Tensors, x: Tensor) -> Tensor:  # (K, B, n) -> (K, B, n * size)
        """Look the codes up."""
        vectors = tensors["vectors"]  # (K, n_codes, size)
        places = self.places(tensors, x)
        return functional.embedding(places, vectors.flatten(0, 1)).flatten(2)

    def places(self, tensors: Tensors, x: Tensor) -> Tensor:  # (K, B, n) -> same, of integers
        """Rows of the codes in the vectors of all members, one member after the other."""
        members, n_codes, _ = tensors["vectors"].shape
        first = torch.arange(members, device=x.device).view(-1, 1, 1) * n_codes
        return x.long() + tensors["starts"][0] + first
