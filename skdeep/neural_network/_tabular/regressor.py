"""TabularRegressor."""

from dataclasses import KW_ONLY
from typing import Annotated, Any

import numpy as np
from sklearn.base import RegressorMixin
from sklearn.utils import Tags

from skdeep._estimator.parameters import Parameter, estimator
from skdeep._scikit_learn import StrOptions
from skdeep.neural_network._tabular.base import BaseTabular
from skdeep.neural_network._tabular.number_answer import NUMBER_LOSSES, NumberAnswer
from skdeep.neural_network._tabular.parameters import ATTRIBUTES, REFERENCES

_SECTIONS = {
    "attributes": f"""
{ATTRIBUTES.strip()}
oof_prediction_ : ndarray of shape (n_samples,) or (n_samples, n_outputs)
    Prediction of every training row by networks that have not seen it; NaN for rows of weight 0
    and for rows that are in no test part.
""",
    "references": f"""
{REFERENCES.strip()}
.. [9] R. Barber, E. Candes, A. Ramdas and R. Tibshirani (2021), "Predictive inference with the
   jackknife+", Annals of Statistics 49; here around the mean of the networks.
""",
}


@estimator(**_SECTIONS)
class TabularRegressor(RegressorMixin, BaseTabular):
    """Regressor for tables as they are, with one or several targets and prediction intervals.

    One fit trains networks of several kinds on every fold of a cross-validation, all at once. Each
    network is evaluated on the fold that it has not seen; the kinds of network and the stopping
    times that predict these rows best make up the ensemble. The out-of-fold residuals give
    prediction intervals with the coverage asked for, which are wider for rows where larger
    residuals are to be expected.

    Numbers are scaled robustly [1]_ and expanded by piecewise-linear encodings [2]_ or cosines
    [3]_; categories become one-hot columns where they are few, else embeddings. Scales, bins and
    categories are learned from the training rows of each fold only. Predictions stay within the
    range of y.

    Parameters
    ----------
    loss : {'squared_error', 'absolute_error', 'poisson', 'gamma'}, default='squared_error'
        Loss: half the squared error, the absolute error, or half the Poisson or gamma deviance (the
        networks then predict the logarithm), for counts and positive numbers. With 'squared_error',
        where y is nowhere negative and skewed to the right (a skewness above 1), networks learn the
        logarithm of the mean with the Poisson deviance, times the mean of y; they are still chosen
        by the squared error.

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
    oof_prediction_ : ndarray of shape (n_samples,) or (n_samples, n_outputs)
        Prediction of every training row by networks that have not seen it; NaN for rows of weight 0
        and for rows that are in no test part.

    See Also
    --------
    TabularClassifier : The same for classes.
    MLPRegressor : One perceptron, for rows that are numbers already.

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
    .. [9] R. Barber, E. Candes, A. Ramdas and R. Tibshirani (2021), "Predictive inference with the
       jackknife+", Annals of Statistics 49; here around the mean of the networks.

    Examples
    --------
    >>> from sklearn.datasets import load_diabetes
    >>> from skdeep.neural_network import TabularRegressor
    >>> X, y = load_diabetes(return_X_y=True, as_frame=True)
    >>> model = TabularRegressor(effort="fast", random_state=0).fit(X, y)
    >>> bool(model.score(X, y) > 0.4)
    True
    >>> model.predict_interval(X, coverage=0.9).shape
    (442, 2)
    """

    _: KW_ONLY
    loss: Annotated[
        str,
        Parameter(
            f"""{{{", ".join(map(repr, NUMBER_LOSSES))}}}

            Loss: half the squared error, the absolute error, or half the Poisson or gamma deviance
            (the networks then predict the logarithm), for counts and positive numbers. With
            'squared_error', where y is nowhere negative and skewed to the right (a skewness above
            1), networks learn the logarithm of the mean with the Poisson deviance, times the mean
            of y; they are still chosen by the squared error.""",
            StrOptions(set(NUMBER_LOSSES)),
        ),
    ] = "squared_error"

    def __init__(
        self,
        *,
        loss: str = "squared_error",
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
        self.loss = loss
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
        self._answer: NumberAnswer = NumberAnswer(self.loss, self.unlabeled_label)

    def _take_out_of_fold(self, predictions: np.ndarray) -> None:
        self.oof_prediction_ = predictions

    def predict(self, X: Any, return_std: bool = False) -> Any:
        """Predict numbers.

        Parameters
        ----------
        X : {array-like, sparse matrix, DataFrame} of shape (n_samples, n_features)
        return_std : bool, default=False
            Whether to return a standard deviation of y around its prediction as well.

        Returns
        -------
        y_mean : ndarray of shape (n_samples,) or (n_samples, n_outputs)
        y_std : ndarray of the same shape
            Only if `return_std` is True. In units of y.
        """
        matrix = self._matrix(X)
        predicted, answer = self._mean_predictions(matrix), self._answer
        mean = answer.in_dimensions_of_y(predicted)
        if not return_std:
            return mean
        deviation = answer.residuals.std(answer.scales(predicted, matrix))
        return mean, answer.in_dimensions_of_y(deviation)

    def predict_interval(self, X: Any, coverage: float = 0.9) -> np.ndarray:
        """Predict bounds between which y lies with a given probability [9]_.

        Parameters
        ----------
        X : {array-like, sparse matrix, DataFrame} of shape (n_samples, n_features)
        coverage : float, default=0.9
            Between 0 and 1. Over all rows; y is as likely above as below.

        Returns
        -------
        ndarray of shape (n_samples, 2) or (n_samples, n_outputs, 2)
            Lower and upper bounds.

        Raises
        ------
        ValueError
            If `coverage` is not between 0 and 1.
        """
        matrix = self._matrix(X)
        predicted, answer = self._mean_predictions(matrix), self._answer
        scale = answer.scales(predicted, matrix)
        return answer.in_dimensions_of_y(answer.residuals.interval(predicted, coverage, scale))

    def predict_quantiles(self, X: Any, quantiles: Any = (0.1, 0.5, 0.9)) -> np.ndarray:
        """Predict quantiles of y.

        Parameters
        ----------
        X : {array-like, sparse matrix, DataFrame} of shape (n_samples, n_features)
        quantiles : array-like of float of shape (n_quantiles,), default=(0.1, 0.5, 0.9)
            Levels between 0 and 1.

        Returns
        -------
        ndarray of shape (n_samples, n_quantiles) or (n_samples, n_outputs, n_quantiles)

        Raises
        ------
        ValueError
            If a level is not between 0 and 1.
        """
        matrix = self._matrix(X)
        predicted, answer = self._mean_predictions(matrix), self._answer
        scale = answer.scales(predicted, matrix)
        return answer.in_dimensions_of_y(answer.residuals.quantiles(predicted, quantiles, scale))

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = True
        is_known = isinstance(self.loss, str) and self.loss in NUMBER_LOSSES  # `fit` checks it
        tags.target_tags.positive_only = is_known and NUMBER_LOSSES[self.loss].positive_only
        return tags
