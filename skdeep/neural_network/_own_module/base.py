"""What NeuralNetClassifier and NeuralNetRegressor share: a module of the caller's own."""

import math
from abc import abstractmethod
from copy import deepcopy
from dataclasses import KW_ONLY, replace
from typing import Annotated, Any, Self

import torch
from sklearn.utils.validation import check_is_fitted
from torch import nn

from skdeep._encoding.fit_data import FitData, with_equal_rows_merged
from skdeep._encoding.memory import TORCH_DTYPES
from skdeep._encoding.rows import resolve_device
from skdeep._engine.modules.outputs import OutputParts, without_adapters
from skdeep._engine.packing.flat import flat_vector
from skdeep._engine.packing.trial import module_traits
from skdeep._engine.training.own_loss import is_criterion
from skdeep._engine.training.solvers import SOLVERS
from skdeep._estimator.network.built_module import BuiltModule, gains_from_double, parameter_shapes
from skdeep._estimator.network.built_network import TRIAL_ROWS, BuiltNetwork
from skdeep._estimator.network.module_maker import (
    ModuleMaker,
    checked_prediction,
    module_arguments,
    module_name,
    tried,
)
from skdeep._estimator.network.row_formats import row_format
from skdeep._estimator.network.training_parameters import (
    TRAINING_ATTRIBUTES,
    TRAINING_REFERENCES,
)
from skdeep._estimator.parameters import Parameter
from skdeep._scikit_learn import StrOptions
from skdeep.neural_network._own_module.reader import ModuleReader

# Multiplications a row up to which predictions are computed in double precision.
_MOST_IN_DOUBLE = 1 << 16
_PREFIX = "module__"


