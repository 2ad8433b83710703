"""X and y as users have them -> tensors, and answers back to labels."""

from skdeep.encoding.boxes import BoxTarget, box_labels, read_boxes
from skdeep.encoding.channel_array import RowArray
from skdeep.encoding.column_statistics import (
    bin_arrays,
    bin_counts,
    bin_edges,
    robust_scaling,
    spread_rows,
)
from skdeep.encoding.image_array import ImageArray, read_image_array
from skdeep.encoding.images import read_images
from skdeep.encoding.inputs import accepted_dtypes, as_rows, resolve_device
from skdeep.encoding.masks import MaskTarget, read_masks
from skdeep.encoding.memory import TORCH_DTYPES, shared_tensor
from skdeep.encoding.named_arrays import NamedArrays, packed_fields
from skdeep.encoding.row_groups import row_groups, row_keys
from skdeep.encoding.sequence_array import SequenceArray
from skdeep.encoding.sequences import Series, read_series
from skdeep.encoding.table import TableEncoder
from skdeep.encoding.targets import (
    ClassTarget,
    RegressionTarget,
    Target,
    column_target,
    link,
    numeric_target,
)
from skdeep.encoding.text_analyzers import TextAnalysis
from skdeep.encoding.text_bags import BagEncoder
from skdeep.encoding.text_tokens import TokenEncoder
from skdeep.encoding.texts import read_texts
from skdeep.encoding.validation_split import validation_split
from skdeep.encoding.weights import checked_weight, held_weight, with_class_weight

__all__ = [
    "TORCH_DTYPES",
    "BagEncoder",
    "BoxTarget",
    "ClassTarget",
    "ImageArray",
    "MaskTarget",
    "NamedArrays",
    "RegressionTarget",
    "RowArray",
    "SequenceArray",
    "Series",
    "TableEncoder",
    "Target",
    "TextAnalysis",
    "TokenEncoder",
    "accepted_dtypes",
    "as_rows",
    "bin_arrays",
    "bin_counts",
    "bin_edges",
    "box_labels",
    "checked_weight",
    "column_target",
    "held_weight",
    "link",
    "numeric_target",
    "packed_fields",
    "read_boxes",
    "read_image_array",
    "read_images",
    "read_masks",
    "read_series",
    "read_texts",
    "resolve_device",
    "robust_scaling",
    "row_groups",
    "row_keys",
    "shared_tensor",
    "spread_rows",
    "validation_split",
    "with_class_weight",
]
