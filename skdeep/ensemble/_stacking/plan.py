"""All that a fit needs, decided before the first estimator is fitted."""

import dataclasses
from collections.abc import Container, Mapping
from typing import Any

import numpy as np

from skdeep._scikit_learn import (
    check_method_params,
    check_response_method,
    num_samples,
    safe_indexing,
)
from skdeep.ensemble._combiners.checks import Kind
from skdeep.ensemble._stacking.alignment import AnswerLayout
from skdeep.ensemble._stacking.checks import check_weights_of_splits
from skdeep.ensemble._stacking.layered_estimators import LayeredEstimators, layers_of, setting_of
from skdeep.ensemble._stacking.meta_features import MetaFeatures
from skdeep.ensemble._stacking.metadata import Routed, routing_enabled
from skdeep.ensemble._stacking.passthrough import chosen_columns
from skdeep.ensemble._stacking.scoring import decides_pairs
from skdeep.ensemble._stacking.second_layer import second_layer
from skdeep.ensemble._stacking.splits import Splits, make_splits


@dataclasses.dataclass
class Data:
    """What a stack is fitted on.

    Attributes
    ----------
    X : array-like of shape (n_samples, n_features)
        Rows, those of a validation set included.
    y : ndarray of shape (n_samples,) or (n_samples, n_outputs)
        Targets as they are learnt: classes as codes.
    kind : {"numbers", "classes", "labels"}
        Of the target.
    classes : list of ndarray
        The classes as users write them.
    metadata : dict
        What else was given to `fit`.
    routed : Routed
        The metadata by recipient.
    with_val : bool
        Whether the last rows are a validation set of the caller's.
    """

    X: Any
    y: np.ndarray
    kind: Kind
    classes: list[np.ndarray]
    metadata: dict[str, Any]
    routed: Routed
    with_val: bool

    @property
    def weights(self) -> np.ndarray | None:
        """Weights of the rows under their usual name, None if there are none."""
        return self.metadata.get("sample_weight")

    def take_rows(self, rows: np.ndarray) -> Any:
        """Rows of X; X itself where they are all."""
        return self.X if self.are_all(rows) else safe_indexing(self.X, rows)

    def are_all(self, rows: np.ndarray) -> bool:
        """Whether these sorted rows are all that there are."""
        return len(rows) == num_samples(self.X)

    def params_of(self, params: Mapping[str, Any], rows: np.ndarray) -> dict[str, Any]:
        """Fit arguments with those that have a value for each row cut to these rows."""
        return check_method_params(self.X, params, indices=None if self.are_all(rows) else rows)


@dataclasses.dataclass
class Layer:
    """One layer of bases and the rows that it deals with.

    Attributes
    ----------
    number : int
        Its place in the stack, from 0.
    bases : dict of str to estimator
        Those that take part, not fitted.
    methods : dict of str to str
        The method of each that makes the predictions.
    params : dict of str to dict
        Fit arguments of each, for the layer's rows.
    y : ndarray
        Targets of the layer's rows.
    splits : list of tuple of ndarray, or None
        (train, test) positions among the layer's rows; None for bases that are fitted already.
    seen : ndarray
        Sorted positions of the rows that are predicted.
    rows : ndarray
        The same as rows of X.
    features : MetaFeatures
        Layout of what it predicts.
    """

    number: int
    bases: dict[str, Any]
    methods: dict[str, str]
    params: dict[str, dict[str, Any]]
    y: np.ndarray
    splits: Splits | None
    seen: np.ndarray
    rows: np.ndarray
    features: MetaFeatures


@dataclasses.dataclass
class Plan:
    """The layers of bases and the final estimator.

    Attributes
    ----------
    data : Data
        What the stack is fitted on.
    layers : list of Layer
        From the first to the last.
    final_estimator : estimator
        Not fitted, and not a copy.
    rows : ndarray
        Sorted rows that the final estimator is fitted on.
    features : MetaFeatures
        Layout of what it reads.
    """

    data: Data
    layers: list[Layer]
    final_estimator: Any
    rows: np.ndarray
    features: MetaFeatures


