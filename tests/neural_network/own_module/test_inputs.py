"""Rows of any shape and type reach the module as it wants them, or an error says why not."""

import numpy as np
import pandas as pd
import pytest
import scipy.sparse
import torch
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OrdinalEncoder
from torch import nn

from skdeep import NeuralNetClassifier, NeuralNetRegressor
from tests.neural_network.own_module.own_modules import Dropping, LastStep, Net, Normalized, Words

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

SETTINGS = {"learning_rate_init": 0.05, "max_iter": 40, "random_state": 0}


@pytest.mark.parametrize("dtype", [np.float64, np.float32, np.float16, np.int64, np.int8, bool])
def test_plain_arrays_need_no_cast(iris, dtype):  # skorch#824, skorch#813, skorch#554, skorch#161
    X = (3 * iris[0]).astype(dtype)
    net = NeuralNetClassifier(Net, max_iter=2).fit(X, iris[1])
    assert net.predict_proba(X).dtype == np.float32
    assert next(net.module_.parameters()).dtype == torch.float32
    double = NeuralNetClassifier(Net, max_iter=2, dtype="float64").fit(X, iris[1])
    assert double.predict_proba(X).dtype == np.float64


def test_lists_frames_and_sparse_matrices_are_one(iris):  # skorch#853, skorch#494, skorch#131
    X, y = np.round(iris[0], 1), iris[1]
    net = NeuralNetClassifier(Net, max_iter=3, random_state=0)
    expected = net.fit(X, y).predict_proba(X)
    for same in (X.tolist(), scipy.sparse.csr_array(X), scipy.sparse.coo_array(X)):
        np.testing.assert_allclose(net.fit(same, y).predict_proba(same), expected, atol=1e-6)
    frame = pd.DataFrame(X, columns=list("abcd"))
    np.testing.assert_array_equal(net.fit(frame, y).predict_proba(frame), expected)
    assert net.feature_names_in_.tolist() == ["a", "b", "c", "d"]


def test_integers_reach_an_embedding(tokens):
    X, y = tokens
    for same in (X, X.astype(np.int32), X.astype(np.uint8), X.tolist(), pd.DataFrame(X)):
        net = NeuralNetClassifier(Words, **SETTINGS).fit(same, y)
        assert net.score(same, y) > 0.9
    np.testing.assert_array_equal(net.predict(X.astype(float)), net.predict(X))  # whole numbers
    with pytest.raises(ValueError, match=r"module=Words takes integers, but X has \d+\.5"):
        net.predict(X + 0.5)


def test_floats_reach_an_embedding_when_asked_to(tokens):
    X, y = tokens
    with pytest.raises(ValueError, match=r"(?s)module=Words does not take rows.*input_dtype='in"):
        NeuralNetClassifier(Words).fit(X.astype(float), y)
    words = np.array(list("abcdefghijklmnopqrst"), dtype=object)[X]
    net = NeuralNetClassifier(Words, input_dtype="int64", **SETTINGS)
    pipe = make_pipeline(OrdinalEncoder(), net).fit(words, y)
    assert pipe.score(words, y) > 0.9


def test_numbers_that_are_whole_are_floats_to_a_module_of_floats(iris):
    X, y = np.round(10 * iris[0]), iris[1]
    net = NeuralNetClassifier(Net, max_iter=2, random_state=0)
    expected = net.fit(X, y).predict_proba(X)
    np.testing.assert_array_equal(net.fit(X.astype(int), y).predict_proba(X.astype(int)), expected)
    with pytest.raises(ValueError, match="module=Net does not take rows of shape"):
        net.set_params(input_dtype="int64").fit(X, y)


def test_an_index_out_of_range_is_named(tokens):
    net = NeuralNetClassifier(Words, module__n_words=5)
    with pytest.raises(ValueError, match="as int64: index out of range"):
        net.fit(*tokens)


