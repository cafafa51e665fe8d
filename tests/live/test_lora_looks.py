"""The LoRAs that ship, through the site and a worker: each has its look, in either layout, alone and with another."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image, ImageChops

from generation.engine import load_profile
from generation.preview.lora_measures import MEASURES
from generation.shipped import LORA_FOLDER, shipped
from imagecreator.demo.browser import Browser
from tests.generation.engine.lora_files import kohya
from tests.live.house import ROOT, until
from tests.live.test_lora_import import SOMEBODY, ended, enter, upload

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from imagecreator.demo.pages import Page
    from tests.live.house import House

pytestmark = pytest.mark.xdist_group("live")

VIDEO = """
from tests.rows import *
video = a_video(a_channel(User.objects.get(username="ada")))
a_draft(video)
print(video.pk)
"""
PROMPT, SEED = "blue mountains, by day", 101
PAINTED = load_profile("preview", models_dir=ROOT).size_for(1280, 720)
CLEARLY = 0.05  # of a measure that goes from 0 to 1


class Painter:
    """Asks for two pictures at a time, with LoRAs by their keys, and fetches them."""

    def __init__(self, browser: Browser, address: str, folder: Path) -> None:
        self.browser = browser
        self.address = address
        self.folder = folder

    def paint(self, **loras: float) -> list[Image.Image]:
        weights = {f"loras-{key}": str(weight) for key, weight in loras.items()}
        form = self.browser.get(self.address)
        words = {"prompt": PROMPT, "negative": "", "count": "2", "seed": str(SEED), "loras": list(loras), **weights}
        page = self.browser.submit(form, having="prompt", **words)
        done = until(lambda: self._done(page), f"pictures with {loras}")
        assert done.job is not None and done.job.state == "done", done.trouble()
        pictures = []
        for number, address in enumerate(done.downloads):
            self.browser.download(address, self.folder / f"{number}.png")
            content = (self.folder / f"{number}.png").read_bytes()
            pictures.append(Image.open(BytesIO(content)).convert("RGB"))
        assert [picture.size for picture in pictures] == [(1280, 720)] * 2
        return pictures

    def _done(self, page: Page) -> Page | None:
        found = self.browser.get(page.url)
        return found if found.job and not found.job.is_live else None


@pytest.fixture
def painter(build_house: Callable[..., House], tmp_path: Path) -> Iterator[Painter]:
    """A site with one worker, and somebody on it who may add LoRAs and has a video."""
    house = build_house()
    house.manage("shell", "--verbosity", "0", "-c", SOMEBODY)
    video = house.manage("shell", "--verbosity", "0", "-c", VIDEO).split()[-1]
    house.start_site()
    house.start_worker()
    with Browser(house.address) as browser:
        enter(browser)
        yield Painter(browser, f"/videos/{video}/generate/", tmp_path)


def look(key: str, pictures: list[Image.Image]) -> float:
    """How much of a LoRA's look they have, on average, in the size in which they were painted."""
    return float(np.mean([MEASURES[key](one.resize(PAINTED, Image.Resampling.BOX)) for one in pictures]))


def far(some: list[Image.Image], others: list[Image.Image]) -> int:
    """The largest difference of any value of any pixel, of 255."""
    pairs = zip(some, others, strict=True)
    return max(high for one, other in pairs for _, high in ImageChops.difference(one, other).getextrema())


def test_each_look_in_both_layouts_alone_and_together(painter: Painter, tmp_path: Path) -> None:
    bare = painter.paint()
    rows = shipped("lora")
    assert far(painter.paint(**dict.fromkeys(rows, 0.0)), bare) == 0, "weight 0 is as none"
    alone = {}
    for key, row in rows.items():
        alone[key] = painter.paint(**{key: row["weight"]})
        half, less = painter.paint(**{key: row["weight"] / 2}), painter.paint(**{key: -row["weight"] / 2})
        seen = [look(key, pictures) for pictures in (less, bare, half, alone[key])]
        assert seen[3] > seen[1] + CLEARLY, f"{key} has its look: {seen}"
        assert seen[1] < seen[2] < seen[3] + CLEARLY, f"{key} has half of it at half the weight: {seen}"
        assert seen[0] < seen[1] + CLEARLY / 2, f"{key} has none of it below 0: {seen}"

        other = kohya(tmp_path / f"{key}.safetensors", LORA_FOLDER / row["file"])
        page = ended(painter.browser, upload(painter.browser, tmp_path / f"k-{key}.safetensors", other.read_bytes()))
        assert page.job is not None and page.job.state == "done", page.trouble()
        added = page.need_link(r"/loras/k-[a-z0-9-]+/").rstrip("/").rpartition("/")[2]
        assert far(painter.paint(**{added: row["weight"]}), alone[key]) <= 1, f"{key} in kohya's layout is the same"

    both = painter.paint(**{"ink-on-paper": 0.5, "pixel-mosaic": 1.0})
    for key in ("ink-on-paper", "pixel-mosaic"):
        assert look(key, both) > look(key, bare) + CLEARLY, f"two at once: {key}"
    assert far(painter.paint(), bare) == 0, "nothing of them stays behind"
