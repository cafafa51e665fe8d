"""Trying again what failed or was cancelled."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from django.contrib import messages
from django.shortcuts import redirect

from imagecreator.errors import ExpectedError
from imagecreator.queue.job import Job

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpResponse

    from channels_app.views.lookup import SignedInRequest

JobT = TypeVar("JobT", bound=Job)


def again(request: SignedInRequest, row: JobT, try_again: Callable[[JobT], bool], otherwise: str) -> HttpResponse:
    """Put a person's own row back in the queue and go to its page.

    There it is said where ``try_again`` refused, and ``otherwise`` where it answered that the row is in another state.
    """
    try:
        if not try_again(row):
            messages.info(request, otherwise)
    except ExpectedError as refusal:
        messages.error(request, str(refusal.problem))
    return redirect(row)
