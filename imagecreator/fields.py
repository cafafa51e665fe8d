"""Form fields that clean what people send: text without invisible characters, pictures re-encoded and stripped."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError

from imagecreator.errors import ExpectedError
from imagecreator.pictures import read_picture
from imagecreator.uploads import MEGABYTE
from imagecreator.words import clean_line, clean_text

if TYPE_CHECKING:
    from PIL.Image import Image


class LineField(forms.CharField):
    """One line of text."""

    def to_python(self, value: Any) -> str:
        """Clean before lengths are judged."""
        return clean_line(super().to_python(value) or "")


class TextField(forms.CharField):
    """Several lines of text."""

    widget = forms.Textarea

    def to_python(self, value: Any) -> str:
        """Clean before lengths are judged."""
        return clean_text(super().to_python(value) or "")


class NumberField(forms.FloatField):
    """A number, shown with no more decimals than it has: what a row holds as ``2.0`` stands there as ``2``."""

    def prepare_value(self, value: Any) -> Any:
        """As a person would type it."""
        return repr(value).removesuffix(".0") if isinstance(value, float) else value


class PictureField(forms.FileField):
    """An uploaded picture; cleans to an RGB ``PIL.Image`` without metadata, or None."""

    widget = forms.FileInput

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(required=False, allow_empty_file=True, **kwargs)
        self.widget.attrs |= {
            "accept": "image/jpeg,image/png,image/webp,image/gif",
            "data-max-bytes": settings.PICTURE_MAX_MB * MEGABYTE,
        }

    def clean(self, data: Any, initial: Any = None) -> Image | None:
        """Read the picture safely; what is wrong with it is said with the table's sentences."""
        file = super().clean(data, None)
        if not file:
            return None
        try:
            return read_picture(
                file,
                max_bytes=settings.PICTURE_MAX_MB * MEGABYTE,
                max_pixels=settings.PICTURE_MAX_MEGAPIXELS * MEGABYTE,
            )
        except ExpectedError as error:
            raise ValidationError(str(error.problem), code=error.code) from error
