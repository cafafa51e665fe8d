"""The queue under whatever order of events: people ask, cancel and try again, workers claim, tell, end, die and wake.

A small model beside the database keeps who holds which row and who was passed over; after every step the rows are
compared with what must always hold. ``tests/live`` runs the same on PostgreSQL.
"""

from __future__ import annotations

import os
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.db import transaction
from django.utils import timezone
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from generation.models import GenerationRequest
from imagecreator.errors import ExpectedError
from imagecreator.queue.changes import cancel, release, retry
from imagecreator.queue.claim import MAX_SKIPS, claim_batch
from imagecreator.queue.lease import Cancelled, Lease, LeaseLost
from imagecreator.queue.models import Quota, Turn
from imagecreator.queue.reaper import MAX_ATTEMPTS, reap
from imagecreator.queue.states import LIVE, State
from tests.rows import a_channel, a_request, a_user, a_video

if TYPE_CHECKING:
    from collections.abc import Callable
    from uuid import UUID

    from channels_app.models import Video

EXAMPLES = int(os.environ.get("QUEUE_EXAMPLES", "50"))
STEPS = 30
MAY_RUN = {"ann": 1, "ben": 2, "cay": 4, "dan": 6}  # rows at once
KINDS = ["sd small", "sd small", "sd large", "xl small", "odd"]
ASKED = st.tuples(st.integers(0, 3), st.sampled_from(KINDS), st.integers(1, 4))
ENDS = (State.DONE, State.FAILED, State.HELD, State.REFUSED, State.CANCELLED)
WORKER = st.sampled_from(["w1", "w2", "w3"])
WARM = st.sampled_from([(), ("sd",), ("xl",), ("sd", "xl")])
Rows = dict["UUID", dict[str, Any]]


@dataclass
class Hand:
    """What a worker was given at once."""

    worker: str
    leases: list[Lease[GenerationRequest]]
    batched: bool = field(init=False)

    def __post_init__(self) -> None:
        self.batched = len(self.leases) > 1


def look() -> Rows:
    names = ("pk", "owner_id", "state", "worker", "lease_until", "attempt", "fence", "count", "batch_key", "profile")
    more = ("together", "cancel_requested")
    return {row["pk"]: row for row in GenerationRequest.objects.order_by("queued_at", "pk").values(*names, *more)}


