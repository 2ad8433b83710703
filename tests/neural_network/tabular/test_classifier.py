"""Labels of all kinds, probabilities, calibration."""

import numpy as np
import pytest
from sklearn.metrics import log_loss

from skdeep.neural_network import TabularClassifier
from tests.neural_network.tabular.tables import QUICK

RNG = np.random.default_rng(0)
X = RNG.normal(size=(80, 3))
TWO = (X[:, 0] + 0.3 * RNG.normal(size=80) > 0).astype(int)
THREE = np.digitize(X[:, 0], [-0.4, 0.4])
MANY = np.column_stack([TWO, X[:, 1] > 0, np.zeros(80, int)])
LEARNING = {**QUICK, "max_iter": 15, "learning_rate_init": 0.05, "batch_size": 16}


@pytest.mark.parametrize("architecture", ["mlp", "resnet", "tabm", "transformer"])
@pytest.mark.parametrize("y", [TWO, THREE], ids=["two", "three"])
def test_labels_are_learned_and_probabilities_are_some(architecture, y):
    model = TabularClassifier(**LEARNING, architecture=architecture).fit(X, y)
    for probabilities in (model.predict_proba(X), model.oof_predict_proba_):
        assert probabilities.shape == (80, y.max() + 1)
        assert (probabilities >= 0).all()
        np.testing.assert_allclose(probabilities.sum(axis=1), 1, rtol=1e-6)
    predicted = model.predict(X)
    assert np.array_equal(predicted, model.classes_[model.predict_proba(X).argmax(axis=1)])
    np.testing.assert_allclose(np.exp(model.predict_log_proba(X)), model.predict_proba(X))
    assert model.score(X, y) > 0.75
    assert (model.oof_predict_proba_.argmax(axis=1) == y).mean() > 0.65


LABELS = {
    "strings": np.array(["b", "a", "c"]),
    "objects": np.array(["b", "a", "c"], dtype=object),
    "negative": np.array([7, -3, 0]),
    "floats": np.array([2.0, 0.0, 1.0]),
}


@pytest.mark.parametrize("labels", sorted(LABELS))
def test_labels_may_be_anything(labels):
    names = LABELS[labels]
    model = TabularClassifier(**QUICK).fit(X, names[THREE])
    assert np.array_equal(model.classes_, np.sort(names))
    assert model.predict(X).dtype == names.dtype
    plain = TabularClassifier(**QUICK).fit(X, np.argsort(np.argsort(names))[THREE])
    assert np.array_equal(model.oof_predict_proba_, plain.oof_predict_proba_)


def test_booleans_and_columns_of_labels():
    plain = TabularClassifier(**QUICK).fit(X, TWO)
    flags = TabularClassifier(**QUICK).fit(X, TWO == 1)
    assert flags.classes_.tolist() == [False, True]
    assert flags.predict(X).dtype == bool
    assert np.array_equal(flags.predict_proba(X), plain.predict_proba(X))


def test_several_labels_a_row():
    model = TabularClassifier(**LEARNING).fit(X, MANY)
    probabilities = model.predict_proba(X)
    assert probabilities.shape == model.oof_predict_proba_.shape == (80, 3)
    assert ((probabilities >= 0) & (probabilities <= 1)).all()
    assert np.array_equal(model.predict(X), (probabilities > 0.5).astype(int))
    assert (model.predict(X)[:, 2] == 0).all()
    assert ((model.oof_predict_proba_ > 0.5) == MANY).mean(axis=0).min() > 0.6
    with pytest.raises(ValueError, match="class_weight='balanced' is for one label a row"):
        TabularClassifier(**QUICK, class_weight="balanced").fit(X, MANY)


@pytest.mark.parametrize("n_of_one", [1, 2])
@pytest.mark.parametrize("cv", [2, 3])
def test_a_class_may_have_a_single_row(n_of_one, cv):
    y = THREE.copy()
    y[y == 2] = 0
    y[:n_of_one] = 2
    model = TabularClassifier(**QUICK | {"cv": cv}).fit(X, y)
    assert model.classes_.tolist() == [0, 1, 2]
    assert np.isfinite(model.oof_predict_proba_).all()
    assert (model.oof_predict_proba_ > 0).all()
    assert np.isfinite(log_loss(y, model.oof_predict_proba_))


