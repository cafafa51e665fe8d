"""Faces in a picture, as the control image that ControlNetMediaPipeFace knows: drawn by controlnet_aux's detector.

That detector sees large faces alone, so they are found first and shown to it one by one. Worker only: a process that
has run mediapipe cannot be forked.
"""

from __future__ import annotations

from contextlib import redirect_stdout
from dataclasses import dataclass
from io import StringIO
from math import ceil
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from generation.engine.errors import EngineError
from generation.engine.quiet import quiet
from imagecreator import people

if TYPE_CHECKING:
    from numpy.typing import NDArray

MOST_FACES = 20
LEAST_FACE = 64  # pixels: controlnet_aux leaves out smaller ones
SHORT, LONG = 512, 4096  # pixels of the shorter side of a drawing, and of a panorama's longer one
STEP = 64  # pixels: the detector's pictures are as many of them long and wide
AROUND = 1.8  # times a face's size is what the detector is shown

Box = people.Box


@dataclass(frozen=True)
class Faces:
    """`picture`, RGB on black, shows the faces as a face guide takes them; `boxes` say where, as shares of it."""

    picture: Image.Image
    boxes: tuple[Box, ...]


def find_faces(picture: Image.Image) -> Faces:
    """Every face that looks this way and is large enough, at most MOST_FACES.

    The drawing has the picture's shape, and 512 pixels on its shorter side; of a panorama less. EngineError
    ("no_face_found", least) where there is none; `least` is how large, in the picture's pixels, a face must be.
    """
    width, height = picture.size
    scale = min(SHORT / min(width, height), LONG / max(width, height))
    size = round(width * scale), round(height * scale)
    found: list[Box] = []
    canvas = np.zeros((max(1, size[1]), max(1, size[0]), 3), np.uint8)
    if min(size) >= LEAST_FACE and min(width, height) >= LEAST_FACE / 2:
        small = picture.convert("RGB").resize(size, Image.Resampling.LANCZOS)
        with quiet(), redirect_stdout(StringIO()):  # it prints where it finds nobody
            for near in people.find_faces(small)[:MOST_FACES]:
                seen = _draw(small, near, canvas)
                found += [seen] if seen is not None else []
    if not found:
        raise EngineError("no_face_found", least=max(LEAST_FACE // 2, ceil(LEAST_FACE / scale)))
    return Faces(Image.fromarray(canvas), tuple(found))


def _draw(picture: Image.Image, near: Box, canvas: NDArray[np.uint8]) -> Box | None:
    """Add the face to the canvas, which has the picture's size; its box, or None where the detector sees none."""
    from controlnet_aux import MediapipeFaceDetector

    width, height = picture.size
    across, down = (near.left + near.right) / 2 * width, (near.top + near.bottom) / 2 * height
    longer = max((near.right - near.left) * width, (near.bottom - near.top) * height)
    side = STEP * ceil(max(1.0, AROUND * longer) / STEP)
    left, top = round(across - side / 2), round(down - side / 2)
    part = picture.crop((left, top, left + side, top + side))
    drawn = np.asarray(MediapipeFaceDetector()(part, detect_resolution=side, image_resolution=side))
    lit = np.argwhere(drawn.any(axis=2))
    if not len(lit):
        return None
    first = max(0, left), max(0, top)
    last = min(width, left + side), min(height, top + side)
    place = canvas[first[1] : last[1], first[0] : last[0]]
    np.maximum(place, drawn[first[1] - top : last[1] - top, first[0] - left : last[0] - left], out=place)
    (upper, leftmost), (lower, rightmost) = lit.min(axis=0).tolist(), (lit.max(axis=0) + 1).tolist()
    return Box(
        max(0.0, (left + leftmost) / width),
        max(0.0, (top + upper) / height),
        min(1.0, (left + rightmost) / width),
        min(1.0, (top + lower) / height),
    )
