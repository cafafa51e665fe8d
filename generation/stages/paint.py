"""Paint: the engine paints every picture of the requests at hand, at the model's own size for their target."""

from __future__ import annotations

from typing import TYPE_CHECKING

from generation.engine import PaintJob
from generation.engine.modes import few_step_lora
from generation.stages.engine_door import expected
from generation.work import Painted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PIL.Image import Image

    from generation.engine import Engine, Profile
    from generation.work import Look, Tell, Work


def paint(works: Sequence[Work], engine: Engine, tell: Tell, look: Look | None = None) -> None:
    """Fill the ``pictures`` of works that may share a batch.

    ``tell`` is called for every step of the sampler and may raise to stop; ``look(work, number, image)`` is shown how
    a work's picture looks by now, small.
    """
    tell("paint", 0, 0)
    with expected():
        jobs = [(work, number, _job(work, number, engine.profile)) for work in works for number in range(work.count)]

    def watch(place: int, image: Image) -> None:
        work, number, _ = jobs[place]
        assert look is not None
        look(work, number, image)

    with expected():
        images = engine.paint(
            [job for *_, job in jobs], lambda step, steps: tell("paint", step, steps), watch if look else None
        )
    for work in works:
        work.pictures = [
            Painted(job, image) for (asked, _, job), image in zip(jobs, images, strict=True) if asked is work
        ]


def _job(work: Work, number: int, profile: Profile) -> PaintJob:
    width, height = profile.size_for(work.target.width, work.target.height)
    _name, mode = profile.mode(work.mode)
    loras = {use.name: use for use in (*work.loras, *few_step_lora(mode, profile))}  # its own weight, if both name it
    return PaintJob(
        prompt=work.prompt,
        negative=work.negative,
        seed=work.seed + number,
        width=width,
        height=height,
        steps=work.steps or mode.steps,
        guidance=mode.guidance,
        eta=mode.eta,
        loras=tuple(loras.values()),
        scheduler=mode.scheduler,
    )
