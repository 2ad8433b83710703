"""Weight 0 is a row left out, weight 2 is a row written twice, wherever rows are looked at."""

import numpy as np
import pytest
import scipy.sparse
from numpy.testing import assert_allclose
from sklearn.metrics import accuracy_score, balanced_accuracy_score, log_loss, r2_score
from sklearn.utils.class_weight import compute_class_weight, compute_sample_weight

from skdeep.neural_network import MLPClassifier, MLPRegressor

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

SETTINGS = {
    "adam": {},
    "lbfgs": {"solver": "lbfgs", "alpha": 1.0},
    "sgd": {"solver": "sgd", "learning_rate_init": 0.05},
    "penalties": {"alpha": 1.0, "l1": 0.1, "gradient_clip": 0.5},
    "early stopping": {"early_stopping": True, "validation_fraction": 0.2, "n_iter_no_change": 5},
    "dropout": {"dropout": 0.4},
    "both": {"dropout": 0.4, "early_stopping": True, "scoring": "loss"},
}
CASES = ["two_classes", "iris", "several_labels", "diabetes", "two_numbers"]


def network_for(case, **settings):
    made = MLPRegressor if case in ("diabetes", "two_numbers") else MLPClassifier
    common = {"hidden_layer_sizes": (8,), "learning_rate_init": 0.01, "max_iter": 25}
    return made(**common | {"random_state": 0} | settings)


def assert_equal_fits(a, b, rtol=1e-8):
    assert a.n_iter_ == b.n_iter_
    for p, q in zip(a.coefs_ + a.intercepts_, b.coefs_ + b.intercepts_, strict=True):
        assert_allclose(p, q, rtol=rtol, atol=rtol * np.abs(q).max())
    assert_allclose(a.loss_curve_, b.loss_curve_, rtol=rtol)
    if a.validation_scores_ is not None:
        assert_allclose(a.validation_scores_, b.validation_scores_, rtol=rtol, atol=1e-12)
        assert_allclose(a.validation_loss_curve_, b.validation_loss_curve_, rtol=rtol)


@pytest.fixture
def sixty_rows(request):
    def rows(case):
        X, y = request.getfixturevalue(case)
        # Half of the rows in two classes are far from each other; any sixty will do.
        return X[:60], y[:60]

    return rows


@pytest.mark.parametrize("setting", SETTINGS)
@pytest.mark.parametrize("case", CASES)
def test_whole_weights_are_copies_of_rows(sixty_rows, case, setting):
    X, y = sixty_rows(case)
    weight = np.random.RandomState(0).randint(0, 4, len(y))
    tolerance = 1e-5 if setting == "lbfgs" else 1e-8
    rng = np.random.RandomState(1)
    copies = rng.permutation(np.repeat(np.arange(len(y)), weight))
    weighted = network_for(case, **SETTINGS[setting]).fit(X, y, weight)
    repeated = network_for(case, **SETTINGS[setting]).fit(X[copies], y[copies])
    assert_equal_fits(weighted, repeated, tolerance)
    assert (weight == 0).any()
    unweighted = network_for(case, **SETTINGS[setting]).fit(X, y)
    assert not np.allclose(weighted.coefs_[0], unweighted.coefs_[0], atol=1e-4)


# All kinds of y with all settings, and each of these with every way to hold and to batch rows.
ROWS = [("auto", False), ("auto", True), (16, False), (16, True)]
LEFT_OUT = [
    (case, setting, *ROWS[(i + j) % 4])
    for i, case in enumerate(CASES)
    for j, setting in enumerate(SETTINGS)
]


@pytest.mark.parametrize(("case", "setting", "batch_size", "sparse"), LEFT_OUT)
def test_a_row_of_weight_zero_is_left_out(sixty_rows, case, setting, batch_size, sparse):
    X, y = sixty_rows(case)
    weight = np.random.RandomState(2).randint(0, 3, len(y)).astype(float)
    # What is left out may be far away, and be called what nothing else is called.
    out = weight == 0
    X, y = X.copy(), y.copy()
    X[out] = 1e6
    if case in ("two_classes", "iris"):
        y[out] = 99
    elif case != "several_labels":
        y[out] = -1e9
    if sparse:
        X = scipy.sparse.csr_array(X)
    network = network_for(case, batch_size=batch_size, **SETTINGS[setting])
    zeroed = network.fit(X, y, weight)
    removed = network_for(case, batch_size=batch_size, **SETTINGS[setting])
    removed.fit(X[~out], y[~out], weight[~out])
    assert_equal_fits(zeroed, removed, 1e-10)
    assert zeroed.t_ == removed.t_


