"""What was typed stays where another form is answered: writing again, a picture without a recipe, a language."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING
from urllib.parse import urlencode

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from generation.models import PromptDraft
from generation.models.request import MAX_PROMPT
from generation.views.kept import MOST, MOST_KEPT
from generation.views.shelf import MOST as TABS
from generation.views.shelf import ROOM
from imagecreator.queue.states import State
from tests.generation.asking import address
from tests.generation.lora_rows import a_lora
from tests.look import page, words
from tests.rows import a_draft, a_request, a_style, picture_bytes

if TYPE_CHECKING:
    from django.test import Client

    from channels_app.models import Video

TYPED = {
    "prompt": "my precious words",
    "negative": "fog",
    "style": "lake",
    "loras": "ink",
    "loras-ink": "-0.5",
    "count": "1",
    "mode": "fast",
    "seed": "77",
}
CHOICES = {name: TYPED[name] for name in TYPED if name not in ("prompt", "negative")}


@pytest.fixture(autouse=True)
def looks(only_own_loras: None) -> None:
    a_style("lake")
    a_lora("Ink", key="ink")


def fields(client: Client, where: str) -> dict[str, str]:
    return page(client.get(where)).form(having="prompt").fields


def test_writing_again_keeps_all_but_the_words(alices: Client, video: Video) -> None:
    draft = a_draft(video)
    first = fields(alices, address(video))["id"]
    answer = alices.post(reverse("draft_rewrite", args=[draft.pk]), {"typed": urlencode(TYPED | {"id": first})})
    where = answer["Location"]
    assert where.startswith(f"{address(video)}?kept=")
    PromptDraft.objects.filter(state=State.QUEUED).update(state=State.DONE, prompt="new words", negative="blur")
    shown = fields(alices, where)
    assert {name: shown[name] for name in CHOICES} == CHOICES
    assert (shown["prompt"], shown["negative"]) == ("new words", "blur")
    assert shown["id"] != first, "another request than the one that was asked for before"


def test_long_texts_and_the_weights_of_many_loras_are_no_reason_to_lose_all(alices: Client, video: Video) -> None:
    draft = a_draft(video)
    long = TYPED | {"prompt": "ж" * 2000, "negative": "щ" * 2000} | {f"loras-other-{n}": "0.8" for n in range(5000)}
    picture = SimpleUploadedFile("photo.png", picture_bytes(), "image/png")
    answer = alices.post(reverse("recipe_thumbnail", args=[video.pk]), {"picture": picture, "typed": urlencode(long)})
    shown = fields(alices, answer["Location"])
    assert {name: shown[name] for name in TYPED} == {name: long[name] for name in TYPED}
    assert sum(map(len, alices.session["typed"].values())) < 30_000, "it is read with every page"
    assert draft.prompt != shown["prompt"]


def test_a_picture_without_a_recipe_takes_nothing_away(alices: Client, video: Video) -> None:
    a_draft(video)
    picture = SimpleUploadedFile("photo.png", picture_bytes(), "image/png")
    sent = {"picture": picture, "typed": urlencode(TYPED)}
    answer = alices.post(reverse("recipe_thumbnail", args=[video.pk]), sent, follow=True)
    assert "No recipe was found in this picture." in words(answer)
    shown = page(answer).form(having="prompt").fields
    assert {name: shown[name] for name in TYPED} == TYPED


def speak(client: Client, language: str, page: str, **fields: str) -> str:
    """Choose a language on a page; return the address that this leads to."""
    typed = urlencode(TYPED | fields)
    return client.post(reverse("set_language"), {"language": language, "next": page, "typed": typed})["Location"]


def test_another_language_takes_nothing_away(alices: Client, video: Video) -> None:
    a_draft(video)
    answer = alices.get(where := speak(alices, "ru", address(video)))
    assert "Итоговый промпт" in words(answer)
    shown = page(answer).form(having="prompt").fields
    assert {name: shown[name] for name in TYPED} == TYPED
    back = speak(alices, "en", where, prompt="other words", style="")
    assert back.count("kept=") == 1, "the address does not grow"
    shown = page(alices.get(back)).form(having="prompt").fields
    assert (shown["prompt"], shown["style"], shown["seed"]) == ("other words", "", "77")


def test_another_language_keeps_what_a_recipe_brought_and_what_was_changed_in_it(alices: Client, video: Video) -> None:
    asked = a_request(video, own_prompt="as it was", seed=5)
    answer = alices.get(speak(alices, "ru", f"{address(video)}?from={asked.pk}"))
    assert answer.context["filling"] is not None
    shown = page(answer).form(having="prompt").fields
    assert (shown["prompt"], shown["seed"]) == ("my precious words", "77")


def test_the_longest_prompts_are_kept_in_any_script(alices: Client, video: Video) -> None:
    a_draft(video)
    long = {"prompt": "я" * MAX_PROMPT, "negative": "😀" * MAX_PROMPT}
    shown = fields(alices, speak(alices, "ru", address(video), **long))
    assert {name: shown[name] for name in long} == long


def test_nothing_is_kept_of_a_visitor_and_nobody_is_led_elsewhere(client: Client, alices: Client, db: None) -> None:
    assert speak(client, "ru", "/accounts/login/") == "/accounts/login/"
    assert not client.session.keys()
    assert speak(alices, "ru", "https://elsewhere.example/").startswith("/?kept=")


@pytest.mark.parametrize("typed", ["", "x" * (MOST + 1), "a=&" * 20_000, "negative=" + "x" * MOST_KEPT])
def test_what_cannot_be_kept_leads_to_the_page_as_it_is(alices: Client, video: Video, typed: str) -> None:
    draft = a_draft(video)
    where = alices.post(reverse("draft_rewrite", args=[draft.pk]), {"typed": typed})["Location"]
    PromptDraft.objects.filter(state=State.QUEUED).update(state=State.DONE, prompt="new words")
    assert fields(alices, where)["prompt"] == "new words"


def test_a_key_of_another_session_shows_nothing(alices: Client, bobs: Client, video: Video) -> None:
    draft = a_draft(video)
    where = alices.post(reverse("draft_rewrite", args=[draft.pk]), {"typed": urlencode(TYPED)})["Location"]
    alices.session.flush()
    PromptDraft.objects.filter(state=State.QUEUED).update(state=State.DONE)
    assert bobs.get(where).status_code == 404


def test_tabs_that_leave_the_page_one_after_another_each_come_back_to_their_own_words(
    alices: Client, video: Video
) -> None:
    a_draft(video)
    tabs = {seed: speak(alices, "en", address(video), seed=str(seed)) for seed in range(TABS + 1)}
    shown = {seed: fields(alices, where)["seed"] for seed, where in tabs.items()}
    assert {seed: shown[seed] for seed in range(1, TABS + 1)} == {seed: str(seed) for seed in range(1, TABS + 1)}
    assert shown[0] != "0", "no more than a few are kept"


def test_large_forms_of_several_tabs_take_no_more_room_than_there_is(alices: Client, video: Video) -> None:
    a_draft(video)
    tabs = [speak(alices, "en", address(video), negative="x" * (MOST_KEPT - 500), seed=str(seed)) for seed in range(4)]
    assert len(json.dumps(alices.session["typed"])) <= ROOM + 500
    assert fields(alices, tabs[3])["seed"] == "3", "the last one is there in any case"
    assert fields(alices, tabs[0])["seed"] != "0"
