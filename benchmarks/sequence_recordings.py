"""Classify recordings with the defaults of SequenceClassifier, beside simpler models.

    python benchmarks/sequence_recordings.py --loaders PATH [--only NAME ...] [--seeds 0 1 2]

PATH is a Python file with `load(name, part)`, which returns sequences (time, channels) and labels
of the parts "train" and "test"; for spoken digits, `load(name)` returns waves, `rate(name)` their
sampling rate and `groups(name)` the voices, of which a quarter is held out. Printed are the share
of test rows labelled right and the seconds of a fit: of the networks, of the nearest neighbour
(padded with zeros), of a forest on means, deviations and extremes of channels, and of ridge on
random convolutions. For spectra with a number each, it is the root mean squared error instead.
"""

import argparse
import importlib.util
import time

import numpy as np
from scipy.signal import stft
from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor
from sklearn.linear_model import RidgeClassifierCV, RidgeCV
from sklearn.metrics import accuracy_score, root_mean_squared_error
from sklearn.model_selection import GroupShuffleSplit
from sklearn.neighbors import KNeighborsClassifier, KNeighborsRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

from skdeep import SequenceClassifier, SequenceRegressor
from skdeep.feature_extraction import RandomConvolutions

RECORDINGS = (
    "ts_gunpoint",
    "ts_italy_power",
    "ts_japanese_vowels",
    "ts_basic_motions",
    "ts_arrowhead",
    "ts_osu_leaf",
)
DIGITS = "espeak_digits"
SPECTRA = "ts_tecator"
N_BANDS = 40


def statistics(X):
    """Mean, deviation and extremes of every channel; (n, 4 * channels)."""
    return np.array([np.r_[x.mean(1), x.std(1), x.min(1), x.max(1)] for x in X])


def padded_to(length):
    """Pad to the longest sequence of the training."""

    def pad(X):
        rows = np.zeros((len(X), len(X[0]), length), np.float32)
        for row, x in zip(rows, X, strict=True):
            row[:, : x.shape[1]] = x[:, :length]
        return rows.reshape(len(X), -1)

    return pad


def models(seed, length, is_regression):
    """The networks, and what they are to beat."""
    if is_regression:
        kinds = SequenceRegressor, KNeighborsRegressor, RandomForestRegressor, RidgeCV
    else:
        kinds = SequenceClassifier, KNeighborsClassifier, RandomForestClassifier, RidgeClassifierCV
    networks, neighbour, forest, ridge = kinds
    return {
        "networks": networks(random_state=seed),
        "neighbour": make_pipeline(FunctionTransformer(padded_to(length)), neighbour(1)),
        "forest": make_pipeline(FunctionTransformer(statistics), forest(300, random_state=seed)),
        "convolutions": make_pipeline(
            RandomConvolutions(random_state=seed), StandardScaler(), ridge(np.logspace(-3, 3, 10))
        ),
    }


def log_spectrum(wave, rate):
    """Logarithms of the power in bands of equal width, every 10 ms; (bands, time)."""
    n = int(0.025 * rate)
    hop = int(0.01 * rate)
    power = np.abs(stft(wave, rate, nperseg=n, noverlap=n - hop, nfft=512)[2][:256]) ** 2
    edges = np.linspace(0, 256, N_BANDS + 1).astype(int)[:-1]
    return np.log(np.add.reduceat(power, edges, axis=0) + 1e-8).astype(np.float32)


def parts(loaders, name):
    """Training and test rows, channels first."""
    if name != DIGITS:
        both = [loaders.load(name, part) for part in ("train", "test")]
        return [([np.asarray(x).T for x in X], y) for X, y in both]
    waves, y = loaders.load(name)
    X = [log_spectrum(wave, loaders.rate(name)) for wave in waves]
    split = GroupShuffleSplit(1, test_size=0.25, random_state=0)
    (rows,) = split.split(X, y, loaders.groups(name))
    return [([X[i] for i in part], np.asarray(y)[part]) for part in rows]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--loaders", required=True)
    parser.add_argument("--only", nargs="*", default=[*RECORDINGS, DIGITS, SPECTRA])
    parser.add_argument("--seeds", nargs="*", type=int, default=[0])
    options = parser.parse_args()
    spec = importlib.util.spec_from_file_location("loaders", options.loaders)
    loaders = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(loaders)
    for name in options.only:
        (X, y), (X_test, y_test) = parts(loaders, name)
        longest = max(x.shape[1] for x in X)
        score = root_mean_squared_error if name == SPECTRA else accuracy_score
        for seed in options.seeds:
            for kind, model in models(seed, longest, name == SPECTRA).items():
                start = time.perf_counter()
                model.fit(X, y)
                seconds = time.perf_counter() - start
                found = score(y_test, model.predict(X_test))
                print(f"{name:20} {seed} {kind:13} {found:.3f} {seconds:6.1f} s", flush=True)


if __name__ == "__main__":
    main()
