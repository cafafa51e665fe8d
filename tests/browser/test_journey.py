"""The main journey as a person walks it: sign up, channel, upload, frames, prompt, four pictures, one applied."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.clips import draw_clip
from tests.live.house import PATIENCE

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Browser, BrowserContext, Page

    from tests.live.house import House

pytestmark = pytest.mark.xdist_group("live")
expect.set_options(timeout=PATIENCE * 1000)

WORDS = {
    "en": {"locale": "en-GB", "title": "A red kite over the hills", "channel": "Kites", "done": "Done"},
    "ru": {"locale": "ru-RU", "title": "Красный змей над холмами", "channel": "Воздушные змеи", "done": "Готово"},
}
HEAVY = {"torch", "diffusers", "transformers", "mediapipe", "cv2", "av"}


@pytest.fixture(scope="session")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("clips") / "kite.mp4"
    draw_clip(path)
    return path


def watched(context: BrowserContext) -> tuple[Page, list[str]]:
    """A page, and the list of what went wrong in its console."""
    page, complaints = context.new_page(), []
    page.set_default_timeout(PATIENCE * 1000)
    page.on("console", lambda said: complaints.append(said.text) if said.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("request", lambda sent: None if "127.0.0.1" in sent.url else complaints.append(f"off site: {sent.url}"))
    return page, complaints


class Walk:
    """One person's walk, a method for each part of it; every page is photographed."""

    def __init__(self, page: Page, address: str, language: str, shots: Path) -> None:
        self.page, self.address, self.language, self.shots = page, address, language, shots
        self.words = WORDS[language]

    def shoot(self, name: str) -> None:
        self.page.screenshot(path=self.shots / f"{self.language}-{name}.png", full_page=True)

    def sign_up(self) -> None:
        self.page.goto(self.address)
        expect(self.page.locator("html")).to_have_attribute("lang", self.language)
        self.shoot("1-welcome")
        self.page.goto(f"{self.address}/accounts/signup/")
        self.page.fill("[name=username]", f"kira-{self.language}")
        self.page.fill("[name=password1]", "correct horse battery")
        self.page.fill("[name=password2]", "correct horse battery")
        self.shoot("2-sign-up")
        self.page.locator("main form button[type=submit]").click()
        self.page.wait_for_url(f"{self.address}/")

    def make_channel(self) -> None:
        self.page.locator("a[href='/channels/new/']").first.click()
        self.page.fill("[name=name]", self.words["channel"])
        self.page.locator("main form button[type=submit]").click()
        expect(self.page.locator("h1")).to_contain_text(self.words["channel"])

    def upload(self, clip: Path) -> None:
        self.page.locator("a[href$='/upload/']").first.click()
        self.page.fill("[name=title]", self.words["title"])
        self.page.set_input_files("input[name=file]", clip)
        self.shoot("3-upload")
        self.page.locator("form[data-upload] button[type=submit]").click()
        self.page.wait_for_url(re.compile(r"/videos/[0-9a-f-]+/$"))
        uses = self.page.locator("form[action^='/frames/'][action$='/use/']")
        expect(uses.first).to_be_visible()
        assert uses.count() >= 8
        self.shoot("4-video")

    def ask(self) -> None:
        self.page.locator("a[href$='/generate/']").first.click()
        expect(self.page.locator("textarea[name=prompt]")).to_have_value(re.compile(r"\w{3}"))
        self.page.fill("[name=seed]", "7")
        self.shoot("5-prompt")
        self.page.locator("form:has(textarea[name=prompt]) button.button--primary").click()
        self.page.wait_for_url(re.compile(r"/requests/[0-9a-f-]+/$"))
        self.shoot("6-painting")
        self.page.reload()

    def apply_first(self) -> None:
        apply = self.page.locator("form[action^='/images/'][action$='/use/'] button")
        expect(apply.first).to_be_visible()
        assert apply.count() == 4
        expect(self.page.locator("#job")).to_contain_text(self.words["done"])
        self.shoot("7-pictures")
        apply.first.click()
        self.page.wait_for_url(re.compile(r"/videos/[0-9a-f-]+/$"))
        thumbnail = self.page.locator("img[src^='/pictures/']").first
        expect(thumbnail).to_be_visible()
        size = thumbnail.evaluate("image => image.decode().then(() => [image.naturalWidth, image.naturalHeight])")
        assert size == [1280, 720]
        self.shoot("8-applied")


@pytest.mark.parametrize("language", ["en", "ru"])
def test_from_sign_up_to_an_applied_thumbnail(
    house: House, browser: Browser, clip: Path, shots: Path, language: str
) -> None:
    context = browser.new_context(locale=WORDS[language]["locale"], viewport={"width": 1280, "height": 900})
    page, complaints = watched(context)
    walk = Walk(page, house.address, language, shots)
    walk.sign_up()
    walk.make_channel()
    walk.upload(clip)
    walk.ask()
    walk.apply_first()
    assert complaints == []
    assert not HEAVY & house.web_modules()
    context.close()
