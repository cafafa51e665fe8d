"""Styles and modifiers on the generate page: choosing, what is shown, what is stored, and what may go wrong between."""

from __future__ import annotations

import re
import uuid
from typing import TYPE_CHECKING

import pytest
from django.urls import reverse

from generation.models import GenerationRequest, Modifier, Style
from imagecreator.queue.states import State
from tests.generation.asking import HTMX, RUSSIAN, address, ask, form
from tests.generation.walking import work
from tests.look import page, words
from tests.rows import a_channel, a_draft, a_modifier, a_request, a_style, a_video

if TYPE_CHECKING:
    from pathlib import Path

    from django.contrib.auth.models import User
    from django.test import Client
    from django.test.client import _MonkeyPatchedWSGIResponse as Answer
    from pytest_django import Settings

    from channels_app.models import Channel, Video

pytestmark = pytest.mark.usefixtures("written")


def cards(answer: Answer) -> list[str]:
    """The styles of the page, in order; the first is none."""
    return re.findall(r'name="style" value="([^"]*)"', answer.content.decode())


def checked(answer: Answer, name: str) -> list[str]:
    boxes = re.findall(rf'<input type="\w+"\s+name="{name}"\s+value="([^"]*)"\s*(checked)?', answer.content.decode())
    return [value for value, is_checked in boxes if is_checked]


def test_the_page_offers_every_style_and_modifier_by_name_in_both_languages(alices: Client, video: Video) -> None:
    answer = alices.get(address(video))
    assert cards(answer) == ["", *Style.objects.values_list("key", flat=True)]
    assert checked(answer, "style") == [""]
    for said in ("No style", "Watercolour", "Paper cut", "Golden hour", "Lens", "Final prompt", "a lake at sunrise"):
        assert said in words(answer)
    russian = words(alices.get(address(video), **RUSSIAN))
    for said in ("Без стиля", "Акварель", "Бумажная аппликация", "Золотой час", "Объектив", "Итоговый промпт"):
        assert said in russian
    assert "Watercolour" not in russian


def test_a_request_remembers_own_words_style_and_modifiers_beside_the_final_prompt(
    alices: Client, video: Video
) -> None:
    assert ask(alices, video, style="watercolour", modifiers=["wide-angle", "golden-hour"]).status_code == 302
    request = GenerationRequest.objects.get()
    assert (request.own_prompt, request.own_negative, request.style_key) == ("a red boat", "fog", "watercolour")
    assert request.modifier_keys == ["golden-hour", "wide-angle"]
    assert request.prompt == (
        "watercolor painting of a red boat, soft washes, wet edges, paper texture, light pigment, "
        "golden hour sunlight, wide angle shot"
    )
    assert request.negative == "fog, photograph, hard outlines, 3d render"
    shown = words(alices.get(request.get_absolute_url()))
    assert "Style Watercolour Modifiers Golden hour, Wide angle" in shown
    assert request.prompt in shown
    Style.objects.filter(key="watercolour").delete()
    assert "Style watercolour" in words(alices.get(request.get_absolute_url())), "what is gone goes by its key"


def test_generating_more_fills_the_form_with_own_words_style_and_modifiers(alices: Client, video: Video) -> None:
    ask(alices, video, style="noir", modifiers=["calm", "macro"])
    request = GenerationRequest.objects.get()
    answer = alices.get(f"{address(video)}?from={request.pk}")
    fields = page(answer).form(having="prompt").fields
    assert (fields["prompt"], fields["negative"], fields["seed"]) == ("a red boat", "fog", "7")
    assert checked(answer, "style") == ["noir"]
    assert checked(answer, "modifiers") == ["calm", "macro"]
    assert request.prompt in words(answer)


def test_a_request_from_before_there_were_styles_fills_the_form_with_its_prompt(alices: Client, video: Video) -> None:
    old = a_request(video, prompt="an old boat", negative="rust")
    fields = page(alices.get(f"{address(video)}?from={old.pk}")).form(having="prompt").fields
    assert (fields["prompt"], fields["negative"], fields["style"]) == ("an old boat", "rust", "")


def test_the_final_prompt_is_shown_while_people_type_and_asks_for_nothing(alices: Client, video: Video) -> None:
    answer = alices.post(address(video), form(do="show", style="flat", modifiers=["calm"]), **HTMX)
    assert "<html" not in answer.content.decode()
    shown = words(answer)
    assert shown.startswith("flat vector illustration of a red boat, simple shapes, solid colors, clean edges, calm")
    assert "Negative prompt: fog, photograph, texture" in shown
    assert not GenerationRequest.objects.exists()
    ask(alices, video, style="flat", modifiers=["calm"])
    assert GenerationRequest.objects.get().prompt in shown, "what was shown is what is sent"


@pytest.mark.parametrize("prompt", ["", "p" * 900_000, ", ".join(["a lake"] * 30_000), "<b>&{prompt}</b>"])
def test_anything_that_is_typed_can_be_shown(alices: Client, video: Video, prompt: str) -> None:
    answer = alices.post(address(video), form(do="show", style="flat", prompt=prompt), **HTMX)
    assert answer.status_code == 200
    assert "<b>" not in answer.content.decode()


