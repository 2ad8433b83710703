"""Neural networks and stacking that behave like scikit-learn."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from joblib import register_parallel_backend

from skdeep._version import __version__ as __version__

if TYPE_CHECKING:
    from skdeep._encoding.named_arrays import NamedArrays
    from skdeep.ensemble import (
        ConvexStackingClassifier,
        ConvexStackingRegressor,
        EnsembleSelectionClassifier,
        EnsembleSelectionRegressor,
        StackingClassifier,
        StackingRegressor,
        blend,
    )
    from skdeep.model_selection import LastBlockSplit
    from skdeep.neural_network import (
        ImageClassifier,
        ImageRegressor,
        ImageSegmenter,
        MLPClassifier,
        MLPRegressor,
        NeuralNetClassifier,
        NeuralNetRegressor,
        ObjectDetector,
        SequenceClassifier,
        SequenceRegressor,
        TabularClassifier,
        TabularRegressor,
        TextClassifier,
        TextRegressor,
    )

__all__ = [
    "ConvexStackingClassifier",
    "ConvexStackingRegressor",
    "EnsembleSelectionClassifier",
    "EnsembleSelectionRegressor",
    "ImageClassifier",
    "ImageRegressor",
    "ImageSegmenter",
    "LastBlockSplit",
    "MLPClassifier",
    "MLPRegressor",
    "NamedArrays",
    "NeuralNetClassifier",
    "NeuralNetRegressor",
    "ObjectDetector",
    "SequenceClassifier",
    "SequenceRegressor",
    "StackingClassifier",
    "StackingRegressor",
    "TabularClassifier",
    "TabularRegressor",
    "TextClassifier",
    "TextRegressor",
    "blend",
]

# Where each public name lives. A name is looked up when it is first asked for, so that importing
# skdeep costs nothing and `skdeep.ensemble` can be used without `skdeep.neural_network`.
_HOME = {
    "ConvexStackingClassifier": "skdeep.ensemble",
    "ConvexStackingRegressor": "skdeep.ensemble",
    "EnsembleSelectionClassifier": "skdeep.ensemble",
    "EnsembleSelectionRegressor": "skdeep.ensemble",
    "ImageClassifier": "skdeep.neural_network",
    "ImageRegressor": "skdeep.neural_network",
    "ImageSegmenter": "skdeep.neural_network",
    "LastBlockSplit": "skdeep.model_selection",
    "MLPClassifier": "skdeep.neural_network",
    "MLPRegressor": "skdeep.neural_network",
    "NamedArrays": "skdeep._encoding.named_arrays",
    "NeuralNetClassifier": "skdeep.neural_network",
    "NeuralNetRegressor": "skdeep.neural_network",
    "ObjectDetector": "skdeep.neural_network",
    "SequenceClassifier": "skdeep.neural_network",
    "SequenceRegressor": "skdeep.neural_network",
    "StackingClassifier": "skdeep.ensemble",
    "StackingRegressor": "skdeep.ensemble",
    "TabularClassifier": "skdeep.neural_network",
    "TabularRegressor": "skdeep.neural_network",
    "TextClassifier": "skdeep.neural_network",
    "TextRegressor": "skdeep.neural_network",
    "blend": "skdeep.ensemble",
}


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = globals()[name] = getattr(import_module(_HOME[name]), name)
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})


def _packing_backend(**parameters: Any) -> Any:
    return import_module("skdeep.parallel").PackingBackend(**parameters)


register_parallel_backend("skdeep", _packing_backend)
