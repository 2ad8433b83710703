"""A plot of the result of a fit to a table."""

from collections.abc import Mapping, Sequence
from typing import Any, Self

from skdeep.inspection._matplotlib import check_matplotlib, panel_axes
from skdeep.inspection._tabular_panels import Panel
from skdeep.inspection._tabular_reports import read_tabular


class TabularDisplay:
    """Losses, calibration and importances of a TabularClassifier or TabularRegressor.

    Make it with :meth:`from_estimator`.

    - "curves": training losses of every network, epoch by epoch (thin), and out-of-fold losses of
      every kind of network at the ends of its cycles; filled points have a share in the
      predictions. For regressors the two have an axis each, because these losses differ by a factor
      or a constant.
    - "calibration": for classes, scikit-learn's calibration curves of the probabilities, each of
      the (at most five most frequent) classes against the rest, in ten bins of as many rows; for
      numbers, the observed against the predicted, at most 1,000 of them.
    - "importances": the largest of `feature_importances_`.

    Parameters
    ----------
    panels : dict of str to panel
        What is drawn, from left to right.

    Attributes
    ----------
    figure_ : matplotlib Figure
        The figure that holds the panels.

    axes_ : ndarray of matplotlib Axes
        The panels, from left to right.

    training_lines_ : list of matplotlib Line2D or None
        Training losses, a line for each network.

    out_of_fold_lines_ : list of matplotlib Line2D or None
        Out-of-fold losses, a line for each kind of network.

    share_points_ : list of matplotlib PathCollection or None
        Those with a share in the predictions, for each kind of network.

    calibration_ : list of CalibrationDisplay or of one PredictionErrorDisplay, or None
        scikit-learn's displays.

    bar_ : matplotlib BarContainer or None
        The importances.

    See Also
    --------
    skdeep.inspection.attention_weights : How the columns of a row attend to each other.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from skdeep import TabularClassifier
    >>> from skdeep.inspection import TabularDisplay
    >>> X, y = load_iris(return_X_y=True, as_frame=True)
    >>> model = TabularClassifier(effort="fast", max_iter=7, random_state=0).fit(X, y)
    >>> display = TabularDisplay.from_estimator(model, y=y)
    >>> display.figure_.savefig("iris.png")  # doctest: +SKIP
    """

    def __init__(self, panels: Mapping[str, Panel]) -> None:
        self.panels = panels

    def plot(
        self,
        ax: Any = None,
        *,
        curve_kwargs: dict[str, Any] | None = None,
        calibration_kwargs: dict[str, Any] | None = None,
        bar_kwargs: dict[str, Any] | None = None,
    ) -> Self:
        """Draw the panels.

        Parameters
        ----------
        ax : matplotlib Axes or array-like of Axes, default=None
            One axes, whose area the panels share, or one for each panel. None makes a figure.

        curve_kwargs : dict, default=None
            Keywords of `matplotlib.axes.Axes.plot`, for the training losses.

        calibration_kwargs : dict, default=None
            For classes, keywords of `CalibrationDisplay.from_predictions`, such as `n_bins`; for
            numbers, of `matplotlib.axes.Axes.scatter`.

        bar_kwargs : dict, default=None
            Keywords of `matplotlib.axes.Axes.barh`.

        Returns
        -------
        display : TabularDisplay
            This display.

        Raises
        ------
        ImportError
            If matplotlib is not installed.
        """
        check_matplotlib("TabularDisplay.plot")
        keywords = {
            "curves": curve_kwargs,
            "calibration": calibration_kwargs,
            "importances": bar_kwargs,
        }
        widths = [panel.width for panel in self.panels.values()]
        self.axes_ = panel_axes(ax, widths, (3.2 * sum(widths), 3.8))
        self.figure_ = self.axes_[0].figure
        self.training_lines_ = self.out_of_fold_lines_ = self.share_points_ = None
        self.calibration_ = self.bar_ = None
        for place, (name, panel) in zip(self.axes_, self.panels.items(), strict=True):
            for attribute, artists in panel.draw(place, keywords[name]).items():
                setattr(self, attribute, artists)
        return self

    @classmethod
    def from_estimator(
        cls,
        estimator: Any,
        X: Any = None,
        y: Any = None,
        *,
        panels: Sequence[str] | None = None,
        ax: Any = None,
        max_features: int = 12,
        curve_kwargs: dict[str, Any] | None = None,
        calibration_kwargs: dict[str, Any] | None = None,
        bar_kwargs: dict[str, Any] | None = None,
    ) -> Self:
        """Draw a fitted tabular estimator.

        Parameters
        ----------
        estimator : TabularClassifier or TabularRegressor
            A fitted estimator.

        X : {array-like, sparse matrix, DataFrame} of shape (n, n_features), default=None
            Rows that `fit` has not seen, on which to evaluate the predictions. None takes the
            training rows, each as predicted by networks that have not seen it.

        y : array-like of shape (n,) or (n, n_outputs), default=None
            Targets of X; without X, the y of `fit`. None leaves the panel "calibration" out.

        panels : sequence of {"curves", "calibration", "importances"}, default=None
            What to draw, from left to right. None draws all there is data for.

        ax : matplotlib Axes or array-like of Axes, default=None
            One axes, whose area the panels share, or one for each panel. None makes a figure.

        max_features : int, default=12
            Features whose importance is drawn.

        curve_kwargs : dict, default=None
            Keywords of `matplotlib.axes.Axes.plot`, for the training losses.

        calibration_kwargs : dict, default=None
            For classes, keywords of `CalibrationDisplay.from_predictions`, such as `n_bins`; for
            numbers, of `matplotlib.axes.Axes.scatter`.

        bar_kwargs : dict, default=None
            Keywords of `matplotlib.axes.Axes.barh`.

        Returns
        -------
        display : TabularDisplay
            The display, drawn.

        Raises
        ------
        ImportError
            If matplotlib is not installed.

        ValueError
            If a panel is asked for whose data are not given, or y does not fit the rows.
        """
        check_matplotlib("TabularDisplay.from_estimator")
        display = cls(read_tabular(estimator, X, y, panels, max_features))
        return display.plot(
            ax,
            curve_kwargs=curve_kwargs,
            calibration_kwargs=calibration_kwargs,
            bar_kwargs=bar_kwargs,
        )
