"""What a warm start keeps: fits of bases, and what they were made from."""

import uuid
from typing import Any

import joblib

from skdeep.ensemble._stacking.layered_estimators import LayeredEstimators
from skdeep.ensemble._stacking.plan import Data, Layer
from skdeep.ensemble._stacking.results import BaseFit
from skdeep.ensemble._stacking.splits import Splits

# The number of a layer, and what a fit in it was made from.
Mark = tuple[int, str]
Kept = dict[str, tuple[Mark, BaseFit]]


class Memory:
    """The bases of a fit, with all that they depend on.

    Parameters
    ----------
    marks : dict of str to str
        Fingerprints of the data and of the parameters that affect all bases.
    splits : dict of int to list of tuple of ndarray
        The splits of each layer by its number.
    earlier : dict, default=None
        `fits` of the memory of an earlier fit with the same data and parameters.
    """

    def __init__(
        self, marks: dict[str, str], splits: dict[int, Splits], earlier: Kept | None = None
    ) -> None:
        self.marks = marks
        self.splits = splits
        self.fits: Kept = {}
        self.earlier = earlier or {}

    def kept_of(self, layer: Layer) -> dict[str, BaseFit]:
        """The earlier fits of a layer's bases that a new fit would repeat."""
        kept = {}
        for name in layer.bases:
            if name in self.earlier:
                mark, fit = self.earlier[name]
                if mark == self._mark_of(layer, name):
                    kept[name] = fit
        return kept

    def keep(self, layer: Layer, fits: list[BaseFit]) -> None:
        """Remember the fits of a layer, once those of the layers before it are."""
        marks = {fit.name: self._mark_of(layer, fit.name) for fit in fits}
        self.fits |= {fit.name: (marks[fit.name], fit) for fit in fits}

    def closed(self) -> "Memory":
        """What a later fit needs of this."""
        closed = Memory(self.marks, self.splits)
        closed.fits = self.fits
        return closed

    def _mark_of(self, layer: Layer, name: str) -> Mark:
        # A layer reads those before it: another base below changes its input.
        below = sorted((n, mark) for n, (mark, _) in self.fits.items() if mark[0] < layer.number)
        made_of = [layer.bases[name], layer.methods[name], layer.params[name], below]
        return (layer.number, fingerprint([*made_of, layer.features.columns]))


def fingerprint(thing: Any) -> str:
    """A string that differs where things differ; for what cannot be pickled, always."""
    try:
        return joblib.hash(thing)
    except Exception:  # pickling raises whatever the object's own code does
        return uuid.uuid4().hex


def memory_of(stacker: LayeredEstimators, data: Data, splits: dict[int, Splits]) -> Memory:
    """The memory for a fit: that of an earlier fit with the same data and parameters, or a new one.

    Raises
    ------
    ValueError
        If the earlier fit was on other data, or with other parameters.
    """
    now = {
        "X": fingerprint(data.X),
        "y": fingerprint([data.y, data.classes]),
        "metadata": fingerprint(data.metadata),
        "cv": fingerprint(stacker.cv),
        "refit": fingerprint(stacker.refit),
        "passthrough": fingerprint(stacker.passthrough),
        "scoring": fingerprint(stacker.scoring),
    }
    earlier = getattr(stacker, "_memory", None)
    if earlier is None:
        return Memory(now, splits)
    differing = [name for name, mark in now.items() if earlier.marks[name] != mark]
    if differing:
        raise ValueError(
            f"warm_start=True adds to a stack that was fitted with other values of {differing}: "
            "give the same ones, or set warm_start=False to fit everything again."
        )
    return Memory(now, earlier.splits, earlier.fits)
