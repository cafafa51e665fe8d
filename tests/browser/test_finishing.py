"""What becomes of pictures, in the browser: a style is chosen, weighed and taken away; a picture is touched up."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.live.house import PATIENCE
from tests.rows import PASSWORD

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, Page

    from tests.live.house import House

pytestmark = pytest.mark.xdist_group("live")
expect.set_options(timeout=PATIENCE * 1000)

ROWS = """
from PIL import Image
from tests.rows import a_channel, a_draft, a_frame, a_request, a_start, a_user, a_video, an_image
video = a_video(a_channel(a_user("finish-fay")))
a_draft(video)
a_frame(video)
wide = Image.new("RGB", (1800, 600), "red")
wide.paste("blue", (900, 0, 1800, 600))
print(video.pk, an_image(a_request(video, state="done")).pk, a_start(video.owner, wide).pk)
"""


@pytest.fixture(scope="module")
def rows(house: House) -> list[str]:
    """The keys of a video, of a picture that was painted for it, and of one that is half red, half blue."""
    return house.manage("shell", "--no-imports", "-c", ROWS).split()[-3:]


@pytest.fixture
def page(house: House, rows: list[str], browser: Browser) -> Iterator[Page]:
    """The generate page."""
    context = browser.new_context(locale="en-GB", viewport={"width": 1280, "height": 900})
    page = context.new_page()
    troubles: list[str] = []
    page.on("pageerror", lambda error: troubles.append(str(error)))
    page.on("console", lambda told: troubles.append(told.text) if told.type == "error" else None)
    page.set_default_timeout(PATIENCE * 1000)
    page.goto(f"{house.address}/accounts/login/?next=/videos/{rows[0]}/generate/")
    page.fill("[name=username]", "finish-fay")
    page.fill("[name=password]", PASSWORD)
    page.locator("main form button[type=submit]").click()
    page.wait_for_url(f"**/videos/{rows[0]}/generate/")
    yield page
    context.close()
    assert not troubles


def test_a_style_is_chosen_weighed_and_taken_away_and_nothing_typed_is_lost(page: Page, shots: Path) -> None:
    panel = page.locator("#afterwards")
    page.fill("[name=prompt]", "a castle by night")
    panel.locator("summary").click()
    panel.get_by_role("button", name="Choose a style picture").click()
    page.locator("button.choice").first.click()
    expect(page.locator("[name=prompt]")).to_have_value("a castle by night")
    expect(panel.locator("img")).to_be_in_viewport()
    slider, number = panel.locator("[type=range]"), panel.locator("[name=style_weight]")
    slider.focus()
    before = float(number.input_value())
    slider.press("ArrowRight")
    assert float(number.input_value()) == before + 0.5
    number.fill("7.5")
    expect(slider).to_have_value("7.5")
    page.screenshot(path=shots / "finishing.png", full_page=True)
    panel.get_by_role("button", name="Without a style").click()
    expect(panel.locator("img")).to_have_count(0)
    expect(page.locator("[name=prompt]")).to_have_value("a castle by night")


def test_a_painted_picture_is_touched_up_from_its_page(page: Page, rows: list[str], house: House, shots: Path) -> None:
    page.goto(f"{house.address}/images/{rows[1]}/")
    page.get_by_role("button", name="Touch up").click()
    form = page.locator("#generate")
    form.get_by_role("button", name="Touch up").click()
    expect(page.locator(".errorlist")).to_contain_text("has exactly these pixels already")
    form.get_by_role("button", name="Choose a style picture").click()
    page.locator("button.choice").last.click()
    form.get_by_text("Quick", exact=True).click()
    page.set_viewport_size({"width": 390, "height": 844})
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.screenshot(path=shots / "touch-up.png", full_page=True)
    form.get_by_role("button", name="Touch up").click()
    page.wait_for_url("**/requests/**")
    expect(page.locator("h1")).to_have_text("Touch up: Thumbnail")
    page.get_by_role("button", name="Cancel").click()
    expect(page.locator("main")).to_contain_text("Cancelled")
    page.get_by_role("link", name="Touch up again").click()
    expect(page.locator("[name=effort][value=quick]")).to_be_checked()
    expect(page.locator("[name=style_picture]")).not_to_have_value("")


def test_the_part_that_is_touched_up_is_moved_by_dragging(page: Page, rows: list[str], house: House) -> None:
    page.goto(f"{house.address}/videos/{rows[0]}/generate/touch-up/?start={rows[2]}")
    page.fill("[name=seed]", "41")
    page.get_by_role("button", name="Choose the part").click()
    stage = page.locator("[data-fit-stage]")
    box = stage.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 0.9 * box["width"], box["y"] + 20)
    page.mouse.down()
    page.mouse.move(box["x"] + 5, box["y"] + 20, steps=4)
    page.mouse.up()
    expect(page.locator("[name=place]")).to_have_value("100")
    page.get_by_role("button", name="Touch up this part").click()
    picture = page.locator(".touch-up__picture img")
    expect(picture).to_have_attribute("width", "1067")
    colour = picture.evaluate(
        """image => {
          const paper = new OffscreenCanvas(1, 1).getContext("2d");
          paper.drawImage(image, 1000, 300, 1, 1, 0, 0, 1, 1);
          return [...paper.getImageData(0, 0, 1, 1).data].slice(0, 3);
        }"""
    )
    assert colour == [0, 0, 255]
    expect(page.locator("[name=seed]")).to_have_value("41")
