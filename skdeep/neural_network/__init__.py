"""Neural networks as scikit-learn estimators."""

from skdeep.neural_network._image.estimators import ImageClassifier
from skdeep.neural_network._image.image_regressor import ImageRegressor
from skdeep.neural_network._localization.detector import ObjectDetector
from skdeep.neural_network._localization.segmenter import ImageSegmenter
from skdeep.neural_network._mlp.estimators import MLPClassifier
from skdeep.neural_network._mlp.mlp_regressor import MLPRegressor
from skdeep.neural_network._own_module.estimators import NeuralNetClassifier
from skdeep.neural_network._own_module.neural_net_regressor import NeuralNetRegressor
from skdeep.neural_network._sequence.estimators import SequenceClassifier
from skdeep.neural_network._sequence.sequence_regressor import SequenceRegressor
from skdeep.neural_network._tabular.classifier import TabularClassifier
from skdeep.neural_network._tabular.regressor import TabularRegressor
from skdeep.neural_network._text.estimators import TextClassifier
from skdeep.neural_network._text.text_regressor import TextRegressor

__all__ = [
    "ImageClassifier",
    "ImageRegressor",
    "ImageSegmenter",
    "MLPClassifier",
    "MLPRegressor",
    "NeuralNetClassifier",
    "NeuralNetRegressor",
    "ObjectDetector",
    "SequenceClassifier",
    "SequenceRegressor",
    "TabularClassifier",
    "TabularRegressor",
    "TextClassifier",
    "TextRegressor",
]
