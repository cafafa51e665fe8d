"""What tests of uploads have in common: bringing them, letting the worker look, and trying to get at a file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from channels_app.models import Frame, Picture
from generation.models import Flag, Reference, UploadCheck
from generation.uploads import look_first, serve_check
from imagecreator.queue.claim import claim
from imagecreator.queue.serve import serve
from tests.rows import a_frame, picture_bytes

if TYPE_CHECKING:
    from django.db.models import Model
    from django.test import Client

    from channels_app.models import Channel, Video


def a_file(colour: str = "crimson", size: tuple[int, int] = (1280, 720)) -> SimpleUploadedFile:
    return SimpleUploadedFile("mine.png", picture_bytes(size, colour), "image/png")


def bring_avatar(client: Client, channel: Channel, colour: str = "crimson") -> Picture:
    """Send one with the channel's form; the new row."""
    before = set(Picture.objects.values_list("pk", flat=True))
    form = {"name": channel.name, "description": "", "new_avatar": a_file(colour, (800, 800))}
    assert client.post(reverse("channel_edit", args=[channel.pk]), form).status_code == 302
    channel.refresh_from_db()
    return Picture.objects.exclude(pk__in=before).get()


def let_look() -> UploadCheck:
    """Let the worker look at the next upload; the row as it is then."""
    lease = claim(UploadCheck, "worker")
    assert lease is not None
    serve(lease, serve_check)
    return UploadCheck.objects.get(pk=lease.pk)


def flag_on(thing: Model) -> Flag:
    return Flag.objects.get(kind=Flag.Kind.UPLOAD, object_id=str(thing.pk))


def gets(client: Client, name: str, thing: Model) -> set[int]:
    """The answers to every way of asking for its file."""
    url = reverse(name, args=[thing.pk])
    ways = [{}, {"range": "bytes=0-9"}, {"if-none-match": "*"}, {"if-match": "*"}]
    return {client.get(url, headers=way).status_code for way in ways} | {client.head(url).status_code}


def sight(thing: Picture | Reference | Frame) -> str:
    return str(type(thing).objects.get(pk=thing.pk).sight)


def a_reference(client: Client, channel: Channel, colour: str = "crimson") -> Reference:
    """Bring a file to begin an avatar with."""
    before = set(Reference.objects.values_list("pk", flat=True))
    url = reverse("choose_start_channel", args=[channel.pk, "avatar"])
    assert client.post(url, {"picture": a_file(colour, (800, 800))}).status_code == 302
    return Reference.objects.exclude(pk__in=before).get()


def brought(video: Video) -> list[Frame]:
    """Two frames, as if a worker had just chosen them."""
    frames = [a_frame(video, rank=0, colour="navy"), a_frame(video, rank=1, colour="gold")]
    look_first(video)
    return frames
