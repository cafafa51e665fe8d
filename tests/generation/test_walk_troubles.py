"""When a walk does not come to its end, or a moderator must look first: nothing half done, and the next one works."""

from __future__ import annotations

import shutil
import threading
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from django.urls import reverse
from django.utils import timezone
from safetensors.torch import load_file, save_file

from generation.engine import Engine
from generation.engine.tiny import build_tiny
from generation.models import Flag, GeneratedImage, GenerationRequest, Reference
from generation.stages.engine_door import close_engine, engine
from imagecreator.queue.changes import retry
from imagecreator.queue.reaper import reap
from imagecreator.queue.states import State
from tests.full_disk import disk_with_room_for
from tests.generation.walking import work
from tests.look import image_in, page, stored, words
from tests.rows import a_request

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from django.test import Client
    from pytest_django import Settings

    from channels_app.models import Video

pytestmark = pytest.mark.django_db(transaction=True)

IMAGES = reverse("admin:generation_generatedimage_changelist")


def quick(video: Video, count: int = 1) -> GenerationRequest:
    return a_request(video, count=count, steps_asked=2)


@pytest.fixture
def held(video: Video, flagging_models: Path, models_in: Callable[..., Path]) -> GenerationRequest:
    """A request of two pictures, both of which the checker flagged."""
    models_in(flagging_models)
    return work(quick(video, count=2))


def decide(moderator: Client, action: str, *images: GeneratedImage) -> None:
    answer = moderator.post(IMAGES, {"action": action, "_selected_action": [str(image.pk) for image in images]})
    assert answer.status_code == 302


def test_what_the_checker_flags_is_held_and_its_owner_sees_no_file(alices: Client, held: GenerationRequest) -> None:
    assert (held.state, held.error) == (State.HELD, "")
    assert [image.status for image in held.images.all()] == ["held", "held"]
    assert all(image.scores for image in held.images.all())
    answer = alices.get(held.get_absolute_url())
    assert "A moderator looks at these pictures first." in words(answer)
    for image in held.images.all():
        assert str(image.pk) not in answer.content.decode()
        assert alices.get(reverse("image_file", args=[image.pk])).status_code == 404
        assert alices.post(reverse("image_use", args=[image.pk])).status_code == 404


def test_what_a_moderator_approves_is_done_and_can_be_used(
    alices: Client, mos: Client, held: GenerationRequest, video: Video
) -> None:
    first, second = held.images.all()
    assert image_in(mos.get(reverse("image_file", args=[first.pk]))).size == (1280, 720)
    decide(mos, "approve", first)
    held.refresh_from_db()
    assert held.state == State.HELD, "one picture still waits"
    decide(mos, "approve", second)
    held.refresh_from_db()
    assert held.state == State.DONE
    assert len(page(alices.get(held.get_absolute_url())).downloads) == 2
    assert image_in(alices.get(reverse("image_file", args=[first.pk]))).size == (1280, 720)
    assert alices.post(reverse("image_use", args=[first.pk])).status_code == 302
    video.refresh_from_db()
    assert video.thumbnail is not None


def test_what_a_moderator_rejects_nobody_gets(alices: Client, mos: Client, held: GenerationRequest) -> None:
    first, second = held.images.all()
    decide(mos, "reject", first)
    decide(mos, "approve", second)
    held.refresh_from_db()
    assert held.state == State.DONE
    answer = alices.get(held.get_absolute_url())
    assert "A moderator did not allow this picture." in words(answer)
    assert len(page(answer).downloads) == 1
    assert alices.get(reverse("image_file", args=[first.pk])).status_code == 404
    decide(mos, "approve", first)
    first.refresh_from_db()
    assert first.status == GeneratedImage.Status.REJECTED, "a decision is made once"


def test_a_checker_that_cannot_run_holds_every_picture(
    video: Video, models_in: Callable[..., Path], tmp_path: Path, flagging_models: Path
) -> None:
    shutil.copytree(flagging_models, tmp_path / "models")
    weights = tmp_path / "models" / "tiny" / "safety_checker" / "model.safetensors"
    tensors = load_file(weights)
    save_file(tensors | {"concept_embeds": tensors["concept_embeds"] * float("nan")}, weights, {"format": "pt"})
    models_in(tmp_path / "models")
    request = work(quick(video))
    assert request.state == State.HELD
    assert [image.status for image in request.images.all()] == ["held"]


