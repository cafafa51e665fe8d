"""What a LoRA costs that is warm, against loading everything anew; and whether memory stays as it is.

`python -m tests.bench.lora`. Eight random LoRAs for the preview model, of which four stay warm. Exit status 1 where a
warm swap takes more than a tenth of a fresh start, or where memory grows.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

from tests.bench.site import say

if TYPE_CHECKING:
    from generation.engine import LoraUse, Profile
    from generation.engine.loras import Loras

LORAS, WARM, SWAPS = 8, 4, 200
SETTLED = 40  # swaps until the allocator has seen everything
MOST_SHARE, MOST_GROWTH = 0.1, 0.02
ROUNDS = 5


def fresh(profile: Profile, use: LoraUse) -> float:
    """Seconds from nothing to a pipeline that wears the LoRA at weight 1, by diffusers alone."""
    from diffusers import StableDiffusionPipeline

    start = time.perf_counter()
    pipe = StableDiffusionPipeline.from_pretrained(
        profile.folder, local_files_only=True, use_safetensors=True, safety_checker=None, feature_extractor=None
    )
    pipe.load_lora_weights(use.path, adapter_name=use.name, use_safetensors=True)
    return time.perf_counter() - start


def swap(loras: Loras, use: LoraUse) -> float:
    """Seconds until the pipeline wears the LoRA."""
    start = time.perf_counter()
    loras.wear([use])
    return time.perf_counter() - start


def resident() -> int:
    """Bytes of this process in memory."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def memory(loras: Loras, uses: list[LoraUse]) -> tuple[int, int]:
    """What is resident once things have settled, and the most after that."""
    seen = []
    for number in range(SWAPS):
        loras.wear([uses[number * 3 % LORAS]])
        seen.append(resident())
    return max(seen[:SETTLED]), max(seen[SETTLED:])


def main() -> int:
    """Measure and print."""
    from generation.engine import Engine, load_profile
    from generation.engine import loras as wardrobe
    from generation.engine.lora_file import lora_use
    from generation.engine.quiet import quiet
    from tests.generation.engine.lora_files import a_lora

    profile = load_profile("preview", models_dir=Path("nowhere"))
    with tempfile.TemporaryDirectory() as place, quiet():
        files = [Path(place) / f"{number}.safetensors" for number in range(LORAS)]
        uses = [lora_use(a_lora(file, profile.folder, seed=number)) for number, file in enumerate(files)]
        anew = median(fresh(profile, uses[number]) for number in range(ROUNDS))
        engine = Engine(profile)
        loras = engine._models().loras
        cold = median(swap(loras, use) for use in uses[:WARM])
        warm = median(swap(loras, uses[number % WARM]) for number in range(ROUNDS * WARM))
        wardrobe.MOST_WARM = WARM
        settled, most = memory(loras, uses)
        engine.close()
    growth = most / settled - 1
    say(f"from_pretrained and load_lora_weights {anew * 1000:7.1f} ms")
    say(f"into the running pipeline             {cold * 1000:7.1f} ms")
    say(f"warm                                  {warm * 1000:7.1f} ms, {warm / anew:.1%} of a fresh start")
    say(f"{SWAPS} swaps among {LORAS}: {settled / 1e6:.0f} MB resident, then {most / 1e6:.0f} MB, {growth:+.2%}")
    return int(warm > MOST_SHARE * anew or growth > MOST_GROWTH)


if __name__ == "__main__":
    sys.exit(main())
