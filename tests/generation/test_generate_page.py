"""The page where pictures are asked for: the prompt while it is written, the form, and what may be asked."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from channels_app.models import Channel, Video
from generation.models import GenerationRequest, PromptDraft
from imagecreator.queue.models import Measured
from imagecreator.queue.standing import what
from imagecreator.queue.states import State
from tests.look import page, rung, words
from tests.rows import a_channel, a_draft, a_frame, a_request, a_video

if TYPE_CHECKING:
    from pathlib import Path

    from django.contrib.auth.models import User
    from django.test import Client
    from django.test.client import _MonkeyPatchedWSGIResponse as Answer
    from pytest_django import DjangoCaptureOnCommitCallbacks, Settings

HTMX = {"HTTP_HX_REQUEST": "true"}
FACTS = {"palette": ["red"], "palette_hex": ["#ff0000"], "brightness": "dark", "motion": "calm", "people": "none"}


def address(subject: Video | Channel, target: str = "thumbnail") -> str:
    if isinstance(subject, Video):
        return reverse("generate_thumbnail", args=[subject.pk])
    return reverse("generate_channel", args=[subject.pk, target])


def ask(client: Client, subject: Video | Channel, target: str = "thumbnail", **fields: object) -> Answer:
    form = {"id": uuid.uuid4(), "prompt": "a red boat", "negative": "", "count": 2, "seed": ""} | fields
    return client.post(address(subject, target), form)


def test_the_first_visit_has_the_prompt_written_and_one_bell_is_rung(
    alices: Client, video: Video, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    rung("cpu")
    for _ in range(2):
        with django_capture_on_commit_callbacks(execute=True):
            answer = alices.get(address(video))
    draft = PromptDraft.objects.get()
    assert (draft.state, draft.target, draft.subject) == (State.QUEUED, "thumbnail", video)
    assert rung("cpu") == [PromptDraft.bell]
    job = page(answer).job
    assert job is not None
    assert job.is_live
    assert job.poll.endswith(reverse("draft_status", args=[draft.pk]))
    assert not [form for form in page(answer).forms if "prompt" in form.fields], "nothing to edit yet"


@pytest.mark.parametrize(("mode", "expected"), [("standard", "standard"), ("fast", "fast"), ("", "standard")])
def test_the_request_is_for_the_mode_that_was_chosen(alices: Client, video: Video, mode: str, expected: str) -> None:
    a_draft(video)
    assert page(alices.get(address(video))).form(having="prompt").fields["mode"] == "standard"
    assert ask(alices, video, mode=mode).status_code == 302
    request = GenerationRequest.objects.get()
    assert (request.mode, request.steps_asked) == (expected, None)
    assert f" {expected} " in request.batch_key
    again = page(alices.get(f"{address(video)}?from={request.pk}")).form(having="prompt").fields
    assert again["mode"] == expected


def test_one_form_sent_again_with_another_mode_asks_for_another_request(alices: Client, video: Video) -> None:
    form = {"id": uuid.uuid4(), "seed": 5}
    for mode in ("standard", "fast", "fast"):
        ask(alices, video, mode=mode, **form)
    assert sorted(GenerationRequest.objects.values_list("mode", flat=True)) == ["fast", "fast", "standard"]


@pytest.mark.parametrize("profile", ["tiny", "nobody"])
def test_where_the_profile_has_one_mode_there_is_no_choice(
    alices: Client, video: Video, settings: Settings, profile: str
) -> None:
    settings.PROFILE = profile
    a_draft(video)
    assert "mode" not in page(alices.get(address(video))).form(having="prompt").fields
    assert ask(alices, video, mode="fast").status_code == 302
    assert GenerationRequest.objects.get().mode == "standard"


def test_a_mode_that_the_profile_does_not_have_is_refused(alices: Client, video: Video) -> None:
    answer = ask(alices, video, mode="best")
    assert any("not one of the available choices" in problem for problem in page(answer).problems)
    assert not GenerationRequest.objects.exists()


def test_a_mode_whose_lora_is_missing_is_not_among_the_choices(
    alices: Client, video: Video, settings: Settings, tmp_path: Path
) -> None:
    settings.PROFILE, settings.MODELS_DIR = "sd15", tmp_path
    a_draft(video)
    modes = ('value="fast"', 'value="standard"', 'value="best"')
    shown = alices.get(address(video)).content.decode()
    assert all(mode in shown for mode in modes)
    (tmp_path / "stable-diffusion-v1-5").mkdir()
    shown = alices.get(address(video)).content.decode()
    assert [mode in shown for mode in modes] == [False, True, True]


def test_what_each_mode_takes_is_said_once_it_was_measured(alices: Client, video: Video) -> None:
    a_draft(video)
    assert "Painted in about" not in words(alices.get(address(video)))
    ask(alices, video, mode="fast", count=2)
    fast = GenerationRequest.objects.get()
    Measured.objects.note(what(fast), 2, 9.0)
    said = words(alices.get(address(video)))
    assert "Painted in about: Fast 20 s" in said, "four pictures by two that were measured"
    assert "Standard 20" not in said
    ask(alices, video, style="oil")
    Measured.objects.note(what(GenerationRequest.objects.get(steps_asked=24)), 1, 14.0)
    form = {"do": "show", "prompt": "a red boat", "count": 1, "style": "oil"}
    with CaptureQueriesContext(connection) as queries:
        shown = words(alices.post(address(video), form, **HTMX))
    measured = [query["sql"] for query in queries if Measured._meta.db_table in query["sql"]]
    assert len(measured) == 1
    assert " IN (" in measured[0], "only the times of these modes are read at every key that is pressed"
    assert "a red boat" in shown
    assert "Painted in about: Fast 5 s, Standard 15 s" in shown, "for as many as are chosen, in the style's steps"


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"state": State.QUEUED}, "Waiting for a worker"),
        ({"state": State.RUNNING, "stage": "describe", "step": 2, "steps": 6}, "Looking at the frames"),
        ({"state": State.RUNNING, "stage": "describe", "step": 2, "steps": 6}, "Step 2 of 6"),
        ({"state": State.RUNNING, "stage": "write", "steps": 1}, "Writing the prompt"),
        ({"state": State.FAILED, "error": "unexpected"}, "Something unexpected went wrong."),
        ({"state": State.FAILED, "error": "file_missing"}, "no longer in the storage"),
    ],
)
def test_page_and_fragment_say_how_far_the_writing_is(
    alices: Client, video: Video, fields: dict[str, object], sentence: str
) -> None:
    draft = a_draft(video, prompt="", **fields)
    for url in (address(video), reverse("draft_status", args=[draft.pk])):
        answer = alices.get(url)
        assert sentence in words(answer)
        assert page(answer).job is not None
        assert ("Look again" in words(answer)) is draft.is_live, "without scripts, nothing else shows more"
    assert PromptDraft.objects.count() == 1, "looking at a failed draft does not start another"


def test_where_writing_failed_the_prompt_can_be_typed_or_tried_again(alices: Client, video: Video) -> None:
    draft = a_draft(video, prompt="", state=State.FAILED, error="unexpected")
    shown = page(alices.get(address(video)))
    assert shown.form(having="prompt").fields["prompt"] == ""
    assert ask(alices, video).status_code == 302
    again = shown.form(action=reverse("draft_rewrite", args=[draft.pk]))
    assert alices.post(again.action)["Location"] == address(video)
    assert PromptDraft.objects.filter(state=State.QUEUED).count() == 1


def test_a_title_that_may_not_be_painted_leads_to_where_it_is_changed(alices: Client, video: Video) -> None:
    where = reverse("video_edit", args=[video.pk])
    a_draft(video, prompt="", state=State.FAILED, error="banned", error_values={"term": "nsfw"})
    assert page(alices.get(address(video))).link(where)
    PromptDraft.objects.update(error="unexpected", error_values={})
    assert not page(alices.get(address(video))).link(where)


def test_the_fragment_reloads_the_page_once_the_prompt_is_written(alices: Client, video: Video) -> None:
    draft = a_draft(video, state=State.RUNNING)
    url = reverse("draft_status", args=[draft.pk])
    answer = alices.get(url, **HTMX)
    assert "HX-Refresh" not in answer.headers
    assert "<html" not in answer.content.decode()
    PromptDraft.objects.update(state=State.DONE)
    assert alices.get(url, **HTMX)["HX-Refresh"] == "true"


def test_the_written_prompt_stands_in_a_box_with_what_it_comes_from(alices: Client, video: Video) -> None:
    a_frame(video)
    a_draft(video, prompt="\na <b>lake</b> & a boat", negative="blurry", facts=FACTS, source="form")
    answer = alices.get(address(video))
    fields = page(answer).form(having="prompt").fields
    assert (fields["prompt"].strip(), fields["negative"]) == ("a <b>lake</b> & a boat", "blurry")
    assert (fields["count"], fields["seed"]) == ("4", "")
    assert "1280×720" in words(answer)
    for fact in ("Red", "Dark", "Calm motion", "Nobody"):
        assert fact in words(answer)
    assert "<b>lake" not in answer.content.decode()


def test_asking_queues_one_request_with_what_was_typed(
    alices: Client, alice: User, video: Video, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    draft = a_draft(video)
    form = page(alices.get(address(video))).form(having="prompt")
    rung("gpu")
    with django_capture_on_commit_callbacks(execute=True):
        answer = alices.post(
            form.action, form.fields | {"prompt": " a red\u202e boat 🚤\r\n", "count": "3", "seed": "41"}
        )
    request = GenerationRequest.objects.get()
    assert answer["Location"] == request.get_absolute_url()
    assert (request.owner, request.video, request.target, request.draft) == (alice, video, "thumbnail", draft)
    assert (request.prompt, request.negative, request.count, request.seed) == ("a red boat 🚤", "blurry", 3, 41)
    assert request.state == State.QUEUED
    assert rung("gpu") == [GenerationRequest.bell]


def test_a_form_that_is_sent_twice_asks_once(alices: Client, video: Video) -> None:
    a_draft(video)
    form = page(alices.get(address(video))).form(having="prompt")
    first, second = (alices.post(form.action, form.fields) for _ in range(2))
    assert first["Location"] == second["Location"]
    assert GenerationRequest.objects.count() == 1
    form = page(alices.get(address(video))).form(having="prompt")
    assert alices.post(form.action, form.fields)["Location"] != first["Location"], "a new page asks anew"


def test_a_page_the_browser_kept_asks_for_something_else_once_it_was_changed(alices: Client, video: Video) -> None:
    kept = {"id": str(uuid.uuid4()), "prompt": "a red kite", "negative": "", "count": "4", "seed": ""}
    first = alices.post(address(video), kept)["Location"]
    second = alices.post(address(video), kept | {"prompt": "a green castle"})["Location"]
    assert first != second
    assert list(GenerationRequest.objects.order_by("created_at").values_list("prompt", flat=True)) == [
        "a red kite",
        "a green castle",
    ]


def test_the_id_of_somebody_elses_request_cannot_be_taken_over(bobs: Client, bob: User, video: Video) -> None:
    request = a_request(video, prompt="alice's own words")
    own = a_video(a_channel(bob))
    answer = ask(bobs, own, id=request.pk, prompt="bob's words")
    assert answer.status_code == 404
    request.refresh_from_db()
    assert (request.owner, request.prompt) == (video.owner, "alice's own words")


def test_without_a_seed_every_request_has_one_of_its_own(alices: Client, video: Video) -> None:
    for _ in range(3):
        ask(alices, video)
    assert len(set(GenerationRequest.objects.values_list("seed", flat=True))) == 3


def test_the_largest_seed_and_a_prompt_of_2000_characters_are_taken(alices: Client, video: Video) -> None:
    assert ask(alices, video, seed=2**32 - 1, prompt="p" * 2000, negative="n" * 2000).status_code == 302
    assert GenerationRequest.objects.get().seed == 2**32 - 1


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"prompt": "p" * 5000}, "at most 2000 characters (it has 5000)"),
        ({"negative": "n" * 5000}, "at most 2000 characters (it has 5000)"),
        ({"prompt": " \u200b\u202e\n "}, "required"),
        ({"prompt": "a castle, nsfw"}, "may not be painted here: “nsfw”. Change the text and try again."),
        ({"prompt": "a castle, N\u200bS\u0301FW"}, "may not be painted here"),
        ({"count": 0}, "valid choice"),
        ({"count": 5}, "valid choice"),
        ({"count": "many"}, "valid choice"),
        ({"count": ""}, "required"),
        ({"seed": -1}, "greater than or equal to 0"),
        ({"seed": 2**32}, "less than or equal to 4294967295"),
        ({"seed": "7.5"}, "whole number"),
        ({"seed": "9" * 5000}, ""),
    ],
    ids=lambda value: "" if isinstance(value, str) else next(iter(value)),
)
def test_what_cannot_be_asked_is_refused_with_the_reason_and_the_words_are_kept(
    alices: Client, video: Video, fields: dict[str, object], sentence: str
) -> None:
    a_draft(video, prompt="the written one")
    answer = ask(alices, video, **fields)
    assert answer.status_code == 200
    assert any(sentence in problem for problem in page(answer).problems), page(answer).problems
    kept = page(answer).form(having="prompt").fields["prompt"]
    assert kept.strip() == str(fields.get("prompt", "a red boat")).strip()
    assert not GenerationRequest.objects.exists()


def test_a_form_whose_id_was_tampered_with_asks_nothing(alices: Client, video: Video) -> None:
    assert ask(alices, video, id="no id").status_code == 200
    assert not GenerationRequest.objects.exists()


def test_the_negative_prompt_may_name_what_is_not_wanted(alices: Client, video: Video) -> None:
    assert ask(alices, video, negative="nsfw, nudity").status_code == 302


@pytest.mark.parametrize(("target", "size"), [("avatar", "800×800"), ("cover", "2560×1440")])
def test_a_channel_has_pages_for_avatar_and_cover(alices: Client, channel: Channel, target: str, size: str) -> None:
    PromptDraft.objects.create(owner=channel.owner, channel=channel, target=target, prompt="hills", state=State.DONE)
    answer = alices.get(address(channel, target))
    assert size in words(answer)
    assert ("safe area 1546×423" in words(answer)) == (target == "cover")
    assert page(answer).form(having="prompt").fields["prompt"] == "hills"
    assert ask(alices, channel, target).status_code == 302
    request = GenerationRequest.objects.get()
    assert (request.channel, request.video, request.target) == (channel, None, target)
    assert words(alices.get(request.get_absolute_url()))


@pytest.mark.parametrize("target", ["thumbnail", "banner", "x"])
def test_other_targets_of_a_channel_are_404(alices: Client, channel: Channel, target: str) -> None:
    assert alices.get(address(channel, target)).status_code == 404
    assert ask(alices, channel, target).status_code == 404
    assert not PromptDraft.objects.exists()


def test_writing_again_makes_a_new_draft_and_never_two_at_once(alices: Client, video: Video) -> None:
    draft = a_draft(video)
    url = reverse("draft_rewrite", args=[draft.pk])
    assert page(alices.get(address(video))).form(action=url)
    for _ in range(2):
        assert alices.post(url)["Location"] == address(video)
    assert sorted(PromptDraft.objects.values_list("state", flat=True)) == [State.DONE, State.QUEUED]


def test_writing_a_channels_prompt_again_leads_back_to_its_page(alices: Client, channel: Channel) -> None:
    draft = PromptDraft.objects.create(owner=channel.owner, channel=channel, target="cover", state=State.DONE)
    answer = alices.post(reverse("draft_rewrite", args=[draft.pk]))
    assert answer["Location"] == address(channel, "cover")


def test_while_frames_are_chosen_the_person_is_sent_to_the_video(alices: Client, channel: Channel) -> None:
    video = a_video(channel, state=State.RUNNING)
    assert alices.get(address(video))["Location"] == video.get_absolute_url()
    assert "The frames are still being chosen" in words(alices.get(video.get_absolute_url()))
    assert not PromptDraft.objects.exists()


def test_generating_more_begins_with_what_was_asked_before(
    alices: Client, bobs: Client, bob: User, video: Video
) -> None:
    a_draft(video)
    before = a_request(video, prompt="a happy rabbit", negative="snow", count=2, seed=42, state=State.DONE)
    more = page(alices.get(before.get_absolute_url())).link(r"/videos/.*/generate/")
    fields = page(alices.get(more)).form(having="prompt").fields
    assert [fields[name] for name in ("prompt", "negative", "count", "seed")] == ["a happy rabbit", "snow", "2", "42"]
    own = a_video(a_channel(bob))
    a_draft(own)
    others = bobs.get(f"{address(own)}?from={before.pk}")
    assert "a happy rabbit" not in words(others)
    assert alices.get(f"{address(video)}?from=nonsense").status_code == 200
