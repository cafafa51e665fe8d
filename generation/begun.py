"""What a request begins with, opened for whoever paints."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from generation.engine import Mask

if TYPE_CHECKING:
    from generation.models import GenerationRequest


def begun_by(request: GenerationRequest) -> dict[str, Any]:
    """The fields of ``Work`` for start, strength and mask. ExpectedError("reference_lost") where a file is gone."""
    if request.start is None:
        return {}
    mask = Mask(request.mask.open(), **request.mask_options) if request.mask else None
    return {"start": request.start.open(), "strength": request.strength, "mask": mask}
