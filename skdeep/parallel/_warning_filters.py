"""The filters of warnings, which threads that take turns would leave in disorder.

They are global. scikit-learn sets them anew around every task and puts back what it found; of tasks
that overlap, the last to end puts back what another one had set.
"""

import threading
import warnings
from typing import Any

_lock = threading.Lock()
_users: set[object] = set()
_saved: tuple[Any, list[Any], Any]


def save_warning_filters(user: object) -> None:
    """Remember the filters until `user` is done, if nobody does yet."""
    global _saved
    with _lock:
        if not _users:
            _saved = (warnings.filters, list(warnings.filters), warnings.showwarning)
        _users.add(user)


def restore_warning_filters(user: object) -> None:
    """Put the filters back as they were, if `user` is the last one that needs them."""
    with _lock:
        if user not in _users:  # interrupted before it was among them
            return
        _users.remove(user)
        if _users:
            return
        filters, content, warnings.showwarning = _saved
        filters[:] = content
        with warnings.catch_warnings():  # leaving it tells the registries of past warnings
            pass
        warnings.filters = filters
