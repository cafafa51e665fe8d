"""Written prompts in the browser: one of three is taken, own words are kept, Russian becomes English as it is typed."""

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
from tests.rows import a_channel, a_draft, a_frame, a_user, a_video
video = a_video(a_channel(a_user("write-fay")), title="Рыжий кот на окне")
three = {
    "literal": "ginger cat on window, warm tones",
    "dramatic": "ginger cat on window, dramatic lighting, deep shadows",
    "minimal": "ginger cat, plain background",
}
a_draft(video, prompt="an older one", variations=three, source="form")
facts = {"palette": ["navy"], "palette_hex": ["#14284c"], "brightness": "dark"}
a_draft(video, prompt=three["literal"], variations=three, source="form", facts=facts, unknown_words=["гхмыр"])
a_frame(video)
print(video.pk)
"""


@pytest.fixture(scope="module")
def video(house: House) -> str:
    """The key of a video with two drafts."""
    return house.manage("shell", "--no-imports", "-c", ROWS).split()[-1]


@pytest.fixture(params=["en-GB", "ru"])
def page(house: House, video: str, browser: Browser, request: pytest.FixtureRequest) -> Iterator[Page]:
    """The generate page on a telephone, by night."""
    context = browser.new_context(locale=request.param, viewport={"width": 390, "height": 900}, color_scheme="dark")
    page = context.new_page()
    troubles: list[str] = []
    page.on("pageerror", lambda error: troubles.append(str(error)))
    page.on("console", lambda told: troubles.append(told.text) if told.type == "error" else None)
    page.set_default_timeout(PATIENCE * 1000)
    page.goto(f"{house.address}/accounts/login/?next=/videos/{video}/generate/")
    page.fill("[name=username]", "write-fay")
    page.fill("[name=password]", PASSWORD)
    page.locator("main form button[type=submit]").click()
    page.wait_for_url(f"**/videos/{video}/generate/")
    yield page
    context.close()
    assert not troubles


def test_one_of_three_is_taken_by_keys_and_own_words_are_kept(page: Page, shots: Path) -> None:
    prompt, final = page.locator("[name=prompt]"), page.locator("#final")
    expect(prompt).to_have_value("ginger cat on window, warm tones")
    expect(page.get_by_text("гхмыр").first).to_be_visible()
    page.locator("#take-literal").focus()
    page.keyboard.press("ArrowRight")
    expect(prompt).to_have_value("ginger cat on window, dramatic lighting, deep shadows")
    expect(final).to_contain_text("deep shadows")
    expect(page.locator("#take-dramatic")).to_be_focused()

    prompt.press("Control+End")
    prompt.press_sequentially(", красная лодка")
    expect(page.locator("#take-own")).to_be_checked()
    expect(final).to_contain_text("red boat")
    assert not [letter for letter in final.locator(".quote").inner_text() if "а" <= letter.lower() <= "я"]

    page.locator("label:has(#take-minimal)").click()
    expect(prompt).to_have_value("ginger cat, plain background")
    page.locator("label:has(#take-own)").click()
    expect(prompt).to_have_value("ginger cat on window, dramatic lighting, deep shadows, красная лодка")
    page.screenshot(
        path=shots / f"written-prompts-{page.evaluate('document.documentElement.lang')}.png", full_page=True
    )
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