def test_a_prompt_that_is_too_long_to_be_read_is_said_so(alices: Client, video: Video) -> None:
    long = ", ".join(f"a boat with {number} sails" for number in range(60))
    said = words(alices.post(address(video), form(do="show", prompt=long), **HTMX))
    assert "/ 300 tokens" in said
    assert "The model reads 4 parts of up to 75 tokens: the last " in said
    said = words(alices.post(address(video), form(do="show", prompt=long[:300]), **HTMX))
    assert "/ 150 tokens" in said
    assert "the model reads it in 2 parts" in said
    said = words(alices.post(address(video), form(do="show", prompt="a (red:1.2) boat"), **HTMX))
    assert "3 / 75 tokens" in said
    assert "model reads" not in said


def test_where_no_tokenizer_is_the_length_is_estimated(
    alices: Client, video: Video, settings: Settings, tmp_path: Path
) -> None:
    settings.PROFILE, settings.MODELS_DIR = "sd15", tmp_path
    long = ", ".join(f"a boat with {number} sails" for number in range(75))
    said = words(alices.post(address(video), form(do="show", prompt=long), **HTMX))
    assert "more than the model reads" in said
    assert "tokens" not in said
    assert "more than the model reads" not in words(alices.post(address(video), form(do="show"), **HTMX))


def test_without_scripts_a_button_shows_the_final_prompt_and_keeps_what_was_typed(alices: Client, video: Video) -> None:
    answer = ask(alices, video, do="show", style="comic", modifiers=["calm"], count=2, seed="41")
    fields = page(answer).form(having="prompt").fields
    assert (fields["prompt"], fields["count"], fields["seed"]) == ("a red boat", "2", "41")
    assert (checked(answer, "style"), checked(answer, "modifiers")) == (["comic"], ["calm"])
    assert "comic book panel of a red boat" in words(answer)
    assert page(answer).problems == []
    assert not GenerationRequest.objects.exists()


def test_the_final_prompt_can_be_edited_as_ones_own_words(alices: Client, video: Video) -> None:
    answer = ask(alices, video, do="merge", style="comic", modifiers=["calm"], mode="fast")
    fields = page(answer).form(having="prompt").fields
    assert fields["prompt"].startswith("comic book panel of a red boat, bold ink outlines")
    assert fields["prompt"].endswith("saturated colors, calm serene mood")
    assert fields["negative"] == "fog, photograph, blurry lines, speech bubble"
    assert fields["mode"] == "fast"
    assert (checked(answer, "style"), checked(answer, "modifiers")) == ([""], [])
    alices.post(address(video), fields)
    assert GenerationRequest.objects.get().prompt == fields["prompt"].strip()


@pytest.mark.parametrize("do", ["show", "merge", ""])
def test_a_stranger_neither_sees_nor_asks(bobs: Client, video: Video, do: str) -> None:
    assert bobs.get(address(video)).status_code == 404
    assert bobs.post(address(video), form(do=do, style="comic"), **HTMX).status_code == 404
    assert not GenerationRequest.objects.exists()


@pytest.mark.parametrize("change", ["delete", "switch off"])
@pytest.mark.parametrize(
    ("model", "fields", "sentence"),
    [
        (Style, {"style": "comic"}, "This style is no longer offered. Choose another one."),
        (Modifier, {"modifiers": ["calm"]}, "One of these modifiers is no longer offered. Look at them again."),
    ],
)
def test_what_went_away_between_showing_and_sending_is_said_and_nothing_is_asked(
    alices: Client, video: Video, model: type[Style | Modifier], fields: dict[str, object], sentence: str, change: str
) -> None:
    sent = page(alices.get(address(video))).form(having="prompt").fields | fields | {"prompt": "my own words"}
    gone = model.objects.filter(key__in=["comic", "calm"])  # type: ignore[attr-defined]
    gone.delete() if change == "delete" else gone.update(active=False)
    answer = alices.post(address(video), sent)
    assert sentence in page(answer).problems
    assert page(answer).form(having="prompt").fields["prompt"].strip() == "my own words"
    assert page(answer).form(having="prompt").fields["style"] == ""
    assert not GenerationRequest.objects.exists()


def test_generating_more_in_a_style_that_went_away_begins_without_it_and_says_so(alices: Client, video: Video) -> None:
    ask(alices, video, style="comic", modifiers=["calm"])
    again = f"{address(video)}?from={GenerationRequest.objects.get().pk}"
    said = "Something of what was chosen before is no longer offered."
    assert said not in words(alices.get(again))
    Style.objects.filter(key="comic").update(active=False)
    answer = alices.get(again)
    assert said in words(answer)
    assert (checked(answer, "style"), checked(answer, "modifiers")) == ([""], ["calm"])


