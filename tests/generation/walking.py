"""How walk tests let the worker do its next job, and look at what came out."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from PIL import Image

from generation.models import GeneratedImage, GenerationRequest, PromptDraft
from generation.serve import serve_draft, serve_requests
from imagecreator.queue.claim import claim
from imagecreator.queue.serve import serve

if TYPE_CHECKING:
    from collections.abc import Callable

JobT = TypeVar("JobT", PromptDraft, GenerationRequest)


def work(row: JobT, before: Callable[[str, int], None] | None = None) -> JobT:
    """Do the next job, which must be ``row``; ``before`` hears of each stage and step first. Returns the row afresh."""
    lease = claim(type(row), "worker")
    assert lease is not None
    assert lease.pk == row.pk
    tell = lease.tell

    def heard(stage: str, step: int = 0, steps: int = 0) -> None:
        if before:
            before(stage, step)
        tell(stage, step, steps)

    lease.tell = heard  # type: ignore[method-assign]
    if isinstance(row, PromptDraft):
        serve(lease, serve_draft)  # type: ignore[arg-type]
    else:
        serve_requests([lease])  # type: ignore[list-item]
    return type(row)._default_manager.filter(pk=row.pk).first() or row


def opened(image: GeneratedImage) -> Image.Image:
    """The stored picture, decoded."""
    with image.file.open("rb") as file:
        picture = Image.open(file, formats=["PNG"])
        picture.load()
    return picture


def pixels(request: GenerationRequest) -> list[bytes]:
    """The pixels of each picture of a request."""
    return [opened(image).tobytes() for image in request.images.all()]
