"""How walk tests let the worker do its next job, and look at what came out."""

from __future__ import annotations

from contextlib import contextmanager, nullcontext
from typing import TYPE_CHECKING, TypeVar

import pytest
from PIL import Image

from generation.models import GeneratedImage, GenerationRequest, PromptDraft
from generation.serve import serve_draft, serve_requests
from imagecreator.queue.batch import Batch
from imagecreator.queue.claim import claim
from imagecreator.queue.lease import Lease
from imagecreator.queue.serve import serve

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

JobT = TypeVar("JobT", PromptDraft, GenerationRequest)


def work(row: JobT, before: Callable[[str, int], None] | None = None) -> JobT:
    """Do the next job, which must be ``row``; ``before`` hears of each stage and step first. Returns the row afresh."""
    lease = claim(type(row), "worker")
    assert lease is not None
    assert lease.pk == row.pk
    with heard_by(before) if before else nullcontext():
        if isinstance(row, PromptDraft):
            serve(lease, serve_draft)  # type: ignore[arg-type]
        else:
            serve_requests([lease])  # type: ignore[list-item]
    return type(row)._default_manager.filter(pk=row.pk).first() or row


@contextmanager
def heard_by(before: Callable[[str, int], None]) -> Iterator[None]:
    """Let ``before`` hear of every stage and step, told for one row or for a batch."""
    with pytest.MonkeyPatch.context() as patch:
        for teller in (Lease, Batch):
            patch.setattr(teller, "tell", _after(before, teller.tell))  # type: ignore[attr-defined]
        yield


def _after(before: Callable[[str, int], None], tell: Callable[..., None]) -> Callable[..., None]:
    def heard(self: object, stage: str, step: int = 0, steps: int = 0) -> None:
        before(stage, step)
        tell(self, stage, step, steps)

    return heard


def opened(image: GeneratedImage) -> Image.Image:
    """The stored picture, decoded."""
    with image.file.open("rb") as file:
        picture = Image.open(file, formats=["PNG"])
        picture.load()
    return picture


def pixels(request: GenerationRequest) -> list[bytes]:
    """The pixels of each picture of a request."""
    return [opened(image).tobytes() for image in request.images.all()]
