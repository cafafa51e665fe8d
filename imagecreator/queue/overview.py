"""What is going on in the queue, for those who watch over it: as many queries for a million rows as for one."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.db.models import Count, F, Min, Sum
from django.utils import timezone

from imagecreator.queue.job import Job, job_models
from imagecreator.queue.models import Measured, Worker
from imagecreator.queue.models.history import seconds_for
from imagecreator.queue.standing import expected, name_of, pace_by, seconds_left
from imagecreator.queue.states import LANES, LIVE, State

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

Times = dict[str, dict[int, float]]


@dataclass
class Lane:
    """One lane, over all kinds of jobs in it."""

    waiting: int = 0
    running: int = 0
    workers: int = 0  # that live
    oldest: datetime | None = None  # when the oldest waiting row was queued
    work: float | None = 0.0  # seconds that what waits takes one worker; None where nothing like it was measured
    rows: Counter[tuple[str, str]] = field(default_factory=Counter)  # by kind of job and state

    @property
    def oldest_seconds(self) -> float:
        """How long the oldest waiting row has waited; 0 where nothing waits."""
        return max(0.0, (timezone.now() - self.oldest).total_seconds()) if self.oldest else 0.0

    @property
    def drained(self) -> float | None:
        """Seconds that its live workers need for all that waits; None where that is unknown."""
        return self.work / self.workers if self.work is not None and self.workers else None

    def add(self, model: type[Job], group: Mapping[str, Any], times: Times) -> None:
        """Count a group of rows that are alike in state and pace."""
        self.rows[model.kind(), group["state"]] += group["rows"]
        if group["state"] == State.RUNNING:
            self.running += group["rows"]
            return
        self.waiting += group["rows"]
        self.oldest = min(filter(None, (self.oldest, group["oldest"])))
        seconds = seconds_for(times.get(name_of(model, group.get(pace_by(model), "")), {}), group["total"])
        self.work = None if self.work is None or seconds is None else self.work + seconds


@dataclass(frozen=True)
class InHand:
    """A row that is worked on, and the seconds that it still takes; None where nothing like it was measured."""

    row: Job
    owner: str
    left: float | None


@dataclass
class Overview:
    """One look at everything. The lists may be cut short; the numbers are of all."""

    lanes: dict[str, Lane]
    workers: list[Worker]
    workers_known: int
    running: list[InHand] = field(default_factory=list)
    in_hand: Counter[str] = field(default_factory=Counter)  # how many rows, by the worker's name


def lanes(times: Times) -> dict[str, Lane]:
    """Every lane by its name; ``times`` is the measured past."""
    found = {name: Lane() for name in LANES}
    for model in job_models():
        alike = ["state", *filter(None, [pace_by(model)])]
        live = model._default_manager.filter(state__in=LIVE).order_by().values(*alike)
        total = Sum(model.WEIGHT) if model.WEIGHT else Count("pk")
        for group in live.annotate(rows=Count("pk"), oldest=Min("queued_at"), total=total):
            found[model.lane].add(model, group, times)
    for worker in Worker.objects.alive():
        for name in found.keys() & set(worker.lane_names):
            found[name].workers += 1
    return found


def look(most: int) -> Overview:
    """Everything, with at most ``most`` workers (those heard of last) and running rows (those begun first)."""
    times = Measured.objects.table()
    workers = sorted(Worker.objects.order_by("-seen_at")[:most], key=lambda worker: (not worker.is_alive, worker.name))
    overview = Overview(lanes(times), workers, Worker.objects.count())
    for model in job_models():
        running = model._default_manager.filter(state=State.RUNNING)
        by_worker = running.order_by().values_list("worker").annotate(number=Count("pk"))
        overview.in_hand.update(dict(by_worker))
        for row in running.order_by("started_at").annotate(owner_name=F(f"{model.OWNER}__username"))[:most]:
            left = seconds_left(row, expected(row, times))
            overview.running.append(InHand(row, row.owner_name, left))
    overview.running = sorted(overview.running, key=lambda one: -one.row.elapsed)[:most]
    return overview
