"""What cannot be learned is refused in words that help, and leaves the estimator as it was."""

import copy

import numpy as np
import pytest
import scipy.sparse
import torch
from sklearn.exceptions import NotFittedError

from skdeep.neural_network import MLPClassifier, MLPRegressor

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

BOTH = [MLPClassifier, MLPRegressor]


@pytest.fixture
def data(iris):
    X, y = iris
    return X[:60].copy(), y[:60].copy()


def assert_refused(network, message, *args, error=ValueError, method="fit", **kwargs):
    """An error that says what is wrong, from an unfitted and from a fitted estimator alike."""
    fresh = copy.deepcopy(network)
    with pytest.raises(error, match=message):
        getattr(fresh, method)(*args, **kwargs)
    assert vars(fresh) == vars(network)
    assert_a_fitted_one_is_untouched(network, message, *args, error=error, method=method, **kwargs)


def assert_a_fitted_one_is_untouched(network, message, *args, error, method, **kwargs):
    rng = np.random.RandomState(0)
    X, y = rng.normal(size=(30, 4)), np.arange(30) % 3
    wanted = network.get_params()
    fitted = type(network)((3,), max_iter=2, random_state=0).fit(X, y)
    predicted = fitted.predict(X)
    attributes = dict(vars(fitted.set_params(**wanted)))
    copied = copy.deepcopy(attributes)
    with pytest.raises(error, match=message):
        getattr(fitted, method)(*args, **kwargs)
    assert vars(fitted).keys() == attributes.keys()
    assert all(vars(fitted)[name] is value for name, value in attributes.items())
    for name in ("coefs_", "intercepts_"):
        for a, b in zip(getattr(fitted, name), copied[name], strict=True):
            assert np.array_equal(a, b)
    assert fitted.loss_curve_ == copied["loss_curve_"]
    fitted.set_params(device="auto")
    assert np.array_equal(fitted.predict(X), predicted)


def with_value(X, value):
    X = X.copy()
    X[3, 2] = value
    return X


