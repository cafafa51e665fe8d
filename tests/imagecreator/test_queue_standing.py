"""Where a row stands: its place in the queue, and the seconds that the measured past promises."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from django.core.cache import cache
from django.db.models.signals import post_init
from django.utils import timezone

from generation.models import GenerationRequest
from imagecreator.queue.claim import claim, claim_batch
from imagecreator.queue.models import Measured, Worker
from imagecreator.queue.models.history import KEPT, seconds_for
from imagecreator.queue.standing import standing, what
from tests.rows import a_channel, a_draft, a_request, a_user, a_video

if TYPE_CHECKING:
    from django.contrib.auth.models import User
    from django.test import Client
    from pytest_django.fixtures import SettingsWrapper

    from channels_app.models import Video

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def fresh_look() -> None:
    cache.clear()


@pytest.fixture(autouse=True)
def one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """Unless a test says otherwise, each row is a batch of its own."""
    make_room(monkeypatch, 1)


def make_room(monkeypatch: pytest.MonkeyPatch, room: int) -> None:
    monkeypatch.setattr(GenerationRequest, "batch_room", lambda: room)


def a_worker(*lanes: str, name: str = "host:1") -> None:
    Worker.objects.beat(name, lanes or ("gpu",), "")


def test_places_are_those_in_which_the_queue_serves(video: Video, bob: User) -> None:
    hers = [a_request(video) for _ in range(3)]
    his = [a_request(a_video(a_channel(bob))) for _ in range(2)]
    rows = [hers[0], his[0], hers[1], his[1], hers[2]]
    assert [standing(row).position for row in rows] == [1, 2, 3, 4, 5]
    order = []
    while lease := claim(GenerationRequest, "w"):
        order.append(lease.pk)
    assert order == [row.pk for row in rows]


def test_who_has_just_been_served_stands_behind_the_others(video: Video, bob: User) -> None:
    a_request(video)
    claim(GenerationRequest, "w")
    hers, his = a_request(video), a_request(a_video(a_channel(bob)))
    assert (standing(his).position, standing(hers).position) == (1, 2)


def test_nothing_is_promised_of_what_was_never_measured(video: Video) -> None:
    place = standing(a_request(video))
    assert (place.position, place.left) == (1, None)


def test_a_kind_that_was_never_measured_hides_the_times_of_those_behind_it_alone(video: Video, bob: User) -> None:
    hers = [a_request(video) for _ in range(2)]
    his = [a_request(a_video(a_channel(bob)), steps_asked=49) for _ in range(2)]
    last = a_request(a_video(a_channel(a_user("cy"))))
    Measured.objects.note(what(hers[0]), 1, 10.0)
    a_worker()
    assert [standing(row).position for row in (hers[0], his[0], last, hers[1], his[1])] == [1, 2, 3, 4, 5]
    assert standing(hers[0]).left == pytest.approx(10.0, abs=0.5)
    assert standing(his[0]).wait == pytest.approx(10.0, abs=0.5)
    assert standing(his[0]).left is None
    assert [standing(row).wait for row in (last, hers[1], his[1])] == [None, None, None]


def test_a_worker_with_something_unknown_in_hand_is_not_counted_on(video: Video, bob: User) -> None:
    a_request(a_video(a_channel(bob)), steps_asked=49)
    claim(GenerationRequest, "host:1")
    a_worker()
    waiting = [a_request(video) for _ in range(2)]
    Measured.objects.note(what(waiting[0]), 1, 10.0)
    assert [standing(row).wait for row in waiting] == [None, None]
    assert not standing(waiting[0]).is_stuck
    a_worker(name="host:2")
    cache.clear()
    assert [standing(row).wait for row in waiting] == pytest.approx([0.0, 10.0], abs=0.5)


def test_what_a_dead_worker_has_in_hand_keeps_nobody_waiting(video: Video, bob: User) -> None:
    a_request(a_video(a_channel(bob)), steps_asked=49)
    claim(GenerationRequest, "dead:1")
    waiting = a_request(video)
    Measured.objects.note(what(waiting), 1, 10.0)
    a_worker()
    assert (standing(waiting).wait, standing(waiting).work) == (0.0, 10.0)


def test_the_wait_is_what_comes_before_shared_by_the_workers(video: Video, bob: User) -> None:
    his = a_request(a_video(a_channel(bob)), count=4)
    hers = a_request(video, count=2)
    next_of_hers = a_request(video, count=2)
    Measured.objects.note(what(hers), 2, 10.0)
    a_worker()
    place = standing(hers)
    assert (place.wait, place.work) == (pytest.approx(20.0, abs=0.5), 10.0)
    a_worker(name="host:2")
    a_worker("cpu", name="host:3")
    cache.clear()
    assert [standing(row).wait for row in (his, hers)] == [0.0, 0.0]
    assert standing(next_of_hers).wait == pytest.approx(10.0, abs=0.5), "when the faster of the two is free"


def test_rows_that_will_share_a_batch_are_done_together(
    video: Video, bob: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_room(monkeypatch, 4)
    hers = [a_request(video, count=1) for _ in range(2)]
    his = a_request(a_video(a_channel(bob)), count=2)
    other = a_request(video, count=1, steps_asked=49)
    Measured.objects.note(what(his), 4, 12.0)
    Measured.objects.note(what(other), 1, 5.0)
    a_worker()
    assert [standing(row).work for row in (*hers, his)] == [12.0] * 3
    assert standing(other).wait == pytest.approx(12.0, abs=0.5)


def test_one_that_came_after_the_look_is_told_a_time_as_well(video: Video) -> None:
    first = a_request(video)
    Measured.objects.note(what(first), 1, 10.0)
    a_worker()
    standing(first)
    assert standing(a_request(video)).wait == pytest.approx(10.0, abs=0.5)


def test_a_look_grows_old(video: Video, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = a_request(video), a_request(video)
    Measured.objects.note(what(first), 1, 10.0)
    a_worker()
    standing(first)
    now = time.time()
    monkeypatch.setattr("imagecreator.queue.standing.time.time", lambda: now + 4)
    assert standing(second).left == pytest.approx(16.0, abs=0.5)


def test_of_many_rows_the_sums_tell(video: Video, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("imagecreator.queue.standing.HORIZON", 2)
    rows = [a_request(video) for _ in range(3)]
    Measured.objects.note(what(rows[0]), 1, 10.0)
    a_worker()
    a_worker(name="host:2")
    assert [standing(row).wait for row in rows] == [0.0, 5.0, 10.0]


def test_what_is_worked_on_counts_with_what_is_left_of_it(video: Video, bob: User) -> None:
    running, waiting = a_request(a_video(a_channel(bob)), count=2), a_request(video, count=2)
    Measured.objects.note(what(running), 2, 10.0)
    a_worker()
    claim(GenerationRequest, "host:1")
    GenerationRequest.objects.filter(pk=running.pk).update(started_at=timezone.now() - timedelta(seconds=4))
    assert standing(waiting).wait == pytest.approx(6.0, abs=0.5)
    running.refresh_from_db()
    assert standing(running).left == pytest.approx(6.0, abs=0.5)


def test_a_running_batch_is_waited_for_once(video: Video, bob: User) -> None:
    together = [a_request(video) for _ in range(4)]
    Measured.objects.note(what(together[0]), 4, 10.0)
    a_worker()
    assert len(claim_batch(GenerationRequest, "host:1", room=4)) == 4
    assert standing(a_request(a_video(a_channel(bob)))).wait == pytest.approx(10.0, abs=0.5)


@pytest.mark.parametrize(
    ("stage", "step", "elapsed", "left"),
    [
        ("paint", 0, 4, 6.0),
        ("paint", 5, 4, 9.0),  # 6 s by the past, 12 s by its own pace: half of each
        ("paint", 10, 60, 60.0),
        ("paint", 19, 19, 1.0),
        ("finish", 0, 4, 1.0),
        ("finish", 1, 60, 0.0),
    ],
)
def test_the_own_pace_counts_more_the_further_it_is(
    video: Video, stage: str, step: int, elapsed: int, left: float
) -> None:
    request = a_request(video)
    Measured.objects.note(what(request), 1, 10.0)
    claim(GenerationRequest, "w")
    began = timezone.now() - timedelta(seconds=elapsed)
    GenerationRequest.objects.update(started_at=began, stage=stage, step=step, steps=20)
    request.refresh_from_db()
    assert standing(request).left == pytest.approx(left, abs=0.5)


def test_of_what_was_never_measured_the_own_pace_tells(video: Video) -> None:
    request = a_request(video)
    claim(GenerationRequest, "w")
    began = timezone.now() - timedelta(seconds=10)
    GenerationRequest.objects.update(started_at=began, stage="paint", step=5, steps=20)
    request.refresh_from_db()
    assert standing(request).left == pytest.approx(30.0, abs=0.5)


def test_a_row_whose_worker_has_gone_silent_says_so_and_promises_nothing(alices: Client, video: Video) -> None:
    request = a_request(video)
    Measured.objects.note(what(request), 1, 10.0)
    claim(GenerationRequest, "w")
    GenerationRequest.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    request.refresh_from_db()
    assert (standing(request).is_stuck, standing(request).left) == (True, None)
    assert "The worker does not answer." in alices.get(request.get_absolute_url()).content.decode()


def test_without_a_worker_no_time_is_promised(video: Video) -> None:
    request = a_request(video)
    Measured.objects.note(what(request), 1, 10.0)
    assert (standing(request).position, standing(request).left) == (1, None)


def test_a_batch_takes_as_long_as_all_of_it(video: Video) -> None:
    first = a_request(video, count=2)
    a_request(video, count=2)
    Measured.objects.note(what(first), 4, 18.0)
    claim_batch(GenerationRequest, "w", room=4)
    first.refresh_from_db()
    assert standing(first).work == pytest.approx(18.0, abs=0.5)


def test_the_past_is_the_median_of_the_latest_times() -> None:
    for seconds in [100.0] * 9 + [10.0] * KEPT + [500.0]:
        Measured.objects.note("x", 4, seconds)
    assert Measured.objects.table() == {"x": {4: 10.0}}
    assert seconds_for({4: 10.0}, 4) == 10.0
    assert seconds_for({4: 10.0, 16: 20.0}, 2) == 5.0
    assert seconds_for({}, 2) is None


def test_a_page_reads_no_times_but_its_own(video: Video) -> None:
    request = a_request(video)
    for amount in range(1, 20):
        Measured.objects.note("others", amount, 10.0)
    Measured.objects.note(what(request), 1, 10.0)
    a_worker()
    standing(request)  # looks at the queue for all
    read: list[Measured] = []
    post_init.connect(lambda instance, **_: read.append(instance), sender=Measured, weak=False, dispatch_uid="read")
    try:
        assert standing(request).work == 10.0
    finally:
        post_init.disconnect(sender=Measured, dispatch_uid="read")
    assert len(read) == 1


def test_without_a_worker_a_row_that_has_waited_is_stuck(video: Video, settings: SettingsWrapper) -> None:
    request = a_request(video)
    assert not standing(request).is_stuck, "one may just be starting"
    GenerationRequest.objects.update(queued_at=timezone.now() - timedelta(seconds=settings.LEASE_SECONDS + 1))
    request.refresh_from_db()
    cache.clear()
    assert standing(request).is_stuck
    a_worker("gpu")
    cache.clear()
    assert not standing(request).is_stuck


def test_a_worker_that_was_not_heard_of_is_none(settings: SettingsWrapper) -> None:
    a_worker("cpu", "gpu")
    assert [worker.lane_names for worker in Worker.objects.alive("gpu")] == [["cpu", "gpu"]]
    Worker.objects.update(seen_at=timezone.now() - timedelta(seconds=settings.LEASE_SECONDS + 1))
    assert not Worker.objects.alive("gpu").exists()


def test_a_person_can_see_it_on_the_page(alices: Client, video: Video) -> None:
    request = a_request(video)
    Measured.objects.note(what(request), 1, 41.0)
    a_worker()
    shown = alices.get(request.get_absolute_url()).content.decode()
    assert "Place 1 in the queue" in " ".join(shown.split())
    assert "Done in about 45 s" in " ".join(shown.split())


def test_what_was_measured_without_loras_tells_the_time_with_them(video: Video) -> None:
    bare = a_request(video, count=1)
    worn = a_request(video, count=1, loras=[{"key": "ink", "sha256": "0" * 64, "weight": 0.5, "own": True}])
    assert bare.batch_key != worn.batch_key, "they are painted apart"
    Measured.objects.note(what(bare), 1, 12.0)
    a_worker()
    assert standing(worn).work == 12.0
    assert standing(worn).wait == pytest.approx(12.0, abs=0.5), "behind the other"


def test_a_worker_of_both_lanes_is_waited_for_whatever_it_has_in_hand(video: Video) -> None:
    painted, draft = a_request(video), a_draft(video, state="queued")
    for row, seconds in ((painted, 40.0), (draft, 2.0)):
        Measured.objects.note(what(row), getattr(row, "count", 1), seconds)
    a_worker("cpu", "gpu", name="laptop:1")
    assert claim(GenerationRequest, "laptop:1")
    assert standing(draft).wait == pytest.approx(40.0, abs=2.0)
    cache.clear()
    Worker.objects.filter(name="laptop:1").update(lanes=",gpu,")
    a_worker("cpu", name="other:1")
    assert standing(draft).wait == 0.0
