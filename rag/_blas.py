"""One thread for small matrix products.

numpy's BLAS starts a thread for each core and lets them spin for a while after every product. Ours take
microseconds, and the spinning threads take the cores away from the encoder: ingest took 1.7 times the
processor time on 2 cores.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

_lock = threading.Lock()
_users = 0
_limit: Any = None


@cache
def _controller() -> Any:
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController()


@contextmanager
def one_blas_thread() -> Iterator[None]:
    """Keep numpy's BLAS to one thread inside, in all threads of this process; may be nested."""
    global _users, _limit  # noqa: PLW0603 - what is limited is the process's, too
    with _lock:
        if not _users:
            _limit = _controller().limit(limits=1, user_api="blas")
        _users += 1
    try:
        yield
    finally:
        with _lock:
            _users -= 1
            if not _users:
                _limit.restore_original_limits()
