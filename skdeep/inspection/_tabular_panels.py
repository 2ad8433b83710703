"""The panels of TabularDisplay: what they show, and how they draw it."""

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from skdeep.inspection._matplotlib import tidy

# Curves of more classes than these hide each other.
_MOST_CURVES = 5
_MOST_POINTS = 1_000


class Panel(Protocol):
    """Interface of a panel of a display.

    Attributes
    ----------
    width : float
        In relation to the other panels.
    """

    width: float

    def draw(self, ax: Any, kwargs: dict[str, Any] | None) -> dict[str, Any]:
        """Draw into an axes; returns what was drawn, by the names of the display's attributes."""


@dataclass
class KindOfNetwork:
    """Networks that differ in their rows alone.

    Attributes
    ----------
    name : str
    curves : list of array-like
        Training losses of each network, epoch by epoch.
    epochs, losses, shares : ndarray of shape (n_cycles,)
        Ends of the cycles; loss out of fold and share in the predictions there.
    """

    name: str
    curves: list[Any]
    epochs: np.ndarray
    losses: np.ndarray
    shares: np.ndarray


@dataclass
class LossCurves:
    """Training losses of networks, and out-of-fold losses of their kinds.

    Attributes
    ----------
    kinds : list of KindOfNetwork
        Those of equal names are drawn alike.
    """

    kinds: list[KindOfNetwork]

    width = 1.5

    def draw(self, ax: Any, kwargs: dict[str, Any] | None) -> dict[str, Any]:
        """Draw the losses by epoch.

        Returns
        -------
        artists : dict of str to list
            Lines and points of the networks and their kinds.
        """
        names = list(dict.fromkeys(kind.name for kind in self.kinds))
        thin = {"linewidth": 0.6, "alpha": 0.4}
        lines, judged, shares = [], [], []
        for i, kind in enumerate(self.kinds):
            color = f"C{names.index(kind.name) % 10}"
            is_first = kind.name not in [other.name for other in self.kinds[:i]]
            for curve in kind.curves:
                epochs = np.arange(1, len(curve) + 1)
                lines += ax.plot(epochs, curve, **{"color": color} | thin | (kwargs or {}))
            judged += ax.plot(
                kind.epochs, kind.losses, color=color, linewidth=1.8, marker="o",
                markerfacecolor="white", label=kind.name if is_first else None,
            )  # fmt: skip
            predicts = kind.shares > 0
            shares.append(
                ax.scatter(kind.epochs[predicts], kind.losses[predicts], color=color, zorder=3)
            )
        self._label(ax)
        return {"training_lines_": lines, "out_of_fold_lines_": judged, "share_points_": shares}

    def _label(self, ax: Any) -> None:
        # Cycles double in length, so their ends are equally far from each other.
        ax.set_xscale("log")
        ends = sorted({1, *(int(epoch) for kind in self.kinds for epoch in kind.epochs)})
        ax.set_xticks(ends, [str(end) for end in ends])
        ax.minorticks_off()
        ax.set_xlabel("epoch")
        ax.set_title("losses (filled: has a share)", fontsize="medium")
        ax.set_ylabel("training (thin) and out of fold")
        tidy(ax, "y")
        ax.legend(fontsize="small")


@dataclass
class Calibration:
    """Predicted probabilities and true classes.

    Attributes
    ----------
    truth : ndarray of shape (n, n_curves), bool
    probabilities : ndarray of shape (n, n_curves)
    names : list of str
    """

    truth: np.ndarray
    probabilities: np.ndarray
    names: list[str]

    width = 1.2

    def draw(self, ax: Any, kwargs: dict[str, Any] | None) -> dict[str, Any]:
        """Draw a curve for each of the most frequent classes, against all others.

        Returns
        -------
        artists : dict of str to list
            Displays of scikit-learn.
        """
        from sklearn.calibration import CalibrationDisplay

        drawn = np.sort(np.argsort(-self.truth.sum(axis=0), kind="stable")[:_MOST_CURVES])
        style = {"n_bins": 10, "strategy": "quantile", "markersize": 4} | (kwargs or {})
        displays = [
            CalibrationDisplay.from_predictions(
                self.truth[:, j].astype(int),
                self.probabilities[:, j],
                name=self.names[j],
                ax=ax,
                **style,
            )
            for j in drawn
        ]
        ax.set(xlabel="predicted probability", ylabel="fraction that came true")
        ax.legend(fontsize="small")
        tidy(ax, "both")
        return {"calibration_": displays}


@dataclass
class PredictionErrors:
    """Predicted and observed numbers.

    Attributes
    ----------
    truth, predicted : ndarray of shape (n, n_outputs)
    """

    truth: np.ndarray
    predicted: np.ndarray

    width = 1.2

    def draw(self, ax: Any, kwargs: dict[str, Any] | None) -> dict[str, Any]:
        """Draw a point for each row, at most 1,000; several outputs in standard deviations.

        Returns
        -------
        artists : dict of str to list
            Displays of scikit-learn.
        """
        from sklearn.metrics import PredictionErrorDisplay

        truth, predicted = self.truth, self.predicted
        unit = ""
        if truth.shape[1] > 1:
            mean, deviation = truth.mean(axis=0), truth.std(axis=0)
            deviation = np.where(deviation > 0, deviation, 1.0)
            truth, predicted = ((values - mean) / deviation for values in (truth, predicted))
            unit = " (standard deviations)"
        display = PredictionErrorDisplay.from_predictions(
            truth.ravel(),
            predicted.ravel(),
            kind="actual_vs_predicted",
            subsample=_MOST_POINTS,
            random_state=0,
            ax=ax,
            scatter_kwargs={"s": 12, "alpha": 0.35, "linewidths": 0} | (kwargs or {}),
        )
        ax.set(xlabel=f"predicted{unit}", ylabel=f"observed{unit}")
        tidy(ax, "both")
        return {"calibration_": [display]}


@dataclass
class Importances:
    """Importances of features.

    Attributes
    ----------
    names : list of str
    values : ndarray of shape (n_features,)
    most : int
        How many are drawn.
    """

    names: list[str]
    values: np.ndarray
    most: int

    width = 1.2

    def draw(self, ax: Any, kwargs: dict[str, Any] | None) -> dict[str, Any]:
        """Draw a bar for each of the largest importances, the largest one on top.

        Returns
        -------
        artists : dict of str to BarContainer
        """
        order = np.argsort(-self.values, kind="stable")[: self.most]
        places = np.arange(len(order))
        style = {"height": 0.62, "color": "tab:blue", "zorder": 2}
        bars = ax.barh(places, self.values[order], **style | (kwargs or {}))
        ax.set_yticks(places, [self.names[j] for j in order])
        ax.set_ylim(len(order) - 0.5, -0.5)
        ax.set_xlim(left=0)
        left_out = len(self.values) - len(order)
        ax.set_xlabel("importance" + (f" ({left_out} smaller ones not shown)" if left_out else ""))
        tidy(ax, "x")
        ax.tick_params(axis="y", length=0)
        return {"bar_": bars}
