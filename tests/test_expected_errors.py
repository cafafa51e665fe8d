"""What a view could not do, said in words: a file that is gone, a disk that is full."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from tests.full_disk import disk_with_room_for
from tests.look import stored, words
from tests.rows import a_frame, a_request, an_image

if TYPE_CHECKING:
    from django.test import Client

    from channels_app.models import Channel, Video


def test_a_frame_whose_file_is_gone(alices: Client, video: Video) -> None:
    frame = a_frame(video)
    frame.file.storage.delete(frame.file.name)
    answer = alices.post(reverse("frame_use", args=[frame.pk]))
    assert answer.status_code == 409
    assert "no longer in the storage" in words(answer)


def test_a_painted_picture_whose_file_is_gone(alices: Client, video: Video) -> None:
    image = an_image(a_request(video))
    image.file.storage.delete(image.file.name)
    answer = alices.post(reverse("image_use", args=[image.pk]))
    assert answer.status_code == 409
    assert "no longer in the storage" in words(answer)


def test_a_full_disk_while_a_video_arrives(alices: Client, channel: Channel, settings: object) -> None:
    before = stored()
    with disk_with_room_for(settings, files=0):
        file = SimpleUploadedFile("a.mp4", bytes(1000))
        answer = alices.post(reverse("video_upload", args=[channel.pk]), {"title": "A", "file": file})
    assert answer.status_code == 507
    assert "no space left" in words(answer)
    assert not channel.videos.exists()
    assert stored() == before


def test_a_full_disk_while_a_picture_is_put_in_its_place(alices: Client, video: Video, settings: object) -> None:
    frame = a_frame(video)
    before = stored()
    with disk_with_room_for(settings, files=0):
        answer = alices.post(reverse("frame_use", args=[frame.pk]))
    assert answer.status_code == 507
    assert not video.pictures.exists()
    assert stored() == before


def test_a_storage_that_does_not_answer(alices: Client, video: Video, settings: object) -> None:
    frame = a_frame(video)
    nobody = {"bucket_name": "none", "endpoint_url": "http://127.0.0.1:9", "access_key": "a", "secret_key": "b"}
    settings.STORAGES = settings.STORAGES | {  # type: ignore[attr-defined]
        "default": {"BACKEND": "imagecreator.bucket.BucketStorage", "OPTIONS": nobody | {"region_name": "eu-north-1"}}
    }
    answer = alices.get(reverse("frame_file", args=[frame.pk]))
    assert answer.status_code == 503
    assert "does not answer" in words(answer)
