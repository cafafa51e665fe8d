"""What a request begins with, opened for whoever paints."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from generation.engine import Mask
from imagecreator.errors import ExpectedError

if TYPE_CHECKING:
    from PIL.Image import Image

    from generation.models import GenerationRequest, Reference


def begun_by(request: GenerationRequest) -> dict[str, Any]:
    """The fields of ``Work`` for start, strength and mask. ExpectedError("reference_lost") where a file is gone."""
    if request.start is None:
        return {}
    mask = Mask(_opened(request.mask), **request.mask_options) if request.mask else None
    return {"start": _opened(request.start), "strength": request.strength, "mask": mask}


def _opened(reference: Reference) -> Image:
    try:
        return reference.open()
    except FileNotFoundError as error:
        raise ExpectedError("reference_lost") from error
