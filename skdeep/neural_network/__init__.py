"""Neural networks as scikit-learn estimators."""

from skdeep.neural_network._image.estimators import ImageClassifier as ImageClassifier
from skdeep.neural_network._image.estimators import ImageRegressor as ImageRegressor
from skdeep.neural_network._localization.detector import ObjectDetector as ObjectDetector
from skdeep.neural_network._localization.segmenter import ImageSegmenter as ImageSegmenter
from skdeep.neural_network._mlp.estimators import MLPClassifier as MLPClassifier
from skdeep.neural_network._mlp.estimators import MLPRegressor as MLPRegressor
from skdeep.neural_network._own_module.estimators import NeuralNetClassifier as NeuralNetClassifier
from skdeep.neural_network._own_module.estimators import NeuralNetRegressor as NeuralNetRegressor
from skdeep.neural_network._sequence.estimators import SequenceClassifier as SequenceClassifier
from skdeep.neural_network._sequence.estimators import SequenceRegressor as SequenceRegressor
from skdeep.neural_network._tabular.classifier import TabularClassifier as TabularClassifier
from skdeep.neural_network._tabular.regressor import TabularRegressor as TabularRegressor
from skdeep.neural_network._text.estimators import TextClassifier as TextClassifier
from skdeep.neural_network._text.estimators import TextRegressor as TextRegressor

# All that was imported: a name stands in one place.
__all__ = sorted(name for name in dir() if not name.startswith("_"))
