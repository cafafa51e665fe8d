"""Bodies of requests: who may write how much to the disk, before any view has been asked."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

import pytest
from django.conf import settings as project
from django.contrib.auth.models import Permission
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from imagecreator.uploads import LimitedUploadHandler, sweep

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from django.contrib.auth.models import User

    from channels_app.models import Channel


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many bytes of files went to the disk."""
    counts: list[int] = []
    original = LimitedUploadHandler.receive_data_chunk

    def count(self: LimitedUploadHandler, raw_data: bytes, start: int) -> bytes | None:
        result = original(self, raw_data, start)
        counts.append(len(raw_data))
        return result

    monkeypatch.setattr(LimitedUploadHandler, "receive_data_chunk", count)
    return counts


def a_file(size: int) -> SimpleUploadedFile:
    return SimpleUploadedFile("big.mp4", bytes(size))


@pytest.mark.parametrize("name", ["login", "signup"])
def test_a_visitor_cannot_fill_the_disk(name: str, written: list[int], db: None) -> None:
    Client().post(reverse(name), {"file": a_file(3_000_000)})
    assert sum(written) == 0


def test_a_visitor_cannot_fill_the_disk_through_somebodys_channel(channel: Channel, written: list[int]) -> None:
    Client().post(reverse("video_upload", args=[channel.pk]), {"title": "x", "file": a_file(3_000_000)})
    assert sum(written) == 0


def test_large_files_go_to_one_address_alone(
    channel: Channel, alices: Client, written: list[int], settings: object
) -> None:
    settings.PICTURE_MAX_MB = 1  # type: ignore[attr-defined]
    alices.post(reverse("channel_edit", args=[channel.pk]), {"name": "x", "new_cover": a_file(9_000_000)})
    assert sum(written) == 0
    alices.post(reverse("video_upload", args=[channel.pk]), {"title": "x", "file": a_file(9_000_000)})
    assert sum(written) == 9_000_000


def test_loras_go_to_one_address_from_those_alone_who_may_add_them(
    channel: Channel, alice: User, alices: Client, written: list[int], settings: object
) -> None:
    settings.PICTURE_MAX_MB, settings.LORA_MAX_MB = 1, 8  # type: ignore[attr-defined]
    Client().post("/loras/", {"file": a_file(7_000_000)})
    alices.post("/loras/", {"file": a_file(9_000_000)})
    assert sum(written) == 0
    strict = Client(enforce_csrf_checks=True)  # which reads the body before any view does
    strict.force_login(alice)
    strict.get("/loras/")  # its cookie
    counts = []
    for url in ("/loras/", reverse("channel_edit", args=[channel.pk])):
        written.clear()
        strict.post(url, {"file": a_file(7_000_000)})
        counts.append(sum(written))
    assert counts[0] == counts[1] < 4_000_000
    alice.user_permissions.add(Permission.objects.get(codename="add_lora"))
    written.clear()
    alices.post("/loras/", {"file": a_file(7_000_000)})
    assert sum(written) == 7_000_000
    written.clear()
    alices.post(reverse("channel_edit", args=[channel.pk]), {"name": "x", "new_cover": a_file(9_000_000)})
    alices.post("/loras/", {"file": a_file(19_000_000)})
    assert sum(written) == 0


def test_nothing_stays_in_the_folder_for_uploads(
    channel: Channel, as_user: Callable[[User], Client], bob: User
) -> None:
    folder: Path = project.FILE_UPLOAD_TEMP_DIR
    before = set(folder.iterdir())
    as_user(bob).post(reverse("video_upload", args=[channel.pk]), {"title": "x", "file": a_file(100_000)})
    assert set(folder.iterdir()) == before


def test_what_broken_uploads_left_behind_is_swept_after_a_day() -> None:
    old, new = (project.FILE_UPLOAD_TEMP_DIR / name for name in ("old.upload", "new.upload"))
    for file in (old, new):
        file.write_bytes(b"half a video")
    yesterday = time.time() - 25 * 3600
    os.utime(old, (yesterday, yesterday))
    assert sweep() == 1
    assert not old.exists()
    assert new.exists()
    new.unlink()