# Parameters --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"activation": "rel"}, r"'activation' parameter .* Got 'rel' .* Did you mean 'relu'\?"),
        ({"activation": "leaky-relu"}, r"Did you mean 'leaky_relu'\?"),
        ({"solver": "Adam"}, r"'solver' parameter .* Got 'Adam' .* Did you mean 'adam'\?"),
        ({"solver": "lbfsg"}, r"Did you mean 'lbfgs'\?"),
        ({"activation": "sigmoid"}, r"Did you mean 'logistic'\?"),
        ({"learning_rate": "one-cycle"}, r"'learning_rate' .* Did you mean 'one_cycle'\?"),
        ({"weight_init": "xavier_uniform"}, r"'weight_init' .* Did you mean 'glorot_uniform'\?"),
        ({"loss": "squared_eror"}, r"'loss' parameter .* Got 'squared_eror'"),
        ({"scoring": "roc-auc"}, r"'scoring' parameter .* Did you mean 'roc_auc'\?"),
        ({"dtype": "float46"}, r"'dtype' parameter .* Did you mean 'float64'\?"),
        ({"batch_size": "atuo"}, r"'batch_size' parameter .* Did you mean 'auto'\?"),
        ({"weight_decay": "auot"}, r"'weight_decay' parameter .* Did you mean 'auto'\?"),
        ({"device": "cuba"}, r"device='cuba' cannot be used .* Did you mean 'cuda'\?"),
        ({"device": "gpu"}, r"device='gpu' cannot be used .* Did you mean 'cuda'\?"),
        ({"device": None}, r"'device' parameter .* Got None"),
        ({"random_state": "seed"}, r"'random_state' parameter .* Got 'seed'"),
        ({"verbose": "yes"}, r"'verbose' parameter .* Got 'yes'"),
        ({"shuffle": "no"}, r"'shuffle' parameter .* Got 'no'"),
        ({"hidden_layer_sizes": "big"}, r"'hidden_layer_sizes' parameter .* Got 'big'"),
        ({"hidden_layer_sizes": None}, r"'hidden_layer_sizes' parameter .* Got None"),
        ({"hidden_layer_sizes": 10.5}, r"'hidden_layer_sizes' parameter .* Got 10.5"),
        ({"hidden_layer_sizes": 0}, r"'hidden_layer_sizes' parameter .* Got 0"),
        ({"hidden_layer_sizes": (10, 0)}, r"hidden_layer_sizes must be > 0, got \[10, 0\]"),
        ({"hidden_layer_sizes": (-3,)}, r"hidden_layer_sizes must be > 0, got \[-3\]"),
        ({"hidden_layer_sizes": (10.5,)}, r"hidden_layer_sizes .* got \[10.5\]. Give one positive"),
        ({"hidden_layer_sizes": ("10",)}, r"hidden_layer_sizes .* got \['10'\]"),
        ({"hidden_layer_sizes": [[5], [6]]}, r"hidden_layer_sizes .* got \[\[5\], \[6\]\]"),
        ({"hidden_layer_sizes": (True,)}, r"hidden_layer_sizes .* got \[True\]"),
        ({"hidden_layer_sizes": (np.nan,)}, r"hidden_layer_sizes .* got \[nan\]"),
        ({"dropout": 1.0}, r"'dropout' parameter .* \[0.0, 1.0\). Got 1.0"),
        ({"dropout": -0.1}, r"'dropout' parameter .* Got -0.1"),
        ({"dropout": np.nan}, r"'dropout' parameter .* Got nan"),
        ({"dropout": 0.5, "solver": "lbfgs"}, r"dropout=0.5 does not go with solver='lbfgs'"),
        ({"alpha": -1.0}, r"'alpha' parameter .* Got -1.0"),
        ({"alpha": np.inf}, r"'alpha' parameter .* Got inf"),
        ({"l1": np.nan}, r"'l1' parameter .* Got nan"),
        ({"weight_decay": -0.1}, r"'weight_decay' parameter .* Got -0.1"),
        ({"learning_rate_init": 0}, r"'learning_rate_init' parameter .* Got 0"),
        ({"gradient_clip": 0.0}, r"'gradient_clip' parameter .* Got 0.0"),
        ({"warmup_fraction": 1.0}, r"'warmup_fraction' parameter .* Got 1.0"),
        ({"max_iter": 0}, r"'max_iter' parameter .* Got 0"),
        ({"max_iter": 2.5}, r"'max_iter' parameter .* Got 2.5"),
        ({"batch_size": 0}, r"'batch_size' parameter .* Got 0"),
        ({"n_iter_no_change": 0}, r"'n_iter_no_change' parameter .* Got 0"),
        ({"validation_fraction": 1.0}, r"'validation_fraction' parameter .* Got 1.0"),
        ({"random_state": -1}, r"'random_state' parameter .* Got -1"),
    ],
)
@pytest.mark.parametrize("made", BOTH)
def test_parameters_that_cannot_be(data, made, parameters, message):
    X, y = data
    assert_refused(made(**parameters), message, X, y)


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"loss": "logloss"}, r"'loss' parameter .* Did you mean 'log_loss'\?"),
        ({"loss": "cross-entropy"}, r"'loss' parameter .* Did you mean 'log_loss'\?"),
        ({"loss": "hing"}, r"'loss' parameter .* Did you mean 'hinge'\?"),
        ({"class_weight": "balance"}, r"'class_weight' .* Did you mean 'balanced'\?"),
        ({"class_weight": {7: 1.0}}, r"class_weight names \[7\], .* classes \[0, 1, 2\]"),
        ({"class_weight": {0: -1.0}}, r"class_weight=\{0: -1.0\}: .* finite number, 0 or more"),
        ({"class_weight": {0: np.nan}}, r"class_weight=\{0: nan\}: .* finite number"),
        ({"class_weight": {0: np.inf}}, r"class_weight=\{0: inf\}: .* finite number"),
        ({"class_weight": {0: "much"}}, r"class_weight=\{0: 'much'\}: .* finite number"),
        ({"class_weight": {0: 0, 1: 0, 2: 0}}, r"class_weight are zero.* no row is left"),
        ({"label_smoothing": 1.0}, r"'label_smoothing' parameter .* Got 1.0"),
        ({"label_smoothing": 0.1, "loss": "hinge"}, r"label_smoothing=0.1 goes with .*'hinge'"),
        ({"focal_gamma": -1.0}, r"'focal_gamma' parameter .* Got -1.0"),
    ],
)
def test_parameters_of_the_classifier_that_cannot_be(data, parameters, message):
    assert_refused(MLPClassifier(**parameters), message, *data)


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"loss": "squared_eror"}, r"'loss' parameter .* Did you mean 'squared_error'\?"),
        ({"loss": "mae"}, r"'loss' parameter .* Did you mean 'absolute_error'\?"),
        ({"loss": "mse"}, r"'loss' parameter .* Did you mean 'squared_error'\?"),
        ({"loss": "huberr"}, r"'loss' parameter .* Did you mean 'huber'\?"),
        ({"quantile": 0.0}, r"'quantile' parameter .* \(0.0, 1.0\). Got 0.0"),
        ({"quantile": 1.0}, r"'quantile' parameter .* Got 1.0"),
        ({"huber_delta": 0.0}, r"'huber_delta' parameter .* Got 0.0"),
        ({"normalize_y": "yes"}, r"'normalize_y' parameter .* Got 'yes'"),
    ],
)
def test_parameters_of_the_regressor_that_cannot_be(data, parameters, message):
    assert_refused(MLPRegressor(**parameters), message, *data)


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU here")
@pytest.mark.parametrize("device", ["cuda", "cuda:1"])
@pytest.mark.parametrize("made", BOTH)
def test_a_gpu_that_is_not_there(data, made, device):
    message = f"device='{device}' cannot be used on this machine; choose device='auto' or"
    assert_refused(made(device=device), message, *data)


