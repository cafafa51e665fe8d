"""Whose turn it is: the least recently served person, warm models before cold ones, so much at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.contrib.auth.models import Group

from channels_app.models import Video
from generation.models import GenerationRequest
from imagecreator.queue.changes import cancel, retry
from imagecreator.queue.claim import MAX_SKIPS, WINDOW, claim, claim_batch
from imagecreator.queue.models import Quota, Turn
from imagecreator.queue.reaper import reap_all
from imagecreator.queue.states import State
from tests.rows import a_channel, a_request, a_user, a_video

if TYPE_CHECKING:
    from django.contrib.auth.models import User
    from pytest_django.fixtures import SettingsWrapper

pytestmark = pytest.mark.django_db


def asks(person: User, number: int = 1, **fields: object) -> list[GenerationRequest]:
    """Let somebody ask, so many times."""
    video = a_video(a_channel(person))
    return [a_request(video, **fields) for _ in range(number)]


def next_owner(warm: tuple[str, ...] = ()) -> str:
    """Whose request a worker takes now; it is done at once."""
    (lease,) = claim_batch(GenerationRequest, "worker", warm=warm)
    lease.end(State.DONE)
    return GenerationRequest.objects.get(pk=lease.pk).owner.username


def test_who_asks_for_one_is_served_next_however_many_another_asked_for(alice: User, bob: User) -> None:
    asks(alice, 100)
    assert next_owner() == "alice"
    asks(bob)
    assert next_owner() == "bob"
    assert next_owner() == "alice"


def test_people_are_served_in_turn_and_each_in_the_order_of_asking(alice: User, bob: User) -> None:
    hers, his = asks(alice, 3), asks(bob, 3)
    taken = []
    for _ in range(6):
        lease = claim(GenerationRequest, "worker")
        assert lease is not None
        taken.append(lease.pk)
    assert taken == [row.pk for pair in zip(hers, his, strict=True) for row in pair]


def test_who_is_tried_again_waits_for_a_turn_too(alice: User) -> None:
    (request,) = asks(alice)
    cancel(request)
    assert claim(GenerationRequest, "worker") is None
    assert not Turn.objects.get().waiting, "nobody looks at it again in vain"
    assert retry(request)
    assert next_owner() == "alice"


def test_a_model_that_is_loaded_comes_first_a_bounded_number_of_times(alice: User, bob: User) -> None:
    asks(alice, profile="sd15")
    asks(bob, 10, profile="preview")
    order = [next_owner(("preview",)) for _ in range(MAX_SKIPS + 2)]
    assert order == ["bob"] * MAX_SKIPS + ["alice", "bob"]


def test_a_worker_with_nothing_loaded_skips_nobody(alice: User, bob: User) -> None:
    asks(alice, profile="sd15")
    asks(bob, profile="preview")
    assert [next_owner(), next_owner()] == ["alice", "bob"]


def test_nobody_has_more_in_hand_than_allowed(alice: User, bob: User, settings: SettingsWrapper) -> None:
    settings.QUOTA_RUNNING = 2
    asks(alice, 5)
    asks(bob, 1)
    taken = [claim(GenerationRequest, "worker") for _ in range(4)]
    owners = [GenerationRequest.objects.get(pk=lease.pk).owner.username for lease in taken if lease]
    assert sorted(owners) == ["alice", "alice", "bob"]
    assert taken[0] is not None
    taken[0].end(State.DONE)
    assert claim(GenerationRequest, "worker") is not None


def test_the_limit_is_of_requests_and_keeps_no_video_waiting(alice: User, settings: SettingsWrapper) -> None:
    settings.QUOTA_RUNNING = 1
    for _ in range(2):
        a_video(a_channel(alice), state=State.QUEUED)
    assert all(claim(Video, "worker") for _ in range(2))


def test_a_batch_does_not_go_round_the_limit(alice: User, settings: SettingsWrapper) -> None:
    settings.QUOTA_RUNNING = 3
    asks(alice, 5)
    assert len(claim_batch(GenerationRequest, "worker", room=16)) == 3


def test_more_people_at_their_limit_than_fit_a_window_hide_nobody(settings: SettingsWrapper) -> None:
    settings.QUOTA_RUNNING = 1
    people = [a_user(f"person{number}") for number in range(WINDOW + 3)]
    for person in people:
        asks(person, 2)
    assert len([claim(GenerationRequest, "worker") for _ in people]) == WINDOW + 3
    asks(a_user("late"))
    lease = claim(GenerationRequest, "worker")
    assert lease is not None
    assert GenerationRequest.objects.get(pk=lease.pk).owner.username == "late"
    assert claim(GenerationRequest, "worker") is None


def test_a_persons_own_number_counts_before_the_groups_and_the_groups_before_the_sites(
    alice: User, bob: User, settings: SettingsWrapper
) -> None:
    settings.QUOTA_RUNNING, settings.QUOTA_QUEUED, settings.QUOTA_DAILY = 2, 0, 50
    studio, press = Group.objects.create(name="studio"), Group.objects.create(name="press")
    alice.groups.add(studio, press)
    Quota.objects.create(group=studio, running=4, daily=100)
    Quota.objects.create(group=press, running=6)
    Quota.objects.create(person=alice, running=1)
    allowed = Quota.objects.of([alice.pk, bob.pk])
    hers, his = allowed[alice.pk], allowed[bob.pk]
    assert (hers.running, hers.queued, hers.daily) == (1, None, 100)
    assert (his.running, his.queued, his.daily) == (2, None, 50)


def test_rows_that_came_without_a_turn_are_found_by_the_reaper(alice: User, settings: SettingsWrapper) -> None:
    settings.REAP_SECONDS = 0
    (request,) = asks(alice)
    Turn.objects.all().delete()
    assert claim(GenerationRequest, "worker") is None
    reap_all()
    lease = claim(GenerationRequest, "worker")
    assert lease is not None
    assert lease.pk == request.pk
