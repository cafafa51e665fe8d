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

    from django.db.models import QuerySet

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
        seen: list[int] = []
        with transaction.atomic():
            window = _window(model, seen)
            leases = _lease(model, window, worker, warm, room) if window else []
        # A window without leases: the row was cancelled while it was chosen.
        if leases or not (window or _others_have_chosen(model, seen)):
            return leases


def _lease(model: type[JobT], window: Window, worker: str, warm: Collection[str], room: int) -> list[Lease[JobT]]:
    head = _first(window, warm)
    leases = _take(model, [head], worker)
    if leases and head.batch and head.attempt == 0:
        leases += _take(model, _company(model, window, head, room - head.weight), worker)
    if leases and model.WEIGHT:
        taken = model._default_manager.filter(pk__in=[lease.pk for lease in leases])
        taken.update(together=taken.aggregate(total=Sum(model.WEIGHT))["total"])
    return leases


def _window(model: type[Job], seen: list[int]) -> Window | None:
    """The first window with somebody to serve; None where there is nobody. Turns that were looked at go to ``seen``.

    Turns among which another worker chooses are left to it.
    """
    while locked := _lock(model, seen):
        seen += locked
        # A statement of its own, begun when the locks were held: it sees every row that these turns were told of.
        turns = list(_with_oldest(model, locked))
        Turn.objects.rest([turn.pk for turn in turns if turn.head is None])  # type: ignore[attr-defined]  # annotated
        room = _room(model, turns)
        if candidates := [each for each in _candidates(model, turns) if room[each.turn.person_id] > 0]:
            return Window(turns, candidates, room)
    return None


def _lock(model: type[Job], seen: Collection[int]) -> list[int]:
    skip_locked = connection.features.has_select_for_update_skip_locked
    waiting = _waiting(model, seen).select_for_update(skip_locked=skip_locked)
    return list(waiting.values_list("pk", flat=True)[:WINDOW])


def _others_have_chosen(model: type[Job], seen: Collection[int]) -> bool:
    """Wait until the worker is ready that chooses among turns left to it; False where there are none.

    Whoever waits holds no turn, and waits for one only: so no two wait for each other.
    """
    with transaction.atomic():
        return _waiting(model, seen).select_for_update().first() is not None


def _waiting(model: type[Job], seen: Collection[int]) -> QuerySet[Turn]:
    waiting = Turn.objects.filter(kind=model.kind(), waiting=True).exclude(pk__in=seen)
    return waiting.order_by("served_at", "pk")


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
    if not model.HAS_QUOTA:
        return dict.fromkeys(people, float("inf"))
    running = model._default_manager.filter(state=State.RUNNING, **{f"{model.OWNER}__in": people})
    in_hand = Counter(dict(running.order_by().values_list(model.OWNER).annotate(number=Count("pk"))))
    allowed = Quota.objects.of(people)
    return {person: _or_endless(allowed[person].running) - in_hand[person] for person in people}


def _or_endless(number: int | None) -> float:
    return float("inf") if number is None else number


def _first(window: Window, warm: Collection[str]) -> Candidate:
    """The first whose model is warm, else the first; nobody who has been passed over too often is passed over again."""
    found = window.candidates
    patient = next((number for number, each in enumerate(found) if each.turn.skips >= MAX_SKIPS), len(found))
    chosen = next((number for number, each in enumerate(found[: patient + 1]) if each.model in warm), 0)
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
        turns = [turn.pk for turn in window.turns if left[turn.person_id] > 0]
        found = _candidates(model, _with_oldest(model, turns, ~Q(pk__in=taken), **alike))
        if not found:
            break
        for each in sorted(found, key=lambda each: each.turn.pk == head.turn.pk):
            if each.weight <= room:
                company.append(each)
                room -= each.weight
                left[each.turn.person_id] -= 1
    return company


def _with_oldest(model: type[Job], turns: Collection[int], *conditions: Q, **alike: Any) -> QuerySet[Turn]:
    """The turns, each with the person's oldest row that waits and is so as ``head``."""
    queued = model._default_manager.filter(state=State.QUEUED, **{model.OWNER: OuterRef("person")})
    oldest = queued.filter(*conditions, **alike).order_by("queued_at", "pk").values("pk")[:1]
    return Turn.objects.filter(pk__in=turns).order_by("served_at", "pk").annotate(head=Subquery(oldest))


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