@pytest.mark.parametrize("setting", ["adam", "lbfgs", "early stopping"])
def test_equal_weights_are_no_weights(iris, setting):
    X, y = iris
    plain = network_for("iris", **SETTINGS[setting]).fit(X, y)
    ones = network_for("iris", **SETTINGS[setting]).fit(X, y, np.ones(len(y)))
    assert_equal_fits(ones, plain, 1e-6 if setting == "lbfgs" else 1e-10)


def test_size_of_weights_matters_for_the_penalty_alone(iris):
    X, y = iris
    plain = network_for("iris", alpha=0.0).fit(X, y)
    thousandfold = network_for("iris", alpha=0.0).fit(X, y, np.full(len(y), 1e3))
    assert_equal_fits(thousandfold, plain)


@pytest.mark.parametrize("loss", ["absolute_error", "huber", "poisson", "gamma", "quantile"])
def test_weights_act_in_every_loss_of_numbers(diabetes, loss):
    X, y = diabetes[0][:60], diabetes[1][:60]
    weight = np.random.RandomState(0).randint(0, 4, len(y))
    copies = np.repeat(np.arange(len(y)), weight)
    weighted = network_for("diabetes", loss=loss).fit(X, y, weight)
    assert_equal_fits(weighted, network_for("diabetes", loss=loss).fit(X[copies], y[copies]))


@pytest.mark.parametrize("loss", ["hinge", "squared_hinge", "focal"])
@pytest.mark.parametrize("case", ["two_classes", "iris", "several_labels"])
def test_weights_act_in_every_loss_of_classes(sixty_rows, case, loss):
    X, y = sixty_rows(case)
    weight = np.random.RandomState(0).randint(0, 4, len(y))
    copies = np.repeat(np.arange(len(y)), weight)
    weighted = network_for(case, loss=loss).fit(X, y, weight)
    assert_equal_fits(weighted, network_for(case, loss=loss).fit(X[copies], y[copies]))


def test_normalisation_of_y_heeds_weights(diabetes):
    X, y = diabetes
    weight = np.where(y > 150, 0.0, 1.0)
    network = MLPRegressor((), solver="sgd", learning_rate_init=1e-300, max_iter=1, random_state=0)
    network.fit(X * 0, y, weight)
    # No step is made and X says nothing: what is left is the bias times spread plus mean.
    low = y[y <= 150]
    first = np.random.RandomState(0)
    first.uniform(size=10)
    bound = np.sqrt(6 / 11)
    assert_allclose(network.intercepts_[0], first.uniform(-bound, bound) * low.std() + low.mean())


@pytest.mark.parametrize("sample_weight", [None, "given"])
@pytest.mark.parametrize("class_weight", [{0: 1.0, 1: 3.0, 2: 0.5}, "balanced"])
def test_class_weights_are_sample_weights(iris, class_weight, sample_weight):
    X, y = iris[0][:90], iris[1][:90]
    if sample_weight is not None:
        sample_weight = np.random.RandomState(0).uniform(0, 2, len(y))
    weighted = network_for("iris", class_weight=class_weight).fit(X, y, sample_weight)
    if class_weight == "balanced":
        per_class = compute_class_weight(
            "balanced", classes=np.arange(3), y=y, sample_weight=sample_weight
        )
        as_samples = per_class[y]
    else:
        as_samples = compute_sample_weight(class_weight, y)
    if sample_weight is not None:
        as_samples = as_samples * sample_weight
    assert_equal_fits(weighted, network_for("iris").fit(X, y, as_samples), 1e-9)


def test_a_class_of_weight_zero_keeps_its_column(iris):
    # A sample weight of 0 leaves a row out and, with its last row, its class; a class that is
    # named in class_weight is there, and is not learned.
    X, y = iris
    unlearned = network_for("iris", class_weight={1: 0}).fit(X, y)
    assert unlearned.classes_.tolist() == [0, 1, 2]
    assert unlearned.predict_proba(X).shape == (len(y), 3)
    hardly = network_for("iris", class_weight={1: 1e-200}).fit(X, y)
    assert_equal_fits(unlearned, hardly, 1e-9)
    left_out = network_for("iris").fit(X, y, (y != 1).astype(float))
    assert left_out.classes_.tolist() == [0, 2]


