"""Receiving uploaded files: straight to disk in the data folder, and never more bytes than the largest allowed file."""

from __future__ import annotations

import time
from contextlib import suppress
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
MOST_FILES = 2  # in one form: an avatar and a cover
LEFT_BEHIND = 24 * 3600  # seconds
VIDEO_ADDRESS = "video_upload"  # the name of the one address that takes videos
LORA_ADDRESS, LORA_PERMISSION = "loras", "generation.add_lora"  # and of the one that takes LoRAs, and from whom


def video_limit() -> int:
    """The largest video in bytes."""
    return settings.VIDEO_MAX_MB * MEGABYTE


def lora_limit() -> int:
    """The largest LoRA in bytes."""
    return settings.LORA_MAX_MB * MEGABYTE


def upload_limit(request: HttpRequest) -> int:
    """The largest file in bytes that this request may bring: none from visitors, large ones to one address alone.

    Django reads the body for the CSRF check, before any view has asked who is there; so it is asked here.
    """
    match = request.resolver_match
    if not request.user.is_authenticated or match is None:
        return 0
    if match.url_name == VIDEO_ADDRESS:
        return video_limit()
    if match.url_name == LORA_ADDRESS and request.user.has_perm(LORA_PERMISSION):
        return lora_limit()
    return settings.PICTURE_MAX_MB * MEGABYTE + SLACK


class LimitedUploadHandler(TemporaryFileUploadHandler):
    """Writes files to ``FILE_UPLOAD_TEMP_DIR`` and stops writing once a file outgrows the limit.

    The view then sees ``too_large = True`` on the request (see :func:`was_too_large`) instead of a file.
    """

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        """Refuse by the announced length, before the first byte is written."""
        assert self.request is not None
        self.limit = upload_limit(self.request)
        if int(self.request.META.get("CONTENT_LENGTH") or 0) > self.limit * MOST_FILES + SLACK or not self.limit:
            self._refuse()
        super().new_file(*args, **kwargs)

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes | None:
        """Refuse while writing, for bodies that announce less than they bring."""
        if start + len(raw_data) > self.limit:
            self._refuse()
        return super().receive_data_chunk(raw_data, start)

    def _refuse(self) -> None:
        if self.request is not None:
            self.request.too_large = True  # type: ignore[attr-defined]
        raise StopUpload(connection_reset=False)  # read the rest away, or the browser never hears the answer


def sweep() -> int:
    """Delete what uploads that broke off (a killed process) left behind more than a day ago; return how many files."""
    swept = 0
    for file in settings.FILE_UPLOAD_TEMP_DIR.iterdir():
        with suppress(FileNotFoundError):
            if time.time() - file.stat().st_mtime > LEFT_BEHIND:
                file.unlink()
                swept += 1
    return swept


def was_too_large(request: HttpRequest) -> bool:
    """Whether the upload of this request was cut off because it was larger than allowed. Reads the body."""
    _ = request.POST
    return bool(getattr(request, "too_large", False))


def refuse_too_large(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Say so, instead of ``view``, where a file was cut off: else the form is saved as if none had been chosen."""

    @wraps(view)
    def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.method == "POST" and was_too_large(request):
            error = ExpectedError("image_too_many_bytes", limit_mb=settings.PICTURE_MAX_MB)
            messages.error(request, str(error.problem))
            return redirect(request.path)
        return view(request, *args, **kwargs)

    return answer
