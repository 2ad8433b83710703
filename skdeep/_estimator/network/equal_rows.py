"""Equal rows put together, in an order of their content."""

from dataclasses import replace

import numpy as np

from skdeep._encoding.fit_data import FitData
from skdeep._encoding.row_keys import row_keys


def with_equal_rows_merged(data: FitData, fewest: int = 1) -> FitData:
    """Leave out rows of weight 0; put equal ones together, in an order of their content.

    Normalisation over a batch counts rows, and sums are rounded in their order: a row written down
    twice is then the same as one of weight 2, to the last bit.

    Parameters
    ----------
    data : FitData
    fewest : int, default=1
        Rows that training needs; where fewer would be left, all stay as they are.
    """
    kept = np.arange(data.X.shape[0]) if data.kept is None else data.kept
    keys = row_keys(data.X[kept], data.codes[kept].reshape(len(kept), -1))
    _, first, alike = np.unique(keys, return_index=True, return_inverse=True)
    if len(first) < fewest:
        return data

    def summed(weight: np.ndarray | None) -> np.ndarray | None:
        if weight is None and len(first) == len(kept):
            return None
        counted = None if weight is None else weight[kept]
        return np.bincount(alike, weights=counted).astype(data.dtype)

    rows = kept[first]
    return replace(
        data,
        X=data.X[rows],
        y=data.y[rows],
        codes=data.codes[rows],
        sample_weight=summed(data.sample_weight),
        weight=summed(data.weight),
        kept=None,
    )
