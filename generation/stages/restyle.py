"""Restyle: every picture in the style of another one, where somebody asked for it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from generation.recipe import RecipeRestyle
from generation.stages.engine_door import expected
from imagecreator.pictures import digest_of

if TYPE_CHECKING:
    from PIL.Image import Image

    from generation.engine import Engine
    from generation.work import Look, Tell, Work


def restyle(work: Work, engine: Engine, tell: Tell, look: Look | None = None) -> None:
    """Replace each image by itself in the style of ``work.style``; each keeps its size, and has its own seed.

    ``tell`` is called for every iteration and may raise to stop; ``look`` is as in ``paint``.
    """
    if work.style is None:
        return
    asked, count = work.restyle, len(work.pictures)
    restyled = RecipeRestyle(
        digest_of(work.style), asked.content_weight, asked.style_weight, asked.iterations, asked.keep_colours
    )
    for number, picture in enumerate(work.pictures):

        def step(done: int, steps: int, number: int = number) -> None:
            tell("restyle", number * steps + done, count * steps)

        def show(image: Image, number: int = number) -> None:
            if look is not None:
                look(work, number, image)

        step(0, asked.iterations)
        options = replace(asked, seed=picture.job.seed)
        with expected():
            picture.image = engine.restyle(picture.image, work.style, options, step, show if look else None)
        picture.restyled = restyled
