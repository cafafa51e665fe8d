"""The lines of a drawn face, as MediaPipe's face mesh has them: what a face guide for its picture looks like.

Ring for ring, and in the colours and widths of controlnet_aux's MediapipeFaceDetector.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import cv2
import numpy as np
from PIL import Image

if TYPE_CHECKING:
    from collections.abc import Sequence

    from generation.preview.drawing.paper import Point

THICKNESS, PUPIL = 2, 2  # pixels; of a pupil, half its side
HEAD, LIPS = (10, 200, 10), (10, 180, 10)
EYES = {"r": (180, 200, 10), "l": (10, 200, 180)}
BROWS = {"r": (180, 220, 10), "l": (10, 220, 180)}
PUPILS = {"r": (250, 200, 10), "l": (10, 200, 250)}
MESH_HEIGHT = 512  # pixels of the shorter side at which the detector draws

Colour = tuple[int, int, int]


@dataclass(frozen=True)
class Features:
    """A face's lines with their colours, and its pupils, in heights of the picture."""

    lines: tuple[tuple[tuple[Point, ...], Colour], ...]
    pupils: tuple[tuple[Point, Colour], ...]


def features(places: dict[str, Point]) -> Features:
    """The lines of one whom `people.portrait` drew."""
    size = (places["chin"][1] - places["r_eye"][1]) / 1.08
    x, y = places["chin"][0], places["chin"][1] - size
    turns = np.linspace(0, 2 * np.pi, 37)
    lines: list[tuple[tuple[Point, ...], Colour]] = [
        (tuple((x + size * 0.76 * float(np.sin(a)), y - size * float(np.cos(a))) for a in turns), HEAD)
    ]
    pupils = []
    for side in ("r", "l"):
        eye, lid, brow = places[f"{side}_eye"], places[f"{side}_lid"], places[f"{side}_brow"]
        closed = lid[1] > eye[1]
        corners = (eye[0] - size * 0.17, eye[1]), (eye[0] + size * 0.17, eye[1])
        lids = (lid[1], lid[1] if closed else 2 * eye[1] - lid[1])
        lines += [(_bow(*corners, edge, 9), EYES[side]) for edge in lids]
        for edge in (-0.03, 0.03):
            slope = tuple((brow[0] + way * size * 0.19, brow[1] + size * (edge - way * 0.015)) for way in (-1, 1))
            lines.append((slope, BROWS[side]))
        pupils.append(((eye[0], lid[1] if closed else eye[1]), PUPILS[side]))
    right, left = places["mouth_r"], places["mouth_l"]
    inner = (right[0] * 0.85 + left[0] * 0.15, right[1]), (right[0] * 0.15 + left[0] * 0.85, left[1])
    edges = {"lip_top": (right, left), "lip_bottom": (right, left), "gap_top": inner, "gap_bottom": inner}
    lines += [(_bow(*ends, places[name][1], 11), LIPS) for name, ends in edges.items()]
    return Features(tuple(lines), tuple(pupils))


def draw_features(faces: Sequence[Features], size: tuple[int, int]) -> Image.Image:
    """The control image: RGB, `size` (width, height) pixels, black. Lines have the same width whatever the size."""
    high = size[1]
    canvas = np.zeros((high, size[0], 3), np.uint8)
    for face in faces:
        for points, colour in face.lines:
            pixels = [(int(x * high), int(y * high)) for x, y in points]
            for start, end in pairwise(pixels):
                cv2.line(canvas, start, end, colour, THICKNESS)
        for (x, y), colour in face.pupils:
            left, top = int(x * high), int(y * high)
            canvas[max(0, top - PUPIL) : top + PUPIL, max(0, left - PUPIL) : left + PUPIL] = colour
    return Image.fromarray(canvas)


def _bow(start: Point, end: Point, peak: float, count: int) -> tuple[Point, ...]:
    """A curve from one point to another that is as high as `peak` in its middle."""
    found = []
    for way in np.linspace(-1, 1, count).tolist():
        level = start[1] + (end[1] - start[1]) * (way + 1) / 2
        found.append((start[0] + (end[0] - start[0]) * (way + 1) / 2, level + (peak - level) * (1 - way**2) ** 0.7))
    return tuple(found)
