"""The estimators that the contract suite runs over, each with rows that it learns something from.

A new family is one more line of CASES.
"""

import copy
import functools
import inspect
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
from sklearn.datasets import load_diabetes, load_iris
from sklearn.preprocessing import scale

from skdeep import NamedArrays
from skdeep.neural_network import (
    MLPClassifier,
    MLPRegressor,
    NeuralNetClassifier,
    NeuralNetRegressor,
    TabularClassifier,
    TabularRegressor,
)
from tests.neural_network.image import pictures
from tests.neural_network.localization import scenes
from tests.neural_network.own_module import own_modules
from tests.neural_network.sequence import recordings
from tests.neural_network.tabular import tables
from tests.neural_network.text import sentences


@dataclass(frozen=True, eq=False)
class Case:
    """An estimator and rows that it learns something from.

    Attributes
    ----------
    make : callable
        Takes parameters, returns the estimator.
    X : list, ndarray or NamedArrays
    y : ndarray
    answers : callable
        Takes a fitted estimator and X, returns numbers (n, ...) that depend on all weights.
    grid : dict
        What a search tries.
    other : dict
        Parameters of another network.
    trainings : dict
        Parameters by which training takes another way, such as draws of its own, by a name.
    containers : tuple of callable
        Each makes of the rows another container of the same.
    """

    make: Callable[..., Any]
    X: Any
    y: np.ndarray
    answers: Callable[[Any, Any], np.ndarray]
    grid: dict[str, list[Any]] = field(
        default_factory=lambda: {"learning_rate_init": [0.001, 0.03]}
    )
    other: dict[str, Any] = field(default_factory=lambda: {"width": 2})
    trainings: dict[str, dict[str, Any]] = field(default_factory=dict)
    containers: tuple[Callable[[Any], Any], ...] = ()

    @functools.cached_property
    def _fitted(self):
        return self.make().fit(self.X, self.y)

    def fitted(self):
        """Return an estimator that was fitted with no more than its own parameters."""
        return copy.deepcopy(self._fitted)

    @property
    def n_rows(self):
        return len(self.y)

    @property
    def has_labels(self):
        """Whether y holds one label for each row, or for each pixel."""
        several = self.y.ndim == 2
        return hasattr(self.make(), "predict_proba") and self.y.dtype.kind == "i" and not several

    @property
    def has_classes(self):
        """Whether labels are learned, one for a row or for what is found in it."""
        return self.has_labels or self.y.dtype.kind == "O"

    @property
    def has_numbers(self):
        return self.y.dtype.kind == "f"

    @property
    def reads_texts(self):
        return isinstance(self.X, list) and isinstance(self.X[0], str)

    @property
    def goes_on(self):
        return "warm_start" in self.make().get_params()

    @property
    def takes_validation_rows(self):
        return "X_val" in inspect.signature(self.make().fit).parameters

    @property
    def in_double_precision(self):
        """The parameters of a fit that rounds little."""
        return {"dtype": "float64"} if "dtype" in self.make().get_params() else {}

    @property
    def methods(self):
        names = ("predict", "predict_proba", "predict_log_proba", "decision_function")
        names = (*names, "transform", "predict_scores", "predict_interval")
        return [name for name in names if hasattr(self.make(), name)]


def taken(X, rows):
    """Return some rows of any container."""
    return [X[row] for row in rows] if isinstance(X, list) else X[np.asarray(rows, dtype=int)]


def arrays_of(X):
    """Return the arrays that rows are made of."""
    if isinstance(X, NamedArrays):
        return list(X.arrays.values())
    return [X] if isinstance(X, np.ndarray) else [row for row in X if isinstance(row, np.ndarray)]


def probabilities(net, X):
    return net.predict_proba(X)


def numbers(net, X):
    return net.predict(X)


def surest_boxes(net, X):
    """The box and the score of what each image shows most likely."""
    return np.array([[*boxes[0], scores[0]] for boxes, _, scores in net.predict_scores(X)])


def with_defaults(made, **defaults):
    def make(**parameters):
        return made(**{**defaults, **parameters})

    return make


STOPPING = {"early stopping": {"early_stopping": True, "validation_fraction": 0.25}}
ARRAYS = (np.ndarray.tolist, np.asfortranarray)
TABLES = (*ARRAYS, pd.DataFrame, pl.DataFrame)

