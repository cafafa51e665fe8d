"""How long four thumbnails take with the preview model, enlarging included, in each of its modes.

`python -m tests.bench.thumbnails`. The models are loaded and warm; each mode runs three times, in turn, and the best
run counts: what else the machine does can only slow it down.
"""

from __future__ import annotations

import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import torch

from generation.engine import Engine, PaintJob, load_profile
from generation.engine.load import best_device, best_dtype
from generation.targets import TARGETS

if TYPE_CHECKING:
    from generation.engine.modes import Mode

COUNT, ROUNDS = 4, 3
PROMPT = "blue and orange mountains at sunset, one clear subject, striking composition"


def four(engine: Engine, mode: Mode) -> float:
    """Seconds from the prompt to four pictures of a thumbnail's exact size."""
    target = TARGETS["thumbnail"]
    size = engine.profile.size_for(target.width, target.height)
    start = time.perf_counter()
    jobs = [
        PaintJob(PROMPT, "", seed, *size, mode.steps, mode.guidance, mode.eta, scheduler=mode.scheduler)
        for seed in range(COUNT)
    ]
    painted = engine.paint(jobs, lambda step, steps: None)
    finished = [engine.enlarge(picture, (target.width, target.height)) for picture in painted]
    seconds = time.perf_counter() - start
    assert [picture.size for picture in finished] == [(target.width, target.height)] * COUNT
    return seconds


def main() -> None:
    """Measure and print."""
    engine = Engine(load_profile("preview", models_dir=Path("nowhere")))
    profile = engine.profile
    four(engine, replace(profile.standard, steps=1))
    best = dict.fromkeys(profile.modes, float("inf"))
    for _ in range(ROUNDS):
        for name, mode in profile.modes.items():
            best[name] = min(best[name], four(engine, mode))
    device = best_device()
    where = f"{device.type}, {torch.get_num_threads()} threads, {best_dtype(profile.dtype, device)}"
    lines = [f"{COUNT} thumbnails, {where}"]
    lines += [f"{name:8} {mode.steps:3} steps  {best[name]:6.2f} s" for name, mode in profile.modes.items()]
    lines.append(f"fast takes {best['fast'] / best['standard']:.2f} of standard")
    sys.stdout.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