def test_a_parameter_that_does_not_exist():
    with pytest.raises(TypeError, match="dropuot"):
        MLPClassifier(dropuot=0.1)
    with pytest.raises(ValueError, match="Invalid parameter 'dropuot'"):
        MLPClassifier().set_params(dropuot=0.1)


def test_a_batch_larger_than_the_data_is_said(data):
    with pytest.warns(UserWarning, match="batch_size=1000 is larger than the 60 training rows"):
        MLPClassifier(batch_size=1000, max_iter=2).fit(*data)


@pytest.mark.parametrize(
    ("network", "message"),
    [
        (MLPClassifier(scoring="f1"), "scoring='f1' failed .* average='binary'"),
        (MLPClassifier(scoring="roc_auc"), "scoring='roc_auc' failed on the validation rows"),
        (
            MLPClassifier(loss="hinge", scoring="neg_log_loss"),
            "scoring='neg_log_loss' failed .* predict_proba",
        ),
        (MLPRegressor(scoring="accuracy"), "scoring='accuracy' failed on the validation rows"),
    ],
)
def test_a_score_that_does_not_suit_the_target(data, network, message):
    X, y = data
    y = y + 0.5 * (X[:, 0] > 0) if isinstance(network, MLPRegressor) else y
    assert_refused(network.set_params(early_stopping=True), message, X, y)


def test_a_score_that_takes_no_weights(data):
    X, y = data
    network = MLPRegressor(early_stopping=True, scoring="neg_max_error")
    message = "scoring='neg_max_error' does not take sample_weight.*scoring='loss'"
    assert_refused(network, message, X, y, np.ones(60))


# Rows --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda X: X[:, 0], "Expected 2D array, got 1D array"),
        (lambda X: X[:, :, None], "Found array with dim 3"),
        (lambda X: X[:0], r"Found array with 0 sample\(s\)"),
        (lambda X: X[:, :0], r"Found array with 0 feature\(s\)"),
        (lambda X: X[:-1], "inconsistent numbers of samples"),
        (lambda X: with_value(X, np.nan), "Input X contains NaN"),
        (lambda X: with_value(X, np.inf), "Input X contains infinity"),
        (lambda X: with_value(X, -np.inf), "Input X contains infinity"),
        (lambda X: scipy.sparse.csr_array(with_value(X, np.nan)), "Input X contains NaN"),
        (lambda X: X + 1j, "Complex data not supported"),
        (lambda X: np.full(X.shape, "text"), "could not convert string to float"),
    ],
)
@pytest.mark.parametrize("made", BOTH)
def test_rows_that_cannot_be_read(data, made, spoil, message):
    X, y = data
    assert_refused(made(), message, spoil(X), y)


@pytest.mark.filterwarnings("ignore:overflow encountered in cast:RuntimeWarning")
@pytest.mark.parametrize("container", [np.asarray, scipy.sparse.csr_array])
@pytest.mark.parametrize("made", BOTH)
def test_rows_that_float32_cannot_hold(data, made, container):
    X, y = data
    large = container(with_value(X, 1e39))
    message = r"Input X contains infinity or a value too large for dtype\('float32'\)"
    network = made(dtype="float32", max_iter=2)
    assert_refused(network, message, large, y)
    assert_refused(network, message, X, y, X_val=large, y_val=y)
    with pytest.raises(ValueError, match=message):
        network.fit(X, y).predict(large)


