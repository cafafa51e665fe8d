"""A storage whose disk runs full after a number of files, in the middle of one, as real disks do."""

from __future__ import annotations

import errno
import os
from contextlib import contextmanager
from copy import deepcopy
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.core.files.storage import FileSystemStorage

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.core.files.base import File


class FullDisk(FileSystemStorage):
    """Takes ``room`` files; of the next it keeps the first half and fails."""

    def __init__(self, room: int, **options: Any) -> None:
        super().__init__(**options)
        self.room = room

    def _save(self, name: str, content: File[bytes]) -> str:
        self.room -= 1
        if self.room >= 0:
            return super()._save(name, content)
        path = Path(self.path(name))
        path.parent.mkdir(parents=True, exist_ok=True)
        data = content.read()
        path.write_bytes(data[: len(data) // 2])
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))


@contextmanager
def disk_with_room_for(settings: Any, *, files: int) -> Iterator[None]:
    """While the block runs, the storage is a disk with room for ``files`` more files."""
    large = settings.STORAGES
    full = deepcopy(large)
    full["default"] = {
        "BACKEND": "tests.full_disk.FullDisk",
        "OPTIONS": {**large["default"]["OPTIONS"], "room": files},
    }
    settings.STORAGES = full
    yield
    settings.STORAGES = large
