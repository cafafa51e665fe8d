"""The moderators' desk in a browser: ten flags cleared by keys alone, pictures hidden until they are asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, Page

    from tests.live.house import House

pytestmark = pytest.mark.xdist_group("live")

PICTURES, TEXTS = 7, 4
DESK = """
from generation import moderation
from generation.models import Flag
from imagecreator.queue.states import State
from tests.rows import *
a_user("mara-{name}", "moderator", is_staff=True)
owner = a_user("owner-{name}")
video = a_video(a_channel(owner))
for number in range({pictures}):
    image = an_image(a_request(video, state=State.HELD, prompt="a lake"), status="held")
    detail = {{"prompt": "a lake at dawn, soft light", "profile": "sd15", "seed": number}}
    moderation.raise_flag(image, Flag.Kind.PICTURE, owner, "flagged", scores={{"concept_3": 0.02}}, detail=detail)
rule, made = Rule.objects.get_or_create(
    key="lakes", defaults={{"name_en": "Lakes", "name_ru": "Озёра", "terms": "green lake", "action": "hold"}}
)
for number in range({texts}):
    moderation.queue_or_hold(a_request(video, prompt=f"a green lake number {{number}}"))
"""
COUNT = """
from generation.models import *
flags = Flag.objects.filter(owner_name="owner-{name}")
print(sorted(flags.values_list("state", flat=True)), sorted(flags.exclude(words="").values_list("words", flat=True)))
"""


@pytest.fixture(params=[("en", 1280, "light"), ("ru", 390, "dark")], ids=["en-wide-light", "ru-narrow-dark"])
def desk(request: pytest.FixtureRequest, browser: Browser, house: House) -> Iterator[tuple[Page, str]]:
    """The desk of a moderator, with eleven flags on it; whatever the console complains about fails the test."""
    language, width, scheme = request.param
    house.manage(
        *("shell", "--verbosity", "0", "-c", DESK.format(name=language, pictures=PICTURES, texts=TEXTS)),
    )
    context = browser.new_context(locale=language, viewport={"width": width, "height": 900}, color_scheme=scheme)
    page = context.new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(f"{house.address}/admin/login/?next=/admin/generation/flag/desk/%3Fowner%3Downer-{language}")
    page.fill("#id_username", f"mara-{language}")
    page.fill("#id_password", "correct horse battery")
    page.press("#id_password", "Enter")
    yield page, language
    context.close()
    assert complaints == []


def looks_around(page: Page) -> None:
    """Opens the help, goes down and up, and looks at the first picture."""
    keys, cards = page.keyboard, page.locator(".desk__card")
    for key, shown in (("?", True), ("?", False)):
        keys.press(key)
        expect(page.locator("#desk-help")).to_be_visible(visible=shown)
    keys.press("j")
    expect(cards.first).to_be_focused()
    image = cards.first.locator(".desk__picture img")
    assert "blur" in image.evaluate("one => getComputedStyle(one).filter")
    keys.press("o")
    expect(image).to_have_css("filter", "none")
    keys.press("o")
    keys.press("j")
    expect(cards.nth(1)).to_be_focused()
    keys.press("k")
    expect(cards.first).to_be_focused()


def test_ten_flags_are_cleared_by_keys(desk: tuple[Page, str], house: House, shots: Path) -> None:
    page, language = desk
    cards = page.locator(".desk__card")
    expect(cards).to_have_count(PICTURES + TEXTS)
    page.screenshot(path=shots / f"desk-{language}.png", full_page=True)
    keys = page.keyboard
    looks_around(page)

    approved = cards.first.get_attribute("id")
    keys.press("a")  # one
    expect(cards).to_have_count(10)
    keys.press("u")
    expect(cards).to_have_count(11)
    assert cards.first.get_attribute("id") == approved
    expect(cards.first).to_be_focused()
    for left in (10, 9, 8, 7, 6):
        keys.press("a")
        expect(cards).to_have_count(left)
    keys.press("r")
    why = page.locator(".desk__why:visible input")
    expect(why).to_be_focused()
    page.screenshot(path=shots / f"desk-reason-{language}.png")
    keys.press("Escape")
    expect(why).to_be_hidden()
    for left in (5, 4, 3, 2, 1):
        keys.press("r")
        expect(why).to_be_focused()
        keys.type("no lakes")
        keys.press("Enter")
        expect(cards).to_have_count(left)
    expect(page.locator("#desk-count")).to_have_text("1")
    states = "['approved', 'approved', 'approved', 'approved', 'approved', 'open', "
    said = house.manage("shell", "--verbosity", "0", "-c", COUNT.format(name=language))
    assert said.strip() == f"{states}{', '.join(['`rejected`'] * 5)}] {['no lakes'] * 5}".replace("`", "'")
    keys.press("s")
    keys.type("enough")
    keys.press("Enter")
    expect(cards).to_have_count(0)
    expect(page.locator("#desk-empty")).to_be_visible()
    page.reload()
    expect(cards).to_have_count(0)
    page.screenshot(path=shots / f"desk-empty-{language}.png", full_page=True)
