"""Where scikit-learn's MLP has a parameter, an attribute or a number, ours has the same.

Both start from the same weights for the same seed. Where nothing is shuffled they must stay
together, step by step.
"""

import inspect

import numpy as np
import pytest
import scipy.sparse
from numpy.testing import assert_allclose
from sklearn import neural_network as original
from sklearn.base import clone
from sklearn.exceptions import ConvergenceWarning

from skdeep import neural_network as ours

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

NAMES = ["MLPClassifier", "MLPRegressor"]


def pair(name, **parameters):
    """scikit-learn's estimator and ours, with the same parameters."""
    return getattr(original, name)(**parameters), our_equal(name, **parameters)


def our_equal(name, **parameters):
    if name == "MLPRegressor":  # scikit-learn leaves y as it is
        parameters["normalize_y"] = False
    return getattr(ours, name)(**parameters)


def assert_same_network(theirs, mine, rtol=1e-7):
    for attribute in ("coefs_", "intercepts_"):
        a, b = getattr(theirs, attribute), getattr(mine, attribute)
        assert len(a) == len(b)
        for wanted, got in zip(a, b, strict=True):
            assert got.dtype == wanted.dtype
            assert_allclose(got, wanted, rtol=rtol, atol=rtol * np.abs(wanted).max())


def assert_same_fit(theirs, mine, X, rtol=1e-7):
    assert_same_network(theirs, mine, rtol)
    assert mine.n_iter_ == theirs.n_iter_
    assert mine.t_ == theirs.t_
    assert_allclose(mine.loss_curve_, theirs.loss_curve_, rtol=rtol)
    assert_allclose(mine.loss_, theirs.loss_, rtol=rtol)
    assert_allclose(mine.best_loss_, theirs.best_loss_, rtol=rtol)
    assert_same_predictions(theirs, mine, X, rtol)


def assert_same_predictions(theirs, mine, X, rtol=1e-7):
    method = "predict_proba" if hasattr(theirs, "predict_proba") else "predict"
    wanted, got = getattr(theirs, method)(X), getattr(mine, method)(X)
    assert got.shape == wanted.shape
    assert_allclose(got, wanted, rtol=10 * rtol, atol=rtol)
    labels = theirs.predict(X)
    assert mine.predict(X).shape == labels.shape
    if method == "predict_proba":
        assert (mine.predict(X) == labels).all()


@pytest.mark.parametrize("name", NAMES)
def test_every_parameter_of_scikit_learn_is_there_with_its_default(name):
    theirs = inspect.signature(getattr(original, name)).parameters
    mine = inspect.signature(getattr(ours, name)).parameters
    assert {p: mine[p].default for p in theirs} == {p: theirs[p].default for p in theirs}


@pytest.mark.parametrize("name", NAMES)
def test_only_the_first_parameters_are_positional(name):
    kinds = inspect.signature(getattr(ours, name)).parameters
    positional = [p for p, q in kinds.items() if q.kind is q.POSITIONAL_OR_KEYWORD]
    assert positional == ["hidden_layer_sizes", "activation"]


@pytest.mark.parametrize("name", NAMES)
def test_every_public_method_of_scikit_learn_is_there(name):
    theirs, mine = pair(name)
    public = {m for m in dir(theirs) if not m.startswith("_")}
    # Their metadata requests name arguments that ours have too.
    assert public <= set(dir(mine))
    for method in ("fit", "partial_fit", "predict", "score"):
        wanted = list(inspect.signature(getattr(theirs, method)).parameters)
        got = list(inspect.signature(getattr(mine, method)).parameters)
        assert got[: len(wanted)] == wanted


