"""How well masks and boxes are predicted."""

from skdeep.metrics._mean_average_precision import mean_average_precision
from skdeep.metrics._mean_iou import mean_iou

__all__ = ["mean_average_precision", "mean_iou"]
