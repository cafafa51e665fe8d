"""People who follow a pose or a face, through the site and a worker: do they stand and look as the guide says?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from generation.engine.guides.skeleton import to_json
from generation.preview.evaluate_guides import OPEN
from generation.preview.finder import load_finder
from generation.preview.guide_measures import asked_faces, asked_figures, joint_errors
from generation.preview.scenes import WIDE
from tests.live.test_begun_looks import painter  # noqa: F401 - the fixture

if TYPE_CHECKING:
    from pathlib import Path

    from generation.preview.finder import Found
    from generation.preview.guide_measures import Asked
    from tests.live.test_begun_looks import Painter

pytestmark = pytest.mark.xdist_group("live")

MOST_ERROR = 0.06  # of the picture's height
GUIDE = """
import json
from pathlib import Path
from django.contrib.auth.models import User
from PIL import Image
from generation.models import Guide, Reference
from generation.models.reference import keep_reference
from imagecreator.queue.states import State
owner = User.objects.get()
with Image.open({file!r}) as image:
    image.load()
picture = keep_reference(owner, image, Reference.Source.UPLOAD)
poses = json.loads({poses!r})
guide = Guide.objects.create(
    owner=owner, guide_kind={kind!r}, picture=picture, poses=poses, found=poses,
    drawing=None if poses else picture, state=State.DONE,
)
print(guide.pk)
"""


def follow(painter: Painter, asked: Asked, folder: Path) -> list[Found]:  # noqa: F811
    """Paint two pictures that follow the guide; where people are in them."""
    file = folder / "guide.png"
    asked.guide.picture.save(file)
    poses = to_json(asked.guide.poses) if asked.guide.poses else "[]"
    script = GUIDE.format(file=str(file), poses=poses, kind=asked.guide.kind)
    guide = painter.house.manage("shell", "--verbosity", "0", "-c", script).split()[-1]
    form = painter.browser.get(f"{painter.address}?{asked.guide.kind}={guide}")
    pictures = painter.paint(form, prompt=asked.prompt, seed="7")
    assert {picture.size for picture in pictures} == {(1280, 720)}
    return load_finder().find([picture.convert("RGB").resize(WIDE) for picture in pictures])


def test_figures_stand_as_the_skeleton_says(painter: Painter, tmp_path: Path) -> None:  # noqa: F811
    errors = [
        float(np.mean(joint_errors(asked.places, found)))
        for asked in asked_figures(4)
        for found in follow(painter, asked, tmp_path)
    ]
    assert np.mean(errors) <= MOST_ERROR, errors


def test_lips_apart_give_more_open_mouths(painter: Painter, tmp_path: Path) -> None:  # noqa: F811
    pairs = asked_faces(2)
    closed, apart = (
        [found.expression == OPEN for pair in pairs for found in follow(painter, pair[number], tmp_path)]
        for number in (0, 1)
    )
    assert sum(apart) > sum(closed), (closed, apart)
