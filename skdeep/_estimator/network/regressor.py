"""What regressors that train one network share: parameters of the loss, the units of y."""

from dataclasses import KW_ONLY
from numbers import Real
from typing import Annotated, Any

import numpy as np
from sklearn.base import RegressorMixin

from skdeep._encoding.targets import RegressionTarget, column_target, numeric_target
from skdeep._engine.training.losses import REGRESSOR_LOSSES, Loss, make_loss
from skdeep._estimator.availability import available_unless
from skdeep._estimator.network.base import BaseNetwork
from skdeep._estimator.network.training_parameters import POSITIVE
from skdeep._estimator.parameters import Parameter, estimator
from skdeep._scikit_learn import Interval, StrOptions


@estimator
class NetworkRegressor(RegressorMixin, BaseNetwork):
    """Base of the regressors that train one network."""

    _: KW_ONLY
    loss: Annotated[
        str,
        Parameter(
            """{'squared_error', 'absolute_error', 'huber', 'poisson', 'gamma', 'quantile'}

            Loss: half the squared error, the absolute error, Huber's, half the Poisson or gamma
            deviance (the network then predicts the logarithm), or the pinball loss.""",
            StrOptions(set(REGRESSOR_LOSSES)),
        ),
    ] = "squared_error"
    normalize_y: Annotated[
        bool,
        Parameter(
            """bool

            Whether the network learns y standardised (divided by its mean for 'poisson' and
            'gamma'), with weighted statistics of the training rows; those of the first call for
            `partial_fit`. False is scikit-learn's way.""",
            "boolean",
        ),
    ] = True
    huber_delta: Annotated[
        float,
        Parameter(
            """float

            Residual beyond which 'huber' is linear; in standard deviations of y with
            `normalize_y`, else in units of y.""",
            POSITIVE,
        ),
    ] = 1.0
    quantile: Annotated[
        float,
        Parameter(
            "float in (0, 1)\n\nLevel of 'quantile'.", Interval(Real, 0, 1, closed="neither")
        ),
    ] = 0.5

    @property
    def _is_regressor(self) -> bool:
        return True

    def _make_loss(self) -> tuple[Loss, tuple[Any, ...]]:
        loss = make_loss(
            self.loss, "regression", huber_delta=self.huber_delta, quantile=self.quantile
        )
        detail = {"huber": self.huber_delta, "quantile": self.quantile}.get(self.loss)
        return loss, (self.loss, detail)

    def _encode_target(
        self,
        y: np.ndarray,
        weight: np.ndarray | None,
        kept: np.ndarray | None,
        continuing: bool,
        classes: Any,
    ) -> tuple[np.ndarray, np.ndarray | None]:
        y = column_target(numeric_target(y))
        known = getattr(self, "_target", None) if continuing else None
        if known is None:
            rows = slice(None) if kept is None else kept
            seen_weight = None if weight is None else weight[rows]
            known = RegressionTarget(y[rows], seen_weight, self.loss, self.normalize_y)
        self._target: RegressionTarget = known.for_loss(self.loss)
        return y, weight

    def _encode_validation_target(
        self, y: np.ndarray, weight: np.ndarray | None
    ) -> tuple[np.ndarray, np.ndarray | None]:
        return column_target(numeric_target(y, "y_val")), weight

    @available_unless(BaseNetwork._check_partial_fit)
    def partial_fit(self, X: Any, y: Any, sample_weight: Any = None):
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

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = True
        return tags
