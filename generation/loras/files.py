"""Where a LoRA's file lies for whoever paints: in the project, in the media folder, or as a copy of what S3 holds.

Copies lie in the data folder under their SHA-256. Each is written whole or not at all, so processes need no lock.
"""

from __future__ import annotations

import hashlib
import logging
import os
import time
from contextlib import suppress
from pathlib import Path
from tempfile import mkstemp
from typing import TYPE_CHECKING

from django.conf import settings
from django.core.files.storage import FileSystemStorage

from imagecreator.errors import ExpectedError
from imagecreator.uploads import MEGABYTE

if TYPE_CHECKING:
    from django.db.models.fields.files import FieldFile

    from generation.models import Lora

logger = logging.getLogger(__name__)

PIECE = 4 * 1024 * 1024  # bytes
IN_USE = 10 * 60  # seconds in which a copy that was asked for is surely opened
HALF = ".part"  # how the name of a copy ends that is being written
LEFT_BEHIND = 3600  # seconds that no copying takes: what is half written and older, a killed process left


def on_disk(lora: Lora) -> Path:
    """The path of a LoRA's file, to be opened soon. Keep none: a copy goes when others need its room.

    ExpectedError: file_missing; lora_changed where the storage holds other bytes than were checked; storage_away.
    """
    if path := lora.in_project:
        return _there(path)
    if not lora.file:
        raise ExpectedError("file_missing")
    if isinstance(lora.file.storage, FileSystemStorage):
        return _there(Path(lora.file.path))
    return _copy_of(lora)


def _there(path: Path) -> Path:
    if not path.is_file():
        raise ExpectedError("file_missing")
    return path


def _copy_of(lora: Lora) -> Path:
    folder: Path = settings.DATA_DIR / "loras"
    folder.mkdir(exist_ok=True)
    path = folder / f"{lora.sha256}.safetensors"
    with suppress(FileNotFoundError):
        if path.stat().st_size == lora.size:  # after a loss of power, a name may have nothing behind it
            os.utime(path)  # the time of its last use, by which others are deleted first
            return path
    _make_room(folder, lora.size)
    _fetch(lora.file, lora.sha256, path)
    return path


def _fetch(file: FieldFile, sha256: str, path: Path) -> None:
    """Copy the file beside its place, and put it there when every byte is known to be right."""
    digest = hashlib.sha256()
    handle, name = mkstemp(HALF, ".", path.parent)
    try:
        with os.fdopen(handle, "wb") as copy, file.storage.open(str(file.name), "rb") as source:
            while piece := source.read(PIECE):
                digest.update(piece)
                copy.write(piece)
        if digest.hexdigest() != sha256:
            raise ExpectedError("lora_changed")
        Path(name).replace(path)
    except BaseException as problem:
        Path(name).unlink(missing_ok=True)
        if isinstance(problem, FileNotFoundError):
            raise ExpectedError("file_missing") from problem
        raise


def _make_room(folder: Path, needed: int) -> None:
    """Delete copies, the longest unused first, until ``needed`` bytes more keep within ``LORA_CACHE_MB``.

    What was asked for a moment ago is spared, even if the copies then take more.
    """
    now = time.time()
    used: list[tuple[float, int, Path]] = []
    for path in folder.iterdir():
        with suppress(FileNotFoundError):  # another process makes room, too
            found = path.stat()
            if path.suffix == HALF:
                if now - found.st_mtime > LEFT_BEHIND:
                    path.unlink()
            else:
                used.append((found.st_mtime, found.st_size, path))
    total = needed + sum(size for _, size, _ in used)
    for at, size, path in sorted(used):
        if total <= settings.LORA_CACHE_MB * MEGABYTE or now - at < IN_USE:
            return
        path.unlink(missing_ok=True)
        total -= size
        logger.info("deleted the copy of a LoRA, unused since %.0f s: %s", now - at, path.name)
