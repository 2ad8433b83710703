"""Classify texts with the defaults of TextClassifier, beside TF-IDF and logistic regression.

    python benchmarks/texts.py --loaders PATH [--only NAME ...] [--seeds 0 1 2]

PATH is a Python file with `load(name, part)`, which returns texts and labels of the parts "train"
and "test"; of first names, of which `load(name)` returns all, a quarter is held out. The anchors,
on words and on character n-grams inside words, are tuned over C in five folds. Printed are the
share of test texts labelled right, seconds of a fit, and the documents per second that training
passes over, whole ones and ones cut to 40 words: a document is one text in one epoch, and the
reading of texts is left out.
"""

import argparse
import importlib.util
import time

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, train_test_split
from sklearn.pipeline import make_pipeline

from skdeep import TextClassifier

TEXTS = ("first_names", "fine_foods", "reuters_r8")


ANALYZERS = {"words": {}, "characters": {"analyzer": "char_wb", "ngram_range": (2, 5)}}


def anchor(**analysis):
    """Return TF-IDF and logistic regression, tuned over C."""
    model = make_pipeline(TfidfVectorizer(**analysis), LogisticRegression(max_iter=1000))
    return GridSearchCV(model, {"logisticregression__C": [0.1, 1, 10, 100]}, cv=5)


def parts(load, name):
    """Return X_train, X_test, y_train, y_test."""
    if name != "first_names":
        (X, y), (X_test, y_test) = load(name, "train"), load(name, "test")
        return X, X_test, y, y_test
    X, y = load(name)
    return train_test_split(X, y, test_size=0.25, random_state=0, stratify=y)


def seconds(model, X, y):
    """Fit; return how long that took."""
    begin = time.perf_counter()
    model.fit(X, y)
    return time.perf_counter() - begin


def speed(X, y):
    """Return documents per second, from what one epoch and four take without a trial."""
    net = TextClassifier(weight_decay=0.1, random_state=0)
    took = [seconds(net.set_params(max_iter=n), X, y) for n in (1, 4)]
    return 3 * len(X) / max(took[1] - took[0], 1e-9)


def cut(X, n_words=40):
    """Return the first words of each text."""
    return [" ".join(text.split()[:n_words]) for text in X]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--loaders", required=True)
    parser.add_argument("--only", nargs="+", default=TEXTS)
    parser.add_argument("--seeds", nargs="+", type=int, default=[0, 1, 2])
    options = parser.parse_args()
    spec = importlib.util.spec_from_file_location("loaders", options.loaders)
    loaders = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(loaders)
    for name in options.only:
        X, X_test, y, y_test = parts(loaders.load, name)
        print(name)
        for kind, analysis in ANALYZERS.items():
            model = anchor(**analysis)
            took = seconds(model, X, y)
            right = model.score(X_test, y_test)
            print(f"{'':12} TF-IDF of {kind:10} {right:.4f} {took:6.1f} s", flush=True)
        scores = []
        for seed in options.seeds:
            net = TextClassifier(random_state=seed)
            took = seconds(net, X, y)
            scores.append(net.score(X_test, y_test))
            print(f"{'':12} seed {seed} {scores[-1]:.4f} {took:6.1f} s", flush=True)
        print(f"{'':12} mean   {np.mean(scores):.4f}", flush=True)
        rates = f"{speed(X, y):6.0f} documents/s, {speed(cut(X), y):6.0f} of 40 words"
        print(f"{'':12} {rates}", flush=True)


if __name__ == "__main__":
    main()
