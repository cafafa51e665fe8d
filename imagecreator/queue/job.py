"""A row that is work to be done: where it is, who has it, how far it is, what went wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from django.apps import apps
from django.db import models, transaction
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from imagecreator.errors import Problem, explain
from imagecreator.queue.models.turn import Turn
from imagecreator.queue.states import CLOSING, LIVE, STAGES, State

if TYPE_CHECKING:
    from imagecreator.queue.standing import Standing


class Job(models.Model):
    """A row that a worker works on (abstract): state, lease, progress and error.

    ``OWNER`` is the lookup of the person whose turn it uses. Rows that are alike in the field ``BATCH_BY`` may be
    worked on together; their times are measured by the field ``PACE_BY``, where that is another one. ``WARM_BY`` is the
    field that says which model they need, and ``WEIGHT`` the field that says how much of a batch a row takes; empty
    where there is none.
    """

    lane: ClassVar[str]  # the Celery queue that wakes a worker for it
    bell: ClassVar[str]  # the Celery task that claims the next row
    OWNER: ClassVar[str]
    BATCH_BY: ClassVar[str] = ""
    PACE_BY: ClassVar[str] = ""
    WARM_BY: ClassVar[str] = ""
    WEIGHT: ClassVar[str] = ""
    HAS_QUOTA: ClassVar[bool] = False  # whether a person may have only so many in hand
    IN_MEGABYTES: ClassVar[tuple[str, ...]] = ()  # stages whose steps are megabytes

    state = models.CharField(_("state"), max_length=10, choices=State, default=State.QUEUED, db_index=True)
    stage = models.CharField(_("stage"), max_length=20, blank=True)
    step = models.PositiveIntegerField(_("step"), default=0)
    steps = models.PositiveIntegerField(_("steps"), default=0)
    attempt = models.PositiveSmallIntegerField(_("attempt"), default=0)
    spared = models.PositiveSmallIntegerField(default=0, editable=False)
    fence = models.PositiveIntegerField(default=0, editable=False)
    together = models.PositiveIntegerField(_("weight of its batch"), default=0, editable=False)
    worker = models.CharField(_("worker"), max_length=120, blank=True)
    lease_until = models.DateTimeField(_("lease until"), null=True, blank=True)
    cancel_requested = models.BooleanField(_("cancel requested"), default=False)
    error = models.CharField(_("error"), max_length=40, blank=True)
    error_values = models.JSONField(default=dict, blank=True, editable=False)
    queued_at = models.DateTimeField(_("queued at"), default=timezone.now)
    started_at = models.DateTimeField(_("started at"), null=True, blank=True)
    finished_at = models.DateTimeField(_("finished at"), null=True, blank=True, db_index=True)

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Write the row; a new one that waits gives its person a turn, in the same transaction."""
        new = self._state.adding
        with transaction.atomic():
            super().save(*args, **kwargs)
            if new and self.state == State.QUEUED:
                Turn.objects.wait(type(self).kind(), [self.person_id])

    @classmethod
    def kind(cls) -> str:
        """The name under which turns and times of such rows are kept: ``app.model``."""
        return str(cls._meta.label_lower)

    @property
    def person_id(self) -> int:
        """The key of the person whose turn it uses."""
        *path, last = self.OWNER.split("__")
        found: Any = self
        for name in path:
            found = getattr(found, name)
        return int(getattr(found, f"{last}_id"))

    @classmethod
    def batch_room(cls) -> int:
        """How much weight one batch takes, as far as this process can tell."""
        return 1

    @classmethod
    def begin_anew(cls, rows: models.QuerySet[Any]) -> None:
        """Called for rows that are tried again, in the transaction that queues them."""

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
        """How much of the stage in hand is done, 0–100. The short ones at the end do not begin anew."""
        if self.state == State.DONE or self.is_closing:
            return 100
        return min(100, 100 * self.step // self.steps) if self.steps else 0

    @property
    def is_closing(self) -> bool:
        """Whether only short stages are left."""
        return self.stage in CLOSING

    @property
    def tells_pace(self) -> bool:
        """Whether the stage in hand is nearly all of the work, so that its pace is that of the whole."""
        return True

    @property
    def elapsed(self) -> float:
        """Seconds of work so far, or in all; 0 before it starts."""
        if self.started_at is None:
            return 0.0
        return max(0.0, ((self.finished_at or timezone.now()) - self.started_at).total_seconds())

    @cached_property
    def standing(self) -> Standing:
        """Where it stands in the queue, and how long it may take."""
        from imagecreator.queue.standing import standing  # it knows jobs

        return standing(self)

    @property
    def problem(self) -> Problem | None:
        """What went wrong, in words, or None."""
        return explain(self.error, self.error_values) if self.error else None


CLEAN: dict[str, Any] = {
    "stage": "",
    "step": 0,
    "steps": 0,
    "error": "",
    "error_values": {},
    "finished_at": None,
}  # what a row loses that is begun again
FRESH: dict[str, Any] = {"worker": "", "lease_until": None, "started_at": None, **CLEAN}  # and one that waits again


def job_models() -> list[type[Job]]:
    """All kinds of jobs that the installed apps have."""
    return [model for model in apps.get_models() if issubclass(model, Job)]
