"""Guide: who is in a picture, as poses or faces that can be followed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from generation.stages.engine_door import expected

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PIL.Image import Image

    from generation.engine.guides.skeleton import Pose
    from generation.engine.jobs import GuideKind
    from generation.work import Tell


@dataclass(frozen=True)
class Found:
    """People, or a drawing of faces and where these are: left, top, right, bottom as shares of the picture.

    ``is_drawn``: the picture was a skeleton already, to be followed as it is.
    """

    poses: Sequence[Pose] = ()
    drawing: Image | None = None
    boxes: Sequence[Sequence[float]] = ()
    is_drawn: bool = False


def guide(picture: Image, kind: GuideKind, tell: Tell) -> Found:
    """Look for people or faces. ExpectedError: nobody_found, no_face_found(least)."""
    if kind == "face":
        tell("faces", 0, 0)
        from generation.engine.guides.face_guide import find_faces

        with expected():
            faces = find_faces(picture)
        boxes = [(box.left, box.top, box.right, box.bottom) for box in faces.boxes]
        return Found(drawing=faces.picture, boxes=boxes)
    tell("people", 0, 0)
    from generation.engine.guides.drawn import is_skeleton

    if is_skeleton(picture):
        return Found(is_drawn=True)
    from generation.engine.guides.poses import find_poses

    with expected():
        return Found(find_poses(picture))
