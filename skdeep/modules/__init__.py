"""Torch networks; they know nothing of scikit-learn."""

from skdeep.modules.activations import ACTIVATIONS
from skdeep.modules.attention_block import AttentionBlock
from skdeep.modules.flat_layout import FlatLayout, flat_vector, load_flat, persistent_buffers
from skdeep.modules.image_cnn import ImageConvolutions
from skdeep.modules.image_mlp import ImagePerceptron
from skdeep.modules.image_network import ImageNet
from skdeep.modules.image_transformer import ImageTransformer
from skdeep.modules.image_unet import UNet
from skdeep.modules.looped_modules import LoopedModules
from skdeep.modules.masked_batch_norm import MaskedBatchNorm1d
from skdeep.modules.mlp import MLP, mlp_outputs
from skdeep.modules.module_trial import (
    PacksItself,
    Traits,
    module_copies,
    module_pack,
    module_traits,
)
from skdeep.modules.named_inputs import Field, NamedInputs
from skdeep.modules.network import PackedNetwork
from skdeep.modules.network_ensemble import NetworkEnsemble
from skdeep.modules.output_adapters import AsColumn, AsRawOutputs, without_adapters
from skdeep.modules.output_parts import AllOutputs, FirstOutput, OutputParts, prediction_of
from skdeep.modules.packed import PackedMLP, layer_views, n_weights
from skdeep.modules.packed_table import PackedTable
from skdeep.modules.padding import split_padding
from skdeep.modules.private_randomness import PrivateRandomness
from skdeep.modules.sequence_cnn import ConvolutionalTrunk
from skdeep.modules.sequence_network import SequenceNet
from skdeep.modules.sequence_pooling import POOLINGS, sequence_pooling
from skdeep.modules.sequence_recurrent import CELLS, RecurrentTrunk
from skdeep.modules.sequence_transformer import TransformerTrunk
from skdeep.modules.structure import structure_key
from skdeep.modules.table_denoiser import TableDenoiser
from skdeep.modules.table_inference import TableInference
from skdeep.modules.table_network import TableNetwork, TableStatistics
from skdeep.modules.table_plan import TABLE_ARCHITECTURES, TablePlan
from skdeep.modules.text_network import BagNet, TokenNet, set_vectors

__all__ = [
    "ACTIVATIONS",
    "CELLS",
    "MLP",
    "POOLINGS",
    "TABLE_ARCHITECTURES",
    "AllOutputs",
    "AsColumn",
    "AsRawOutputs",
    "AttentionBlock",
    "BagNet",
    "ConvolutionalTrunk",
    "Field",
    "FirstOutput",
    "FlatLayout",
    "ImageConvolutions",
    "ImageNet",
    "ImagePerceptron",
    "ImageTransformer",
    "LoopedModules",
    "MaskedBatchNorm1d",
    "NamedInputs",
    "NetworkEnsemble",
    "OutputParts",
    "PackedMLP",
    "PackedNetwork",
    "PackedTable",
    "PacksItself",
    "PrivateRandomness",
    "RecurrentTrunk",
    "SequenceNet",
    "TableDenoiser",
    "TableInference",
    "TableNetwork",
    "TablePlan",
    "TableStatistics",
    "TokenNet",
    "Traits",
    "TransformerTrunk",
    "UNet",
    "flat_vector",
    "layer_views",
    "load_flat",
    "mlp_outputs",
    "module_copies",
    "module_pack",
    "module_traits",
    "n_weights",
    "persistent_buffers",
    "prediction_of",
    "sequence_pooling",
    "set_vectors",
    "split_padding",
    "structure_key",
    "without_adapters",
]
