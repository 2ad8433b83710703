"""Every public estimator is flat, and says in its source what it takes."""

import ast
import inspect
import textwrap
from collections import Counter

import pytest
from sklearn.base import ClassifierMixin, RegressorMixin

from skdeep._encoding.channel_array import RowArray
from skdeep._encoding.reader import Reader
from skdeep._estimator.network.answer import Answer
from skdeep._estimator.network.base import BaseNetwork
from skdeep._estimator.network.built_network import BuiltNetwork
from skdeep._estimator.network.classifier import NetworkClassifier
from skdeep._estimator.network.regressor import NetworkRegressor
from skdeep._estimator.parameters import declared
from skdeep.neural_network._localization.base import BaseLocalizer
from skdeep.neural_network._tabular.base import BaseTabular
from tools.write_parameters import (
    constructor,
    public_estimators,
    written_files,
)

ESTIMATORS = list(public_estimators())
MOST_CLASSES = 6


def own(cls):
    return [owner for owner in cls.__mro__ if owner.__module__.startswith("skdeep")]


@pytest.mark.parametrize("cls", ESTIMATORS, ids=lambda cls: cls.__name__)
def test_few_classes_of_ours_make_an_estimator(cls):
    assert len(own(cls)) <= MOST_CLASSES


@pytest.mark.parametrize("cls", ESTIMATORS, ids=lambda cls: cls.__name__)
def test_no_method_is_defined_again_and_again(cls):
    counts = Counter()
    for owner in own(cls):
        body = ast.parse(textwrap.dedent(inspect.getsource(owner))).body[0].body
        # A property and its setter are one; what scikit-learn makes is not in the source.
        counts.update({n.name for n in body if isinstance(n, ast.FunctionDef)})
    assert {name: n for name, n in counts.items() if n > 2} == {}


@pytest.mark.parametrize("cls", ESTIMATORS, ids=lambda cls: cls.__name__)
def test_mixins_stand_before_what_they_are_mixed_into(cls):
    order = [owner.__name__ for owner in cls.__mro__]
    for mixin in ("ClassifierMixin", "RegressorMixin", "TransformerMixin"):
        if mixin in order:
            assert order.index(mixin) < order.index("BaseEstimator")
    network = [
        name for name in ("BuiltNetwork", "NetworkClassifier", "BaseNetwork") if name in order
    ]
    assert network == sorted(network, key=order.index)


OF_A_NETWORK = {
    "__sklearn_is_fitted__",
    "_built_for",
    "_describe_network",
    "_fitted_dtype",
    "_parameter_arrays",
    "_raw_outputs",
    "_weight_attributes",
}
ABSTRACT = {
    BaseNetwork: OF_A_NETWORK | {"_answer", "_reader"},
    BuiltNetwork: {"_answer", "_reader"},
    NetworkClassifier: OF_A_NETWORK | {"_reader"},
    NetworkRegressor: OF_A_NETWORK | {"_reader"},
    BaseLocalizer: {"_answer", "_mirrors"},
    BaseTabular: {"_set_answer", "_take_out_of_fold"},
    Answer: {"_single_loss", "encode", "encode_validation", "read"},
    Reader: {"read"},
    RowArray: {
        "__getitem__",
        "_extremes",
        "_n_values",
        "_weighted_sums",
        "as_rows",
        "key_columns",
        "standardized",
    },
}


@pytest.mark.parametrize("base", ABSTRACT)
def test_abstract_methods_bind(base):
    assert base.__abstractmethods__ >= ABSTRACT[base]
    with pytest.raises(TypeError, match="abstract"):
        base()


def supers(owner):
    """Names that a class asks its bases for."""
    tree = ast.parse(textwrap.dedent(inspect.getsource(owner)))
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Call):
            function = node.value.func
            if isinstance(function, ast.Name) and function.id == "super":
                yield node.attr


@pytest.mark.parametrize("cls", ESTIMATORS, ids=lambda cls: cls.__name__)
def test_super_goes_up_and_never_sideways(cls):
    for owner in own(cls):
        for name in supers(owner):
            assert any(name in vars(base) for base in owner.__mro__[1:]), (owner, name)


@pytest.fixture(scope="module")
def written():
    return written_files()


def test_the_source_holds_what_is_declared(written):
    stale = [str(path) for path, code in written.items() if path.read_text("utf-8") != code]
    assert stale == [], "run `make parameters`"


@pytest.mark.parametrize("cls", ESTIMATORS, ids=lambda cls: cls.__name__)
def test_signatures_are_those_declared(cls):
    parameters = list(inspect.signature(cls).parameters.values())
    assert [p.name for p in parameters] == [item.name for item in declared(cls)]
    for parameter, item in zip(parameters, declared(cls), strict=True):
        assert parameter.default is item.default or parameter.default == item.default
        assert (parameter.kind is parameter.KEYWORD_ONLY) == item.keyword_only
    assert set(cls._parameter_constraints) == {item.name for item in declared(cls)}


@pytest.mark.parametrize("cls", ESTIMATORS, ids=lambda cls: cls.__name__)
def test_a_family_s_own_parameters_stand_first(cls):
    if not issubclass(cls, BaseNetwork):
        pytest.skip("it has no family")
    names = [item.name for item in declared(cls)]
    shared = {item.name for item in declared(BaseNetwork)}
    first_shared = min(names.index(name) for name in shared)
    assert not set(names[:first_shared]) & shared
    assert set(names[first_shared:]) <= shared


def test_a_declaration_that_is_made_again_keeps_its_place():
    by_name = {cls.__name__: cls for cls in ESTIMATORS}
    names = [item.name for item in declared(by_name["SequenceClassifier"])]
    shared = [item.name for item in declared(BaseNetwork)]
    assert names[-len(shared) :] == shared  # though `max_iter` and others have other defaults
    assert names[0] == "architecture"
    assert issubclass(by_name["SequenceClassifier"], ClassifierMixin)
    assert issubclass(by_name["SequenceRegressor"], RegressorMixin)


def test_constructors_do_what_they_say():
    by_name = {cls.__name__: cls for cls in ESTIMATORS}
    code = constructor(by_name["MLPClassifier"])
    assert code.startswith("def __init__(\n    self,\n    hidden_layer_sizes: Any = (100,),\n")
    assert "    *,\n    weight_init: str = 'glorot_uniform',\n" in code
    assert code.rstrip().endswith("self.dtype = dtype")
