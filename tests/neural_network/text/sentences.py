"""Texts made for tests, and small estimators for them."""

import numpy as np

from skdeep import TextClassifier, TextRegressor

ARCHITECTURES = ("bag", "cnn", "lstm", "transformer")
SMALL = {"width": 8, "n_heads": 2, "max_iter": 3, "random_state": 0}


def classifier(**parameters):
    return TextClassifier(**{**SMALL, **parameters})


def regressor(**parameters):
    return TextRegressor(**{**SMALL, **parameters})


def praise(n=60, seed=0):
    """Return texts, and whether they praise."""
    rng = np.random.default_rng(seed)
    y = rng.permutation(n) % 2
    words = (["bad", "awful", "poor"], ["good", "lovely", "fine"])
    return [f"the {rng.choice(['film', 'meal'])} was {rng.choice(words[k])}" for k in y], y


def distinct(seed=0):
    """Return 24 texts of words that recur, none of them twice, and whether they praise."""
    words = (["bad", "awful", "poor"], ["good", "lovely", "fine"])
    things = ["the day", "a film", "this soup", "my flat"]
    pairs = [(f"{word} was {thing}", k) for k in (0, 1) for word in words[k] for thing in things]
    texts, y = zip(*(pairs[i] for i in np.random.default_rng(seed).permutation(24)), strict=True)
    return list(texts), np.array(y)


def orders(n=400, seed=0):
    """Return texts of the same words on average, and whether 'dog' comes before 'cat' in them."""
    rng = np.random.default_rng(seed)
    y = rng.permutation(n) % 2
    fillers = ["a", "of", "to", "in", "we", "so", "it"]
    texts = []
    for first in y:
        pair = ["dog", "cat"] if first else ["cat", "dog"]
        gaps = [rng.choice(fillers, size) for size in rng.integers(1, 4, size=3)]
        texts.append(" ".join([*gaps[0], pair[0], *gaps[1], pair[1], *gaps[2]]))
    return texts, y


def endings(n=600, seed=0):
    """Return made-up words that hardly recur, and whether they end as an adverb would."""
    rng = np.random.default_rng(seed)
    y = rng.permutation(n) % 2
    stems = ("".join(rng.choice(list("bdfgklmnprstvaeiou"), 6)) for _ in y)
    ends = (["ism", "or", "et"], ["ly", "wise"])
    return [stem + rng.choice(ends[k]) for stem, k in zip(stems, y, strict=True)], y