@pytest.mark.parametrize("made", BOTH)
def test_predicting_what_cannot_be_read(data, made):
    X, y = data
    with pytest.raises(NotFittedError, match="not fitted yet"):
        made().predict(X)
    network = made(max_iter=2).fit(X, y)
    before = dict(vars(network))
    for bad, message in (
        (X[:, :3], "X has 3 features, but .* is expecting 4"),
        (X[0], "Expected 2D array"),
        (X[:0], r"0 sample\(s\)"),
        (with_value(X, np.nan), "contains NaN"),
    ):
        with pytest.raises(ValueError, match=message):
            network.predict(bad)
    assert vars(network) == before


@pytest.mark.parametrize("made", BOTH)
def test_one_row_is_enough_without_validation(data, made):
    X, y = data
    network = made(max_iter=3).fit(X[:1], y[:1])
    assert network.predict(X[:2]).shape == (2,)
    message = "validation set is too small.*n_samples=1.*set early_stopping=False"
    assert_refused(made(early_stopping=True), message, X[:1], y[:1])
    assert_refused(made(early_stopping=True), "n_samples=2", X[:2], y[:2])
    assert_refused(made(early_stopping=True), "n_samples=1", X, y, np.arange(60) == 7)


@pytest.mark.parametrize("settings", [{}, {"early_stopping": True}, {"solver": "lbfgs"}])
@pytest.mark.parametrize("label", [0, 7.0, "only", True])
def test_one_class_is_always_predicted(data, label, settings):
    X, _ = data
    network = MLPClassifier(max_iter=3, **settings).fit(X, np.full(60, label))
    assert network.classes_.tolist() == [label]
    assert (network.predict(X) == label).all()
    assert np.array_equal(network.predict_proba(X), np.ones((60, 1)))


# Targets -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda y: None, "requires y to be passed, but the target y is None"),
        (lambda y: y[:-1], "inconsistent numbers of samples"),
        (lambda y: np.where(np.arange(60) == 3, np.nan, y), "Input y contains NaN"),
        (lambda y: np.where(np.arange(60) == 3, np.inf, y), "Input y contains infinity"),
        (lambda y: np.zeros((60, 1, 1)), "dim 3"),
        (lambda y: y + 1j, "Complex data not supported"),
    ],
)
@pytest.mark.parametrize("made", BOTH)
def test_targets_that_cannot_be_read(data, made, spoil, message):
    X, y = data
    assert_refused(made(), message, X, spoil(y))


def test_numbers_are_no_classes(data):
    X, y = data
    assert_refused(MLPClassifier(), "Unknown label type: continuous", X, X[:, 0])
    assert_refused(MLPClassifier(), "Unknown label type: continuous-multioutput", X, X)
    message = "y has 2 columns of more than two values.*MultiOutputClassifier"
    assert_refused(MLPClassifier(), message, X, np.column_stack([y, y]))


def test_labels_are_no_numbers(data):
    X, y = data
    texts = np.array(["low", "high", "none"])[y]
    message = f"y must hold numbers, but '{texts[0]}' is in it.*use a classifier"
    assert_refused(MLPRegressor(), message, X, texts)
    missing = y.astype(object)
    missing[4] = None
    assert_refused(MLPRegressor(), "Input y contains NaN", X, missing)


def test_losses_that_do_not_suit_the_numbers(data):
    X, y = data
    poisson, gamma = MLPRegressor(loss="poisson"), MLPRegressor(loss="gamma")
    assert_refused(poisson, "loss='poisson' needs y >= 0 .* smallest value is -1", X, y - 1)
    assert_refused(poisson, "loss='poisson' needs .* positive sum", X, 0 * y)
    two = np.column_stack([y, 0 * y])
    assert_refused(poisson, "loss='poisson' .*a column of it, is 0 throughout", X, two)
    assert_refused(gamma, "loss='gamma' needs y > 0; .* is 0. Use loss='poisson'", X, y)
    kept = {"X_val": X, "y_val": y}
    assert_refused(gamma, "loss='gamma' needs y_val > 0", X, y + 1.0, **kept)
    kept = {"X_val": X, "y_val": y - 1}
    assert_refused(poisson, "loss='poisson' needs y_val >= 0", X, y, **kept)
    # What has no weight need not suit, and a few zeros alone may be validation rows.
    gamma.set_params(max_iter=2).fit(X, y, y > 0, X_val=X, y_val=y, sample_weight_val=y > 0)
    assert np.isfinite(gamma.validation_loss_curve_).all()
    poisson.set_params(max_iter=2).fit(X, y, X_val=X[y == 0], y_val=y[y == 0])
    assert np.isfinite(poisson.validation_loss_curve_).all()


