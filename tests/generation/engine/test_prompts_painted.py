"""Weights and long prompts change the picture, alone and in company, and leave plain prompts what they were."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from generation.engine import PaintJob

if TYPE_CHECKING:
    from collections.abc import Callable

    from PIL import Image

    from generation.engine import Engine

PLAIN = PaintJob("a red fox in the snow", "blurry", 7, 64, 64, 3, 5.0)
WEIGHED = replace(PLAIN, prompt="a (red:1.9) fox in the snow")
LONG = replace(PLAIN, prompt=", ".join(f"thing number {number} of many" for number in range(20)))


def difference(one: Image.Image, two: Image.Image) -> int:
    """The largest, 0 … 255."""
    return int(np.abs(np.asarray(one, int) - np.asarray(two, int)).max())


def test_they_change_the_picture(engine: Engine, no_step: Callable[[int, int], None]) -> None:
    plain, weighed, long = (engine.paint([job], no_step)[0] for job in (PLAIN, WEIGHED, LONG))
    beginning = engine.paint([replace(LONG, prompt=LONG.prompt[:300])], no_step)[0]
    assert plain.tobytes() != weighed.tobytes()
    assert long.tobytes() != beginning.tobytes()


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 0, 1), (1, 2, 0)])
def test_in_company_each_is_as_if_painted_alone(
    engine: Engine, no_step: Callable[[int, int], None], order: tuple[int, ...]
) -> None:
    jobs = [(PLAIN, WEIGHED, LONG)[number] for number in order]
    together = engine.paint(jobs, no_step)
    for job, picture in zip(jobs, together, strict=True):
        assert difference(engine.paint([job], no_step)[0], picture) <= 1


def test_an_escaped_bracket_is_a_bracket(engine: Engine, no_step: Callable[[int, int], None]) -> None:
    escaped, weighed = (
        engine.paint([replace(PLAIN, prompt=prompt)], no_step)[0] for prompt in (r"a fox \(red\)", "a fox (red)")
    )
    assert escaped.tobytes() != weighed.tobytes()
