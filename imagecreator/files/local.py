"""A stored file on the local disk, for libraries that want a path."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryFile
from typing import TYPE_CHECKING

from django.conf import settings
from django.core.files.storage import FileSystemStorage

from imagecreator.errors import ExpectedError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from django.db.models.fields.files import FieldFile

PIECE = 4 * 1024 * 1024  # bytes fetched between two looks at the lease


@contextmanager
def on_disk(file: FieldFile, tell: Callable[[int, int], None]) -> Iterator[Path]:
    """Give the file's path; where the storage is not a local folder, that of a copy.

    The copy has no name in any folder: it is gone with this process, however that ends.
    """
    if not file.name or not file.storage.exists(file.name):
        raise ExpectedError("file_missing")
    if isinstance(file.storage, FileSystemStorage):
        yield Path(file.path)
        return
    with TemporaryFile(dir=settings.FILE_UPLOAD_TEMP_DIR) as copy:
        with file.storage.open(file.name, "rb") as source:
            steps = max(1, -(-source.size // PIECE))
            for step in range(1, steps + 1):
                copy.write(source.read(PIECE))
                tell(step, steps)
        copy.flush()
        yield Path(f"/proc/self/fd/{copy.fileno()}")
