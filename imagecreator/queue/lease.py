"""A worker's right to work on a row, for as long as it renews it. Every write carries the fence number."""

from __future__ import annotations

import logging
import os
import socket
import threading
import time
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import reduce
from operator import or_
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from django.conf import settings
from django.db import Error as DatabaseProblem
from django.db import connection, models, transaction
from django.db.models import F, Q
from django.utils import timezone

from imagecreator.queue.job import FRESH, Job
from imagecreator.queue.models import Turn
from imagecreator.queue.states import State
from imagecreator.queue.watchdog import guarded, moved

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from uuid import UUID

    from imagecreator.errors import ExpectedError

logger = logging.getLogger(__name__)

TELL_EVERY = 0.3  # seconds between two writes of progress; a change of stage is written at once
BEATS = 4  # of the heartbeat in the time of a lease
SOON = 1.0  # seconds, at most, until leases are renewed that could not be
MOST_SPARED = 10  # attempts of a row that do not count: it may be what breaks one worker after another


class LeaseLost(Exception):
    """Somebody else owns the row now; whatever this worker still does must not count."""


class Cancelled(Exception):
    """The owner (or a moderator) cancelled the job; raised between steps."""


JobT = TypeVar("JobT", bound=Job)


class Lease(Generic[JobT]):
    """The lease of one row."""

    def __init__(self, model: type[JobT], pk: UUID, fence: int) -> None:
        self.model = model
        self.pk = pk
        self.fence = fence
        self.over = False  # given back, in an end or to wait again
        self._told = Told()

    def __str__(self) -> str:
        return f"{self.model.__name__} {self.pk} (fence {self.fence})"

    def row(self) -> JobT:
        """Read the row afresh; raises ``LeaseLost`` where it is no longer ours."""
        row = self.mine().first()
        if row is None:
            raise LeaseLost(str(self))
        return row

    def renew(self) -> None:
        """Move the end of the lease; raises ``LeaseLost``."""
        if renew_all([self]):
            raise LeaseLost(str(self))

    def tell(self, stage: str, step: int = 0, steps: int = 0) -> None:
        """Write progress and hear whether to stop: raises ``Cancelled`` or ``LeaseLost``. Cheap: call it every step."""
        if self._told.is_due(stage, step, steps):
            told = {"stage": stage, "step": step, "steps": steps, "lease_until": lease_end()}
            if self.mine().filter(cancel_requested=False).update(**told):
                return
        flag = self.mine().values_list("cancel_requested", flat=True).first()
        if flag is None:
            raise LeaseLost(str(self))
        if flag:
            raise Cancelled(str(self))

    def end(self, state: State, *, error: ExpectedError | None = None, **fields: Any) -> None:
        """Give the row back in its last state, with what was found.

        Writes nothing and raises ``LeaseLost`` where the row is somebody else's, ``Cancelled`` where it was to end well
        and has been cancelled meanwhile.
        """
        asked = {"cancel_requested": False} if state in (State.DONE, State.HELD) else {}
        ended = (
            self.mine()
            .filter(**asked)
            .update(
                state=state,
                finished_at=timezone.now(),
                lease_until=None,
                error=error.code if error else "",
                error_values=_storable(error.values) if error else {},
                **fields,
            )
        )
        if not ended:
            raise Cancelled(str(self)) if asked and self.mine().exists() else LeaseLost(str(self))
        self.over = True

    @transaction.atomic
    def give_back(self) -> None:
        """Let the row wait again, to be taken alone the next time; raises ``LeaseLost``.

        One that has been cancelled meanwhile ends instead.
        """
        waits = self.mine().filter(cancel_requested=False)
        if waits.update(state=State.QUEUED, **FRESH | {"fence": self.fence + 1}):
            self.over = True
            Turn.objects.wait(self.model.kind(), [self.model._default_manager.get(pk=self.pk).person_id])
        else:
            self.end(State.CANCELLED)

    def mine(self) -> models.QuerySet[JobT]:
        """The row, as long as it is ours."""
        return self.model._default_manager.filter(pk=self.pk, state=State.RUNNING, fence=self.fence)


class Told:
    """When progress was last written: not more often than every ``TELL_EVERY`` seconds within a stage."""

    def __init__(self) -> None:
        self._at = 0.0
        self._stage = ""
        self._step = 0

    def is_due(self, stage: str, step: int, steps: int) -> bool:
        """Whether this progress is to be written; then the next is due in ``TELL_EVERY`` seconds."""
        now = time.monotonic()
        due = stage != self._stage or step >= steps or now - self._at >= TELL_EVERY
        if due:
            if (stage, step) != (self._stage, self._step):  # who only waits says the same again
                moved()
            self._at, self._stage, self._step = now, stage, step
        return due


def rows_of(leases: Sequence[Lease[JobT]]) -> models.QuerySet[JobT]:
    """The rows of these leases of one kind of job, at least one, as far as they are still ours."""
    ours = reduce(or_, (Q(pk=lease.pk, fence=lease.fence) for lease in leases))
    return leases[0].model._default_manager.filter(ours, state=State.RUNNING)


def renew_all(leases: Sequence[Lease[JobT]]) -> list[Lease[JobT]]:
    """Move the ends of these leases, all in one statement; return those that are lost."""
    rows = rows_of(leases)
    if rows.update(lease_until=lease_end()) == len(leases):
        return []
    ours = set(rows.values_list("pk", flat=True))
    return [lease for lease in leases if lease.pk not in ours]


def spare_all(leases: Sequence[Lease[JobT]]) -> None:
    """Let the attempt in hand not count, for it is their worker that failed; of each row, ``MOST_SPARED`` at most."""
    rows_of(leases).filter(spared__lt=MOST_SPARED).update(spared=F("spared") + 1)


@contextmanager
def kept_alive(leases: Sequence[Lease[Any]]) -> Iterator[None]:
    """Renew the leases from a side thread while the block runs.

    However long one step takes, up to ``STUCK_SECONDS``: then this process ends.
    """
    stop, kept = threading.Event(), list(leases)

    def beat() -> None:
        rest = settings.LEASE_SECONDS / BEATS
        while kept and not stop.wait(rest):
            rest = settings.LEASE_SECONDS / BEATS
            try:
                for lease in renew_all(kept):
                    kept.remove(lease)
                    if not lease.over:
                        logger.warning("lost the lease of %s", lease)
            except DatabaseProblem as problem:  # a locked file, a restarted server: the next beat may succeed
                logger.warning("could not renew %d leases, %s among them: %s", len(kept), kept[0], problem)
                connection.close()
                rest = min(rest, SOON)
        connection.close()

    thread = threading.Thread(target=beat, name="heartbeat", daemon=True)
    with guarded():
        thread.start()
        try:
            yield
        finally:
            stop.set()
            thread.join()


def _storable(values: Mapping[str, object]) -> dict[str, str]:
    """As text without NUL, which may stand in the names of a stranger's file: PostgreSQL refuses it."""
    return {name: str(value).replace("\0", "") for name, value in values.items()}


def worker_name() -> str:
    """Name this process in the rows that it works on."""
    return f"{socket.gethostname()}:{os.getpid()}"


def lease_end() -> datetime:
    """When a lease that is renewed now ends."""
    return timezone.now() + timedelta(seconds=settings.LEASE_SECONDS)
