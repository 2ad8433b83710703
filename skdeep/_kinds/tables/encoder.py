"""A table as users have it -> one matrix of float32 for networks."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import scipy.sparse

from skdeep._kinds.tables.categories import declared_categories
from skdeep._kinds.tables.codecs import (
    CODE,
    NUMBER,
    PLAIN,
    CategoryCodec,
    MomentCodec,
    NumberCodec,
    is_constant,
)
from skdeep._kinds.tables.columns import Column
from skdeep._kinds.tables.frames import frame_names, is_frame
from skdeep._kinds.tables.levels import Labels
from skdeep._kinds.tables.reading import checked_table, column_moments, column_numbers, table_column

Codec = NumberCodec | CategoryCodec | MomentCodec


class TableEncoder:
    """Turn a table into numbers, plain columns and codes of categories.

    The columns of the matrix are, in this order: numbers, centred and scaled, NaN where missing;
    plain columns of -1, 0 and 1; and codes of categories, where 0 is a category never seen.
    Constant columns are left out.

    Parameters
    ----------
    categorical_features : "from_dtype", None or array-like of bool, int or str, \
default="from_dtype"
        Which features are categories: those of strings, booleans and categorical dtypes; none; or
        a mask, indices or names. Columns of objects are what their values are.
    max_one_hot : int, default=8
        Categories of at most this many levels get a plain column a level; others get codes.
        A category of two levels gets one column of -1 and 1, where 0 is missing or unseen.
    estimator_name : str, default="TableEncoder"
        Name of the estimator in errors.

    Attributes
    ----------
    n_features_in_ : int
    is_categorical_ : ndarray of shape (n_features_in_,), bool
    width_ : int
        Number of columns of the matrix.
    n_numbers_, n_plain_ : int
        How many of them are numbers and plain.
    cardinalities_ : list of int
        Number of codes, from 0 on, in each of the remaining columns.
    sources_ : ndarray of shape (width_,), int
        The feature that a column comes from.
    column_names_ : list of str

    Examples
    --------
    >>> from skdeep._kinds.tables.encoder import TableEncoder
    >>> encoder = TableEncoder()
    >>> X = [[1.0, "Rome"], [2.0, "Oslo"], [None, "Lima"], [4.0, None]]
    >>> encoder.fit_transform(X).shape
    (4, 6)
    >>> encoder.column_names_
    ['x0', 'x0_missing', 'x1=Lima', 'x1=Oslo', 'x1=Rome', 'x1_missing']
    >>> encoder.transform([[2.0, "Cairo"]]).tolist()
    [[0.0, 0.0, 0.0, 0.0, 0.0, 0.0]]
    """

    def __init__(
        self,
        categorical_features: Any = "from_dtype",
        max_one_hot: int = 8,
        estimator_name: str = "TableEncoder",
    ):
        self.categorical_features = categorical_features
        self.max_one_hot = max_one_hot
        self.estimator_name = estimator_name

    def fit_transform(
        self, X: Any, feature_names: Any = None, kept: np.ndarray | None = None
    ) -> Any:
        """Learn from the rows of a table and encode it.

        Parameters
        ----------
        X : DataFrame, array-like or sparse matrix of shape (n, features)
        feature_names : array-like of str, default=None
            Names of the features; by default those of a frame, or x0, x1 and so on.
        kept : ndarray of int, default=None
            Rows to learn from; the others are only encoded.

        Returns
        -------
        ndarray or CSR matrix of shape (n, width_), float32
        """
        X = checked_table(X, self.estimator_name)
        self.n_features_in_ = X.shape[1]
        names = self._named(X, feature_names)
        mask = declared_categories(self.categorical_features, X.shape[1], names)
        self._feature_names = [str(n) for n in names or (f"x{j}" for j in range(X.shape[1]))]
        if scipy.sparse.issparse(X):
            self._learn_sparse(X if kept is None else X[kept], mask)
        else:
            self.is_categorical_ = np.zeros(X.shape[1], dtype=bool) if mask is None else mask
            self._codecs = [self._learn(X, j, mask, kept) for j in range(X.shape[1])]
        self._zeros_stay = scipy.sparse.issparse(X)
        self._arrange()
        return self._encoded(X)

    def transform(self, X: Any) -> Any:
        """Encode a table like the one learned from.

        Parameters
        ----------
        X : DataFrame, array-like or sparse matrix of shape (n, n_features_in_)

        Returns
        -------
        ndarray or CSR matrix of shape (n, width_), float32
        """
        X = checked_table(X, self.estimator_name)
        if X.shape[1] != self.n_features_in_:
            raise ValueError(
                f"X has {X.shape[1]} features, but {self.estimator_name} is expecting "
                f"{self.n_features_in_} features as input."
            )
        return self._encoded(X)

    def _named(self, X: Any, feature_names: Any) -> list | None:
        if feature_names is None:
            return frame_names(X) if is_frame(X) else None
        if len(feature_names) != X.shape[1]:
            raise ValueError(
                f"feature_names has {len(feature_names)} names, but X has {X.shape[1]} features."
            )
        return list(feature_names)

    def _learn(self, X: Any, j: int, mask: np.ndarray | None, kept: Any) -> Codec:
        column = table_column(X, j, self._feature_names[j])
        rows = slice(None) if kept is None else kept
        kind = column.kind
        if mask is None:
            self.is_categorical_[j] = kind in ("flag", "text")
        if self.is_categorical_[j]:
            codes, levels = column.labels()
            return CategoryCodec(Labels(codes[rows], levels), self.max_one_hot)
        if kind == "moment":
            return MomentCodec(column_moments(column)[rows])
        return NumberCodec(column_numbers(column)[rows])

    def _learn_sparse(self, X: Any, mask: np.ndarray | None) -> None:
        if mask is not None and mask.any():
            raise ValueError(
                f"categorical_features={self.categorical_features!r} needs X dense, but it is "
                "sparse, where all columns are numbers. Pass X.toarray(), or encode them before."
            )
        self.is_categorical_ = np.zeros(X.shape[1], dtype=bool)
        low, high = (m.toarray().ravel().astype(np.float64) for m in (X.min(axis=0), X.max(axis=0)))
        scales = np.where(is_constant(low, high), 0.0, np.maximum(-low, high))
        self._codecs = [NumberCodec.keeping_zeros(scale) for scale in scales.tolist()]

    def _arrange(self) -> None:
        """Find the place in the matrix of what each codec yields."""
        outputs = [(j, *output) for j, codec in enumerate(self._codecs) for output in codec.outputs]
        sources, kinds = (np.array([o[i] for o in outputs], dtype=np.int64) for i in (0, 1))
        order = np.argsort(kinds, kind="stable")
        self._places = np.argsort(order)
        self.sources_ = sources[order]
        self.column_names_ = [self._feature_names[outputs[i][0]] + outputs[i][2] for i in order]
        self.width_ = len(outputs)
        self.n_numbers_ = int((kinds == NUMBER).sum())
        self.n_plain_ = int((kinds == PLAIN).sum())
        self.cardinalities_ = [
            self._codecs[j].cardinality for j, kind, _ in outputs if kind == CODE
        ]

    def _encoded(self, X: Any) -> Any:
        if scipy.sparse.issparse(X):
            if self._zeros_stay:
                return self._sparse_encoded(X)
            X = X.tocsc()
        matrix = np.empty((X.shape[0], self.width_), dtype=np.float32)
        places = iter(self._places)
        for j, codec in enumerate(self._codecs):
            if codec.outputs:
                for values in _encoded_column(codec, table_column(X, j, self._feature_names[j])):
                    matrix[:, next(places)] = values
        return matrix

    def _sparse_encoded(self, X: Any) -> Any:
        scales = np.array([self._codecs[j].scale for j in self.sources_])
        matrix = X[:, self.sources_].astype(np.float64)
        largest = np.finfo(np.float32).max
        with np.errstate(over="ignore"):
            matrix.data = (matrix.data / scales[matrix.indices]).clip(-largest, largest)
        return matrix.astype(np.float32)


def _encoded_column(codec: Codec, column: Column) -> Iterator[np.ndarray]:
    if isinstance(codec, CategoryCodec):
        return codec.encode(column.labels())
    if isinstance(codec, MomentCodec):
        return codec.encode(column_moments(column))
    return codec.encode(column_numbers(column))