def test_class_weights_of_text_labels(iris):
    X, y = iris
    names = np.array(["a", "b", "c"])
    weighted = network_for("iris", class_weight={"b": 5.0}).fit(X, names[y])
    assert_equal_fits(weighted, network_for("iris", class_weight={1: 5.0}).fit(X, y), 1e-12)


def test_class_weights_of_several_labels_are_multiplied(several_labels):
    X, y = several_labels
    weighted = network_for("several_labels", class_weight={0: 1.0, 1: 3.0}).fit(X, y)
    as_samples = compute_sample_weight([{0: 1.0, 1: 3.0}] * 2, y)
    assert_equal_fits(weighted, network_for("several_labels").fit(X, y, as_samples))
    balanced = network_for("several_labels", class_weight="balanced").fit(X, y)
    as_samples = compute_sample_weight("balanced", y)
    assert_equal_fits(balanced, network_for("several_labels").fit(X, y, as_samples))


def test_several_labels_with_class_weights_and_rows_left_out(several_labels):
    X, y = several_labels[0][:60], several_labels[1][:60]
    weight = np.random.RandomState(0).randint(0, 3, len(y))
    copies = np.repeat(np.arange(len(y)), weight)
    weighted = network_for("several_labels", class_weight="balanced").fit(X, y, weight)
    repeated = network_for("several_labels", class_weight="balanced").fit(X[copies], y[copies])
    assert_equal_fits(weighted, repeated)


def test_weights_act_in_the_validation_score_and_loss_of_classes(iris):
    X, y = iris
    weight = np.random.RandomState(0).uniform(0, 5, 50)
    weight[::5] = 0
    network = network_for("iris")
    network.fit(X[:100], y[:100], X_val=X[100:], y_val=y[100:], sample_weight_val=weight)
    predicted, probabilities = network.predict(X[100:]), network.predict_proba(X[100:])
    wanted = accuracy_score(y[100:], predicted, sample_weight=weight)
    assert_allclose(network.validation_scores_[-1], wanted)
    wanted = log_loss(y[100:], probabilities, sample_weight=weight)
    assert_allclose(network.validation_loss_curve_[-1], wanted)


def test_weights_act_in_the_validation_score_and_loss_of_numbers(two_numbers):
    X, y = two_numbers
    weight = np.random.RandomState(0).uniform(0, 5, 40)
    network = network_for("two_numbers")
    network.fit(X[:80], y[:80], X_val=X[80:], y_val=y[80:], sample_weight_val=weight)
    predicted = network.predict(X[80:])
    assert_allclose(
        network.validation_scores_[-1], r2_score(y[80:], predicted, sample_weight=weight)
    )
    wanted = np.average((y[80:] - predicted) ** 2 / 2, axis=0, weights=weight).mean()
    assert_allclose(network.validation_loss_curve_[-1], wanted)


def test_class_weights_act_in_the_validation_score(iris):
    X, y = iris
    network = network_for("iris", class_weight="balanced", max_iter=8)
    network.fit(X[:100], y[:100], X_val=X[100:140], y_val=y[100:140])
    wanted = balanced_accuracy_score(y[100:140], network.predict(X[100:140]))
    assert_allclose(network.validation_scores_[-1], wanted)


@pytest.mark.parametrize("scoring", ["roc_auc_ovr", "neg_log_loss", "loss"])
def test_weights_act_in_any_score(iris, scoring):
    X, y = iris
    weight = np.random.RandomState(0).randint(0, 3, 50)
    copies = np.repeat(np.arange(100, 150), weight)
    settings = {"scoring": scoring, "early_stopping": True}
    weighted = network_for("iris", **settings)
    weighted.fit(X[:100], y[:100], X_val=X[100:], y_val=y[100:], sample_weight_val=weight)
    repeated = network_for("iris", **settings)
    repeated.fit(X[:100], y[:100], X_val=X[copies], y_val=y[copies])
    assert_equal_fits(weighted, repeated)


def test_score_heeds_weights(iris):
    X, y = iris
    weight = np.random.RandomState(0).uniform(0, 5, len(y))
    network = network_for("iris", max_iter=5).fit(X, y)
    wanted = accuracy_score(y, network.predict(X), sample_weight=weight)
    assert_allclose(network.score(X, y, weight), wanted)
