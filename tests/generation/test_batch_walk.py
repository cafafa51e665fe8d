"""Requests that are painted together: each has its own pictures and its own end, and its owner can watch."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
import torch
from django.core.cache import cache
from django.db import DataError, OperationalError
from django.urls import reverse
from django.utils import timezone
from PIL import Image

from generation.engine import Engine
from generation.engine.tiny import build_tiny
from generation.looks import seen, show, take_away
from generation.models import GenerationRequest
from generation.serve import serve_requests
from imagecreator.queue.batch import Batch
from imagecreator.queue.changes import cancel, retry, retry_all
from imagecreator.queue.claim import claim_batch
from imagecreator.queue.models import Measured
from imagecreator.queue.reaper import reap
from imagecreator.queue.standing import what
from imagecreator.queue.states import State
from tests.generation.walking import opened, pixels, work
from tests.look import image_in
from tests.rows import a_channel, a_request, a_user, a_video

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from django.test import Client

    from channels_app.models import Video

pytestmark = pytest.mark.django_db(transaction=True)

FAR = 1  # of 255: how far a pixel may be from the same picture painted alone


@pytest.fixture
def videos() -> list[Video]:
    """A video of each of three people."""
    return [a_video(a_channel(a_user(name))) for name in ("ann", "ben", "cy")]


def paint(room: int = 8) -> list[GenerationRequest]:
    """Let a worker do its next batch; return what it took, afresh."""
    leases = claim_batch(GenerationRequest, "worker", room=room)
    serve_requests(leases)
    return [GenerationRequest.objects.get(pk=lease.pk) for lease in leases]


def at_step(monkeypatch: pytest.MonkeyPatch, number: int, act: Callable[[], object]) -> None:
    """Do something while the engine is at a step."""
    original = Engine.paint

    def painted(self: Engine, jobs: Any, on_step: Any, on_look: Any = None) -> Any:
        def told(step: int, steps: int) -> None:
            if step == number:
                act()
            on_step(step, steps)

        return original(self, jobs, told, on_look)

    monkeypatch.setattr(Engine, "paint", painted)


def test_each_gets_its_own_pictures_the_same_as_if_painted_alone(videos: list[Video]) -> None:
    prompts = ("orange desert, sunset", "a pine forest at night under the moon, calm, many stars", "purple sunburst")
    for video, prompt in zip(videos, prompts, strict=True):
        a_request(video, prompt=prompt, seed=11, count=2, steps_asked=3)
    together = paint()
    assert [row.state for row in together] == [State.DONE] * 3
    assert {row.together for row in together} == {6}
    for row, prompt, video in zip(together, prompts, videos, strict=True):
        alone = work(a_request(video, prompt=prompt, seed=11, count=2, steps_asked=3))
        for one, other in zip(row.images.all(), alone.images.all(), strict=True):
            assert one.seed == other.seed
            differences = [abs(a - b) for a, b in zip(opened(one).tobytes(), opened(other).tobytes(), strict=True)]
            assert max(differences) <= FAR
    assert len({picture for row in together for picture in pixels(row)}) == 6


def test_who_cancels_while_painting_gets_nothing_and_the_others_get_theirs(
    videos: list[Video], monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [a_request(video, steps_asked=4) for video in videos]
    states: list[str] = []
    at_step(monkeypatch, 2, lambda: cancel(rows[1]))
    at_step(monkeypatch, 3, lambda: states.append(GenerationRequest.objects.get(pk=rows[1].pk).state))
    together = paint()
    assert [row.state for row in together] == [State.DONE, State.CANCELLED, State.DONE]
    assert states == [State.CANCELLED], "one step later"
    assert [row.images.count() for row in together] == [1, 0, 1]


def test_a_banned_prompt_is_refused_and_keeps_nobody_else_from_painting(videos: list[Video]) -> None:
    for video, prompt in zip(videos, ("a lake", "nsfw", "a hill"), strict=True):
        a_request(video, prompt=prompt, steps_asked=1)
    assert [row.state for row in paint()] == [State.DONE, State.REFUSED, State.DONE]


@pytest.mark.parametrize("fault", [RuntimeError("boom"), DataError("out of range")], ids=str)
def test_when_a_batch_fails_for_no_known_reason_each_is_tried_alone(
    videos: list[Video], monkeypatch: pytest.MonkeyPatch, fault: Exception
) -> None:
    original = Engine.paint

    def broken(self: Engine, jobs: Any, *rest: Any) -> Any:
        if any(job.prompt == "poison" for job in jobs):
            raise fault
        return original(self, jobs, *rest)

    monkeypatch.setattr(Engine, "paint", broken)
    for video, prompt in zip(videos, ("a lake", "poison", "a hill"), strict=True):
        a_request(video, prompt=prompt, steps_asked=1)
    assert [row.state for row in paint()] == [State.QUEUED] * 3
    alone = [row for _ in range(3) for row in paint()]
    assert [row.state for row in alone] == [State.DONE, State.FAILED, State.DONE]
    assert alone[1].error == "unexpected"


@pytest.mark.parametrize("edge", ["diffusers.UNet2DConditionModel.forward", "generation.engine.check.normalize"])
def test_a_card_that_fails_ends_the_process_and_no_request(
    videos: list[Video], monkeypatch: pytest.MonkeyPatch, models_in: Callable[..., object], tmp_path: Path, edge: str
) -> None:
    """Whether painting or checking: nothing is held or failed for it, and whoever comes next begins anew."""
    build_tiny(tmp_path / "tiny")
    models_in(tmp_path)
    rows = [a_request(video, steps_asked=1) for video in videos]

    def broken(*_: Any, **__: Any) -> None:
        raise torch.AcceleratorError("CUDA error: an illegal memory access was encountered")

    with monkeypatch.context() as patch:
        patch.setattr(edge, broken)
        with pytest.raises(SystemExit):
            paint()
    assert {row.state for row in GenerationRequest.objects.all()} == {State.RUNNING}, "the reaper takes them"
    GenerationRequest.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    assert reap(GenerationRequest) == len(rows)
    again = [row for _ in rows for row in paint()]
    assert [(row.state, row.attempt, row.spared) for row in again] == [(State.DONE, 2, 1)] * len(rows)


def test_the_time_of_a_batch_is_remembered(videos: list[Video]) -> None:
    rows = [a_request(video, steps_asked=2) for video in videos]
    paint()
    assert Measured.objects.table()[what(rows[0])][3] > 0


def test_a_request_that_fails_leaves_no_time_behind(videos: list[Video]) -> None:
    a_request(videos[0], prompt="nsfw")
    paint()
    assert not Measured.objects.exists()


def test_the_owner_watches_the_picture_and_nobody_else_does(
    alices: Client, bobs: Client, mos: Client, video: Video, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache.clear()
    row = a_request(video, count=2, steps_asked=6)
    monkeypatch.setattr("generation.engine.look.LOOK_EVERY", 0.0)
    answers: list[tuple[int, int, int]] = []
    pages: list[str] = []
    address = reverse("request_look", args=[row.pk, 1])

    def watch() -> None:
        answers.append(tuple(browser.get(address).status_code for browser in (alices, bobs, mos)))  # type: ignore[arg-type]
        pages.append(alices.get(reverse("request_status", args=[row.pk])).content.decode())
        look = image_in(alices.get(address))
        assert look.format == "JPEG"
        assert max(look.size) <= 256

    at_step(monkeypatch, 5, watch)
    paint()
    assert answers == [(200, 404, 403)]
    assert address in pages[0]
    assert alices.get(address).status_code == 404, "gone when done"
    assert not seen(row.pk, 2)
    assert address not in alices.get(row.get_absolute_url()).content.decode()


def test_what_a_moderator_may_have_to_hold_is_not_seen_before(
    alices: Client, video: Video, monkeypatch: pytest.MonkeyPatch, models_in: Callable[..., object], tmp_path: Path
) -> None:
    build_tiny(tmp_path / "tiny")
    models_in(tmp_path)
    row = a_request(video, steps_asked=4)
    monkeypatch.setattr("generation.engine.look.LOOK_EVERY", 0.0)
    answers: list[int] = []
    address = reverse("request_look", args=[row.pk, 0])
    at_step(monkeypatch, 3, lambda: answers.append(alices.get(address).status_code))
    paint()
    assert answers == [404]


def test_a_database_that_is_away_for_a_moment_costs_an_attempt_and_not_the_request(
    video: Video, monkeypatch: pytest.MonkeyPatch
) -> None:
    a_request(video, steps_asked=4)

    def away() -> None:
        raise OperationalError("database is locked")

    with monkeypatch.context() as patch:
        at_step(patch, 2, away)
        (row,) = paint()
    assert row.state == State.RUNNING, "the reaper takes it"
    GenerationRequest.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    assert reap(GenerationRequest) == 1
    assert paint()[0].state == State.DONE


def test_what_is_tried_again_is_painted_with_the_profile_that_the_site_has_now(video: Video) -> None:
    row = a_request(video, profile="sd15", state=State.FAILED, error="model_missing", steps_asked=1)
    assert retry(row)
    fresh = a_request(video, steps_asked=1)
    assert {one.pk for one in paint()} == {row.pk, fresh.pk}
    row.refresh_from_db()
    assert (row.state, row.profile) == (State.DONE, "preview")


def test_many_that_are_tried_again_get_the_new_profile_in_few_statements(
    videos: list[Video], django_assert_max_num_queries: Callable[[int], Any]
) -> None:
    for number in range(40):
        a_request(videos[0], profile="sd15", state=State.FAILED, steps_asked=1 + number % 3)
    elsewhere = a_request(videos[1], profile="sd15", state=State.RUNNING)
    with django_assert_max_num_queries(15):
        assert retry_all(GenerationRequest.objects.all()) == 40
    fresh = a_request(videos[2], steps_asked=2)
    again = GenerationRequest.objects.filter(owner=videos[0].owner)
    assert set(again.values_list("profile", flat=True)) == {"preview"}
    assert again.filter(batch_key=fresh.batch_key, pace_key=fresh.pace_key).count() == 13
    elsewhere.refresh_from_db()
    assert elsewhere.profile == "sd15"


def test_looks_are_gone_when_a_request_is_cancelled(
    alices: Client, video: Video, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = a_request(video, steps_asked=4)

    image = Image.new("RGB", (32, 18), "teal")
    at_step(monkeypatch, 2, lambda: (show(row.pk, 0, image), cancel(row)))
    paint()
    row.refresh_from_db()
    assert row.state == State.CANCELLED
    assert not seen(row.pk, 1)
    assert alices.get(reverse("request_look", args=[row.pk, 0])).status_code == 404


def test_who_has_left_the_batch_is_shown_no_more_looks(videos: list[Video], monkeypatch: pytest.MonkeyPatch) -> None:
    cache.clear()
    gone, stays = (a_request(video, steps_asked=6) for video in videos[:2])
    monkeypatch.setattr("generation.engine.look.LOOK_EVERY", 0.0)
    looks: list[tuple[int, int]] = []
    original = Batch.tell

    def tell(self: Batch[GenerationRequest], stage: str, step: int = 0, steps: int = 0) -> None:
        if step == 2:
            cancel(gone)
            original(self, stage, step, steps)
            take_away(gone.pk, 1)  # another worker has begun it anew, or will soon
        elif step == 5:
            looks.append((len(seen(gone.pk, 1)), len(seen(stays.pk, 1))))
        original(self, stage, step, steps)

    monkeypatch.setattr(Batch, "tell", tell)
    paint()
    assert looks == [(0, 1)]


def test_a_waiting_request_has_nothing_to_watch(alices: Client, video: Video) -> None:
    cache.clear()
    row = a_request(video)
    assert alices.get(reverse("request_look", args=[row.pk, 0])).status_code == 404
    assert alices.get(reverse("request_look", args=[row.pk, 9])).status_code == 404
