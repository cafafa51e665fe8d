"""The options of ``manage.py paint`` for poses and faces to follow."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

from django.conf import settings
from django.core.management.base import CommandError

from generation.engine import Guide, role
from generation.engine.guides.openpose import FOLDER
from generation.engine.guides.skeleton import draw_poses
from generation.engine.jobs import MOST_GUIDANCE, GuideKind
from generation.management.start_options import read_file
from generation.stages.engine_door import expected
from imagecreator.pictures import read_picture

if TYPE_CHECKING:
    from argparse import ArgumentParser

    from PIL.Image import Image

    from generation.engine import Profile
    from generation.engine.guides.poses import Detector

DETECTORS: tuple[Detector, ...] = ("mediapipe", "openpose")


@dataclass(frozen=True)
class Found:
    """A guide, and what was found in the file that it comes from."""

    guide: Guide
    said: str


def add_guide_options(parser: ArgumentParser) -> None:
    """``--pose``, ``--face`` and what goes with them."""
    for kind, what in (("pose", "stand as the people in FILE, or as a skeleton drawn in OpenPose's colours"),
                       ("face", "look as the faces in FILE")):  # fmt: skip
        parser.add_argument(f"--{kind}", type=Path, metavar="FILE", help=what)
        parser.add_argument(f"--{kind}-strength", type=float, help=f"how strictly: 0 to {MOST_GUIDANCE:g} (default 1)")
        parser.add_argument(
            f"--{kind}-range", metavar="BEGIN:END", help="for which part of the steps (default 0:1, all of them)"
        )
    parser.add_argument("--detector", choices=DETECTORS, help="who finds the people (default mediapipe)")


def guides_asked_for(options: dict[str, Any], profile: Profile) -> list[Found]:
    """The guides, with everybody found already. CommandError or ExpectedError for what cannot be followed."""
    if options["detector"] and not options["pose"]:
        raise CommandError("--detector goes with --pose.")
    found = []
    for kind in get_args(GuideKind):
        given = {name: options[f"{kind}_{name}"] for name in ("strength", "range")}
        if options[kind] is None:
            if strange := [name for name, value in given.items() if value is not None]:
                raise CommandError(f"--{kind}-{strange[0]} goes with --{kind}.")
            continue
        begin, end = _range(kind, given["range"])
        strength = 1.0 if given["strength"] is None else given["strength"]
        if not 0 <= strength <= MOST_GUIDANCE:
            raise CommandError(f"--{kind}-strength takes 0 to {MOST_GUIDANCE:g}.")
        with expected():
            role(profile, kind)
        picture = read_file(options[kind], read_picture)
        with expected():
            found.append(_look(kind, picture, options, {"strength": strength, "begin": begin, "end": end}))
    return found


def _range(kind: str, text: str | None) -> tuple[float, float]:
    try:
        begin, end = map(float, (text or "0:1").split(":"))
    except ValueError as error:
        raise CommandError(f"--{kind}-range takes BEGIN:END, such as 0:0.6.") from error
    if not 0 <= begin <= end <= 1:
        raise CommandError(f"--{kind}-range takes two numbers from 0 to 1, the smaller first.")
    return begin, end


def _look(kind: GuideKind, picture: Image, options: dict[str, Any], settled: dict[str, Any]) -> Found:
    name = options[kind].name
    if kind == "face":
        from generation.engine.guides.face_guide import find_faces

        faces = find_faces(picture)
        return Found(Guide(kind, faces.picture, **settled), f"{_counted(len(faces.boxes), 'face', 'faces')} in {name}.")
    from generation.engine.guides.drawn import is_skeleton

    if is_skeleton(picture):
        return Found(Guide(kind, picture, **settled), f"{name} is a skeleton.")
    from generation.engine.guides.poses import find_poses

    poses = tuple(find_poses(picture, options["detector"] or DETECTORS[0], settings.MODELS_DIR / FOLDER))
    said = f"{_counted(len(poses), 'person', 'people')} in {name}."
    return Found(Guide(kind, draw_poses(poses, picture.size), poses=poses, **settled), said)


def _counted(count: int, one: str, more: str) -> str:
    return f"{count} {one if count == 1 else more} found"
