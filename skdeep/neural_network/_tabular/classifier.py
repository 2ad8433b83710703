"""TabularClassifier."""

from dataclasses import KW_ONLY
from typing import Annotated, Any

import numpy as np
from sklearn.base import ClassifierMixin
from sklearn.utils import Tags

from skdeep._estimator.network.training_parameters import FRACTION
from skdeep._estimator.parameters import Parameter, estimator
from skdeep._scikit_learn import StrOptions
from skdeep.neural_network._tabular.base import BaseTabular
from skdeep.neural_network._tabular.class_answer import ClassAnswer
from skdeep.neural_network._tabular.parameters import ATTRIBUTES, REFERENCES

_SECTIONS = {
    "attributes": f"""
{ATTRIBUTES.strip()}
classes_ : ndarray of shape (n_classes,)
    Labels, sorted.
oof_predict_proba_ : ndarray of shape (n_samples, n_classes)
    Calibrated probabilities of every training row, by networks that have not seen it; NaN for
    rows of weight 0 and for rows that are in no test part.
temperature_ : float
    What the logarithms of the probabilities of new rows are divided by, to calibrate them [9]_.
    Out-of-fold probabilities, which come from fewer networks, have a temperature of their own.
""",
    "references": f"""
{REFERENCES.strip()}
.. [9] C. Guo et al. (2017), "On calibration of modern neural networks", arXiv:1706.04599.
""",
}


