"""A picture to begin with in the browser: chosen, moved to fit, marked by mouse, finger and keys, and sent as it is."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING
from urllib.parse import urljoin

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import expect

from tests.live.house import PATIENCE
from tests.rows import PASSWORD

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from numpy.typing import NDArray
    from playwright.sync_api import Browser, Locator, Page

    from tests.live.house import House

pytestmark = pytest.mark.xdist_group("live")
expect.set_options(timeout=PATIENCE * 1000)

ROWS = """
from PIL import Image
from tests.rows import a_channel, a_draft, a_start, a_user, a_video
user = a_user("begin-bea")
video = a_video(a_channel(user))
a_draft(video)
picture = Image.new("RGB", (1280, 720), "white")
picture.paste("black", (0, 0, 640, 720))
print(video.pk, a_start(user, picture).pk)
"""
WIDTH, HEIGHT = 1280, 720


@pytest.fixture(scope="module")
def rows(house: House) -> list[str]:
    """The keys of a video and of a picture of its owner, half black, half white."""
    return house.manage("shell", "--no-imports", "-c", ROWS).split()[-2:]


@pytest.fixture
def page(house: House, rows: list[str], browser: Browser) -> Iterator[Page]:
    """The generate page, which begins with the picture."""
    context = browser.new_context(locale="en-GB", viewport={"width": 1280, "height": 900}, has_touch=True)
    page = context.new_page()
    troubles: list[str] = []
    page.on("pageerror", lambda error: troubles.append(str(error)))
    page.on("console", lambda told: troubles.append(told.text) if told.type == "error" else None)
    page.set_default_timeout(PATIENCE * 1000)
    page.goto(f"{house.address}/accounts/login/?next=/videos/{rows[0]}/generate/%3Fstart={rows[1]}")
    page.fill("[name=username]", "begin-bea")
    page.fill("[name=password]", PASSWORD)
    page.locator("main form button[type=submit]").click()
    page.wait_for_url("**/generate/?start=*")
    yield page
    context.close()
    assert not troubles


@pytest.fixture
def canvas(page: Page) -> Locator:
    """The canvas of the page where a part is marked."""
    page.fill("[name=prompt]", "words that were typed")
    page.locator("button[formaction*='/part/']").click()
    page.wait_for_url("**/part/**")
    canvas = page.locator("[data-mask-canvas]")
    expect(canvas).to_be_visible()
    return canvas


def drag(page: Page, canvas: Locator, *points: tuple[float, float]) -> None:
    """Draw through points, as shares of the canvas."""
    box = canvas.bounding_box()
    assert box is not None
    spots = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in points]
    page.mouse.move(*spots[0])
    page.mouse.down()
    for spot in spots[1:]:
        page.mouse.move(*spot, steps=4)
    page.mouse.up()


def marked(canvas: Locator) -> NDArray[np.bool_]:
    """(height, width): what is marked on the canvas."""
    flags = canvas.evaluate(
        """canvas => {
            const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
            let marks = "";
            for (let index = 3; index < data.length; index += 4) marks += data[index] > 127 ? "1" : "0";
            return marks;
        }"""
    )
    return np.frombuffer(flags.encode(), np.uint8).reshape(HEIGHT, WIDTH) == ord("1")


def stored(page: Page, key: str) -> Image.Image:
    """A reference's file."""
    return Image.open(BytesIO(page.request.get(urljoin(page.url, f"/references/{key}/file/")).body()))


def send(page: Page) -> NDArray[np.uint8]:
    """Paint the part; the mask that the site keeps of it."""
    page.locator("form[data-mask-form] button[type=submit]").click()
    page.wait_for_url("**/generate/?**mask=**")
    key = page.locator("[name=mask]").input_value()
    with stored(page, key) as mask:
        assert mask.mode == "L"
        return np.asarray(mask)