def test_rows_may_have_any_rank(sequences):
    X, y = sequences
    net = NeuralNetClassifier(LastStep, early_stopping=True, **SETTINGS).fit(X, y)
    assert net.score(X, y) > 0.9
    assert net.n_features_in_ == 5
    with pytest.raises(ValueError, match="X has 4 features, but NeuralNetClassifier is expecting"):
        net.predict(X[:, :4])
    with pytest.raises(ValueError, match=r"rows of shape \(5, 1\), but .* on rows of shape \(5, 2"):
        net.predict(X[:, :, :1])
    with pytest.raises(ValueError, match=r"X_val.*rows of shape \(5, 1\)"):
        net.fit(X, y, X_val=X[:, :, :1], y_val=y)


@pytest.mark.parametrize("module", [Net, Dropping, Normalized])
def test_rows_stay_as_they_were(iris, module):
    X = np.ascontiguousarray(iris[0], dtype=np.float32)
    before = X.copy()

    class InPlace(nn.Module):
        def __init__(self, n_features, n_outputs):
            super().__init__()
            self.inner = module(n_features, n_outputs)

        def forward(self, x):
            return self.inner(x.mul_(2.0))

    NeuralNetClassifier(InPlace, max_iter=2, early_stopping=True).fit(X, iris[1]).predict(X)
    np.testing.assert_array_equal(X, before)


def test_a_last_batch_of_one_row_is_avoided(iris):  # 'auto' would leave one
    X, y = np.tile(iris[0], (2, 1))[:201], np.tile(iris[1], 2)[:201]
    NeuralNetClassifier(Normalized, max_iter=2).fit(X, y)
    with pytest.raises(ValueError, match="batch_size=100 leaves one of 201 training rows"):
        NeuralNetClassifier(Normalized, max_iter=2, batch_size=100).fit(X, y)


def module_of(run):
    class Module(nn.Module):
        def __init__(self):
            super().__init__()
            self.linear = nn.Linear(4, 3)

        forward = run

    return Module


@pytest.mark.parametrize(
    ("run", "message"),
    [
        (lambda self, x: self.linear(x)[:, :2], r"\(4, 2\) for 4 rows: \(4, 3\) was expected"),
        (lambda self, x: self.linear(x)[:, 0], r"\(4,\) for 4 rows: \(4, 3\) was expected, for 3"),
        (lambda self, x: [self.linear(x).tolist()], "returned a list: its forward pass should ret"),
        (lambda self, x: (), "returned a tuple: its forward pass should return a tensor"),
        (lambda self, x, y: self.linear(x), "is called with one tensor.*argument: 'y'"),
        (lambda self, x: self.linear(x[:, :3]), "does not take rows of shape.*mat1 and mat2"),
    ],
)
def test_modules_that_do_not_fit_are_told_what_was_expected(iris, run, message):
    net = NeuralNetClassifier(module_of(run))
    with pytest.raises(ValueError, match=f"module=Module .*{message}"):
        net.fit(*iris)
    assert not hasattr(net, "classes_")


def test_a_module_without_parameters_is_refused(iris):
    with pytest.raises(ValueError, match="module=Softmax has no parameter that requires a gradie"):
        NeuralNetClassifier(nn.Softmax, module__dim=1).fit(iris[0][:, :3], iris[1])


def test_scikit_learn_s_answers_to_bad_rows(diabetes):
    X, y = diabetes
    with pytest.raises(ValueError, match="Input X contains NaN"):
        NeuralNetRegressor(Net).fit(np.where(X > 1, np.nan, X), y)
    with pytest.raises(ValueError, match="too large for dtype"):
        NeuralNetRegressor(Net).fit(X * 1e300, y)
    with pytest.raises(ValueError, match="Expected 2D array, got 1D array"):
        NeuralNetRegressor(Net).fit(y, y)
    NeuralNetRegressor(Net, max_iter=2).fit(X[:1], y[:1])


def test_one_row_is_too_few_for_normalisation(diabetes):
    X, y = diabetes
    with pytest.raises(
        ValueError, match=r"module=Normalized cannot train on the first rows.*1, 10"
    ):
        NeuralNetRegressor(Normalized).fit(X[:1], y[:1])
