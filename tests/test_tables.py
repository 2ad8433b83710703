"""What solvers, losses, schedules, activations, weights and architectures are, tables say.

Another one is then one more entry: no other code uses their names.
"""

import ast
from pathlib import Path

import pytest

import skdeep
from skdeep._engine.modules.activations import ACTIVATIONS
from skdeep._engine.training.initial_weights import WEIGHT_INITS
from skdeep._engine.training.losses import (
    CLASSIFIER_LOSSES,
    LOSSES,
    REGRESSOR_LOSSES,
    loss_entry,
)
from skdeep._engine.training.schedules import SCHEDULES
from skdeep._engine.training.solvers import SOLVERS, STOCHASTIC_SOLVERS
from skdeep.neural_network._image.architectures import ARCHITECTURES as OF_IMAGES
from skdeep.neural_network._sequence.architectures import ARCHITECTURES as OF_SEQUENCES
from skdeep.neural_network._tabular.networks.architectures import ARCHITECTURES as OF_TABLES
from skdeep.neural_network._text.architectures import ARCHITECTURES as OF_TEXTS

ROOT = Path(skdeep.__file__).parent
TABLES = {
    "_engine/training/solvers.py": SOLVERS,
    "_engine/training/losses.py": LOSSES,
    "_engine/training/schedules.py": SCHEDULES,
    "_engine/training/initial_weights.py": WEIGHT_INITS,
    "_engine/modules/activations.py": ACTIVATIONS,
    "neural_network/_sequence/architectures.py": OF_SEQUENCES,
    "neural_network/_image/architectures.py": OF_IMAGES,
    "neural_network/_text/architectures.py": OF_TEXTS,
    "neural_network/_tabular/networks/architectures.py": OF_TABLES,
}
# What has the name of an entry, and is none.
EXCEPTIONS = {
    ("_encoding/targets.py", "identity"): "the links of outputs, a table of its own",
    ("_encoding/targets.py", "logistic"): "the links of outputs, a table of its own",
    ("_estimator/network/module_maker.py", "logistic"): "the same links",
    ("_estimator/network/number_answer.py", "quantile"): "a parameter of that name",
    ("_kinds/sequences/recurrent.py", "rnn"): "the table of cells",
    ("_kinds/sequences/recurrent.py", "lstm"): "the table of cells",
    ("_kinds/sequences/recurrent.py", "gru"): "the table of cells",
    ("neural_network/_tabular/fit/combination.py", "squared_error"): "what shares make least",
    ("neural_network/_tabular/fit/combination.py", "log_loss"): "what shares make least",
    ("neural_network/_tabular/fit/training.py", "squared_error"): "what shares make least",
    ("neural_network/_tabular/number_answer.py", "squared_error"): "the table of its losses",
    ("neural_network/_tabular/number_answer.py", "absolute_error"): "the table of its losses",
    ("neural_network/_tabular/number_answer.py", "poisson"): "the table of its losses",
    ("neural_network/_tabular/number_answer.py", "gamma"): "the table of its losses",
}
FILES = [path.relative_to(ROOT).as_posix() for path in sorted(ROOT.rglob("*.py"))]


def literals(node):
    """The strings of a literal: one, or those of a tuple, a list or a set."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return [node.value]
    if isinstance(node, ast.Tuple | ast.List | ast.Set):
        return [text for element in node.elts for text in literals(element)]
    return []


def asked_by_name(code, *, keys=True):
    """Literals that something is compared with, or looked up by; `keys` are those of dicts too."""
    for node in ast.walk(ast.parse(code)):
        asked = []
        if isinstance(node, ast.Compare):
            asked = [node.left, *node.comparators]
        elif isinstance(node, ast.Dict) and keys:
            asked = [key for key in node.keys if key is not None]
        elif isinstance(node, ast.MatchValue):
            asked = [node.value]
        elif isinstance(node, ast.Subscript):
            asked = [node.slice]
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            asked = node.args if node.func.attr in ("startswith", "endswith", "get") else []
        for part in asked:
            yield from literals(part)


@pytest.mark.parametrize("file", FILES)
def test_nobody_asks_for_an_entry_by_its_name(file):
    # Families name their architectures alike: theirs are no business of each other's.
    own = TABLES.get(file, {})
    names = {name for table in TABLES.values() for name in table} - own.keys()
    code = (ROOT / file).read_text(encoding="utf-8")
    found = {(file, text) for text in asked_by_name(code) if text in names}
    assert found <= EXCEPTIONS.keys()


@pytest.mark.parametrize("file", TABLES)
def test_in_the_file_of_a_table_names_are_keys_alone(file):
    code = (ROOT / file).read_text(encoding="utf-8")
    assert not TABLES[file].keys() & set(asked_by_name(code, keys=False))


def test_exceptions_are_needed():
    found = {
        (file, text)
        for file in FILES
        for text in asked_by_name((ROOT / file).read_text(encoding="utf-8"))
    }
    assert found >= EXCEPTIONS.keys()


@pytest.mark.parametrize(
    "code",
    [
        "x == 'adam'",
        "'adam' != x",
        "x in ('sgd', 'adam')",
        "f = {'adam': 1}[x]",
        "x.startswith('adam')",
        "d['adam']",
        "d.get('adam')",
        "match x:\n    case 'adam':\n        pass",
    ],
)
def test_the_walk_sees_what_asks_by_name(code):
    assert "adam" in set(asked_by_name(code))


@pytest.mark.parametrize(
    ("name", "words"),
    [
        pytest.param(name, entry.words, id=name)
        for home, table in TABLES.items()
        for name, entry in table.items()
        if entry.words and home.startswith("_engine")
    ],
)
def test_words_can_be_joined_to_a_sentence(name, words):
    assert words.startswith(f"'{name}' ")
    assert not words.endswith((".", ";", ","))
    assert "\n" not in words


def test_tuples_of_names_follow_from_the_tables():
    assert STOCHASTIC_SOLVERS == ("adam", "adamw", "sgd", "rmsprop")
    assert (*CLASSIFIER_LOSSES, *REGRESSOR_LOSSES) == tuple(LOSSES)
    assert REGRESSOR_LOSSES[0] == "squared_error"


def test_a_function_as_a_loss_refuses_nothing_and_has_no_unit():
    entry = loss_entry(lambda outputs, targets: outputs)
    assert (entry.unit_power, entry.predicts_logarithm, entry.parameters) == (0, False, ())
    assert entry.gives_probabilities
    assert not entry.takes_soft_labels
    assert loss_entry("huber") is LOSSES["huber"]
