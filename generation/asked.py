"""What a request asks for, with its pictures opened, for whoever paints."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from generation.engine import Guide, Mask, Restyle
from generation.engine.guides.skeleton import draw_poses, from_json
from generation.english import to_english
from generation.loras.worn import worn_by
from generation.models.request import Tool
from generation.work import Work
from imagecreator.errors import ExpectedError

if TYPE_CHECKING:
    from PIL.Image import Image

    from generation.engine.jobs import GuideKind
    from generation.models import GenerationRequest, GuideUse, Reference


def work_of(request: GenerationRequest) -> Work:
    """The row as work.

    ExpectedError: "reference_lost" and "style_lost" where the file of a picture is gone, "picture_hidden" where one may
    not be used any more, and those of ``worn_by``.
    """
    guides = list(request.guides.select_related("guide__drawing", "guide__picture"))
    given = [request.start, request.mask, request.style_picture, *(use.guide.picture for use in guides)]
    if any(picture is not None and not picture.is_shown for picture in given):
        raise ExpectedError("picture_hidden")
    return Work(
        target=request.size,
        prompt=to_english(request.prompt).text,  # of a touch-up or an old request, as it was typed
        negative=to_english(request.negative).text,
        count=request.count,
        seed=request.seed,
        mode=request.mode,
        steps=request.steps_asked,
        loras=worn_by(request),
        start=request.start.open() if request.start else None,
        strength=request.strength,
        mask=Mask(request.mask.open(), **request.mask_options) if request.mask else None,
        guides=tuple(map(_guide, guides)),
        style=_style(request.style_picture) if request.style_picture else None,
        restyle=Restyle(**request.restyle_options),
        enlarge_by="model" if request.enlarge_by == "model" else "lanczos",
        touch_up=request.tool == Tool.TOUCH_UP,
        words_judged=True,
    )


def _guide(use: GuideUse) -> Guide:
    """With the control image as it was drawn, or drawn anew from the poses that the request was made with."""
    poses = from_json(json.dumps(use.poses)) if use.poses else ()
    drawing = use.guide.drawing
    picture = drawing.open() if drawing else draw_poses(poses, use.guide.picture.size)
    kind: GuideKind = "pose" if use.guide.guide_kind == "pose" else "face"
    return Guide(kind, picture, use.strength, use.begin, use.end, poses if drawing is None else ())


def _style(reference: Reference) -> Image:
    try:
        return reference.open()
    except ExpectedError as error:
        raise ExpectedError("style_lost") from error
