"""The written prompt on its page: variations to choose from, earlier versions, and what was used and left out."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlencode

import pytest
from django.urls import reverse

from generation.models import GenerationRequest, PromptDraft
from generation.models.looked_at import fingerprint
from imagecreator.errors import explain
from imagecreator.queue.states import State
from tests.look import page, words
from tests.rows import a_draft, a_frame, a_video

if TYPE_CHECKING:
    from django.test import Client

    from channels_app.models import Channel, Video

HTMX = {"HTTP_HX_REQUEST": "true"}
TAKES = {"literal": "a lake at sunrise", "dramatic": "a lake, deep shadows", "minimal": "a lake"}


def address(video: Video) -> str:
    return reverse("generate_thumbnail", args=[video.pk])


def a_version(video: Video, **fields: object) -> PromptDraft:
    values = {"variations": TAKES, "source": "form", "fingerprint": fingerprint(video, "thumbnail")} | fields
    return a_draft(video, **values)


def choose(client: Client, video: Video, take: str, prompt: str, **fields: str) -> dict[str, str]:
    """Press the button that puts a variation into the box; the fields of the form afterwards."""
    answer = client.post(address(video), {"do": "vary", "variation": take, "prompt": prompt, **fields})
    return page(answer).form(having="prompt").fields


def test_a_variation_is_put_into_the_box_without_a_script(alices: Client, video: Video) -> None:
    a_version(video)
    fields = page(alices.get(address(video))).form(having="prompt").fields
    assert (fields["prompt"].strip(), fields["variation"]) == (TAKES["literal"], "literal")
    fields = choose(alices, video, "dramatic", fields["prompt"], negative="fog", count="2")
    assert (fields["prompt"].strip(), fields["variation"]) == (TAKES["dramatic"], "dramatic")
    assert (fields["negative"], fields["count"]) == ("fog", "2")


def test_what_a_person_wrote_is_kept_while_a_variation_stands_in_its_place(alices: Client, video: Video) -> None:
    a_version(video)
    assert "My words" not in words(alices.get(address(video)))
    fields = choose(alices, video, "minimal", "a lake and my red boat")
    assert (fields["prompt"].strip(), fields["own_words"]) == (TAKES["minimal"], "a lake and my red boat")
    fields = choose(alices, video, "dramatic", fields["prompt"], own_words=fields["own_words"])
    fields = choose(alices, video, "own", fields["prompt"], own_words=fields["own_words"])
    assert (fields["prompt"].strip(), fields["variation"]) == ("a lake and my red boat", "own")


def test_htmx_gets_the_box_and_says_what_stands_in_it(alices: Client, video: Video) -> None:
    a_version(video)
    answer = alices.post(address(video), {"do": "vary", "variation": "minimal", "prompt": TAKES["literal"]}, **HTMX)
    assert "<html" not in answer.content.decode()
    assert "The prompt was replaced: Minimal" in words(answer)
    assert "written" in answer["HX-Trigger-After-Settle"]


def test_while_people_type_the_chips_say_that_the_words_are_theirs(alices: Client, video: Video) -> None:
    a_version(video)
    typed = {"do": "show", "prompt": "a lake at sunrise and a boat"}
    assert "My words" in words(alices.post(address(video), typed | {"variation": "literal"}, **HTMX))
    assert "My words" not in words(alices.post(address(video), typed | {"variation": "own"}, **HTMX))


@pytest.mark.parametrize("take", ["", "other", "own"])
def test_a_variation_that_is_not_there_changes_nothing(alices: Client, video: Video, take: str) -> None:
    a_version(video)
    assert choose(alices, video, take, "a boat")["prompt"].strip() == "a boat"


def test_writing_again_costs_nothing_where_nothing_has_changed(alices: Client, video: Video) -> None:
    draft = a_version(video)
    answer = alices.post(reverse("draft_rewrite", args=[draft.pk]), {"typed": urlencode({"prompt": "my boat"})})
    shown = alices.get(answer["Location"])
    assert "Nothing has changed since this was written" in words(shown)
    assert page(shown).form(having="prompt").fields["prompt"].strip() == "my boat", "nothing new, so nothing is lost"
    assert PromptDraft.objects.count() == 1


@pytest.mark.parametrize(
    "fields",
    [
        {"source": "model", "writer": "llama"},
        {"fallback": "out_of_memory"},
        {"captions_fault": "out_of_memory"},
        {"fingerprint": ""},
    ],
)
def test_what_may_come_out_differently_is_written_anew(alices: Client, video: Video, fields: dict[str, str]) -> None:
    draft = a_version(video, **fields)
    alices.post(reverse("draft_rewrite", args=[draft.pk]))
    assert sorted(PromptDraft.objects.values_list("state", flat=True)) == [State.DONE, State.QUEUED]


@pytest.mark.parametrize("change", ["title", "description", "frame"])
def test_what_changed_is_said_and_written_anew(alices: Client, video: Video, change: str) -> None:
    draft = a_version(video)
    assert "have changed since this was written" not in words(alices.get(address(video)))
    if change == "frame":
        a_frame(video)
    else:
        setattr(video, change, "A walk by the sea")
        video.save()
    assert "have changed since this was written" in words(alices.get(address(video)))
    alices.post(reverse("draft_rewrite", args=[draft.pk]))
    assert PromptDraft.objects.count() == 2


def test_what_was_written_before_from_the_same_is_used_again(alices: Client, video: Video) -> None:
    first = a_version(video, prompt="the first one")
    second = a_version(video, prompt="the second one", fingerprint="of another title")
    answer = alices.post(reverse("draft_rewrite", args=[second.pk]))
    shown = alices.get(answer["Location"])
    assert "written before from the same words and frames" in words(shown)
    assert page(shown).form(having="prompt").fields["prompt"].strip() == first.prompt
    assert PromptDraft.objects.count() == 2


def test_an_earlier_version_is_put_into_the_form_and_all_else_stays(alices: Client, video: Video) -> None:
    first = a_version(video, prompt="the first one", source="model", writer="llama-3")
    a_version(video, prompt="the second one")
    shown = alices.get(address(video))
    assert "Other versions" in words(shown)
    assert "llama-3" in words(shown)
    use = page(shown).form(action=reverse("draft_use", args=[first.pk]))
    typed = urlencode({"prompt": "mine", "negative": "mine", "own_words": "mine", "count": "2"})
    again = alices.get(alices.post(use.action, {"typed": typed})["Location"])
    fields = page(again).form(having="prompt").fields
    assert (fields["prompt"].strip(), fields["negative"], fields["count"]) == ("the first one", "blurry", "2")
    assert "the second one" in words(again), "the others can still be chosen"


def test_versions_of_other_videos_are_not_offered(alices: Client, video: Video, channel: Channel) -> None:
    other = a_version(a_video(channel), prompt="of another video")
    a_version(video)
    for where in (address(video), f"{address(video)}?version={other.pk}", f"{address(video)}?version=nonsense"):
        assert "of another video" not in alices.get(where).content.decode()


def test_the_page_says_what_was_used_and_what_was_left_out(alices: Client, video: Video) -> None:
    draft = a_version(video, facts={"palette": []}, unknown_words=["щука", "東京"])
    said = words(alices.get(address(video)))
    assert "Put together by the form" in said
    assert "The frames were measured, but not put into words: there is no captioner here." in said
    assert "These words were left out, as nothing here can translate them: щука, 東京" in said
    PromptDraft.objects.filter(pk=draft.pk).update(
        source="model", writer="llama-3", captioner="blip-base", captions=["a boat on a lake"], unknown_words=[]
    )
    said = words(alices.get(address(video)))
    assert "Written by the language model llama-3" in said
    assert "put into words by blip-base: a boat on a lake" in said
    assert "left out" not in said


def test_the_page_says_why_a_model_could_not_and_what_to_do(alices: Client, video: Video) -> None:
    a_version(video, fallback="language_away", facts={"palette": []}, captions_fault="captioner_wrong")
    said = words(alices.get(address(video)))
    for problem in (explain("language_away", {}), explain("captioner_wrong", {})):
        assert problem.what in said and problem.do in said


def test_what_several_frames_show_is_told_once(alices: Client, video: Video) -> None:
    a_version(video, captioner="blip-base", captions=["a boat on a lake", "a forest", "a boat on a lake"])
    assert words(alices.get(address(video))).count("a boat on a lake") == 1


def test_a_prompt_of_unknown_words_alone_is_refused_and_kept(alices: Client, video: Video) -> None:
    a_version(video)
    form = page(alices.get(address(video))).form(having="prompt")
    answer = alices.post(form.action, form.fields | {"prompt": "東京 散歩"})
    assert "None of these words could be put into English" in words(answer)
    assert page(answer).form(having="prompt").fields["prompt"].strip() == "東京 散歩"


def test_what_may_not_be_painted_is_refused_in_words_that_the_dictionary_does_not_know(
    alices: Client, video: Video
) -> None:
    a_version(video)
    form = page(alices.get(address(video))).form(having="prompt")
    answer = alices.post(form.action, form.fields | {"prompt": "a red boat, хентайный плакат"})
    assert "may not be painted" in words(answer)
    assert not GenerationRequest.objects.exists()
