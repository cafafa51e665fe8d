"""How long four thumbnails take with the preview model, enlarging included: the fine way beside the quick one.

`python -m tests.bench.thumbnails`. The models are loaded and warm; each way runs three times, in turn, and the best
run counts: what else the machine does can only slow it down.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

import torch

from generation.engine import Engine, PaintJob, load_profile
from generation.engine.load import best_dtype
from generation.targets import TARGETS

COUNT, ROUNDS = 4, 3
PROMPT = "blue and orange mountains at sunset, one clear subject, striking composition"


def four(engine: Engine, steps: int) -> float:
    """Seconds from the prompt to four pictures of a thumbnail's exact size."""
    profile, target = engine.profile, TARGETS["thumbnail"]
    width, height = profile.size_for(target.width, target.height)
    start = time.perf_counter()
    jobs = [PaintJob(PROMPT, "", seed, width, height, steps, profile.guidance, profile.eta) for seed in range(COUNT)]
    painted = engine.paint(jobs, lambda step, steps: None)
    finished = [engine.enlarge(picture, (target.width, target.height)) for picture in painted]
    seconds = time.perf_counter() - start
    assert [picture.size for picture in finished] == [(target.width, target.height)] * COUNT
    return seconds


def main() -> None:
    """Measure and print."""
    engine = Engine(load_profile("preview", models_dir=Path("nowhere")))
    profile = engine.profile
    assert profile.quick_steps is not None
    ways = {"fine": profile.steps, "quick": profile.quick_steps}
    four(engine, 1)
    best = dict.fromkeys(ways, float("inf"))
    for _ in range(ROUNDS):
        for name, steps in ways.items():
            best[name] = min(best[name], four(engine, steps))
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    where = f"{device.type}, {torch.get_num_threads()} threads, {best_dtype(profile.dtype, device)}"
    lines = [f"{COUNT} thumbnails, {where}"]
    lines += [f"{name:6} {steps:3} steps  {best[name]:6.2f} s" for name, steps in ways.items()]
    lines.append(f"quick takes {best['quick'] / best['fine']:.2f} of fine")
    sys.stdout.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
