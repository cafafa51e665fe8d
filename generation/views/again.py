"""Trying again what failed or was cancelled."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from django.contrib import messages
from django.shortcuts import redirect

from generation.models import GenerationRequest, LoraImport
from imagecreator.errors import ExpectedError

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpResponse

    from channels_app.views.lookup import SignedInRequest

RowT = TypeVar("RowT", GenerationRequest, LoraImport)


def again(request: SignedInRequest, row: RowT, try_again: Callable[[RowT], bool], otherwise: str) -> HttpResponse:
    """Put a person's own row back in the queue and go to its page.

    There it is said where ``try_again`` refused, and ``otherwise`` where it answered that the row is in another state.
    """
    try:
        if not try_again(row):
            messages.info(request, otherwise)
    except ExpectedError as refusal:
        messages.error(request, str(refusal.problem))
    return redirect(row)
