"""What regressors that train one network share: parameters of the loss, the units of y."""

from dataclasses import KW_ONLY
from numbers import Real
from typing import Annotated, Any, Self

import numpy as np
from sklearn.base import RegressorMixin
from sklearn.utils import Tags

from skdeep._engine.training.losses import LOSSES, REGRESSOR_LOSSES
from skdeep._estimator.availability import available_unless
from skdeep._estimator.network.base import BaseNetwork
from skdeep._estimator.network.number_answer import NumberAnswer
from skdeep._estimator.network.training_parameters import POSITIVE
from skdeep._estimator.parameters import Parameter, one_of
from skdeep._scikit_learn import Interval


class NetworkRegressor(RegressorMixin, BaseNetwork):
    """Base of the regressors that train one network."""

    _: KW_ONLY
    loss: Annotated[
        str,
        one_of(
            {name: LOSSES[name] for name in REGRESSOR_LOSSES},
            "Loss. {words}.",
        ),
    ] = "squared_error"
    normalize_y: Annotated[
        bool,
        Parameter(
            """bool

            Whether the network learns the standardised y (for 'poisson' and 'gamma', y divided by
            its mean), by the weighted mean and standard deviation of the training rows (in
            `partial_fit`, of those of the first call). Predictions are in the units of y. False is
            what scikit-learn does.""",
            "boolean",
        ),
    ] = True
    huber_delta: Annotated[
        float,
        Parameter(
            """float

            Residual beyond which 'huber' is linear, in standard deviations of y with `normalize_y`,
            else in the units of y.""",
            POSITIVE,
        ),
    ] = 1.0
    quantile: Annotated[
        float,
        Parameter(
            "float in (0, 1)\n\nThe quantile that the loss 'quantile' estimates.",
            Interval(Real, 0, 1, closed="neither"),
        ),
    ] = 0.5

    _target: Any

    @property
    def _answer(self) -> NumberAnswer:
        return NumberAnswer(self.loss, self.normalize_y, self.huber_delta, self.quantile)

    @available_unless(BaseNetwork._check_partial_fit)
    def partial_fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:
        """Train for one epoch on the rows given, going on from the last call.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Training rows.
        y : array-like of shape (n_samples,) or (n_samples, n_outputs)
            Targets.
        sample_weight : array-like of shape (n_samples,), default=None
            Weights of the rows.

        Returns
        -------
        self : object
            The estimator.
        """
        return self._train(X, y, sample_weight, incremental=True)

    def predict(self, X: Any) -> np.ndarray:
        """Predict numbers.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)

        Returns
        -------
        ndarray of shape (n_samples,) or (n_samples, n_outputs)
        """
        outputs = self._outputs(X, activated=True)
        return outputs if self._target.ndim == 2 else outputs[:, 0]

    def __sklearn_tags__(self) -> Tags:
        tags = self._with_tags_of_reader(super().__sklearn_tags__())
        tags.target_tags.multi_output = True
        return tags
