"""Measures of how different the errors of the bases of an ensemble are."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import scipy.sparse as sp
from sklearn.utils.multiclass import type_of_target
from sklearn.utils.validation import check_consistent_length

from skdeep.ensemble._combiners.checks import check_weights
from skdeep.ensemble._combiners.losses import shares_of_cells

TASKS = ("auto", "classification", "regression")


def diversity_report(
    predictions: Mapping[str, Any] | Sequence[Any],
    y: Any,
    *,
    names: Sequence[str] | None = None,
    labels: Any = None,
    sample_weight: Any = None,
    task: str = "auto",
    as_frame: bool = False,
) -> Any:
    """Measure how similar the errors of each pair of bases are.

    An ensemble can be better than its best base only as far as the others make other errors.

    Parameters
    ----------
    predictions : dict of str to array-like, or list of array-like
        Predictions of each base for the same rows, preferably rows that it was not fitted on. Of a
        classifier: classes, or probabilities of shape (n_samples, n_classes), or the probability of
        the second of two classes, of shape (n_samples,). Of a regressor: numbers.

    y : array-like of shape (n_samples,) or (n_samples, n_outputs)
        True values. With several columns, each is compared with the corresponding predictions, and
        all count.

    names : list of str, default=None
        Names of the bases where `predictions` is a list; None stands for base0, base1, ...

    labels : array-like, default=None
        The classes in the order of the columns of probabilities. None stands for those in `y`,
        sorted.

    sample_weight : array-like of shape (n_samples,), default=None
        Weights of the rows.

    task : {'auto', 'classification', 'regression'}, default='auto'
        What was predicted. 'auto' takes a `y` of whole numbers as classes.

    as_frame : bool, default=False
        Whether to return a pandas DataFrame.

    Returns
    -------
    report : dict or DataFrame
        In a dict, `names` are the bases, `error` their error rates or mean squared errors, of shape
        (n_bases,), and all others are symmetric matrices of shape (n_bases, n_bases):

        - `error_correlation`: Pearson's correlation of the errors. The errors are the differences
          from `y`; for probabilities, one minus the probability of the true class; for classes, 1
          or 0, which makes it the phi coefficient.
        - `disagreement`: share of the rows that one of the two gets right and the other wrong.
        - `q_statistic`: Yule's, from -1 (each errs where the other is right) over 0 (independent)
          to 1 (they err together).
        - `kappa`: Cohen's, of the predicted classes; 1 if the two always agree, 0 if by chance.
        - `double_fault`: share of the rows that both get wrong; on the diagonal, `error`.

        The last four are for classifiers only. A measure that is not defined, such as the
        correlation with a base that never errs, is NaN. The DataFrame has a row for each pair of
        bases and a column for each measure.

    Raises
    ------
    ValueError
        If the predictions of a base do not fit `y`.

    References
    ----------
    .. [1] L. I. Kuncheva, C. J. Whitaker, "Measures of diversity in classifier ensembles and their
       relationship with the ensemble accuracy", Machine Learning 51, 2003.
    .. [2] D. D. Margineantu, T. G. Dietterich, "Pruning adaptive boosting", ICML 1997 (kappa).

    Examples
    --------
    >>> from skdeep.ensemble import diversity_report
    >>> y = ["a", "a", "a", "b", "b", "b", "b", "b"]
    >>> predictions = {
    ...     "tree": ["a", "a", "b", "b", "b", "b", "b", "a"],
    ...     "linear": ["a", "a", "b", "b", "b", "b", "a", "b"],
    ...     "near": ["a", "a", "b", "b", "b", "b", "b", "a"],
    ... }
    >>> report = diversity_report(predictions, y)
    >>> report["error"]
    array([0.25, 0.25, 0.25])
    >>> report["disagreement"]
    array([[0.  , 0.25, 0.  ],
           [0.25, 0.  , 0.25],
           [0.  , 0.25, 0.  ]])
    >>> diversity_report(predictions, y, as_frame=True)[["disagreement", "double_fault"]]
                 disagreement  double_fault
    tree linear          0.25         0.125
         near            0.00         0.250
    linear near          0.25         0.125
    """
    names, answers = _by_name(predictions, names)
    y = y.toarray() if sp.issparse(y) else np.asarray(y)
    weights = check_weights(sample_weight, y, "sample_weight")
    check_consistent_length(y, *answers)
    if _is_classification(task, y):
        codes, misses, truth = _read_classes(names, answers, y, labels)
        measures = _of_classes(codes, misses, truth, shares_of_cells(weights, truth.size))
    else:
        misses = _read_numbers(names, answers, y)
        shares = shares_of_cells(weights, misses.shape[1])
        measures = {"error": misses**2 @ shares, "error_correlation": _correlation(misses, shares)}
    return _as_frame(names, measures) if as_frame else {"names": names, **measures}


def _by_name(
    predictions: Mapping[str, Any] | Sequence[Any], names: Sequence[str] | None
) -> tuple[list[str], list[np.ndarray]]:
    """The names of the bases and what they predict, as arrays."""
    if isinstance(predictions, dict):
        if names is not None:
            raise ValueError(f"names={names!r} was given with a dict, which has its own: leave it.")
        names, predictions = list(predictions), list(predictions.values())
    answers = [np.asarray(answer) for answer in predictions]
    names = [f"base{i}" for i in range(len(answers))] if names is None else list(names)
    if not answers or len(names) != len(answers) or len(set(names)) < len(names):
        raise ValueError(
            f"names={names!r} for {len(answers)} bases: give at least one base, and each a name of "
            "its own."
        )
    return names, answers


def _is_classification(task: str, y: np.ndarray) -> bool:
    if task not in TASKS:
        raise ValueError(f"task={task!r} is none of {', '.join(map(repr, TASKS))}.")
    return not type_of_target(y).startswith("continuous") if task == "auto" else task == TASKS[1]


def _read_numbers(names: Sequence[str], answers: Sequence[np.ndarray], y: np.ndarray) -> np.ndarray:
    """The errors of each base, an array of shape (n_bases, n_cells)."""
    errors = []
    for name, answer in zip(names, answers, strict=True):
        if answer.size != y.size:
            raise ValueError(
                f"The predictions of {name!r} have the shape {answer.shape} and y has {y.shape}: "
                "give a number for each target."
            )
        errors.append((answer.reshape(y.shape).astype(float) - y).ravel())
    return _finite(names, np.array(errors))


def _read_classes(
    names: Sequence[str], answers: Sequence[np.ndarray], y: np.ndarray, labels: Any
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Predicted classes as codes, how far each was missed, and the true codes.

    All of them cell by cell: a cell is a row, or a row and a label.
    """
    labels = np.unique(y) if labels is None else np.asarray(labels)
    place = {label: code for code, label in enumerate(labels.tolist())}
    truth = _codes("y", y, place)
    codes, misses = [], []
    for name, answer in zip(names, answers, strict=True):
        code, miss = _read_base(f"the predictions of {name!r}", answer, truth, place)
        codes.append(code.ravel())
        misses.append(miss.ravel())
    return np.array(codes), _finite(names, np.array(misses)), truth.ravel()


