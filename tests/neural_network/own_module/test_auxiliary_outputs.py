"""A module may return more than its prediction; a loss of one's own learns from all of it."""

import pickle
from typing import NamedTuple

import joblib
import numpy as np
import pytest
import torch
from sklearn.model_selection import GridSearchCV
from torch import nn

from skdeep import NamedArrays, NeuralNetClassifier, NeuralNetRegressor
from tests.neural_network.own_module.own_modules import Net

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

SETTINGS = {"dtype": "float64", "random_state": 0, "max_iter": 15, "alpha": 0.0}


class Both(NamedTuple):
    logits: torch.Tensor
    gaps: torch.Tensor


class Autoencoder(nn.Module):
    """A classifier that also gives its rows back, by what they differ."""

    def __init__(self, n_features, n_outputs, form=tuple):
        super().__init__()
        self.form = form
        self.encode = nn.Linear(n_features, 3)
        self.decode = nn.Linear(3, n_features)
        self.head = nn.Linear(3, n_outputs)

    def forward(self, x):
        code = self.encode(x).tanh()
        logits, gaps = self.head(code), self.decode(code) - x
        if self.form is dict:
            return {"logits": logits, "gaps": gaps}
        return Both(logits, gaps) if self.form is Both else self.form([logits, gaps])


def cross_entropy(outputs, targets):
    return nn.functional.cross_entropy(outputs, targets, reduction="none")


def with_gaps(outputs, targets):
    logits, gaps = outputs.values() if isinstance(outputs, dict) else outputs
    assert gaps.shape == (len(targets), 4)
    return cross_entropy(logits, targets) + 0.5 * gaps.square().mean(dim=1)


def with_gaps_of_the_batch(outputs, targets, weights):
    return (weights * with_gaps(outputs, targets)).sum() / weights.sum()


def bare_loop(module, X, y, n_epochs, batch_size):
    optimizer = torch.optim.SGD(module.parameters(), lr=0.1)
    X, y = torch.from_numpy(X), torch.from_numpy(y)
    for _ in range(n_epochs):
        for rows in torch.arange(len(X)).split(batch_size):
            optimizer.zero_grad()
            with_gaps(module(X[rows]), y[rows]).mean().backward()
            optimizer.step()
    return module


@pytest.mark.parametrize("form", [tuple, list, dict, Both])
@pytest.mark.parametrize("loss", [with_gaps, with_gaps_of_the_batch])
def test_training_is_that_of_a_plain_loop(iris, form, loss):
    X, y = iris
    module = Autoencoder(4, 3, form).double()
    sgd = {"solver": "sgd", "momentum": 0.0, "nesterovs_momentum": False, "shuffle": False}
    net = NeuralNetClassifier(module, loss=loss, batch_size=40, **SETTINGS, **sgd)
    net.set_params(learning_rate_init=0.1).fit(X, y)
    expected = bare_loop(module, X, y, 15, 40)(torch.from_numpy(X))
    logits, gaps = expected.values() if form is dict else expected
    np.testing.assert_allclose(net.predict_proba(X), torch.softmax(logits, 1).detach(), rtol=1e-8)
    given = net.module_(torch.from_numpy(X))
    assert type(given) is form
    given = list(given.values() if form is dict else given)
    torch.testing.assert_close(given[1], gaps)


def test_a_named_loss_learns_from_the_prediction_alone(iris):
    X, y = iris

    class Plain(Autoencoder):
        def forward(self, x):
            return super().forward(x)[0]

    settings = SETTINGS | {"early_stopping": True}
    for loss in ("log_loss", nn.CrossEntropyLoss()):
        several = NeuralNetClassifier(Autoencoder, loss=loss, **settings).fit(X, y)
        single = NeuralNetClassifier(Plain, loss=loss, **settings).fit(X, y)
        np.testing.assert_allclose(several.predict_proba(X), single.predict_proba(X))
        np.testing.assert_allclose(several.validation_loss_curve_, single.validation_loss_curve_)
    assert type(several.module_(torch.from_numpy(X))) is tuple


