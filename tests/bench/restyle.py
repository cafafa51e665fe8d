"""What coarse to fine saves: a thumbnail restyled by the preview's network, against as many iterations at full size.

`python -m tests.bench.restyle`. Exit status 1 where it takes more than a quarter.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from generation.engine import Restyle, load_profile, role
from generation.engine.restyle.files import open_network
from generation.engine.restyle.pyramid import Level, levels
from generation.engine.restyle.transfer import as_numbers, transfer
from generation.preview.drawing.lora_looks import LORA_LOOKS
from generation.preview.scenes import Scene, draw
from tests.bench.site import say
from tests.generation.engine.restyle.networks import style_distance

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PIL.Image import Image

    from generation.engine.restyle.network import Network

SIZE = (1280, 720)
ITERATIONS = 40  # at full size each takes some seconds on a processor
MOST_SHARE = 0.25


def measured(network: Network, content: Image, style: Image, plan: Sequence[Level]) -> tuple[float, float]:
    """Seconds, and how far the style is from the wanted one afterwards, as a share of how far it was."""
    start = time.perf_counter()
    made = transfer(network, content, style, Restyle(iterations=ITERATIONS), plan, lambda step, steps: None)
    seconds = time.perf_counter() - start
    device = network.mean.device
    before, after = (
        style_distance(network, as_numbers(image, SIZE, device), as_numbers(style, SIZE, device))
        for image in (content, made)
    )
    return seconds, after / before


def main() -> int:
    """Measure and print."""
    network = open_network(role(load_profile("preview", models_dir=Path("nowhere")), "style_network").folder)
    content = draw(Scene("mountains", 1, ("blue", "orange"), "sunset"), scale=5)
    style = LORA_LOOKS["ink-on-paper"](draw(Scene("city", 2, time="night"), scale=5))
    transfer(network, content, style, Restyle(iterations=1), [Level(64, 64, 1)], lambda step, steps: None)
    fine, distance = measured(network, content, style, [Level(*SIZE, ITERATIONS)])
    say(f"{ITERATIONS} iterations at {SIZE[0]}x{SIZE[1]}  {fine:6.1f} s, style distance {distance:.3f} of what it was")
    plan = levels(SIZE, SIZE[0] * SIZE[1], ITERATIONS)
    coarse, distance = measured(network, content, style, plan)
    say(f"coarse to fine               {coarse:6.1f} s, style distance {distance:.3f} of what it was")
    say(f"coarse to fine takes {coarse / fine:.2f} of full size")
    return int(coarse > MOST_SHARE * fine)


if __name__ == "__main__":
    sys.exit(main())