def _read_base(
    what: str, answer: np.ndarray, truth: np.ndarray, place: Mapping[Any, int]
) -> tuple[np.ndarray, np.ndarray]:
    n_classes = len(place)
    if answer.shape == (len(truth), n_classes) and truth.ndim == 1 and n_classes > 1:
        chosen = answer[np.arange(len(truth)), truth]
        return answer.argmax(axis=1), 1 - chosen
    if answer.size != truth.size:
        raise ValueError(
            f"{what} have the shape {answer.shape} for {truth.shape} true classes of {n_classes} "
            "kinds: give the classes, or the probability of each. Where y lacks classes, name all "
            "of them with labels."
        )
    answer = answer.reshape(truth.shape)
    if answer.dtype.kind == "f" and n_classes == 2 and not np.isin(answer, list(place)).all():
        if not ((answer >= 0) & (answer <= 1)).all():
            raise ValueError(
                f"{what} are neither classes nor probabilities of the second class: they lie "
                f"between {answer.min()} and {answer.max()}. Give what predict_proba answers."
            )
        return (answer > 0.5).astype(int), np.where(truth == 1, 1 - answer, answer)
    codes = _codes(what, answer, place)
    return codes, (codes != truth).astype(float)


def _codes(what: str, classes: np.ndarray, place: Mapping[Any, int]) -> np.ndarray:
    flat = classes.ravel().tolist()
    strange = sorted({str(label) for label in flat if label not in place})
    if strange:
        raise ValueError(
            f"{what} hold {', '.join(strange[:5])}, which labels={list(place)} does not name: give "
            "labels with all classes."
        )
    return np.array([place[label] for label in flat], dtype=int).reshape(classes.shape)


