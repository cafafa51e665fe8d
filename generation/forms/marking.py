"""Marking the part of a picture that is painted anew."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from generation.models import Reference
from generation.models.reference import keep_reference
from imagecreator.errors import ExpectedError
from imagecreator.pictures import read_mask
from imagecreator.uploads import MEGABYTE

if TYPE_CHECKING:
    from PIL import Image

MARKED = 128  # of 255: from here on a pixel is white


class MaskForm(forms.Form):
    """A mask for ``base``: what was drawn on the page, or a file of any tool; white marks what is painted."""

    mask = forms.FileField(label=_("Mask"), widget=forms.FileInput, required=False, allow_empty_file=True)
    drawn = forms.BooleanField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, base: Reference, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._base = base
        self.fields["mask"].widget.attrs |= {
            "accept": "image/png,image/jpeg,image/webp",
            "data-max-bytes": settings.PICTURE_MAX_MB * MEGABYTE,
        }

    def clean_mask(self) -> Image.Image:
        """Decode it; one of another size, or in which nothing is marked, is refused."""
        file = self.cleaned_data["mask"]
        if not file:
            raise ValidationError(_("Mark the part that shall be painted, or choose a file."), code="required")
        try:
            mask = read_mask(
                file,
                max_bytes=settings.PICTURE_MAX_MB * MEGABYTE,
                max_pixels=settings.PICTURE_MAX_MEGAPIXELS * MEGABYTE,
            )
            if mask.size != self._base.size:
                raise ExpectedError("mask_other_size", mask=_by(mask.size), picture=_by(self._base.size))
            if not marks(mask):
                raise ExpectedError("mask_empty")
        except ExpectedError as refusal:
            raise ValidationError(str(refusal.problem), code=refusal.code) from refusal
        return mask

    def save(self) -> Reference:
        """Keep the mask."""
        source = Reference.Source.DRAWN if self.cleaned_data["drawn"] else Reference.Source.UPLOAD
        return keep_reference(
            self._base.owner, self.cleaned_data["mask"], source, kind=Reference.Kind.MASK, base=self._base
        )


def marks(mask: Image.Image, *, inverted: bool = False) -> bool:
    """Whether anything of a mask in grey is marked; ``inverted``, whether anything is not."""
    darkest, lightest = mask.getextrema()
    return bool(darkest < MARKED if inverted else lightest >= MARKED)  # type: ignore[operator]  # of one band: numbers


def _by(size: tuple[int, int]) -> str:
    return f"{size[0]}×{size[1]}"
