"""Measures of diversity against figures by hand, scikit-learn and loops over rows."""

import sys

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.metrics import accuracy_score, cohen_kappa_score, mean_squared_error

from skdeep.ensemble import diversity_report


@pytest.fixture
def by_hand():
    """Ten rows: five that both get right, two that both get wrong, two and one by one of them."""
    y = np.array([0, 0, 0, 1, 1, 0, 1, 0, 0, 1])
    wrong = np.array([[0, 0, 0, 0, 0, 1, 1, 1, 1, 0], [0, 0, 0, 0, 0, 1, 1, 0, 0, 1]])
    return y, np.where(wrong, 1 - y, y)


def test_figures_by_hand(by_hand):
    y, predictions = by_hand
    report = diversity_report(list(predictions), y)
    assert report["names"] == ["base0", "base1"]
    assert_allclose(report["error"], [0.4, 0.3])
    assert_allclose(report["disagreement"], [[0, 0.3], [0.3, 0]], atol=1e-15)
    assert_allclose(report["double_fault"], [[0.4, 0.2], [0.2, 0.3]])
    # N11 = 5, N00 = 2, N10 = 1, N01 = 2: (10 - 2) / (10 + 2), and 8 over the root of 6 4 7 3.
    assert_allclose(report["q_statistic"], [[1, 8 / 12], [8 / 12, 1]])
    assert_allclose(report["error_correlation"], [[1, 8 / 504**0.5], [8 / 504**0.5, 1]])
    assert_allclose(report["kappa"][0, 1], cohen_kappa_score(*predictions))


def slow_report(predictions, y):
    """Count rows one by one, as Kuncheva and Whitaker write it."""
    n, n_bases = len(y), len(predictions)
    report = {
        key: np.full((n_bases, n_bases), np.nan)
        for key in ("error_correlation", "disagreement", "q_statistic", "double_fault")
    }
    for i, a in enumerate(predictions):
        for j, b in enumerate(predictions):
            N = np.zeros((2, 2))
            for row in range(n):
                N[int(a[row] == y[row]), int(b[row] == y[row])] += 1
            cross = N[1, 1] * N[0, 0] - N[0, 1] * N[1, 0]
            report["disagreement"][i, j] = (N[0, 1] + N[1, 0]) / n
            report["double_fault"][i, j] = N[0, 0] / n
            if N[1, 1] * N[0, 0] + N[0, 1] * N[1, 0] > 0:
                report["q_statistic"][i, j] = cross / (N[1, 1] * N[0, 0] + N[0, 1] * N[1, 0])
            sides = N.sum(axis=0).prod() * N.sum(axis=1).prod()
            if sides > 0:
                report["error_correlation"][i, j] = cross / sides**0.5
    return report


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 4), st.integers(2, 4), st.integers(3, 30), st.integers(0, 1000))
def test_measures_of_classes_count_rows(n_bases, n_classes, n_rows, seed):
    rng = np.random.default_rng(seed)
    y = rng.integers(0, n_classes, n_rows)
    predictions = np.where(rng.uniform(size=(n_bases, n_rows)) < 0.6, y, rng.permutation(y))
    names = np.array(["w", "x", "y", "z"])
    report = diversity_report(list(names[predictions]), names[y], task="classification")
    for key, expected in slow_report(predictions, y).items():
        assert_allclose(report[key], expected, atol=1e-12, err_msg=key)
    assert_allclose(report["error"], [1 - accuracy_score(y, p) for p in predictions], atol=1e-15)


def test_kappa_is_that_of_scikit_learn():
    rng = np.random.default_rng(0)
    y = rng.integers(0, 4, 80)
    predictions = np.where(rng.uniform(size=(3, 80)) < 0.5, y, rng.integers(0, 4, (3, 80)))
    weights = rng.uniform(0, 2, 80)
    kappa = diversity_report(list(predictions), y, sample_weight=weights)["kappa"]
    for i in range(3):
        for j in range(3):
            expected = cohen_kappa_score(predictions[i], predictions[j], sample_weight=weights)
            assert_allclose(kappa[i, j], expected)


def test_probabilities_count_by_what_they_missed():
    rng = np.random.default_rng(0)
    p = rng.dirichlet(np.ones(3), size=(4, 50))
    y = rng.integers(0, 3, 50)
    names = list("abcd")
    words = np.array(["one", "three", "two"])
    report = diversity_report(dict(zip(names, p, strict=True)), words[y])
    assert report["names"] == names
    missed = 1 - p[:, np.arange(50), y]
    assert_allclose(report["error_correlation"], np.corrcoef(missed))
    hard = diversity_report(list(words[p.argmax(axis=2)]), words[y])
    for key in ("disagreement", "q_statistic", "kappa", "double_fault", "error"):
        assert_array_equal(report[key], hard[key])


@pytest.mark.parametrize("classes", [[0, 1], ["no", "yes"], [False, True]])
def test_one_column_for_two_classes(classes):
    rng = np.random.default_rng(0)
    p = rng.uniform(size=(3, 40))
    y = np.array(classes)[rng.integers(0, 2, 40)]
    one = diversity_report(list(p), y)
    two = diversity_report([np.column_stack([1 - row, row]) for row in p], y)
    for key, expected in two.items():
        assert_array_equal(one[key], expected)