@pytest.mark.parametrize("normalize_y", [True, False])
def test_numbers_too_large(data, normalize_y):
    X, _ = data
    network = MLPRegressor(dtype="float32", normalize_y=normalize_y)
    assert_refused(network, "y has values as large as .* float32 can hold", X, X[:, 0] * 1e39)
    if normalize_y:
        message = "y has values as large as .*Divide y by a power of ten"
        assert_refused(MLPRegressor(), message, X, X[:, 0] * 1e200)


@pytest.mark.parametrize("made", BOTH)
def test_training_that_explodes(data, made):
    X, y = data
    network = made(solver="sgd", learning_rate_init=1e200, max_iter=20)
    message = r"non-finite parameter weights.*StandardScaler.*learning_rate_init=1e\+200"
    assert_refused(network, message, X, y)


# Weights -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("weight", "message"),
    [
        (np.ones(3), r"sample_weight.shape == \(3,\), expected \(60,\)"),
        (np.ones((60, 1)), "must be 1D array or scalar"),
        (np.full(60, -1.0), r"Negative values in sample_weight(_val)?: the smallest is -1"),
        (np.zeros(60), "at least one non-zero"),
        (np.full(60, np.nan), "sample_weight contains NaN"),
        (np.full(60, np.inf), "sample_weight contains infinity"),
        (np.full(60, "a"), "could not convert string to float"),
        (np.full(60, 1e308), "add up to more than float64 can hold; divide them by their mean"),
        (np.full(60, 1e-320), "vanish in float64"),
    ],
)
@pytest.mark.parametrize("made", BOTH)
def test_weights_that_cannot_be(data, made, weight, message):
    X, y = data
    assert_refused(made(), message, X, y, weight)
    assert_refused(made(), message, X, y, X_val=X, y_val=y, sample_weight_val=weight)


@pytest.mark.parametrize("made", BOTH)
def test_weights_that_float32_cannot_hold(data, made):
    X, y = data
    network = made(dtype="float32", max_iter=3, batch_size=10, shuffle=False, random_state=0)
    assert_refused(network, "add up to more than float32 can hold", X, y, np.full(60, 1e38))
    assert_refused(network, "vanish in float32", X, y, np.full(60, 1e-46))
    some = np.where(np.arange(60) < 20, 1e-46, 1.0)
    left_out = copy.deepcopy(network).fit(X, y, np.arange(60) >= 20)
    assert np.array_equal(network.fit(X, y, some).coefs_[0], left_out.coefs_[0])


# Validation rows ---------------------------------------------------------------------------------


@pytest.mark.parametrize("early_stopping", [False, True])
@pytest.mark.parametrize("made", BOTH)
def test_validation_rows_that_cannot_be(data, made, early_stopping):
    X, y = data
    network = made(early_stopping=early_stopping)
    for given, message in (
        ({"X_val": X}, "X_val was passed without y_val; pass both or neither"),
        ({"y_val": y}, "y_val was passed without X_val; pass both or neither"),
        ({"sample_weight_val": np.ones(60)}, "passed without X_val and y_val; pass all three"),
        ({"X_val": X[:, :3], "y_val": y}, "In X_val.* X has 3 features"),
        ({"X_val": X[:9], "y_val": y}, "In X_val, y_val.* inconsistent numbers of samples"),
        ({"X_val": X[:0], "y_val": y[:0]}, r"In X_val.* 0 sample\(s\)"),
        ({"X_val": with_value(X, np.nan), "y_val": y}, "In X_val.* contains NaN"),
        ({"X_val": X, "y_val": np.where(np.arange(60) == 3, np.nan, y)}, "y_val.* contains NaN"),
        ({"X_val": X, "y_val": np.column_stack([y, y])}, r"y_val has shape \(60, 2\)"),
    ):
        assert_refused(network, message, X, y, **given)


def test_validation_labels_that_are_unknown(data, several_labels):
    X, y = data
    message = "`y_val` has classes not in `self.classes_`"
    assert_refused(MLPClassifier(), message, X, y, X_val=X, y_val=y + 1)
    assert_refused(MLPClassifier(), message, X, y, X_val=X, y_val=y.astype(str))
    X, Y = several_labels
    message = r"y_val has shape \(150,\); an indicator matrix with 2 columns"
    with pytest.raises(ValueError, match=message):
        MLPClassifier().fit(X, Y, X_val=X, y_val=Y[:, 0])