def test_banned_words_that_only_the_style_completes_are_refused(alices: Client, video: Video) -> None:
    a_style("bath", template="naked {prompt}")
    answer = ask(alices, video, prompt="woman in a garden", style="bath")
    assert any("may not be painted here: “naked”" in problem for problem in page(answer).problems)
    assert not GenerationRequest.objects.exists()
    request = a_request(video, prompt="naked woman in a garden", own_prompt="woman in a garden", style_key="bath")
    request = work(request)
    assert (request.state, request.error) == (State.REFUSED, "banned")


def test_a_final_prompt_beyond_the_limit_is_refused_with_the_numbers(alices: Client, video: Video) -> None:
    answer = ask(alices, video, prompt="p" * 1990, style="comic")
    assert any("it has 2" in problem and "at most 2000" in problem for problem in page(answer).problems)
    assert not GenerationRequest.objects.exists()


def test_a_style_may_take_more_or_fewer_of_the_models_steps(alices: Client, video: Video) -> None:
    asked = [("flat", "standard", 16), ("flat", "fast", None), ("oil", "standard", 24), ("", "standard", None)]
    for style, mode, steps in asked:
        ask(alices, video, style=style, mode=mode)
        request = GenerationRequest.objects.latest("created_at")
        assert (request.mode, request.steps_asked) == (mode, steps), (style, mode)
        again = page(alices.get(f"{address(video)}?from={request.pk}")).form(having="prompt").fields
        assert again["mode"] == mode


def test_where_the_profile_cannot_be_read_a_style_asks_for_no_steps(
    alices: Client, video: Video, settings: Settings
) -> None:
    settings.PROFILE = "nobody"
    assert ask(alices, video, style="flat").status_code == 302
    assert GenerationRequest.objects.get().steps_asked is None


def test_one_form_with_another_style_is_another_request_and_the_same_one_asks_once(
    alices: Client, video: Video
) -> None:
    kept = uuid.uuid4()
    for style in ("comic", "noir", "noir"):
        ask(alices, video, id=kept, style=style)
    assert sorted(GenerationRequest.objects.values_list("style_key", flat=True)) == ["comic", "noir", "noir"]
    twice = form(style="oil")
    places = {alices.post(address(video), twice)["Location"] for _ in range(2)}
    assert len(places) == 1


def test_the_styles_that_a_channel_uses_most_come_first_for_that_channel(
    alices: Client, alice: User, channel: Channel, video: Video
) -> None:
    plain = cards(alices.get(address(video)))
    for style in ("noir", "voxel", "noir", "", "clay"):
        ask(alices, video, style=style)
    other = a_video(channel, title="Another of the channel")
    a_draft(other)
    for shown in (video, other):
        answer = alices.get(address(shown))
        assert cards(answer)[:5] == ["", "noir", "clay", "voxel", plain[1]], "used alike: the latest first"
        assert sorted(cards(answer)) == sorted(plain)
        assert words(answer).count("Used here") == 3
    elsewhere = a_video(a_channel(alice, name="Elsewhere"))
    a_draft(elsewhere)
    assert cards(alices.get(address(elsewhere))) == plain


def test_a_cover_shares_the_favourites_of_its_channel(alices: Client, channel: Channel, video: Video) -> None:
    ask(alices, video, style="noir")
    cover = reverse("generate_channel", args=[channel.pk, "cover"])
    alices.get(cover)
    channel.drafts.update(state=State.DONE, prompt="hills")
    assert cards(alices.get(cover))[1] == "noir"


def test_favourites_that_are_no_longer_offered_are_not_shown(alices: Client, video: Video) -> None:
    ask(alices, video, style="noir")
    Style.objects.filter(key="noir").update(active=False)
    answer = alices.get(address(video))
    assert "noir" not in cards(answer)
    assert "Used here" not in words(answer)


def test_own_styles_of_an_operator_are_offered_and_escaped(alices: Client, video: Video) -> None:
    a_style("own", name_en="<i>Own</i>", name_ru="", order=1)
    a_modifier("mine", words="my <u>words</u>")
    answer = alices.get(address(video))
    assert cards(answer)[1] == "own"
    assert "<i>Own" not in answer.content.decode()
    assert "<i>Own</i>" in words(alices.get(address(video), **RUSSIAN)), "without a Russian name the English one"
    ask(alices, video, style="own", modifiers=["mine"])
    assert GenerationRequest.objects.get().prompt == "lake drawing of a red boat, wet paper, my <u>words</u>"


def test_where_nothing_is_offered_the_page_is_as_plain_as_before(alices: Client, video: Video) -> None:
    Style.objects.all().delete()
    Modifier.objects.all().delete()
    answer = alices.get(address(video))
    assert cards(answer) == []
    assert "Style" not in words(answer)
    assert "Modifiers" not in words(answer)
    assert ask(alices, video).status_code == 302


def test_words_in_another_script_are_left_out_and_said_so(alices: Client, video: Video) -> None:
    said = "These words were left out:"
    answer = alices.post(address(video), form(do="show", prompt="a boat, (東京:1.2), night"), **HTMX)
    assert f"{said} 東京." in words(answer)
    assert "a boat, night" in words(answer)
    assert said not in words(alices.post(address(video), form(do="show", prompt="a café for 2 £"), **HTMX))
