"""Where a waiting row stands, and how long it may take: from the turns, the measured past and the workers that live."""

from __future__ import annotations

import time
from array import array
from dataclasses import dataclass, field
from math import isnan, nan
from typing import TYPE_CHECKING

from django.conf import settings
from django.core.cache import cache
from django.db.models import Count, F, Q, Sum, Value
from django.utils import timezone

from imagecreator.queue.forecast import Times, Waiting, forecast
from imagecreator.queue.job import job_models
from imagecreator.queue.models import Measured, Turn, Worker
from imagecreator.queue.models.history import seconds_for
from imagecreator.queue.states import State

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imagecreator.queue.job import Job

HORIZON = 200  # rows that wait: with more, what one of them waits is told by sums, and not by going through all
FRESH_SECONDS = 2  # how long one look at the queue serves all pages that ask, at least
SHARE_OF_TIME = 0.05  # of a process that goes into looking, at most: a dear look serves longer
CLOSING_SHARE = 0.1  # of a job, at most, that is left in its closing stages
TRUST_STEPS = 3  # after so many steps, a job's own pace counts beside the past


@dataclass(frozen=True)
class Standing:
    """``position`` is 1 for the next; ``wait`` and ``work`` are seconds, None where nothing is known of the past."""

    position: int | None
    wait: float | None
    work: float | None
    is_stuck: bool = False  # it has waited for a while, and no worker lives; or its worker has gone silent

    @property
    def left(self) -> float | None:
        """Seconds until the row is done."""
        return None if self.wait is None or self.work is None else self.wait + self.work


@dataclass
class Queue:
    """One look at a kind of job: who waits, what the running rows still take, and how many workers live.

    ``times`` has the rows, where they are few, as seconds from ``at``. For more, there are
    plain arrays, which come out of the cache at once however many people wait. The first three have one place for each
    person, the least recently served first. Seconds that nobody knows are NaN, and so is every sum that they are in:
    whoever comes before them is told a time, and who comes after is not.
    """

    at: float = field(default_factory=time.time)
    times: Times | None = None
    people: array[int] = field(default_factory=lambda: array("q"))
    rows: array[int] = field(default_factory=lambda: array("q"))
    seconds: array[float] = field(default_factory=lambda: array("d"))  # of one of the person's rows
    rows_after: array[int] = field(default_factory=lambda: array("q", [0]))  # served in so many rounds
    seconds_after: array[float] = field(default_factory=lambda: array("d", [0.0]))
    running: float = 0.0  # seconds, of the workers of whom it is known
    workers: int = 0
    unsure: int = 0  # workers with something in hand of which nobody knows how long it takes: they are not counted on


def standing(row: Job) -> Standing:
    """Where ``row``, which waits or is worked on, stands."""
    work = expected(row, Measured.objects.table(what(row)))
    if row.state == State.RUNNING:
        silent = row.lease_until is not None and row.lease_until < timezone.now()
        return Standing(None, 0.0, None if silent else seconds_left(row, work), silent)
    queue = _queue(row)
    ahead, seconds = _ahead(row, queue)
    if queue.times is not None and row.pk in queue.times:
        wait, work = _foreseen(queue.times[row.pk], time.time() - queue.at)
    else:
        free = queue.workers - queue.unsure
        wait = None if free < 1 or isnan(seconds) else (seconds + queue.running) / free
    waited = (timezone.now() - row.queued_at).total_seconds()
    return Standing(ahead + 1, wait, work, not queue.workers and waited > settings.LEASE_SECONDS)


def _foreseen(times: tuple[float, float], passed: float) -> tuple[float | None, float | None]:
    """Seconds of waiting and of work, so many seconds after the look; None for what is unknown."""
    begin, end = times
    return None if isnan(begin) else max(0.0, begin - passed), None if isnan(end) else end - begin


def expected(row: Job, times: dict[str, dict[int, float]]) -> float | None:
    """Seconds that the row takes once it is begun, with its model loaded; None where nothing like it was measured.

    One that is worked on takes as long as all of its batch.
    """
    in_hand = row.together if row.state == State.RUNNING else 0
    return seconds_for(times.get(what(row), {}), max(in_hand, weight(row)))


def seconds_left(row: Job, work: float | None) -> float | None:
    """Seconds that a running row still takes; ``work`` is what the past says of the whole. None if nothing is known.

    The further it is, the more its own pace counts: from the middle on, nothing else.
    """
    left = None if work is None else max(0.0, work - row.elapsed)
    if row.is_closing:
        return left if left is None or work is None else min(left, CLOSING_SHARE * work)
    if not row.steps or row.step < TRUST_STEPS or not row.tells_pace:
        return left
    share = min(1.0, row.step / row.steps)
    pace, trust = row.elapsed * (1 - share) / share, min(1.0, 2 * share)
    return pace if left is None else (1 - trust) * left + trust * pace


def what(row: Job) -> str:
    """Under which name the times of such rows are kept."""
    field_name = pace_by(type(row))
    return name_of(type(row), getattr(row, field_name) if field_name else "")


def name_of(model: type[Job], pace: str) -> str:
    """Under which name the times of rows of that pace are kept."""
    return f"{model.kind()} {pace}".strip()


def pace_by(model: type[Job]) -> str:
    """The field that says which rows take equally long; empty where all do."""
    return model.PACE_BY or model.BATCH_BY


def weight(row: Job) -> int:
    """How much of a batch the row is."""
    return int(getattr(row, row.WEIGHT)) if row.WEIGHT else 1


def _queue(row: Job) -> Queue:
    model = type(row)
    key = f"queue:{model.kind()}"
    found: Queue | None = cache.get(key)
    if found is None or (found.times is not None and row.pk not in found.times):  # it came since; few wait, so look
        began = time.monotonic()
        found = _look(model)
        cache.set(key, found, max(FRESH_SECONDS, (time.monotonic() - began) / SHARE_OF_TIME))
    return found


