"""Training of networks: members, packs, the loop, losses, solvers, schedules, stopping."""

from skdeep.training.augmentation import Augmentation, Augments
from skdeep.training.box_loss import BOX_VALUES, CentreGrid, box_loss
from skdeep.training.box_peaks import box_peaks
from skdeep.training.grouping import sub_packs
from skdeep.training.image_augmentation import ImageAugmentation
from skdeep.training.image_rows import ChangedRows, ImageRows
from skdeep.training.initial_weights import WEIGHT_INITS
from skdeep.training.loop import handed_over, train, train_here, train_sub_pack
from skdeep.training.losses import (
    CLASSIFIER_LOSSES,
    REGRESSOR_LOSSES,
    Loss,
    make_loss,
    with_heads,
    with_networks,
)
from skdeep.training.mask_loss import mask_loss
from skdeep.training.member import (
    EpochReport,
    Member,
    Trained,
    TrainingState,
    Validation,
    Watcher,
)
from skdeep.training.mirrored_parts import MirroredBoxes, MirroredMasks
from skdeep.training.own_loss import is_criterion, own_loss, own_loss_key
from skdeep.training.prediction import in_chunks, module_outputs, network_outputs
from skdeep.training.rows import DenseRows, Rows, SparseRows, in_main_memory, row_numbers
from skdeep.training.schedules import DEFAULT_WARMUP, SCHEDULES
from skdeep.training.sequence_rows import SequenceRows
from skdeep.training.solvers import SOLVERS, STOCHASTIC_SOLVERS
from skdeep.training.threads import safe_after_fork, single_threaded

__all__ = [
    "BOX_VALUES",
    "CLASSIFIER_LOSSES",
    "DEFAULT_WARMUP",
    "REGRESSOR_LOSSES",
    "SCHEDULES",
    "SOLVERS",
    "STOCHASTIC_SOLVERS",
    "WEIGHT_INITS",
    "Augmentation",
    "Augments",
    "CentreGrid",
    "ChangedRows",
    "DenseRows",
    "EpochReport",
    "ImageAugmentation",
    "ImageRows",
    "Loss",
    "Member",
    "MirroredBoxes",
    "MirroredMasks",
    "Rows",
    "SequenceRows",
    "SparseRows",
    "Trained",
    "TrainingState",
    "Validation",
    "Watcher",
    "box_loss",
    "box_peaks",
    "handed_over",
    "in_chunks",
    "in_main_memory",
    "is_criterion",
    "make_loss",
    "mask_loss",
    "module_outputs",
    "network_outputs",
    "own_loss",
    "own_loss_key",
    "row_numbers",
    "safe_after_fork",
    "single_threaded",
    "sub_packs",
    "train",
    "train_here",
    "train_sub_pack",
    "with_heads",
    "with_networks",
]
