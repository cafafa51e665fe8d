"""The video of ``manage.py paint``: probed, and its frames picked."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from generation.stages.describe import Seen

if TYPE_CHECKING:
    from pathlib import Path

    from channels_app.footage.frames import Picked
    from generation.management.progress_bar import Bar


def look_at_video(video: Path, bar: Bar, timings: dict[str, float]) -> tuple[Seen, list[dict[str, Any]]]:
    from channels_app.footage.frames import pick_frames
    from channels_app.footage.probe import probe
    from channels_app.prepare import FRAMES, limits

    bar.tell("probe", 0, 1)
    start = time.perf_counter()
    facts = probe(video, limits())
    timings["probe"] = round(time.perf_counter() - start, 3)
    start = time.perf_counter()
    picked: Picked = pick_frames(video, facts, count=FRAMES, tell=lambda step, steps: bar.tell("frames", step, steps))
    timings["frames"] = round(time.perf_counter() - start, 3)
    best = sorted(picked.frames, key=lambda frame: frame.rank)
    seen = Seen(
        frames=[frame.image for frame in best],
        faces=[frame.faces for frame in best],
        motion=picked.motion,
        cuts_per_minute=picked.cuts_per_minute,
    )
    frames = [
        {"time": round(frame.time, 3), "rank": frame.rank, "score": round(frame.score, 4), "faces": frame.faces}
        for frame in picked.frames
    ]
    return seen, frames