class Machine(RuleBasedStateMachine):
    """Events in any order. ``videos`` is one video of each person."""

    videos: list[Video]

    def __init__(self) -> None:
        super().__init__()
        self.undone = transaction.atomic()
        self.undone.__enter__()
        self.may_run = {video.owner.pk: MAY_RUN[video.owner.username] for video in self.videos}
        self.hands: list[Hand] = []
        self.lost: list[Lease[GenerationRequest]] = []
        self.passed: Counter[int] = Counter()
        self.asked_again: set[UUID] = set()  # rows that may leave an end in this step
        self.before: Rows = {}

    # ---- people ----
    @initialize(asked=st.lists(ASKED, min_size=8, max_size=16))
    def begin(self, asked: list[tuple[int, str, int]]) -> None:
        self.ask(asked)

    @rule(asked=st.lists(ASKED, min_size=2, max_size=8))
    def ask(self, asked: list[tuple[int, str, int]]) -> None:
        for person, kind, count in asked:
            row = a_request(self.videos[person], count=count, profile=kind.partition(" ")[0])
            GenerationRequest.objects.filter(pk=row.pk).update(batch_key="" if kind == "odd" else kind)

    @precondition(lambda self: self.before)
    @rule(data=st.data())
    def cancel_one(self, data: st.DataObject) -> None:
        row = self.any_row(data)
        assert cancel(row) == (row.state in LIVE)

    @precondition(lambda self: self.before)
    @rule(data=st.data(), change=st.sampled_from([retry, release]))
    def ask_again(self, data: st.DataObject, change: Callable[[GenerationRequest], bool]) -> None:
        row = self.any_row(data)
        self.asked_again.add(row.pk)
        may = (State.FAILED, State.CANCELLED) if change is retry else (State.HELD,)
        assert change(row) == (row.state in may)

    # ---- workers ----
    @rule(worker=WORKER, warm=WARM, room=st.integers(1, 8), bells=st.integers(1, 2))
    def claim(self, worker: str, warm: tuple[str, ...], room: int, bells: int) -> None:
        for _ in range(bells):  # a doubled message is nothing special
            self.hands += self.claimed(worker, warm, room)

    @rule(worker=WORKER, warm=WARM, room=st.integers(1, 8), batches=st.integers(2, 8), state=st.sampled_from(ENDS))
    def work_through(self, worker: str, warm: tuple[str, ...], room: int, batches: int, state: State) -> None:
        while batches and (hands := self.claimed(worker, warm, room)):
            batches -= 1
            for hand in hands:
                for lease in list(hand.leases):
                    lease.end(state)
                    self.drop(hand, lease)

    @precondition(lambda self: self.hands)
    @rule(data=st.data(), telling=st.booleans())
    def live_on(self, data: st.DataObject, telling: bool) -> None:
        _hand, lease = self.any_lease(data)
        if telling:
            with suppress(Cancelled):
                lease.tell("paint", 1, 20)
        else:
            lease.renew()

    @precondition(lambda self: self.hands)
    @rule(data=st.data(), state=st.sampled_from(ENDS))
    def end(self, data: st.DataObject, state: State) -> None:
        hand, lease = self.any_lease(data)
        try:
            lease.end(state, error=ExpectedError("unexpected") if state == State.FAILED else None)
        except Cancelled:
            assert lease.row().cancel_requested
            lease.end(State.CANCELLED)
        self.drop(hand, lease)

    @rule(worker=WORKER, meanwhile=st.sampled_from(["", "cancel", "claim"]))
    def give_back(self, worker: str, meanwhile: str) -> None:
        """A batch fails for a reason that nobody knows: each of its rows is to be tried alone."""
        self.hands += self.claimed(worker, (), 8)
        for hand in [hand for hand in self.hands if hand.batched]:
            if meanwhile == "cancel":
                assert cancel(hand.leases[0].row())
            elif meanwhile == "claim":  # which lets those rest who have nothing more to wait for
                self.work_through("w1", (), 8, 50, State.DONE)
            for lease in list(hand.leases):
                lease.give_back()
                self.drop(hand, lease)

    @rule(worker=WORKER, lives=st.integers(1, 4))
    def die(self, worker: str, lives: int) -> None:
        """Whatever this worker takes, it dies of it."""
        for _ in range(lives):
            for hand in self.claimed(worker, (), 1):
                self.hands.append(hand)
                self.silence(hand.leases[0])
            self.reap()

    @precondition(lambda self: self.hands)
    @rule(data=st.data())
    def fall_silent(self, data: st.DataObject) -> None:
        self.silence(self.any_lease(data)[1])

    @rule()
    def reap(self) -> None:
        late = {pk for pk, row in look().items() if row["lease_until"] and row["lease_until"] < timezone.now()}
        assert reap(GenerationRequest) == len(late)
        for hand in list(self.hands):
            for lease in [lease for lease in hand.leases if lease.pk in late]:
                self.drop(hand, lease)

    @precondition(lambda self: self.lost)
    @rule(data=st.data())
    def write_too_late(self, data: st.DataObject) -> None:
        lease = data.draw(st.sampled_from(self.lost))
        before = list(GenerationRequest.objects.order_by("pk").values())
        acts = (
            lease.renew, lease.row, lease.give_back, lambda: lease.tell("paint", 1, 1), lambda: lease.end(State.DONE)
        )  # fmt: skip
        for act in acts:
            with pytest.raises(LeaseLost):
                act()
        assert list(GenerationRequest.objects.order_by("pk").values()) == before

    # ---- what must hold ----
    @invariant()
    def promises_are_kept(self) -> None:
        rows = look()
        held = Counter(lease.pk for hand in self.hands for lease in hand.leases)
        assert {pk for pk, row in rows.items() if row["state"] == State.RUNNING} == set(held)
        assert set(held.values()) <= {1}
        for pk, row in rows.items():
            assert row["state"] in State.values
            assert row["attempt"] <= MAX_ATTEMPTS
            if row["state"] == State.RUNNING:
                assert row["worker"]
                assert row["lease_until"]
                assert row["attempt"] >= 1
            assert not (row["state"] == State.QUEUED and row["cancel_requested"])
            if was := self.before.get(pk):
                assert row["fence"] >= was["fence"]
                if was["state"] not in LIVE and pk not in self.asked_again:
                    assert row == was
        in_hand = Counter(row["owner_id"] for row in rows.values() if row["state"] == State.RUNNING)
        assert all(number <= self.may_run[person] for person, number in in_hand.items())
        waiting = {row["owner_id"] for row in rows.values() if row["state"] == State.QUEUED}
        assert waiting <= set(Turn.objects.filter(waiting=True).values_list("person", flat=True))
        self.before, self.asked_again = rows, set()

    def teardown(self) -> None:
        """Work until nothing waits: every row must come to an end. Then forget all."""
        try:
            self.drain()
        finally:
            transaction.set_rollback(True)
            self.undone.__exit__(None, None, None)

    def drain(self) -> None:
        GenerationRequest.objects.filter(state=State.RUNNING).update(lease_until=timezone.now() - timedelta(seconds=1))
        reap(GenerationRequest)
        for _ in range(len(self.before) + 1):
            for lease in claim_batch(GenerationRequest, "last", room=4):
                lease.end(State.CANCELLED if lease.row().cancel_requested else State.DONE)
        assert not GenerationRequest.objects.filter(state__in=LIVE).exists()

    # ---- helpers ----
    def claimed(self, worker: str, warm: tuple[str, ...], room: int) -> list[Hand]:
        """Claim a batch, and compare it with what should have been chosen."""
        rows = look()
        turns = self.turns_in_order(rows)
        leases = claim_batch(GenerationRequest, worker, warm=warm, room=room)
        if not leases:
            assert not turns, "somebody waits and may have more in hand"
            return []
        self.check_batch(rows, leases, room)
        self.check_fairness([rows[lease.pk] for lease in leases], turns, warm)
        return [Hand(worker, leases)]

    def check_batch(self, rows: Rows, leases: list[Lease[GenerationRequest]], room: int) -> None:
        head, *others = [rows[lease.pk] for lease in leases]
        weight = sum(rows[lease.pk]["count"] for lease in leases)
        assert not others or weight <= room
        assert all(row["batch_key"] == head["batch_key"] != "" and row["attempt"] == 0 for row in others)
        assert not others or head["attempt"] == 0
        after = look()
        assert {after[lease.pk]["together"] for lease in leases} == {weight}
        if head["attempt"] == 0 and head["batch_key"]:
            waiting = {person for person, _turn in self.turns_in_order(after)}
            fits = [
                row for row in after.values()
                if row["state"] == State.QUEUED and row["batch_key"] == head["batch_key"] and row["attempt"] == 0
                and row["count"] <= room - weight and row["owner_id"] in waiting
            ]  # fmt: skip
            assert not fits, "a row that fitted was left behind"

    def check_fairness(self, served: list[dict[str, Any]], turns: list[tuple[int, str]], warm: tuple[str, ...]) -> None:
        order = [person for person, _profile in turns]
        place = order.index(served[0]["owner_id"])
        assert place == 0 or served[0]["profile"] in warm
        self.passed.update(order[:place])
        assert all(number <= MAX_SKIPS for number in self.passed.values())
        for row in served:
            self.passed.pop(row["owner_id"], None)

    def turns_in_order(self, rows: Rows) -> list[tuple[int, str]]:
        """Who waits and may have more in hand, the least recently served first, with the profile of the oldest row."""
        in_hand = Counter(row["owner_id"] for row in rows.values() if row["state"] == State.RUNNING)
        oldest: dict[int, str] = {}
        for row in rows.values():
            if row["state"] == State.QUEUED:
                oldest.setdefault(row["owner_id"], row["profile"])
        people = Turn.objects.order_by("served_at", "pk").values_list("person", flat=True)
        return [(one, oldest[one]) for one in people if one in oldest and in_hand[one] < self.may_run[one]]

    def silence(self, lease: Lease[GenerationRequest]) -> None:
        past = timezone.now() - timedelta(seconds=1)
        GenerationRequest.objects.filter(pk=lease.pk).update(lease_until=past)

    def any_row(self, data: st.DataObject) -> GenerationRequest:
        return GenerationRequest.objects.get(pk=data.draw(st.sampled_from(list(self.before))))

    def any_lease(self, data: st.DataObject) -> tuple[Hand, Lease[GenerationRequest]]:
        pairs = [(hand, lease) for hand in self.hands for lease in hand.leases]
        return pairs[data.draw(st.integers(0, len(pairs) - 1))]

    def drop(self, hand: Hand, lease: Lease[GenerationRequest]) -> None:
        hand.leases.remove(lease)
        self.lost.append(lease)
        self.hands = [hand for hand in self.hands if hand.leases]


def test_whatever_happens_in_whatever_order_the_queue_keeps_its_promises(db: None) -> None:
    people = [a_user(name) for name in MAY_RUN]
    Machine.videos = [a_video(a_channel(person)) for person in people]
    for person in people:
        Quota.objects.create(person=person, running=MAY_RUN[person.username])
    run_state_machine_as_test(
        Machine,
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=STEPS,
            deadline=None,
            database=None,
            derandomize="QUEUE_EXAMPLES" not in os.environ,
            suppress_health_check=list(HealthCheck),
        ),
    )
