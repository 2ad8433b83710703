"""Images as users have them: arrays with or without channels, or flat rows of pixels."""

import math
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from numbers import Integral
from typing import Any

import numpy as np
from sklearn.utils import check_array
from sklearn.utils.validation import validate_data

# Channels that an image has mostly: of grey, of colours, of colours and transparency.
_USUAL_CHANNELS = (1, 3, 4)
# The side of the smallest square that flat rows are taken for.
_SMALLEST_SIDE = 7


@dataclass(frozen=True)
class PixelRange:
    """The values of the images of a fit, with which later ones are compared.

    Attributes
    ----------
    low, high : float
    is_uint8 : bool
        Whether they came as bytes.
    """

    low: float
    high: float
    is_uint8: bool

    @classmethod
    def of(cls, images: np.ndarray) -> "PixelRange":
        """Take the range of images that are not empty."""
        return cls(float(images.min()), float(images.max()), images.dtype == np.uint8)

    def check(self, images: np.ndarray, fitted: str) -> None:
        """Compare images with those that `fitted` was fitted on.

        Raises
        ------
        ValueError
            If one of them are bytes and the other fractions of 1.
        """
        came = PixelRange.of(images)
        if self.is_uint8 and self.high > 1 and came._is_of_fractions(images):
            raise ValueError(
                f"X has fractions from {came.low:g} to {came.high:g}, but {fitted} was fitted on "
                f"bytes from {self.low:g} to {self.high:g}: pass X * 255, or fit on X / 255."
            )
        if came.is_uint8 and came.high > 1 and not self.is_uint8 and self._is_in_unit_interval:
            raise ValueError(
                f"X has bytes up to {came.high:g}, but {fitted} was fitted on values from "
                f"{self.low:g} to {self.high:g}: pass X / 255, or fit on bytes."
            )
        span = self.high - self.low
        if span > 0 and (came.low < self.low - span or came.high > self.high + span):
            warnings.warn(
                f"X has values from {came.low:g} to {came.high:g}, but {fitted} was fitted on "
                f"values from {self.low:g} to {self.high:g}. Are they on the same scale?",
                UserWarning,
                stacklevel=2,
            )

    @property
    def _is_in_unit_interval(self) -> bool:
        return self.low >= 0 and self.high <= 1

    def _is_of_fractions(self, images: np.ndarray) -> bool:
        has_floats = not self.is_uint8 and self._is_in_unit_interval
        return has_floats and bool((images != np.floor(images)).any())


def read_images(
    estimator: Any,
    X: Any,
    *,
    reset: bool,
    image_shape: Sequence[int] | None = None,
    dtype: Any = np.float32,
) -> np.ndarray:
    """Check X, and on `reset` note its layout on the estimator; else compare with that.

    The layout is `image_shape_`, (height, width, channels), and `n_features_in_`, their product.
    Later images may have another rank than those of the fit, but as many pixels in each direction.
    Flat rows without a shape are images of height 1.

    Parameters
    ----------
    estimator : estimator
    X : array of shape (n, H, W), (n, H, W, C) or (n, H * W * C), table, or list of images
    reset : bool
    image_shape : sequence of int, default=None
        (H, W) or (H, W, C), as which flat rows are read; others have to have it.
    dtype : dtype or tuple of dtype, default=float32
        What the numbers become, unless they are bytes; of several, the first where they are none
        of them.

    Returns
    -------
    ndarray of shape (n, H, W, C)
        Of uint8 where X is, or of booleans; else of `dtype`.

    Raises
    ------
    ValueError
        If X is none of these, is empty, holds NaN or infinity, has other sizes than `image_shape`
        or those of the fit, or holds bytes where that had fractions of 1, or the reverse.
    """
    shape: tuple[int, ...] | None = None
    if not reset:
        shape = estimator.image_shape_
    elif image_shape is not None:
        shape = _with_channels(image_shape)
    accepted = (*(dtype if isinstance(dtype, tuple) else (dtype,)), np.uint8)
    X = _as_array(X)
    if getattr(X, "dtype", None) == np.bool_:
        X = X.astype(np.uint8)
    # Numbers too large for the dtype raise an error all the same.
    with np.errstate(over="ignore", invalid="ignore"):
        if getattr(X, "ndim", 2) > 2:
            values = check_array(X, dtype=accepted, order="C", allow_nd=True, input_name="X")
            images = _with_axes(estimator, values, shape, reset)
        else:
            values = validate_data(estimator, X, dtype=accepted, order="C", reset=reset)
            images = _from_rows(values, shape, image_shape)
    if reset:
        if values.ndim > 2:
            estimator.n_features_in_ = math.prod(images.shape[1:])
            vars(estimator).pop("feature_names_in_", None)
        estimator.image_shape_ = images.shape[1:]
        estimator._pixel_range = PixelRange.of(images)
    else:
        estimator._pixel_range.check(images, type(estimator).__name__)
    return images


