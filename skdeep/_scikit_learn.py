"""The one door to what scikit-learn keeps private.

scikit-learn may move or change any of these names with its next release. Everything else in skdeep
imports them from here. Each stands with the reason for it, and with the public name that would
take its place if there were one.
"""

from importlib import import_module
from typing import Any

# Constraints of parameters. There is no public way to say what a parameter may be; without it,
# errors would not be those of scikit-learn's own estimators.
from sklearn.utils import _param_validation as _constraints

# A column of a frame, sparse matrix or array by its name, mask or number. Public: none;
# `ColumnTransformer` selects by it, but copies.
from sklearn.utils._indexing import _get_column_indices as get_column_indices

# Rows of whatever scikit-learn takes as X or y: lists, frames, sparse matrices, arrays. Public:
# `sklearn.utils.resample(replace=False)`, which shuffles.
from sklearn.utils._indexing import _safe_indexing as safe_indexing

# Boxes of the HTML view. Public: none; other meta-estimators return it from `_sk_visual_block_`.
from sklearn.utils._repr_html.estimator import _VisualBlock as VisualBlock

# The error for metadata that is not requested. Public: `process_routing`, which says nothing of it
# where routing is switched off.
from sklearn.utils.metadata_routing import _raise_for_params as raise_for_params

# X and y of a split, with the rows of a precomputed kernel. Public: none.
from sklearn.utils.metaestimators import _safe_split as safe_split

# Names of columns to make others from, checked against those of the fit. Public:
# `ClassNamePrefixFeaturesOutMixin`, for transformers whose columns have no names of their own.
from sklearn.utils.validation import _check_feature_names_in as check_feature_names_in

# Metadata of the rows of a split. Public: none.
from sklearn.utils.validation import _check_method_params as check_method_params

# The first of several methods that an estimator has. Public: none.
from sklearn.utils.validation import _check_response_method as check_response_method

# Weights as an array of one number a row. Public: none; every estimator of scikit-learn's calls it.
from sklearn.utils.validation import _check_sample_weight as check_sample_weight

# Whether something is an array, list or frame. Public: none.
from sklearn.utils.validation import _is_arraylike as is_arraylike

# Columns, and rows, of whatever scikit-learn takes as X. Public: `check_array(X).shape`, which
# copies, and refuses what bases may take.
from sklearn.utils.validation import _num_features as num_features
from sklearn.utils.validation import _num_samples as num_samples

HasMethods = _constraints.HasMethods
Interval = _constraints.Interval
InvalidParameterError = _constraints.InvalidParameterError
Options = _constraints.Options
RealNotInt = _constraints.RealNotInt
StrOptions = _constraints.StrOptions
validate_parameter_constraints = _constraints.validate_parameter_constraints

# Names, `get_params` and `set_params` of estimators in a list of pairs. Public: none. Looked up
# when it is asked for: networks alone need no `sklearn.ensemble`, which takes a while to import.
BaseHeterogeneousEnsemble: Any
_LATER = {"BaseHeterogeneousEnsemble": ("sklearn.ensemble._base", "_BaseHeterogeneousEnsemble")}

# Methods and attributes of scikit-learn's own classes that are used by name.
PRIVATE_ATTRIBUTES = {
    # Parameters checked against `_parameter_constraints`, with scikit-learn's messages.
    "sklearn.base.BaseEstimator": ("_validate_params", "_get_param_names"),
    # Callbacks of a fit. Public: none yet; the protocol is experimental.
    "sklearn.callback.CallbackSupportMixin": ("_init_callback_context",),
    # Parameters of estimators in a list of pairs.
    "sklearn.utils.metaestimators._BaseComposition": (
        "_get_params",
        "_set_params",
        "_validate_names",
    ),
    # What an estimator asks of metadata. Public: `get_metadata_routing`, which resolves aliases.
    "sklearn.utils._metadata_requests._MetadataRequester": ("_get_metadata_request",),
}

__all__ = [
    "PRIVATE_ATTRIBUTES",
    "BaseHeterogeneousEnsemble",
    "HasMethods",
    "Interval",
    "InvalidParameterError",
    "Options",
    "RealNotInt",
    "StrOptions",
    "VisualBlock",
    "check_feature_names_in",
    "check_method_params",
    "check_response_method",
    "check_sample_weight",
    "get_column_indices",
    "is_arraylike",
    "num_features",
    "num_samples",
    "raise_for_params",
    "safe_indexing",
    "safe_split",
    "validate_parameter_constraints",
]


def __getattr__(name: str) -> Any:
    if name not in _LATER:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module, private_name = _LATER[name]
    return getattr(import_module(module), private_name)