# Going on ----------------------------------------------------------------------------------------


def test_partial_fit_that_cannot_be(data):
    X, y = data
    with pytest.raises(ValueError, match="classes must be passed on the first call"):
        MLPClassifier().partial_fit(X, y)
    first = MLPClassifier((3,), random_state=0)
    with pytest.raises(ValueError, match=r"classes not in .*\[0 1\].*\[0 1 2\]"):
        first.partial_fit(X, y, classes=[0, 1])
    assert not hasattr(first, "classes_")
    first.partial_fit(X, y, classes=[0, 1, 2])
    regressor = MLPRegressor((3,), random_state=0).partial_fit(X, y)
    for network, args, message in (
        (first, (X, y, None, [0, 1]), r"classes=\[0 1\] is not the same as on the last call"),
        (first, (X, y + 1), "classes not in"),
        (first, (X[:, :3], y), "X has 3 features"),
        (first, (X, y, -np.ones(60)), "Negative values in sample_weight"),
        (regressor, (X, np.column_stack([y, y])), r"y has shape \(60, 2\).* n_outputs_=1"),
        (regressor, (X[:, :3], y), "X has 3 features"),
    ):
        before = dict(vars(network))
        with pytest.raises(ValueError, match=message):
            network.partial_fit(*args)
        assert vars(network) == before


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"solver": "lbfgs"}, "only available for stochastic solvers, not for solver='lbfgs'"),
        ({"early_stopping": True}, "does not support early_stopping=True"),
        ({"class_weight": "balanced"}, "class_weight='balanced' needs all rows at once"),
    ],
)
def test_partial_fit_is_absent_where_it_makes_no_sense(data, parameters, message):
    network = MLPClassifier(**parameters)
    assert not hasattr(network, "partial_fit")
    with pytest.raises(AttributeError, match=message):
        network.partial_fit(*data, classes=[0, 1, 2])


def test_warm_starts_that_cannot_be(data):
    X, y = data
    classifier = MLPClassifier((3,), warm_start=True, max_iter=2, random_state=0).fit(X, y)
    regressor = MLPRegressor((3,), warm_start=True, max_iter=2, random_state=0).fit(X, y)
    for network, parameters, target, message in (
        (classifier, {}, y + 1, "same classes as in the previous call"),
        (classifier, {"hidden_layer_sizes": (5,)}, y, r"layers of \(4, 3, 3\).*\(4, 5, 3\)"),
        (regressor, {"loss": "poisson"}, y, "learned loss='squared_error' .* loss='poisson'"),
        (regressor, {}, np.column_stack([y, y]), r"y has shape \(60, 2\)"),
    ):
        before = network.get_params()
        attributes = vars(network.set_params(**parameters)).copy()
        with pytest.raises(ValueError, match=message):
            network.fit(X, target)
        assert vars(network) == attributes
        network.set_params(**before)


@pytest.mark.parametrize("solvers", [("adam", "sgd"), ("rmsprop", "sgd"), ("lbfgs", "adam")])
def test_a_warm_start_with_another_solver_starts_its_memory_anew(data, solvers):
    # The squares that one has summed up are no velocity for the other.
    X, y = data
    first, second = solvers
    settings = {"hidden_layer_sizes": (5,), "shuffle": False, "batch_size": 20, "alpha": 0.0}
    network = MLPRegressor(solver=first, max_iter=20, warm_start=True, random_state=0, **settings)
    network.fit(X, y)
    expected = copy.deepcopy(network)
    network.set_params(solver=second, max_iter=1).fit(X, y)
    del expected._optimizer
    expected.set_params(solver=second, max_iter=1).fit(X, y)
    for a, b in zip(network.coefs_, expected.coefs_, strict=True):
        assert np.array_equal(a, b)


def test_a_warm_start_with_another_loss_has_its_units(data):
    X, y = data
    y = 100.0 * y
    network = MLPRegressor((5,), warm_start=True, max_iter=10, alpha=0.0, random_state=0)
    network.fit(X, y)
    wanted = np.abs(y - network.predict(X)).mean()
    network.set_params(loss="absolute_error", max_iter=1).fit(X, y)
    assert network.loss_ == pytest.approx(wanted)
