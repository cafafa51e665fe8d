"""One file over HTTPS, in as many pieces as connections break, measured and hashed while it comes."""

from __future__ import annotations

import errno
import hashlib
import re
import shutil
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from generation.engine.errors import EngineError
from generation.engine.lora_header import PAGES
from generation.fetching.answers import Lost, site_name
from generation.fetching.client import CHUNK

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path
    from typing import BinaryIO

    from generation.fetching.answers import Answer
    from generation.fetching.client import Client

CONTENT_RANGE = re.compile(r"bytes ([0-9]{1,18})-([0-9]{1,18})/([0-9]{1,18})")
PAGE_TYPES = ("text/html", "application/xhtml+xml")


class Download:
    """Writes to `file`, which is open and empty. `want` is the size in bytes where the site says it."""

    def __init__(
        self,
        client: Client,
        address: str,
        file: BinaryIO,
        folder: Path,
        want: int | None,
        tell: Callable[[int, int | None], None],
    ) -> None:
        self.client, self.address, self.file, self.folder = client, address, file, folder
        self.offered, self.tell = want, tell
        self.have = 0
        self.linked_sha256 = ""
        self._anew()

    def run(self) -> str:
        """Fetch all of it and return its SHA-256; a connection that breaks goes on where it broke, a few times.

        EngineError: those of `Client.open`, fetch_broken(site), fetch_stalled(site), fetch_length(want, have),
        fetch_packed(site), lora_page, lora_too_large(limit_mb), disk_full. What `tell` raises, goes through.
        """
        self.client.retried(self._piece)
        return self.hash.hexdigest()

    def _piece(self) -> None:
        goes_on = {"Range": f"bytes={self.have}-", "If-Range": self.etag} if self.have and self.etag else {}
        with self.client.open(self.address, goes_on, also=(206, 416)) as answer:
            self.linked_sha256 = self.linked_sha256 or answer.linked_sha256
            if answer.status == 200:
                self._begin(answer)
            elif not goes_on or not self._continues(answer):
                self._anew()
                raise Lost("fetch_broken", site=site_name(answer.asked))
            self._copy(answer)
            if self.total is not None and self.have < self.total:
                raise Lost("fetch_broken", site=site_name(answer.asked))
        if self.offered is not None and self.have != self.offered:
            raise EngineError("fetch_length", want=self.offered, have=self.have)

    def _anew(self) -> None:
        """Forget what came."""
        if self.have:
            self.file.seek(0)
            self.file.truncate()
        self.have = 0
        self.total: int | None = None
        self.etag = ""
        self.hash = hashlib.sha256()

    def _begin(self, answer: Answer) -> None:
        """The whole file is coming: look at what it says of itself, before anything is written."""
        self._anew()
        if answer.header("Content-Encoding").lower() not in ("", "identity"):
            raise EngineError("fetch_packed", site=site_name(answer.asked))
        if answer.header("Content-Type").partition(";")[0].strip().lower() in PAGE_TYPES:
            raise EngineError("lora_page")
        etag = answer.header("ETag")
        self.etag = etag if etag.startswith('"') else ""  # a weak one says nothing of bytes
        self.total = answer.length
        if self.total is not None:
            if self.offered is not None and self.total != self.offered:
                raise EngineError("fetch_length", want=self.offered, have=self.total)
            room_for(self.total, self.folder, self.client)

    def _continues(self, answer: Answer) -> bool:
        """Whether what comes is what is missing, of the same file."""
        found = CONTENT_RANGE.fullmatch(answer.header("Content-Range"))
        if answer.status != 206 or found is None or answer.header("Content-Encoding").lower() not in ("", "identity"):
            return False
        first, last, total = map(int, found.groups())
        return (
            first == self.have
            and last == total - 1
            and self.total in (None, total)
            and answer.length in (None, total - first)
            and answer.header("ETag") in ("", self.etag)
        )

    def _copy(self, answer: Answer) -> None:
        limits = self.client.limits
        since, mark = time.monotonic(), self.have
        while piece := answer.read(CHUNK, limits.stall_seconds):
            if self.have == 0 and piece.lstrip()[:20].lower().startswith(PAGES):
                raise EngineError("lora_page")
            self.have += len(piece)
            if self.have > limits.most_bytes:
                raise too_large(limits.most_bytes)
            if self.offered is not None and self.have > self.offered:
                raise EngineError("fetch_length", want=self.offered, have=self.have)
            with full_disk():
                self.file.write(piece)
            self.hash.update(piece)
            self.tell(self.have, self.total or self.offered)
            if (now := time.monotonic()) - since >= limits.stall_seconds:
                if self.have - mark < max(limits.stall_bytes, self._least(now)):
                    raise Lost("fetch_stalled", site=site_name(answer.asked))
                since, mark = now, self.have

    def _least(self, now: float) -> float:
        """Bytes that must come in `stall_seconds`, for there to be a hope that all of them come in time."""
        limits = self.client.limits
        missing = (self.total or self.offered or 0) - self.have
        return missing * limits.stall_seconds / max(1.0, self.client.until - now) / limits.hopeless


def room_for(size: int, folder: Path, client: Client) -> None:
    """EngineError: lora_too_large(limit_mb), or disk_full where the disk would be left with less than is to spare."""
    if size > client.limits.most_bytes:
        raise too_large(client.limits.most_bytes)
    if shutil.disk_usage(folder).free - size < client.limits.spare_bytes:
        raise EngineError("disk_full")


def too_large(most: int) -> EngineError:
    """The error for a file of more than `most` bytes."""
    return EngineError("lora_too_large", limit_mb=most // 1_000_000)


@contextmanager
def full_disk() -> Iterator[None]:
    """Say it in the project's words when the disk, or what this account may have of it, is full."""
    try:
        yield
    except OSError as problem:
        if problem.errno in (errno.ENOSPC, errno.EDQUOT):
            raise EngineError("disk_full") from problem
        raise
