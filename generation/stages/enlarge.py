"""Enlarge: every picture to the exact pixels of its target, cropped around what matters, never squeezed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from generation.stages.engine_door import expected

if TYPE_CHECKING:
    from generation.engine import Engine
    from generation.work import Painted, Tell, Work


def enlarge(work: Work, engine: Engine, tell: Tell) -> None:
    """Replace each image by one of ``(target.width, target.height)`` pixels, the way that ``work.enlarge_by`` says.

    Not where a part of a picture was painted: all the rest of it stays bit for bit, in the picture's own size.
    """
    if work.mask is not None:
        return
    for number, picture in enumerate(work.pictures):
        tell("enlarge", number, len(work.pictures))
        if work.enlarge_by == "model":
            _upscale(work, number, picture, engine, tell)
        else:
            picture.image = engine.enlarge(picture.image, (work.target.width, work.target.height))


def _upscale(work: Work, number: int, picture: Painted, engine: Engine, tell: Tell) -> None:
    """With the words and the seed that it was painted from; ``tell`` hears of every step."""
    from generation.engine.upscale.upscale import needs_model

    size = (work.target.width, work.target.height)
    through_model = needs_model(picture.image, size)
    with expected():
        picture.image = engine.upscale(
            picture.image,
            size,
            picture.job.prompt,
            negative=picture.job.negative,
            seed=picture.job.seed,
            on_step=lambda step, steps: tell("enlarge", number * steps + step, len(work.pictures) * steps),
        )
    if through_model:
        picture.upscaler = engine.profile.roles["upscaler"].folder.name
