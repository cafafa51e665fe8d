"""Rows that are work to be done: their states, and the one function for each change of state.

The row is the truth: a message only wakes a worker, which then claims a row here. Every change is a conditional
``UPDATE … WHERE state = … AND fence = …``, so that a doubled message, a late worker or a worker given up for dead can
change nothing. The same SQL works on SQLite (WAL) and PostgreSQL. Nothing else writes ``state``.
"""

from __future__ import annotations

import errno
import logging
import os
import socket
import threading
import time
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, ClassVar, Generic, TypeVar

from django.apps import apps
from django.conf import settings
from django.db import Error as DatabaseProblem
from django.db import connection, models
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from imagecreator.celery import ring
from imagecreator.errors import ExpectedError, Problem, explain

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from uuid import UUID

    from django.utils.functional import _StrPromise

logger = logging.getLogger(__name__)

MAX_ATTEMPTS = 3
TELL_EVERY = 0.3  # seconds between two writes of progress; a change of stage is written at once


class State(models.TextChoices):
    """Where a job is. ``draft`` has not been asked for yet; the last five are ends."""

    DRAFT = "draft", _("Draft")
    QUEUED = "queued", _("Waiting")
    RUNNING = "running", _("Working")
    DONE = "done", _("Done")
    FAILED = "failed", _("Failed")
    CANCELLED = "cancelled", _("Cancelled")
    REFUSED = "refused", _("Refused")
    HELD = "held", _("Held for a moderator")


LIVE = (State.QUEUED, State.RUNNING)

STAGES: dict[str, _StrPromise] = {
    "probe": _("Reading the video"),
    "frames": _("Choosing frames"),
    "describe": _("Looking at the frames"),
    "write": _("Writing the prompt"),
    "screen": _("Checking the text"),
    "paint": _("Painting"),
    "enlarge": _("Enlarging"),
    "check": _("Checking the pictures"),
    "finish": _("Saving"),
}


class LeaseLost(Exception):
    """Somebody else owns the row now; whatever this worker still does must not count."""


class Cancelled(Exception):
    """The owner (or a moderator) cancelled the job; raised between steps."""


