"""Touching up through the site and a worker.

Exact pixels for every target, an upscaler that comes nearer to what was meant than a filter does, and a style that is
seen in the picture.
"""

from __future__ import annotations

from dataclasses import replace
from io import BytesIO
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image

from generation.engine.restyle.files import open_network
from generation.preview.evaluate_upscaler import ssim, unseen
from generation.preview.scenes import draw
from generation.preview.training.pairs import TIMES
from generation.recipe import read
from imagecreator.demo.browser import Browser
from tests.generation.engine.begun import scene
from tests.generation.engine.restyle.networks import SHIPPED
from tests.generation.engine.restyle.styles import CONTENTS_UNSEEN, UNSEEN, Likeness, style
from tests.live.house import until
from tests.live.test_lora_import import SOMEBODY, enter

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from imagecreator.demo.pages import Page
    from tests.live.house import House

pytestmark = pytest.mark.xdist_group("live")

ROWS = """
from tests.rows import *
channel = a_channel(User.objects.get(username="ada"))
video = a_video(channel)
a_draft(video)
print(video.pk, channel.pk)
"""
SCENES = 6
LONG = 1800.0  # seconds: two hundred iterations on one core that others use, too


class Retoucher:
    """Brings pictures, asks for them to be touched up, and fetches what comes out."""

    def __init__(self, browser: Browser, video: str, channel: str, folder: Path) -> None:
        self.browser = browser
        self.file = folder / "fetched.png"
        self.pages = {
            "thumbnail": f"/videos/{video}/generate/",
            "avatar": f"/channels/{channel}/generate/avatar/",
            "cover": f"/channels/{channel}/generate/cover/",
        }

    def choose(self, target: str, picture: Image.Image) -> Page:
        """The form that comes after a picture was brought."""
        return self._send(self.browser.get(f"{self.pages[target]}touch-up/picture/"), picture)

    def style(self, form: Page, target: str, picture: Image.Image) -> Page:
        """Leave the form for a style, and come back."""
        fields = form.form(having="start").fields | {"do": "leave"}
        return self._send(self.browser._page("POST", f"{self.pages[target]}touch-up/style/", fields), picture)

    def touch_up(self, form: Page, **values: str) -> Image.Image:
        """What comes out, as it was downloaded."""
        page = self.browser.submit(form, having="start", **values)
        done = until(lambda: self._done(page), f"a picture with {values}", LONG, every=1.0)
        assert done.job is not None and done.job.state == "done", done.trouble()
        self.browser.download(next(iter(done.downloads)), self.file)
        with Image.open(self.file) as picture:
            return picture.convert("RGB")

    def _send(self, page: Page, picture: Image.Image) -> Page:
        content = BytesIO()
        picture.save(content, "PNG")
        form = page.form(having="picture")
        files = {"picture": ("a.png", content.getvalue(), "image/png")}
        return self.browser._answer(self.browser._page("POST", form.action, form.fields, files))  # type: ignore[arg-type]

    def _done(self, page: Page) -> Page | None:
        found = self.browser.get(page.url)
        return found if found.job and not found.job.is_live else None


@pytest.fixture
def retoucher(build_house: Callable[..., House], tmp_path: Path) -> Iterator[Retoucher]:
    """A site with one worker, and somebody on it who has a video."""
    house = build_house()
    house.manage("shell", "--verbosity", "0", "-c", SOMEBODY)
    video, channel = house.manage("shell", "--verbosity", "0", "-c", ROWS).split()[-2:]
    house.start_site()
    house.start_worker()
    with Browser(house.address) as browser:
        enter(browser)
        yield Retoucher(browser, video, channel, tmp_path)


def test_exact_pixels_for_every_target_and_the_style_comes_five_times_as_near(retoucher: Retoucher) -> None:
    for target, size in (("avatar", (800, 800)), ("cover", (2560, 1440))):
        assert retoucher.touch_up(retoucher.choose(target, scene((300, 200)))).size == size

    content, example = draw(next(iter(CONTENTS_UNSEEN.values()))), style(UNSEEN[0])
    form = retoucher.choose("thumbnail", content)
    plain = retoucher.touch_up(form)
    made = retoucher.touch_up(retoucher.style(form, "thumbnail", example), seed="7", effort="normal")
    with retoucher.file.open("rb") as file:
        recipe = read(file)
    assert recipe is not None and recipe.is_touched_up and recipe.restyle is not None
    assert plain.size == made.size == (1280, 720)
    found = Likeness.of(open_network(SHIPPED), made, plain, example)
    assert found.holds, found


def test_the_upscaler_is_nearer_to_the_scene_drawn_four_times_as_large_than_lanczos(retoucher: Retoucher) -> None:
    """Scenes that no training saw, brought a quarter of a thumbnail's sides large; nearer on average, not in each."""
    nearer = []
    for whole in unseen(SCENES):
        drawn = replace(whole, size=(1280 // TIMES, 720 // TIMES))
        form, large = retoucher.choose("thumbnail", draw(drawn)), draw(drawn, TIMES)
        by_model, by_lanczos = (ssim(retoucher.touch_up(form, enlarge_by=way), large) for way in ("model", "lanczos"))
        nearer.append(by_model - by_lanczos)
    assert np.mean(nearer) > 0, [f"{each:+.4f}" for each in nearer]
