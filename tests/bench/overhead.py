"""What site, database, Redis and worker add to painting: a warm request of four pictures, from the click to the end.

`python -m tests.bench.overhead`. Beside it, in turn: the same stages called in one process (paint, enlarge, check,
encode), and diffusers alone. The mean of the faster half of many rounds counts: what else the machine does can only
slow it down, and it does so by more than what is looked for. Ends with 1 where the site takes more than ``PROMISE``
times as long.
"""

from __future__ import annotations

import sys
import time
from statistics import mean, median
from typing import TYPE_CHECKING, Any

from tests.bench.site import a_site, say

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from imagecreator.demo.browser import Browser
    from imagecreator.demo.pages import Page
    from tests.live.house import House

PROMISE = 1.05
ROUNDS = 24
COUNT, STEPS = 4, 20
PROMPT = "blue and orange mountains at sunset, one clear subject, striking composition"
PATIENCE = 120.0
LOOK_SECONDS = 1.0  # how often the open page asks how far it is


def through_site(browser: Browser, form: Page) -> float:
    """Seconds from the click until the request has ended, while its page is open: it says itself when."""
    from generation.models import GenerationRequest

    form = browser.get(form.url)  # the same form again would be the same request
    start = time.time()
    page = browser.submit(form, having="prompt", prompt=PROMPT, count=str(COUNT), seed="7")
    row = GenerationRequest.objects.filter(pk=page.url.rstrip("/").rpartition("/")[2])
    ended: datetime | None = None
    while ended is None:
        assert time.time() < start + PATIENCE
        time.sleep(LOOK_SECONDS)
        browser.get(f"{page.url}status/")
        ended = row.values_list("finished_at", flat=True).get()
    assert row.get().images.count() == COUNT
    return ended.timestamp() - start


def the_stages(painter: Any) -> float:
    """Seconds of the walk and of encoding, in this process."""
    from generation.stages.finish import to_png
    from generation.targets import TARGETS
    from generation.walk import paint_walk
    from generation.work import Work

    start = time.time()
    work = Work(target=TARGETS["thumbnail"], prompt=PROMPT, negative="", count=COUNT, seed=7)
    paint_walk(work, painter, lambda *_: None)
    encoded = [to_png(picture, painter.profile) for picture in work.pictures]
    seconds = time.time() - start
    assert len(encoded) == COUNT
    return seconds


def diffusers_alone(pipe: Any, painter: Any) -> float:
    """Seconds of one call of the library's pipeline, with the same settings and its own end: small pictures."""
    import torch

    profile = painter.profile
    width, height = profile.size_for(1280, 720)
    start = time.time()
    images = pipe(
        prompt=[PROMPT] * COUNT,
        negative_prompt=[""] * COUNT,
        generator=[torch.Generator("cpu").manual_seed(7 + number) for number in range(COUNT)],
        width=width,
        height=height,
        num_inference_steps=STEPS,
        guidance_scale=profile.standard.guidance,
        eta=profile.standard.eta,
    ).images
    assert len(images) == COUNT
    return time.time() - start


def the_pipe(painter: Any) -> Any:
    """The profile's pipeline as the library loads it, in the number format that the engine paints in."""
    import torch
    from diffusers import StableDiffusionPipeline

    from generation.engine.load import best_dtype

    dtype = best_dtype(painter.profile.dtype, torch.device("cpu"))
    pipe = StableDiffusionPipeline.from_pretrained(painter.profile.folder, dtype=dtype, safety_checker=None)
    pipe.set_progress_bar_config(disable=True)
    return pipe


def measure(house: House, browser: Browser) -> dict[str, list[float]]:
    """The seconds of each way, round by round."""
    from generation.stages.engine_door import engine
    from imagecreator.demo import journey
    from tests.clips import draw_clip

    def nothing() -> None:
        """Asked while waiting."""

    journey.enter(browser, house.data / "account.json")
    page = journey.upload(browser, journey.channel(browser), draw_clip(house.data / "clip.mp4"), "The red kite", "")
    page = journey.wait_for_frames(browser, page, nothing)
    form = journey.wait_for_prompt(browser, page, nothing)
    painter = engine()
    assert painter.profile.standard.steps == STEPS
    pipe = the_pipe(painter)
    ways: dict[str, Callable[[], float]] = {
        "through the site": lambda: through_site(browser, form),
        "the stages": lambda: the_stages(painter),
        "diffusers alone": lambda: diffusers_alone(pipe, painter),
    }
    for way in ways.values():  # loads and warms
        way()
    taken: dict[str, list[float]] = {name: [] for name in ways}
    for number in range(ROUNDS):
        for name in ways if number % 2 else reversed(ways):
            taken[name].append(ways[name]())
    return taken


def main() -> int:
    """Measure and print; 0 where the promise is kept."""
    from imagecreator.demo.browser import Browser

    with a_site() as house:
        house.start_site()
        house.start_worker()
        with Browser(house.address) as browser:
            taken = measure(house, browser)
    for name, seconds in taken.items():
        say(f"{name:17} {min(seconds):6.2f} s at best, {median(seconds):.2f} s in the middle")
    steady = {name: mean(sorted(seconds)[: ROUNDS // 2]) for name, seconds in taken.items()}
    ratio = steady["through the site"] / steady["the stages"]
    say(f"{COUNT} pictures of {STEPS} steps through the site: {ratio:.3f} of the stages (promised: at most {PROMISE})")
    say(f"and {steady['through the site'] / steady['diffusers alone']:.2f} of diffusers alone, which enlarges nothing")
    return int(ratio > PROMISE)


if __name__ == "__main__":
    sys.exit(main())