@estimator(**_SECTIONS)
class TabularClassifier(ClassifierMixin, BaseTabular):
    """Classifier of tables as they are: numbers, categories, dates, missing values.

    One fit trains networks of several kinds on every fold of a cross-validation, all at once. Each
    network is evaluated on the fold that it has not seen; the kinds of network and the stopping
    times that predict these rows best make up the ensemble. So one fit gives bagging, diverse
    networks, early stopping, calibrated probabilities and out-of-fold predictions.

    Numbers are scaled robustly [1]_ and expanded by piecewise-linear encodings [2]_ or cosines
    [3]_; categories become one-hot columns where they are few, else embeddings. Scales, bins and
    categories are learned from the training rows of each fold only.

    Parameters
    ----------
    class_weight : dict, 'balanced' or None, default=None
        Weights of the classes, multiplied with the sample weights.

    label_smoothing : float in [0, 1), default=0.0
        Share of the target that is spread evenly over the classes.

    effort : {'fast', 'default', 'best'}, default='default'
        How much a fit computes: it decides the numbers of folds, of updates and of networks.

    max_time : float or None, default=None
        Seconds that `fit` may take; training is planned to need no longer, and ends with the epoch
        in which the time is up. None is no limit.

    categorical_features : 'from_dtype', None or array-like of {bool, int, str} of shape \
(n_features,) or (n_categorical_features,), default='from_dtype'
        Which features are categories. 'from_dtype' is those of category, string, object and boolean
        dtypes, and None is none of them; or give a mask, indices or names.

    architecture : {'mlp', 'resnet', 'transformer', 'tabm'}, default='mlp'
        Kind of network: perceptrons; residual networks [4]_; Transformers over the columns [4]_; or
        perceptrons with heads that share all weights but those of their inputs and outputs [5]_.

    interactions : {'cross'} or None, default=None
        'cross' adds to all networks a part that multiplies features explicitly [6]_, which suits
        click logs. Not for 'transformer'. With None no network has it, except one kind of network
        of a regressor where rows and columns are few.

    hidden_layer_sizes : array-like of int or 'auto', default='auto'
        Number of units in every hidden layer (or block), the same in all of them; 'auto' depends on
        `effort`, `architecture` and the number of rows.

    cv : int, cross-validation generator, iterable or None, default=None
        Folds of the cross-validation: every network is trained on all of them but one and evaluated
        on that one. An int is a number of shuffled (for classes, stratified) folds, and None a
        number that depends on `effort`; with `groups` no group is in two folds. Pass
        `TimeSeriesSplit` for rows ordered in time.

    unlabeled_label : object or None, default=None
        Value of y that marks rows of unknown target, such as -1 or NaN. Networks are then trained
        again, after learning to restore swapped cells of all rows (Yoon et al. 2020), and with
        pseudo-labels: their own predictions of these rows, where they are sure [8]_. Those of the
        resulting networks that lower the out-of-fold loss are used. None if every target is known.

    learning_rate_init : float or 'auto', default='auto'
        Highest learning rate; 'auto' draws one for each network.

    weight_decay : float or 'auto', default='auto'
        Decoupled weight decay; 'auto' draws one for each network.

    dropout : float in [0, 1) or 'auto', default='auto'
        Probability of dropping a hidden unit; 'auto' draws one for each network. Not for
        'transformer'.

    batch_size : int or 'auto', default='auto'
        Rows in a batch; 'auto' depends on the number of all rows.

    max_iter : int or 'auto', default='auto'
        Number of epochs, rounded so that the cycles of the learning rate end with epochs. 'auto'
        depends on `effort` and the number of rows; networks that overfit train for about half as
        many, and, unless `effort` is 'fast', those that still improve much for about twice as many.

    random_state : int, RandomState instance or None, default=None
        Seed of the folds, the hyperparameters drawn, initial weights, batches and dropout.

    verbose : bool, default=False
        Whether to print what is trained and chosen.

    Attributes
    ----------
    n_features_in_ : int
        Number of features.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Names of the features, where X has any.
    is_categorical_ : ndarray of shape (n_features_in_,)
        Which features were taken as categories.
    feature_importances_ : ndarray of shape (n_features_in_,)
        Permutation importances [7]_: by how much the out-of-fold loss rises when the values of a
        feature are shuffled, on some hundreds of rows, divided by their sum; not negative.
    splits_ : list of (ndarray, ndarray)
        Rows on which the networks of each fold were trained, and those on which they were
        evaluated.
    candidates_ : list of dict
        Every configuration of networks, at the end of each cycle of its training: 'architecture',
        'hidden_layers', 'features', 'unlabeled' (how it learned from rows of unknown target:
        'denoising', 'guesses' (pseudo-labels), both or neither), 'n_iter', 'loss' (out of fold) and
        'share' (its weight in the predictions).
    loss_curves_ : list of list of float
        Training losses of every network, epoch by epoch.
    validation_loss_curves_ : list of list of float
        Out-of-fold losses of every network, at the end of each of its cycles.
    n_iter_ : int
        Number of epochs of the networks that trained longest.
    n_estimators_ : int
        Number of networks that predict.
    classes_ : ndarray of shape (n_classes,)
        Labels, sorted.
    oof_predict_proba_ : ndarray of shape (n_samples, n_classes)
        Calibrated probabilities of every training row, by networks that have not seen it; NaN for
        rows of weight 0 and for rows that are in no test part.
    temperature_ : float
        What the logarithms of the probabilities of new rows are divided by, to calibrate them [9]_.
        Out-of-fold probabilities, which come from fewer networks, have a temperature of their own.

    See Also
    --------
    TabularRegressor : The same for numbers.
    MLPClassifier : One perceptron, for rows that are numbers already.

    References
    ----------
    .. [1] D. Holzmueller, L. Grinsztajn and I. Steinwart (2024), "Better by default: strong
       pre-tuned MLPs and boosted trees on tabular data", arXiv:2407.04491.
    .. [2] Y. Gorishniy, I. Rubachev and A. Babenko (2022), "On embeddings for numerical features in
       tabular deep learning", arXiv:2203.05556.
    .. [3] A. Rahimi and B. Recht (2007), "Random features for large-scale kernel machines", NIPS.
    .. [4] Y. Gorishniy, I. Rubachev, V. Khrulkov and A. Babenko (2021), "Revisiting deep learning
       models for tabular data", arXiv:2106.11959.
    .. [5] Y. Gorishniy, A. Kotelnikov and A. Babenko (2024), "TabM: advancing tabular deep learning
       with parameter-efficient ensembling", arXiv:2410.24210.
    .. [6] R. Wang et al. (2021), "DCN V2: improved deep and cross network", arXiv:2008.13535.
    .. [7] L. Breiman (2001), "Random forests", Machine Learning 45.
    .. [8] D.-H. Lee (2013), "Pseudo-label: the simple and efficient semi-supervised learning method
       for deep neural networks", ICML workshop on challenges in representation learning.
    .. [9] C. Guo et al. (2017), "On calibration of modern neural networks", arXiv:1706.04599.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from skdeep.neural_network import TabularClassifier
    >>> X, y = load_iris(return_X_y=True, as_frame=True)
    >>> model = TabularClassifier(effort="fast", random_state=0).fit(X, y)
    >>> bool(model.score(X, y) > 0.95)
    True
    >>> model.oof_predict_proba_.shape
    (150, 3)
    """

    _: KW_ONLY
    class_weight: Annotated[
        dict[Any, float] | str | None,
        Parameter(
            """dict, 'balanced' or None

            Weights of the classes, multiplied with the sample weights.""",
            StrOptions({"balanced"}),
            dict,
            None,
        ),
    ] = None
    label_smoothing: Annotated[
        float,
        Parameter(
            "float in [0, 1)\n\nShare of the target that is spread evenly over the classes.",
            FRACTION,
        ),
    ] = 0.0

    def __init__(
        self,
        *,
        class_weight: dict[Any, float] | str | None = None,
        label_smoothing: float = 0.0,
        effort: str = "default",
        max_time: float | None = None,
        categorical_features: Any = "from_dtype",
        architecture: str = "mlp",
        interactions: str | None = None,
        hidden_layer_sizes: Any = "auto",
        cv: Any = None,
        unlabeled_label: Any = None,
        learning_rate_init: float | str = "auto",
        weight_decay: float | str = "auto",
        dropout: float | str = "auto",
        batch_size: int | str = "auto",
        max_iter: int | str = "auto",
        random_state: Any = None,
        verbose: Any = False,
    ) -> None:
        self.class_weight = class_weight
        self.label_smoothing = label_smoothing
        self.effort = effort
        self.max_time = max_time
        self.categorical_features = categorical_features
        self.architecture = architecture
        self.interactions = interactions
        self.hidden_layer_sizes = hidden_layer_sizes
        self.cv = cv
        self.unlabeled_label = unlabeled_label
        self.learning_rate_init = learning_rate_init
        self.weight_decay = weight_decay
        self.dropout = dropout
        self.batch_size = batch_size
        self.max_iter = max_iter
        self.random_state = random_state
        self.verbose = verbose

    def _set_answer(self) -> None:
        self._answer: ClassAnswer = ClassAnswer(
            self.class_weight, self.label_smoothing, self.unlabeled_label, type(self).__name__
        )

    def _take_out_of_fold(self, predictions: np.ndarray) -> None:
        self.classes_ = self._answer.target.classes_
        self.temperature_ = 1.0 / self._answer.sharpness
        self.oof_predict_proba_ = predictions

    def predict_proba(self, X: Any) -> np.ndarray:
        """Predict calibrated probabilities; the columns are those of `classes_`.

        Parameters
        ----------
        X : {array-like, sparse matrix, DataFrame} of shape (n_samples, n_features)

        Returns
        -------
        ndarray of shape (n_samples, n_classes)
        """
        predictions = self._mean_predictions(self._matrix(X))
        return self._answer.probabilities(predictions)

    def predict_log_proba(self, X: Any) -> np.ndarray:
        """Predict logarithms of calibrated probabilities.

        Parameters
        ----------
        X : {array-like, sparse matrix, DataFrame} of shape (n_samples, n_features)

        Returns
        -------
        ndarray of shape (n_samples, n_classes)
        """
        with np.errstate(divide="ignore"):
            return np.log(self.predict_proba(X))

    def predict(self, X: Any) -> np.ndarray:
        """Predict labels.

        Parameters
        ----------
        X : {array-like, sparse matrix, DataFrame} of shape (n_samples, n_features)

        Returns
        -------
        ndarray of shape (n_samples,) or (n_samples, n_labels)
        """
        probabilities = self.predict_proba(X)
        return self._answer.labels(probabilities)

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_label = True
        return tags