@pytest.mark.parametrize("early_stopping", [False, True])
@pytest.mark.parametrize("solver", ["adam", "sgd", "lbfgs"])
@pytest.mark.parametrize(
    "case", ["two_classes", "iris", "several_labels", "diabetes", "two_numbers"]
)
def test_every_fitted_attribute_of_scikit_learn_is_there(request, case, solver, early_stopping):
    X, y = request.getfixturevalue(case)
    name = NAMES[case in ("diabetes", "two_numbers")]
    theirs, mine = pair(
        name, solver=solver, early_stopping=early_stopping, max_iter=3, random_state=0
    )
    theirs.fit(X, y)
    mine.fit(X, y)
    fitted = {a: v for a, v in vars(theirs).items() if a.endswith("_") and a[0] != "_"}
    assert {"coefs_", "loss_", "n_features_in_"} <= fitted.keys()
    for attribute, value in fitted.items():
        got = getattr(mine, attribute)
        assert kind(got) == kind(value), attribute
        if isinstance(value, np.ndarray):
            assert got.dtype == value.dtype
            assert got.shape == value.shape
        elif attribute in ("coefs_", "intercepts_"):
            assert [(a.shape, a.dtype) for a in got] == [(a.shape, a.dtype) for a in value]
        elif isinstance(value, list):
            assert len(got) == len(value), attribute
            assert {type(item) for item in got} <= {float}
    for attribute in ("n_layers_", "n_outputs_", "out_activation_", "n_features_in_"):
        assert getattr(mine, attribute) == getattr(theirs, attribute)


def kind(value):
    if isinstance(value, float | np.floating):
        return float
    return int if isinstance(value, np.integer) else type(value)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("activation", ["relu", "logistic"])
def test_initial_weights_are_those_of_scikit_learn(name, activation, iris):
    X, y = iris
    theirs, mine = pair(
        name,
        hidden_layer_sizes=(7, 5),
        activation=activation,
        solver="sgd",
        learning_rate_init=1e-300,
        max_iter=1,
        random_state=7,
    )
    assert_same_network(theirs.fit(X, y), mine.fit(X, y), rtol=1e-15)


ADAM = {"solver": "adam", "learning_rate_init": 0.01}
SGD = {"solver": "sgd", "learning_rate_init": 0.05}
MINI = {"batch_size": 32, "shuffle": False}
SETTINGS = {
    "adam": ADAM,
    "adam in mini-batches": ADAM | MINI,
    "adam of other moments": ADAM | {"beta_1": 0.8, "beta_2": 0.9, "epsilon": 1e-4},
    "adam until it stops": ADAM | MINI | {"tol": 1e-2, "max_iter": 60, "n_iter_no_change": 3},
    "strong alpha": ADAM | MINI | {"alpha": 5.0},
    "sgd without momentum": SGD | {"momentum": 0},
    "sgd with momentum": SGD | MINI | {"nesterovs_momentum": False},
    "sgd with Nesterov's momentum": SGD | MINI,
    "sgd, invscaling": SGD | MINI | {"learning_rate": "invscaling", "power_t": 0.3},
    "sgd, adaptive": SGD
    | MINI
    | {"learning_rate": "adaptive", "tol": 1e-2, "n_iter_no_change": 2, "max_iter": 80},
    "identity": ADAM | MINI | {"activation": "identity"},
    "logistic": ADAM | MINI | {"activation": "logistic"},
    "tanh": ADAM | MINI | {"activation": "tanh"},
    "two hidden layers": ADAM | MINI | {"hidden_layer_sizes": (9, 4)},
    "no hidden layer": ADAM | MINI | {"hidden_layer_sizes": ()},
    "a number of units": ADAM | {"hidden_layer_sizes": 6},
    "a list of units": ADAM | {"hidden_layer_sizes": [6, 3]},
    "an array of units": ADAM | {"hidden_layer_sizes": np.array([6, 3])},
}
COMMON = {"hidden_layer_sizes": (8,), "max_iter": 12, "random_state": 3}


@pytest.mark.parametrize("setting", SETTINGS)
@pytest.mark.parametrize("case", ["two_classes", "iris", "several_labels"])
def test_classifier_takes_the_steps_of_scikit_learn(request, case, setting):
    X, y = request.getfixturevalue(case)
    theirs, mine = pair("MLPClassifier", **COMMON | SETTINGS[setting])
    assert_same_fit(theirs.fit(X, y), mine.fit(X, y), X)


@pytest.mark.parametrize("setting", SETTINGS)
@pytest.mark.parametrize("case", ["diabetes", "two_numbers"])
def test_regressor_takes_the_steps_of_scikit_learn(request, case, setting):
    X, y = request.getfixturevalue(case)
    y = y / 100  # scikit-learn's steps diverge on larger numbers
    parameters = COMMON | SETTINGS[setting]
    theirs, mine = pair("MLPRegressor", **parameters)
    assert_same_fit(theirs.fit(X, y), mine.fit(X, y), X)


