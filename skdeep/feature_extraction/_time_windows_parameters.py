"""The parameters of windows of a series."""

from dataclasses import KW_ONLY
from numbers import Integral
from typing import Annotated, Any

from skdeep._estimator.parameters import Parameter
from skdeep._scikit_learn import Interval, StrOptions


class TimeWindowsParameters:
    """How long windows are and what follows them; declarations, as in `skdeep.base`."""

    window_size: Annotated[
        int,
        Parameter(
            """int

            Number of times in a window.""",
            Interval(Integral, 1, None, closed="left"),
        ),
    ]
    _: KW_ONLY
    horizon: Annotated[
        int,
        Parameter(
            """int

            Number of times after a window that are its targets.""",
            Interval(Integral, 1, None, closed="left"),
        ),
    ] = 1
    step: Annotated[
        int,
        Parameter(
            """int

            Times between the starts of two windows in turn.""",
            Interval(Integral, 1, None, closed="left"),
        ),
    ] = 1
    flatten: Annotated[
        bool,
        Parameter(
            """bool

            Whether X and y have two axes, for regressors of tables: the channels of a window one
            after another, each oldest value first, and the targets by time, then by channel.""",
            "boolean",
        ),
    ] = False
    relative: Annotated[
        bool,
        Parameter(
            """bool

            Whether each window and its targets are less the last value of the window, channel by
            channel of the series (not of the exogenous ones), so that what is learned holds at
            levels not seen before; `forecast` adds that value back.""",
            "boolean",
        ),
    ] = False
    known_exogenous: Annotated[
        Any,
        Parameter(
            """{'all'}, array-like of int or None

            Indices of the exogenous channels that are known in advance, such as the calendar or a
            price that is planned. Their part of a window ends with its last target instead of
            before the first, so `window_size` must be `horizon` at least. Of all others only
            values of the window's own times are read.""",
            StrOptions({"all"}),
            "array-like",
            None,
        ),
    ] = None
