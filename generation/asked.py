"""What a request asks for, with its pictures opened, for whoever paints."""

from __future__ import annotations

from typing import TYPE_CHECKING

from generation.engine import Mask, Restyle
from generation.loras.worn import worn_by
from generation.models.request import Tool
from generation.work import Work
from imagecreator.errors import ExpectedError

if TYPE_CHECKING:
    from PIL.Image import Image

    from generation.models import GenerationRequest, Reference


def work_of(request: GenerationRequest) -> Work:
    """The row as work. ExpectedError("reference_lost") where the file of a picture is gone; those of ``worn_by``."""
    return Work(
        target=request.size,
        prompt=request.prompt,
        negative=request.negative,
        count=request.count,
        seed=request.seed,
        mode=request.mode,
        steps=request.steps_asked,
        loras=worn_by(request),
        start=_opened(request.start) if request.start else None,
        strength=request.strength,
        mask=Mask(_opened(request.mask), **request.mask_options) if request.mask else None,
        style=_opened(request.style_picture) if request.style_picture else None,
        restyle=Restyle(**request.restyle_options),
        enlarge_by="model" if request.enlarge_by == "model" else "lanczos",
        touch_up=request.tool == Tool.TOUCH_UP,
    )


def _opened(reference: Reference) -> Image:
    try:
        return reference.open()
    except FileNotFoundError as error:
        raise ExpectedError("reference_lost") from error
