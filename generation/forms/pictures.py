"""Choosing a picture of any shape: one to touch up, or one whose style is taken."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PIL import Image

from generation.forms.references import StartForm
from generation.models.reference import keep_reference

if TYPE_CHECKING:
    from generation.models import Reference

LONGEST_STYLE = 1024  # pixels of a side: finer strokes than it holds then are not looked at
ROOM = 2  # a picture to touch up is kept at no more than this times the pixels that fill the target, each way


class TouchUpPictureForm(StartForm):
    """A picture to touch up: it keeps its own shape, and its size as far as that is of any use."""

    def save(self) -> Reference:
        """ExpectedError("reference_lost") where its file is gone."""
        image, source = self._chosen()
        return self._keep_reduced(image, source, ROOM)


class StylePictureForm(StartForm):
    """A picture whose style is taken: small, for the network sees no more of it."""

    def save(self) -> Reference:
        """ExpectedError("reference_lost") where its file is gone."""
        image, source = self._chosen()
        small = image.copy()
        small.thumbnail((LONGEST_STYLE, LONGEST_STYLE), Image.Resampling.LANCZOS)
        return keep_reference(self._owner, small, source)
