"""The walk, for real: a draft is written from frames, a request is painted by the tiny model of the preview profile."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from django.urls import reverse

from generation.models import GeneratedImage, GenerationRequest, PromptDraft
from generation.stages.engine_door import close_engine
from generation.stages.finish import VERSION
from generation.targets import TARGETS
from imagecreator.queue.states import State
from tests.clips import draw_scene
from tests.generation.walking import opened, pixels, work
from tests.look import image_in, page, words
from tests.rows import a_channel, a_draft, a_frame, a_request, a_video

if TYPE_CHECKING:
    from django.test import Client

    from channels_app.models import Channel, Video

pytestmark = pytest.mark.django_db(transaction=True)


def a_scene_frame(video: Video, scene: int) -> None:
    frame = a_frame(video, rank=scene)
    with frame.file.storage.open(frame.file.name, "wb") as file:
        draw_scene((320, 180), scene, 0.5).save(file, "JPEG")


def for_channel(channel: Channel, target: str, **fields: object) -> GenerationRequest:
    values = {"prompt": "green hills", "count": 1, "seed": 7, "steps_asked": 2} | fields
    return GenerationRequest.objects.create(owner=channel.owner, channel=channel, target=target, **values)


def test_a_prompt_is_written_from_the_title_and_from_what_is_seen(alices: Client, video: Video) -> None:
    for scene in range(3):
        a_scene_frame(video, scene)
    stages: list[str] = []
    draft = work(a_draft(video, state=State.QUEUED, prompt="", negative=""), lambda stage, _: stages.append(stage))
    assert (draft.state, draft.error, draft.source) == (State.DONE, "", "form")
    assert list(dict.fromkeys(stages)) == ["describe", "write"]
    assert "walk by the lake" in draft.prompt.lower()
    assert draft.negative
    assert draft.facts["palette"]
    assert len(draft.facts["palette"]) == len(draft.facts["palette_hex"])
    answer = alices.get(reverse("generate_thumbnail", args=[video.pk]))
    assert page(answer).form(having="prompt").fields["prompt"].strip() == draft.prompt


def test_a_prompt_is_written_without_a_single_frame(channel: Channel) -> None:
    draft = PromptDraft.objects.create(owner=channel.owner, channel=channel, target="cover")
    draft = work(draft)
    assert (draft.state, draft.facts) == (State.DONE, {})
    assert "walks" in draft.prompt.lower()


def test_a_channels_prompt_looks_at_its_latest_videos(channel: Channel) -> None:
    for number in range(4):
        a_scene_frame(a_video(channel, title=f"Walk {number}"), number)
    draft = work(PromptDraft.objects.create(owner=channel.owner, channel=channel, target="avatar"))
    assert draft.state == State.DONE
    assert draft.facts["palette"]


def test_a_title_in_any_script_gives_a_prompt(channel: Channel) -> None:
    for title in ("Рассвет над озером 🏔️", "🎬🎬🎬", "!!!", "ｗｉｄｅ"):
        draft = work(a_draft(a_video(channel, title=title, description=""), state=State.QUEUED, prompt=""))
        assert draft.state == State.DONE
        assert draft.prompt.strip()


def test_a_frame_whose_file_is_gone_fails_the_draft_and_not_the_worker(video: Video) -> None:
    frame = a_frame(video)
    frame.file.storage.delete(frame.file.name)
    draft = work(a_draft(video, state=State.QUEUED, prompt=""))
    assert (draft.state, draft.error) == (State.FAILED, "file_missing")


def test_a_request_becomes_four_pictures_of_exactly_1280_by_720(alices: Client, video: Video) -> None:
    close_engine()
    request = a_request(video, count=4, seed=2**32 - 1, prompt="озеро, a lake 🌅", negative="fog")
    heard: list[tuple[str, int]] = []
    request = work(request, lambda stage, step: heard.append((stage, step)))
    assert (request.state, request.error, request.profile) == (State.DONE, "", "preview")
    stages = ["screen", "load", "paint", "enlarge", "check"]
    assert list(dict.fromkeys(stage for stage, _ in heard)) == [*stages, "finish"]
    assert max(step for stage, step in heard if stage == "paint") >= 20
    assert list(request.timings) == stages
    assert all(seconds >= 0 for seconds in request.timings.values())
    images = list(request.images.all())
    assert [(image.index, image.seed) for image in images] == [(n, 2**32 - 1 + n) for n in range(4)]
    assert len(set(pixels(request))) == 4
    for image in images:
        picture = image_in(alices.get(reverse("image_file", args=[image.pk])))
        assert (picture.format, picture.size, picture.mode) == ("PNG", (1280, 720), "RGB")
        assert image.status == GeneratedImage.Status.OK
    shown = alices.get(request.get_absolute_url())
    assert len(page(shown).downloads) == 4
    assert "Painting" in words(shown)


def test_the_file_carries_its_recipe(video: Video) -> None:
    request = work(a_request(video, prompt="озеро, a lake 🌅", negative="fog", seed=41, steps_asked=2))
    texts = opened(request.images.get()).text  # type: ignore[attr-defined]  # only PNG files have it
    recipe = json.loads(texts["imagecreator"])
    keys = ("prompt", "negative", "seed", "steps", "eta", "sampler", "profile", "version")
    assert {key: recipe[key] for key in keys} == {
        "prompt": "lake, a lake 🌅",
        "negative": "fog",
        "seed": 41,
        "steps": 2,
        "eta": 0.99,
        "sampler": "DDIM",
        "profile": "preview",
        "version": VERSION,
    }
    words = "Negative prompt: fog\nSteps: 2, Sampler: DDIM, CFG scale: 2.5, Seed: 41, "
    assert texts["parameters"].startswith(f"lake, a lake 🌅\n{words}")
    assert "Eta DDIM: 0.99" in texts["parameters"]


@pytest.mark.parametrize("target", ["avatar", "cover"])
def test_an_avatar_and_a_cover_have_their_exact_size_and_fit_their_place(
    alices: Client, channel: Channel, target: str
) -> None:
    request = work(for_channel(channel, target))
    assert (request.state, request.error) == (State.DONE, "")
    size = (TARGETS[target].width, TARGETS[target].height)
    image = request.images.get()
    assert opened(image).size == (image.width, image.height) == size
    assert alices.post(reverse("image_use", args=[image.pk])).status_code == 302
    channel.refresh_from_db()
    picture = getattr(channel, target)
    assert image_in(alices.get(reverse("picture_file", args=[picture.pk]))).size == size
    assert picture.file.size <= TARGETS[target].max_bytes


def test_the_same_seed_paints_the_same_pixels_and_another_seed_others(video: Video) -> None:
    first, again, shifted = (work(a_request(video, seed=seed, steps_asked=2)) for seed in (7, 7, 8))
    pair = work(a_request(video, seed=7, count=2, steps_asked=2))
    assert pixels(first) == pixels(again)
    assert pixels(first) != pixels(shifted)
    assert len(set(pixels(pair))) == 2


def test_banned_words_are_refused_by_the_worker_too_with_the_term(alices: Client, video: Video) -> None:
    request = work(a_request(video, prompt="a castle, nsfw, sunset"))
    assert (request.state, request.error, request.error_values) == (State.REFUSED, "banned", {"term": "nsfw"})
    assert not request.images.exists()
    shown = alices.get(request.get_absolute_url())
    assert "may not be painted here: “nsfw”. Change the text and try again." in words(shown)
    assert "Try again" not in words(shown).replace("and try again", "")


def test_requests_are_painted_in_the_order_in_which_they_were_asked(video: Video) -> None:
    another = a_video(a_channel(video.owner))
    waiting = [a_request(subject, steps_asked=1) for subject in (video, another, video)]
    for request in waiting:
        assert work(request).state == State.DONE


def test_again_paints_the_same_picture_bit_for_bit_and_vary_another(alices: Client, video: Video) -> None:
    a_draft(video)
    first = work(a_request(video, prompt="a lake, clouds 🌅", negative="fog", seed=41, steps_asked=4))
    image = first.images.get()
    for link, same in (("again", True), ("vary", False)):
        shown = page(alices.get(first.get_absolute_url()))
        found = next(one for one in shown.links if f"?{link}={image.pk}" in one)
        form = page(alices.get(found)).form(having="prompt")
        alices.post(form.action, form.fields)
        asked = GenerationRequest.objects.latest("created_at")
        assert asked != first
        assert (asked.count, asked.profile, asked.mode) == (1, "preview", "fast"), "of four steps"
        assert (pixels(work(asked)) == pixels(first)) == same


def test_again_of_a_picture_from_a_batch_is_as_near_as_a_batch_lets_it_be(alices: Client, video: Video) -> None:
    a_draft(video)
    four = work(a_request(video, count=4, seed=41, steps_asked=4))
    third = four.images.get(index=2)
    form = page(alices.get(f"{four.generate_url}?again={third.pk}")).form(having="prompt")
    alices.post(form.action, form.fields)
    alone = work(GenerationRequest.objects.latest("created_at"))
    (again,) = pixels(alone)
    differences = [abs(a - b) for a, b in zip(again, opened(third).tobytes(), strict=True)]
    assert max(differences) <= 2, "sums of another order round otherwise, here and there"
    assert sum(map(bool, differences)) < len(differences) / 100


def test_the_recipe_in_a_painted_file_fills_the_form_with_all_that_it_was_painted_with(
    alices: Client, video: Video
) -> None:
    a_draft(video)
    first = work(a_request(video, prompt="a lake, clouds 🌅", negative="fog", seed=41, steps_asked=3))
    with first.images.get().file.open("rb") as file:
        brought = alices.post(reverse("recipe_thumbnail", args=[video.pk]), {"picture": file})
    form = page(alices.get(brought["Location"])).form(having="prompt")
    alices.post(form.action, form.fields)
    assert pixels(work(GenerationRequest.objects.latest("created_at"))) == pixels(first)
