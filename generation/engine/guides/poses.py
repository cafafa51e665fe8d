"""People in a picture, as poses: by mediapipe, whose weights come inside its package, or by OpenPose's own weights.

Worker only: a process that has run mediapipe cannot be forked.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from generation.engine.errors import EngineError
from generation.engine.guides.openpose import openpose_people
from generation.engine.guides.skeleton import MOST_PEOPLE, Pose
from generation.engine.quiet import quiet

if TYPE_CHECKING:
    from pathlib import Path

    from PIL import Image

Detector = Literal["mediapipe", "openpose"]

LEAST_SIDE = 32  # pixels: nobody can be told in less
SHORT, LONG = 960, 7680  # pixels that are looked at: a panorama of 8:1 in full, of longer ones less


def find_poses(picture: Image.Image, detector: Detector = "mediapipe", weights: Path | None = None) -> list[Pose]:
    """Everybody in the picture, the largest first, at most MOST_PEOPLE; each has a neck, or OpenPose found them.

    `weights` is the folder of OpenPose's, as `convert_openpose` writes it. Points are shares of the picture's width and
    height. EngineError: nobody_found; detector_missing(folder) where the weights are not there.
    """
    small = _reduced(picture)
    if min(small.size) < LEAST_SIDE:
        raise EngineError("nobody_found")
    with quiet():
        if detector == "openpose":
            people = openpose_people(small, weights)
        else:
            from generation.engine.guides.mediapipe_people import mediapipe_people

            people = mediapipe_people(small)
    if not people:
        raise EngineError("nobody_found")
    return sorted(people, key=lambda pose: -_height(pose) * small.height)[:MOST_PEOPLE]


def _reduced(picture: Image.Image) -> Image.Image:
    width, height = picture.size
    scale = min(1.0, SHORT / min(width, height), LONG / max(width, height))
    return picture.convert("RGB").resize((max(1, round(width * scale)), max(1, round(height * scale))))


def _height(pose: Pose) -> float:
    """Of what is seen."""
    places = [point[1] for point in pose.points if point is not None]
    return max(places) - min(places)
