"""Receiving uploaded files: straight to disk in the data folder, and never more bytes than the largest allowed file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.files.uploadhandler import StopUpload, TemporaryFileUploadHandler

if TYPE_CHECKING:
    from django.http import HttpRequest

MEGABYTE = 1_000_000
SLACK = 2 * MEGABYTE  # the form's other fields and the multipart borders


def video_limit() -> int:
    """The largest video in bytes."""
    return settings.VIDEO_MAX_MB * MEGABYTE


class LimitedUploadHandler(TemporaryFileUploadHandler):
    """Writes files to ``FILE_UPLOAD_TEMP_DIR`` and stops reading once a file outgrows the limit.

    The view then sees ``too_large = True`` on the request (see :func:`was_too_large`) instead of a file.
    """

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        """Refuse by the announced length, before the first byte is written."""
        if self.request is not None and int(self.request.META.get("CONTENT_LENGTH") or 0) > video_limit() + SLACK:
            self._refuse()
        super().new_file(*args, **kwargs)

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes | None:
        """Refuse while writing, for bodies that announce less than they bring."""
        if start + len(raw_data) > video_limit():
            self._refuse()
        return super().receive_data_chunk(raw_data, start)

    def _refuse(self) -> None:
        if self.request is not None:
            self.request.too_large = True  # type: ignore[attr-defined]
        raise StopUpload(connection_reset=False)  # read the rest away, or the browser never hears the answer


def was_too_large(request: HttpRequest) -> bool:
    """Whether the upload of this request was cut off because it was larger than allowed. Reads the body."""
    _ = request.POST
    return bool(getattr(request, "too_large", False))