def test_errors_of_regressors():
    rng = np.random.default_rng(0)
    y = rng.normal(size=60)
    predictions = y + rng.normal(size=60) + rng.normal(size=(3, 60))
    report = diversity_report(list(predictions), y)
    assert set(report) == {"names", "error", "error_correlation"}
    assert_allclose(report["error_correlation"], np.corrcoef(predictions - y))
    assert_allclose(report["error"], [mean_squared_error(y, p) for p in predictions])
    whole = diversity_report([[1, 2, 4], [1, 3, 3]], [1, 2, 3], task="regression")
    assert_allclose(whole["error_correlation"], np.corrcoef([[0, 0, 1], [0, 1, 0]]))


def test_several_targets_count_together():
    rng = np.random.default_rng(0)
    y = rng.normal(size=(30, 2))
    predictions = y + rng.normal(size=(3, 30, 2))
    report = diversity_report(list(predictions), y)
    flat = (predictions - y).reshape(3, -1)
    assert_allclose(report["error_correlation"], np.corrcoef(flat))
    labels = (y > 0).astype(int)
    p = 1 / (1 + np.exp(-predictions))
    report = diversity_report(list(p), labels)
    flat = diversity_report(list(p.reshape(3, -1)), labels.ravel())
    for key, expected in flat.items():
        assert_array_equal(report[key], expected)


@pytest.mark.parametrize("kind", ["classes", "numbers"])
def test_row_weights_are_copies(kind):
    rng = np.random.default_rng(0)
    y = rng.integers(0, 3, 40) if kind == "classes" else rng.normal(size=40)
    predictions = [rng.permutation(y) for _ in range(3)]
    weights = rng.integers(0, 3, 40)
    weighted = diversity_report(predictions, y, sample_weight=weights, labels=[0, 1, 2])
    copies = [np.repeat(p, weights) for p in predictions]
    repeated = diversity_report(copies, np.repeat(y, weights), labels=[0, 1, 2])
    for key in set(weighted) - {"names"}:
        assert_allclose(weighted[key], repeated[key], atol=1e-12)


def test_what_is_not_defined_is_nan():
    y = [0, 1, 0, 1]
    report = diversity_report({"perfect": y, "wrong": [0, 0, 0, 0]}, y)
    assert_array_equal(report["error"], [0, 0.5])
    assert_array_equal(report["error_correlation"], [[np.nan, np.nan], [np.nan, 1]])
    assert_array_equal(report["q_statistic"], [[np.nan, np.nan], [np.nan, 1]])
    assert_array_equal(report["kappa"], [[1, 0], [0, np.nan]])
    constant = diversity_report([[1.1, 2.1], [1.5, 2.9]], [1.0, 2.0], task="regression")
    assert_array_equal(constant["error_correlation"], [[np.nan, np.nan], [np.nan, 1]])


def test_frame_has_a_row_for_each_pair(by_hand):
    y, predictions = by_hand
    named = {"a": predictions[0], "b": predictions[1], "c": y}
    report = diversity_report(named, y)
    frame = diversity_report(named, pd.Series(y), as_frame=True)
    assert frame.index.tolist() == [("a", "b"), ("a", "c"), ("b", "c")]
    for key in frame:
        assert_array_equal(frame[key], report[key][[0, 0, 1], [1, 2, 2]])
    assert diversity_report([y], y, as_frame=True).shape == (0, 5)


def test_frame_needs_pandas(monkeypatch):
    class Hide:
        @staticmethod
        def find_spec(name, path=None, target=None):
            if name == "pandas":
                raise ModuleNotFoundError(name)

    monkeypatch.delitem(sys.modules, "pandas")
    monkeypatch.setattr(sys, "meta_path", [Hide, *sys.meta_path])
    with pytest.raises(ImportError, match="as_frame=True makes a pandas DataFrame: install pandas"):
        diversity_report([[0, 1]], [0, 1], as_frame=True)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"names": ["a"]}, r"names=\['a'\] for 2 bases"),
        ({"names": ["a", "a"]}, "each a name of its own"),
        ({"predictions": []}, "give at least one base"),
        ({"predictions": {"a": [0, 1, 0]}, "names": ["b"]}, "was given with a dict"),
        ({"predictions": [[0, 1]]}, "inconsistent numbers of samples"),
        ({"predictions": [[0, 1, 2]]}, r"predictions of 'base0' hold 2, which labels=\[0, 1\]"),
        ({"predictions": [[0.5, 1.5, 0.1]]}, "neither classes nor probabilities of the second"),
        (
            {"predictions": [np.ones((3, 3)) / 3]},
            r"have the shape \(3, 3\) for \(3,\) true classes",
        ),
        ({"predictions": [[np.nan] * 3], "task": "regression"}, r"\['base0'\] hold NaN"),
        ({"predictions": [np.ones((3, 2))], "task": "regression"}, "give a number for each target"),
        ({"task": "ranking"}, "task='ranking' is none of 'auto', 'classification', 'regression'"),
        ({"labels": [0, 2]}, r"y hold 1, which labels=\[0, 2\] does not name"),
        ({"sample_weight": [-1, 1, 1]}, "Invalid sample_weight"),
    ],
)
def test_what_cannot_be_compared(arguments, message):
    with pytest.raises(ValueError, match=message):
        diversity_report(**{"predictions": [[0, 1, 0], [0, 0, 0]], "y": [0, 1, 0]} | arguments)
