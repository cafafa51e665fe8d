"""What was held: only its owner's, with the reason and never the picture; one objection, and both are told."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.urls import reverse

from channels_app.models import Notice
from generation import moderation
from generation.models import Flag, GeneratedImage
from imagecreator.queue.states import State
from tests.generation.asking import RUSSIAN, ask
from tests.look import words
from tests.rows import a_lora_row, a_request, a_rule, a_user, an_image

if TYPE_CHECKING:
    from django.contrib.auth.models import User
    from django.test import Client

    from channels_app.models import Video

HELD = reverse("held")


@pytest.fixture
def flag(video: Video) -> Flag:
    image = an_image(a_request(video, state=State.HELD), status=GeneratedImage.Status.HELD)
    scores = {"concept_7": 0.31}
    return moderation.raise_flag(image, Flag.Kind.PICTURE, video.owner, Flag.Reason.FLAGGED, scores=scores)


def address(flag: Flag) -> str:
    return reverse("held_one", args=[flag.pk])


def test_the_owner_reads_why_and_sees_no_picture_and_no_score(flag: Flag, alices: Client) -> None:
    assert "Waits for a moderator" in words(alices.get(HELD))
    page = alices.get(address(flag))
    assert "The safety checker" in words(page)
    assert "0.31" not in page.content.decode()
    assert reverse("image_file", args=[flag.object_id]) not in page.content.decode()
    assert "Object to it" not in words(page)
    assert "Проверка безопасности" in words(alices.get(address(flag), **RUSSIAN))


def test_nobody_else_reads_it(flag: Flag, bobs: Client, client: Client) -> None:
    assert bobs.get(address(flag)).status_code == 404
    assert bobs.post(address(flag), {"text": "x"}).status_code == 404
    assert client.get(address(flag)).status_code == 302
    assert "Nothing was held" in words(bobs.get(HELD))


def test_one_objection_goes_to_another_moderator_and_the_answer_comes_back(
    flag: Flag, alices: Client, mo: User
) -> None:
    moderation.reject(flag, mo, "too much")
    page = alices.get(address(flag))
    assert "too much" in words(page)
    assert "Another moderator reads it and decides." in words(page)
    assert "Object to it" in words(page)
    assert alices.post(address(flag), {"text": ""}).status_code == 200
    assert alices.post(address(flag), {"text": "x" * 1001}).status_code == 200
    shown = words(alices.post(address(flag), {"text": "It is a statue."}, follow=True))
    assert "Your words were sent" in shown
    assert "Your appeal waits" in shown
    again = words(alices.post(address(flag), {"text": "It is a statue!"}, follow=True))
    assert "you have done so already" in again
    flag.refresh_from_db()
    assert flag.appeal_text == "It is a statue."
    moderation.decide_appeal(flag, a_user("mara", "moderator"), "so it is", grant=True)
    shown = words(alices.get(address(flag)))
    assert "Allowed" in shown
    assert "so it is" in shown
    told = list(Notice.objects.order_by("created_at").values_list("code", flat=True))
    assert told == ["held", "rejected", "granted"]


def test_several_pictures_of_a_request_are_one_notice(video: Video) -> None:
    request = a_request(video, state=State.HELD, count=3)
    for index in range(3):
        image = an_image(request, index=index, status=GeneratedImage.Status.HELD)
        moderation.raise_flag(image, Flag.Kind.PICTURE, video.owner, Flag.Reason.FLAGGED)
    assert Notice.objects.get().link == request.get_absolute_url()


def test_words_that_the_form_refused_are_there_to_be_objected_to(alices: Client, video: Video) -> None:
    assert "object to it: “What was held” in your account's menu" in words(ask(alices, video, prompt="a nude woman"))
    assert "a nude woman" in words(alices.get(HELD))
    page = words(alices.get(address(Flag.objects.get())))
    assert "A rule: Nudity" in page
    assert "nude" in page.split("What was found")[1]
    assert "Object to it" in page
    assert "A moderator reads it and decides." in page, "none has decided yet"
    assert not Notice.objects.exists(), "the form has said it"


def test_a_lora_that_a_rule_refuses_is_named_and_can_be_objected_to(alices: Client, video: Video, mo: User) -> None:
    lora = a_lora_row("Ink", trigger_words=["nude"])
    chosen = {"loras": [lora.key], f"loras-{lora.key}": "1"}
    assert "The LoRA “Ink” has words that may not be painted here: “nude”." in words(ask(alices, video, **chosen))
    flag = Flag.objects.get()
    assert (flag.state, flag.field, flag.term) == ("rejected", "lora", "nude")
    moderation.appeal(flag, video.owner, "It draws lipsticks.")
    moderation.decide_appeal(flag, mo, grant=True)
    assert ask(alices, video, **chosen).status_code == 302


def test_what_was_only_noted_is_not_told(alices: Client, video: Video) -> None:
    a_rule("a red boat", action="note")
    ask(alices, video)
    assert Flag.objects.get().state == "noted"
    assert "Nothing was held" in words(alices.get(HELD))


def test_the_request_page_leads_there(flag: Flag, alices: Client) -> None:
    page = alices.get(flag.thing.request.get_absolute_url()).content.decode()
    assert f'href="{HELD}"' in page
