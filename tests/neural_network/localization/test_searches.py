"""Masks and boxes go through scikit-learn's tools, and pixels have weights and losses."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from sklearn.metrics import make_scorer
from sklearn.model_selection import (
    cross_val_predict,
    cross_val_score,
    train_test_split,
)
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skdeep.metrics import mean_iou
from tests.neural_network.localization.scenes import (
    answers,
    boxed,
    data_of,
    detector,
    plates,
    same,
    segmenter,
)

BOTH = pytest.mark.parametrize("made", [segmenter, detector])


@BOTH
def test_splits_and_scores(made):
    X, y = data_of(made)
    X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0)
    net = made().fit(X_train, y_train)
    assert 0 <= net.score(X_test, y_test) <= 1
    scores = cross_val_score(made(), X, y, cv=3)
    assert scores.shape == (3,)
    assert np.isfinite(scores).all()
    assert len(cross_val_predict(made(), X, y, cv=3)) == len(X)


def test_flat_rows_take_what_scales_them():
    X, y = plates()
    flat = X.reshape(len(X), -1)
    net = make_pipeline(StandardScaler(), segmenter(image_shape=X.shape[1:])).fit(flat, y)
    assert net.predict(flat).shape == y.shape


def test_scorers_of_ones_own():
    X, y = plates()
    scorer = make_scorer(mean_iou)
    found = cross_val_score(segmenter(), X, y, cv=2, scoring=scorer)
    assert_allclose(found, cross_val_score(segmenter(), X, y, cv=2))
    net = segmenter(early_stopping=True, scoring=scorer).fit(X, y)
    assert_allclose(
        net.validation_scores_, segmenter(early_stopping=True).fit(X, y).validation_scores_
    )


def test_the_validation_loss_is_the_cross_entropy_of_pixels():
    X, y = plates()
    net = segmenter(early_stopping=True, scoring="loss", max_iter=2)
    net.fit(X[:18], y[:18], X_val=X[18:], y_val=y[18:])
    p = np.take_along_axis(net.predict_proba(X[18:]), y[18:, ..., None], axis=3)
    assert_allclose(-net.best_validation_score_, -np.log(p).mean(), rtol=1e-5)


def test_class_weights_of_pixels():
    X, y = plates()
    plain = segmenter(dtype="float64").fit(X, y)
    same(
        answers(segmenter(dtype="float64", class_weight={0: 1.0, 1: 1.0}).fit(X, y), X),
        answers(plain, X),
    )
    _, counts = np.unique(y, return_counts=True)
    by_hand = dict(enumerate(counts.sum() / (3 * counts)))
    balanced = segmenter(dtype="float64", class_weight="balanced").fit(X, y)
    same(
        answers(segmenter(dtype="float64", class_weight=by_hand).fit(X, y), X), answers(balanced, X)
    )
    assert (balanced.predict(X) != 0).mean() > (plain.predict(X) != 0).mean()
    with pytest.raises(ValueError, match=r"class_weight names \[8\]"):
        segmenter(class_weight={8: 2.0}).fit(X, y)


def test_the_threshold_cuts_what_is_found():
    X, y = boxed()
    net = detector(max_iter=10, learning_rate_init=0.02).fit(X, y)
    score = net.score(X, y)
    for threshold in (0.0, 0.3, 0.9):
        net.set_params(threshold=threshold)
        assert net.score(X, y) == score
        for (boxes, labels), (b, k, s) in zip(net.predict(X), net.predict_scores(X), strict=True):
            n = (s >= threshold).sum()  # none below 0.01
            assert (np.diff(s) <= 0).all()
            assert np.array_equal(boxes, b[:n])
            assert np.array_equal(labels, k[:n])
    net.set_params(max_detections=1)
    assert max(len(labels) for labels in (parts[1] for parts in net.predict_scores(X))) == 1
