"""Touching up through a worker: exact pixels both ways, restyled, seen and cancelled meanwhile, and its recipe."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from django.urls import reverse
from PIL import Image

from generation.engine import load_profile
from generation.engine.restyle.files import open_network
from generation.engine.restyle.transfer import as_numbers
from generation.engine.upscale.upscale import needs_model
from generation.looks import seen
from generation.recipe import read
from generation.stages.engine_door import warm
from generation.targets import TARGETS
from imagecreator.pictures import digest_of
from imagecreator.queue.changes import cancel, retry
from imagecreator.queue.models import Measured
from imagecreator.queue.states import State
from tests.generation.engine.begun import mean_distance, scene
from tests.generation.engine.restyle.networks import SHIPPED, style_distance
from tests.generation.engine.restyle.styles import edges
from tests.generation.engine.upscale.building import build_upscaler
from tests.generation.finishing import (
    CONTENT,
    MOSAIC,
    UPSCALER,
    a_profile_with,
    a_small_picture,
    a_style_picture,
    a_touch_up,
)
from tests.generation.walking import opened, work
from tests.look import words
from tests.rows import a_request, a_start

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from django.contrib.auth.models import User
    from django.test import Client

    from channels_app.models import Channel, Video
    from generation.targets import Target

pytestmark = pytest.mark.django_db(transaction=True)
QUICKLY = {"iterations": 4, "style_weight": 3.0, "keep_colours": False}


@pytest.fixture
def upscaler(tmp_path: Path, models_in: Callable[..., Path], monkeypatch: pytest.MonkeyPatch) -> Path:
    """The preview profile has an upscaler; the folder of models."""
    models = tmp_path / "models"
    a_profile_with(UPSCALER, tmp_path / "profiles")
    build_upscaler(models / "tiny-x4")
    monkeypatch.setitem(load_profile.__kwdefaults__, "profiles_dir", tmp_path / "profiles")
    return models_in(models, "preview")


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> Target:
    """Thumbnails are small, and quickly restyled."""
    target = replace(TARGETS["thumbnail"], width=256, height=144)
    monkeypatch.setitem(TARGETS, "thumbnail", target)
    return target


@pytest.mark.parametrize("target", ["thumbnail", "avatar", "cover"])
def test_lanczos_gives_exactly_the_targets_pixels_without_any_model(
    video: Video, channel: Channel, target: str, models_in: Callable[..., Path], tmp_path: Path
) -> None:
    models_in(tmp_path, "preview")
    heard: list[str] = []
    request = work(
        a_touch_up(video if target == "thumbnail" else channel, target), lambda stage, _: heard.append(stage)
    )
    assert (request.state, request.error) == (State.DONE, "")
    assert list(dict.fromkeys(heard)) == ["screen", "enlarge", "check", "finish"]
    picture = opened(request.images.get())
    assert picture.size == (TARGETS[target].width, TARGETS[target].height)
    assert not warm(), "nothing was loaded"


def test_the_model_gives_them_too_and_another_picture_with_another_seed(upscaler: Path, video: Video) -> None:
    made = []
    for fields in ({"seed": 7}, {"seed": 7}, {"seed": 8}, {"enlarge_by": "lanczos"}):
        asked = a_touch_up(video, **{"enlarge_by": "model", "prompt": "a lake"} | fields)
        request = work(asked)
        assert (request.state, request.error) == (State.DONE, "")
        image = request.images.get()
        assert opened(image).size == (1280, 720)
        made.append(opened(image).convert("RGB").tobytes())
        recipe = image.recipe()
        assert recipe.upscaler == ("" if "enlarge_by" in fields else "tiny-x4")
    assert made[0] == made[1]
    assert len(set(made)) == 3
    keys = ["touch up preview 1280x720", "touch up preview 1280x720 enlarge by model"]
    assert set(Measured.objects.table()) == {f"{asked.kind()} {key}" for key in keys}


@pytest.mark.parametrize(("width", "models"), [(1023, True), (1024, False), (2560, False)])
def test_what_no_model_enlarges_is_not_timed_as_if_one_did(
    upscaler: Path, video: Video, width: int, models: bool
) -> None:
    start = a_start(video.owner, Image.new("RGB", (width, round(width * 9 / 16))))
    asked = a_touch_up(video, start=start, enlarge_by="model")
    assert needs_model(start.open(), (1280, 720)) is models
    assert asked.pace_key == "touch up preview 1280x720" + " enlarge by model" * models


def test_restyled_comes_five_times_as_near_to_the_style_and_can_be_recognised(video: Video, small: Target) -> None:
    start = a_start(video.owner, CONTENT)
    options = QUICKLY | {"iterations": 200}
    looks: list[bytes] = []

    def watch(stage: str, step: int) -> None:
        if stage == "restyle":
            looks.extend(seen(asked.pk, 1).values())

    asked = a_touch_up(video, start=start, style_picture=a_style_picture(video.owner), restyle_options=options)
    request = work(asked, watch)
    assert (request.state, request.error) == (State.DONE, "")
    image = request.images.get()
    made = opened(image).convert("RGB")
    assert made.size == (small.width, small.height)
    network = open_network(SHIPPED)
    device = network.mean.device
    plain = opened(work(a_touch_up(video, start=start)).images.get()).convert("RGB")
    style = as_numbers(MOSAIC, made.size, device)
    before, after = (style_distance(network, as_numbers(each, made.size, device), style) for each in (plain, made))
    assert after * 5 <= before
    assert np.corrcoef(edges(made), edges(plain))[0, 1] >= 0.5
    assert len(set(looks)) > 1, "its owner saw it change"
    assert not seen(asked.pk, 1), "and no look is left"
    recipe = image.recipe()
    assert recipe.restyle is not None
    assert recipe.restyle.digest == digest_of(MOSAIC)
    assert (recipe.restyle.iterations, recipe.restyle.style_weight) == (200, 3.0)


def test_whoever_cancels_waits_for_one_iteration(video: Video, small: Target) -> None:
    told: list[int] = []

    def watch(stage: str, step: int) -> None:
        if stage == "restyle":
            told.append(step)
            if step == 3:
                assert cancel(asked)

    asked = a_touch_up(video, style_picture=a_style_picture(video.owner), restyle_options=QUICKLY | {"iterations": 300})
    request = work(asked, watch)
    assert request.state == State.CANCELLED
    assert max(told) <= 3 + 60, "the flag is read every third of a second"
    assert not request.images.exists()
    assert retry(request)
    request.refresh_from_db()
    request.restyle_options |= {"iterations": 4}
    request.save(update_fields=["restyle_options"])
    assert work(request).state == State.DONE


def test_a_picture_of_one_colour_is_enlarged_and_not_taken_for_a_broken_model(video: Video) -> None:
    start = a_start(video.owner, Image.new("RGB", (64, 36), "navy"))
    request = work(a_touch_up(video, start=start))
    assert (request.state, request.error) == (State.DONE, "")
    assert opened(request.images.get()).convert("RGB").getcolors() == [(1280 * 720, (0, 0, 128))]


def test_what_is_missing_is_said_before_anything_is_made(
    video: Video, models_in: Callable[..., Path], flagging_models: Path, tmp_path: Path
) -> None:
    style = a_style_picture(video.owner)
    models_in(flagging_models)
    request = work(a_touch_up(video, enlarge_by="model"))
    assert (request.state, request.error) == (State.FAILED, "no_upscaler")
    for asked in (
        a_touch_up(video, style_picture=style, restyle_options=QUICKLY),
        a_request(video, style_picture=style, restyle_options=QUICKLY, steps_asked=1),
    ):
        heard: list[str] = []
        request = work(asked, lambda stage, _: heard.append(stage))  # noqa: B023  # heard at once
        assert (request.state, request.error) == (State.FAILED, "no_style_network")
        assert "enlarge" not in heard
    models_in(tmp_path, "preview")
    style.file.storage.delete(style.file.name)
    request = work(a_touch_up(video, style_picture=style, restyle_options=QUICKLY))
    assert (request.state, request.error) == (State.FAILED, "style_lost")


def test_banned_words_are_refused_and_an_empty_prompt_is_none(upscaler: Path, video: Video) -> None:
    request = work(a_touch_up(video, enlarge_by="model", prompt="child porn"))
    assert (request.state, request.error) == (State.REFUSED, "banned")
    assert work(a_touch_up(video, enlarge_by="model")).state == State.DONE


def test_what_is_doubtful_is_held(video: Video, models_in: Callable[..., Path], flagging_models: Path) -> None:
    """The models come for their checker, which people are told: it is no part of the short check at the end."""
    models_in(flagging_models)
    heard: list[str] = []
    request = work(a_touch_up(video), lambda stage, _: heard.append(stage))
    assert request.state == State.HELD
    assert list(dict.fromkeys(heard)) == ["screen", "load", "enlarge", "check", "finish"]
    assert "load" in request.timings


def test_painted_pictures_are_restyled_each_with_its_seed_and_shown_meanwhile(
    alices: Client, video: Video, small: Target
) -> None:
    style = a_style_picture(video.owner)
    plain = work(a_request(video, count=2, mode="fast", steps_asked=2))
    looks: set[tuple[int, bytes]] = set()

    def watch(stage: str, step: int) -> None:
        if stage == "restyle":
            looks.update(seen(asked.pk, 2).items())

    asked = a_request(
        video, count=2, mode="fast", steps_asked=2, style_picture=style, restyle_options=QUICKLY | {"iterations": 8}
    )
    request = work(asked, watch)
    assert (request.state, request.error) == (State.DONE, "")
    assert {number for number, _look in looks} == {0, 1}
    assert request.timings["restyle"] > 0
    for restyled, bare in zip(request.images.all(), plain.images.all(), strict=True):
        assert restyled.recipe().restyle is not None
        assert bare.recipe().restyle is None
        assert mean_distance(opened(restyled), opened(bare)) > 3
    assert asked.pace_key == f"{plain.pace_key} restyle 8"
    assert asked.batch_key != plain.batch_key


def test_the_file_says_that_nothing_was_painted_and_so_does_its_page(
    alices: Client, alice: User, video: Video, small: Target
) -> None:
    start = a_small_picture(alice)
    request = work(a_touch_up(video, start=start, style_picture=a_style_picture(alice), restyle_options=QUICKLY))
    image = request.images.get()
    with image.file.open("rb") as file:
        recipe = read(file)
    assert recipe is not None and recipe.is_touched_up
    assert recipe.start == digest_of(scene((160, 96)))
    assert (recipe.steps, recipe.sampler, recipe.model, recipe.width) == (None, "", "", None)
    for url in (reverse("image", args=[image.pk]), request.get_absolute_url()):
        shown = words(alices.get(url))
        assert "Lanczos" in shown
        assert "style 3, 4 iterations" in shown
        for absent in ("Sampler", "Guidance", "Steps", "Painted in", "Speed", "Strength", "Model"):
            assert absent not in shown, f"{absent} on {url}"
    with request.images.get().file.open("rb") as file:
        taken = alices.post(reverse("recipe_thumbnail", args=[video.pk]), {"picture": file}, follow=True)
    assert "not painted but touched up from another one" in words(taken)
    assert "in the style of a picture that the file does not hold" in words(taken)
    image.file.storage.delete(image.file.name)
    lost = request.images.get().recipe()
    assert (lost.steps, lost.sampler, lost.model) == (None, "", "")