@pytest.mark.parametrize("name", NAMES)
def test_rows_are_shuffled_as_in_scikit_learn(name, iris):
    X, y = iris
    theirs, mine = pair(name, **COMMON | ADAM | {"batch_size": 32, "hidden_layer_sizes": (8, 5)})
    assert_same_fit(theirs.fit(X, y), mine.fit(X, y), X)


@pytest.mark.parametrize("setting", ["adam", "adam in mini-batches", "sgd with momentum"])
def test_poisson_regressor_takes_the_steps_of_scikit_learn(setting, diabetes):
    X, y = diabetes
    counts = np.round(y / 50)
    theirs, mine = pair("MLPRegressor", loss="poisson", **COMMON | SETTINGS[setting])
    theirs.fit(X, counts)
    mine.fit(X, counts)
    assert mine.out_activation_ == theirs.out_activation_ == "exp"
    assert_same_network(theirs, mine)
    assert_same_predictions(theirs, mine, X)


def test_poisson_loss_is_half_of_the_deviance(diabetes):
    # The constant of the deviance, and the penalty, are in the curve as in scikit-learn's.
    X, y = diabetes
    counts = np.round(y / 50)
    theirs, mine = pair("MLPRegressor", loss="poisson", **COMMON | ADAM)
    assert_allclose(mine.fit(X, counts).loss_curve_, theirs.fit(X, counts).loss_curve_, rtol=1e-7)


@pytest.mark.parametrize("setting", ["adam", "sgd with momentum"])
@pytest.mark.parametrize(
    "case", ["two_classes", "iris", "several_labels", "diabetes", "two_numbers"]
)
def test_weights_act_as_in_scikit_learn(request, case, setting):
    X, y = request.getfixturevalue(case)
    name = NAMES[case in ("diabetes", "two_numbers")]
    y = y / 100 if name == "MLPRegressor" else y
    weight = np.random.RandomState(0).uniform(0.1, 3, len(y))
    theirs, mine = pair(name, **COMMON | SETTINGS[setting])
    theirs.fit(X, y, weight)
    mine.fit(X, y, weight)
    assert_same_network(theirs, mine)
    assert_same_predictions(theirs, mine, X)
    if setting == "adam":  # in one batch; over batches scikit-learn's curve forgets the weights
        assert_allclose(mine.loss_curve_, theirs.loss_curve_, rtol=1e-7)


@pytest.mark.parametrize("activation", ["identity", "logistic", "tanh", "relu"])
@pytest.mark.parametrize(
    "case", ["two_classes", "iris", "several_labels", "diabetes", "two_numbers"]
)
def test_lbfgs_goes_where_that_of_scikit_learn_goes(request, case, activation):
    X, y = request.getfixturevalue(case)
    name = NAMES[case in ("diabetes", "two_numbers")]
    y = y / 100 if name == "MLPRegressor" else y
    theirs, mine = pair(
        name,
        hidden_layer_sizes=(6,),
        activation=activation,
        solver="lbfgs",
        alpha=1.0,
        max_iter=15,
        random_state=0,
    )
    theirs.fit(X, y)
    mine.fit(X, y)
    assert mine.n_iter_ == theirs.n_iter_
    assert_allclose(mine.loss_, theirs.loss_, rtol=1e-5)
    assert_same_network(theirs, mine, rtol=1e-3)


def test_lbfgs_stops_at_max_fun_and_warns_as_scikit_learn_does(iris):
    theirs, mine = pair("MLPClassifier", solver="lbfgs", max_fun=5, random_state=0)
    for network in (theirs, mine):
        with pytest.warns(ConvergenceWarning, match="lbfgs|L-BFGS"):
            network.fit(*iris)
    assert mine.n_iter_ == theirs.n_iter_
    assert_allclose(mine.loss_, theirs.loss_, rtol=1e-6)


@pytest.mark.parametrize("setting", ["adam in mini-batches", "sgd, invscaling", "sgd, adaptive"])
@pytest.mark.parametrize("case", ["two_classes", "iris", "several_labels", "diabetes"])
def test_partial_fit_takes_the_steps_of_scikit_learn(request, case, setting):
    X, y = request.getfixturevalue(case)
    name = NAMES[case == "diabetes"]
    y = y / 100 if name == "MLPRegressor" else y
    theirs, mine = pair(name, **COMMON | SETTINGS[setting])
    first = {} if case == "diabetes" else {"classes": np.unique(y)}
    for network in (theirs, mine):
        network.partial_fit(X[:60], y[:60], **first)
        for _ in range(4):
            network.partial_fit(X[60:], y[60:])
    assert_same_fit(theirs, mine, X)