def test_one_class_is_predicted_always():
    model = TabularClassifier(**QUICK).fit(X, np.full(80, "only"))
    assert model.predict(X).tolist() == ["only"] * 80
    assert np.array_equal(model.predict_proba(X), np.ones((80, 1)))


def test_labels_of_rows_without_weight_are_not_looked_at():
    weight = (THREE != 2).astype(float)
    model = TabularClassifier(**QUICK).fit(X, THREE, weight)
    assert model.classes_.tolist() == [0, 1]
    assert model.oof_predict_proba_.shape == (80, 2)
    assert np.array_equal(np.isnan(model.oof_predict_proba_[:, 0]), weight == 0)


@pytest.mark.parametrize("y", [TWO, THREE], ids=["two", "three"])
def test_temperature_makes_the_loss_out_of_fold_least(y):
    rng = np.random.default_rng(1)
    noisy = np.where(rng.uniform(size=80) < 0.3, rng.permutation(y), y)
    model = TabularClassifier(**LEARNING).fit(X, noisy)
    calibrated = model.oof_predict_proba_
    assert model.temperature_ > 0

    def loss(power):
        powers = calibrated**power
        return log_loss(noisy, powers / powers.sum(axis=1, keepdims=True))

    # The exponent may be drawn towards 1, by a little, where rows are few.
    assert loss(1.0) <= min(loss(0.7), loss(1.4)) + 1e-3


def test_smoothed_labels_make_probabilities_milder():
    y = (X[:, 0] > 0).astype(int)
    settings = {**LEARNING, "architecture": "tabm"}
    plain = TabularClassifier(**settings).fit(X, y)
    smooth = TabularClassifier(**settings, label_smoothing=0.4).fit(X, y)
    assert smooth.loss_curves_[0][-1] > plain.loss_curves_[0][-1] + 0.1


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"interactions": "cross", "architecture": "transformer"}, "does not go with architecture"),
        ({"hidden_layer_sizes": (8, 9)}, r"hidden_layer_sizes=\(8, 9\) must be positive integers"),
        ({"hidden_layer_sizes": ()}, "hidden_layer_sizes"),
        ({"hidden_layer_sizes": (6,), "architecture": "transformer"}, "must be divisible by 4"),
        ({"architecture": "perceptron"}, "The 'architecture' parameter"),
        ({"effort": "bset"}, "Did you mean 'best'"),
        ({"max_time": -1}, "The 'max_time' parameter"),
    ],
)
def test_parameters_that_do_not_go_together(changes, message):
    with pytest.raises(ValueError, match=message):
        TabularClassifier(**QUICK | changes).fit(X, TWO)


@pytest.mark.parametrize(
    ("y", "message"),
    [
        (X[:, 0], "continuous"),
        (None, "requires y to be passed, but the target y is None"),
        (np.where(TWO, np.nan, 1.0), "NaN"),
        (TWO[:7], "inconsistent numbers of samples"),
    ],
    ids=["numbers", "none", "nan", "short"],
)
def test_what_are_no_labels(y, message):
    with pytest.raises(ValueError, match=message):
        TabularClassifier(**QUICK).fit(X, y)


@pytest.mark.parametrize(
    "sizes", [6, [6], (np.int64(6),), np.array([6])], ids=lambda sizes: type(sizes).__name__
)
def test_sizes_come_in_any_sequence(sizes):
    X, y = np.arange(20.0)[:, None], np.arange(20) % 2
    plain = TabularClassifier(**QUICK | {"hidden_layer_sizes": (6,)}).fit(X, y)
    model = TabularClassifier(**QUICK | {"hidden_layer_sizes": sizes}).fit(X, y)
    np.testing.assert_array_equal(model.predict_proba(X), plain.predict_proba(X))
