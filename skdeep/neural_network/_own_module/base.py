"""What NeuralNetClassifier and NeuralNetRegressor do beside other networks: modules of any kind."""

import math
from abc import abstractmethod
from copy import deepcopy
from dataclasses import replace
from typing import Any

import numpy as np
import scipy.sparse
import torch
from sklearn.utils import check_array, check_consistent_length
from sklearn.utils.validation import check_is_fitted, validate_data
from torch import nn

from skdeep._encoding.memory import TORCH_DTYPES
from skdeep._encoding.named_arrays import NamedArrays
from skdeep._encoding.rows import resolve_device
from skdeep._engine.modules.outputs import OutputParts, without_adapters
from skdeep._engine.packing.flat import flat_vector
from skdeep._engine.packing.trial import module_traits
from skdeep._engine.training.losses import Loss
from skdeep._engine.training.own_loss import is_criterion, own_loss, own_loss_key
from skdeep._estimator.network.built_module import BuiltModule, gains_from_double, parameter_shapes
from skdeep._estimator.network.built_network import TRIAL_ROWS, BuiltNetwork
from skdeep._estimator.network.equal_rows import with_equal_rows_merged
from skdeep._estimator.network.fit_data import FitData
from skdeep._estimator.network.module_arguments import module_arguments, module_name
from skdeep._estimator.network.module_maker import ModuleMaker, checked_prediction, tried
from skdeep._estimator.network.row_formats import row_format
from skdeep.neural_network._own_module.module_parameters import ModuleParameters
from skdeep.neural_network._own_module.parameters import NeuralNetParameters

_INTEGERS = (np.int64, np.int32, np.int16, np.int8, np.uint32, np.uint16, np.uint8)
# Multiplications a row up to which predictions are computed in double precision.
_MOST_IN_DOUBLE = 1 << 16


class BaseNeuralNet(ModuleParameters, NeuralNetParameters, BuiltNetwork):
    """Base of NeuralNetClassifier and NeuralNetRegressor."""

    @property
    def _input_options(self) -> dict[str, Any]:
        return {"allow_nd": True}

    def _validated(self, X: Any, y: Any = "no_validation", *, dtype: Any, reset: bool) -> Any:
        floats = dtype if isinstance(dtype, tuple) else (dtype,)
        dtypes = [*floats, *_INTEGERS]
        if isinstance(X, dict) and not scipy.sparse.issparse(X):  # a DOK matrix is a dict
            X = NamedArrays(X)
        if isinstance(X, NamedArrays):
            validated = self._validated_arrays(X, y, dtype=dtypes, reset=reset)
        else:
            X = _array_of_integers(X) if isinstance(X, list | tuple) else X
            validated = super()._validated(X, y, dtype=dtypes, reset=reset)
        if reset:
            return validated
        X, *rest = validated if isinstance(validated, tuple) else (validated,)
        maker = self._built.maker
        maker.rows.check(X, type(self).__name__)
        X = maker.cast(X)
        return (X, *rest) if rest else X

    def _validated_arrays(self, X: NamedArrays, y: Any, *, dtype: Any, reset: bool) -> Any:
        for name in ("n_features_in_", "feature_names_in_"):
            if reset and hasattr(self, name):  # of a fit to a single array
                delattr(self, name)
        arrays = {}
        for name, array in X.arrays.items():
            try:
                with np.errstate(over="ignore", invalid="ignore"):
                    arrays[name] = check_array(
                        array,
                        dtype=dtype,
                        order="C",
                        ensure_2d=False,
                        allow_nd=True,
                        estimator=self,
                        input_name=f"X[{name!r}]",
                    )
            except (TypeError, ValueError) as error:
                raise ValueError(f"In X[{name!r}]: {error}") from error
        X = NamedArrays(arrays)
        if isinstance(y, str) and y == "no_validation":
            return X
        y = validate_data(self, y=y, reset=reset, multi_output=True, y_numeric=self._is_regressor)
        check_consistent_length(X, y)
        return X, y

    def _training_dtype(self, X: Any, accepted: Any) -> np.dtype:
        arrays = X.arrays.values() if isinstance(X, NamedArrays) else [X]
        floats = [array.dtype for array in arrays if array.dtype.kind == "f"]
        if floats:
            return np.result_type(*floats)
        return np.dtype(accepted[0] if isinstance(accepted, tuple) else accepted)

    def _encode(
        self, X: Any, y: Any, sample_weight: Any, continuing: bool, classes: Any
    ) -> FitData:
        data = super()._encode(X, y, sample_weight, continuing, classes)
        if not (continuing and self._is_as_fitted()):
            self._build(data, continuing)
        data.X = self._built.maker.cast(data.X)
        self._target = self._target.for_outputs(self._built.maker.n_outputs)
        if not self._may_merge_rows(data):
            return data
        return with_equal_rows_merged(data, fewest=1 if self._takes_one_row else 2)

    def _may_merge_rows(self, data: FitData) -> bool:
        """Whether a step sees all rows, so that neither their order nor equal ones matter."""
        if not self.shuffle or self._learns_all_outputs:  # a function may look at the whole batch
            return False
        if self.solver == "lbfgs":
            return True
        n_rows = data.X.shape[0] if data.kept is None else len(data.kept)
        return self.batch_size == "auto" and n_rows <= self._automatic_batch_size(n_rows)

    def _is_as_fitted(self) -> bool:
        if isinstance(self.module, nn.Module):  # which may have changed since
            return False
        unchanged = self._parameters_built is self._module_parameters
        same_use = self._choices_built == self._choices
        return unchanged and same_use and self._built.maker.module is self.module

    @property
    def _choices(self) -> tuple[Any, ...]:
        """What else a built module hangs on."""
        return self.input_dtype, self._learns_all_outputs, self._n_outputs_expected

    @property
    def _learns_all_outputs(self) -> bool:
        """Whether the loss is given all that the module returns, not the prediction alone."""
        return callable(self.loss) and not is_criterion(self.loss)

    def _build(self, data: FitData, continuing: bool) -> None:
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

    @property
    def _n_trained_outputs(self) -> int:
        return self._target.n_outputs + self._built.maker.n_extra

    def _make_loss(self) -> tuple[Loss, tuple[Any, ...]]:
        if not callable(self.loss):
            return super()._make_loss()  # type: ignore[safe-super]  # that of the next in line
        kind, parts = self._target.loss_kind, self._built.maker.parts
        return own_loss(self.loss, kind, parts), (own_loss_key(self.loss), kind, parts)

    @property
    def module_(self) -> nn.Module:
        """A copy of the fitted module, on the CPU in eval mode."""
        check_is_fitted(self)
        device = torch.device("cpu")
        loaded = self._built.loaded(self._weights, self._buffers, device)
        return deepcopy(without_adapters(loaded)).requires_grad_(True)


def _array_of_integers(X: Any) -> Any:
    """An array where all of a list are integers, which scikit-learn would take for floats."""
    try:
        array = np.asarray(X)
    except ValueError:  # rows of several lengths; it says so better
        return X
    return array if array.dtype.kind in "iu" else X