def _with_channels(image_shape: Sequence[int]) -> tuple[int, ...]:
    given: tuple[Any, ...] = tuple(image_shape)
    whole = all(isinstance(size, Integral) and int(size) > 0 for size in given)
    if not whole or len(given) not in (2, 3):
        raise ValueError(
            f"image_shape={image_shape!r} is no (height, width) or (height, width, channels) of "
            "whole numbers from 1 on."
        )
    return tuple(map(int, given)) if len(given) == 3 else (*map(int, given), 1)


def _as_array(X: Any) -> Any:
    """X, or the images of a list as one array."""
    if isinstance(X, np.ndarray) and X.dtype == object and X.ndim == 1:
        X = list(X)
    if not isinstance(X, list | tuple):
        return X
    if not X:
        raise ValueError("Found array with 0 sample(s): X is empty; give an image or more.")
    sizes = [item.shape for item in X if hasattr(item, "shape")]
    for place, size in enumerate(sizes):
        if size != sizes[0]:
            raise ValueError(
                f"X[{place}] has the shape {tuple(size)} and X[0] has {tuple(sizes[0])}: all "
                "images must have one size. Resize or crop them."
            )
    try:
        return np.array(X)
    except ValueError:
        raise ValueError(
            "X is a list whose images differ in size: all must have the same. Resize or crop them."
        ) from None


def _with_axes(
    estimator: Any, values: np.ndarray, shape: tuple[int, ...] | None, reset: bool
) -> np.ndarray:
    """Images of three or four dimensions as (n, H, W, C)."""
    if values.ndim > 4:
        raise ValueError(
            f"X has {values.ndim} dimensions, of shape {values.shape}: give (images, height, "
            "width), (images, height, width, channels), or flat rows and image_shape."
        )
    if 0 in values.shape:
        raise ValueError(f"X has the shape {values.shape}: it holds no pixels.")
    images = values if values.ndim == 4 else values[..., None]
    came = images.shape[1:]
    if shape is None:
        if came[0] in _USUAL_CHANNELS and came[2] not in _USUAL_CHANNELS:
            raise ValueError(
                f"X of shape {values.shape} seems to have its channels first: pass "
                f"X.transpose(0, 2, 3, 1). If the images are {came[0]} pixels high and have "
                f"{came[2]} channels, say so by image_shape={came}."
            )
    elif came != shape:
        expected = "image_shape is" if reset else f"{type(estimator).__name__} was fitted on"
        raise ValueError(f"X has images of {_in_words(came)}, but {expected} {_in_words(shape)}.")
    return images


def _from_rows(
    values: np.ndarray, shape: tuple[int, ...] | None, image_shape: Sequence[int] | None
) -> np.ndarray:
    """Flat rows as (n, H, W, C)."""
    n_features = values.shape[1]
    if shape is None:
        side = math.isqrt(n_features)
        if side >= _SMALLEST_SIDE and side * side == n_features:
            warnings.warn(
                f"X has rows of {n_features} numbers, which are read as images of height 1. If "
                f"they are square, set image_shape=({side}, {side}); image_shape="
                f"(1, {n_features}) is what is done now, without this warning.",
                UserWarning,
                stacklevel=2,
            )
        shape = (1, n_features, 1)
    if math.prod(shape) != n_features:
        raise ValueError(
            f"image_shape={tuple(image_shape or shape)} has {math.prod(shape)} values, but the "
            f"rows of X have {n_features}."
        )
    return values.reshape(len(values), *shape)


def _in_words(shape: tuple[int, ...]) -> str:
    height, width, channels = shape
    return f"height {height}, width {width} and {channels} channel{'s' * (channels != 1)}"
