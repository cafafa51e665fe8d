"""Who is next: the least recently served person, a warm model before a cold one, and what may share the batch.

A claim looks at one window of turns, whoever waits and however much: it costs the same with a hundred rows and with a
hundred thousand.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db import connection, transaction
from django.db.models import Count, F, OuterRef, Q, Subquery, Sum
from django.utils import timezone

from imagecreator.queue.job import CLEAN
from imagecreator.queue.lease import JobT, Lease, lease_end
from imagecreator.queue.models import Quota, Turn
from imagecreator.queue.states import State

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable
    from datetime import datetime
    from uuid import UUID

    from imagecreator.queue.job import Job

WINDOW = 32  # turns that are looked at together, the least recently served first
MAX_SKIPS = 4  # how often a person may be passed over for a model that is loaded already


@dataclass(frozen=True)
class Candidate:
    """A row that may be taken, and whose turn it uses."""

    turn: Turn
    pk: UUID
    fence: int
    attempt: int
    weight: int  # how much of a batch it takes
    batch: str  # rows that are alike in it may share a batch; empty: none may
    model: str  # the model that it needs


@dataclass
class Window:
    """Some turns, the oldest row of each, and how many rows each person may still have in hand."""

    turns: list[Turn]
    candidates: list[Candidate]
    room: dict[int, float]


def claim(model: type[JobT], worker: str) -> Lease[JobT] | None:
    """Take the next row for ``worker``, or return None. Two workers never get the same row."""
    return next(iter(claim_batch(model, worker)), None)


def claim_batch(model: type[JobT], worker: str, *, warm: Collection[str] = (), room: int = 1) -> list[Lease[JobT]]:
    """Take the next row, and with it those that may share its batch, up to ``room`` in weight.

    ``warm`` are the models that the worker has loaded. The first row is taken whatever it weighs. A row that has been
    in hand before is taken alone: if it kills its worker, it takes nobody along. Empty where nothing waits.
    """
    while True:
        with transaction.atomic():
            window = _window(model)
            if window is None:
                return []
            head = _first(window, warm)
            leases = _take(model, [head], worker)
            if leases and head.batch and head.attempt == 0:
                leases += _take(model, _company(model, window, head, room - head.weight), worker)
            if leases and model.WEIGHT:
                taken = model._default_manager.filter(pk__in=[lease.pk for lease in leases])
                taken.update(together=taken.aggregate(total=Sum(model.WEIGHT))["total"])
        if leases:  # else the row was cancelled while it was chosen
            return leases


def _window(model: type[Job]) -> Window | None:
    """The first window with somebody to serve; None where nobody waits.

    Turns among which another worker chooses are left to it, unless there are no others.
    """
    ways = (True, False) if connection.features.has_select_for_update_skip_locked else (False,)
    for leave_others in ways:
        after: Turn | None = None
        while turns := _turns(model, after, leave_others=leave_others):
            after = turns[-1]
            for turn in turns:
                if turn.head is None:  # type: ignore[attr-defined]  # annotated
                    Turn.objects.rest(turn)
            room = _room(model, turns)
            if candidates := [each for each in _candidates(model, turns) if room[each.turn.person_id] > 0]:
                return Window(turns, candidates, room)
    return None


def _turns(model: type[Job], after: Turn | None, *, leave_others: bool) -> list[Turn]:
    waiting = Turn.objects.filter(kind=model.kind(), waiting=True).order_by("served_at", "pk")
    if after is not None:
        later = Q(served_at__gt=after.served_at) | Q(served_at=after.served_at, pk__gt=after.pk)
        waiting = waiting.filter(later, served_at__gte=after.served_at)
    locked = waiting.select_for_update(skip_locked=leave_others)
    return list(locked.annotate(head=_oldest(model))[:WINDOW])


def _oldest(model: type[Job], *conditions: Q, **alike: Any) -> Subquery:
    queued = model._default_manager.filter(state=State.QUEUED, **{model.OWNER: OuterRef("person")})
    rows = queued.filter(*conditions, **alike)
    return Subquery(rows.order_by("queued_at", "pk").values("pk")[:1])


def _candidates(model: type[Job], turns: Iterable[Turn]) -> list[Candidate]:
    """The rows that the turns' ``head`` names, in the turns' order."""
    of = {turn.head: turn for turn in turns if turn.head is not None}  # type: ignore[attr-defined]  # annotated
    rows = {row.pk: row for row in model._default_manager.filter(pk__in=of)}
    return [_candidate(rows[pk], turn) for pk, turn in of.items() if pk in rows]


def _candidate(row: Job, turn: Turn) -> Candidate:
    weight = getattr(row, row.WEIGHT) if row.WEIGHT else 1
    batch = getattr(row, row.BATCH_BY) if row.BATCH_BY else ""
    model = getattr(row, row.WARM_BY) if row.WARM_BY else ""
    return Candidate(turn, row.pk, row.fence, row.attempt, weight, batch, model)


def _room(model: type[Job], turns: Collection[Turn]) -> dict[int, float]:
    """How many rows more each person may have in hand."""
    people = [turn.person_id for turn in turns]
    running = model._default_manager.filter(state=State.RUNNING, **{f"{model.OWNER}__in": people})
    in_hand = Counter(dict(running.order_by().values_list(model.OWNER).annotate(number=Count("pk"))))
    allowed = Quota.objects.of(people)
    return {person: _or_endless(allowed[person].running) - in_hand[person] for person in people}


def _or_endless(number: int | None) -> float:
    return float("inf") if number is None else number


def _first(window: Window, warm: Collection[str]) -> Candidate:
    """The first whose model is warm, else the first; who has been passed over too often is not passed over again."""
    found = window.candidates
    chosen = 0
    if warm and found[0].turn.skips < MAX_SKIPS:
        chosen = next((number for number, each in enumerate(found) if each.model in warm), 0)
    if passed := [each.turn.pk for each in found[:chosen]]:
        Turn.objects.filter(pk__in=passed).update(skips=F("skips") + 1)
    return found[chosen]


def _company(model: type[Job], window: Window, head: Candidate, room: int) -> list[Candidate]:
    """Rows that may share the batch: one of each person in every round, the head's own person last."""
    company: list[Candidate] = []
    left = Counter(window.room)
    left[head.turn.person_id] -= 1
    while room > 0:
        alike = {model.BATCH_BY: head.batch, "attempt": 0, f"{model.WEIGHT}__lte": room}
        taken = {head.pk, *(each.pk for each in company)}
        turns = [turn for turn in window.turns if left[turn.person_id] > 0]
        found = [each for each in _candidates(model, _with_oldest(model, turns, taken, alike)) if each.weight <= room]
        if not found:
            break
        for each in sorted(found, key=lambda each: each.turn.pk == head.turn.pk):
            if each.weight <= room:
                company.append(each)
                room -= each.weight
                left[each.turn.person_id] -= 1
    return company


