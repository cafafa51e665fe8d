"""The position that a page tells is the order in which the rows are then served."""

from __future__ import annotations

import random
from datetime import timedelta

import pytest
from django.core.cache import cache
from django.utils import timezone

from generation.models import GenerationRequest
from imagecreator.queue.claim import claim
from imagecreator.queue.models import Measured, Turn, Worker
from imagecreator.queue.standing import standing, what
from imagecreator.queue.states import State
from tests.rows import a_channel, a_request, a_user, a_video


@pytest.mark.parametrize("seed", range(4))
def test_rows_are_served_in_the_order_that_was_told(db: None, seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(GenerationRequest, "batch_room", lambda: 1)
    chance, now = random.Random(seed), timezone.now()
    rows = []
    for number in range(6):
        video = a_video(a_channel(a_user(f"person{number}")))
        ages = [timedelta(seconds=chance.randint(1, 60)) for _ in range(chance.randint(1, 5))]
        rows += [a_request(video, queued_at=now - age) for age in ages]
        Turn.objects.filter(person=video.owner).update(served_at=now - timedelta(seconds=chance.randint(100, 200)))
    Measured.objects.note(what(rows[0]), 1, 10.0)
    Worker.objects.beat("w", ["gpu"], "")
    cache.clear()
    told = {row.pk: standing(row) for row in rows}
    for place in range(len(rows)):
        lease = claim(GenerationRequest, "w")
        assert lease is not None
        lease.end(State.DONE)
        assert told[lease.pk].position == place + 1
        assert told[lease.pk].wait == pytest.approx(10.0 * place, abs=2.0)