class BaseNeuralNet(BuiltNetwork):
    """Base of NeuralNetClassifier and NeuralNetRegressor."""

    module: Annotated[
        Any,
        Parameter(
            """type, callable or torch.nn.Module

            The network: a subclass of `torch.nn.Module`, a function that returns a module, or a
            module, of which a copy is trained from its present weights. A class or function is
            called with the `module__` parameters, and with those of the following that its
            signature names: `n_features` (`X.shape[1]`), `n_outputs` (1 for two classes or one
            target), `input_shape` (`X.shape[1:]`) and `input_shapes` (of `NamedArrays`). The
            forward pass takes a batch of rows (the arrays of `NamedArrays` by name) and returns raw
            outputs of shape (n, n_outputs), or (n,) for one output.""",
            callable,
        ),
    ]
    _: KW_ONLY
    input_dtype: Annotated[
        str,
        Parameter(
            """{'auto', 'float', 'int64'}

            As what type the module is given its rows. With 'auto', an `X` of integers (or such an
            array among several) is passed as int64 if the forward pass accepts the first rows so,
            as `torch.nn.Embedding` does; everything else is cast to `dtype`. 'float' casts
            everything to `dtype`. 'int64' casts whole numbers of any type, such as the output of
            `OrdinalEncoder`.""",
            StrOptions({"auto", "float", "int64"}),
        ),
    ] = "auto"
    dtype: Annotated[
        str,
        Parameter(
            """{'float32', 'float64', 'auto'}

            Precision of the parameters of the module, and of its rows where they are not integers.
            'auto' is that of `X`.""",
            StrOptions({"auto", "float32", "float64"}),
        ),
    ] = "float32"

    # Bound anew by every change, so that it can be told whether there was one.
    _module_parameters: dict[str, Any]

    def _checked_module_parameters(self, given: dict[str, Any]) -> dict[str, Any]:
        """Keywords of the constructor that its signature cannot name.

        Raises
        ------
        TypeError
            If one of them is no argument of the module.
        """
        for name in given:
            if not name.startswith(_PREFIX):
                raise TypeError(
                    f"{type(self).__name__}.__init__() got an unexpected keyword argument {name!r}"
                )
        return given

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """Get parameters, the `module__` ones included.

        Parameters
        ----------
        deep : bool, default=True
            Whether parameters of estimators among them are included.

        Returns
        -------
        dict
        """
        return {**super().get_params(deep=deep), **self._module_parameters}

    def set_params(self, **params: Any) -> Self:
        """Set parameters for the next fit; nothing is built or trained.

        Parameters
        ----------
        **params : dict
            Names and values; `module__x` is the argument `x` of the module.

        Returns
        -------
        self : object
            The estimator.
        """
        of_module = {name: value for name, value in params.items() if name.startswith(_PREFIX)}
        others = {name: value for name, value in params.items() if name not in of_module}
        super().set_params(**others)
        if of_module:
            self._module_parameters = {**self._module_parameters, **of_module}
        return self

    @property
    def _module_arguments(self) -> dict[str, Any]:
        return {
            name.removeprefix(_PREFIX): value for name, value in self._module_parameters.items()
        }

    @property
    def _reader(self) -> ModuleReader:
        maker = self._built.maker if hasattr(self, "_built") else None
        return ModuleReader(maker)

    def _build(self, data: FitData, continuing: bool) -> FitData:
        if not (continuing and self._is_as_fitted()):
            self._make_module(data, continuing)
        maker = self._built.maker
        self._target = self._target.for_outputs(maker.n_outputs)
        parts = maker.parts if self._learns_all_outputs else None
        data = replace(data, X=maker.cast(data.X), parts=parts)
        if not self._may_merge_rows(data):
            return data
        return with_equal_rows_merged(data, fewest=1 if self._built.takes_one_row else 2)

    def _may_merge_rows(self, data: FitData) -> bool:
        """Whether a step sees all rows, so that neither their order nor equal ones matter."""
        if not self.shuffle or self._learns_all_outputs:  # a function may look at the whole batch
            return False
        if not SOLVERS[self.solver].is_stochastic:
            return True
        n_rows = len(data.kept_rows)
        return self.batch_size == "auto" and n_rows <= self._extent.batch_size(n_rows)

    def _is_as_fitted(self) -> bool:
        if isinstance(self.module, nn.Module):  # which may have changed since
            return False
        unchanged = self._parameters_built is self._module_parameters
        same_use = self._choices_built == self._choices
        return unchanged and same_use and self._built.maker.module is self.module

    @property
    def _choices(self) -> tuple[Any, ...]:
        """What else a built module depends on."""
        return self.input_dtype, self._learns_all_outputs, self._n_outputs_expected

    @property
    def _learns_all_outputs(self) -> bool:
        """Whether the loss is given all that the module returns, not the prediction alone."""
        return callable(self.loss) and not is_criterion(self.loss)

    def _make_module(self, data: FitData, continuing: bool) -> None:
        device = resolve_device(self.device)
        rows_format = row_format(data.X, data.dtype.name)
        offered = {"n_outputs": self._n_outputs_expected[0], **rows_format.offered}
        maker = ModuleMaker(
            self.module,
            module_arguments(self.module, self._module_arguments, offered),
            data.dtype.name,
            rows_format,
            self._seed,
        )
        rows = data.X[:TRIAL_ROWS]
        maker, module, outputs = tried(maker, rows, self.input_dtype, device)
        flat_vector(module)  # refuses a module without parameters
        maker = self._with_outputs(maker, outputs, rows.shape[0])
        template = maker.adapted(module)
        x, width = maker.tensor(rows).to(device), maker.n_outputs + maker.n_extra
        try:
            traits = module_traits(template, x, width, TORCH_DTYPES[maker.dtype], device)
        except Exception as error:  # normalisation over one row, say
            few = " (n_samples=1)" if x.shape[0] == 1 else ""
            raise ValueError(
                f"module={module_name(self.module)} cannot train on the first rows, of shape "
                f"{tuple(x.shape)}{few}, though it predicts for them: {error}"
            ) from error
        if continuing:
            self._check_same_layout(template, device)
            self._built.freeze(template)
        is_cheap = traits.multiplications_per_row <= _MOST_IN_DOUBLE
        self._built = BuiltModule(
            maker,
            template,
            traits.values_per_row,
            traits.takes_one_row,
            in_double=is_cheap and gains_from_double(template, x, maker),
        )
        self._parameters_built, self._choices_built = self._module_parameters, self._choices

    def _with_outputs(self, maker: ModuleMaker, outputs: Any, n_rows: int) -> ModuleMaker:
        """The maker, told what to make of the outputs that its module gave for some rows."""
        prediction = checked_prediction(outputs, maker)
        n_outputs = self._checked_outputs(tuple(prediction.shape), n_rows)
        several, parts = prediction is not outputs, None
        if several and self._learns_all_outputs:
            try:
                parts = OutputParts.of(outputs, n_rows)
            except ValueError as error:
                raise ValueError(f"module={module_name(self.module)}: {error}") from None
        return replace(
            maker,
            n_outputs=n_outputs,
            is_vector=parts is None and prediction.ndim < 2,
            takes_first=several and parts is None,
            parts=parts,
        )

    def _checked_outputs(self, shape: tuple[int, ...], n_rows: int) -> int:
        """Number of outputs of a module that gave `shape` for `n_rows` rows.

        Raises
        ------
        ValueError
            If it is none of those expected.
        """
        expected = self._n_outputs_expected
        for n_outputs in expected:
            if shape == (n_rows, n_outputs):
                return n_outputs
        if 1 in expected and len(shape) < 2 and math.prod(shape) == n_rows:
            return 1
        wanted = " or ".join(f"({n_rows}, {n})" for n in expected)
        raise ValueError(
            f"module={module_name(self.module)} gave outputs of shape {shape} for {n_rows} rows: "
            f"{wanted} was expected, for {self._target_in_words}. Have its signature name "
            "n_outputs, and the number is filled in."
        )

    def _check_same_layout(self, template: nn.Module, device: torch.device) -> None:
        before, now = parameter_shapes(self._built.template(device)), parameter_shapes(template)
        if now != before:
            old, new = (
                {name: shape for name, shape in shapes.items() if other.get(name) != shape}
                for shapes, other in ((before, now), (now, before))
            )
            raise ValueError(
                f"The fitted module has parameters {old}, but module={module_name(self.module)} "
                f"and the module__ parameters ask for {new}. Set warm_start=False (or clone the "
                "estimator) to start anew."
            )

    @property
    @abstractmethod
    def _n_outputs_expected(self) -> tuple[int, ...]:
        """How many outputs the module may have; the first is what it is told."""

    @property
    @abstractmethod
    def _target_in_words(self) -> str:
        """What the outputs are for."""

    def _n_trained_outputs(self, data: FitData) -> int:
        return self._target.n_outputs + self._built.maker.n_extra

    @property
    def module_(self) -> nn.Module:
        """A copy of the fitted module, on the CPU in eval mode."""
        check_is_fitted(self)
        device = torch.device("cpu")
        loaded = self._built.loaded(self._weights, self._buffers, device)
        return deepcopy(without_adapters(loaded)).requires_grad_(True)


MODULE_PARAMETERS = """
**module_parameters : dict
    `module__x` is the argument `x` of `module`, in the constructor, in `set_params` and in
    searches.
"""

ATTRIBUTES = f"""
{TRAINING_ATTRIBUTES.strip()}
module_ : torch.nn.Module
    A copy of the fitted module, on the CPU in eval mode.
"""

REFERENCES = TRAINING_REFERENCES