IRIS, KIND_OF_IRIS = load_iris(return_X_y=True)
DIABETES, PROGRESS = load_diabetes(return_X_y=True)
OF_IRIS = np.random.RandomState(0).permutation(150)[:40]
MORE_TRAININGS = STOPPING | {
    "dropout in one batch": {"dropout": 0.4},
    "orthogonal start": {"weight_init": "orthogonal"},
    "warm start": {"warm_start": True},
}
PERCEPTRON = {"hidden_layer_sizes": (6, 5), "max_iter": 4, "random_state": 0}


def perceptron(made, y, **trainings):
    """A perceptron on flowers or on patients."""
    X = scale(IRIS)[OF_IRIS] if made is MLPClassifier else scale(DIABETES)[:40]
    everything = {"dropout": 0.2, "early_stopping": True, "batch_size": 16, "solver": "adamw"}
    everything |= {"learning_rate": "one_cycle", "weight_init": "he_normal"}
    trainings = {"everything": everything, "lbfgs": {"solver": "lbfgs"}} | trainings
    answers = numbers if made is MLPRegressor else probabilities
    other = {"hidden_layer_sizes": (7, 5)}
    make = with_defaults(made, **PERCEPTRON)
    grid = {"alpha": [1e-4, 1.0]}
    return Case(make, X, y, answers, grid, other, trainings, TABLES)


def perceptrons():
    kind, progress = KIND_OF_IRIS[OF_IRIS], PROGRESS[:40]
    several = np.column_stack([kind > 0, scale(IRIS)[OF_IRIS, 0] > 0]).astype(int)
    return {
        "MLPClassifier": perceptron(MLPClassifier, kind, **MORE_TRAININGS),
        "MLPClassifier of two classes": perceptron(MLPClassifier, (kind > 1).astype(int)),
        "MLPClassifier of several labels": perceptron(MLPClassifier, several),
        "MLPRegressor": perceptron(MLPRegressor, progress, **MORE_TRAININGS),
        "MLPRegressor of two numbers": perceptron(
            MLPRegressor, np.column_stack([progress, 3 - 10 * DIABETES[:40, 2]])
        ),
    }


def own(made, module, X, y, other, containers=()):
    """A module as a user writes it."""
    answers = numbers if made is NeuralNetRegressor else probabilities
    make = with_defaults(made, module=module, max_iter=3, random_state=0)
    trainings = {}
    if module is own_modules.Dropping:
        trainings = {"in batches": {"batch_size": 16}} | STOPPING
    return Case(make, X, y, answers, other=other, trainings=trainings, containers=containers)


def own_modules_of_all_kinds():
    rng = np.random.default_rng(0)
    flowers, kinds = scale(IRIS)[OF_IRIS], KIND_OF_IRIS[OF_IRIS]
    kind = np.arange(36) % 2
    steps = rng.normal(size=(36, 5, 2)) + 2 * kind[:, None, None]
    places = NamedArrays(numbers=rng.normal(size=(36, 2)) + kind[:, None], city=np.arange(36) % 6)
    units = {"module__units": 3}
    return {
        "NeuralNetClassifier": own(
            NeuralNetClassifier, own_modules.Net, flowers, kinds, units, TABLES
        ),
        "NeuralNetClassifier-Dropping": own(
            NeuralNetClassifier, own_modules.Dropping, flowers, kinds, {}, TABLES
        ),
        "NeuralNetClassifier-Normalized": own(
            NeuralNetClassifier, own_modules.Normalized, flowers, kinds, {}
        ),
        "NeuralNetClassifier-LastStep": own(
            NeuralNetClassifier, own_modules.LastStep, steps, kind, units, ARRAYS
        ),
        "NeuralNetClassifier of NamedArrays": own(
            NeuralNetClassifier, own_modules.TwoInputs, places, kind, units, (lambda X: X.arrays,)
        ),
        "NeuralNetRegressor": own(
            NeuralNetRegressor, own_modules.Net, scale(DIABETES)[:40], PROGRESS[:40], units, TABLES
        ),
    }


def sequence(made, architecture, data, containers):
    X, y = data(n_classes=3)
    if made is recordings.regressor:
        y = recordings.levels(X)
    answers = numbers if made is recordings.regressor else probabilities
    trainings = {}
    if architecture == "cnn":
        augmented = {"jitter": 0.1, "crop": 0.3, "masking": 0.2, "mixup": 0.5}
        trainings = {"augmented": {"dropout": 0.3, **augmented}} | STOPPING
    elif architecture == "lstm":
        trainings = {"deep": {"dropout": 0.3, "n_estimators": 2, "depth": 2}}
    make = with_defaults(made, architecture=architecture)
    grid = {"architecture": list(recordings.ARCHITECTURES)}
    return Case(make, X, y, answers, grid, {"width": 8}, trainings, containers)