def plan_stack(
    stacker: LayeredEstimators, data: Data, *, splits: Mapping[int, Splits] | None = None
) -> Plan:
    """The plan of a stack.

    Parameters
    ----------
    stacker : estimator
        Its parameters count.
    data : Data
        What the stack is fitted on.
    splits : dict of int to list of tuple of ndarray, default=None
        Splits of layers by their numbers, where they are known.
    """
    everything = np.arange(num_samples(data.X))
    layers = _plan_layers(stacker, data, everything, splits=splits)
    last = layers[-1]
    final_estimator = second_layer(
        stacker,
        few_rows=any(len(layer.splits or ()) == 1 for layer in layers),
        passing=last.features.columns is not None,
        pairs=any(
            method == "decision_function" and decides_pairs(last.bases[name])
            for name, method in last.methods.items()
        ),
    )
    return Plan(data, layers, final_estimator, last.rows, last.features)


def plan_upper(
    stacker: LayeredEstimators, plan: Plan, rows: np.ndarray, *, without: Container[str]
) -> Plan:
    """The plan of all above the first layer of a stack, on some of its rows.

    Parameters
    ----------
    stacker : estimator
        Its parameters count.
    plan : Plan
        Of the whole stack.
    rows : ndarray
        Sorted rows of X, of those that the first layer predicts.
    without : container of str
        Names of bases that take no part.
    """
    first = plan.layers[0]
    layers = _plan_layers(stacker, plan.data, rows, start=first.number + 1, without=without)
    if not layers:  # the final estimator reads the first layer
        return Plan(plan.data, [], plan.final_estimator, rows, first.features)
    return Plan(plan.data, layers, plan.final_estimator, layers[-1].rows, layers[-1].features)


def _plan_layers(
    stacker: LayeredEstimators,
    data: Data,
    rows: np.ndarray,
    *,
    start: int = 0,
    splits: Mapping[int, Splits] | None = None,
    without: Container[str] = (),
) -> list[Layer]:
    """The layers from number `start` on, the first of which gets these rows of X."""
    layers = []
    for number, pairs in enumerate(layers_of(stacker.estimators)):
        bases = {n: e for n, e in pairs if not isinstance(e, str) and n not in without}
        if number < start or not bases:
            continue  # a layer whose bases are all dropped is none
        known = (splits or {}).get(number)
        layers.append(_plan_layer(stacker, data, number, bases, rows, known))
        rows = layers[-1].rows
    return layers


def _plan_layer(
    stacker: LayeredEstimators,
    data: Data,
    number: int,
    bases: dict[str, Any],
    rows: np.ndarray,
    splits: Splits | None,
) -> Layer:
    y = data.y[rows]
    cv = setting_of(stacker, "cv", number)
    if splits is None and not isinstance(cv, str):
        splits = make_splits(
            cv,
            data.take_rows(rows),
            y,
            stratify=data.kind == "classes",
            random_state=stacker.random_state,
            split_params=data.params_of(data.routed.splitters[number], rows),
        )
    tests = [np.arange(len(rows))] if splits is None else [test for _, test in splits]
    seen = np.unique(np.concatenate(tests))
    if splits is not None and data.weights is not None and not routing_enabled():
        check_weights_of_splits(data.weights[rows], splits, seen)
    known = data.classes
    if splits is not None:
        known = [np.arange(len(labels)) for labels in known]
    many = sum(map(len, tests)) > len(seen) or (len(tests) > 1 and not stacker.refit)
    return Layer(
        number,
        bases,
        {name: _method_of(stacker, name, base) for name, base in bases.items()},
        {name: data.params_of(data.routed.bases[name], rows) for name in bases},
        y,
        splits,
        seen,
        rows[seen],
        MetaFeatures(
            AnswerLayout(data.kind, known, votes=many, labels=data.classes),
            prefix=type(stacker).__name__.lower(),
            columns=chosen_columns(setting_of(stacker, "passthrough", number), data.X),
        ),
    )


def _method_of(stacker: LayeredEstimators, name: str, estimator: Any) -> str:
    """The name of the method whose predictions the second layer reads."""
    wanted = getattr(stacker, "stack_method", "predict")
    if isinstance(wanted, dict):
        wanted = wanted.get(name, "auto")
    choice = ["predict_proba", "decision_function", "predict"] if wanted == "auto" else wanted
    try:
        return check_response_method(estimator, choice).__name__
    except AttributeError as error:
        raise ValueError(
            f"Underlying estimator {name} does not implement the method {wanted}. Choose "
            "stack_method='auto', or another estimator."
        ) from error
