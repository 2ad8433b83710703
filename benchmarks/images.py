"""Classify small images with the defaults of ImageClassifier, beside simpler models.

    python benchmarks/images.py [--loaders PATH] [--only NAME ...] [--seeds 0 1 2]

The digits of scikit-learn are always there. PATH is a Python file with `load(name)`, which returns
images (n, height, width) and labels; NAME is "digits" or what it knows. A fifth of the images, of
"digits" a quarter, is held out, by class. Printed are the share of these labelled right, and the
seconds of a fit, on the clock and of the processor.
"""

import argparse
import importlib.util
import time

import numpy as np
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler
from sklearn.svm import SVC

from skdeep import ImageClassifier, MLPClassifier

DIGITS = "digits"


def flat(X):
    """Rows of pixels."""
    return X.reshape(len(X), -1).astype(np.float32)


def on_rows(*steps):
    """A pipeline over rows of pixels."""
    return make_pipeline(FunctionTransformer(flat), *steps)


def models(seed):
    """The networks, and what they are to beat."""
    return {
        "cnn": ImageClassifier(random_state=seed),
        "mlp": ImageClassifier(architecture="mlp", random_state=seed),
        "vit": ImageClassifier(architecture="vit", random_state=seed),
        "MLPClassifier": on_rows(StandardScaler(), MLPClassifier(random_state=seed)),
        "logistic": on_rows(StandardScaler(), LogisticRegression(C=0.1, max_iter=1000)),
        "SVC": on_rows(SVC(C=10)),
    }


def images(loaders, name, seed):
    """Training and test images and labels."""
    if name == DIGITS:
        data = load_digits()
        X, y, held_out = data.images, data.target, 0.25
    else:
        X, y = loaders.load(name)
        held_out = 0.2
    return train_test_split(X, y, test_size=held_out, stratify=y, random_state=seed)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--loaders")
    parser.add_argument("--only", nargs="*", default=[DIGITS])
    parser.add_argument("--seeds", nargs="*", type=int, default=[0])
    options = parser.parse_args()
    loaders = None
    if options.loaders:
        spec = importlib.util.spec_from_file_location("loaders", options.loaders)
        loaders = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(loaders)
    for name in options.only:
        for seed in options.seeds:
            X, X_test, y, y_test = images(loaders, name, seed)
            for kind, model in models(seed).items():
                start, worked = time.perf_counter(), time.process_time()
                model.fit(X, y)
                seconds, worked = time.perf_counter() - start, time.process_time() - worked
                right = np.mean(model.predict(X_test) == y_test)
                print(
                    f"{name:12} {seed} {kind:14} {right:.4f} {seconds:6.1f} s, {worked:6.1f} s of "
                    "processor",
                    flush=True,
                )


if __name__ == "__main__":
    main()
