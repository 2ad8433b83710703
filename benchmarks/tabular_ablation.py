"""What each ingredient of the tabular estimators is worth, on tables.

    python benchmarks/tabular_ablation.py [--only NAME ...] [--seeds 0] [--rows 8000]
        [--loaders PATH] [--retrained] [--out FILE] [--report FILE ...]

Tables as in `tabular_tables.py`. Networks are trained once for each table and seed, and every
variant is made from the trained networks, so that variants differ in nothing else: without one of
the configurations of networks, with the last networks instead of the best ones, with equal shares,
with one network of a fold, without temperature. --retrained adds variants that have to be trained
anew: without dropout, without weight decay, and of regressors without products of columns and with
the squared error for skewed targets. Figures are the loss of the variant over that of the default,
minus 1, averaged over tables and seeds, and its standard error.
"""

import copy
from unittest.mock import patch

import numpy as np
import pandas as pd
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import LabelEncoder
from tabular_tables import arguments, prepared, run_all

from skdeep import TabularClassifier, TabularRegressor
from skdeep._calibration.temperature import (
    fit_temperature,
    fit_temperature_independent,
    tempered,
    tempered_independent,
)
from skdeep.neural_network._tabular.fit.candidates import _all_chunks, _split_heads
from skdeep.neural_network._tabular.fit.combination import row_losses
from skdeep.neural_network._tabular.fit.judge import FoldJudge

RETRAINED = {
    "without dropout": {"dropout": 0.0},
    "without weight decay": {"weight_decay": 0.0},
}


OF_REGRESSORS = {
    "without products of columns": ("_tabular.fit.recipes._FEW_COLUMNS", 0),
    "squared error for skewed targets": ("_tabular.number_answer._SKEWED", np.inf),
}


class Trace:
    """Keeps the out-of-fold predictions by which a fit evaluates its candidates."""

    def fit(self, estimator, X, y):
        """Fit an estimator."""

        def out_of_fold(judge, candidates):
            self.judged, self.candidates = original(judge, candidates), candidates
            return self.judged

        original = FoldJudge.out_of_fold
        with patch.object(FoldJudge, "out_of_fold", out_of_fold):
            return estimator.fit(X, y)


def member_predictions(estimator, candidate, matrix):
    """Predictions of every network of a candidate; (n, n_networks, n_outputs)."""
    pack = candidate.pack()

    def chunk(X, start, stop):
        outputs = _split_heads(pack, pack.all_outputs(X.slice(start, stop)))
        return estimator._answer.predicted(outputs).transpose(0, 1)

    n_kept = len(pack.flat) * pack.values_per_row
    return _all_chunks(matrix, matrix.shape[0], [pack], n_kept, chunk)


def variants(trace, estimator, X, codes):
    """Test losses of the variants, from one training."""
    judged, candidates = trace.judged, trace.candidates
    matrix = estimator._encoder.transform(X)
    each = np.stack([member_predictions(estimator, c, matrix) for c in candidates])
    test, of_one = each.mean(axis=2), each[:, :, : judged.n_folds].mean(axis=2)
    truth = estimator._answer.truth(codes)
    kinds = np.asarray([_kind(c.plan) for c in candidates])
    is_late = np.asarray([c.is_late for c in candidates])

    def loss(kept=None, most=3, late=True, equal=False, tempering="default", one=False):
        trial = _restricted(judged, kept, late)
        if one:
            trial.predictions, trial.n_repeats = trial.of_one, 1
        numbers, shares = trial.choose(most)
        if equal:
            shares = np.full(len(numbers), 1.0 / len(numbers))
        predicted = np.tensordot(shares, (of_one if one else test)[numbers], axes=1)
        combined = np.tensordot(shares, trial.predictions[numbers], axes=1)
        alone = np.tensordot(shares, trial.of_one[numbers], axes=1)
        predicted = _with_temperature(predicted, combined, alone, trial, tempering)
        losses = row_losses(predicted, truth, judged.loss)
        error = np.nan
        if judged.loss != "squared_error":
            guess = predicted.argmax(1) if truth.shape[1] > 1 else predicted[:, 0] > 0.5
            right = truth.argmax(1) if truth.shape[1] > 1 else truth[:, 0] > 0.5
            error = float(np.mean(guess != right))
        return float(losses.mean()), error

    def alone(kind):
        return loss(kinds == kind) if kind in kinds else (np.nan, np.nan)

    everything = np.ones(len(candidates), dtype=bool)
    return {
        "default": loss(),
        "one network a fold and kind": loss(one=True),
        "without piecewise-linear networks": loss(kinds != "pieces"),
        "without cosine networks": loss(kinds != "cosines"),
        "without networks of both encodings": loss(kinds != "both"),
        "without additive networks": loss(kinds != "additive"),
        "piecewise-linear networks alone": alone("pieces"),
        "cosine networks alone": alone("cosines"),
        "networks of both encodings alone": alone("both"),
        "additive networks alone": alone("additive"),
        "networks at the end of training alone": loss(is_late, most=3),
        "best candidate alone": loss(most=1, late=False),
        "no fixed share for late networks": loss(late=False),
        "all candidates": loss(everything, most=99),
        "equal shares": loss(equal=True),
        "no temperature": loss(tempering="none"),
        "temperature as fitted out of fold": loss(tempering="fitted"),
    }


