"""Receiving uploaded files: straight to disk in the data folder, and never more bytes than the largest allowed file."""

from __future__ import annotations

from functools import wraps
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.contrib import messages
from django.core.files.uploadhandler import StopUpload, TemporaryFileUploadHandler
from django.shortcuts import redirect

from imagecreator.errors import ExpectedError

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest, HttpResponse

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


def refuse_too_large(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Say so, instead of ``view``, where a file was cut off: else the form is saved as if none had been chosen."""

    @wraps(view)
    def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.method == "POST" and was_too_large(request):
            problem = ExpectedError("too_many_bytes", limit_mb=settings.VIDEO_MAX_MB).problem
            messages.error(request, f"{problem.what} {problem.do}")
            return redirect(request.path)
        return view(request, *args, **kwargs)

    return answer
