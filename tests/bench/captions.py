"""What captions cost: the eight best frames of a video in one batch, and one after another.

`python -m tests.bench.captions`, with a small BLIP of random weights, whose lines have
as many words as may be. Exit status 1 where the batch takes more than 0.9 times as long.
"""

from __future__ import annotations

import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

import numpy as np

from tests.bench.site import say

if TYPE_CHECKING:
    from collections.abc import Callable

FRAMES = 8
ROUNDS = 3
MOST = 0.9


def timed(work: Callable[[], object]) -> float:
    """The median of some seconds."""
    took = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        work()
        took.append(time.perf_counter() - began)
    return median(took)


def main() -> int:
    """Measure and print."""
    from generation.engine import Engine, load_profile, roles
    from generation.engine.captions.build import Shape, build, write
    from generation.engine.tokenizer import EVERYDAY_WORDS
    from generation.preview import scenes

    rng = np.random.default_rng(1)
    frames = [scenes.draw(scenes.imagine(rng, size=scenes.WIDE), 3) for _ in range(FRAMES)]
    shape = Shape(width=192, heads=3, layers=6, text_layers=6, side=192, patch=16, longest=64)
    with tempfile.TemporaryDirectory() as place:
        write(*build(sorted({*EVERYDAY_WORDS}), shape, 1), Path(place))
        profile = load_profile("tiny", models_dir=Path(place))
        named = roles.Role(Path(place), "Apache-2.0", "it is random")
        engine = Engine(replace(profile, roles={"captioner": named}))
        engine.caption(frames[:1])  # loads it
        together = timed(lambda: engine.caption(frames))
        apart = timed(lambda: [engine.caption([frame]) for frame in frames])
    say(f"captions of {FRAMES} frames: in one batch {together:.2f} s, one by one {apart:.2f} s")
    say(f"the batch takes {together / apart:.2f} times as long")
    return int(together / apart > MOST)


if __name__ == "__main__":
    sys.exit(main())
