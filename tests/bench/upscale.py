"""What the upscaler costs beside Lanczos, and what tiles cost and spoil: seconds, likeness, seams.

`python -m tests.bench.upscale`, with the preview model's upscaler: one picture of painted size to a thumbnail, and one
of 640×360 to a cover, whole and in tiles. Exit status 1 where tiles take more than twice as long as the whole, where
the two are less alike than 0.95 (SSIM), or where pixels beside a tile's border differ by more than 1.1 times as much
as elsewhere.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

import numpy as np

from tests.bench.site import say

if TYPE_CHECKING:
    from PIL import Image

    from generation.engine import Engine

ROUNDS = 3
PAINTED, THUMBNAIL = (256, 144), (1280, 720)
LARGE, COVER = (640, 360), (2560, 1440)
TILE = 128
MOST_TIMES, LEAST_ALIKE, MOST_SEAM = 2.0, 0.95, 1.1


def timed(engine: Engine, picture: Image.Image, size: tuple[int, int], way: str = "model") -> tuple[float, Image.Image]:
    """The median of some seconds, and the picture."""
    took = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        made = engine.upscale(picture, size, way=way)  # type: ignore[arg-type]  # one of two words
        took.append(time.perf_counter() - began)
    return median(took), made


def seam(made: Image.Image, whole: Image.Image, borders: list[int]) -> float:
    """How much more columns differ at a tile's borders than elsewhere, in tiles and whole: 1 where no border shows.

    Of a drawing one cannot ask that it has as many edges at one place as at another; so the picture made whole says how
    many there are.
    """
    shares = []
    for picture in (made, whole):
        steps = np.abs(np.diff(np.asarray(picture, dtype=np.float64), axis=1)).mean(axis=(0, 2))
        near = np.concatenate([steps[border - 2 : border + 2] for border in borders])
        shares.append(near.mean() / steps.mean())
    return float(shares[0] / shares[1])


def main() -> int:
    """Measure and print."""
    from skimage.metrics import structural_similarity

    from generation.engine import Engine, load_profile
    from generation.engine.upscale.ladder import TILES, Rung
    from generation.engine.upscale.options import TIMES
    from generation.engine.upscale.tiles import spans
    from generation.preview import scenes

    engine = Engine(load_profile("preview", models_dir=Path("nowhere")))
    scene = scenes.imagine(np.random.default_rng(1), size=scenes.WIDE)
    small, large = scenes.draw(scene), scenes.draw(scene, 3).resize(LARGE)
    engine.upscale(small, THUMBNAIL)  # loads it
    lanczos, _ = timed(engine, small, THUMBNAIL, "lanczos")
    model, _ = timed(engine, small, THUMBNAIL)
    say(f"a thumbnail from {PAINTED[0]}×{PAINTED[1]}: {model:.2f} s, with Lanczos {lanczos:.3f} s")
    say(f"the model takes {model / lanczos:.0f} times as long")
    ladder = engine._upscaler.get().ladder
    ladder._top = ladder.rung = Rung(max(*LARGE, *TILES))
    whole_seconds, whole = timed(engine, large, COVER)
    ladder._top = ladder.rung = Rung(TILE)
    tiled_seconds, tiled = timed(engine, large, COVER)
    times = tiled_seconds / whole_seconds
    alike = structural_similarity(np.asarray(whole), np.asarray(tiled), channel_axis=2)
    ends = {end for span in spans(LARGE[0], TILE) for end in span} - {0, LARGE[0]}
    shown = seam(tiled, whole, sorted(TIMES * end for end in ends))
    say(f"a cover from {LARGE[0]}×{LARGE[1]}: whole {whole_seconds:.2f} s, in tiles of {TILE} {tiled_seconds:.2f} s")
    say(f"tiles take {times:.2f} times as long, SSIM {alike:.4f}, {shown:.3f} times the difference at their borders")
    return int(times > MOST_TIMES or alike < LEAST_ALIKE or shown > MOST_SEAM)


if __name__ == "__main__":
    sys.exit(main())
