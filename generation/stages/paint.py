"""Paint: the engine paints every picture of the requests at hand, at the model's own size for their target."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from generation.engine import PaintJob, role
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
        jobs = [(work, number, job) for work in works for number, job in enumerate(_jobs(work, engine.profile))]

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


def needed(work: Work, profile: Profile) -> None:
    """Look for the models that finish the pictures, before anything is painted. EngineError as in ``role``."""
    if work.enlarge_by == "model":
        role(profile, "upscaler")
    if work.style is not None:
        role(profile, "style_network")


def _jobs(work: Work, profile: Profile) -> list[PaintJob]:
    needed(work, profile)
    width, height = profile.size_for(*_asked(work))
    _name, mode = profile.mode(work.mode)
    loras = {use.name: use for use in (*work.loras, *few_step_lora(mode, profile))}  # its own weight, if both name it
    first = PaintJob(
        prompt=work.prompt,
        negative=work.negative,
        seed=work.seed,
        width=width,
        height=height,
        steps=work.steps or mode.steps,
        guidance=mode.guidance,
        eta=mode.eta,
        loras=tuple(loras.values()),
        scheduler=mode.scheduler,
        start=work.start,
        strength=work.strength,
        mask=work.mask,
        guides=work.guides,
    )
    return [replace(first, seed=work.seed + number) for number in range(work.count)]


def _asked(work: Work) -> tuple[int, int]:
    """The shape to paint: the target's, or that of the part of the start picture that is shown to the model."""
    if work.start is None or work.mask is None:
        return work.target.width, work.target.height
    from generation.engine.inpaint import area

    return area(work.start, work.mask)
