"""Faces and people in a picture, by the mediapipe models that ship in its wheel. Worker only: mediapipe is imported on
first use, in the process that looks, because a process that has run it cannot be forked.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from importlib import import_module
from math import ceil
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt
    from PIL import Image

FULL_RANGE = 1  # of mediapipe's two face models, the one for faces more than two metres away
BUNDLED_POSE = 1  # `model_complexity`: 0 and 2 are not in the wheel and would be downloaded
LOWEST_SCORE = 0.3  # the detector hands out nothing below this
SAME_FACE = 0.3  # intersection over union from which two boxes are one face
SEEN = 0.5  # visibility from which a landmark of a body counts
BODY_POINTS = 8  # landmarks that must be seen inside the picture …
BODY_HEIGHT = 0.1  # … and the part of its height that they must span
SECOND_LOOKS = (0.4, 0.8)  # margins, of its longer side, around a body that is looked at again


@dataclass(frozen=True)
class Box:
    """A rectangle in fractions (0..1) of the picture's width and height."""

    left: float
    top: float
    right: float
    bottom: float

    @property
    def area(self) -> float:
        """Fraction of the picture that it covers."""
        return max(0.0, self.right - self.left) * max(0.0, self.bottom - self.top)

    def overlap(self, other: Box) -> float:
        """Intersection over union, 0..1."""
        common = Box(
            max(self.left, other.left),
            max(self.top, other.top),
            min(self.right, other.right),
            min(self.bottom, other.bottom),
        ).area
        union = self.area + other.area - common
        return common / union if union else 0.0


def find_faces(image: Image.Image, *, min_score: float = 0.6) -> list[Box]:
    """Every face of a picture, best first; turned away or smaller than about a tenth of its height is not found.

    The model sees 192×192 pixels, so a wide picture is looked at as a whole and again in overlapping squares.
    """
    pixels = np.asarray(image.convert("RGB"))
    height, width = pixels.shape[:2]
    found: list[tuple[float, Box]] = []
    for left, top, side_x, side_y in _windows(width, height):
        window = np.ascontiguousarray(pixels[top : top + side_y, left : left + side_x])
        for detection in _faces().process(window).detections or ():
            box = detection.location_data.relative_bounding_box
            x, y = left + box.xmin * side_x, top + box.ymin * side_y
            right, bottom = x + box.width * side_x, y + box.height * side_y
            found.append((float(detection.score[0]), _clipped(x / width, y / height, right / width, bottom / height)))
    return _distinct(sorted((f for f in found if f[0] >= min_score), key=lambda f: (-f[0], f[1].left, f[1].top)))


def has_person(image: Image.Image) -> bool:
    """Whether somebody's body can be seen; an upright cartoon animal counts.

    mediapipe finds one body at most, sometimes misses it, and with full confidence sees some in grass and cliffs. So
    the mirrored picture is asked too, and what is found must be found again in a picture cut out around it: of 16
    bodies imagined in scenery none was, of 25 real ones all but one.
    """
    pixels = np.asarray(image.convert("RGB"))
    return any(_found_again(view, body) for view in (pixels, pixels[:, ::-1]) if (body := _body(view)))


def close() -> None:
    """Give the models' memory back; the next call loads them again."""
    for loader in (_faces, _pose):
        if loader.cache_info().currsize:
            loader().close()
            loader.cache_clear()


@lru_cache(maxsize=1)
def _faces() -> Any:
    module = import_module("mediapipe.python.solutions.face_detection")
    return module.FaceDetection(model_selection=FULL_RANGE, min_detection_confidence=LOWEST_SCORE)


@lru_cache(maxsize=1)
def _pose() -> Any:
    module = import_module("mediapipe.python.solutions.pose")
    return module.Pose(static_image_mode=True, model_complexity=BUNDLED_POSE)


def _windows(width: int, height: int) -> list[tuple[int, int, int, int]]:
    """(left, top, width, height) of the whole picture, and of squares that overlap by half at least."""
    whole = (0, 0, width, height)
    side, length = min(width, height), max(width, height)
    if length < side * 1.25:
        return [whole]
    count = min(ceil((length / side - 1) * 2) + 1, 9)
    starts = [round((length - side) * index / (count - 1)) for index in range(count)]
    return [whole] + [(start, 0, side, side) if width > height else (0, start, side, side) for start in starts]


def _clipped(left: float, top: float, right: float, bottom: float) -> Box:
    return Box(max(0.0, left), max(0.0, top), min(1.0, right), min(1.0, bottom))


def _distinct(found: list[tuple[float, Box]]) -> list[Box]:
    kept: list[Box] = []
    for _, box in found:
        if all(box.overlap(other) < SAME_FACE for other in kept):
            kept.append(box)
    return kept


def _found_again(pixels: npt.NDArray[np.uint8], body: Box) -> bool:
    height, width = pixels.shape[:2]
    left, right, top, bottom = body.left * width, body.right * width, body.top * height, body.bottom * height
    for margin in (share * max(right - left, bottom - top) for share in SECOND_LOOKS):
        part = pixels[
            max(0, int(top - margin)) : int(bottom + margin) + 1, max(0, int(left - margin)) : int(right + margin) + 1
        ]
        if _body(part) or _body(part[:, ::-1]):
            return True
    return False


def _body(pixels: npt.NDArray[np.uint8]) -> Box | None:
    """The box around the landmarks of a body that are seen inside the picture, or None if they are too few."""
    body = _pose().process(np.ascontiguousarray(pixels)).pose_landmarks
    points = [] if body is None else [point for point in body.landmark if point.visibility >= SEEN]
    points = [point for point in points if 0 <= point.x <= 1 and 0 <= point.y <= 1]
    if len(points) < BODY_POINTS:
        return None
    across, down = [point.x for point in points], [point.y for point in points]
    box = Box(min(across), min(down), max(across), max(down))
    return box if box.bottom - box.top >= BODY_HEIGHT else None
