"""Sample weights as numbers of rows, for rules that depend on how many rows there are."""

import numpy as np


def row_counts(weight: np.ndarray | None, n: int) -> np.ndarray:
    """How many rows each of `n` rows stands for.

    A weight of 2 is a row seen twice, so weights are counts already, unless they are shares that
    add up to 1, say: taken at their word, those would be a single row. Kish's effective sample
    size does not depend on the unit and never exceeds the sum of whole counts, so it can serve as
    the least that the weights add up to.
    """
    if weight is None:
        return np.ones(n)
    weight = np.asarray(weight, dtype=np.float64)
    largest = weight.max(initial=0.0)
    if largest == 0:
        return weight
    relative = weight / largest  # their squares neither overflow nor vanish
    kish = relative.sum() ** 2 / (relative @ relative)
    return relative * max(kish / relative.sum(), largest)