@pytest.fixture
def mark_all(page: Page, canvas: Locator) -> None:
    """A brush of 72 pixels, and a rectangle filled back and forth."""
    expect(page.locator("[data-mask-shown-size]")).to_have_text("80 px")
    rows = [0.25 + 0.04 * step for step in range(8)]
    drag(page, canvas, *[(x, y) for n, y in enumerate(rows) for x in ((0.25, 0.5) if n % 2 == 0 else (0.5, 0.25))])


@pytest.mark.usefixtures("mark_all")
def test_a_marked_rectangle_becomes_the_white_of_the_mask(page: Page, canvas: Locator, shots: Path) -> None:
    page.screenshot(path=shots / "mask-marked.png")
    drawn = marked(canvas)
    mask = send(page)
    assert mask.shape == (HEIGHT, WIDTH)
    assert ((mask > 127) == drawn).all(), "what was seen is what is sent"
    inside = (slice(190, 370), slice(330, 630))
    assert (mask[inside] == 255).all()
    outside = np.ones_like(drawn)
    outside[130:430, 270:690] = False
    assert (mask[outside] == 0).all()
    assert page.locator("[name=prompt]").input_value() == "words that were typed"
    expect(page.locator(".marked__part")).to_be_visible()
    page.screenshot(path=shots / "mask-in-the-form.png")
    page.locator("button[formaction*='/part/']").click()
    page.wait_for_url("**/part/**mask=**")
    expect(page.locator("[data-mask-do=undo]")).to_be_enabled()
    again = marked(page.locator("[data-mask-canvas]"))
    assert (again == drawn).all(), "the mask is there to be changed"


def test_undo_redo_invert_and_clear(page: Page, canvas: Locator) -> None:
    undo, redo = page.locator("[data-mask-do=undo]"), page.locator("[data-mask-do=redo]")
    expect(undo).to_be_disabled()
    drag(page, canvas, (0.3, 0.3), (0.5, 0.5))
    one = marked(canvas)
    drag(page, canvas, (0.7, 0.3), (0.7, 0.7))
    two = marked(canvas)
    assert one.sum() < two.sum()
    undo.click()
    assert (marked(canvas) == one).all()
    redo.click()
    assert (marked(canvas) == two).all()
    page.locator("[data-mask-do=invert]").click()
    assert (marked(canvas) != two).mean() > 0.99
    page.keyboard.press("Control+z")
    assert (marked(canvas) == two).all()
    page.locator("[data-mask-do=erase]").click()
    drag(page, canvas, (0.7, 0.3), (0.7, 0.7))
    assert (marked(canvas) != one).sum() < 200, "but for the rim of the brush"
    page.locator("[data-mask-do=clear]").click()
    assert not marked(canvas).any()
    for _ in range(6):
        page.keyboard.press("Control+z")
    expect(undo).to_be_disabled()
    assert not marked(canvas).any()


def test_undo_goes_back_over_the_last_fifty_strokes_and_no_further(page: Page, canvas: Locator) -> None:
    canvas.focus()
    for _ in range(3):
        page.keyboard.press(" ")
        page.keyboard.press("Shift+ArrowRight")
    start = marked(canvas)
    for _ in range(50):
        page.keyboard.press(" ")
    for _ in range(50):
        page.keyboard.press("Control+z")
    expect(page.locator("[data-mask-do=undo]")).to_be_disabled()
    assert (marked(canvas) == start).all(), "older strokes stay"


