"""What SequenceClassifier and SequenceRegressor do beside other networks: sequences of any length."""

from abc import abstractmethod
from typing import Any

import numpy as np
import torch
from sklearn.utils.validation import (
    check_consistent_length,
    check_is_fitted,
    column_or_1d,
)
from torch import nn

from skdeep.encoding import TORCH_DTYPES, SequenceArray, as_rows, read_series, resolve_device
from skdeep.modules import NetworkEnsemble
from skdeep.neural_network._built_module import BuiltModule
from skdeep.neural_network._fit_data import FitData
from skdeep.neural_network._member import resumed_state
from skdeep.neural_network._module_maker import ModuleMaker
from skdeep.neural_network._network_base import BaseNetwork
from skdeep.neural_network._sequence_networks import sequence_networks
from skdeep.neural_network._sequence_parameters import SequenceParameters
from skdeep.training import (
    Augmentation,
    Loss,
    Rows,
    module_outputs,
    safe_after_fork,
    with_networks,
)
