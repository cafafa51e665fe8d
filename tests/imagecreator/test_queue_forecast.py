"""The forecast chooses as ``claim_batch`` does: what it foresees is what is then taken, batch by batch."""

from __future__ import annotations

import random
from datetime import timedelta
from math import isnan, nan
from uuid import UUID

import pytest
from django.core.cache import cache
from django.utils import timezone

from generation.models import GenerationRequest
from imagecreator.queue.claim import claim_batch
from imagecreator.queue.forecast import Waiting, forecast
from imagecreator.queue.models import Measured, Turn, Worker
from imagecreator.queue.standing import standing, what
from imagecreator.queue.states import State
from tests.rows import a_channel, a_request, a_user, a_video

ROOM = 4


@pytest.mark.parametrize("seed", range(6))
def test_batches_are_those_that_are_claimed(db: None, seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(GenerationRequest, "batch_room", lambda: ROOM)
    chance, now = random.Random(seed), timezone.now()
    rows = []
    for number in range(5):
        video = a_video(a_channel(a_user(f"person{number}")))
        for _ in range(chance.randint(1, 5)):
            age = timedelta(seconds=chance.randint(1, 60))
            steps, count = chance.choice((10, 20)), chance.choice((1, 2, 4))
            rows.append(a_request(video, queued_at=now - age, steps_asked=steps, count=count))
        Turn.objects.filter(person=video.owner).update(served_at=now - timedelta(seconds=100 + number))
    GenerationRequest.objects.filter(pk=rows[chance.randrange(len(rows))].pk).update(attempt=1)
    for name in {what(row) for row in rows}:
        Measured.objects.note(name, 1, 10.0)
    Worker.objects.beat("w", ["gpu"], "")
    cache.clear()
    told = {row.pk: standing(row) for row in rows}
    passed = 0.0
    while leases := claim_batch(GenerationRequest, "w", room=ROOM):
        weight = sum(lease.row().count for lease in leases)
        for lease in leases:
            assert told[lease.pk].wait == pytest.approx(passed, abs=2.0)
            assert told[lease.pk].work == pytest.approx(10.0 * weight, abs=0.1)
            lease.end(State.DONE)
        passed += 10.0 * weight


def a_row(number: int, what: str) -> Waiting:
    return Waiting(UUID(int=number), number, 1, "", what)


def test_a_batch_of_unknown_length_takes_its_worker_with_it() -> None:
    rows = [a_row(number, name) for number, name in enumerate(["known", "strange", "known", "known"])]
    turns = {row.person: row.person for row in rows}
    found = forecast(rows, turns, [0.0, 5.0], 1, lambda name, amount: 10.0 * amount if name == "known" else nan)
    assert list(found.values()) == [(0.0, 10.0), (5.0, pytest.approx(nan, nan_ok=True)), (10.0, 20.0), (20.0, 30.0)]


def test_without_workers_nothing_is_foreseen() -> None:
    (times,) = forecast([a_row(1, "known")], {1: 1}, [], 1, lambda *_: 1.0).values()
    assert all(map(isnan, times))
