"""Checks that cost nothing beside a fit, all made before the first one."""

import reprlib
from collections.abc import Sequence
from typing import Any

import numpy as np
from sklearn import get_config
from sklearn.base import is_classifier, is_regressor
from sklearn.utils import get_tags
from sklearn.utils.validation import check_consistent_length

from skdeep._scikit_learn import num_features, validate_parameter_constraints
from skdeep.ensemble._stacking.layered_estimators import (
    LayeredEstimators,
    is_layered,
    layers_of,
    setting_of,
)
from skdeep.ensemble._stacking.metadata import splitters_of
from skdeep.ensemble._stacking.splits import Splits


def check_pairs(pairs: Any) -> None:
    """Refuse what is not a list of pairs of a name and an estimator, or a list of such layers."""
    for layer in layers_of(pairs):
        if (
            not isinstance(layer, list | tuple)
            or not layer
            or not all(
                isinstance(pair, tuple | list) and len(pair) == 2 and isinstance(pair[0], str)
                for pair in layer
            )
        ):
            raise ValueError(
                f"Invalid 'estimators' attribute, got {reprlib.repr(pairs)}: give a list of pairs "
                "of a name and an estimator, such as [('lr', LogisticRegression()), ('svc', "
                "SVC())], or a list of such lists for a stack of several layers."
            )


def check_estimators(stacker: LayeredEstimators) -> tuple[tuple[str, ...], tuple[Any, ...]]:
    """Refuse estimators that cannot be used; return all names and estimators, 'drop' included."""
    check_pairs(stacker.estimators)
    _check_per_layer(stacker)
    names, estimators = zip(*stacker._pairs, strict=True)
    stacker._validate_names(names)
    reserved = {"final_estimator_", *splitters_of(stacker)}
    if stacker.scoring is not None:
        reserved.add("scorer")
    reserved = reserved.intersection(names)
    if get_config()["enable_metadata_routing"] and reserved:
        raise ValueError(f"Metadata routing needs the names {sorted(reserved)}: rename the bases.")
    for name, estimator in zip(names, estimators, strict=True):
        _check_base(stacker, name, estimator)
    if all(isinstance(estimator, str) for estimator in estimators):
        raise ValueError(
            "Invalid 'estimators' attribute, every estimator is 'drop': keep at least one."
        )
    return names, estimators


def _check_per_layer(stacker: LayeredEstimators) -> None:
    """Refuse tuples that do not have a value for each layer, and values that none may have."""
    n_layers = len(layers_of(stacker.estimators))
    for name in ("cv", "passthrough"):
        value = getattr(stacker, name)
        if not isinstance(value, tuple) or not is_layered(stacker.estimators):
            continue
        if len(value) != n_layers:
            raise ValueError(
                f"{name}={value!r} is a tuple of {len(value)} for {n_layers} layers of estimators: "
                "give one value for each layer, or one that is no tuple for all of them."
            )
        constraints = stacker._parameter_constraints[name]
        for number, of_layer in enumerate(value, start=1):
            key = f"{name}[{number - 1}]"
            validate_parameter_constraints(
                {key: constraints}, {key: of_layer}, caller_name=type(stacker).__name__
            )


def check_stack_method(stacker: LayeredEstimators, names: Sequence[str]) -> None:
    """Refuse methods for bases that there are not."""
    methods = getattr(stacker, "stack_method", None)
    if not isinstance(methods, dict):
        return
    unknown = sorted(set(methods).difference(names))
    if unknown:
        raise ValueError(
            f"stack_method={methods!r} names {unknown}, which are not among the base estimators "
            f"{list(names)}."
        )
    known = ("auto", "predict_proba", "decision_function", "predict")
    wrong = {name: method for name, method in methods.items() if method not in known}
    if wrong:
        raise ValueError(f"stack_method={wrong!r} is not known: give one of {known} for each name.")


def _check_base(stacker: LayeredEstimators, name: str, estimator: Any) -> None:
    where = f"Invalid 'estimators' attribute, {name!r} is"
    if isinstance(estimator, str):
        if estimator != "drop":
            raise ValueError(
                f"{where} {estimator!r}: give an estimator, or 'drop' to leave it out."
            )
        return
    if isinstance(estimator, type):
        raise ValueError(f"{where} the class {estimator.__name__}: give an instance of it.")
    if not hasattr(estimator, "fit"):
        raise ValueError(f"{where} {reprlib.repr(estimator)}, which has no method 'fit'.")
    # Numbers can be a feature of a classification (ordinal targets), classes cannot be averaged
    # into a regression: only regression is strict about the kind of its bases.
    if is_regressor(stacker) and not is_regressor(estimator):
        raise ValueError(
            f"The estimator {type(estimator).__name__} should be a regressor ({name!r} in "
            "'estimators'): for a classification use StackingClassifier."
        )


def check_final_estimator(stacker: LayeredEstimators, final_estimator: Any) -> None:
    """Refuse a second layer of the other kind."""
    kind, is_kind = (
        ("classifier", is_classifier) if is_classifier(stacker) else ("regressor", is_regressor)
    )
    if not is_kind(final_estimator):
        raise ValueError(
            f"'final_estimator' parameter should be a {kind}. Got {final_estimator}. Leave it at "
            f"None for scikit-learn's default."
        )


def check_validation_data(
    stacker: LayeredEstimators,
    bases: dict[str, Any],
    X: Any,
    X_val: Any,
    y_val: Any,
    sample_weight_val: Any,
) -> bool:
    """Refuse a validation set that cannot be used; return whether one was given."""
    given = {"X_val": X_val, "y_val": y_val}
    missing = [name for name, value in given.items() if value is None]
    if len(missing) == 2:
        if sample_weight_val is not None:
            raise ValueError("sample_weight_val was given without X_val and y_val: give all three.")
        return False
    if missing:
        (present,) = given.keys() - set(missing)
        raise ValueError(f"{present} was given without {missing[0]}: give both or neither.")
    if setting_of(stacker, "cv", 0) is not None:
        raise ValueError(
            f"cv={stacker.cv!r} and X_val were both given, and each says which rows train the "
            "final estimator: leave cv at None (of the first layer, if there are several), or fit "
            "without X_val and y_val."
        )
    check_consistent_length(X_val, y_val)
    n_features, n_features_val = _count_features(X), _count_features(X_val)
    if n_features != n_features_val:
        raise ValueError(
            f"X_val has {n_features_val} features and X has {n_features}: give both the same "
            "columns."
        )
    if any(get_tags(base).input_tags.pairwise for base in bases.values()):
        raise ValueError(
            "X_val cannot be used with a base estimator on a precomputed kernel: give cv=[(train, "
            "test)] with the indices of the two parts instead."
        )
    return True


def _count_features(X: Any) -> int | None:
    try:
        return num_features(X)
    except TypeError:  # texts and the like have none
        return None


def check_weights_of_splits(weights: np.ndarray, splits: Splits, rows: np.ndarray) -> None:
    """Refuse weights that leave a fit with nothing to learn from."""
    for number, (train, _) in enumerate(splits):
        if not weights[train].any():
            raise ValueError(
                f"sample_weight is zero on every training row of split {number}: give cv splits "
                "whose training parts all have some weight."
            )
    if not weights[rows].any():
        raise ValueError(
            "sample_weight is zero on every row that the final estimator is to be fitted on: give "
            "cv splits whose test parts have some weight."
        )
