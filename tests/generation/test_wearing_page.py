"""LoRAs on the generate page: choosing them without scripts, by a style, or by a tag in the prompt."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from generation.models import GenerationRequest, Lora
from tests.generation.asking import HTMX, RUSSIAN, address, ask, form
from tests.generation.lora_rows import a_lora, note, put_on
from tests.look import page, words
from tests.rows import a_request, a_style

if TYPE_CHECKING:
    from django.contrib.auth.models import User
    from django.test import Client
    from django.test.client import _MonkeyPatchedWSGIResponse as Answer

    from channels_app.models import Video

pytestmark = pytest.mark.usefixtures("only_own_loras", "written")


def show(client: Client, video: Video, **fields: object) -> str:
    return words(client.post(address(video), form(do="show", **fields), **HTMX))


def chosen(answer: Answer) -> dict[str, str]:
    """The LoRAs that are ticked, with their weights, in the order of the page."""
    html = answer.content.decode()
    keys = re.findall(r'name="loras"\s+value="([^"]*)"\s*checked', html)
    return {key: re.findall(rf'name="loras-{key}"[^>]*?value="([^"]*)"', html, re.DOTALL)[0] for key in keys}


def offered(answer: Answer) -> list[str]:
    return re.findall(r'name="loras"\s+value="([^"]*)"', answer.content.decode())


def problems(answer: Answer) -> str:
    assert answer.status_code == 200
    assert not GenerationRequest.objects.exists()
    return " ".join(page(answer).problems)


def test_where_there_is_none_the_page_says_so(alices: Client, video: Video) -> None:
    assert "There is no LoRA here yet that fits the model." in words(alices.get(address(video)))


def test_only_what_is_offered_to_this_person_and_fits_the_model_can_be_chosen(
    alices: Client, alice: User, bob: User, video: Video
) -> None:
    a_lora("Everybodys", order=20)
    a_lora("Alices own", added_by=alice, approved_at=None, order=10)
    a_lora("Bobs own", added_by=bob, approved_at=None)
    a_lora("Switched off", active=False)
    a_lora("For another model", width=2048, family="SDXL")
    answer = alices.get(address(video))
    assert offered(answer) == ["alices-own", "everybodys"]
    assert "1 more LoRA is made for another model" in words(answer)
    for key in ("bobs-own", "switched-off", "x", "<b>"):
        assert "no longer offered" in problems(ask(alices, video, loras=[key]))
    said = problems(ask(alices, video, loras=["for-another-model"]))
    assert "For another model: This LoRA is made for another model than the one that paints here: for SDXL" in said


def test_a_request_remembers_keys_hashes_and_weights(alices: Client, video: Video) -> None:
    neon, ink = a_lora("Neon", weight=0.8), a_lora("Ink")
    a_lora("Not chosen")
    assert ask(alices, video, loras=["neon", "ink"], loras_neon="", loras_ink="-0,35").status_code == 302
    assert GenerationRequest.objects.get().loras == [note(ink, -0.35), note(neon, 0.8)], "in the order of the page"
    before = f"{address(video)}?from={GenerationRequest.objects.get().pk}"
    for language in ({}, RUSSIAN):
        assert chosen(alices.get(before, **language)) == {"neon": "0.8", "ink": "-0.35"}


def test_without_loras_a_request_has_none(alices: Client, video: Video) -> None:
    a_lora("Neon")
    ask(alices, video, loras_neon="0.8")
    assert GenerationRequest.objects.get().loras == []


@pytest.mark.parametrize("weight", ["2.01", "-3", "x", "nan", "inf", "1e999", "9" * 5000])
def test_a_weight_that_paints_noise_is_refused(alices: Client, video: Video, weight: str) -> None:
    a_lora("Neon")
    a_lora("Ink")
    answer = ask(alices, video, loras=["neon"], loras_neon=weight)
    assert "Neon: the weight is a number from −2 to 2." in problems(answer)
    assert chosen(answer) == {"neon": weight}, "what was typed stays to be corrected"
    html = answer.content.decode()
    said = show(alices, video, loras=["neon"], loras_neon=weight)
    assert "Neon: the weight is a number from −2 to 2." in said
    assert "LoRAs:" not in said, "with which weight, nobody can say"
    assert re.findall(r'name="(loras-[^"]*)"\s+aria-invalid="true"', html) == ["loras-neon"], "and is marked"


def test_five_at_once_and_no_more(alices: Client, video: Video) -> None:
    keys = [a_lora(f"L{number}").key for number in range(6)]
    assert "At most 5 LoRAs can be used at once; you chose 6." in problems(ask(alices, video, loras=keys))
    assert ask(alices, video, loras=keys[:5]).status_code == 302


def test_the_same_form_sent_twice_asks_once_and_with_other_weights_twice(alices: Client, video: Video) -> None:
    a_lora("Neon")
    values = form(loras=["neon"], loras_neon="0.8")
    for _ in range(2):
        alices.post(address(video), values)
    assert GenerationRequest.objects.count() == 1
    alices.post(address(video), values | {"loras-neon": "0.7"})
    assert GenerationRequest.objects.count() == 2


def test_a_style_puts_loras_on_and_the_persons_own_weight_wins(alices: Client, video: Video) -> None:
    neon, ink = a_lora("Neon glow", order=1), a_lora("Ink", order=2)
    style = a_style()
    put_on(style, neon, 0.8)
    put_on(style, ink, 0.5)
    assert "LoRAs: Neon glow 0.8 (from the style), Ink 0.5 (from the style)" in show(alices, video, style="lake")
    shown = show(alices, video, style="lake", loras=["ink"], loras_ink="0")
    assert "LoRAs: Ink 0, Neon glow 0.8 (from the style)" in shown
    ask(alices, video, style="lake", loras=["ink"], loras_ink="0")
    request = GenerationRequest.objects.get()
    assert request.loras == [note(ink, 0.0), note(neon, 0.8, own=False)]
    again = alices.get(f"{address(video)}?from={request.pk}")
    assert chosen(again) == {"ink": "0"}, "the style puts the other on once more"
    assert "Neon glow 0.8 (from the style)" in words(again)


@pytest.mark.parametrize("wrong", [{"active": False}, {"width": 2048}, {"approved_at": None}])
def test_what_a_style_cannot_put_on_is_left_out_and_said(
    alices: Client, video: Video, wrong: dict[str, object]
) -> None:
    put_on(a_style(), a_lora("Neon", **wrong))
    said = "The style's LoRA “Neon” is left out: it is not offered, or made for another model."
    assert said in show(alices, video, style="lake")
    assert "left out" not in show(alices, video)
    ask(alices, video, style="lake")
    assert GenerationRequest.objects.get().loras == []


def test_editing_the_final_prompt_keeps_what_the_style_had_put_on(alices: Client, video: Video) -> None:
    put_on(a_style(), a_lora("Neon"), 0.85)
    a_lora("Ink")
    merged = ask(alices, video, do="merge", style="lake", loras=["ink"], loras_ink="0.5")
    assert chosen(merged) == {"neon": "0.85", "ink": "0.5"}
    assert page(merged).form(having="prompt").fields["style"] == ""


def test_editing_the_final_prompt_drops_no_tag_without_a_word(alices: Client, video: Video) -> None:
    a_style()
    merged = ask(alices, video, do="merge", style="lake", prompt="a boat <lora:other:1>")
    assert "<lora:other>" in page(merged).form(having="prompt").fields["prompt"]
    assert "No LoRA here is called “other”." in words(merged)


def test_trigger_words_are_shown_and_a_hint_where_the_prompt_has_none(alices: Client, video: Video) -> None:
    a_lora("Neon", trigger_words=["neon style", "night"])
    hint = "“Neon” listens to words of its own, and the prompt has none of them: neon style, night."
    assert "Trigger words: neon style night" in words(alices.get(address(video)))
    assert hint in show(alices, video, loras=["neon"])
    assert hint not in show(alices, video, loras=["neon"], loras_neon="0")
    assert hint not in show(alices, video)
    for prompt in ("a boat, Neon Style", "a boat, (night:1.2)", "a boat, neon (style:1.3)"):
        assert hint not in show(alices, video, loras=["neon"], prompt=prompt), prompt


def test_a_tag_in_the_prompt_is_a_choice(alices: Client, video: Video) -> None:
    neon = a_lora("Neon glow", name_ru="Неон")
    for tag in ("<lora:Neon_glow:0.8>", "<lora:neon-glow:0.8:0.5>", "<lora:НЕОН:0.8>"):
        shown = show(alices, video, prompt=f"a red boat {tag}, fog")
        assert shown.startswith("a red boat, fog 5 / 75 tokens Negative")
        assert "LoRAs: Neon glow 0.8" in shown
        ask(alices, video, prompt=f"a red boat {tag}, fog")
        request = GenerationRequest.objects.latest("created_at")
        assert (request.prompt, request.own_prompt) == ("a red boat, fog", "a red boat, fog")
        assert request.loras == [note(neon, 0.8)]
    answer = ask(alices, video, do="show", prompt="<lora:neon glow:0.35>, a boat")
    assert chosen(answer) == {"neon-glow": "0.35"}
    assert page(answer).form(having="prompt").fields["prompt"].strip() == "a boat"


def test_a_tag_may_have_a_comma_and_no_word_for_a_weight(alices: Client, video: Video) -> None:
    neon = a_lora("Neon", weight=0.7)
    ask(alices, video, prompt="a boat <lora:neon:0,35>")
    assert GenerationRequest.objects.get().loras == [note(neon, 0.35)]
    GenerationRequest.objects.all().delete()
    for weight in ("strong", "nan", "-", "1e9", "."):
        said = problems(ask(alices, video, prompt=f"a boat <lora:neon:{weight}>"))
        assert "Neon: the weight is a number from −2 to 2." in said, weight


def test_a_key_with_signs_that_no_database_takes_reaches_none(alices: Client, video: Video) -> None:
    a_lora("Neon")
    with CaptureQueriesContext(connection) as queries:
        answer = ask(alices, video, do="show", loras=["\0", "ne\0on"])
    assert answer.status_code == 200
    assert "\0" not in answer.content.decode()
    assert not [query for query in queries if "\0" in query["sql"]]


@pytest.mark.parametrize("tag", ["<lora:other:1>", "<lyco:other>"])
def test_a_tag_that_no_lora_is_known_by_is_refused(alices: Client, video: Video, tag: str) -> None:
    a_lora("Neon")
    said = problems(ask(alices, video, prompt=f"a boat {tag} <lora:neon:1>"))
    assert "No LoRA here is called “other”" in said
    assert "No LoRA here is called “other”." in show(alices, video, prompt=f"a boat {tag}")
    assert "lora:" not in show(alices, video, prompt=f"a boat {tag}")


def test_a_tag_alone_is_no_prompt_and_its_weight_has_the_same_limits(alices: Client, video: Video) -> None:
    a_lora("Neon")
    assert "required" in problems(ask(alices, video, prompt="<lora:neon:1>"))
    assert "Neon: the weight is a number" in problems(ask(alices, video, prompt="a boat <lora:neon:5>"))


def test_two_of_one_name_are_not_guessed_between(alices: Client, video: Video) -> None:
    for key in ("neon-1", "neon-2"):
        a_lora("Neon", key=key, sha256=key)
    assert "No LoRA here is called “Neon”" in problems(ask(alices, video, prompt="a boat <lora:Neon:1>"))
    assert ask(alices, video, prompt="a boat <lora:neon-2:1>").status_code == 302


def test_what_was_chosen_before_and_is_gone_is_said_by_name(alices: Client, video: Video) -> None:
    neon = a_lora("Neon", active=False)
    before = a_request(video, loras=[note(neon), note(neon) | {"key": "deleted"}])
    said = words(alices.get(f"{address(video)}?from={before.pk}"))
    for name in ("Neon", "deleted"):
        assert f"The LoRA “{name}” was chosen before, and cannot be used here any more." in said


def test_the_form_can_be_sent_however_many_loras_there_are(alices: Client, video: Video) -> None:
    a_lora("Neon")
    others = {f"loras_other-{number}": "1" for number in range(2000)}
    assert ask(alices, video, loras=["neon"], **others).status_code == 302


def test_many_can_be_searched_and_few_need_not(alices: Client, video: Video) -> None:
    for number in range(8):
        a_lora(f"L{number}")
    assert "data-lora-search" not in alices.get(address(video)).content.decode()
    a_lora("L8")
    assert "data-lora-search" in alices.get(address(video)).content.decode()


def test_names_and_words_are_text_and_no_markup(alices: Client, video: Video) -> None:
    a_lora("<b>Neon</b>", key="neon", trigger_words=["<i>x</i>"])
    answer = alices.post(address(video), form(do="show", loras=["neon"]))
    for markup in ("<b>Neon", "<i>x"):
        assert markup not in answer.content.decode()
    assert chosen(answer) == {"neon": "1"}


def test_in_russian(alices: Client, video: Video) -> None:
    a_lora("Neon", name_ru="Неон", trigger_words=["neon"])
    put_on(a_style(), a_lora("Ink"), 0.35)
    answer = alices.post(address(video), form(do="show", style="lake", loras=["neon"], prompt="a boat"), **RUSSIAN)
    said = words(answer)
    assert "LoRA: Неон 1, Ink 0,35 (из стиля)" in said
    assert "Слова-триггеры: neon" in said
    assert Lora.objects.count() == 2
