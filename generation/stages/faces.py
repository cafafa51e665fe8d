"""Faces in a picture that is there already: they stay inside when it is cut to another shape."""

from __future__ import annotations

from typing import TYPE_CHECKING

from generation.engine.enlarge import focus
from imagecreator import people

if TYPE_CHECKING:
    from PIL import Image

AROUND = 0.5  # how much of a face's size is kept above, below and beside it: hair, chin


def keep_faces(picture: Image.Image, aspect: float) -> Image.Image:
    """The largest part of that aspect (width / height) with most detail, moved so that faces are inside.

    Where they do not all fit, those that are seen best are. The picture itself where nobody's face is found, or where
    nothing need be cut.
    """
    left, top, right, bottom = focus(picture, aspect)
    width, height = picture.size
    sideways = right - left < width
    length, window, start = (width, right - left, left) if sideways else (height, bottom - top, top)
    if length - window < 1 or not (found := people.find_faces(picture)):
        return picture
    ends = [(face.left, face.right) if sideways else (face.top, face.bottom) for face in found]
    spans = [((low - AROUND * (high - low)) * length, (high + AROUND * (high - low)) * length) for low, high in ends]
    first, last = spans[0]
    for low, high in spans[1:]:
        if max(last, high) - min(first, low) <= window:
            first, last = min(first, low), max(last, high)
    begin = round(min(max(min(max(start, last - window), first), 0.0), length - window))
    end = min(begin + max(1, round(window)), length)
    return picture.crop((begin, 0, end, height) if sideways else (0, begin, width, end))
