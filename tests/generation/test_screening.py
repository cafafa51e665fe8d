"""A request's words are looked at when it is asked for, and once more when a worker has it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.core.exceptions import PermissionDenied
from django.urls import reverse

from generation.models import Flag, GenerationRequest, Rule
from generation.moderation import appeal, approve, decide_appeal, refuse_or_hold, reject, take_back
from generation.rules import Action
from generation.screening import look_at, words_of
from generation.serve import serve_requests
from imagecreator.errors import ExpectedError
from imagecreator.queue.changes import cancel, let_wait, retry
from imagecreator.queue.claim import claim
from imagecreator.queue.states import State
from tests.generation.asking import RUSSIAN, ask
from tests.generation.walking import work
from tests.look import words
from tests.rows import a_lora_row, a_request, a_rule, a_user, an_image

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.contrib.auth.models import User
    from django.test import Client

    from channels_app.models import Video


def asked_by(client: Client, video: Video, **fields: object) -> GenerationRequest:
    answer = ask(client, video, **fields)
    assert answer.status_code == 302, words(answer)
    return GenerationRequest.objects.latest("created_at")


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"prompt": "a nude woman"}, "“nude”"),
        ({"prompt": "г.о.л.а.я женщина"}, "“г.о.л.а.я”"),
        ({"negative": "green lake"}, "“green lake”"),
    ],
)
def test_what_is_refused_is_not_even_queued(fields: dict[str, str], says: str, alices: Client, video: Video) -> None:
    a_rule("green lake", negative=True)
    answer = ask(alices, video, **fields)
    assert answer.status_code == 200
    assert says in words(answer)
    assert not GenerationRequest.objects.exists()


@pytest.mark.parametrize("fields", [{"prompt": "a green lake"}, {"negative": "clothes, fog"}])
def test_what_is_held_waits_for_a_moderator_and_no_worker_takes_it(
    fields: dict[str, str], alices: Client, video: Video
) -> None:
    a_rule("green lake", action="hold")
    request = asked_by(alices, video, **fields)
    assert (request.state, request.error) == (State.HELD, "held_words")
    assert claim(GenerationRequest, "worker") is None
    page = words(alices.get(request.get_absolute_url()))
    assert (
        f"A moderator looks at the words first: “{next(iter(fields.values())).split(',')[0].removeprefix('a ')}”"
        in page
    )
    assert "Сначала слова посмотрит модератор" in words(alices.get(request.get_absolute_url(), **RUSSIAN))


def test_its_owner_may_cancel_it_instead(alices: Client, bobs: Client, video: Video) -> None:
    a_rule("green lake", action="hold")
    request = asked_by(alices, video, prompt="a green lake")
    address = reverse("request_cancel", args=[request.pk])
    assert bobs.post(address).status_code == 404
    alices.post(address)
    request.refresh_from_db()
    assert (request.state, request.error) == (State.CANCELLED, "")
    assert not let_wait(request)


def the_flag() -> Flag:
    return Flag.objects.get(kind=Flag.Kind.TEXT)


def test_what_a_moderator_allowed_is_painted_and_other_words_are_not(alices: Client, video: Video, mo: User) -> None:
    a_rule("green lake", action="hold")
    request = asked_by(alices, video, prompt="a green lake")
    flag = the_flag()
    assert (flag.thing, flag.owner, flag.rule_key, flag.field, flag.term) == (
        *(request, video.owner, "ours", "prompt", "green lake"),
    )
    approve(flag, mo)
    request.refresh_from_db()
    assert (request.state, request.error) == (State.QUEUED, "")
    GenerationRequest.objects.filter(pk=request.pk).update(steps_asked=1)
    assert work(request).state == State.DONE
    again = asked_by(alices, video, prompt="a green lake")
    assert again.state == State.QUEUED, "the same words need no second decision"
    cancel(again)
    assert asked_by(alices, video, prompt="another green lake").state == State.HELD


def test_what_one_may_say_another_may_not(video: Video, mo: User, bob: User) -> None:
    a_rule("green lake", action="hold")
    mine = a_request(video, prompt="a green lake")
    refuse_or_hold_quietly(mine)
    approve(the_flag(), mo)
    assert look_at(words_of(mine), video.owner.pk) is None
    assert look_at(words_of(mine), bob.pk) is not None


def test_what_may_be_unwanted_may_not_be_wanted_therefore(video: Video, mo: User) -> None:
    a_rule("green lake", action="hold")
    refuse_or_hold_quietly(a_request(video, prompt="a green lake", negative="a nude woman"))
    approve(the_flag(), mo)
    assert look_at(words_of(a_request(video, prompt="a green lake", negative="a nude woman")), video.owner.pk) is None
    found = look_at(words_of(a_request(video, prompt="a nude woman")), video.owner.pk)
    assert found is not None
    assert found.action == Action.REFUSE


def refuse_or_hold_quietly(request: GenerationRequest) -> None:
    with pytest.raises(ExpectedError):
        refuse_or_hold(request)


def test_a_moderator_may_refuse_it_and_its_owner_may_appeal(alices: Client, video: Video, mo: User) -> None:
    a_rule("green lake", action="hold")
    request = asked_by(alices, video, prompt="a green lake")
    reject(the_flag(), mo, "no lakes")
    request.refresh_from_db()
    assert (request.state, request.error) == (State.REFUSED, "banned")
    assert not cancel(request)
    appeal(the_flag(), video.owner, "It is a real lake.")
    with pytest.raises(PermissionDenied):
        decide_appeal(the_flag(), mo, grant=True)
    decide_appeal(the_flag(), a_user("mara", "moderator"), grant=True)
    GenerationRequest.objects.filter(pk=request.pk).update(steps_asked=1)
    assert work(request).state == State.DONE


def test_what_is_open_again_says_why_it_waits(alices: Client, video: Video, mo: User) -> None:
    a_rule("green lake", action="hold")
    request = asked_by(alices, video, prompt="a green lake")
    for decide in (approve, reject):
        decide(the_flag(), mo)
        take_back(the_flag(), mo)
        assert "A moderator looks at the words first: “green lake”" in words(alices.get(request.get_absolute_url()))


@pytest.mark.parametrize("decide", [approve, reject])
def test_words_that_were_painted_meanwhile_are_not_painted_again_nor_refused(
    decide: Callable[[Flag, User], None], alices: Client, video: Video, mo: User
) -> None:
    rule = a_rule("green lake", action="hold")
    request = asked_by(alices, video, prompt="a green lake")
    cancel(request)
    rule.delete()
    retry(request)
    an_image(request, status="held")
    GenerationRequest.objects.filter(pk=request.pk).update(state=State.HELD)  # for its picture
    decide(the_flag(), mo)
    request.refresh_from_db()
    assert (request.state, request.error) == (State.HELD, "")


def test_what_the_form_refused_can_be_appealed_against_too(alices: Client, video: Video, mo: User) -> None:
    for _ in range(2):
        assert ask(alices, video, prompt="a nude woman").status_code == 200
    flag = the_flag()
    assert (flag.state, flag.thing, flag.can_be_appealed) == (Flag.State.REJECTED, None, True)
    appeal(flag, video.owner, "A statue, for a lecture on art.")
    decide_appeal(flag, mo, grant=True)
    assert asked_by(alices, video, prompt="a nude woman").state == State.QUEUED


def test_a_note_stops_nothing_and_is_seen(alices: Client, video: Video) -> None:
    a_rule("green lake", action="note")
    assert asked_by(alices, video, prompt="a green lake").state == State.QUEUED
    assert the_flag().state == Flag.State.NOTED


@pytest.mark.parametrize(("action", "state"), [("refuse", State.REFUSED), ("hold", State.HELD), ("note", State.DONE)])
def test_a_rule_added_while_a_request_waits_counts_when_it_is_claimed(
    action: str, state: State, alices: Client, video: Video
) -> None:
    request = asked_by(alices, video, prompt="a green lake")
    GenerationRequest.objects.filter(pk=request.pk).update(steps_asked=1)
    assert request.state == State.QUEUED
    a_rule("green lake", action=action)
    request = work(request)
    assert request.state == state
    assert request.images.exists() == (state == State.DONE)


def test_what_is_refused_when_it_is_claimed_can_be_appealed_against(alices: Client, video: Video, mo: User) -> None:
    request = asked_by(alices, video, prompt="a green lake")
    a_rule("green lake")
    assert work(request).state == State.REFUSED
    flag = the_flag()
    assert (flag.state, flag.thing, flag.rule_key) == (Flag.State.REJECTED, request, "ours")
    appeal(flag, video.owner, "a real lake")
    decide_appeal(flag, mo, grant=True)
    GenerationRequest.objects.filter(pk=request.pk).update(steps_asked=1)
    assert work(request).state == State.DONE


def test_a_rule_that_was_taken_back_counts_no_more(alices: Client, video: Video) -> None:
    rule = a_rule("green lake")
    assert ask(alices, video, prompt="a green lake").status_code == 200
    rule.active = False
    rule.save()
    assert asked_by(alices, video, prompt="a green lake").state == State.QUEUED


def test_one_that_is_cancelled_while_it_is_looked_at_ends_so(video: Video) -> None:
    request = a_request(video, prompt="a green lake")
    a_rule("green lake", action="hold")

    lease = claim(GenerationRequest, "worker")
    assert lease is not None
    cancel(request)
    serve_requests([lease])
    request.refresh_from_db()
    assert request.state == State.CANCELLED


def test_the_names_and_trigger_words_of_loras_are_looked_at(video: Video) -> None:
    lora = a_lora_row("Ink", trigger_words=["inkling", "green lake"])
    note = {"key": lora.key, "sha256": lora.sha256, "weight": 0.8, "own": True}
    request = a_request(video, loras=[note])
    assert look_at(words_of(request), video.owner.pk) is None
    a_rule("green lake", action="hold")
    found = look_at(words_of(request), video.owner.pk)
    assert found is not None
    assert (found.words.field, found.action) == ("lora", Action.HOLD)
    assert look_at(words_of(a_request(video, loras=[note | {"weight": 0}])), video.owner.pk) is None


def test_the_gravest_hit_decides_whichever_text_it_is_in(video: Video) -> None:
    a_rule("green lake", "one", action="hold")
    a_rule("red lake", "two", action="refuse", negative=True)
    found = look_at(words_of(a_request(video, prompt="a green lake", negative="a red lake")), video.owner.pk)
    assert found is not None
    assert (found.words.field, found.hit.rule.key) == ("negative", "two")
    Rule.objects.get(key="two").delete()
    found = look_at(words_of(a_request(video, prompt="a green lake", negative="a red lake")), video.owner.pk)
    assert found is not None
    assert found.words.field == "prompt"


def test_russian_words_are_looked_at_as_they_are_typed_and_as_they_are_painted(video: Video) -> None:
    a_rule("green lake")
    found = look_at(words_of(a_request(video, own_prompt="зелёное озеро", prompt="зелёное озеро")), video.owner.pk)
    assert found is not None
    assert found.words.text == "green lake"
