"""Parameters `module__x`: arguments of a module, which no signature can declare."""

import functools
from collections.abc import Callable
from typing import Any, TypeVar

T = TypeVar("T")

_PREFIX = "module__"


class ModuleParameters:
    """`get_params` and `set_params` with the arguments of a module; `clone` asks these two."""

    # Bound anew by every change, so that it can be told whether there was one.
    _module_parameters: dict[str, Any]

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
        return {**super().get_params(deep=deep), **self._module_parameters}  # type: ignore[misc]

    def set_params(self, **params: Any):
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
        super().set_params(**others)  # type: ignore[misc]  # BaseEstimator is next in line
        if of_module:
            self._module_parameters = {**self._module_parameters, **of_module}
        return self

    @property
    def _module_arguments(self) -> dict[str, Any]:
        return {
            name.removeprefix(_PREFIX): value for name, value in self._module_parameters.items()
        }


def with_module_parameters(cls: type[T]) -> type[T]:
    """Let a constructor take `module__x` besides the parameters it declares."""
    declared: Callable[..., None] = cls.__init__

    @functools.wraps(declared)  # with its signature, where scikit-learn reads the names
    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: N807  (it becomes the method)
        of_module = {name: value for name, value in kwargs.items() if name.startswith(_PREFIX)}
        declared(self, *args, **{k: v for k, v in kwargs.items() if k not in of_module})
        self._module_parameters = of_module

    cls.__init__ = __init__  # type: ignore[method-assign]
    return cls
