"""matplotlib, when it is needed, and what displays have in common."""

from collections.abc import Sequence
from typing import Any

import numpy as np


def check_matplotlib(caller: str) -> None:
    """Raise an error that says how to get matplotlib, unless it is there."""
    try:
        import matplotlib  # noqa: F401
    except ImportError as error:
        raise ImportError(
            f"{caller} draws with matplotlib, which is not installed: "
            "pip install 'skdeep-torch[plot]'"
        ) from error


def panel_axes(ax: Any, widths: Sequence[float], size: tuple[float, float]) -> np.ndarray:
    """An axes for each panel of a display.

    Parameters
    ----------
    ax : matplotlib Axes, array-like of Axes or None
        One axes, whose area the panels share, or one for each panel. None makes a figure.
    widths : list of float
        Of the panels, in proportion.
    size : (float, float)
        Width and height of a figure that is made, in inches.

    Returns
    -------
    axes : ndarray of Axes of shape (n_panels,)
    """
    import matplotlib.pyplot as plt
    from matplotlib.axes import Axes

    n = len(widths)
    if ax is None:
        figure = plt.figure(figsize=size, layout="constrained")
        return np.array(figure.subplots(1, n, width_ratios=widths, squeeze=False)[0])
    if isinstance(ax, Axes):
        place = ax.get_subplotspec()
        if place is None:
            raise ValueError(
                "ax is no subplot and cannot be divided: make it with plt.subplots, or give one "
                f"axes for each of the {n} panels."
            )
        ax.set_axis_off()
        grid = place.subgridspec(1, n, width_ratios=widths)
        return np.array([ax.figure.add_subplot(grid[0, i]) for i in range(n)])
    axes = np.ravel(np.asarray(ax, dtype=object))
    if len(axes) != n:
        raise ValueError(
            f"ax holds {len(axes)} axes for {n} panels: give one for each, a single one to be "
            "divided, or None."
        )
    return axes


def tidy(ax: Any, axis: str) -> None:
    """Draw a quiet grid along an axis, and no box."""
    ax.grid(axis=axis, color="0.9", zorder=0)
    ax.set_axisbelow(True)
    ax.spines[["top", "right"]].set_visible(False)
