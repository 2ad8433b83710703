"""Networks for texts: a table of vectors, and what is made of those of a text."""

import torch
from torch import Tensor, nn

from skdeep._kinds.sequences.network import SequenceNet
from skdeep._kinds.sequences.stem import split_padding
from skdeep._kinds.texts.vector_sums import vector_sums

# Vectors start short: those of rare n-grams change little, and their random start is noise.
_FIRST_VECTORS = 0.1


class BagNet(nn.Module):
    """The weighted sum of the vectors of a text's n-grams, and a linear head.

    After Joulin et al. (2017), arXiv:1607.01759.

    Parameters
    ----------
    n_terms : int
        Rows of the table.
    width : int
        Length of a vector.
    n_outputs : int
    dropout : float, default=0.0
        Share of the features of a text left out while training.

    Examples
    --------
    >>> import torch
    >>> from skdeep._kinds.texts.network import BagNet
    >>> x = torch.tensor([[[3.0, 1.0], [0.6, 0.8], [1.0, 1.0]]])  # numbers, weights, which exist
    >>> BagNet(n_terms=5, width=8, n_outputs=2)(x).shape
    torch.Size([1, 2])
    """

    def __init__(self, n_terms: int, width: int, n_outputs: int, dropout: float = 0.0):
        super().__init__()
        self.table = nn.Embedding(n_terms, width)
        nn.init.normal_(self.table.weight, std=_FIRST_VECTORS * width**-0.5)
        self.dropout = nn.Dropout(dropout)
        self.head = nn.Linear(width, n_outputs)
        nn.init.xavier_normal_(self.head.weight, gain=0.5)
        nn.init.zeros_(self.head.bias)

    def forward(self, x: Tensor) -> Tensor:  # (B, 3, T) -> (B, n_outputs)
        """Return raw outputs for numbers, weights and the mark of n-grams that exist."""
        return self.head(self.dropout(self.embedding(x)))

    def embedding(self, x: Tensor) -> Tensor:  # (B, 3, T) -> (B, width)
        """Return the weighted sums of vectors."""
        values, real = split_padding(x)  # (B, 2, T)
        numbers, weights = values[:, 0].flatten(), values[:, 1].flatten()
        lengths = torch.full((len(x),), values.shape[2], device=x.device)
        if real is not None:
            places = real.flatten().nonzero()[:, 0]
            numbers, weights = numbers.index_select(0, places), weights.index_select(0, places)
            lengths = real.sum(dim=(1, 2)).long()
        return vector_sums(self.table.weight, numbers.long(), weights, lengths)


class TokenNet(SequenceNet):
    """A network for sequences that reads the vectors of tokens.

    Parameters
    ----------
    n_terms : int
        Rows of the table.
    width : int
        Length of a vector: the channels of the trunk.
    trunk, pooling, n_outputs, dropout
        As in SequenceNet.
    """

    def __init__(
        self,
        n_terms: int,
        width: int,
        trunk: nn.Module,
        pooling: str,
        n_outputs: int,
        dropout: float = 0.0,
    ):
        super().__init__(trunk, pooling, n_outputs, dropout)
        self.table = nn.Embedding(n_terms, width)

    def _steps(self, x: Tensor) -> tuple[Tensor, Tensor | None]:  # (B, 2, T) -> (B, width, T)
        numbers, real = split_padding(x)
        vectors = self.table(numbers[:, 0].long()).mT
        return self.dropout(vectors if real is None else vectors * real), real


@torch.no_grad()
def set_vectors(network: BagNet | TokenNet, rows: Tensor, vectors: Tensor) -> None:
    """Write vectors (n, width) into rows (n,) of the table of a network."""
    network.table.weight[rows] = vectors.to(network.table.weight)
