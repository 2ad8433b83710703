"""`estimators` as one layer of pairs or as a list of layers, under one set of parameter names."""

from abc import ABCMeta, abstractmethod
from collections.abc import Sequence
from typing import Any, Self

from sklearn.utils import Bunch, Tags, get_tags

from skdeep._scikit_learn import BaseHeterogeneousEnsemble
from skdeep.ensemble._stacking.parameters import StackingParameters


def is_layered(estimators: Any) -> bool:
    """Whether `estimators` is a list of layers, which are lists of pairs themselves."""
    return (
        isinstance(estimators, list | tuple)
        and bool(estimators)
        and all(
            isinstance(layer, list | tuple) and len(layer) and isinstance(layer[0], list | tuple)
            for layer in estimators
        )
    )


def layers_of(estimators: Any) -> list[Any]:
    """A list of layers; one where `estimators` is a list of pairs."""
    return list(estimators) if is_layered(estimators) else [estimators]


def settings_of(stacker: "LayeredEstimators", name: str) -> tuple[Any, ...]:
    """The values that a parameter has for the layers: one if it is the same for all."""
    value = getattr(stacker, name)
    per_layer = isinstance(value, tuple) and is_layered(stacker.estimators)
    return value if per_layer else (value,)


def setting_of(stacker: "LayeredEstimators", name: str, number: int) -> Any:
    """What a parameter of the stacker means for a layer: a tuple has one value for each."""
    values = settings_of(stacker, name)
    return values[number] if len(values) > 1 else values[0]


def tags_of(pairs: Sequence[tuple[str, Any]]) -> list[Tags]:
    """The tags of estimators; [] where they are not what `fit` accepts."""
    try:
        return [get_tags(estimator) for _, estimator in pairs if not isinstance(estimator, str)]
    except (AttributeError, TypeError, ValueError):
        return []


class LayeredEstimators(StackingParameters, BaseHeterogeneousEnsemble, metaclass=ABCMeta):
    """Names of all layers side by side: `get_params`, `set_params` and `named_estimators`."""

    @staticmethod
    @abstractmethod
    def _default_final_estimator(selects: bool) -> Any:
        """The second layer that None stands for: one that selects, or scikit-learn's."""

    @abstractmethod
    def _second_layer(self) -> Any:
        """The second layer, not fitted, as far as it is known before a fit."""

    @property
    def _pairs(self) -> list[Any]:
        if not is_layered(self.estimators):
            return self.estimators
        return [pair for layer in self.estimators for pair in layer]

    @_pairs.setter
    def _pairs(self, pairs: list[Any]) -> None:
        if not is_layered(self.estimators):
            self.estimators = pairs
            return
        rest = iter(pairs)
        self.estimators = [[next(rest) for _ in layer] for layer in self.estimators]

    @property
    def named_estimators(self) -> Bunch:
        """The estimators by their names, of all layers."""
        return Bunch(**dict(self._pairs))

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """Return the parameters.

        Parameters
        ----------
        deep : bool, default=True
            Whether to add the estimators by their names, and their parameters as
            ``<name>__<parameter>``.

        Returns
        -------
        params : dict
            Values by name.
        """
        return self._get_params("_pairs", deep=deep)

    def set_params(self, **params: Any) -> Self:
        """Set parameters, of the stacker or of an estimator inside.

        Parameters
        ----------
        **params : dict
            Parameters by name; ``<name>=estimator`` replaces a base estimator of whichever layer,
            ``<name>='drop'`` leaves it out, ``<name>__<parameter>`` sets a parameter of it.

        Returns
        -------
        self : object
            The stacker.
        """
        if "estimators" in params:  # first: names among the others may be new ones
            self.estimators = params.pop("estimators")
        return self._set_params("_pairs", **params)

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()  # of a list of pairs
        if is_layered(self.estimators):
            of_first = [tag.input_tags for tag in tags_of(self.estimators[0])]
            tags.input_tags.allow_nan = all(tag.allow_nan for tag in of_first)
            tags.input_tags.sparse = all(tag.sparse for tag in of_first)
        return tags

    def _sk_visual_block_(self) -> Any:
        from skdeep._scikit_learn import VisualBlock

        layers = layers_of(self.estimators)
        blocks = []
        for number, layer in enumerate(layers, start=1):
            names, models = zip(*layer, strict=True)
            if len(layers) > 1:  # what stands before a colon is the start of parameters' names
                names = tuple(f"{name}: layer {number}" for name in names)
            blocks.append(VisualBlock("parallel", models, names=names, dash_wrapped=False))
        final = [self._second_layer()]
        blocks.append(VisualBlock("parallel", final, names=["final_estimator"], dash_wrapped=False))
        return VisualBlock("serial", blocks, dash_wrapped=False)
