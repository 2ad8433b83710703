"""Sequences of several lengths in one tensor: values, and a channel that says what is padding."""

from torch import Tensor


def split_padding(x: Tensor) -> tuple[Tensor, Tensor | None]:
    """Take the mark of padding off, and the time steps that no sequence reaches.

    Parameters
    ----------
    x : Tensor of shape (n, channels + 1, time)
        The last channel is 1 where a sequence goes on and 0 after its end; values are 0 there.

    Returns
    -------
    values : Tensor of shape (n, channels, longest)
    real : Tensor of shape (n, 1, longest) or None
        The last channel; None where all are equally long.
    """
    real = x[:, -1:]
    lengths = real.sum(dim=2)  # (n, 1)
    longest = int(lengths.max()) if len(x) else x.shape[2]
    values = x[:, :-1, :longest]
    if int(lengths.min() if len(x) else longest) == longest:
        return values, None
    return values, real[:, :, :longest]
