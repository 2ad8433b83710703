"""The filters of warnings, which threads that take turns would leave in disorder."""

import warnings
from typing import Any


class WarningFilters:
    """Puts the filters of warnings back as they were.

    They are global. scikit-learn sets them anew around every task and puts back what it found; of
    tasks that overlap, the last to end puts back what another one had set.
    """

    def __init__(self) -> None:
        self._saved: tuple[Any, list[Any], Any] | None = None

    def save(self) -> None:
        """Remember the filters."""
        self._saved = (warnings.filters, list(warnings.filters), warnings.showwarning)

    def restore(self) -> None:
        """Put back what was saved."""
        if self._saved is None:
            return
        filters, content, warnings.showwarning = self._saved
        filters[:] = content
        with warnings.catch_warnings():  # leaving it tells the registries of past warnings
            pass
        warnings.filters = filters
        self._saved = None
