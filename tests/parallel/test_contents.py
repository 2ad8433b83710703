"""What fits are made of: their size, and copies that are found by their content."""

import numpy as np
import pytest
import scipy.sparse
import torch
from sklearn.model_selection import GridSearchCV

from skdeep import (
    ImageClassifier,
    MLPClassifier,
    NeuralNetClassifier,
    SequenceClassifier,
    TextClassifier,
)
from skdeep._encoding.named_arrays import NamedArrays
from skdeep.parallel._contents import digests, n_bytes, with_shared_data
from tests.parallel.conftest import packed

N = 24
RNG = np.random.default_rng(0)
Y = np.arange(N) % 2


class Sum(torch.nn.Module):
    """A linear layer over two arrays."""

    def __init__(self, n_outputs=1):
        super().__init__()
        self.linear = torch.nn.Linear(3, n_outputs)

    def forward(self, a, b):
        return self.linear(torch.cat([a, b], dim=1))


def texts():
    words = np.array(["red", "green", "blue", "bright"])
    return [" ".join(words[RNG.integers(0, 4, size=5)]) for _ in range(N)]


# An estimator, an X, and the bytes that its values take in training, all folds together.
CASES = {
    "table": (MLPClassifier((4,), dtype="float32"), RNG.normal(size=(N, 5)), 4 * N * 5),
    "images": (ImageClassifier(), RNG.normal(size=(N, 6, 6)), 4 * N * 36),
    "bytes": (ImageClassifier(), RNG.integers(0, 256, size=(N, 6, 6, 3), dtype=np.uint8), N * 108),
    "sequences": (SequenceClassifier(), RNG.normal(size=(N, 2, 9)), 4 * N * 18),
    "ragged": (
        SequenceClassifier(),
        [RNG.normal(size=(2, 5 + i % 3)) for i in range(N)],
        4 * sum(2 * (5 + i % 3) for i in range(N)),
    ),
    "texts": (TextClassifier(), texts(), None),
    "several": (
        NeuralNetClassifier(Sum),
        NamedArrays(a=RNG.normal(size=(N, 2)), b=RNG.normal(size=(N, 1))),
        4 * N * 3,
    ),
    "sparse": (
        MLPClassifier((4,), dtype="float32"),
        scipy.sparse.random_array((N, 30), density=0.2, rng=0, format="csr"),
        None,
    ),
}
SETTINGS = {"max_iter": 2, "random_state": 0, "learning_rate": "cosine"}


@pytest.mark.parametrize("name", CASES)
def test_the_rows_of_every_kind_are_counted(name, packs):
    estimator, X, least = CASES[name]
    packed(lambda: GridSearchCV(estimator.set_params(**SETTINGS), {"alpha": [0.1]}, cv=2).fit(X, Y))
    members = [member for pack in packs for member in pack]
    for member in members:
        arrays = member.X.arrays()
        assert n_bytes(member) == sum(array.nbytes for array in arrays) > 0
    if least is not None:  # what says how rows lie takes some bytes more
        assert least <= sum(map(n_bytes, members)) <= least + 8 * N + 128


@pytest.mark.parametrize("name", CASES)
def test_equal_rows_in_a_search_are_held_once(name, packs):
    estimator, X, _ = CASES[name]
    grid = {"alpha": [0.1, 0.2, 0.3]}
    search = GridSearchCV(estimator.set_params(**SETTINGS), grid, cv=2, refit=False)
    packed(lambda: search.fit(X, Y))
    members = [member for pack in packs for member in pack]
    assert len(members) == 6
    assert len({id(member.X) for member in members}) == 2  # one a fold
    assert len({id(member.y) for member in members}) <= 2


def test_images_on_another_scale_are_others(packs):
    X = RNG.integers(0, 256, size=(N, 6, 6), dtype=np.uint8)
    X[::2] //= 2
    estimator = ImageClassifier(**SETTINGS, early_stopping=True)
    packed(
        lambda: GridSearchCV(estimator, {"alpha": [0.1, 0.2]}, cv=2, refit=False).fit(
            X, Y, sample_weight=1.0 + Y
        )
    )
    members = [member for pack in packs for member in pack]
    assert len({id(member.X) for member in members}) == 2
    assert all(member.validation.X is member.X for member in members)
    scaled = members[0].X
    other = type(scaled)(scaled.values, scaled.mean, 2 * scaled.scale)
    twins = [members[0], members[0].__class__(**{**vars(members[0]), "X": other})]
    first, second = with_shared_data(twins, [digests(member) for member in twins])
    assert first.X is scaled
    assert second.X is other
