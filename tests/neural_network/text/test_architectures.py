"""Each architecture learns what simpler models of texts cannot."""

import numpy as np
import pytest
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

from skdeep import TextClassifier
from tests.neural_network.text.sentences import endings, orders

QUICK = {"width": 16, "max_iter": 8, "learning_rate_init": 0.015, "random_state": 0}


def linear_score(X, y, X_test, y_test):
    return make_pipeline(TfidfVectorizer(), LogisticRegression()).fit(X, y).score(X_test, y_test)


@pytest.mark.parametrize("architecture", ["cnn", "lstm", "transformer"])
def test_word_order(architecture):
    X, y = orders()
    X_test, y_test = orders(200, seed=1)
    net = TextClassifier(architecture=architecture, **QUICK)
    assert net.fit(X, y).score(X_test, y_test) > 0.9
    assert linear_score(X, y, X_test, y_test) < 0.65


def test_parts_of_words():
    X, y = endings()
    X_test, y_test = endings(200, seed=1)
    assert TextClassifier(random_state=0).fit(X, y).score(X_test, y_test) > 0.95
    assert linear_score(X, y, X_test, y_test) < 0.65
    assert TextClassifier(part_range=None, random_state=0).fit(X, y).score(X_test, y_test) < 0.65


@pytest.mark.parametrize("architecture", ["cnn", "lstm", "transformer"])
def test_single_words_are_read_by_character(architecture):
    X, y = endings(200)
    X_test, y_test = endings(200, seed=1)
    net = TextClassifier(architecture=architecture, **QUICK).fit(X, y)
    assert max(map(len, net.vocabulary_)) == 1
    assert net.score(X_test, y_test) > 0.9


def test_a_bag_is_the_weighted_sum_of_its_vectors():
    X = ["b a a", "b", "a c"]
    net = TextClassifier(
        part_range=None, ngram_range=(1, 1), min_df=1, width=4, max_iter=2, random_state=0
    ).fit(X, [0, 1, 0])
    idf = np.log(4 / np.array([3, 3, 2])) + 1  # of a, b, c in three texts
    weights = np.array([(1 + np.log(2)), 1, 0]) * idf
    expected = weights / np.linalg.norm(weights) @ net.vectors_
    assert list(net.vocabulary_) == ["a", "b", "c"]
    np.testing.assert_allclose(net.transform(["b a a"])[0], expected, rtol=1e-5)


def test_bags_count_as_tfidf_does():
    X, _ = orders(30)
    vectorizer = TfidfVectorizer(sublinear_tf=True, ngram_range=(1, 2), min_df=2)
    expected = vectorizer.fit_transform(sorted(set(X)))
    net = TextClassifier(
        part_range=None, token_pattern=r"(?u)\b\w\w+\b", width=4, max_iter=1, random_state=0
    ).fit(sorted(set(X)), np.arange(expected.shape[0]) % 2)
    assert list(net.vocabulary_) == vectorizer.get_feature_names_out().tolist()
    np.testing.assert_allclose(
        net.transform(sorted(set(X))), expected @ net.vectors_, rtol=1e-4, atol=1e-5
    )
