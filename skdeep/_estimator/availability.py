"""Methods that exist only for some parameters, and explain why when they do not."""

from collections.abc import Callable
from functools import update_wrapper
from types import MethodType
from typing import Any


class UnavailableMethodError(AttributeError, ValueError):
    """A method that the parameters rule out: `hasattr` is False, and a call raises this error."""


class available_unless:  # noqa: N801  (a decorator)
    """Offer a method unless a check of the estimator raises `UnavailableMethodError`.

    Parameters
    ----------
    check : callable
        Takes the estimator.
    """

    def __init__(self, check: Callable[[Any], None]):
        self.check = check
        self.method: Callable[..., Any]

    def __call__(self, method: Callable[..., Any]) -> "available_unless":
        self.method = method
        update_wrapper(self, method)
        return self

    def __get__(self, instance: Any, owner: type) -> Callable[..., Any]:
        if instance is None:
            return self.method
        self.check(instance)
        return MethodType(self.method, instance)
