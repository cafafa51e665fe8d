"""Channels: making, editing, publishing and deleting them, their pictures, and what strangers see of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from channels_app.models import Channel, Frame, Picture, Video
from generation.models import GeneratedImage, GenerationRequest, PromptDraft
from imagecreator.queue.states import State
from tests.look import colour_of, image_in, page, stored, words
from tests.rows import a_channel, a_draft, a_frame, a_picture, a_request, a_video, an_image, picture_bytes

if TYPE_CHECKING:
    from django.contrib.auth.models import User
    from django.test.client import _MonkeyPatchedWSGIResponse as Answer
    from pytest_django import DjangoCaptureOnCommitCallbacks

RED, BLUE = (255, 0, 0), (0, 0, 255)


def send(client: Client, url: str, **fields: object) -> Answer:
    return client.post(url, {"name": "Walks", "description": ""} | fields)


def picture(colour: str, size: tuple[int, int] = (320, 180)) -> SimpleUploadedFile:
    return SimpleUploadedFile("picture.png", picture_bytes(size, colour))


def shown(client: Client, channel: Channel) -> str:
    answer = client.get(channel.get_absolute_url())
    assert answer.status_code == 200
    return words(answer)


def test_a_new_account_is_led_to_its_first_channel(alices: Client) -> None:
    home = alices.get(reverse("home"))
    assert "Make your first channel" in words(home)
    assert page(home).link("/channels/new/")


def test_making_a_channel_leads_to_its_empty_page(alices: Client, alice: User) -> None:
    answer = send(alices, reverse("channel_new"), name=" Walks\u202e\tin the hills 🥾 ", description="Up\r\nand down")
    channel = Channel.objects.get()
    assert answer["Location"] == channel.get_absolute_url()
    assert (channel.owner, channel.name, channel.description) == (alice, "Walks in the hills 🥾", "Up\nand down")
    assert not channel.published
    text = shown(alices, channel)
    assert "The channel was saved." in text
    assert "No videos yet" in text
    assert "Walks in the hills 🥾" in words(alices.get(reverse("home")))


def test_a_channel_may_bring_both_pictures(alices: Client) -> None:
    send(alices, reverse("channel_new"), new_avatar=picture("red", (90, 90)), new_cover=picture("blue"))
    channel = Channel.objects.get()
    assert channel.avatar is not None
    assert channel.cover is not None
    sizes = [
        image_in(alices.get(reverse("picture_file", args=[row.pk]))).size for row in (channel.avatar, channel.cover)
    ]
    assert sizes == [(800, 800), (2560, 1440)]
    assert (colour_of(channel.avatar), colour_of(channel.cover)) == (RED, BLUE)


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ({"name": ""}, "required"),
        ({"name": "\u200e\u202e\x00"}, ""),
        ({"name": "n" * 101}, "at most 100 characters"),
        ({"description": "d" * 5001}, "at most 5000 characters"),
        ({"new_cover": SimpleUploadedFile("a.svg", b"<svg/>")}, "not a picture that can be read"),
    ],
    ids=["no name", "nothing to be seen", "long name", "long description", "bad cover"],
)
def test_what_is_wrong_with_a_channel_is_said_and_nothing_is_made(
    alices: Client, fields: dict[str, object], problem: str
) -> None:
    before = stored()
    for upload in fields.values():
        if isinstance(upload, SimpleUploadedFile):
            upload.seek(0)
    answer = send(alices, reverse("channel_new"), **fields)
    assert answer.status_code == 200
    assert any(problem in said for said in page(answer).problems)
    assert not Channel.objects.exists()
    assert stored() == before


def test_editing_a_channel(alices: Client, channel: Channel) -> None:
    url = reverse("channel_edit", args=[channel.pk])
    assert page(alices.get(url)).form(having="name").fields["name"] == channel.name
    assert send(alices, url, name="Rides", description="By bicycle")["Location"] == channel.get_absolute_url()
    text = shown(alices, channel)
    assert "Rides" in text
    assert "By bicycle" in text


def test_a_cover_is_cut_and_never_squeezed_and_a_former_one_can_be_put_back(alices: Client, channel: Channel) -> None:
    url = reverse("channel_edit", args=[channel.pk])
    send(alices, url, new_cover=picture("red", (400, 400)))
    channel.refresh_from_db()
    first = channel.cover
    assert first is not None
    send(alices, url, new_cover=picture("blue"))
    channel.refresh_from_db()
    assert colour_of(channel.cover) == BLUE
    restore = page(alices.get(channel.get_absolute_url())).form(action=rf"/pictures/{first.pk}/restore/").action
    assert alices.post(restore)["Location"] == channel.get_absolute_url()
    channel.refresh_from_db()
    assert channel.cover == first
    assert (first.width, first.height, colour_of(first)) == (2560, 1440, RED)
    assert "The former picture is back in its place." in shown(alices, channel)


def publish(client: Client, channel: Channel, yes: bool) -> Answer:
    return client.post(reverse("channel_publish", args=[channel.pk]), {"published": "1" if yes else "0"})


def test_publishing_shows_a_channel_to_everybody_and_taking_it_back_hides_it(
    alices: Client, bobs: Client, channel: Channel
) -> None:
    strangers = (bobs, Client())
    url = channel.get_absolute_url()
    assert [client.get(url).status_code for client in strangers] == [404, 404]
    form = page(alices.get(url)).form(having="published")
    alices.post(form.action, form.fields)
    assert "The channel is public now." in shown(alices, channel)
    assert [client.get(url).status_code for client in strangers] == [200, 200]
    form = page(alices.get(url)).form(having="published")
    alices.post(form.action, form.fields)
    assert "The channel is private now." in shown(alices, channel)
    assert [client.get(url).status_code for client in strangers] == [404, 404]


def test_strangers_see_published_videos_alone_and_nothing_to_press(
    alices: Client, bobs: Client, channel: Channel
) -> None:
    publish(alices, channel, True)
    text = shown(bobs, channel)
    assert "This channel has not published a video." in text
    a_video(channel, title="Draft of a walk")
    seen = a_video(channel, title="A finished walk", published=True)
    a_frame(seen)
    for client in (bobs, Client()):
        text = shown(client, channel)
        assert "A finished walk" in text
        assert "1 video" in text
        assert "Draft of a walk" not in text
        for owners in ("Edit", "Upload a video", "Generate", "Former pictures", "Public"):
            assert owners not in text
        assert "/frames/" not in client.get(channel.get_absolute_url()).content.decode()
    assert "Draft of a walk" in shown(alices, channel)


def test_html_in_a_name_or_description_is_text(alices: Client, channel: Channel) -> None:
    Channel.objects.update(name="<script>alert(1)</script>", description='<img src=x onerror="alert(1)">')
    html = alices.get(channel.get_absolute_url()).content.decode()
    assert "<script>alert(1)" not in html
    assert "<img src=x" not in html
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in html


def test_a_channel_without_a_name_that_can_be_drawn_still_has_a_page(alices: Client, channel: Channel) -> None:
    Channel.objects.update(name="👨‍👩‍👧")
    assert "👨‍👩‍👧" in shown(alices, channel)


def test_deleting_a_channel_takes_everything_along(
    alices: Client, alice: User, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    kept = a_video(a_channel(alice, name="Another"))
    a_frame(kept)
    before = stored()
    channel = a_channel(alice)
    a_picture(channel, "cover", "red")
    video = a_video(channel)
    a_frame(video)
    a_draft(video)
    a_picture(video, "thumbnail")
    a_picture(video, "thumbnail", "red")
    an_image(a_request(video, state=State.DONE))
    assert len(stored() - before) == 6
    form = page(alices.get(reverse("channel_edit", args=[channel.pk]))).form(action=r".*/delete/")
    with django_capture_on_commit_callbacks(execute=True):
        assert alices.post(form.action)["Location"] == reverse("home")
    assert "The channel was deleted." in words(alices.get(reverse("home")))
    assert stored() == before
    assert list(Video.objects.all()) == [kept]
    assert Frame.objects.count() == 1
    for model in (Picture, PromptDraft, GenerationRequest, GeneratedImage):
        assert not model._default_manager.exists()


@pytest.mark.parametrize("name", ["channel_publish", "channel_delete"])
def test_looking_at_the_address_of_a_change_changes_nothing(alices: Client, channel: Channel, name: str) -> None:
    assert alices.get(reverse(name, args=[channel.pk])).status_code == 405
    assert alices.head(reverse(name, args=[channel.pk])).status_code == 405
    channel.refresh_from_db()
    assert not channel.published