def _with_oldest(model: type[Job], turns: list[Turn], taken: Collection[UUID], alike: dict[str, Any]) -> Iterable[Turn]:
    oldest = _oldest(model, ~Q(pk__in=taken), **alike)
    found = Turn.objects.filter(pk__in=[turn.pk for turn in turns])
    return found.order_by("served_at", "pk").annotate(head=oldest)


def _take(model: type[JobT], candidates: Collection[Candidate], worker: str) -> list[Lease[JobT]]:
    """Lease the rows; one that was cancelled meanwhile is left out. Their people have been served now."""
    now, taken, served = timezone.now(), [], set()
    for each in candidates:
        mine = model._default_manager.filter(pk=each.pk, state=State.QUEUED, fence=each.fence)
        if mine.update(state=State.RUNNING, **_in_hand(worker, each, now)):
            taken.append(Lease(model, each.pk, each.fence + 1))
            served.add(each.turn.pk)
    if served:
        Turn.objects.filter(pk__in=served).update(served_at=now, skips=0)
    return taken


def _in_hand(worker: str, candidate: Candidate, now: datetime) -> dict[str, Any]:
    return {
        "worker": worker,
        "attempt": candidate.attempt + 1,
        "fence": candidate.fence + 1,
        "lease_until": lease_end(),
        "started_at": now,
        **CLEAN,
    }
