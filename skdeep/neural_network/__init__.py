"""Neural networks as scikit-learn estimators."""

from skdeep.neural_network._mlp_classifier import MLPClassifier
from skdeep.neural_network._mlp_regressor import MLPRegressor

__all__ = ["MLPClassifier", "MLPRegressor"]
