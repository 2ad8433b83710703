"""What families declare about their architectures and the networks they make."""

from collections.abc import Callable
from dataclasses import dataclass

from skdeep._engine.modules.ensemble import NetworkEnsemble


@dataclass(frozen=True, kw_only=True)
class Architecture:
    """One architecture of a family; families add what theirs need.

    Attributes
    ----------
    words : str
        What it is, for the docstring of `architecture`.
    width, depth : int
        What 'auto' is.
    clips_gradients : bool
        Whether ``gradient_clip='auto'`` clips.
    mixes_rows : bool
        Whether ``mixup='auto'`` mixes.
    heads_divide : int
        Number that, times `n_heads`, must divide the width; 0 if there are no heads.
    """

    words: str
    width: int
    depth: int = 1
    clips_gradients: bool = True
    mixes_rows: bool = False
    heads_divide: int = 0

    def checked_width(self, given: int | str, n_heads: int) -> int:
        """The width that a parameter stands for.

        Raises
        ------
        ValueError
            If heads cannot share it.
        """
        width = self.width if isinstance(given, str) else given
        multiple = self.heads_divide * n_heads
        if multiple and width % multiple:
            even = ", each of an even size" if self.heads_divide == 2 else ""
            raise ValueError(
                f"width={given!r} cannot be shared among n_heads={n_heads}{even}: choose a "
                f"multiple of {multiple}."
            )
        return width


@dataclass(frozen=True)
class Design:
    """How a family makes its networks.

    Attributes
    ----------
    make : callable
        Builds the networks from settings; a function of a module, so that pickles name it.
    parameters : tuple of str
        Parameters of the estimator that are among these settings.
    """

    make: Callable[..., NetworkEnsemble]
    parameters: tuple[str, ...]