def _look(model: type[Job]) -> Queue:
    times = Measured.objects.table()
    alive = list(Worker.objects.alive(model.lane).values_list("name", flat=True))
    in_hand, unsure = _running(model, times)
    queue = Queue(workers=len(alive), running=sum(in_hand.values()), unsure=len(unsure))
    waiting = _waiting(model, times)
    in_turn = _in_turn(model)
    if sum(number for number, _ in waiting.values()) <= HORIZON:
        free = [in_hand.get(name, 0.0) for name in alive if name not in unsure]
        queue.times = forecast(_rows(model), in_turn, free, model.batch_room(), lambda *done: _seconds(times, *done))
    for person in in_turn:
        if person in waiting:
            number, seconds = waiting[person]
            queue.people.append(person)
            queue.rows.append(number)
            queue.seconds.append(seconds / number)
    _count_rounds(queue)
    return queue


def _in_turn(model: type[Job]) -> dict[int, int]:
    """The people with rows that wait and the keys of their turns, the least recently served first."""
    turns = Turn.objects.filter(kind=model.kind(), waiting=True).order_by("served_at", "pk")
    return dict(turns.values_list("person", "pk"))


def _rows(model: type[Job]) -> list[Waiting]:
    """All rows that wait, the oldest first."""
    fields = [model.OWNER, model.WEIGHT or Value(1), model.BATCH_BY or Value(""), pace_by(model) or Value("")]
    waiting = model._default_manager.filter(state=State.QUEUED).order_by("queued_at", "pk")
    return [
        Waiting(pk, person, weight, "" if attempt else batch, name_of(model, pace))
        for pk, attempt, person, weight, batch, pace in waiting.values_list("pk", "attempt", *fields)
    ]


def _seconds(times: dict[str, dict[int, float]], name: str, amount: int) -> float:
    """What so much of it takes; NaN where nothing like it was measured."""
    found = seconds_for(times.get(name, {}), amount)
    return nan if found is None else found


def _running(model: type[Job], times: dict[str, dict[int, float]]) -> tuple[dict[str, float], set[str]]:
    """Seconds that each worker still needs for what it has in hand, its longest; and workers of which nobody knows."""
    left: dict[str, float] = {}
    unsure: set[str] = set()
    for row in _in_hand(model):
        takes = seconds_left(row, expected(row, times))
        if takes is None:
            unsure.add(row.worker)
        else:
            left[row.worker] = max(left.get(row.worker, 0.0), takes)
    return {worker: seconds for worker, seconds in left.items() if worker not in unsure}, unsure


def _in_hand(model: type[Job]) -> Iterator[Job]:
    """What the living workers of this lane have in hand, of any kind: each does one thing at a time."""
    of_lane = Worker.objects.alive(model.lane).values("name")
    for each in job_models():
        yield from each._default_manager.filter(state=State.RUNNING, worker__in=of_lane)


def _waiting(model: type[Job], times: dict[str, dict[int, float]]) -> dict[int, tuple[int, float]]:
    """How many rows each person has waiting, and their seconds; NaN where one of them is of a kind never measured."""
    found: dict[int, tuple[int, float]] = {}
    known: dict[tuple[str, int], float] = {}
    alike = F(pace_by(model)) if pace_by(model) else Value("")
    total = Sum(model.WEIGHT) if model.WEIGHT else Count("pk")
    groups = model._default_manager.filter(state=State.QUEUED).order_by().values(model.OWNER, alike=alike)
    for owner, batch, rows, amount in groups.annotate(n=Count("pk"), t=total).values_list(
        model.OWNER, "alike", "n", "t"
    ):
        if (batch, amount) not in known:
            known[batch, amount] = _seconds(times, name_of(model, batch), amount)
        before = found.get(owner, (0, 0.0))
        found[owner] = (before[0] + rows, before[1] + known[batch, amount])
    return found


def _count_rounds(queue: Queue) -> None:
    """Everybody is served one row in each round, as long as there are any."""
    last: dict[int, tuple[int, float]] = {}  # in which round how many people have their last row, and its seconds
    for rows, seconds in zip(queue.rows, queue.seconds, strict=True):
        number, sum_ = last.get(rows, (0, 0.0))
        last[rows] = (number + 1, sum_ + seconds)
    number, seconds = len(queue.rows), sum(queue.seconds)
    for done in range(1, max(last, default=0) + 1):
        queue.rows_after.append(queue.rows_after[-1] + number)
        queue.seconds_after.append(queue.seconds_after[-1] + seconds)
        gone = last.get(done, (0, 0.0))
        number, seconds = number - gone[0], seconds - gone[1]


def _ahead(row: Job, queue: Queue) -> tuple[int, float]:
    """How many rows come before it, and their seconds: everybody is served in turn, one row each."""
    mine = type(row)._default_manager.filter(state=State.QUEUED, **{row.OWNER: row.person_id})
    before = mine.filter(Q(queued_at__lt=row.queued_at) | Q(queued_at=row.queued_at, pk__lt=row.pk)).count()
    rounds = min(before, len(queue.rows_after) - 1)
    ahead, seconds = queue.rows_after[rounds], queue.seconds_after[rounds]
    place = len(queue.people)
    if row.person_id in queue.people:
        place = queue.people.index(row.person_id)
        if more := before - min(before, queue.rows[place]):  # that came since the look
            ahead, seconds = ahead + more, seconds + more * queue.seconds[place]
    else:
        ahead += before
    once_more = [queue.seconds[other] for other in range(place) if queue.rows[other] > before]
    return ahead + len(once_more), seconds + sum(once_more)
