"""Checks that cost nothing beside a fit, all made before the first one."""

import reprlib

from sklearn import get_config
from sklearn.base import is_classifier, is_regressor
from sklearn.utils import get_tags
from sklearn.utils.validation import _check_sample_weight, _num_features, check_consistent_length


def check_pairs(pairs):
    """Refuse what is not a list of pairs of a name and an estimator."""
    if (
        not isinstance(pairs, list | tuple)
        or not pairs
        or not all(
            isinstance(pair, tuple | list) and len(pair) == 2 and isinstance(pair[0], str)
            for pair in pairs
        )
    ):
        raise ValueError(
            f"Invalid 'estimators' attribute, got {reprlib.repr(pairs)}: give a list of pairs of a "
            "name and an estimator, such as [('lr', LogisticRegression()), ('svc', SVC())]."
        )


def check_estimators(stacker):
    """Return the names and the estimators of the first layer, 'drop' included."""
    pairs = stacker.estimators
    check_pairs(pairs)
    names, estimators = zip(*pairs, strict=True)
    stacker._validate_names(names)
    reserved = {"final_estimator_", "splitter"}.intersection(names)
    if get_config()["enable_metadata_routing"] and reserved:
        raise ValueError(f"Metadata routing needs the names {sorted(reserved)}: rename the bases.")
    for name, estimator in zip(names, estimators, strict=True):
        _check_base(stacker, name, estimator)
    if all(isinstance(estimator, str) for estimator in estimators):
        raise ValueError(
            "Invalid 'estimators' attribute, every estimator is 'drop': keep at least one."
        )
    return names, estimators


def _check_base(stacker, name, estimator):
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


def check_final_estimator(stacker, final_estimator):
    """Refuse a second layer of the other kind."""
    kind, is_kind = (
        ("classifier", is_classifier) if is_classifier(stacker) else ("regressor", is_regressor)
    )
    if not is_kind(final_estimator):
        raise ValueError(
            f"'final_estimator' parameter should be a {kind}. Got {final_estimator}. Leave it at "
            f"None for scikit-learn's default."
        )


def check_validation_data(stacker, bases, X, X_val, y_val, sample_weight_val):
    """Return whether a validation set was given, after checking that it can be used."""
    given = {"X_val": X_val, "y_val": y_val}
    missing = [name for name, value in given.items() if value is None]
    if len(missing) == 2:
        if sample_weight_val is not None:
            raise ValueError("sample_weight_val was given without X_val and y_val: give all three.")
        return False
    if missing:
        (present,) = given.keys() - set(missing)
        raise ValueError(f"{present} was given without {missing[0]}: give both or neither.")
    if stacker.cv is not None:
        raise ValueError(
            f"cv={stacker.cv!r} and X_val were both given, and each says which rows train the "
            "final estimator: leave cv at None, or fit without X_val and y_val."
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


def _count_features(X):
    try:
        return _num_features(X)
    except TypeError:  # texts and the like have none
        return None


def check_weights(weights, X, name):
    """Return weights as an array with one number, not negative, for each row of X."""
    try:
        return _check_sample_weight(weights, X, ensure_non_negative=True)
    except ValueError as error:
        raise ValueError(f"Invalid {name}: {error}") from error


def check_weights_of_splits(weights, splits, rows):
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
