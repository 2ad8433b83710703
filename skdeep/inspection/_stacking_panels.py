"""The panels of StackingDisplay; one row a base, the first one on top."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from skdeep.inspection._matplotlib import tidy


def draw_scores(
    ax: Any,
    scores: Sequence[np.ndarray],
    ensemble_scores: np.ndarray | None,
    score_name: str,
    kwargs: dict[str, Any] | None,
) -> tuple[Any, Any, Any]:
    """Draw the score of each split as a point, with their mean and standard deviation.

    Returns
    -------
    points : PathCollection
    bars : ErrorbarContainer
    line : Line2D or None
        The mean score of the ensemble.
    """
    places = np.repeat(np.arange(len(scores)), [len(row) for row in scores])
    points = ax.scatter(
        np.concatenate(scores), places, s=22, color="tab:blue", alpha=0.35, linewidths=0, zorder=2
    )
    means = np.array([mean_score(row) for row in scores], dtype=float)
    spreads = [np.std(row[np.isfinite(row)]) if np.isfinite(row).any() else 0.0 for row in scores]
    style = {"fmt": "o", "color": "tab:blue", "capsize": 3, "markersize": 6, "zorder": 3}
    bars = ax.errorbar(means, np.arange(len(scores)), xerr=spreads, **style | (kwargs or {}))
    line = None
    if ensemble_scores is not None:
        mean = mean_score(ensemble_scores)
        line = ax.axvline(mean, color="tab:orange", linestyle="--", zorder=1)
        ax.annotate(
            "ensemble",
            (mean, 1),
            xytext=(0, 3),
            xycoords=("data", "axes fraction"),
            textcoords="offset points",
            ha="center",
            color="tab:orange",
            fontsize="small",
        )
    ax.set_xlabel(score_name)
    tidy(ax, "x")
    ax.tick_params(axis="y", length=0)
    return points, bars, line


def draw_weights(
    ax: Any, weights: np.ndarray, weight_name: str, kwargs: dict[str, Any] | None
) -> Any:
    """Draw a bar for each weight, with its figure.

    Returns
    -------
    bars : BarContainer
    """
    style = {"height": 0.62, "color": "tab:blue", "zorder": 2}
    bars = ax.barh(np.arange(len(weights)), weights, **style | (kwargs or {}))
    figures = ["0" if weight == 0 else f"{weight:.2f}" for weight in weights]
    ax.bar_label(bars, figures, padding=3, fontsize="small")
    ax.axvline(0, color="0.3", linewidth=0.8, zorder=3)
    ax.margins(x=0.25)
    if min(weights) >= 0:
        ax.set_xlim(left=0)
    ax.set_xlabel(weight_name)
    tidy(ax, "x")
    ax.tick_params(axis="y", length=0)
    return bars


def draw_correlation(
    ax: Any,
    correlation: np.ndarray,
    names: Sequence[str],
    include_values: bool,
    kwargs: dict[str, Any] | None,
) -> tuple[Any, np.ndarray | None]:
    """Draw the correlation of errors as a heat map.

    Returns
    -------
    image : AxesImage
    text : ndarray of Text or None
        Its figures, if they are wanted.
    """
    style = {"cmap": "RdBu_r", "vmin": -1, "vmax": 1, "aspect": "auto"}
    image = ax.imshow(correlation, **style | (kwargs or {}))
    ax.set_facecolor("0.9")  # seen where there is no number
    text = _write_values(ax, image, correlation) if include_values else None
    ax.set_xticks(np.arange(len(names)), names, rotation=45, ha="right", rotation_mode="anchor")
    ax.set_title("correlation of errors", fontsize="medium")
    ax.tick_params(length=0)
    ax.spines[:].set_visible(False)
    return image, text


def _write_values(ax: Any, image: Any, correlation: np.ndarray) -> np.ndarray:
    text = np.empty(correlation.shape, dtype=object)
    for (row, column), value in np.ndenumerate(correlation):
        known = not np.isnan(value)
        style = {"ha": "center", "va": "center", "fontsize": "small"}
        style["color"] = "white" if known and _is_dark(image.to_rgba(value)) else "black"
        text[row, column] = ax.text(column, row, f"{value:.2f}" if known else "-", **style)
    return text


def mean_score(scores: np.ndarray) -> float:
    """The mean of the scores that are there, NaN if none is."""
    known = scores[np.isfinite(scores)]
    return known.mean() if len(known) else np.nan


def _is_dark(rgba: tuple[float, float, float, float]) -> bool:
    red, green, blue, _ = rgba
    return 0.299 * red + 0.587 * green + 0.114 * blue < 0.5  # as eyes weigh them