def test_a_checker_that_takes_too_long_holds_every_picture_and_is_left_alone(
    video: Video,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
    flagging_models: Path,
    models_in: Callable[..., Path],
) -> None:
    settings.SAFETY_SECONDS = 1
    go_on, asked = threading.Event(), []

    def hang(*_args: object) -> list[object]:
        asked.append(1)
        go_on.wait(60)
        return []

    models_in(flagging_models)
    monkeypatch.setattr(Engine, "check", hang)
    try:
        first, second = work(quick(video)), work(quick(video))
        assert [first.state, second.state] == [State.HELD] * 2
        assert list(Flag.objects.values_list("reason", flat=True)) == ["checker_timeout"] * 2
        assert len(asked) == 1, "while it hangs it is not asked again"
    finally:
        go_on.set()
    monkeypatch.undo()
    settings.SAFETY_SECONDS = 60
    assert work(quick(video)).state == State.HELD
    assert Flag.objects.latest("created_at").reason == "flagged", "it is asked again"


def test_an_operators_bounds_decide_what_is_held(
    video: Video, settings: Settings, flagging_models: Path, models_in: Callable[..., Path]
) -> None:
    models_in(flagging_models)
    settings.SAFETY_BOUNDS = {f"concept_{n}": 100.0 for n in range(17)}
    request = work(quick(video))
    assert request.state == State.DONE
    assert request.images.get().scores["concept_0"] > 0, "kept, though it passed"


def test_nobody_but_a_moderator_gets_a_held_file_by_any_address(
    alices: Client, bobs: Client, client: Client, mos: Client, held: GenerationRequest
) -> None:
    image = held.images.first()
    assert image is not None
    reads = [
        reverse("image_file", args=[image.pk]),
        reverse("image", args=[image.pk]),
        reverse("request_look", args=[held.pk, image.index]),
    ]
    for somebody in (alices, bobs, client):
        for url in reads:
            for more in ({}, {"HTTP_RANGE": "bytes=0-99"}, {"HTTP_IF_NONE_MATCH": "*"}):
                for answer in (somebody.get(url, **more), somebody.head(url, **more)):
                    assert answer.status_code in (302, 404), (url, more)
                    assert "image/" not in answer["Content-Type"]
    body = alices.get(held.get_absolute_url()).content.decode()
    assert reads[0] not in body
    assert str(image.pk) not in body
    etag = mos.get(reads[0])["ETag"]
    assert alices.get(reads[0], HTTP_IF_NONE_MATCH=etag).status_code == 404
    assert alices.get(reads[0], HTTP_IF_MATCH=etag).status_code == 404


def test_a_held_picture_is_used_for_nothing(alices: Client, held: GenerationRequest, video: Video) -> None:
    image = held.images.first()
    assert image is not None
    for url in (held.start_url, held.choose_touch_up_url):
        answer = alices.post(url, {"image": str(image.pk)})
        assert answer.status_code in (200, 404)
    assert alices.post(reverse("image_use", args=[image.pk])).status_code in (403, 404)
    assert not Reference.objects.filter(source="image").exists()
    video.refresh_from_db()
    assert video.thumbnail is None


@pytest.mark.parametrize(
    ("safety", "unchecked", "state"),
    [("harmless", "hold", State.DONE), ("unchecked", "hold", State.HELD), ("unchecked", "allow", State.DONE)],
)
def test_what_no_checker_looks_at_is_held_unless_it_is_harmless_or_the_operator_allows_it(
    video: Video, settings: Settings, monkeypatch: pytest.MonkeyPatch, safety: str, unchecked: str, state: State
) -> None:
    settings.UNCHECKED_PICTURES = unchecked
    monkeypatch.setattr(engine(), "profile", replace(engine().profile, safety=safety))
    assert work(quick(video)).state == state


def damage(folder: Path) -> None:
    (folder / "unet" / "diffusion_pytorch_model.safetensors").write_bytes(b"not weights")


@pytest.mark.parametrize(
    ("harm", "code", "sentence"),
    [
        (damage, "model_wrong", "The model that paints is damaged or of the wrong kind."),
        (lambda folder: (folder / "model_index.json").unlink(), "model_wrong", "“manage.py models check”"),
    ],
    ids=["broken weights", "no index"],
)
def test_a_broken_model_is_said_in_plain_words_and_works_once_it_is_repaired(
    video: Video,
    alices: Client,
    models_in: Callable[..., Path],
    tmp_path: Path,
    harm: Callable[[Path], None],
    code: str,
    sentence: str,
) -> None:
    models = models_in(tmp_path / "models")
    build_tiny(models / "tiny")
    assert work(quick(video)).state == State.DONE
    models_in(models)  # a worker that starts after the damage
    shutil.copytree(models / "tiny", tmp_path / "sound")
    harm(models / "tiny")
    request = work(quick(video))
    assert (request.state, request.error) == (State.FAILED, code)
    assert sentence in words(alices.get(request.get_absolute_url()))
    assert str(tmp_path) not in alices.get(request.get_absolute_url()).content.decode()
    shutil.rmtree(models / "tiny")
    shutil.copytree(tmp_path / "sound", models / "tiny")
    assert retry(request)
    assert work(request).state == State.DONE


