"""Expected errors that escape a view: a page with the table's two sentences instead of "server error"."""

from __future__ import annotations

import errno
import logging
from typing import TYPE_CHECKING

from django.shortcuts import render

from imagecreator.errors import ExpectedError

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest, HttpResponse

logger = logging.getLogger(__name__)
CONFLICT, AWAY, NO_SPACE = 409, 503, 507


class ExpectedErrors:
    """Answers 409 to an ``ExpectedError``, 503 where the storage is away, and 507 where the disk is full."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """Called by Django with what a view raised."""
        status = CONFLICT
        if isinstance(error, OSError) and error.errno == errno.ENOSPC:
            logger.error("no space left on the disk while serving %s", request.path)
            error, status = ExpectedError("disk_full"), NO_SPACE
        if isinstance(error, FileNotFoundError):
            logger.error("a stored file is gone: %s", error)
            error = ExpectedError("file_missing")
        if not isinstance(error, ExpectedError):
            return None
        if error.code == "storage_away":
            status = AWAY
        return render(request, "problem.html", {"problem": error.problem}, status=status)
