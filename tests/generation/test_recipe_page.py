"""Bringing a picture's recipe to the generate page, painting a picture again, varying it, and how it was made."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from generation.models import GeneratedImage, GenerationRequest, PromptDraft
from generation.recipe import Recipe, RecipeGuide, RecipeMask, write
from imagecreator.queue.states import State
from tests.generation.recipe.files import png
from tests.generation.recipe.test_a1111 import NEW
from tests.generation.recipe.test_comfyui import SIMPLE
from tests.look import page, stored, words
from tests.rows import a_channel, a_draft, a_request, a_video, an_image, picture_bytes

if TYPE_CHECKING:
    from io import BytesIO

    from django.contrib.auth.models import User
    from django.test.client import _MonkeyPatchedWSGIResponse as Answer
    from pytest_django import Settings

    from channels_app.models import Channel, Video

OURS = Recipe("imagecreator", "a red boat", "fog", 41, 20, 2.5, 0.99, "", 256, 144, "preview")


def ours(**fields: object) -> BytesIO:
    """A picture of ours."""
    return png(**write(Recipe(**OURS.__dict__ | fields), "0.1.0"))


def address(video: Video) -> str:
    return reverse("generate_thumbnail", args=[video.pk])


def upload(content: bytes | BytesIO) -> SimpleUploadedFile:
    return SimpleUploadedFile("a.png", content if isinstance(content, bytes) else content.getvalue(), "image/png")


def bring(client: Client, video: Video, content: bytes | BytesIO, **extra: str) -> Answer:
    """Send a picture as the form does, and go where the answer leads."""
    url = reverse("recipe_thumbnail", args=[video.pk])
    return client.post(url, {"picture": upload(content)}, follow=True, **extra)


def fields(answer: Answer) -> dict[str, str]:
    return page(answer).form(having="prompt").fields


def test_the_page_has_a_form_for_it_that_works_without_scripts(alices: Client, video: Video) -> None:
    a_draft(video)
    form = page(alices.get(address(video))).form(having="picture")
    assert form.action.endswith(reverse("recipe_thumbnail", args=[video.pk]))
    assert form.files == ["picture"]


def test_a_picture_of_ours_fills_the_form_and_nothing_is_kept(alices: Client, video: Video) -> None:
    a_draft(video, prompt="the written one")
    before = stored()
    answer = bring(alices, video, ours())
    filled = fields(answer)
    assert [filled[name] for name in ("prompt", "negative", "seed", "count", "mode")] == [
        "a red boat", "fog", "41", "1", "standard",
    ]  # fmt: skip
    assert "Filled in from a picture by Image Creator" in words(answer)
    assert "Taken over: prompt, negative prompt, seed, steps." in words(answer)
    assert " not " not in words(answer).partition("Taken over")[2].partition("Prompt")[0], "all of it could be taken"
    assert stored() == before
    assert fields(alices.get(answer.redirect_chain[-1][0]))["prompt"] == "a red boat", "it survives a reload"
    assert fields(alices.get(address(video)))["prompt"] == "the written one"


def test_what_cannot_be_taken_is_said_a_line_each(alices: Client, video: Video) -> None:
    answer = bring(alices, video, png("zTXt", parameters=NEW))
    said = words(answer)
    for line in (
        "Filled in from a picture by Stable Diffusion WebUI",
        "The sampler is DDIM here, not DPM++ 2M Karras.",
        "The LoRA “epic_v2” is left out: it is not among those that you may use here.",
        "The LoRA “third” is left out: it is not among those that you may use here.",
        "The model dream, shaper is not in use here: “Preview” paints.",
        "Guidance is the profile's 2.5, not 7.5.",
        "The size is 1280×720; the picture was painted in 512×768.",
    ):
        assert line in said
    filled = fields(answer)
    assert (filled["steps"], filled["mode"], filled["seed"]) == ("30", "same", "41")
    assert "<lora" not in filled["prompt"]


def test_in_russian(alices: Client, video: Video) -> None:
    answer = bring(alices, video, png("zTXt", parameters=NEW), HTTP_ACCEPT_LANGUAGE="ru")
    said = words(answer)
    assert "Заполнено по картинке из Stable Diffusion WebUI" in said
    assert "Взято из файла: промпт, негативный промпт, сид, шаги." in said
    assert "LoRA «detail» не взята: её нет среди тех, которыми вы можете пользоваться на этом сайте." in said
    assert "30 шагов" in said
    assert "В этой картинке рецепта нет." in words(bring(alices, video, picture_bytes(), HTTP_ACCEPT_LANGUAGE="ru"))


def test_the_steps_of_the_picture_are_asked_for_unless_somebody_chooses_others(alices: Client, video: Video) -> None:
    answer = bring(alices, video, ours(steps=12))
    for choice, mode, steps in (("same", "standard", 12), ("standard", "standard", None), ("fast", "fast", None)):
        alices.post(address(video), fields(answer) | {"mode": choice, "seed": str(len(choice))})
        asked = GenerationRequest.objects.latest("created_at")
        assert (asked.mode, asked.steps_asked) == (mode, steps)
    again = fields(alices.get(f"{address(video)}?from={GenerationRequest.objects.get(steps_asked=12).pk}"))
    assert (again["mode"], again["steps"], again["steps_mode"]) == ("same", "12", "standard")


@pytest.mark.parametrize("steps", ["51", "0", "-1", "x", "9" * 5000])
def test_other_steps_than_may_be_asked_are_not(alices: Client, video: Video, steps: str) -> None:
    form = fields(bring(alices, video, ours(steps=12)))
    alices.post(address(video), form | {"mode": "same", "steps": steps})
    assert not GenerationRequest.objects.exists()


@pytest.mark.parametrize(
    ("recipe", "line", "expected"),
    [
        ({"steps": 150}, "Steps: 50, the most there are here, instead of 150.", {"steps": "50"}),
        ({"seed": 2**40}, "The seed 1099511627776 is larger than seeds are here", {"seed": ""}),
        ({"seed": None}, "The file names no seed", {"seed": ""}),
        ({"prompt": ""}, "The file names no prompt: write one.", {"prompt": ""}),
        ({"prompt": "p" * 3000}, "The text was cut after 2000 characters.", {"prompt": "p" * 2000}),
        ({"eta": 0.5}, "New noise (eta) is the profile's 0.99, not 0.5.", {}),
        ({"model": "sd15"}, "The model sd15 is not in use here", {}),
        ({"steps": 4}, "Taken over", {"mode": "fast"}),
    ],
)
def test_numbers_and_texts_are_brought_into_the_forms_range(
    alices: Client, video: Video, recipe: dict[str, object], line: str, expected: dict[str, str]
) -> None:
    answer = bring(alices, video, ours(**recipe))
    assert line in words(answer)
    filled = fields(answer)
    assert {name: filled[name].strip() for name in expected} == expected


def test_where_nothing_can_be_taken_over_nothing_is_said_to_be(alices: Client, video: Video) -> None:
    answer = bring(alices, video, png(imagecreator=json.dumps({"seed": 2**40})))
    assert "is larger than seeds are here" in words(answer)
    assert "Taken over" not in words(answer)


def test_a_graph_of_comfyui(alices: Client, video: Video) -> None:
    answer = bring(alices, video, png(prompt=json.dumps(SIMPLE)))
    assert "Filled in from a picture by ComfyUI" in words(answer)
    assert fields(answer)["prompt"] == "a castle"


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (picture_bytes(), "No recipe was found in this picture. Take the file as it was painted"),
        (b"hello", "No recipe was found in this picture."),
        (b"", "The file is empty."),
    ],
)
def test_a_file_without_a_recipe_says_so_kindly(alices: Client, video: Video, content: bytes, sentence: str) -> None:
    a_draft(video, prompt="the written one")
    answer = bring(alices, video, content)
    assert sentence in words(answer)
    assert fields(answer)["prompt"] == "the written one"


def test_no_file_at_all_is_said_too(alices: Client, video: Video) -> None:
    answer = alices.post(reverse("recipe_thumbnail", args=[video.pk]), follow=True)
    assert "required" in words(answer)


def test_a_picture_that_is_too_large_is_refused(alices: Client, video: Video, settings: Settings) -> None:
    settings.PICTURE_MAX_MB = 1
    for size in (1_100_000, 9_000_000):
        answer = bring(alices, video, ours().getvalue() + b"0" * size)
        assert "larger than 1 MB" in words(answer)
        assert "Taken over" not in words(answer)


def test_banned_words_in_a_recipe_are_refused_when_they_are_asked_for(alices: Client, video: Video) -> None:
    answer = bring(alices, video, ours(prompt="a castle, nsfw"))
    asked = alices.post(address(video), fields(answer))
    assert any("“nsfw”" in problem for problem in page(asked).problems)
    assert not GenerationRequest.objects.exists()


def test_what_a_recipe_says_is_text_and_no_markup(alices: Client, video: Video) -> None:
    answer = bring(alices, video, ours(prompt="<b>x</b></textarea>", model="<i>y</i>"))
    assert "<b>x" not in answer.content.decode()
    assert "<i>y" not in answer.content.decode()
    assert fields(answer)["prompt"] == "<b>x</b></textarea>"


def test_who_may_bring_a_recipe(bobs: Client, mos: Client, video: Video) -> None:
    url = reverse("recipe_thumbnail", args=[video.pk])
    assert bobs.post(url, {"picture": upload(ours())}).status_code == 404
    assert mos.post(url, {"picture": upload(ours())}).status_code == 403
    assert "/login/" in Client().post(url, {"picture": upload(ours())})["Location"]
    assert bobs.get(url).status_code == 405


def test_recipes_that_several_tabs_bring_stay_apart(alices: Client, video: Video) -> None:
    a_draft(video)
    tabs = {str(seed): bring(alices, video, ours(seed=seed)).redirect_chain[-1][0] for seed in (1, 2, 3)}
    assert {seed: fields(alices.get(where))["seed"] for seed, where in tabs.items()} == {"1": "1", "2": "2", "3": "3"}


def test_a_recipe_is_seen_by_who_brought_it_alone(alices: Client, bobs: Client, bob: User, video: Video) -> None:
    shown = bring(alices, video, ours()).redirect_chain[-1][0]
    own = a_video(a_channel(bob))
    a_draft(own, prompt="bob's")
    key = shown.partition("?")[2]
    for query in (key, "recipe=", "recipe=x", "again=x", "vary=", "again=00000000-0000-4000-8000-000000000000"):
        assert fields(bobs.get(f"{address(own)}?{query}"))["prompt"] == "bob's"


@pytest.mark.parametrize(("target", "status"), [("avatar", 302), ("cover", 302), ("thumbnail", 404), ("x", 404)])
def test_a_channels_pages_take_recipes_too(alices: Client, channel: Channel, target: str, status: int) -> None:
    answer = alices.post(reverse("recipe_channel", args=[channel.pk, target]), {"picture": upload(ours())})
    assert answer.status_code == status
    if status == 302:
        assert fields(alices.get(answer["Location"]))["prompt"] == "a red boat"


def test_a_recipe_need_not_wait_for_the_written_prompt(alices: Client, video: Video) -> None:
    answer = bring(alices, video, ours())
    assert PromptDraft.objects.get().is_live
    assert page(answer).job is None
    assert fields(answer)["prompt"] == "a red boat"


def painted(video: Video, **asked: object) -> GeneratedImage:
    return an_image(a_request(video, state=State.DONE, count=3, negative="fog", **asked), index=1, seed=8)


def test_again_and_vary_are_on_the_requests_page_for_its_owner(alices: Client, mos: Client, video: Video) -> None:
    image = painted(video)
    shown = alices.get(image.request.get_absolute_url()).content.decode()
    for name in ("again", "vary"):
        link = f"{address(video)}?{name}={image.pk}"
        assert link in shown
        assert link not in mos.get(image.request.get_absolute_url()).content.decode()
        assert link not in mos.get(image.get_absolute_url()).content.decode()


def test_again_has_the_pictures_own_seed_and_vary_another(alices: Client, video: Video) -> None:
    image = painted(video, mode="fast")
    again = alices.get(f"{address(video)}?again={image.pk}")
    assert [fields(again)[name] for name in ("prompt", "negative", "seed", "count", "mode")] == [
        "a lake at sunrise", "fog", "8", "1", "fast",
    ]  # fmt: skip
    assert "The same picture again" in words(again)
    vary = fields(alices.get(f"{address(video)}?vary={image.pk}"))
    assert [vary[name] for name in ("prompt", "negative", "count", "mode")] == [
        "a lake at sunrise", "fog", "3", "fast",
    ]  # fmt: skip
    assert vary["seed"].isdigit()
    assert vary["seed"] != "8"


def test_the_picture_is_not_read_again_at_every_key_that_is_pressed(alices: Client, video: Video) -> None:
    image = painted(video)
    with CaptureQueriesContext(connection) as queries:
        shown = alices.post(
            f"{address(video)}?again={image.pk}", {"do": "show", "prompt": "a red boat"}, HTTP_HX_REQUEST="true"
        )
    assert "a red boat" in words(shown)
    assert not [query for query in queries if GeneratedImage._meta.db_table in query["sql"]]


def test_again_says_where_the_site_paints_with_another_profile_now(
    alices: Client, video: Video, settings: Settings
) -> None:
    image = painted(video)
    settings.PROFILE = "sd15"
    said = words(alices.get(f"{address(video)}?again={image.pk}"))
    assert "The model preview is not in use here: “Stable Diffusion 1.5” paints." in said


@pytest.mark.parametrize("status", [GeneratedImage.Status.HELD, GeneratedImage.Status.REJECTED])
def test_what_is_held_or_not_ones_own_fills_nothing(
    alices: Client, mos: Client, mo: User, video: Video, status: str
) -> None:
    image = painted(video, prompt="a secret")
    others = a_video(a_channel(mo))
    for query in ("again", "vary"):
        assert "a secret" not in words(mos.get(f"{address(others)}?{query}={image.pk}"))
    GeneratedImage.objects.update(status=status)
    for query in ("again", "vary"):
        assert "a secret" not in words(alices.get(f"{address(video)}?{query}={image.pk}"))


def test_the_pictures_page_says_how_it_was_made(alices: Client, video: Video) -> None:
    image = painted(video, prompt="<i>a lake</i>")
    with image.file.storage.open(image.file.name, "wb") as file:
        file.write(ours(prompt="<i>a lake</i>", seed=8).getvalue())
    answer = alices.get(image.get_absolute_url())
    for said in ("How it was made", "<i>a lake</i>", "fog", "Seed 8", "Steps 20", "256×144", "1280×720", "Preview"):
        assert said in words(answer)
    assert "<i>a lake" not in answer.content.decode()
    assert "Steps: 20, CFG scale: 2.5, Seed: 8" in words(answer), "what the copy button copies"
    assert page(answer).downloads == {f"http://testserver{reverse('image_file', args=[image.pk])}": "thumbnail-8.png"}


def test_the_pictures_page_rounds_no_number_of_the_recipe(alices: Client, video: Video) -> None:
    image = painted(video)
    with image.file.storage.open(image.file.name, "wb") as file:
        file.write(ours(guidance=1.25).getvalue())
    assert "Guidance 1.25" in words(alices.get(image.get_absolute_url()))


def test_a_picture_whose_file_is_gone_or_says_nothing_is_told_from_its_row(alices: Client, video: Video) -> None:
    image = painted(video)
    for _ in range(2):
        assert "a lake at sunrise" in words(alices.get(image.get_absolute_url()))
        image.file.storage.delete(image.file.name)


@pytest.mark.parametrize(
    ("mask", "said"),
    [
        (None, "The picture began with another one, which the file does not hold: choose it below."),
        (
            RecipeMask("b" * 64, 16, 0),
            "Only a part of another picture was painted, which the file does not hold: begin with it below.",
        ),
    ],
    ids=["a picture", "a part"],
)
def test_a_file_whose_picture_began_with_another_one_says_so(
    mask: RecipeMask | None, said: str, alices: Client, video: Video
) -> None:
    a_draft(video)
    answer = bring(alices, video, ours(start="a" * 64, strength=0.4, mask=mask))
    assert said in words(answer)
    assert fields(answer)["start"] == ""
    assert "began with another" not in words(bring(alices, video, ours()))


@pytest.mark.parametrize("kinds", [("pose",), ("face",), ("face", "pose")], ids="+".join)
def test_a_file_whose_people_followed_others_says_so(kinds: tuple[str, ...], alices: Client, video: Video) -> None:
    a_draft(video)
    said = words(bring(alices, video, ours(guides=tuple(RecipeGuide(kind, "a" * 64, 1.0, 0.0, 1.0) for kind in kinds))))
    for kind in ("pose", "face"):
        assert (f"painted after a {kind}, which the file does not hold: choose it below." in said) is (kind in kinds)
