"""Walks run under their leases: whatever a walk raises becomes the rows' last state, and the worker lives.

One thing alone ends the worker's process: a graphics card that failed.
"""

from __future__ import annotations

import errno
import logging
import time
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, TypeVar

from django.db import DataError, IntegrityError, connection
from django.db import Error as DatabaseProblem

from imagecreator.errors import ExpectedError
from imagecreator.queue.changes import HELD_FIRST
from imagecreator.queue.lease import Cancelled, JobT, Lease, LeaseLost, kept_alive, spare_all
from imagecreator.queue.models import Measured
from imagecreator.queue.standing import what
from imagecreator.queue.states import State

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

T = TypeVar("T")

logger = logging.getLogger(__name__)

ENDS = {"banned": State.REFUSED, HELD_FIRST: State.HELD}  # of errors that are no failure


class Spent(SystemExit):
    """This process can do no more work. Celery's pool ends it in order and starts another."""


def serve(lease: Lease[JobT], walk: Callable[[Lease[JobT]], None]) -> None:
    """Run ``walk`` on the leased row and turn whatever it raises into the row's last state. Raises ``Spent`` alone."""
    began = time.monotonic()
    with kept_alive([lease]), spared([lease]):
        well = attempt(lease, _walked, walk, lease)
    if not well:
        return
    seconds = time.monotonic() - began
    with suppress(DatabaseProblem):  # the work is done, and a time that is lost is no loss
        if row := lease.model._default_manager.filter(pk=lease.pk).first():
            Measured.objects.note(what(row), 1, seconds)


@contextmanager
def spared(leases: Sequence[Lease[Any]]) -> Iterator[None]:
    """Around work on these rows: where it ends the process, the attempt does not count for those still in hand."""
    try:
        yield
    except Spent:
        try:
            spare_all(leases)
        except DatabaseProblem:
            logger.exception("an attempt counts that should not: the database failed as well as the card")
        raise


def is_away(problem: Exception) -> bool:
    """Whether the database failed, as a locked file or a restarted server does: not where it refuses a row's values."""
    return isinstance(problem, DatabaseProblem) and not isinstance(problem, DataError | IntegrityError)


def attempt(lease: Lease[Any], do: Callable[..., T], *arguments: Any) -> T | None:
    """What ``do`` returns; whatever it raises becomes the row's last state, and the answer None.

    Raises ``Spent`` alone.
    """
    try:
        return do(*arguments)
    except LeaseLost:
        logger.warning("gave up %s: another worker owns it", lease)
    except Exception as problem:  # noqa: BLE001 - the worker must live; the row and the log say what happened
        end_badly(lease, problem)
    return None


def _walked(walk: Callable[[Lease[JobT]], None], lease: Lease[JobT]) -> bool:
    walk(lease)
    return True


def end_badly(lease: Lease[Any], problem: Exception) -> None:
    """Write what went wrong as the row's last state.

    Raises ``Spent`` where the card failed. The row is left to its lease then: it may be well, or what breaks the card,
    so it is tried again, a few times: see ``spared``.
    """
    try:
        if isinstance(problem, Cancelled):
            lease.end(State.CANCELLED)
        elif is_away(problem):
            # A locked file, a restarted server: nobody's fault. The lease runs out, and the reaper has it tried again.
            logger.error("the database failed while working on %s", lease, exc_info=problem)
            connection.close()
        elif isinstance(problem, ExpectedError) and problem.code == "card_failed":
            logger.critical("the graphics card failed; this process ends, another tries %s", lease, exc_info=problem)
            raise Spent("the graphics card failed")
        elif isinstance(problem, ExpectedError):
            with suppress(Cancelled):  # a row that was to be held, cancelled meanwhile
                lease.end(ENDS.get(problem.code, State.FAILED), error=problem)
            if not lease.over:
                lease.end(State.CANCELLED)
        elif isinstance(problem, OSError) and problem.errno == errno.ENOSPC:
            logger.error("no space left while working on %s", lease)
            lease.end(State.FAILED, error=ExpectedError("disk_full"))
        else:
            logger.error("unexpected failure of %s", lease, exc_info=problem)
            lease.end(State.FAILED, error=ExpectedError("unexpected"))
    except LeaseLost:
        logger.error("%s had ended already", lease, exc_info=problem)
    except DatabaseProblem:
        logger.exception("the end of %s could not be written; the reaper will find it", lease)