@pytest.mark.parametrize("name", NAMES)
def test_warm_start_goes_on_as_in_scikit_learn(name, two_classes):
    # With a solver that has no memory, for scikit-learn forgets it.
    X, y = two_classes
    parameters = COMMON | SGD | MINI | {"momentum": 0, "warm_start": True}
    theirs, mine = pair(name, **parameters)
    for network in (theirs, mine):
        network.fit(X, y)
        network.set_params(max_iter=5).fit(X, y)
    assert mine.n_iter_ == 5
    assert len(mine.loss_curve_) == 12 + 5
    assert_same_fit(theirs, mine, X)


@pytest.mark.parametrize("name", NAMES)
def test_unfrozen_restart_forgets_the_last_fit(name, two_classes):
    X, y = two_classes
    _, mine = pair(name, **COMMON | ADAM)
    once = clone(mine).fit(X, y)
    twice = mine.fit(X[:30], y[:30]).fit(X, y)
    assert_same_fit(once, twice, X, rtol=1e-15)


@pytest.mark.parametrize("container", [scipy.sparse.csr_array, scipy.sparse.csc_matrix])
@pytest.mark.parametrize("solver", ["adam", "lbfgs"])
@pytest.mark.parametrize("name", NAMES)
def test_sparse_equals_dense_and_scikit_learn(name, solver, container, iris):
    X, y = iris
    X = np.where(np.abs(X) < 0.5, 0.0, X)
    parameters = COMMON | MINI | {"solver": solver}
    theirs, mine = pair(name, **parameters)
    dense = clone(mine).fit(X, y)
    mine.fit(container(X), y)
    assert_same_network(dense, mine, rtol=1e-9)
    assert_allclose(mine.predict(container(X)), dense.predict(X))
    theirs.fit(container(X), y)
    assert_same_network(theirs, mine, rtol=1e-7 if solver == "adam" else 1e-3)


@pytest.mark.parametrize("name", NAMES)
def test_float32_stays_float32_as_in_scikit_learn(name, iris):
    X, y = iris
    theirs, mine = pair(name, **COMMON | ADAM)
    X = X.astype(np.float32)
    assert_same_network(theirs.fit(X, y), mine.fit(X, y), rtol=1e-3)
    if name == "MLPRegressor":
        assert mine.predict(X).dtype == theirs.predict(X).dtype == np.float32
    else:
        assert mine.predict_proba(X).dtype == theirs.predict_proba(X).dtype == np.float32


def test_labels_of_any_type_as_in_scikit_learn(iris):
    X, y = iris
    for labels in (
        np.array(["c", "a", "b"])[y],
        np.array(["x", "yy", "zzz"], dtype=object)[y],
        np.array([5, -1, 7])[y],
        y == 1,
        list(np.array([2.0, 3.0, 1.0])[y]),
    ):
        theirs, mine = pair("MLPClassifier", **COMMON | ADAM)
        theirs.fit(X, labels)
        mine.fit(X, labels)
        assert (mine.classes_ == theirs.classes_).all()
        # Texts in an object array stay in one, as everywhere in scikit-learn but in its MLP.
        dtype = np.asarray(labels).dtype
        assert mine.classes_.dtype == mine.predict(X).dtype == dtype
        assert theirs.predict(X).dtype == ("<U3" if dtype.kind == "O" else dtype)
        assert_same_fit(theirs, mine, X)


def test_early_stopping_reports_the_scores_of_scikit_learn_on_the_same_rows(iris):
    # The two split rows in their own ways; on rows of one's own there is nothing to choose.
    X, y = iris
    settings = COMMON | ADAM | MINI | {"max_iter": 8, "early_stopping": True}
    mine = our_equal("MLPClassifier", **settings).fit(
        X[:100], y[:100], X_val=X[100:], y_val=y[100:]
    )
    wanted = []
    theirs = original.MLPClassifier(**COMMON | ADAM | MINI)
    for _ in range(8):
        theirs.partial_fit(X[:100], y[:100], classes=[0, 1, 2])
        wanted.append(theirs.score(X[100:], y[100:]))
    assert_allclose(mine.validation_scores_, wanted)
    assert mine.best_validation_score_ == max(wanted)
