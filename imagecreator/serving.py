"""Files of private media as HTTP answers, with ranges (RFC 9110, section 14). Who may see a file is asked before."""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING

from django.http import Http404, HttpResponse, HttpResponseNotModified, StreamingHttpResponse
from django.utils.http import content_disposition_header, parse_etags

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.core.files.base import File
    from django.db.models.fields.files import FieldFile
    from django.http import HttpRequest
    from django.http.response import HttpResponseBase

CHUNK = 256 * 1024
PRIVATE_SECONDS = 3600

# At most 18 digits: no file is larger, and int() refuses numbers of more than 4,300.
_ONE_RANGE = re.compile(r"bytes=[ \t,]*([0-9]{0,18})-([0-9]{0,18})[ \t,]*", re.IGNORECASE)


class Unsatisfiable(Exception):
    """The asked range lies outside the file."""


def parse_range(header: str, size: int) -> tuple[int, int] | None:
    """Read a ``Range`` header for a file of ``size`` bytes.

    Returns the first byte and the number of bytes, or ``None`` where the whole file is to be sent: the header is
    malformed, in another unit, or asks for several ranges. Raises ``Unsatisfiable``.
    """
    match = _ONE_RANGE.fullmatch(header.strip())
    if not match or match.groups() == ("", ""):
        return None
    first, last = match.groups()
    if not first:
        length = min(int(last), size)
        if int(last) == 0:
            raise Unsatisfiable
        return (size - length, length) if size else None  # an empty file has no bytes that a 206 could name
    start = int(first)
    if last and int(last) < start:
        return None
    if start >= size:
        raise Unsatisfiable
    end = min(int(last), size - 1) if last else size - 1
    return start, end - start + 1


def serve(
    request: HttpRequest,
    file: FieldFile,
    content_type: str,
    *,
    filename: str | None = None,
    keep: bool = True,
) -> HttpResponseBase:
    """Answer a GET or HEAD with ``file``: 200, 206, 304, 412 or 416. Raises ``Http404`` where the file is missing.

    The content under a storage name never changes, so the name alone makes the ETag. ``filename`` is offered when
    the file is saved. Without ``keep`` nobody's browser keeps it.
    """
    handle = _opened(file)
    etag = _etag(file)
    answer = _without_content(request, handle.size, etag)
    if answer is None:
        answer = _content(request, handle, etag)
    else:
        handle.close()
    if answer.status_code in (200, 206):
        answer["Content-Type"] = content_type
        if disposition := content_disposition_header(as_attachment=False, filename=filename or ""):
            answer["Content-Disposition"] = disposition
    answer["ETag"] = etag
    answer["Accept-Ranges"] = "bytes"
    answer["Cache-Control"] = f"private, max-age={PRIVATE_SECONDS}" if keep else "no-store"
    answer["X-Content-Type-Options"] = "nosniff"
    answer["Content-Security-Policy"] = "default-src 'none'"
    return answer


def _opened(file: FieldFile) -> File[bytes]:
    if not file.name:
        raise Http404
    try:
        return file.storage.open(file.name, "rb")  # not file.open(): that handle is shared by all who hold the row
    except FileNotFoundError as error:
        raise Http404 from error


def _etag(file: FieldFile) -> str:
    return f'"{hashlib.sha256(str(file.name).encode()).hexdigest()[:32]}"'


def _without_content(request: HttpRequest, size: int, etag: str) -> HttpResponseBase | None:
    """The answer where no byte of the file is to be sent, by the preconditions (RFC 9110, 13.2.2) or for HEAD.

    Django's ``get_conditional_response`` is not used: it answers 412 to a date where no date is known.
    """
    if_match = parse_etags(request.headers.get("If-Match", ""))
    if if_match and not {"*", etag} & set(if_match):
        return HttpResponse(status=412)
    if_none_match = parse_etags(request.headers.get("If-None-Match", ""))
    if "*" in if_none_match or etag in [tag.removeprefix("W/") for tag in if_none_match]:
        return HttpResponseNotModified()
    if request.method == "HEAD":  # ranges are defined for GET alone
        return HttpResponse(headers={"Content-Length": str(size)})
    return None


def _content(request: HttpRequest, handle: File[bytes], etag: str) -> HttpResponseBase:
    size = handle.size
    asked = None
    if request.headers.get("If-Range", etag).strip() == etag:  # a date never matches: none is given out
        try:
            asked = parse_range(request.headers.get("Range", ""), size)
        except Unsatisfiable:
            handle.close()
            return HttpResponse(status=416, headers={"Content-Range": f"bytes */{size}"})
    start, length = asked or (0, size)
    answer = StreamingHttpResponse(_Chunks(handle, start, length), headers={"Content-Length": str(length)})
    if asked:
        answer.status_code = 206
        answer["Content-Range"] = f"bytes {start}-{start + length - 1}/{size}"
    return answer


class _Chunks:
    """Part of an open file in pieces. Not a generator: closing one that never started would leave the file open."""

    def __init__(self, handle: File[bytes], start: int, length: int) -> None:
        handle.seek(start)
        self.handle = handle
        self.left = length

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        chunk = self.handle.read(min(CHUNK, self.left)) if self.left else b""
        if not chunk:
            self.close()
            raise StopIteration
        self.left -= len(chunk)
        return chunk

    def close(self) -> None:
        """Called by Django when the response is closed."""
        self.handle.close()