def _finite(names: Sequence[str], errors: np.ndarray) -> np.ndarray:
    strange = [n for n, row in zip(names, errors, strict=True) if not np.isfinite(row).all()]
    if strange:
        raise ValueError(
            f"The predictions of {strange} hold NaN or infinity: leave out the rows or the bases."
        )
    return errors


def _correlation(errors: np.ndarray, shares: np.ndarray) -> np.ndarray:
    """The correlation of each two rows; NaN where one of them is constant."""
    centred = errors - (errors @ shares)[:, None]
    covariance = (centred * shares) @ centred.T
    spread = np.sqrt(np.diag(covariance))
    # Rounding leaves the variance of a constant a little above 0.
    spread[spread <= 1e-12 * abs(errors).max(axis=1)] = np.nan
    correlation = np.clip(covariance / np.outer(spread, spread), -1, 1)
    np.fill_diagonal(correlation, np.where(np.isnan(spread), np.nan, 1))
    return correlation


def _of_classes(
    codes: np.ndarray, misses: np.ndarray, truth: np.ndarray, shares: np.ndarray
) -> dict[str, np.ndarray]:
    wrong = (codes != truth).astype(float)
    right = 1 - wrong
    both_right, both_wrong = (right * shares) @ right.T, (wrong * shares) @ wrong.T
    first, second = (right * shares) @ wrong.T, (wrong * shares) @ right.T
    together, apart = both_right * both_wrong, first * second
    # Of a base and itself, nothing is right and wrong at once.
    total = together + apart
    return {
        "error": wrong @ shares,
        "error_correlation": _correlation(misses, shares),
        "disagreement": first + second,
        "q_statistic": np.divide(
            together - apart, total, out=np.full_like(total, np.nan), where=total > 0
        ),
        "kappa": _kappa(codes, shares),
        "double_fault": both_wrong,
    }


def _kappa(codes: np.ndarray, shares: np.ndarray) -> np.ndarray:
    """Cohen's kappa of each two rows of codes."""
    votes = np.eye(codes.max() + 1)[codes]  # (bases, cells, classes)
    agreed = np.array([[((a == b) * shares).sum() for b in codes] for a in codes])
    frequencies = shares @ votes  # (bases, classes)
    by_chance = frequencies @ frequencies.T
    room = 1 - by_chance
    defined = room > 1e-12
    return np.divide(agreed - by_chance, room, out=np.full_like(room, np.nan), where=defined)


def _as_frame(names: Sequence[str], measures: Mapping[str, np.ndarray]) -> Any:
    try:
        import pandas
    except ImportError as error:
        raise ImportError(
            "diversity_report with as_frame=True makes a pandas DataFrame: install pandas, or "
            "leave as_frame at False for arrays."
        ) from error

    first, second = np.triu_indices(len(names), k=1)
    columns = {key: matrix[first, second] for key, matrix in measures.items() if matrix.ndim == 2}
    index = pandas.MultiIndex.from_arrays([np.array(names)[first], np.array(names)[second]])
    return pandas.DataFrame(columns, index=index)