def _kind(plan):
    if not plan["depth"]:
        return "additive"
    if plan["bins"]:
        return "both" if plan["n_frequencies"] else "pieces"
    return "cosines"


def _restricted(judged, kept, late):
    trial = copy.copy(judged)
    trial.barred = np.zeros(len(judged.predictions), dtype=bool) if kept is None else ~kept
    if not late:
        trial.late = np.empty(0, dtype=np.int64)
    return trial


def _with_temperature(predicted, combined, alone, trial, tempering):
    if trial.loss == "squared_error" or tempering == "none":
        return predicted
    several = trial.loss == "log_loss"
    codes = trial.truth.argmax(axis=1) if several else trial.truth
    fit = fit_temperature if several else fit_temperature_independent
    sharpness = fit(combined, codes, trial.weight)
    if tempering == "default":
        if trial.n_repeats == 1:
            sharpness = max(sharpness, 1.0)
        else:
            more = trial.for_all_networks(fit(alone, codes, trial.weight), sharpness)
            sharpness = max(more, sharpness)
    return (tempered if several else tempered_independent)(predicted, sharpness)


def run(task, data, X, y, seed, retrained):
    """Losses of all variants on one table."""
    is_classifier = task == "classification"
    cls = TabularClassifier if is_classifier else TabularRegressor
    strata = None
    if is_classifier:
        y = LabelEncoder().fit_transform(y)
        enough = np.bincount(y)[y] >= 4
        X, y = X[enough], LabelEncoder().fit_transform(y[enough])
        strata = y
    X = prepared("skdeep", X)
    A, B, a, b = train_test_split(X, y, test_size=0.3, random_state=seed, stratify=strata)
    trace = Trace()
    estimator = trace.fit(cls(random_state=seed), A, a)
    losses = variants(trace, estimator, B, b)

    def default_of(**settings):
        trace = Trace()
        other = trace.fit(cls(random_state=seed, **settings), A, a)
        return variants(trace, other, B, b)["default"]

    if retrained:
        for name, settings in RETRAINED.items():
            losses[name] = default_of(**settings)
    if retrained and not is_classifier:
        for name, (constant, value) in OF_REGRESSORS.items():
            with patch(f"skdeep.neural_network.{constant}", value):
                losses[name] = default_of()
    return [{"variant": v, "loss": x, "error": e} for v, (x, e) in losses.items()]


def report(rows):
    """Print how much worse than the default each variant is."""
    table = pd.DataFrame(rows)
    for task, part in table.groupby("task"):
        for metric in ("loss", "error") if task == "classification" else ("loss",):
            wide = part.pivot_table(index=["data", "seed"], columns="variant", values=metric)
            change = (wide.add(1e-3)).div(wide["default"] + 1e-3, axis=0) - 1.0
            if task == "regression":  # from squared error to RMSE
                change = np.sqrt(change + 1.0) - 1.0
            by_table = change.groupby("data").mean()
            order = [v for v in table["variant"].unique() if v in change]
            summary = pd.DataFrame(
                {
                    "change %": 100 * by_table.mean()[order],
                    "error of it": 100 * by_table.sem()[order],
                    "worse on": (change > 0).mean()[order],
                }
            )
            print(f"\n{task}, {metric}, {len(wide)} fits\n{summary.round(2).to_string()}")


def main():
    """Run what was asked for."""
    args = arguments(retrained=False)
    run_all(args, lambda *table: run(*table, args.retrained), report)


if __name__ == "__main__":
    main()
