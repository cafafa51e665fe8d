"""Paint: the engine paints every picture of the request at the model's own size for the target."""

from __future__ import annotations

from typing import TYPE_CHECKING

from generation.engine import PaintJob
from generation.stages.engine_door import expected
from generation.work import Painted
from imagecreator.errors import ExpectedError

if TYPE_CHECKING:
    from generation.engine import Engine
    from generation.work import Tell, Work

FLAT = [(shade, shade) for shade in range(256)]


def paint(work: Work, engine: Engine, tell: Tell) -> None:
    """Fill ``work.pictures``; ``tell`` is called for every step of the sampler and may raise to stop."""
    tell("paint", 0, 0)
    profile = engine.profile
    width, height = profile.size_for(work.target.width, work.target.height)
    jobs = [
        PaintJob(
            prompt=work.prompt,
            negative=work.negative,
            seed=work.seed + number,
            width=width,
            height=height,
            steps=work.steps or profile.steps,
            guidance=profile.guidance,
            eta=profile.eta,
        )
        for number in range(work.count)
    ]
    with expected():
        images = engine.paint(jobs, lambda step, steps: tell("paint", step, steps))
    for image in images:
        if image.convert("L").getextrema() in FLAT:
            raise ExpectedError("bad_picture")  # NaN latents decode to one flat colour
    work.pictures = [Painted(job, image) for job, image in zip(jobs, images, strict=True)]
