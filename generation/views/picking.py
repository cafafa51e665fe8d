"""What the pages on which a picture is chosen, fitted or marked have in common."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import ValidationError

from imagecreator.errors import ExpectedError
from imagecreator.uploads import was_too_large

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.forms import Form

    from channels_app.views.lookup import SignedInRequest

T = TypeVar("T")


def picked(request: SignedInRequest, form: Form, save: Callable[[], T], field: str | None = "picture") -> T | None:
    """What ``save`` made of the form that was sent; None where none was, or it is refused, as the form says then.

    ``field`` takes the file.
    """
    if request.method != "POST":
        return None
    if was_too_large(request):
        form.errors.clear()  # this alone is said: the form has no file, and would say so, too
        form.add_error(field, _refused(ExpectedError("image_too_many_bytes", limit_mb=settings.PICTURE_MAX_MB)))
    elif form.is_valid():
        try:
            return save()
        except ExpectedError as refusal:
            form.add_error(None, _refused(refusal))
    return None


def tell(request: SignedInRequest, note: str) -> None:
    """Say on the next page what became of the picture, if anything."""
    if note:
        messages.info(request, note)


def _refused(refusal: ExpectedError) -> ValidationError:
    return ValidationError(str(refusal.problem), code=refusal.code)
