"""Pictures that begin with pictures, through the site and a worker: is what comes out right?"""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image

from imagecreator.demo.browser import Browser
from tests.generation.engine.begun import a_mask, mean_distance, scene
from tests.generation.engine.pictures import levels
from tests.live.house import until
from tests.live.test_lora_import import SOMEBODY, enter
from tests.live.test_lora_looks import VIDEO

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from imagecreator.demo.pages import Page
    from tests.live.house import House

pytestmark = pytest.mark.xdist_group("live")

SIZE, BOX = (1280, 720), (400, 200, 800, 520)
WORDS = {"prompt": "blue mountains, by day", "negative": "", "count": "2", "seed": "101"}


class Painter:
    """Chooses pictures and masks, asks for pictures with the form that is filled then, and fetches them."""

    def __init__(self, house: House, browser: Browser, address: str, folder: Path) -> None:
        self.house = house
        self.browser = browser
        self.address = address
        self.folder = folder

    def begin(self, picture: Image.Image) -> Page:
        """Choose a picture of one's own; the page that comes then."""
        return self._send(self.browser.get(f"{self.address}start/"), "picture", picture)

    def mark(self, form: Page, mask: Image.Image) -> Page:
        """Go from the form to where a part is marked, bring a mask, and come back."""
        fields = form.form(having="prompt").fields
        marking = self.browser._page("POST", f"{self.address}start/{fields['start']}/part/", fields | {"do": "leave"})
        return self._send(marking, "mask", mask)

    def paint(self, form: Page, **values: str) -> list[Image.Image]:
        """Ask for two pictures and fetch them."""
        page = self.browser.submit(form, having="prompt", **WORDS | values)
        done = until(lambda: self._done(page), f"pictures with {values}")
        assert done.job is not None and done.job.state == "done", done.trouble()
        return [self._fetched(address) for address in done.downloads]

    def file(self, form: Page, name: str) -> Image.Image:
        """The reference that a field of the form names."""
        return self._fetched(f"/references/{form.form(having='prompt').fields[name]}/file/")

    def _send(self, page: Page, field: str, picture: Image.Image) -> Page:
        content = BytesIO()
        picture.save(content, "PNG")
        form = page.form(having=field)
        files = {field: ("a.png", content.getvalue(), "image/png")}
        return self.browser._answer(self.browser._page("POST", form.action, form.fields, files))  # type: ignore[arg-type]

    def _fetched(self, address: str) -> Image.Image:
        self.browser.download(address, self.folder / "fetched.png")
        with Image.open(self.folder / "fetched.png") as picture:
            picture.load()
        return picture

    def _done(self, page: Page) -> Page | None:
        found = self.browser.get(page.url)
        return found if found.job and not found.job.is_live else None


@pytest.fixture
def painter(build_house: Callable[..., House], tmp_path: Path) -> Iterator[Painter]:
    """A site with one worker, and somebody on it who has a video."""
    house = build_house()
    house.manage("shell", "--verbosity", "0", "-c", SOMEBODY)
    video = house.manage("shell", "--verbosity", "0", "-c", VIDEO).split()[-1]
    house.start_site()
    house.start_worker()
    with Browser(house.address) as browser:
        enter(browser)
        yield Painter(house, browser, f"/videos/{video}/generate/", tmp_path)


def outside(mask: Image.Image) -> np.ndarray:
    """(height, width): where nothing is painted."""
    return np.asarray(mask) == 0


def test_pictures_near_their_start_as_strength_falls_and_change_inside_the_mask_alone(painter: Painter) -> None:
    source = scene(SIZE)
    form = painter.begin(source)
    assert (levels(painter.file(form, "start")) == levels(source)).all(), "it fits, so every pixel is kept"
    far = []
    for strength in ("0.15", "0.4", "0.7", "1"):
        pictures = painter.paint(form, strength=strength)
        assert [picture.size for picture in pictures] == [SIZE] * 2
        far.append(np.mean([mean_distance(picture, source) for picture in pictures]))
    assert far == sorted(far), far
    assert far[0] < far[-1] / 2, f"at little strength it stays clearly nearer: {far}"

    mask = a_mask(SIZE, BOX)
    for values in ({}, {"only_masked": "on", "feather": "40"}):
        marked = painter.mark(form, mask)
        assert marked.form(having="prompt").fields["mask"]
        for picture in painter.paint(marked, **values):
            same = (levels(picture) == levels(source)).all(axis=2)
            assert picture.size == SIZE
            assert same[outside(mask)].all(), "bit for bit"
            assert same[~outside(mask)].mean() < 0.2, "and inside, it is another picture"


def test_a_square_picture_is_shown_whole_and_what_is_around_it_is_painted(painter: Painter) -> None:
    square = scene((720, 720))
    fitting = painter.begin(square)
    assert fitting.url.partition("?")[0].endswith("/fit/")
    form = painter.browser.submit(fitting, having="way", way="whole", place="50")
    mask, start = painter.file(form, "mask"), painter.file(form, "start")
    kept = outside(mask)
    assert kept[:, 300:980].all()
    assert not kept[:, :270].any() and not kept[:, 1010:].any()
    for picture in painter.paint(form):
        assert (levels(picture)[kept] == levels(start)[kept]).all()
        assert (levels(picture)[:, 300:980] == levels(square)[:, 20:700]).all(), "the picture that was brought"
        assert mean_distance(picture.crop((0, 0, 260, 720)), start.crop((0, 0, 260, 720))) > 5, "no more blurred"