def image(made, architecture):
    X, y = pictures.noise(shape=(6, 8, 2))
    if made is pictures.regressor:
        y = pictures.levels(X)
    answers = numbers if made is pictures.regressor else probabilities
    trainings = {}
    if made is pictures.classifier and architecture == "cnn":
        augmented = {"shift": 0.2, "crop": 0.3, "flip": True, "cutout": 0.2, "mixup": 0.5}
        trainings = {
            "augmented": {"dropout": 0.3, **augmented},
            "two that stop": {"early_stopping": True, "n_estimators": 2},
        }
    make = with_defaults(made, architecture=architecture)
    grid = {"architecture": list(pictures.ARCHITECTURES)}
    return Case(make, X, y, answers, grid, {"width": 8}, trainings, (list, *ARRAYS))


def pixels():
    """Images as rows of a table."""
    X, y = pictures.noise(shape=(6, 8))
    make = with_defaults(pictures.classifier, image_shape=(6, 8))
    return Case(make, pictures.flat(X), y, probabilities, containers=TABLES)


def text(made, architecture):
    X, y = sentences.distinct()
    if made is sentences.regressor:
        y = y + 0.5
    containers = (np.array, lambda rows: np.array(rows, dtype=object), tuple, pd.Series, pl.Series)
    answers = numbers if made is sentences.regressor else probabilities
    make = with_defaults(made, architecture=architecture)
    grid = {"architecture": ["bag", "cnn"]}
    trainings = {"dropout": {"dropout": 0.2}}
    if architecture == "bag":
        trainings |= STOPPING
    other = {"width": 4}
    return Case(make, X, y, answers, grid, other, trainings, containers)


def localized(made):
    """Images with plates, of which masks or boxes are learned."""
    X, y = scenes.plates(n_classes=2) if made is scenes.segmenter else scenes.boxed()
    if made is scenes.detector:
        targets = np.empty(len(y), dtype=object)
        targets[:] = y
        y = targets
    answers = probabilities if made is scenes.segmenter else surest_boxes
    trainings = {"flipped": {"flip": True}} | STOPPING
    grid = {"width": [2, 4]}
    return Case(made, X, y, answers, grid, trainings=trainings, containers=(list, *ARRAYS))


def table(made):
    X = np.random.default_rng(0).normal(size=(60, 3))
    y = X[:, 0] + 0.1 * X[:, 1]
    if made is TabularClassifier:
        y = (y > 0).astype(int)
    answers = numbers if made is TabularRegressor else probabilities
    make = with_defaults(made, **tables.QUICK)
    other = {"hidden_layer_sizes": (4,)}
    return Case(make, X, y, answers, other=other, containers=TABLES)


CASES = {
    **perceptrons(),
    **own_modules_of_all_kinds(),
    **{
        f"SequenceClassifier-{architecture}": sequence(
            recordings.classifier, architecture, recordings.ragged, (list, tuple)
        )
        for architecture in recordings.ARCHITECTURES
    },
    "SequenceRegressor": sequence(recordings.regressor, "gru", recordings.even, (list, *ARRAYS)),
    **{
        f"ImageClassifier-{architecture}": image(pictures.classifier, architecture)
        for architecture in pictures.ARCHITECTURES
    },
    "ImageClassifier of flat rows": pixels(),
    "ImageRegressor": image(pictures.regressor, "cnn"),
    **{
        f"TextClassifier-{architecture}": text(sentences.classifier, architecture)
        for architecture in sentences.ARCHITECTURES
    },
    "TextRegressor": text(sentences.regressor, "bag"),
    "ImageSegmenter": localized(scenes.segmenter),
    "ObjectDetector": localized(scenes.detector),
    "TabularClassifier": table(TabularClassifier),
    "TabularRegressor": table(TabularRegressor),
}


def over(wanted=lambda case: True):
    """Parametrize a test by the cases of a kind."""
    chosen = {name: case for name, case in CASES.items() if wanted(case)}
    return pytest.mark.parametrize("case", chosen.values(), ids=list(chosen))


def one_a_family():
    """Parametrize a test by the first case of every estimator."""
    firsts = {type(case.make()): name for name, case in reversed(CASES.items())}
    names = list(reversed(firsts.values()))
    return pytest.mark.parametrize("case", [CASES[name] for name in names], ids=names)


def over_trainings():
    """Parametrize a test by every case and by every way that its training takes."""
    pairs = {
        f"{name}, {way}": (case, settings)
        for name, case in CASES.items()
        for way, settings in {"plain": {}, **case.trainings}.items()
    }
    return pytest.mark.parametrize(("case", "settings"), pairs.values(), ids=list(pairs))
