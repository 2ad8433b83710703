"""What all estimators share: parameters declared once, state that carries its version."""

from skdeep.base._availability import UnavailableMethodError, available_unless
from skdeep.base._parameters import (
    Parameter,
    estimator,
    shared_docstring,
    validate_parameters,
)
from skdeep.base._state import OtherVersionWarning, VersionedState, unchanged_on_error

__all__ = [
    "OtherVersionWarning",
    "Parameter",
    "UnavailableMethodError",
    "VersionedState",
    "available_unless",
    "estimator",
    "shared_docstring",
    "unchanged_on_error",
    "validate_parameters",
]
