"""Independent random streams from one seed, without touching any global generator.

A stream is named by what it is for and by the epoch, so that training can be resumed at any epoch
(`warm_start`, `partial_fit`) and draws what an uninterrupted run would have drawn.
"""

from enum import IntEnum

_MASK = (1 << 64) - 1


class Stream(IntEnum):
    """What random numbers are for."""

    SHUFFLE = 1
    DROPOUT = 2


def derive_seed(seed: int, stream: Stream, epoch: int = 0) -> int:
    """Mix a seed, a stream and an epoch into 63 bits (finaliser of SplitMix64, Steele 2014)."""
    z = (seed + 0x9E3779B97F4A7C15 * (stream + 1) + 0xD1342543DE82EF95 * epoch) & _MASK
    for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
        z = ((z ^ (z >> shift)) * factor) & _MASK
    return (z ^ (z >> 31)) >> 1
