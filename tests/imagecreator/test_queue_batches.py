"""Rows that share a batch: which may, which may not, and how each of them ends."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from django.utils import timezone

from generation.models import GenerationRequest
from imagecreator.queue.batch import Batch
from imagecreator.queue.changes import cancel
from imagecreator.queue.claim import claim_batch
from imagecreator.queue.lease import Cancelled, LeaseLost
from imagecreator.queue.reaper import reap
from imagecreator.queue.states import State
from tests.rows import a_channel, a_request, a_user, a_video

if TYPE_CHECKING:
    from channels_app.models import Video

pytestmark = pytest.mark.django_db


@pytest.fixture
def videos() -> list[Video]:
    """One video of each of four people."""
    return [a_video(a_channel(a_user(name))) for name in ("ann", "ben", "cy", "dee")]


def taken(room: int) -> list[GenerationRequest]:
    """What a worker takes together, in order."""
    leases = claim_batch(GenerationRequest, "worker", room=room)
    rows = {row.pk: row for row in GenerationRequest.objects.all()}
    return [rows[lease.pk] for lease in leases]


def test_alike_requests_of_different_people_are_taken_together(videos: list[Video]) -> None:
    asked = [a_request(video) for video in videos]
    assert taken(room=4) == asked
    assert {row.together for row in GenerationRequest.objects.all()} == {4}


def test_one_of_each_person_before_a_second_of_anybody(videos: list[Video]) -> None:
    first = [a_request(videos[0]) for _ in range(3)]
    second = [a_request(videos[1]) for _ in range(2)]
    assert taken(room=4) == [first[0], second[0], first[1], second[1]]


def test_pictures_are_counted_not_requests(videos: list[Video]) -> None:
    big, bigger, small = (a_request(video, count=count) for video, count in zip(videos, (2, 4, 2), strict=False))
    assert taken(room=4) == [big, small]
    assert taken(room=4) == [bigger]


def test_a_request_that_is_larger_than_the_room_is_taken_alone(videos: list[Video]) -> None:
    big = a_request(videos[0], count=4)
    a_request(videos[1])
    assert taken(room=1) == [big]


@pytest.mark.parametrize(
    "other", [{"steps_asked": 4}, {"profile": "sd15"}, {"target": "avatar"}], ids=["steps", "model", "size"]
)
def test_what_is_not_alike_waits(videos: list[Video], other: dict[str, object]) -> None:
    plain = a_request(videos[0])
    if other.get("target") == "avatar":
        GenerationRequest.objects.create(
            owner=videos[1].owner, channel=videos[1].channel, target="avatar", prompt="x", count=1, seed=7
        )
    else:
        a_request(videos[1], **other)
    alike = a_request(videos[2], prompt="something else", negative="fog", seed=11)
    assert taken(room=8) == [plain, alike]
    assert len(taken(room=8)) == 1


def test_a_request_whose_worker_died_is_taken_alone_from_then_on(videos: list[Video]) -> None:
    asked = [a_request(video) for video in videos[:3]]
    assert len(taken(room=8)) == 3
    GenerationRequest.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    assert reap(GenerationRequest) == 3
    fresh = a_request(videos[3])
    batches = [taken(room=8) for _ in range(4)]
    assert sorted(map(len, batches)) == [1, 1, 1, 1]
    assert batches[0] == [fresh], "who has never been served comes first"
    assert [row for batch in batches[1:] for row in batch] == asked


def test_progress_is_written_for_all_of_a_batch(videos: list[Video]) -> None:
    for video in videos:
        a_request(video)
    Batch(claim_batch(GenerationRequest, "worker", room=4)).tell("paint", 3, 12)
    assert set(GenerationRequest.objects.values_list("stage", "step", "steps")) == {("paint", 3, 12)}


def test_who_cancels_leaves_the_batch_at_once_and_the_others_go_on(videos: list[Video]) -> None:
    asked = [a_request(video) for video in videos[:2]]
    batch = Batch(claim_batch(GenerationRequest, "worker", room=4))
    assert cancel(asked[0])
    batch.tell("paint", 1, 12)
    asked[0].refresh_from_db()
    assert asked[0].state == State.CANCELLED
    assert [lease.pk for lease in batch.live] == [asked[1].pk]
    assert cancel(asked[1])
    with pytest.raises(Cancelled):
        batch.tell("paint", 2, 12)
    asked[1].refresh_from_db()
    assert asked[1].state == State.CANCELLED


def test_a_batch_that_was_given_up_for_dead_stops(videos: list[Video]) -> None:
    a_request(videos[0])
    batch = Batch(claim_batch(GenerationRequest, "worker", room=4))
    GenerationRequest.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    reap(GenerationRequest)
    with pytest.raises(LeaseLost):
        batch.tell("paint", 1, 12)
    assert GenerationRequest.objects.get().state == State.QUEUED
