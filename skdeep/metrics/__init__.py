"""How well masks and boxes are predicted."""

from skdeep.metrics._detection import mean_average_precision
from skdeep.metrics._segmentation import mean_iou

__all__ = ["mean_average_precision", "mean_iou"]
