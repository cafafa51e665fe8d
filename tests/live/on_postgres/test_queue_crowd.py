"""Many at once on PostgreSQL, where choosers lock turns; on SQLite one writes at a time and there is nothing to see."""

from __future__ import annotations

import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from itertools import count
from typing import TYPE_CHECKING, Any

import pytest
from django.db import connection, transaction
from django.utils import timezone

from generation.models import GenerationRequest, PromptDraft
from imagecreator.queue import claim as claiming
from imagecreator.queue.changes import cancel
from imagecreator.queue.claim import claim_batch
from imagecreator.queue.lease import Cancelled, Lease
from imagecreator.queue.models import Quota, Turn
from imagecreator.queue.reaper import reap
from imagecreator.queue.states import LIVE, State
from tests.live.on_postgres.crowd import together
from tests.rows import a_channel, a_request, a_user, a_video

if TYPE_CHECKING:
    from collections.abc import Callable
    from uuid import UUID

    from channels_app.models import Video

pytestmark = pytest.mark.django_db(transaction=True)


def wait_until_somebody_waits_for_a_lock() -> None:
    end = time.monotonic() + 10
    while time.monotonic() < end:
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
            if cursor.fetchone()[0]:
                return
        time.sleep(0.02)
    raise AssertionError("nobody waits")


def test_a_row_that_is_written_while_somebody_chooses_is_found(video: Video) -> None:
    """The chooser reads a turn that is being rung: what it then sees of the rows must not be older than the turn."""
    Turn.objects.wait(GenerationRequest.kind(), [video.owner.pk])
    written = threading.Event()
    found: list[Any] = []

    def write() -> None:
        with transaction.atomic():
            a_request(video)
            written.set()
            wait_until_somebody_waits_for_a_lock()

    def choose() -> None:
        written.wait(10)
        found.extend(claim_batch(GenerationRequest, "w"))

    assert together(write, choose) == []
    assert len(found) == 1
    assert Turn.objects.get().waiting


def test_two_choosers_who_find_nobody_to_serve_do_not_wait_for_each_other(
    monkeypatch: pytest.MonkeyPatch, video: Video
) -> None:
    others = a_video(a_channel(a_user("bob")))
    for each in (video, others):
        a_request(each)
        Quota.objects.create(person=each.owner, running=0)
    both, met = threading.Barrier(2), threading.local()
    room = claiming._room

    def slow_room(*arguments: Any) -> dict[int, float]:
        if not hasattr(met, "once"):
            met.once = both.wait(10)
        return room(*arguments)

    monkeypatch.setattr(claiming, "WINDOW", 1)
    monkeypatch.setattr(claiming, "_room", slow_room)
    assert together(*[lambda: claim_batch(GenerationRequest, "w")] * 2) == []


@dataclass
class Crowd:
    """What eight hands did at the same time."""

    served: Counter[UUID] = field(default_factory=Counter)
    cancelled: set[UUID] = field(default_factory=set)
    end: float = field(default_factory=lambda: time.monotonic() + 90)

    def work(self, name: str) -> None:
        """Claim batches and end them until every row has ended; every ninth batch is left to the reaper, once."""
        for number in count():
            if not self.goes_on():
                return
            leases = claim_batch(GenerationRequest, name, warm={name[:2]}, room=6)
            if not leases:
                time.sleep(0.02)
            for lease in leases:
                if number % 9 == 8 and lease.fence == 1:
                    expired = timezone.now() - timedelta(seconds=1)
                    GenerationRequest.objects.filter(pk=lease.pk, fence=lease.fence).update(lease_until=expired)
                else:
                    self.finish(lease)

    def finish(self, lease: Lease[GenerationRequest]) -> None:
        """End a row well, unless its owner was quicker."""
        try:
            lease.tell("paint", 1, 20)
            lease.end(State.DONE)
            self.served[lease.pk] += 1
        except Cancelled:
            lease.end(State.CANCELLED)

    def cancel(self, rows: list[GenerationRequest]) -> None:
        """Cancel these rows, one after the other."""
        for row in rows:
            if cancel(row):
                self.cancelled.add(row.pk)

    def reap(self) -> None:
        """What the reaper of every worker does, more often."""
        while self.goes_on():
            reap(GenerationRequest)
            time.sleep(0.02)

    def goes_on(self) -> bool:
        """Whether rows still wait or are worked on."""
        assert time.monotonic() < self.end, "the queue does not come to an end"
        return GenerationRequest.objects.filter(state__in=LIVE).exists()


def test_a_crowd_is_served_once_each_with_no_deadlock_and_no_lost_turn() -> None:
    videos = [a_video(a_channel(a_user(f"person{number}"))) for number in range(20)]
    rows = [a_request(video, profile=f"p{number % 2}") for number in range(10) for video in videos]
    for row in rows:
        GenerationRequest.objects.filter(pk=row.pk).update(batch_key=f"key {row.profile}")
    Quota.objects.create(person=videos[0].owner, running=1)
    crowd = Crowd()
    hands: list[Callable[[], None]] = [partial(crowd.work, f"p{number % 2} w{number}") for number in range(5)]
    hands += [partial(crowd.cancel, rows[7::8]), crowd.reap, crowd.reap]
    assert together(*hands) == []
    states = dict(GenerationRequest.objects.values_list("pk", "state"))
    assert {pk for pk, state in states.items() if state == State.DONE} == set(crowd.served)
    assert set(crowd.served.values()) == {1}
    assert {pk for pk, state in states.items() if state == State.CANCELLED} == crowd.cancelled
    assert set(states) == set(crowd.served) | crowd.cancelled
    assert len(crowd.cancelled) > 0


def test_rows_that_come_while_others_are_served_are_served_too() -> None:
    videos = [a_video(a_channel(a_user(f"person{number}"))) for number in range(4)]
    crowd, asked = Crowd(), threading.Event()
    crowd.goes_on = lambda: not asked.is_set() or Crowd.goes_on(crowd)  # type: ignore[method-assign]

    def ask() -> None:
        try:
            for video in videos * 15:
                a_request(video)
        finally:
            asked.set()

    assert together(ask, *[partial(crowd.work, f"p0 w{number}") for number in range(4)], crowd.reap) == []
    assert len(crowd.served) == 60


def test_a_draft_that_is_asked_for_twice_at_once_is_written_once(video: Video) -> None:
    asked, drafts = threading.Event(), list[PromptDraft]()

    def first() -> None:
        with transaction.atomic():
            drafts.append(PromptDraft.objects.for_subject(video, "thumbnail"))
            asked.set()
            wait_until_somebody_waits_for_a_lock()

    def second() -> None:
        asked.wait(10)
        drafts.append(PromptDraft.objects.for_subject(video, "thumbnail"))

    assert together(first, second) == []
    assert drafts[0] == drafts[1] == PromptDraft.objects.get()
