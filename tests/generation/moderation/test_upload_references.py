"""Uploads to begin with, to follow and to mark with: who brings one waits, and uses none that may not be seen."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from PIL import Image

from channels_app.models import Picture, Video
from channels_app.models.sight import Sight
from generation import moderation, uploads
from generation.models import GenerationRequest, Guide, Reference, UploadCheck
from generation.moderation import TooLate
from imagecreator.queue.states import State
from tests.generation.asking import ask
from tests.generation.moderation.uploads import (
    a_file,
    a_reference,
    flag_on,
    let_look,
    sight,
)
from tests.generation.test_marking_part import upload
from tests.generation.walking import work
from tests.look import words
from tests.rows import a_channel, a_draft, a_mask_for, a_request, a_start

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from django.contrib.auth.models import User
    from pytest_django import SettingsWrapper as Settings

    from channels_app.models import Channel

pytestmark = pytest.mark.django_db(transaction=True)


def wait_page(start: Reference, after: str = "/requests/") -> str:
    return reverse("reference_wait", args=[start.pk], query={"next": after})


def test_who_brings_a_picture_to_begin_with_waits_and_goes_on_by_itself(
    kind: None, alices: Client, video: Video
) -> None:
    a_draft(video)
    answer = alices.post(reverse("choose_start_thumbnail", args=[video.pk]), {"picture": a_file()})
    start, page = Reference.objects.get(), answer["Location"]
    assert page.startswith(reverse("reference_wait", args=[start.pk]))
    assert "It goes on by itself" in words(alices.get(page))
    part = alices.get(page, headers={"hx-request": "true"}).content.decode()
    assert 'data-state="queued"' in part
    assert "<html" not in part
    let_look()
    assert alices.get(page, headers={"hx-request": "true"})["HX-Refresh"] == "true"
    form = alices.get(page, follow=True)
    assert form.request["PATH_INFO"] == reverse("generate_thumbnail", args=[video.pk])
    assert str(start.pk) in form.content.decode()


def test_a_held_one_cannot_be_used_until_it_is_allowed_and_then_the_same_file_needs_no_other_look(
    strict: None, alices: Client, video: Video, mo: User
) -> None:
    a_draft(video)
    choose = reverse("choose_start_thumbnail", args=[video.pk])
    page = alices.post(choose, {"picture": a_file()})["Location"]
    start = Reference.objects.get()
    let_look()
    told = words(alices.get(page))
    assert "A moderator looks at this picture first." in told
    assert reverse("held_one", args=[flag_on(start).pk]) in alices.get(page).content.decode()
    assert ask(alices, video, start=str(start.pk)).status_code == 200, "the form says that it cannot be used"
    assert not GenerationRequest.objects.exists()
    moderation.approve(flag_on(start), mo)
    assert alices.get(page).status_code == 302
    answer = alices.post(choose, {"picture": a_file()})
    assert answer["Location"].startswith(reverse("generate_thumbnail", args=[video.pk]))
    assert not UploadCheck.objects.filter(state=State.QUEUED).exists()


def test_what_was_rejected_is_held_whoever_brings_it_again(
    alices: Client, bobs: Client, bob: User, channel: Channel, mo: User, settings: Settings
) -> None:
    settings.UNCHECKED_UPLOADS = "hold"
    start = a_reference(alices, channel)
    moderation.reject(flag_on(start), mo)
    assert "did not allow this picture" in words(alices.get(wait_page(start)))
    settings.UNCHECKED_UPLOADS = "allow"
    again = a_reference(bobs, a_channel(bob))
    assert (sight(again), flag_on(again).reason) == (Sight.HELD, "repeated")
    assert sight(a_reference(bobs, a_channel(bob), "navy")) == Sight.SHOWN


def test_the_wait_page_is_its_owners_alone_and_leads_to_no_other_site(
    kind: None, alices: Client, bobs: Client, mos: Client, channel: Channel
) -> None:
    start = a_reference(alices, channel)
    url = wait_page(start, "https://evil.example/")
    assert [client.get(url).status_code for client in (alices, bobs, mos, Client())] == [200, 404, 403, 302]
    let_look()
    assert alices.get(url)["Location"] == "/"


def test_an_uploaded_mask_is_looked_at_and_a_drawn_one_is_not(kind: None, alices: Client, video: Video) -> None:
    a_draft(video)
    start = a_start(video.owner)
    marking = reverse("mark_part_thumbnail", args=[video.pk, start.pk])
    mask = Image.new("L", (1280, 720))
    mask.paste(255, (0, 0, 200, 200))
    answer = alices.post(marking, {"mask": upload(mask)})
    brought = Reference.objects.get(kind="mask")
    assert answer["Location"].startswith(reverse("reference_wait", args=[brought.pk]))
    assert "Your mask" in words(alices.get(answer["Location"]))
    answer = alices.post(marking, {"mask": upload(mask), "drawn": "on"})
    assert answer["Location"].startswith(reverse("generate_thumbnail", args=[video.pk]))
    shown = alices.get(f"{marking}?mask={brought.pk}").content.decode()
    assert reverse("reference_file", args=[brought.pk]) not in shown


def test_a_part_of_a_picture_that_passed_passes_with_it(
    held_unless_checked: None, alices: Client, video: Video
) -> None:
    a_draft(video)
    source = a_start(video.owner, Image.new("RGB", (600, 600), "teal"))
    page = reverse("fit_start_thumbnail", args=[video.pk, source.pk])
    answer = alices.post(page, {"way": "crop", "place": "50"})
    assert answer["Location"].startswith(reverse("generate_thumbnail", args=[video.pk]))
    assert set(Reference.objects.values_list("sight", flat=True)) == {Sight.SHOWN}


def test_a_guide_is_shown_once_its_picture_passed(kind: None, alices: Client, video: Video) -> None:
    a_draft(video)
    answer = alices.post(reverse("choose_guide_thumbnail", args=[video.pk, "pose"]), {"picture": a_file()})
    guide = Guide.objects.get()
    page = reverse("guide_thumbnail", args=[video.pk, guide.pk])
    assert answer["Location"].startswith(reverse("reference_wait", args=[guide.picture.pk]))
    assert alices.get(page).status_code == 302
    let_look()
    assert alices.get(page).status_code == 200


def test_a_request_whose_picture_was_rejected_since_is_not_painted(
    alices: Client, video: Video, mo: User, models_in: Callable[..., Path], kind_models: Path, settings: Settings
) -> None:
    settings.UNCHECKED_UPLOADS = "hold"
    a_draft(video)
    alices.post(reverse("choose_start_thumbnail", args=[video.pk]), {"picture": a_file()})
    start = Reference.objects.get()
    flag = flag_on(start)
    moderation.approve(flag, mo)
    request = a_request(video, start=Reference.objects.get(), strength=0.5, steps_asked=1)
    with pytest.raises(TooLate):
        moderation.take_back(flag, mo)
    assert sight(start) == Sight.SHOWN
    Reference.objects.update(sight=Sight.DOWN)
    models_in(kind_models)
    request = work(request)
    assert (request.state, request.error) == (State.FAILED, "picture_hidden")
    assert "may not be used" in words(alices.get(request.get_absolute_url()))


def test_what_a_moderator_has_to_look_at_is_not_swept_away(
    held_unless_checked: None, alices: Client, channel: Channel, mo: User
) -> None:
    held, rejected = a_reference(alices, channel, "red"), a_reference(alices, channel, "blue")
    moderation.reject(flag_on(rejected), mo)
    Reference.objects.update(created_at=timezone.now() - timedelta(days=10))
    assert Reference.objects.forget() == 0
    Reference.objects.update(created_at=timezone.now() - timedelta(days=100))
    assert Reference.objects.forget() == 1
    assert list(Reference.objects.all()) == [held]


def test_nobody_fills_the_desk_alone(
    held_unless_checked: None, alices: Client, channel: Channel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uploads, "MOST_HELD", 2)
    for colour in ("red", "blue"):
        a_reference(alices, channel, colour)
    url = reverse("choose_start_channel", args=[channel.pk, "avatar"])
    answer = alices.post(url, {"picture": a_file("green", (800, 800))})
    assert "2 uploads of yours wait for a moderator." in words(answer)
    assert Reference.objects.count() == 2
    form = {"name": "Walks", "description": "", "new_avatar": a_file("gold", (800, 800))}
    answer = alices.post(reverse("channel_edit", args=[channel.pk]), form)
    assert "2 uploads of yours wait for a moderator." in words(answer)
    assert not Picture.objects.exists()


def test_a_mask_of_a_held_picture_goes_with_it(alices: Client, video: Video) -> None:
    a_draft(video)
    base = a_start(video.owner)
    with_mask = {"start": str(base.pk), "mask": str(a_mask_for(base).pk)}
    Reference.objects.filter(pk=base.pk).update(sight=Sight.HELD)
    assert ask(alices, video, **with_mask).status_code == 200
    assert not GenerationRequest.objects.exists()
    assert alices.get(reverse("mark_part_thumbnail", args=[video.pk, base.pk])).status_code == 404
    Reference.objects.filter(pk=base.pk).update(sight=Sight.SHOWN)
    assert ask(alices, video, **with_mask).status_code == 302