@pytest.mark.parametrize(
    ("profile", "sentence"),
    [
        ("sd15", "The model that paints is not installed. Tell the operator of this site."),
        ("nothing", "The engine profile “nothing” does not exist."),
    ],
)
def test_a_model_that_is_not_there_is_said_in_plain_words(
    video: Video,
    alices: Client,
    models_in: Callable[..., Path],
    tmp_path: Path,
    profile: str,
    sentence: str,
) -> None:
    models_in(tmp_path, profile)
    request = work(quick(video))
    assert request.state == State.FAILED
    assert sentence in words(alices.get(request.get_absolute_url()))


def test_a_request_that_is_cancelled_while_it_is_painted_stops_and_leaves_nothing(alices: Client, video: Video) -> None:
    before = stored()
    request = a_request(video, count=2, steps_asked=30)
    steps: list[int] = []

    def press_cancel(stage: str, step: int) -> None:
        if stage == "paint":
            steps.append(step)
            if step == 3:
                alices.post(reverse("request_cancel", args=[request.pk]))

    request = work(request, press_cancel)
    assert request.state == State.CANCELLED
    assert max(steps) == 3, "it stopped at the very step"
    assert not request.images.exists()
    assert stored() == before
    assert work(quick(video)).state == State.DONE
    assert retry(request)
    assert work(request).state == State.DONE


@pytest.mark.parametrize("stage", ["screen", "load", "paint", "enlarge", "check", "finish"])
def test_a_request_is_cancelled_in_whatever_stage_before_the_next_step(
    alices: Client, video: Video, stage: str
) -> None:
    close_engine()
    before = stored()
    request = quick(video, count=2)
    later: list[tuple[str, int]] = []

    def press_cancel(now: str, step: int) -> None:
        if GenerationRequest.objects.filter(cancel_requested=True).exists():
            later.append((now, step))
        elif now == stage:
            alices.post(reverse("request_cancel", args=[request.pk]))

    assert work(request, press_cancel).state == State.CANCELLED
    assert later == []
    assert not request.images.exists()
    assert stored() == before


@pytest.mark.parametrize("stage", ["paint", "check", "finish"])
def test_a_request_whose_video_is_deleted_meanwhile_leaves_nothing(alices: Client, video: Video, stage: str) -> None:
    request = quick(video)

    def delete(now: str, step: int) -> None:
        if now == stage and GenerationRequest.objects.exists():
            alices.post(reverse("video_delete", args=[video.pk]))

    before = stored()
    work(request, delete)
    assert not GenerationRequest.objects.exists()
    assert not GeneratedImage.objects.exists()
    assert len(before - stored()) == 1, "the video's own file"
    assert not stored() - before


def test_a_worker_that_was_given_up_for_dead_leaves_nothing(video: Video) -> None:
    before = stored()
    request = quick(video)

    def lose_lease(stage: str, step: int) -> None:
        if stage == "finish":
            GenerationRequest.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
            reap(GenerationRequest)

    request = work(request, lose_lease)
    assert (request.state, request.images.count()) == (State.QUEUED, 0)
    assert stored() == before
    request = work(request)
    assert (request.state, request.attempt, request.images.count()) == (State.DONE, 2, 1)


def test_a_disk_that_runs_full_leaves_nothing_and_the_next_attempt_works(
    alices: Client, video: Video, settings: object
) -> None:
    before = stored()
    request = quick(video, count=3)
    with disk_with_room_for(settings, files=1):
        request = work(request)
    assert (request.state, request.error) == (State.FAILED, "disk_full")
    assert not request.images.exists()
    assert stored() == before
    shown = alices.get(request.get_absolute_url())
    assert "There is no space left on the disk. Tell the operator of this site." in words(shown)
    alices.post(page(shown).form(action=reverse("request_retry", args=[request.pk])).action)
    request = work(request)
    assert (request.state, request.images.count()) == (State.DONE, 3)
