"""People by mediapipe's Pose, which finds one body at a time: so it looks at many windows, and hides whom it has found.

It sometimes sees bodies in grass and cliffs, with full confidence. So whoever is found must be found again in a window
cut out around them, and it is those points that count: they are the finer ones, too.
"""

from __future__ import annotations

from importlib import import_module
from math import ceil
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np

from generation.engine.guides.skeleton import MOST_PEOPLE, Pose

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray
    from PIL import Image

Window = tuple[int, int, int, int]  # left, top, right, bottom in pixels

BUNDLED = 1  # `model_complexity`: 0 and 2 are not in the wheel and would be downloaded
SEEN = 0.5  # visibility from which a landmark counts
LEAST_SEEN = 8  # landmarks of 33 that make a body
LEAST_HEIGHT = 0.1  # of a window, that they must span
LEAST_WINDOW = 64  # pixels
FINENESS = (1, 2, 3)  # the picture's shorter side is as long as so many windows
MARGIN = 0.4  # of a body's longer side, around it, for the second look
SAME = 0.5  # of a body: so far its two sightings may be apart at most, in the mean of their points
MOST_LOOKS = 150  # at 30 ms each

# mediapipe's landmarks for OpenPose's 18 points; the neck, None, is between the shoulders.
LANDMARKS = (0, None, 12, 14, 16, 11, 13, 15, 24, 26, 28, 23, 25, 27, 5, 2, 8, 7)
NECK, SHOULDERS = 1, (2, 5)


def mediapipe_people(picture: Image.Image) -> list[Pose]:
    """Everybody found, with points as shares of the picture."""
    search = _Search(np.array(picture.convert("RGB")))
    try:
        return [Pose(tuple(None if np.isnan(x) else (x, y) for x, y in body.tolist())) for body in search.people()]
    finally:
        search.close()


class _Search:
    """One picture, in which those who have been found are painted over."""

    def __init__(self, pixels: NDArray[np.uint8]) -> None:
        self._pixels = pixels
        self._height, self._width = pixels.shape[:2]
        self._looks = 0
        self._model: Any = import_module("mediapipe.python.solutions.pose").Pose(
            static_image_mode=True, model_complexity=BUNDLED
        )

    def close(self) -> None:
        self._model.close()

    def people(self) -> list[NDArray[np.float64]]:
        """(18, 2) each, as shares of the picture, NaN where a point is not seen."""
        found: list[NDArray[np.float64]] = []
        for window in _windows(self._width, self._height):
            while len(found) < MOST_PEOPLE and self._looks < MOST_LOOKS:
                seen = self._look(window)
                if seen is None:
                    break
                body = self._look(self._around(seen))
                if body is None or not _same(seen, body):
                    break
                self._hide(body)
                found.append(body / (self._width, self._height))
        return found

    def _look(self, window: Window) -> NDArray[np.float64] | None:
        """The points in pixels of the picture, where there is a body in the window."""
        left, top, right, bottom = window
        self._looks += 1
        said = self._model.process(np.ascontiguousarray(self._pixels[top:bottom, left:right])).pose_landmarks
        if said is None:
            return None
        places = np.array([(mark.x, mark.y) for mark in said.landmark])
        seen = np.array([mark.visibility >= SEEN for mark in said.landmark]) & ((places >= 0) & (places <= 1)).all(
            axis=1
        )
        if seen.sum() < LEAST_SEEN or np.ptp(places[seen, 1]) < LEAST_HEIGHT:
            return None
        places[~seen] = np.nan
        points = np.array([(np.nan, np.nan) if mark is None else places[mark] for mark in LANDMARKS])
        points[NECK] = points[list(SHOULDERS)].mean(axis=0)
        if np.isnan(points[NECK]).any():
            return None
        return np.asarray(points * (right - left, bottom - top) + (left, top))

    def _around(self, body: NDArray[np.float64]) -> Window:
        low, high = np.nanmin(body, axis=0), np.nanmax(body, axis=0)
        margin = MARGIN * (high - low).max()
        left, top = np.maximum(0, low - margin).astype(int).tolist()
        right, bottom = np.minimum((self._width, self._height), np.ceil(high + margin)).astype(int).tolist()
        return left, top, max(right, left + 1), max(bottom, top + 1)

    def _hide(self, body: NDArray[np.float64]) -> None:
        """Paint over the body and a little around it, in the mean colour."""
        points = body[~np.isnan(body).any(axis=1)]
        reach = max(4, int(0.15 * np.ptp(points, axis=0).max()))
        mask = np.zeros((self._height, self._width), np.uint8)
        hull = cv2.convexHull(points.astype(np.int32))
        cv2.fillConvexPoly(mask, hull, 1)
        cv2.polylines(mask, [hull], isClosed=True, color=1, thickness=2 * reach)
        self._pixels[mask > 0] = self._pixels.mean(axis=(0, 1)).astype(np.uint8)


def _same(one: NDArray[np.float64], other: NDArray[np.float64]) -> bool:
    size = np.nanmax(one, axis=0) - np.nanmin(one, axis=0)
    apart = np.linalg.norm(one - other, axis=1)
    return bool(not np.isnan(apart).all() and np.nanmean(apart) <= SAME * size.max())


def _windows(width: int, height: int) -> Iterator[Window]:
    """The whole picture, then squares that overlap by half, from the largest to the smallest."""
    yield 0, 0, width, height
    for parts in FINENESS:
        side = min(width, height) // parts
        if side < LEAST_WINDOW or (parts == 1 and max(width, height) < 1.25 * side):
            continue
        for top in _starts(height, side):
            for left in _starts(width, side):
                yield left, top, left + side, top + side


def _starts(length: int, side: int) -> list[int]:
    count = ceil((length / side - 1) * 2) + 1
    return [round((length - side) * place / max(1, count - 1)) for place in range(count)]
