"""Copies of LoRAs that lie in a bucket: whole or not at all, within a bound, and the least used go first."""

from __future__ import annotations

import hashlib
import os
import threading
import time
from typing import TYPE_CHECKING, Any

import pytest

from generation.loras import files
from generation.loras.files import on_disk
from generation.models import Lora
from imagecreator.bucket import BucketStorage
from imagecreator.errors import ExpectedError
from tests.live.servers import KEYS
from tests.rows import a_lora_row

if TYPE_CHECKING:
    from pathlib import Path

    from tests.live.servers import Servers

pytestmark = [pytest.mark.xdist_group("live"), pytest.mark.django_db(transaction=True)]
MB = 1_000_000


@pytest.fixture
def folder(servers: Servers, tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where copies go, while LoRAs lie in a bucket."""
    for name, value in KEYS.items():
        monkeypatch.setenv(name, value)
    place = {"bucket_name": servers.s3.new_bucket(), "location": "media", "endpoint_url": servers.s3.endpoint}
    storage = BucketStorage(**place, region_name="eu-central-1")
    monkeypatch.setattr(Lora._meta.get_field("file"), "storage", storage)
    settings.DATA_DIR = tmp_path
    settings.LORA_CACHE_MB = 5
    return tmp_path / "loras"


def a_lora(number: int, size: int = 2 * MB) -> Lora:
    return a_lora_row(f"Number {number}", bytes([number]) * size)


def unused_for(path: Path, seconds: float) -> None:
    then = time.time() - seconds
    os.utime(path, (then, then))


def test_a_copy_is_made_once_and_used_again(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lora = a_lora(1)
    path = on_disk(lora)
    assert path == folder / f"{lora.sha256}.safetensors"
    assert hashlib.sha256(path.read_bytes()).hexdigest() == lora.sha256
    unused_for(path, 5000)
    lora.file.storage.delete(lora.file.name)
    assert on_disk(lora) == path
    assert time.time() - path.stat().st_mtime < 1000  # it counts as used


def test_the_copies_that_nobody_used_longest_make_room(folder: Path) -> None:
    first, second, third = (a_lora(number) for number in (1, 2, 3))
    unused_for(on_disk(first), 2000)
    unused_for(on_disk(second), 3000)
    on_disk(third)
    assert {path.stem for path in folder.iterdir()} == {first.sha256, third.sha256}
    on_disk(second)  # `first` is unused for longer than `third`, which was asked for just now
    assert {path.stem for path in folder.iterdir()} == {second.sha256, third.sha256}


def test_what_was_asked_for_a_moment_ago_is_spared(folder: Path) -> None:
    paths = [on_disk(a_lora(number)) for number in (1, 2, 3, 4)]
    assert all(path.exists() for path in paths)


def test_a_file_that_is_gone_or_another_one_leaves_no_copy(folder: Path) -> None:
    gone, other = a_lora(1), a_lora(2)
    gone.file.storage.delete(gone.file.name)
    Lora.objects.filter(pk=other.pk).update(sha256="0" * 64)
    other.refresh_from_db()
    codes = []
    for lora in (gone, other):
        with pytest.raises(ExpectedError) as caught:
            on_disk(lora)
        codes.append(caught.value.code)
    assert codes == ["file_missing", "lora_changed"]
    assert list(folder.iterdir()) == []


def test_what_a_killed_process_left_half_written_is_cleared_up(folder: Path) -> None:
    folder.mkdir()
    old, new = folder / ".old.part", folder / ".new.part"
    for path in (old, new):
        path.write_bytes(b"half")
    unused_for(old, 2 * 3600)
    on_disk(a_lora(1))
    assert not old.exists()
    assert new.exists()


def test_two_at_once_both_get_the_whole_file(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both are in the middle of their copy at the same moment."""
    lora = a_lora(1)
    both = threading.Barrier(2, timeout=60)
    fetch = files._fetch
    found: list[bytes] = []

    def together(*arguments: Any) -> None:
        both.wait()
        fetch(*arguments)

    monkeypatch.setattr(files, "_fetch", together)
    threads = [threading.Thread(target=lambda: found.append(on_disk(lora).read_bytes())) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [hashlib.sha256(content).hexdigest() for content in found] == [lora.sha256] * 2
    assert [path.name for path in folder.iterdir()] == [f"{lora.sha256}.safetensors"]
