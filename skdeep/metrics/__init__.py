"""Scores of predicted masks and boxes."""

from skdeep.metrics._detection import mean_average_precision as mean_average_precision
from skdeep.metrics._segmentation import mean_iou as mean_iou

# All that was imported: a name stands in one place.
__all__ = sorted(name for name in dir() if not name.startswith("_"))
