"""Compare TabularClassifier and TabularRegressor with boosted trees and others, on tables.

    python benchmarks/tabular_tables.py [--models skdeep,catboost,...] [--only NAME ...]
        [--seeds 0] [--rows 8000] [--loaders PATH] [--out FILE] [--report FILE ...]

The tables are scikit-learn's own and generated ones; or, by --loaders, those of a Python file with
`names(kind, task)`, asked for ("tabular", "classification") and ("tabular", "regression"), and
`load(name)`, which returns X as a DataFrame (categorical columns of dtype category) and y.

Every model has its defaults and 70 % of the rows; `skdeep-fast` and `skdeep-best` have that effort,
`skdeep+statistics` sees the mean of y for every category beside the categories, `catboost-tuned` is
the best of 30 random draws of its settings, `realmlp` the tuned defaults of pytabkit's RealMLP
(missing numbers are replaced by the mean of their column, with an indicator), and `mlp` is
scikit-learn's, with up to 500 epochs and, above 500 rows, early stopping. On the other rows are
measured log-loss, error rate and expected calibration error, or RMSE (in standard deviations of y),
and coverage and width of 80 % and 95 % intervals; and seconds for fitting and predicting, one after
the other in one process. Peers that are not installed are left out.
"""

import argparse
import json
import time
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.stats import loguniform, randint, uniform
from sklearn.compose import make_column_transformer
from sklearn.ensemble import (
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression, RidgeCV
from sklearn.metrics import log_loss
from sklearn.model_selection import RandomizedSearchCV, cross_val_predict, train_test_split
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import LabelEncoder, OneHotEncoder, StandardScaler, TargetEncoder
from stacking_tables import TASKS, catalogue

from skdeep import TabularClassifier, TabularRegressor
from skdeep._calibration.temperature import expected_calibration_error, fit_temperature, tempered

LEVELS = (0.8, 0.95)


def encoded(X):
    """A transformer to numbers, for models that need them."""
    categories = categories_of(X)
    numbers = [c for c in X if c not in categories]
    return make_column_transformer(
        (make_pipeline(SimpleImputer(add_indicator=True), StandardScaler()), numbers),
        (
            OneHotEncoder(handle_unknown="ignore", max_categories=50, sparse_output=False),
            categories,
        ),
    )


def with_target_statistics(X, seed):
    """A transformer that adds the mean of y for every category, taken out of fold."""
    categories = categories_of(X)
    statistics = TargetEncoder(random_state=seed)
    columns = make_column_transformer((statistics, categories), ("passthrough", list(X)))
    return columns.set_output(transform="pandas")


class Tuned(RandomizedSearchCV):
    """CatBoost names its categories in `fit`: with the names in its constructor it has no clone."""

    def fit(self, X, y):
        """Search, then fit the best."""
        return super().fit(X, y, cat_features=categories_of(X))


def categories_of(X):
    """Columns with categories."""
    return [c for c in X if isinstance(X[c].dtype, pd.CategoricalDtype)]


def tuned(trees, is_classifier, seed):
    """CatBoost with the best of 30 random draws of its settings, by 5 folds."""
    draws = {
        "learning_rate": loguniform(0.005, 0.2),
        "depth": randint(4, 9),
        "l2_leaf_reg": loguniform(0.5, 30.0),
        "random_strength": loguniform(0.1, 10.0),
        "bagging_temperature": uniform(0.0, 1.0),
    }
    scoring = "neg_log_loss" if is_classifier else "neg_root_mean_squared_error"
    return Tuned(trees, draws, n_iter=30, scoring=scoring, cv=5, random_state=seed)


def model(name, is_classifier, X, seed):
    """A model with its defaults."""
    if name.startswith("skdeep"):
        cls = TabularClassifier if is_classifier else TabularRegressor
        if name == "skdeep+statistics":
            return make_pipeline(with_target_statistics(X, seed), cls(random_state=seed))
        effort = name.partition("-")[2] or "default"
        return cls(effort=effort, random_state=seed)
    if name == "hgb":
        cls = HistGradientBoostingClassifier if is_classifier else HistGradientBoostingRegressor
        return cls(random_state=seed)
    if name == "forest":
        cls = RandomForestClassifier if is_classifier else RandomForestRegressor
        return make_pipeline(encoded(X), cls(300, random_state=seed, n_jobs=-1))
    if name == "linear":
        linear = LogisticRegression(max_iter=2000) if is_classifier else RidgeCV()
        return make_pipeline(encoded(X), linear)
    kind = "Classifier" if is_classifier else "Regressor"
    if name in ("catboost", "catboost-tuned"):
        import catboost

        cls = getattr(catboost, f"CatBoost{kind}")
        options = {"random_seed": seed, "verbose": 0, "allow_writing_files": False}
        if name == "catboost-tuned":
            return tuned(cls(**options), is_classifier, seed)
        return cls(**options, cat_features=categories_of(X))
    if name == "mlp":
        cls = MLPClassifier if is_classifier else MLPRegressor
        perceptron = cls(random_state=seed, max_iter=500, early_stopping=len(X) > 500)
        return make_pipeline(encoded(X), perceptron)
    if name == "realmlp":
        import pytabkit

        cls = getattr(pytabkit, f"RealMLP_TD_{kind}")
        return cls(random_state=seed, device="cpu")
    if name == "lightgbm":
        import lightgbm

        return getattr(lightgbm, f"LGBM{kind}")(random_state=seed, verbose=-1)
    if name == "xgboost":
        import xgboost

        return getattr(xgboost, f"XGB{kind}")(random_state=seed, enable_categorical=True)
    raise ValueError(f"--models: {name!r} is none of skdeep, hgb, forest, linear, catboost, ...")


def prepared(name, X):
    """What a peer needs before it takes a table."""
    X = X.copy()
    X.columns = [f"f{i}" for i in range(X.shape[1])]
    fills_holes = name == "realmlp"
    for c in list(X):
        if not isinstance(X[c].dtype, pd.CategoricalDtype):
            X[c] = X[c].astype(float)
            if fills_holes and X[c].isna().any():
                X[f"{c}_missing"] = X[c].isna().astype(float)
                X[c] = X[c].fillna(X[c].mean())
        elif name.startswith("catboost") or fills_holes:  # neither takes missing categories
            known = X[c].astype(object).where(X[c].notna(), "missing")
            X[c] = known.astype(str).astype("category")
    return X


def measured(name, task, X, y, seed):
    """One row of the result."""
    is_classifier = task == "classification"
    strata = None
    if is_classifier:
        y = LabelEncoder().fit_transform(y)
        enough = np.bincount(y)[y] >= 4
        X, y = X[enough], LabelEncoder().fit_transform(y[enough])
        strata = y
    X = prepared(name, X)
    A, B, a, b = train_test_split(X, y, test_size=0.3, random_state=seed, stratify=strata)
    estimator = model(name, is_classifier, A, seed)
    begin = time.perf_counter()
    estimator.fit(A, a)
    fitted = time.perf_counter()
    predicted = estimator.predict_proba(B) if is_classifier else estimator.predict(B)
    row = {"fit": fitted - begin, "predict": time.perf_counter() - fitted}
    if is_classifier:
        p = np.clip(predicted, 1e-7, 1.0)
        p = p / p.sum(axis=1, keepdims=True)
        row |= {
            "log_loss": log_loss(b, p, labels=range(p.shape[1])),
            "error": np.mean(p.argmax(axis=1) != b),
            "ece": expected_calibration_error(p, b),
        }
        if name == "hgb":  # a peer with a temperature of its own, by 5 folds
            out = cross_val_predict(estimator, A, a, method="predict_proba")
            q = tempered(p, fit_temperature(out, a))
            row |= {
                "tempered_log_loss": log_loss(b, q, labels=range(p.shape[1])),
                "tempered_ece": expected_calibration_error(q, b),
            }
        return row
    row["rmse"] = np.sqrt(np.mean((predicted - b) ** 2)) / b.std()
    if hasattr(estimator, "predict_interval") or name == "hgb":
        for level in LEVELS:
            low, high = intervals(estimator, A, a, B, level, seed)
            row[f"coverage_{level}"] = np.mean((low <= b) & (b <= high))
            row[f"width_{level}"] = np.mean(high - low) / b.std()
    return row


def intervals(estimator, A, a, B, level, seed):
    """Ours, or split-conformal ones of a peer (a fifth of the rows held out)."""
    if hasattr(estimator, "predict_interval"):
        return estimator.predict_interval(B, level).T
    fit, held, y_fit, y_held = train_test_split(A, a, test_size=0.2, random_state=seed)
    estimator.fit(fit, y_fit)
    residual = np.sort(np.abs(y_held - estimator.predict(held)))
    rank = min(int(np.ceil(level * (len(residual) + 1))), len(residual)) - 1
    predicted = estimator.predict(B)
    return predicted - residual[rank], predicted + residual[rank]


def some_rows(X, y, most):
    """At most so many rows of a table."""
    X, y = pd.DataFrame(X), np.asarray(y)
    if len(X) > most:
        chosen = np.random.default_rng(0).permutation(len(X))[:most]
        X, y = X.iloc[chosen].reset_index(drop=True), y[chosen]
    return X, y


def report(rows):
    """Print means, ranks and counts."""
    table = pd.DataFrame(rows)
    for task, part in table.groupby("task"):
        for metric in ("log_loss", "error", "rmse"):
            if metric not in part or part[metric].isna().all():
                continue
            wide = part.pivot_table(index=["data", "seed"], columns="model", values=metric)
            wide = wide.dropna()
            summary = pd.DataFrame({"mean rank": wide.rank(axis=1).mean()})
            if "skdeep" in wide:
                others = wide.drop(columns="skdeep")
                summary["skdeep is better on"] = others.gt(wide["skdeep"], axis=0).mean()
                ratio = np.log((wide.add(1e-3)).div(wide["skdeep"] + 1e-3, axis=0))
                summary["loss / skdeep's"] = np.exp(ratio.mean())
            print(
                f"\n{task}, {metric}, {len(wide)} fits\n{summary.sort_values('mean rank').round(3)}"
            )
        extra = [c for c in part if c.startswith(("ece", "tempered", "coverage", "width"))]
        if extra:
            print(part.groupby("model")[extra].mean().dropna(how="all").round(4).to_string())
    print("\nseconds in all\n", table.groupby("model")[["fit", "predict"]].sum().round(1))


def arguments(**more):
    """Read the command line; `more` are options with a default each."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--only", nargs="*")
    parser.add_argument("--seeds", default="0")
    parser.add_argument("--rows", type=int, default=8000)
    parser.add_argument("--loaders")
    parser.add_argument("--out", type=Path)
    parser.add_argument("--report", nargs="*", type=Path)
    for name, default in more.items():
        action = "store_true" if default is False else "store"
        parser.add_argument(f"--{name}", default=default, action=action)
    return parser.parse_args()


def run_all(args, run, report):
    """Call `run` with every task, table and seed; save and report the rows that it yields."""
    warnings.simplefilter("ignore")
    if args.report is not None:
        report([row for path in args.report for row in json.loads(path.read_text())])
        return
    rows = []
    for task in TASKS:
        for data, load in catalogue(args.loaders)[task].items():
            if args.only and data not in args.only:
                continue
            X, y = some_rows(*load(), args.rows)
            for seed in map(int, args.seeds.split(",")):
                for row in run(task, data, X, y, seed):
                    rows.append({"task": task, "data": data, "seed": seed, **row})
                    print(_rounded(rows[-1]), flush=True)
                    if args.out:
                        args.out.write_text(json.dumps(rows))
    report(rows)


def _rounded(row):
    return {k: round(v, 4) if isinstance(v, float) else v for k, v in row.items()}


def main():
    """Run what was asked for."""
    args = arguments(models="skdeep,catboost,lightgbm,xgboost,hgb,forest,linear")

    def run(task, data, X, y, seed):
        for name in args.models.split(","):
            try:
                row = measured(name, task, X, y, seed)
            except ImportError:
                continue
            yield {"model": name} | {k: float(v) for k, v in row.items()}

    run_all(args, run, report)


if __name__ == "__main__":
    main()
