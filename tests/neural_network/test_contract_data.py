"""What rows and targets may be, what weights mean, and what is said of what cannot be used."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from tests.neural_network.contract import arrays_of, over, taken

# Epochs of a constant learning rate end before they have converged.
pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

every_case = over()
with_labels = over(lambda case: case.has_labels)
with_numbers = over(lambda case: case.has_numbers)
with_features = over(lambda case: "transform" in case.methods)


# Weights


def spoilt(case, out):
    """Rows and targets, some of them far from the others and called what nothing else is."""
    X, y = taken(case.X, range(case.n_rows)), case.y.copy()
    for row in out:
        if isinstance(X, np.ndarray):
            X[row] = 1e3
        elif not case.reads_texts and isinstance(X, list):
            X[row] = np.full((len(X[row]), 20), 1e3)
    if case.y.ndim == 1 and case.y.dtype.kind in "if":
        y[out] = 99
    return X, y


@every_case
def test_weight_zero_is_leaving_out(case):
    weight = np.linspace(0.5, 2.0, case.n_rows)
    weight[::5] = 0
    kept, out = np.flatnonzero(weight), np.flatnonzero(weight == 0)
    fewer = taken(case.X, kept), case.y[kept]
    settings = case.in_double_precision
    fits = [
        case.make(**settings).fit(*spoilt(case, out), weight),
        case.make(**settings).fit(*fewer, weight[kept]),
        case.make(**settings).fit(*fewer),
    ]
    zeroed, removed, unweighted = (case.answers(net, case.X) for net in fits)
    assert_allclose(zeroed, removed, rtol=1e-7, atol=1e-9)
    assert np.abs(removed - unweighted).max() > 1e-8


@every_case
def test_weight_two_is_twice(case):
    weight = 1 + np.arange(case.n_rows) % 2
    rows = np.repeat(np.arange(case.n_rows), weight)
    settings = case.in_double_precision
    weighted = case.make(**settings).fit(case.X, case.y, weight)
    twice = case.make(**settings).fit(taken(case.X, rows), case.y[rows])
    assert_allclose(
        case.answers(weighted, case.X), case.answers(twice, case.X), rtol=1e-7, atol=1e-9
    )
    if hasattr(weighted, "loss_curve_"):
        assert_allclose(weighted.loss_curve_, twice.loss_curve_, rtol=1e-7)
    if hasattr(weighted, "score"):
        expected = weighted.score(taken(case.X, rows), case.y[rows])
        assert weighted.score(case.X, case.y, weight) == pytest.approx(expected, abs=1e-9)


# Rows


@every_case
def test_rows_have_the_same_answer_in_any_company(case):
    net, rng = case.fitted(), np.random.default_rng(0)
    for method in set(case.methods) - {"predict_scores"}:
        answer = getattr(net, method)
        expected = answer(case.X)
        if isinstance(expected, list) or expected.dtype.kind != "f":
            continue
        order = rng.permutation(case.n_rows)
        for rows in (order, [3], range(11), order.repeat(2)):
            found = answer(taken(case.X, rows))
            assert_allclose(found, expected[rows], rtol=1e-5, atol=1e-6)
    alone = case.answers(net, taken(case.X, [7]))
    assert_allclose(alone, case.answers(net, case.X)[[7]], rtol=1e-5, atol=1e-6)


@over(lambda case: case.containers)
def test_the_container_does_not_matter(case):
    net = case.fitted()
    expected = case.answers(net, case.X)
    for container in case.containers:
        again = case.make().fit(container(case.X), case.y)
        assert_array_equal(case.answers(again, container(case.X)), expected)


@every_case
def test_rows_are_left_as_they_were(case):
    arrays = arrays_of(case.X)
    before = [np.copy(array) for array in arrays]
    for settings in ({}, *case.trainings.values()):
        case.answers(case.make(**settings).fit(case.X, case.y), case.X)
    for array, copy in zip(arrays, before, strict=True):
        assert_array_equal(array, copy)


@with_features
def test_features_have_names(case):
    net = case.fitted()
    features, names = net.transform(case.X), net.get_feature_names_out()
    assert features.shape == (case.n_rows, len(names))
    assert names[0] == f"{type(net).__name__.lower()}0"
    assert len(set(names)) == len(names)
    frame = net.set_output(transform="pandas").transform(case.X)
    assert frame.columns.tolist() == names.tolist()
    assert_array_equal(frame.to_numpy(), features)
    assert net.set_output(transform="polars").transform(case.X).columns == names.tolist()


@every_case
def test_tags_and_fitted_attributes(case):
    net = case.fitted()
    columns = isinstance(case.X, np.ndarray) and case.X.ndim == 2
    tags = net.__sklearn_tags__()
    assert tags.input_tags.two_d_array or not columns
    assert tags.target_tags.required
    has_columns = not case.reads_texts and not hasattr(case.X, "arrays")
    assert hasattr(net, "n_features_in_") == has_columns
    if hasattr(net, "loss_curve_"):
        assert len(net.loss_curve_) == net.n_iter_
        assert net.loss_curve_[-1] < net.loss_curve_[0]


# Targets


@with_labels
def test_labels_of_any_type(case):
    n_classes = case.y.max() + 1
    expected = case.answers(case.fitted(), case.X)
    for names in (
        ["maybe", "no", "yes"],
        np.array(["maybe", "no", "yes"], dtype=object),
        [-1, 3, 7],
        [1.0, 2.0, 5.0],
        [False, True],
    ):
        labels = np.array(names)[:n_classes]
        if len(labels) < n_classes:
            continue
        net = case.make().fit(case.X, labels[case.y])
        assert_array_equal(net.classes_, labels)
        assert net.predict(case.X).dtype == labels.dtype
        assert_array_equal(net.predict(case.X), labels[case.fitted().predict(case.X)])
        assert_array_equal(case.answers(net, case.X), expected)


@over(lambda case: hasattr(case.make(), "predict_proba"))
def test_probabilities(case):
    net = case.fitted()
    p = net.predict_proba(case.X)
    assert (p >= 0).all()
    if case.has_labels:
        assert_allclose(p.sum(axis=-1), 1, atol=1e-6)
        assert_array_equal(net.predict(case.X), net.classes_[p.argmax(axis=-1)])


@with_numbers
def test_numbers_of_single_precision(case):
    net = case.make().fit(case.X, case.y.astype(np.float32))
    assert net.predict(case.X).dtype.kind == "f"


# What cannot be used


def assert_refuses(case, X, y, message, error=ValueError, **more):
    """Fresh and fitted estimators refuse to fit, in words, and stay as they were."""
    for net in (case.make(), case.fitted()):
        before = dict(vars(net))
        with pytest.raises(error, match=message):
            net.fit(X, y, **more)
        assert vars(net).keys() == before.keys()
        assert all(vars(net)[name] is value for name, value in before.items())


@every_case
def test_targets_that_cannot_be(case):
    assert_refuses(case, case.X, case.y[:-1], "inconsistent numbers of samples")
    assert_refuses(case, case.X, None, "y")


@with_numbers
def test_targets_with_missing_values(case):
    y = case.y.copy()
    y[3] = np.nan
    assert_refuses(case, case.X, y, "y contains NaN")


@every_case
def test_no_rows(case):
    assert_refuses(
        case, taken(case.X, []), case.y[:0], "0 sample|X is empty|no numbers|got 1D array"
    )


@over(lambda case: not case.reads_texts)
@pytest.mark.parametrize(("value", "named"), [(np.nan, "NaN"), (np.inf, "infinity")])
def test_rows_with_missing_values(case, value, named):
    if "Tabular" in type(case.make()).__name__ and named == "NaN":
        pytest.skip("tables may have missing values")
    X = taken(case.X, range(case.n_rows))
    if hasattr(X, "arrays"):
        X = type(X)(X.arrays | {"numbers": np.full_like(X["numbers"], value)})
        spoilt = X["numbers"]
    else:
        X = [np.copy(x) for x in X] if isinstance(X, list) else np.copy(X)
        X[3][..., 0] = value
        spoilt = X[3]
    assert (~np.isfinite(spoilt)).any()
    assert_refuses(case, X, case.y, rf"X.*{named}")
    with pytest.raises(ValueError, match=rf"X.*{named}"):
        case.fitted().predict(X)


@every_case
@pytest.mark.parametrize(
    "X", [None, 3.0, "rows", object()], ids=["None", "number", "str", "object"]
)
def test_things_that_are_no_rows(case, X):
    ours = "X is a .* should be a list, array or Series of str"
    of_numpy = "Expected 2D array, got scalar|could not convert|must be a string or a real number"
    assert_refuses(case, X, case.y, ours if case.reads_texts else of_numpy, (ValueError, TypeError))


@every_case
def test_one_row_is_fitted_or_refused_in_words(case):
    whole = {"batch_size": "auto"} if "batch_size" in case.make().get_params() else {}
    X, y = taken(case.X, [2]), case.y[2:3]
    try:
        net = case.make(**whole).fit(X, y)
    except ValueError as error:
        if "n_samples=1" not in str(error):
            raise
    else:
        assert np.isfinite(case.answers(net, case.X)).all()


BAD_WEIGHTS = {
    "fewer": lambda n: np.ones(n - 1),
    "zeros": lambda n: np.zeros(n),
    "negative": lambda n: np.where(np.arange(n) == 3, -1.0, 1.0),
    "NaN": lambda n: np.where(np.arange(n) == 3, np.nan, 1.0),
}


@every_case
@pytest.mark.parametrize("bad", BAD_WEIGHTS)
def test_weights_that_cannot_be(case, bad):
    weight = BAD_WEIGHTS[bad](case.n_rows)
    assert_refuses(case, case.X, case.y, "[Ss]ample.weight", sample_weight=weight)
