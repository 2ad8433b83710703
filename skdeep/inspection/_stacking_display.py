"""A plot of the bases of a stack."""

from collections.abc import Sequence
from typing import Any, Self

import numpy as np

from skdeep.inspection._matplotlib import check_matplotlib, panel_axes
from skdeep.inspection._stacker_reports import read_stacker
from skdeep.inspection._stacking_panels import (
    draw_correlation,
    draw_scores,
    draw_weights,
    mean_score,
)

# Names, scores, weights, correlation of errors, and scores of the ensemble.
_Checked = tuple[
    list[str], list[np.ndarray], np.ndarray | None, np.ndarray | None, np.ndarray | None
]


class StackingDisplay:
    """The bases of a stack: their scores, their weights, and the correlation of their errors.

    Make it with :meth:`from_estimator`. Parameters are kept as attributes.

    Parameters
    ----------
    names : list of str
        Names of the bases.

    scores : list of array-like
        Out-of-sample scores of each base, one for each split.

    weights : array-like of shape (n_bases,), default=None
        Weight of each base in the second layer. None leaves the panel out.

    error_correlation : array-like of shape (n_bases, n_bases), default=None
        Correlation of the errors of the bases, as in
        :func:`~skdeep.ensemble.diversity_report`. None leaves the panel out.

    ensemble_scores : array-like, default=None
        Out-of-sample scores of the stack; a line is drawn at their mean.

    score_name : str, default="score"
        Name of the scores.

    weight_name : str, default="weight"
        Name of the weights.

    Attributes
    ----------
    figure_ : matplotlib Figure
        The figure that holds the panels.

    ax_ : ndarray of matplotlib Axes
        The panels, from left to right: scores, weights, correlation of errors.

    points_ : matplotlib PathCollection
        The scores of the splits.

    errorbar_ : matplotlib ErrorbarContainer
        Their means and standard deviations.

    ensemble_line_ : matplotlib Line2D or None
        The mean score of the stack.

    bar_ : matplotlib BarContainer or None
        The weights.

    im_ : matplotlib AxesImage or None
        The correlation of errors.

    text_ : ndarray of matplotlib Text or None
        The numbers in the heat map.

    See Also
    --------
    skdeep.ensemble.diversity_report : More measures of the similarity of errors.

    Examples
    --------
    >>> from skdeep.inspection import StackingDisplay
    >>> display = StackingDisplay(
    ...     names=["linear", "forest"],
    ...     scores=[[0.81, 0.84, 0.80], [0.88, 0.85, 0.86]],
    ...     weights=[0.25, 0.75],
    ...     error_correlation=[[1.0, 0.4], [0.4, 1.0]],
    ...     score_name="accuracy",
    ... )
    >>> display.plot()
    <...>
    """

    def __init__(
        self,
        *,
        names: Sequence[str],
        scores: Sequence[Any],
        weights: Any = None,
        error_correlation: Any = None,
        ensemble_scores: Any = None,
        score_name: str = "score",
        weight_name: str = "weight",
    ) -> None:
        self.names = names
        self.scores = scores
        self.weights = weights
        self.error_correlation = error_correlation
        self.ensemble_scores = ensemble_scores
        self.score_name = score_name
        self.weight_name = weight_name

    def plot(
        self,
        ax: Any = None,
        *,
        sort: bool = True,
        include_values: bool = True,
        score_kwargs: dict[str, Any] | None = None,
        weight_kwargs: dict[str, Any] | None = None,
        heatmap_kwargs: dict[str, Any] | None = None,
    ) -> Self:
        """Draw the panels.

        Parameters
        ----------
        ax : matplotlib Axes or array-like of Axes, default=None
            One axes, whose area the panels share, or one for each panel. None makes a figure.

        sort : bool, default=True
            Whether the base with the best mean score comes first, or the bases stay in order.

        include_values : bool, default=True
            Whether to print the numbers in the heat map.

        score_kwargs : dict, default=None
            Keywords of `matplotlib.axes.Axes.errorbar`.

        weight_kwargs : dict, default=None
            Keywords of `matplotlib.axes.Axes.barh`.

        heatmap_kwargs : dict, default=None
            Keywords of `matplotlib.axes.Axes.imshow`.

        Returns
        -------
        display : StackingDisplay
            This display.

        Raises
        ------
        ImportError
            If matplotlib is not installed.
        """
        check_matplotlib("StackingDisplay.plot")
        names, scores, weights, correlation, ensemble = self._checked(sort)
        widths = [1.6]
        widths += [] if weights is None else [1.1]
        widths += [] if correlation is None else [max(1.7, 0.16 * len(names))]
        size = (2.9 * sum(widths) - 0.4, 1.3 + 0.45 * max(len(names), 2))
        self.ax_ = panel_axes(ax, widths, size)
        self.figure_ = self.ax_[0].figure
        panels = iter(self.ax_)
        first = next(panels)
        self.points_, self.errorbar_, self.ensemble_line_ = draw_scores(
            first, scores, ensemble, self.score_name, score_kwargs
        )
        self.bar_ = self.im_ = self.text_ = None
        if weights is not None:
            self.bar_ = draw_weights(next(panels), weights, self.weight_name, weight_kwargs)
        if correlation is not None:
            self.im_, self.text_ = draw_correlation(
                next(panels), correlation, names, include_values, heatmap_kwargs
            )
        for panel in self.ax_:
            panel.set_yticks(np.arange(len(names)), names if panel is first else [""] * len(names))
            panel.set_ylim(len(names) - 0.5, -0.5)
        return self

    def _checked(self, sort: bool) -> _Checked:
        """The data as arrays, in the order of the rows."""
        names = list(self.names)
        scores = [np.atleast_1d(np.asarray(row, dtype=float)) for row in self.scores]
        weights, correlation, ensemble = (
            None if data is None else np.asarray(data, dtype=float)
            for data in (self.weights, self.error_correlation, self.ensemble_scores)
        )
        n = len(names)
        if len(scores) != n:
            raise ValueError(f"scores has {len(scores)} entries for {n} names: give one for each.")
        for what, data, shape in (
            ("weights", weights, (n,)),
            ("error_correlation", correlation, (n, n)),
        ):
            if data is not None and data.shape != shape:
                raise ValueError(
                    f"{what} has the shape {data.shape} for {n} names: it should be {shape}."
                )
        if sort:
            order = np.argsort([-mean_score(row) for row in scores], kind="stable")
            names, scores = [names[i] for i in order], [scores[i] for i in order]
            weights = None if weights is None else weights[order]
            correlation = None if correlation is None else correlation[np.ix_(order, order)]
        return names, scores, weights, correlation, ensemble

    @classmethod
    def from_estimator(
        cls,
        estimator: Any,
        y: Any = None,
        *,
        ax: Any = None,
        sort: bool = True,
        include_values: bool = True,
        score_name: str | None = None,
        score_kwargs: dict[str, Any] | None = None,
        weight_kwargs: dict[str, Any] | None = None,
        heatmap_kwargs: dict[str, Any] | None = None,
    ) -> Self:
        """Draw a fitted stacker.

        Parameters
        ----------
        estimator : StackingClassifier or StackingRegressor
            A fitted stacker. Of several layers, the last one is drawn.

        y : array-like of shape (n_samples,) or (n_samples, n_outputs), default=None
            The targets that were given to `fit`, followed by `y_val` if there were any: with them
            the errors of the out-of-sample predictions are known and their correlation is drawn.
            The stacker must have been fitted with ``store_cv_predictions=True``.

        ax : matplotlib Axes or array-like of Axes, default=None
            One axes, whose area the panels share, or one for each panel. None makes a figure.

        sort : bool, default=True
            Whether the base with the best mean score comes first, or the bases stay in order.

        include_values : bool, default=True
            Whether to print the numbers in the heat map.

        score_name : str, default=None
            Name of the scores; None takes it from the stacker's `scoring`.

        score_kwargs : dict, default=None
            Keywords of `matplotlib.axes.Axes.errorbar`.

        weight_kwargs : dict, default=None
            Keywords of `matplotlib.axes.Axes.barh`.

        heatmap_kwargs : dict, default=None
            Keywords of `matplotlib.axes.Axes.imshow`.

        Returns
        -------
        display : StackingDisplay
            The display, drawn.

        Raises
        ------
        ImportError
            If matplotlib is not installed.

        ValueError
            If the stacker has not stored what is to be drawn.
        """
        check_matplotlib("StackingDisplay.from_estimator")
        display = cls(**read_stacker(estimator, y, score_name))
        return display.plot(
            ax,
            sort=sort,
            include_values=include_values,
            score_kwargs=score_kwargs,
            weight_kwargs=weight_kwargs,
            heatmap_kwargs=heatmap_kwargs,
        )
