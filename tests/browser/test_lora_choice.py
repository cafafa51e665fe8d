"""LoRAs on the generate page with its script: search, slider and number, what stands on top, words, and tags."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.live.house import PATIENCE
from tests.rows import PASSWORD, picture_bytes

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, Page

    from tests.live.house import House

pytestmark = pytest.mark.xdist_group("live")
expect.set_options(timeout=PATIENCE * 1000)

ROWS = """
from generation.models import Lora
from tests.generation.lora_rows import a_lora
from tests.rows import a_channel, a_draft, a_user, a_video
video = a_video(a_channel(a_user("lora-lou")))
a_draft(video)
Lora.objects.all().delete()
for number, name in enumerate("Amber Brick Chalk Dusk Ember Frost Glass Haze Neon_glow".split()):
    words = ["neon style", "glow (strong)"] if name.startswith("Neon") else []
    a_lora(name.replace("_", " "), order=number, trigger_words=words, weight=0.8)
print(video.pk)
"""


@pytest.fixture(scope="module")
def video(house: House) -> str:
    """The key of a video whose owner may choose among nine LoRAs."""
    return house.manage("shell", "--no-imports", "-c", ROWS).split()[-1]


@pytest.fixture
def page(house: House, video: str, browser: Browser) -> Iterator[Page]:
    """Its generate page."""
    context = browser.new_context(locale="en-GB", viewport={"width": 1280, "height": 900})
    page = context.new_page()
    page.set_default_timeout(PATIENCE * 1000)
    page.goto(f"{house.address}/accounts/login/?next=/videos/{video}/generate/")
    page.fill("[name=username]", "lora-lou")
    page.fill("[name=password]", PASSWORD)
    page.locator("main form button[type=submit]").click()
    page.wait_for_url(f"**/videos/{video}/generate/")
    yield page
    context.close()


def test_choosing_with_the_script(page: Page, shots: Path) -> None:
    items, prompt, final = page.locator("[data-lora]"), page.locator("[name=prompt]"), page.locator("#final")
    neon = page.locator("[data-lora]", has=page.locator("[value=neon-glow]"))
    page.locator("[data-field=loras] summary").click()

    page.fill("[data-lora-search]", "neon")
    expect(page.locator("[data-lora]:visible")).to_have_count(1)
    for label in ("trigger", "zebra"):
        page.fill("[data-lora-search]", label)
        expect(page.locator("[data-lora]:visible")).to_have_count(0)
    expect(page.locator("[data-lora-nothing]")).to_be_visible()
    page.fill("[data-lora-search]", "GLOW")
    neon.locator("[type=checkbox]").check()
    expect(neon.locator("[type=checkbox]")).to_be_focused()
    expect(neon.locator("[type=checkbox]")).to_be_in_viewport()
    assert neon.bounding_box()["height"] < 150, "two or three lines"  # type: ignore[index]
    page.fill("[data-lora-search]", "")
    expect(items.first).to_contain_text("Neon glow")
    expect(final).to_contain_text("LoRAs: Neon glow 0.8")

    slider, number = neon.locator("[type=range]"), neon.locator("[type=number]")
    slider.focus()
    slider.press("ArrowRight")
    expect(number).to_have_value("0.85")
    number.fill("-0.5")
    expect(slider).to_have_value("-0.5")
    expect(final).to_contain_text("LoRAs: Neon glow -0.5")

    chip = neon.get_by_role("button", name="glow (strong)")
    for _ in range(2):
        chip.click()
        expect(prompt).to_have_value("a lake at sunrise, glow \\(strong\\)")
        expect(chip).to_have_attribute("aria-pressed", "true")
        expect(final).not_to_contain_text("listens to words of its own")
        chip.click()
        expect(prompt).to_have_value("a lake at sunrise")
        expect(final).to_contain_text("listens to words of its own")

    prompt.fill("a lake, (glow \\(strong\\):1.3), fog")
    expect(chip).to_have_attribute("aria-pressed", "true")
    chip.click()
    expect(prompt).to_have_value("a lake, fog")

    prompt.fill("a lake <lora:frost:0,35>, <lora:unknown:1> fog")
    prompt.blur()
    expect(prompt).to_have_value("a lake, <lora:unknown:1> fog")
    expect(items.nth(0)).to_contain_text("Frost")
    expect(page.locator("[name=loras-frost]")).to_have_value("0.35")
    expect(final).to_contain_text("No LoRA here is called “unknown”.")
    page.screenshot(path=shots / "loras.png", full_page=True)


def test_what_is_ticked_far_below_is_seen_where_it_stands_then(page: Page) -> None:
    page.set_viewport_size({"width": 390, "height": 280})
    page.locator("[data-field=loras] summary").click()
    last = page.locator("[data-lora]", has=page.locator("[value=neon-glow]"))
    last.evaluate("item => item.scrollIntoView({ block: 'end' })")
    last.locator("[type=checkbox]").check()
    header, item = page.locator(".header").bounding_box(), last.bounding_box()
    assert header is not None
    assert item is not None
    assert item["y"] >= header["y"] + header["height"], "below the header, which stays"
    expect(last.locator("[type=number]")).to_be_in_viewport()


def test_nothing_that_was_chosen_is_lost_where_another_form_is_answered(page: Page, tmp_path: Path) -> None:
    neon = page.locator("[name=loras][value=neon-glow]")
    page.locator("[data-field=loras] summary").click()
    neon.check()
    page.fill("[name=loras-neon-glow]", "0.35")
    page.fill("[name=seed]", "77")
    page.fill("[name=prompt]", "my own words")

    photo = tmp_path / "photo.png"
    photo.write_bytes(picture_bytes())
    page.set_input_files("[name=picture]", photo)
    page.locator("#confirm [data-confirm-yes]").click()
    page.wait_for_url("**?kept=*")
    expect(page.locator("body")).to_contain_text("No recipe was found in this picture.")
    expect(page.locator("[name=prompt]")).to_have_value("my own words")
    expect(neon).to_be_checked()

    for language, title in (("ru", "Итоговый промпт"), ("en", "Final prompt")):
        before = page.url
        page.fill("[name=seed]", "78" if language == "ru" else "77")
        page.locator("summary:has(+ form [name=language])").click()
        page.locator(f"[name=language][value={language}]").click()
        page.wait_for_url(lambda url, before=before: "?kept=" in url and url != before)
        expect(page.locator("#final-title")).to_have_text(title)
        expect(page.locator("[name=prompt]")).to_have_value("my own words")
        expect(page.locator("[name=seed]")).to_have_value("78" if language == "ru" else "77")
        expect(neon).to_be_checked()

    before = page.url
    page.get_by_role("button", name="Write again").click()
    page.wait_for_url(lambda url: "?kept=" in url and url != before)
    expect(page.locator("[name=prompt]")).not_to_have_value("my own words")
    expect(page.locator("[name=seed]")).to_have_value("77")
    expect(neon).to_be_checked()
    expect(page.locator("[name=loras-neon-glow]")).to_have_value("0.35")
