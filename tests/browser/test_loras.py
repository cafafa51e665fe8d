"""LoRAs in a browser: a wrong file is refused in place, a good one is followed to its end without a reload."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.generation import lora_shapes as shapes

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, Page

    from tests.live.house import House

pytestmark = pytest.mark.xdist_group("live")

SOMEBODY = """
from django.contrib.auth.models import Permission
from tests.rows import *
a_user("{name}").user_permissions.add(Permission.objects.get(codename="add_lora"))
"""
SAME = {  # what is looked for, in both languages
    "en": (
        "Add a LoRA",
        "This LoRA is made for another model",
        "Done",
        "You can paint with it.",
        "Waiting for approval",
    ),
    "ru": ("Добавить LoRA", "Эта LoRA сделана не для той модели", "Готово", "с ней рисовать", "Ждёт одобрения"),
}


@pytest.fixture(params=[("en", 1280, "light"), ("ru", 390, "dark")], ids=["en-wide-light", "ru-narrow-dark"])
def visitor(request: pytest.FixtureRequest, browser: Browser) -> Iterator[tuple[Page, str]]:
    """A page in a language, a width and a scheme; whatever the console complains about fails the test."""
    language, width, scheme = request.param
    context = browser.new_context(locale=language, viewport={"width": width, "height": 900}, color_scheme=scheme)
    page = context.new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    yield page, language
    context.close()
    assert complaints == []


def test_adding_from_a_file(visitor: tuple[Page, str], house: House, tmp_path: Path, shots: Path) -> None:
    page, language = visitor
    title, misfit, done, usable, waiting = SAME[language]
    house.manage("shell", "--verbosity", "0", "-c", SOMEBODY.format(name=f"ada-{language}"))
    wrong, good = tmp_path / "large.safetensors", tmp_path / f"Brush {language}.safetensors"
    wrong.write_bytes(shapes.kohya(shapes.SDXL))
    good.write_bytes(shapes.kohya(seed=len(language) + ord(language[0])))
    page.goto(f"{house.address}/accounts/login/?next=/loras/")
    page.fill("[name=username]", f"ada-{language}")
    page.fill("[name=password]", "correct horse battery")
    page.click("main button[type=submit]")
    expect(page.locator("#add-title")).to_have_text(title)

    page.set_input_files("[name=file]", wrong)
    page.fill("[name=licence]", "CC0")
    page.fill("[name=source]", "by hand")
    page.click("form[data-upload] button[type=submit]")
    expect(page.locator('[data-field="file"] .errorlist')).to_contain_text(misfit)
    expect(page.locator("[name=licence]")).to_have_value("CC0")
    page.screenshot(path=shots / f"loras-refused-{language}.png", full_page=True)

    page.set_input_files("[name=file]", good)
    page.click("form[data-upload] button[type=submit]")
    page.wait_for_url("**/loras/imports/*/")
    expect(page.locator("#job .badge")).to_have_text(done, timeout=60_000)
    expect(page.locator("#job")).to_contain_text(usable)
    page.click("#job a.button")
    expect(page.locator("h1")).to_have_text(f"Brush {language}")
    expect(page.locator(".badge")).to_have_text(waiting)
    page.goto(f"{house.address}/loras/")
    expect(page.locator(".lora__name", has_text=f"Brush {language}")).to_have_count(1)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.screenshot(path=shots / f"loras-{language}.png", full_page=True)


RUNNING = """
from datetime import timedelta
from tests.rows import *
user = a_user("{name}")
user.user_permissions.add(Permission.objects.get(codename="add_lora"))
a_lora_import(user, name="Slow", state="running", lease_until=timezone.now() + timedelta(hours=1))
"""
ENDED = """
from tests.rows import *
row = LoraImport.objects.filter(owner__username="{name}")
row.update(state="done", lora=a_lora_row("Came {name}", b"{name}"))
"""


def test_a_half_filled_form_stays_when_an_import_ends(visitor: tuple[Page, str], house: House) -> None:
    page, language = visitor
    name = f"lin-{language}"
    imports = "from django.contrib.auth.models import Permission\n"
    house.manage("shell", "--verbosity", "0", "-c", imports + RUNNING.format(name=name))
    page.goto(f"{house.address}/accounts/login/?next=/loras/")
    page.fill("[name=username]", name)
    page.fill("[name=password]", "correct horse battery")
    page.click("main button[type=submit]")
    expect(page.locator("#job .lora__name")).to_have_text("Slow")
    page.fill("[name=name]", "Half")
    house.manage("shell", "--verbosity", "0", "-c", ENDED.format(name=name))
    expect(page.locator("#loras .lora__name", has_text=f"Came {name}")).to_have_count(1)
    expect(page.locator("#job .lora__name")).to_have_count(0)
    expect(page.locator("[name=name]")).to_have_value("Half")
