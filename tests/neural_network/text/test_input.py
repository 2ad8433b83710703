"""What X may be, and what is said of what it may not be."""

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from tests.neural_network.text.sentences import ARCHITECTURES, classifier, praise, regressor

X, y = praise()


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        ("a text", r"single str, 'a text'.*pass \[X\]"),
        (b"a text", "single bytes"),
        (["a", None], r"X\[1\] is None of type NoneType.*''"),
        (["a", float("nan")], r"X\[1\] is nan of type float.*''"),
        (["a", 3], r"X\[1\] is 3 of type int"),
        (["a", b"b"], r"X\[1\] is b'b' of type bytes"),
        ([["a", "b"]], r"X\[0\] is \['a', 'b'\] of type list"),
        (np.array([["a"], ["b"]]), r"shape \(2, 1\)"),
        (pd.DataFrame({"text": ["a", "b"]}), r"shape \(2, 1\)"),
        ([], "X is empty"),
        ({"a": 1}, "X is a dict"),
        (3, "X is a int"),
        (pd.Series(["a", None]), r"X\[1\]"),
    ],
)
def test_bad_texts(bad, message):
    net = classifier(max_iter=1).fit(X, y)
    with pytest.raises(ValueError, match=message):
        net.predict(bad)


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"architecture": "rnn"}, "architecture"),
        ({"analyzer": "words"}, "Did you mean 'word'"),
        ({"ngram_range": (2, 1)}, r"ngram_range=\(2, 1\)"),
        ({"part_range": (0, 3)}, r"part_range=\(0, 3\)"),
        ({"min_df": 0}, "min_df"),
        ({"architecture": "transformer", "width": 6}, "width=6 .* n_heads=2"),
        ({"solver": "lbfgs", "dropout": 0.5}, "dropout=0.5"),
        ({"vectors": np.zeros((2, 8))}, "vectors was passed without vocabulary"),
        ({"vocabulary": {"a": 0}}, "vocabulary was passed without vectors"),
        ({"vectors": np.zeros((2, 3)), "vocabulary": {"a": 0}}, "width=8, but vectors"),
        ({"vectors": np.zeros((2, 8)), "vocabulary": {"a": 2}}, "rows 2 to 2"),
    ],
)
def test_bad_parameters(parameters, message):
    with pytest.raises(ValueError, match=message):
        classifier(**parameters).fit(X, y)


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_empty_and_unknown_texts(architecture):
    net = classifier(architecture=architecture).fit([*X, "", "   "], [*y, 0, 1])
    answers = net.predict_proba(["", "  \n", "zzz qqq", "the film was good"])
    assert np.isfinite(answers).all()
    assert_array_equal(answers[0], answers[1])
    if architecture == "bag":
        assert_array_equal(net.transform([""]), 0)


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_nothing_but_empty_texts(architecture):
    net = classifier(architecture=architecture).fit(["", "", ""], [0, 1, 1])
    assert net.predict(["", "something"]).shape == (2,)


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_long_texts(architecture):
    long = " ".join(X[:60])
    net = regressor(architecture=architecture).fit([long, *X], [0.0, *y])
    assert np.isfinite(net.predict([long * 5])).all()


def test_analyzers_are_those_of_scikit_learn():
    def vocabulary(**parameters):
        return set(classifier(max_iter=1, min_df=1, part_range=None, **parameters)
                   .fit(["The Café, the cafe", "and SO on"], [0, 1]).vocabulary_)  # fmt: skip

    assert vocabulary(ngram_range=(1, 1)) == {"the", "café", "cafe", "and", "so", "on"}
    assert vocabulary(strip_accents="unicode", stop_words="english") == {"cafe", "cafe cafe"}
    assert "SO" in vocabulary(lowercase=False)
    assert vocabulary(analyzer=str.split) == {"The", "Café,", "the", "cafe", "and", "SO", "on"}
    assert vocabulary(tokenizer=lambda text: text.split(","), ngram_range=(1, 1)) == {
        "the café",
        " the cafe",
        "and so on",
    }
    assert vocabulary(preprocessor=lambda text: "x", ngram_range=(1, 1)) == {"x"}
    assert {len(term) for term in vocabulary(analyzer="char")} == {2, 3, 4, 5}


def test_rare_terms_are_left_out():
    texts = ["a b", "a b", "a c", "a c d"]  # three distinct ones
    terms = {"part_range": None, "ngram_range": (1, 1), "max_iter": 1}
    assert set(classifier(**terms).fit(texts, [0, 1, 0, 1]).vocabulary_) == {"a", "c"}
    assert set(classifier(max_features=1, **terms).fit(texts, [0, 1, 0, 1]).vocabulary_) == {"a"}


def test_given_vectors_are_where_training_starts():
    vectors = np.arange(12.0).reshape(3, 4)
    words = {"good": 2, "film": 0, "unseen": 1}
    given = {"vectors": vectors, "vocabulary": words, "width": "auto"}
    for architecture in ("bag", "cnn"):
        net = classifier(architecture=architecture, learning_rate_init=1e-12, **given).fit(X, y)
        for word in ("good", "film"):
            found = net.vectors_[net.vocabulary_[word]]
            assert_allclose(found, vectors[words[word]], atol=1e-3, rtol=1e-3)
        assert "unseen" not in net.vocabulary_