class Job(models.Model):
    """A row that a worker works on (abstract): state, lease, progress and error."""

    lane: ClassVar[str]  # the Celery queue that wakes a worker for it
    bell: ClassVar[str]  # the Celery task that claims the next row

    state = models.CharField(_("state"), max_length=10, choices=State, default=State.QUEUED, db_index=True)
    stage = models.CharField(_("stage"), max_length=20, blank=True)
    step = models.PositiveIntegerField(_("step"), default=0)
    steps = models.PositiveIntegerField(_("steps"), default=0)
    attempt = models.PositiveSmallIntegerField(_("attempt"), default=0)
    fence = models.PositiveIntegerField(default=0, editable=False)
    worker = models.CharField(_("worker"), max_length=120, blank=True)
    lease_until = models.DateTimeField(_("lease until"), null=True, blank=True)
    cancel_requested = models.BooleanField(_("cancel requested"), default=False)
    error = models.CharField(_("error"), max_length=40, blank=True)
    error_values = models.JSONField(default=dict, blank=True, editable=False)
    queued_at = models.DateTimeField(_("queued at"), default=timezone.now)
    started_at = models.DateTimeField(_("started at"), null=True, blank=True)
    finished_at = models.DateTimeField(_("finished at"), null=True, blank=True)

    class Meta:
        abstract = True

    @property
    def is_live(self) -> bool:
        """Whether it waits or is worked on."""
        return self.state in LIVE

    @property
    def state_label(self) -> str:
        """The state in words."""
        return str(State(self.state).label)

    @property
    def stage_label(self) -> str:
        """The stage in words; empty before the first."""
        return str(STAGES.get(self.stage, ""))

    @property
    def percent(self) -> int:
        """How much of the stage in hand is done, 0–100."""
        if self.state == State.DONE:
            return 100
        return min(100, 100 * self.step // self.steps) if self.steps else 0

    @property
    def elapsed(self) -> float:
        """Seconds of work so far, or in all; 0 before it starts."""
        if self.started_at is None:
            return 0.0
        return max(0.0, ((self.finished_at or timezone.now()) - self.started_at).total_seconds())

    @property
    def problem(self) -> Problem | None:
        """What went wrong, in words, or None."""
        return explain(self.error, self.error_values) if self.error else None


JobT = TypeVar("JobT", bound=Job)


class Lease(Generic[JobT]):
    """A worker's right to work on one row. Every write goes through it and carries the fence number."""

    def __init__(self, model: type[JobT], pk: UUID, fence: int) -> None:
        self.model = model
        self.pk = pk
        self.fence = fence
        self._told_at = 0.0
        self._told_stage = ""

    def __str__(self) -> str:
        return f"{self.model.__name__} {self.pk} (fence {self.fence})"

    def row(self) -> JobT:
        """Read the row afresh; raises ``LeaseLost`` where it is no longer ours."""
        row = self._mine().first()
        if row is None:
            raise LeaseLost(str(self))
        return row

    def renew(self) -> None:
        """Move the end of the lease; raises ``LeaseLost``."""
        self._write(lease_until=_lease_end())

    def tell(self, stage: str, step: int = 0, steps: int = 0) -> None:
        """Write progress and hear whether to stop: raises ``Cancelled`` or ``LeaseLost``. Cheap: call it every step."""
        now = time.monotonic()
        if stage != self._told_stage or step >= steps or now - self._told_at >= TELL_EVERY:
            self._told_at, self._told_stage = now, stage
            self._write(stage=stage, step=step, steps=steps, lease_until=_lease_end())
        flag = self._mine().values_list("cancel_requested", flat=True).first()
        if flag is None:
            raise LeaseLost(str(self))
        if flag:
            raise Cancelled(str(self))

    def end(self, state: State, *, error: ExpectedError | None = None, **fields: Any) -> None:
        """Give the row back in its last state, with what was found.

        Writes nothing and raises ``LeaseLost`` where the row is somebody else's, ``Cancelled`` where it was to end well
        and has been cancelled meanwhile.
        """
        if state in (State.DONE, State.HELD) and self._mine().filter(cancel_requested=True).exists():
            raise Cancelled(str(self))
        self._write(
            state=state,
            finished_at=timezone.now(),
            lease_until=None,
            error=error.code if error else "",
            error_values={name: str(value) for name, value in error.values.items()} if error else {},
            **fields,
        )

    @contextmanager
    def kept_alive(self) -> Iterator[None]:
        """Renew the lease from a side thread while the block runs, however long one step takes."""
        stop = threading.Event()

        def beat() -> None:
            while not stop.wait(settings.LEASE_SECONDS / 4):
                try:
                    self.renew()
                except LeaseLost:
                    logger.warning("lost the lease of %s", self)
                    break
                except DatabaseProblem as problem:  # a locked file, a restarted server: the next beat may succeed
                    logger.warning("could not renew the lease of %s: %s", self, problem)
                    connection.close()
            connection.close()

        thread = threading.Thread(target=beat, name="heartbeat", daemon=True)
        thread.start()
        try:
            yield
        finally:
            stop.set()
            thread.join()

    def _mine(self) -> models.QuerySet[JobT]:
        return self.model._default_manager.filter(pk=self.pk, state=State.RUNNING, fence=self.fence)

    def _write(self, **fields: Any) -> None:
        if not self._mine().update(**fields):
            raise LeaseLost(str(self))


def worker_name() -> str:
    """Name this process in the rows that it works on."""
    return f"{socket.gethostname()}:{os.getpid()}"


def claim(model: type[JobT], worker: str) -> Lease[JobT] | None:
    """Take the oldest waiting row for ``worker``, or return None. Two workers never get the same row."""
    waiting = model._default_manager.filter(state=State.QUEUED).order_by("queued_at", "pk")
    for pk, fence in waiting.values_list("pk", "fence")[:20]:
        taken = model._default_manager.filter(pk=pk, state=State.QUEUED, fence=fence).update(
            state=State.RUNNING,
            worker=worker,
            attempt=F("attempt") + 1,
            fence=fence + 1,
            lease_until=_lease_end(),
            started_at=timezone.now(),
            finished_at=None,
            stage="",
            step=0,
            steps=0,
            error="",
            error_values={},
        )
        if taken:
            return Lease(model, pk, fence + 1)
    return None


def serve(lease: Lease[JobT], walk: Callable[[Lease[JobT]], None]) -> None:
    """Run ``walk`` on the leased row and turn whatever it raises into the row's last state. Never raises."""
    try:
        with lease.kept_alive():
            walk(lease)
    except LeaseLost:
        logger.warning("gave up %s: another worker owns it", lease)
    except Exception as problem:  # noqa: BLE001 - the worker must live; the row and the log say what happened
        _end_badly(lease, problem)


def _end_badly(lease: Lease[JobT], problem: Exception) -> None:
    try:
        if isinstance(problem, Cancelled):
            lease.end(State.CANCELLED)
        elif isinstance(problem, ExpectedError):
            lease.end(State.REFUSED if problem.code == "banned" else State.FAILED, error=problem)
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


def enqueue(row: Job) -> None:
    """Wake a worker for a row that has just been written as ``queued``."""
    ring(row.bell, row.lane)


def ring_for_more(model: type[Job]) -> None:
    """Wake a worker once more where rows still wait: a bell may have been lost, and each is good for one row."""
    if model._default_manager.filter(state=State.QUEUED).exists():
        ring(model.bell, model.lane)


def retry(row: Job) -> bool:
    """Put a failed or cancelled row back in the queue with fresh attempts; False where it is in another state."""
    changed = (
        type(row)
        ._default_manager.filter(pk=row.pk, state__in=(State.FAILED, State.CANCELLED))
        .update(state=State.QUEUED, attempt=0, cancel_requested=False, queued_at=timezone.now(), **_FRESH)
    )
    if changed:
        enqueue(row)
    return bool(changed)


def cancel(row: Job) -> bool:
    """End a waiting row at once, or ask the worker that has it to stop; False where it has ended already."""
    rows = type(row)._default_manager.filter(pk=row.pk)
    if rows.filter(state=State.QUEUED).update(state=State.CANCELLED, finished_at=timezone.now()):
        return True
    return bool(rows.filter(state=State.RUNNING).update(cancel_requested=True))


def release(row: Job) -> bool:
    """End a held row as done, once a moderator has decided; False where it is not held."""
    return bool(type(row)._default_manager.filter(pk=row.pk, state=State.HELD).update(state=State.DONE))


def reap(model: type[Job]) -> int:
    """Take rows from workers that stopped renewing: queued again, or ended after ``MAX_ATTEMPTS``. Return how many."""
    now = timezone.now()
    reaped = 0
    expired = model._default_manager.filter(state=State.RUNNING, lease_until__lt=now)
    for row in expired.only("pk", "fence", "attempt", "cancel_requested"):
        mine = model._default_manager.filter(pk=row.pk, state=State.RUNNING, fence=row.fence, lease_until__lt=now)
        if row.cancel_requested:
            reaped += mine.update(state=State.CANCELLED, fence=F("fence") + 1, finished_at=now, lease_until=None)
        elif row.attempt >= MAX_ATTEMPTS:
            error: dict[str, Any] = {"error": "worker_lost", "error_values": {"attempts": row.attempt}}
            reaped += mine.update(state=State.FAILED, fence=F("fence") + 1, finished_at=now, lease_until=None, **error)
        else:
            reaped += mine.update(state=State.QUEUED, fence=F("fence") + 1, **_FRESH)
    return reaped


def reap_all() -> int:
    """Reap every kind of job, and ring again for rows that nobody woke for. Return how many rows were reaped."""
    reaped = 0
    late = timezone.now() - timedelta(seconds=settings.REAP_SECONDS)
    for model in job_models():
        freed = reap(model)
        reaped += freed
        if freed or model._default_manager.filter(state=State.QUEUED, queued_at__lt=late).exists():
            ring(model.bell, model.lane, expires=settings.REAP_SECONDS)
    return reaped


def job_models() -> list[type[Job]]:
    """All kinds of jobs that the installed apps have."""
    return [model for model in apps.get_models() if issubclass(model, Job)]


_FRESH: dict[str, Any] = {
    "worker": "",
    "lease_until": None,
    "stage": "",
    "step": 0,
    "steps": 0,
    "error": "",
    "error_values": {},
    "started_at": None,
    "finished_at": None,
}


def _lease_end() -> datetime:
    return timezone.now() + timedelta(seconds=settings.LEASE_SECONDS)
