# Every public name of skdeep and the package that it lives in, in one line each. `__init__.py`
# reads this file when it is imported; editors and type checkers read it as it is.

from skdeep._encoding.named_arrays import NamedArrays as NamedArrays
from skdeep._version import __version__ as __version__
from skdeep.ensemble import ConvexStackingClassifier as ConvexStackingClassifier
from skdeep.ensemble import ConvexStackingRegressor as ConvexStackingRegressor
from skdeep.ensemble import EnsembleSelectionClassifier as EnsembleSelectionClassifier
from skdeep.ensemble import EnsembleSelectionRegressor as EnsembleSelectionRegressor
from skdeep.ensemble import StackingClassifier as StackingClassifier
from skdeep.ensemble import StackingRegressor as StackingRegressor
from skdeep.ensemble import blend as blend
from skdeep.model_selection import LastBlockSplit as LastBlockSplit
from skdeep.neural_network import ImageClassifier as ImageClassifier
from skdeep.neural_network import ImageRegressor as ImageRegressor
from skdeep.neural_network import ImageSegmenter as ImageSegmenter
from skdeep.neural_network import MLPClassifier as MLPClassifier
from skdeep.neural_network import MLPRegressor as MLPRegressor
from skdeep.neural_network import NeuralNetClassifier as NeuralNetClassifier
from skdeep.neural_network import NeuralNetRegressor as NeuralNetRegressor
from skdeep.neural_network import ObjectDetector as ObjectDetector
from skdeep.neural_network import SequenceClassifier as SequenceClassifier
from skdeep.neural_network import SequenceRegressor as SequenceRegressor
from skdeep.neural_network import TabularClassifier as TabularClassifier
from skdeep.neural_network import TabularRegressor as TabularRegressor
from skdeep.neural_network import TextClassifier as TextClassifier
from skdeep.neural_network import TextRegressor as TextRegressor
