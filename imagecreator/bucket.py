"""Media in an S3 bucket. Private: no address of a file is ever given out, and a reader fetches only what it reads."""

from __future__ import annotations

import io
import logging
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

from boto3.s3.transfer import TransferConfig
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from django.core.files.base import File
from storages.backends.s3 import S3Storage
from storages.utils import clean_name

from imagecreator.errors import ExpectedError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from _typeshed import WriteableBuffer

logger = logging.getLogger(__name__)

BUFFER = 256 * 1024
FIRST_PART, LARGEST_PART = 512 * 1024, 16 * 1024 * 1024  # bytes of one GET: doubled while a reader goes straight on
TRIES = 3  # in a row, for a part that breaks off
MISSING = ("404", "NoSuchKey", "NotFound")


class BucketStorage(S3Storage):  # type: ignore[misc]  # django-storages has no types
    """django-storages' S3 with readers that ask for ranges. Never overwrites, never gives out an address."""

    def __init__(self, **options: Any) -> None:
        fixed = {
            "file_overwrite": False,
            "object_parameters": {"ContentType": "application/octet-stream"},  # not what a browser claims
            "transfer_config": TransferConfig(use_threads=False),  # one part in memory, not ten
            "client_config": _config(custom=bool(options.get("endpoint_url"))),
        }
        super().__init__(**fixed | options)

    def url(self, name: str | None, *_: Any, **__: Any) -> str:
        """Refuse: files go through the site, which asks who may see them."""
        raise ValueError("Media has no public address.")

    def exists(self, name: str) -> bool:
        """Whether the file is there."""
        with _spoken_for():
            return bool(super().exists(name))

    def delete(self, name: str) -> None:
        """Delete the file, if it is there."""
        with _spoken_for():
            super().delete(name)

    def _save(self, name: str, content: File[Any]) -> str:
        with _spoken_for():
            return str(super()._save(name, content))

    def _open(self, name: str, mode: str = "rb") -> File[Any]:
        if mode != "rb":
            raise ValueError("Files in the bucket are written whole, by save().")
        return BucketFile(self, name)

    def reader(self, name: str) -> BucketReader:
        """Open a file; raises ``FileNotFoundError``."""
        place = {"Bucket": self.bucket_name, "Key": self._normalize_name(clean_name(name))}
        with _spoken_for():
            return BucketReader(self.connection.meta.client, place)


class BucketFile(File[bytes]):
    """A file in the bucket, open for reading; like a local one it can be opened again."""

    def __init__(self, storage: BucketStorage, name: str) -> None:
        self.storage = storage
        self._start(name)

    def open(self, mode: str | None = None, *_: Any, **__: Any) -> BucketFile:
        """Go back to the first byte."""
        if self.closed:
            self._start(str(self.name))
        self.seek(0)
        return self

    def _start(self, name: str) -> None:
        reader = self.storage.reader(name)
        super().__init__(io.BufferedReader(reader, BUFFER), name)
        self.size = reader.size


class BucketReader(io.RawIOBase):
    """The bytes of one object, in GETs that start small and grow while they are read one after the other."""

    def __init__(self, client: Any, place: dict[str, str]) -> None:
        super().__init__()
        self.client = client
        self.place = place
        self.size = int(client.head_object(**place)["ContentLength"])
        self._at = 0
        self._part = FIRST_PART
        self._body: Any = None
        self._left = 0  # bytes of the body that have not been read

    def readable(self) -> bool:
        """Yes."""
        return True

    def seekable(self) -> bool:
        """Yes."""
        return True

    def tell(self) -> int:
        """The position of the next byte."""
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Move; nothing is fetched before the next read."""
        at = offset + {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self.size}[whence]
        if at != self._at:
            self._drop()
            self._at, self._part = max(0, at), FIRST_PART
        return self._at

    def readinto(self, into: WriteableBuffer, /) -> int:
        """Read into ``into`` and return how many bytes; 0 at the end."""
        view = memoryview(into).cast("B")
        wanted = min(len(view), self.size - self._at)
        if wanted <= 0:
            return 0
        with _spoken_for():
            data = self._read(wanted)
        view[: len(data)] = data
        self._at += len(data)
        return len(data)

    def close(self) -> None:
        """Let go of the connection."""
        self._drop()
        super().close()

    def _read(self, wanted: int) -> bytes:
        for attempt in range(1, TRIES + 1):
            try:
                if not self._left:
                    self._ask(wanted)
                data: bytes = self._body.read(min(wanted, self._left))
            except BotoCoreError:
                self._drop()
                if attempt == TRIES:
                    raise
            else:
                self._left -= len(data)
                return data
        raise AssertionError

    def _ask(self, wanted: int) -> None:
        self._drop()
        length = min(max(self._part, wanted), self.size - self._at)
        answer = self.client.get_object(**self.place, Range=f"bytes={self._at}-{self._at + length - 1}")
        self._body, self._left = answer["Body"], length
        self._part = min(2 * self._part, LARGEST_PART)

    def _drop(self) -> None:
        body, self._body, self._left = self._body, None, 0
        if body is not None:
            with suppress(BotoCoreError, OSError):
                body.close()


def _config(*, custom: bool) -> Config:
    """How to speak to the service: shorter waits than botocore's minute, and to others than Amazon's in plain S3."""
    plain = {"request_checksum_calculation": "when_required", "response_checksum_validation": "when_required"}
    retries = {"mode": "standard", "total_max_attempts": 4}
    return Config(connect_timeout=10, read_timeout=30, retries=retries, **plain if custom else {})


@contextmanager
def _spoken_for() -> Iterator[None]:
    """Turn the service's failures into what a local disk would raise, or into an error that people can read."""
    try:
        yield
    except (BotoCoreError, ClientError) as error:
        if isinstance(error, ClientError) and error.response.get("Error", {}).get("Code") in MISSING:
            raise FileNotFoundError(str(error)) from error
        logger.error("the bucket failed: %s", error)
        raise ExpectedError("storage_away") from error