def test_drawing_by_keys_and_by_touch(page: Page, canvas: Locator) -> None:
    canvas.focus()
    page.keyboard.press("ArrowLeft")
    page.keyboard.press(" ")
    first = marked(canvas)
    assert first[HEIGHT // 2, WIDTH // 2 - 40]
    page.keyboard.press("Shift+ArrowDown")
    assert marked(canvas).sum() > first.sum()
    box = canvas.bounding_box()
    assert box is not None
    page.touchscreen.tap(box["x"] + box["width"] * 0.9, box["y"] + box["height"] * 0.1)
    assert marked(canvas)[HEIGHT // 10, int(WIDTH * 0.9)]

    scrolled = page.evaluate("scrollY")
    finger = page.context.new_cdp_session(page)
    x = box["x"] + box["width"] * 0.1
    for kind, share in (("Start", 0.2), ("Move", 0.4), ("Move", 0.6), ("End", None)):
        points = [] if share is None else [{"x": x, "y": box["y"] + box["height"] * share}]
        finger.send("Input.dispatchTouchEvent", {"type": f"touch{kind}", "touchPoints": points})
    drawn = marked(canvas)
    assert drawn[int(HEIGHT * 0.2) : int(HEIGHT * 0.6), int(WIDTH * 0.1)].all(), "a finger draws a line"
    assert page.evaluate("scrollY") == scrolled, "and does not move the page"
    page.locator("[data-mask-do=undo]").click()
    assert not marked(canvas)[int(HEIGHT * 0.4), int(WIDTH * 0.1)], "which is one stroke"


def test_nothing_marked_is_said_and_what_is_marked_is_seen_on_black_and_on_white(
    page: Page, canvas: Locator, shots: Path
) -> None:
    page.locator("form[data-mask-form] button[type=submit]").click()
    expect(page.locator("[data-mask-empty]")).to_be_visible()
    drag(page, canvas, (0.2, 0.5), (0.8, 0.5))
    expect(page.locator("[data-mask-empty]")).to_be_hidden()
    page.mouse.move(0, 0)
    shot = Image.open(BytesIO(canvas.screenshot(path=shots / "mask-on-black-and-white.png"))).convert("L")
    seen = np.asarray(shot, dtype=float) / 255
    high, wide = seen.shape
    for ground, columns in ((0.0, slice(wide // 4, wide // 3)), (1.0, slice(2 * wide // 3, 3 * wide // 4))):
        stroke = seen[high // 2 - 10 : high // 2 + 10, columns]
        assert abs(stroke - ground).mean() > 0.2


def test_a_picture_is_moved_until_it_fits(page: Page, shots: Path) -> None:
    page.locator("button[formaction$='/start/']").click()
    page.wait_for_url("**/start/?**")
    content = BytesIO()
    stripes = Image.new("RGB", (720, 2160), "lime")
    stripes.paste("red", (0, 0, 720, 720))
    stripes.paste("blue", (0, 1440, 720, 2160))
    stripes.save(content, "PNG")
    page.set_input_files("[name=picture]", {"name": "a.png", "mimeType": "image/png", "buffer": content.getvalue()})
    page.locator("main form.form button[type=submit]", has_text="Begin with this file").click()
    page.wait_for_url("**/fit/**")
    stage, place = page.locator("[data-fit-stage]"), page.locator("[name=place]")
    expect(stage).to_have_css("cursor", "ns-resize")
    drag(page, stage, (0.5, 0.2), (0.5, 0.95))
    assert int(place.input_value()) < 40, "dragging down shows what is above"
    place.fill("100")
    page.locator("[name=way][value=whole]").check(force=True)
    expect(stage).to_have_css("cursor", "ew-resize")
    page.screenshot(path=shots / "fit-whole.png")
    page.locator("[name=way][value=crop]").check(force=True)
    page.screenshot(path=shots / "fit-cropped.png")
    page.locator("form[data-fit] button[type=submit]").click()
    page.wait_for_url("**/generate/?**start=**")
    with stored(page, page.locator("[name=start]").input_value()) as start:
        assert start.size == (WIDTH, HEIGHT)
        assert start.getpixel((640, 700)) == (0, 0, 255)


def test_strength_is_shown_as_a_number_beside_its_slider(page: Page) -> None:
    slider, number = page.locator("[data-field=strength] [type=range]"), page.locator("[name=strength]")
    assert (slider.input_value(), number.input_value()) == ("0.6", "0.6")
    slider.focus()
    page.keyboard.press("ArrowLeft")
    assert number.input_value() == "0.55"
    number.fill("0.3")
    assert slider.input_value() == "0.3"
