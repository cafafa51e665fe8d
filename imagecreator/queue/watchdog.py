"""Ends a process whose work hangs. Nobody renews its leases then, so the reaper has the rows tried again.

By ``faulthandler``, whose timer is no thread of Python's: it strikes also where a library never lets go of Python's
lock, and writes down where every thread hangs.
"""

from __future__ import annotations

import faulthandler
from contextlib import contextmanager
from typing import TYPE_CHECKING

from django.conf import settings

if TYPE_CHECKING:
    from collections.abc import Iterator

STDERR = 2  # by its number: Celery puts an object without a file in the place of sys.stderr

_guarded = False


@contextmanager
def guarded() -> Iterator[None]:
    """End this process where nothing moves for ``STUCK_SECONDS`` within the block. One block at a time."""
    global _guarded  # noqa: PLW0603 - a process has one such timer
    _guarded = True
    moved()
    try:
        yield
    finally:
        _guarded = False
        faulthandler.cancel_dump_traceback_later()


def moved() -> None:
    """The work goes on: the time begins anew. Nothing where nothing is guarded."""
    if _guarded:
        faulthandler.dump_traceback_later(settings.STUCK_SECONDS, exit=True, file=STDERR)
