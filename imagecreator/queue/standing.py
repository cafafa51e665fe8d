"""Where a waiting row stands, and how long it may take: from the turns, the measured past and the workers that live."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.cache import cache
from django.db.models import Count, Q, Sum
from django.utils import timezone

from imagecreator.queue.models import Measured, Turn, Worker
from imagecreator.queue.models.history import seconds_for
from imagecreator.queue.states import State

if TYPE_CHECKING:
    from imagecreator.queue.job import Job

FRESH_SECONDS = 2  # how long one look at the queue serves all pages that ask
TRUST_STEPS = 3  # after so many steps, a job's own pace counts beside the past


@dataclass(frozen=True)
class Standing:
    """``position`` is 1 for the next; ``wait`` and ``work`` are seconds, None where nothing is known of the past."""

    position: int | None
    wait: float | None
    work: float | None
    workers: int

    is_stuck: bool = False  # it has waited for a while, and nobody lives who could take it

    @property
    def left(self) -> float | None:
        """Seconds until the row is done."""
        return None if self.wait is None or self.work is None else self.wait + self.work


@dataclass
class Person:
    """What one person has waiting: how many rows, what they take in seconds, and whose turn was before whose."""

    served: tuple[Any, int]
    rows: int
    seconds: float


@dataclass
class Queue:
    """One look at a kind of job: who waits, what the running rows still take, and how many workers live."""

    people: dict[int, Person] = field(default_factory=dict)
    running: float = 0.0
    workers: int = 0
    known: bool = True  # whether every estimate in it rests on something measured


def standing(row: Job) -> Standing:
    """Where ``row``, which waits or is worked on, stands."""
    times = Measured.objects.table()
    work = expected(row, times)
    workers = Worker.objects.alive(row.lane).count()
    if row.state == State.RUNNING:
        return Standing(None, 0.0, None if work is None else seconds_left(row, work), max(1, workers))
    queue = _queue(type(row), times)
    ahead, seconds = _ahead(row, queue)
    wait = (seconds + queue.running) / max(1, queue.workers) if queue.known else None
    waited = (timezone.now() - row.queued_at).total_seconds()
    return Standing(ahead + 1, wait, work, queue.workers, not queue.workers and waited > settings.LEASE_SECONDS)


def expected(row: Job, times: dict[str, dict[int, float]]) -> float | None:
    """Seconds that the row takes once it is begun, with its model loaded; None where nothing like it was measured.

    One that is worked on takes as long as all of its batch.
    """
    in_hand = row.together if row.state == State.RUNNING else 0
    return seconds_for(times.get(what(row), {}), max(in_hand, weight(row)))


def seconds_left(row: Job, work: float) -> float:
    """Seconds that a running row still takes, where ``work`` is what the past says of the whole.

    The further it is, the more its own pace counts.
    """
    if row.steps and row.step >= TRUST_STEPS:
        share = min(1.0, row.step / row.steps)
        work = (1 - share) * work + share * row.elapsed / share
    return max(0.0, work - row.elapsed)


def what(row: Job) -> str:
    """Under which name the times of such rows are kept."""
    return f"{row.kind()} {getattr(row, row.BATCH_BY) if row.BATCH_BY else ''}".strip()


def weight(row: Job) -> int:
    """How much of a batch the row is."""
    return int(getattr(row, row.WEIGHT)) if row.WEIGHT else 1


def _queue(model: type[Job], times: dict[str, dict[int, float]]) -> Queue:
    key = f"queue:{model.kind()}"
    found: Queue | None = cache.get(key)
    if found is None:
        found = _look(model, times)
        cache.set(key, found, FRESH_SECONDS)
    return found


def _look(model: type[Job], times: dict[str, dict[int, float]]) -> Queue:
    queue = Queue(workers=Worker.objects.alive(model.lane).count())
    served = {
        turn.person_id: (turn.served_at, turn.pk) for turn in Turn.objects.filter(kind=model.kind(), waiting=True)
    }
    names = [name for name in (model.OWNER, model.BATCH_BY) if name]
    total = Sum(model.WEIGHT) if model.WEIGHT else Count("pk")
    waiting = model._default_manager.filter(state=State.QUEUED).order_by().values(*names)
    for group in waiting.annotate(rows=Count("pk"), total=total):
        owner, batch = group[model.OWNER], group.get(model.BATCH_BY, "")
        seconds = seconds_for(times.get(f"{model.kind()} {batch}".strip(), {}), group["total"])
        queue.known = queue.known and seconds is not None
        if owner in served:
            person = queue.people.setdefault(owner, Person(served[owner], 0, 0.0))
            person.rows += group["rows"]
            person.seconds += seconds or 0.0
    for row in model._default_manager.filter(state=State.RUNNING):
        work = expected(row, times)
        queue.known = queue.known and work is not None
        queue.running += seconds_left(row, work) if work is not None else 0.0
    return queue


def _ahead(row: Job, queue: Queue) -> tuple[int, float]:
    """How many rows come before it, and their seconds: everybody is served in turn, one row each."""
    mine = type(row)._default_manager.filter(state=State.QUEUED, **{row.OWNER: row.person_id})
    before = mine.filter(Q(queued_at__lt=row.queued_at) | Q(queued_at=row.queued_at, pk__lt=row.pk)).count()
    own = queue.people.get(row.person_id)
    ahead, seconds = before, own.seconds * before / max(1, own.rows) if own else 0.0
    for pk, person in queue.people.items():
        if pk != row.person_id:
            rounds = before + (own is None or person.served < own.served)
            number = min(person.rows, rounds)
            ahead += number
            seconds += person.seconds * number / person.rows
    return ahead, seconds