@pytest.mark.parametrize("solver", ["adam", "lbfgs"])
def test_it_is_validated_weighted_kept_and_packed(iris, solver):
    X, y = iris
    weight = np.arange(150) % 3
    settings = SETTINGS | {"loss": with_gaps, "solver": solver, "scoring": "accuracy"}
    net = NeuralNetClassifier(Autoencoder, early_stopping=True, **settings)
    net.fit(X, y, sample_weight=weight, X_val=X[:50], y_val=y[:50])
    with torch.no_grad():
        outputs = net.module_(torch.from_numpy(X[:50]))
        loss = with_gaps(outputs, torch.from_numpy(y[:50])).mean()
    assert min(net.validation_loss_curve_) <= float(loss) * (1 + 1e-9)
    assert any(np.isclose(net.validation_loss_curve_, float(loss)))
    assert net.best_validation_score_ == np.mean(net.predict(X[:50]) == y[:50])
    kept = pickle.loads(pickle.dumps(net))
    np.testing.assert_array_equal(kept.predict_proba(X), net.predict_proba(X))
    net.set_params(early_stopping=False)
    repeated = net.fit(X.repeat(weight, 0), y.repeat(weight)).predict_proba(X)
    weighted = net.fit(X, y, sample_weight=weight).predict_proba(X)
    np.testing.assert_allclose(weighted, repeated, rtol=1e-4)
    search = GridSearchCV(net, {"alpha": [0.0, 1.0]}, cv=2, scoring="neg_log_loss")
    alone = search.fit(X, y).cv_results_["mean_test_score"]
    with joblib.parallel_config("skdeep"):
        together = search.fit(X, y).cv_results_["mean_test_score"]
    np.testing.assert_allclose(together, alone, rtol=1e-5)


def test_a_number_for_the_batch_comes_once_a_row(diabetes):
    """An L2 penalty that the module computes itself is that of `alpha`, over one batch."""
    X, y = diabetes

    class Penalised(Net):
        def forward(self, x):
            penalty = sum(p.square().sum() for p in self.parameters() if p.ndim > 1)
            return super().forward(x), penalty

    def loss(outputs, targets):
        return 0.5 * (outputs[0] - targets).square()[:, 0] + 0.5 / 120 * outputs[1]

    settings = SETTINGS | {"solver": "lbfgs"}
    ours = NeuralNetRegressor(Penalised, loss=loss, **settings).fit(X, y)
    known = NeuralNetRegressor(Net, **settings | {"alpha": 1.0}).fit(X, y)
    np.testing.assert_allclose(ours.predict(X), known.predict(X), rtol=1e-4)


def test_probabilities_and_single_outputs_beside_others(two_classes):
    X, y = two_classes

    class Sure(nn.Module):
        def __init__(self, n_features):
            super().__init__()
            self.linear, self.sure = nn.Linear(n_features, 1), True

        def forward(self, x):
            z = self.linear(x)[:, 0]
            return (z.sigmoid() if self.sure else z), x[:, :2, None]

    class Raw(Sure):
        def __init__(self, n_features):
            super().__init__(n_features)
            self.sure = False

    def loss(outputs, targets):
        logits, others = outputs
        assert others.shape == (len(targets), 2, 1)
        each = nn.functional.binary_cross_entropy_with_logits(logits, targets, reduction="none")
        return each[:, 0] + 0 * others.sum(dim=(1, 2))

    settings = SETTINGS | {"solver": "lbfgs", "loss": loss}
    sure = NeuralNetClassifier(Sure, outputs="probabilities", **settings).fit(X, y)
    raw = NeuralNetClassifier(Raw, **settings).fit(X, y)
    np.testing.assert_allclose(sure.predict_proba(X), raw.predict_proba(X), atol=1e-3)
    assert sure.predict_proba(X).shape == (100, 2)


def test_several_inputs_and_several_outputs(iris):
    X, y = iris

    class Parted(Autoencoder):
        def forward(self, left, right):
            return super().forward(torch.cat([left, right], dim=1))

    def build(n_outputs):
        return Parted(4, n_outputs)

    whole = NeuralNetClassifier(Autoencoder, loss=with_gaps, **SETTINGS).fit(X, y)
    parted = NeuralNetClassifier(build, loss=with_gaps, **SETTINGS)
    arrays = NamedArrays(left=X[:, :1], right=X[:, 1:])
    np.testing.assert_allclose(
        parted.fit(arrays, y).predict_proba(arrays), whole.predict_proba(X), rtol=1e-9
    )


@pytest.mark.parametrize(
    ("extra", "message"),
    [
        (lambda x: x[:, :3].T, r"part 1 of what .* is \(3, 4\) for 4 rows\. Where a loss of you"),
        (lambda x: None, "part 1 of what the module returned is NoneType for 4 rows"),
        (lambda x: x.T, r"part 1 of what the module returned is \(4, 150\) for 150 rows"),
    ],
)
def test_what_is_no_tensor_of_rows_is_no_part(iris, extra, message):
    class Odd(Net):
        def forward(self, x):
            return super().forward(x), extra(x)

    NeuralNetClassifier(Odd, max_iter=1).fit(*iris)  # nobody asks for it
    with pytest.raises(ValueError, match=message):
        NeuralNetClassifier(Odd, loss=lambda o, t: cross_entropy(o[0], t)).fit(*iris)


def test_the_loss_may_change_in_a_warm_start(iris):
    net = NeuralNetClassifier(Autoencoder, warm_start=True, **SETTINGS).fit(*iris)
    before = net.loss_
    net.set_params(loss=with_gaps).fit(*iris)
    assert net.loss_ > before  # it has another part now
    net.set_params(loss="log_loss").fit(*iris)
    assert net.loss_ < before
