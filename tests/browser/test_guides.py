"""Following people in Chromium: a worker looks at a picture, joints are dragged, and what is stored is painted."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect

from generation.engine.tiny import build_tiny
from tests.generation.engine.guides.photos import beside, photo
from tests.live.house import PATIENCE, House, until
from tests.rows import PASSWORD

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.xdist_group("live")
expect.set_options(timeout=PATIENCE * 1000)

LEFT_WRIST = 7
ROWS = """
from tests.rows import a_channel, a_draft, a_user, a_video
video = a_video(a_channel(a_user("pose-pat")))
a_draft(video)
print(video.pk)
"""


@pytest.fixture(scope="module")
def guided(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A site whose model has ControlNets."""
    folder = tmp_path_factory.mktemp("guided")
    build_tiny(folder / "models" / "tiny")
    house = House(folder / "house", PROFILE="tiny", MODELS_DIR=str(folder / "models"))
    house.start_site()
    house.start_worker()
    yield house
    house.close()


@pytest.fixture(scope="module")
def video(guided: House) -> str:
    return guided.manage("shell", "--no-imports", "-c", ROWS).split()[-1]


@pytest.fixture(scope="module")
def group(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A photo of two people."""
    path = tmp_path_factory.mktemp("photos") / "two.png"
    beside(photo("astronaut"), photo("camera")).save(path)
    return path


@pytest.fixture
def page(guided: House, video: str, browser: Browser) -> Iterator[Page]:
    """The generate page."""
    context = browser.new_context(locale="en-GB", viewport={"width": 1280, "height": 900})
    page = context.new_page()
    page.set_default_timeout(PATIENCE * 1000)
    page.goto(f"{guided.address}/accounts/login/?next=/videos/{video}/generate/")
    page.fill("[name=username]", "pose-pat")
    page.fill("[name=password]", PASSWORD)
    page.locator("main form button[type=submit]").click()
    page.wait_for_url(f"**/videos/{video}/generate/")
    yield page
    context.close()


def look_at(page: Page, kind: str, picture: Path) -> None:
    """Choose a picture to follow, and wait until a worker has looked at it."""
    page.locator("[data-field=guides] summary").click()
    page.get_by_role("button", name=f"Choose a {kind}").click()
    page.set_input_files("[name=picture]", picture)
    page.get_by_role("button", name="Follow this file").click()
    expect(page.locator("#found")).to_be_visible()


def poses(page: Page) -> list[list[Any]]:
    """What would be sent."""
    found: list[list[Any]] = json.loads(page.locator("[name=poses]").input_value())
    return found


def drag(page: Page, joint: int, right: float, down: float) -> None:
    box = page.locator(f"[data-pose-person]:not([data-other]) [data-pose-joint='{joint}'] .pose__dot").bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + right / 2, y + down / 2)
    page.mouse.move(x + right, y + down)
    page.mouse.up()


def test_joints_are_dragged_stored_and_painted(page: Page, guided: House, group: Path, shots: Path) -> None:
    page.fill("[name=prompt]", "two people by the sea")
    look_at(page, "pose", group)
    found = poses(page)
    assert len(found) == 2
    page.screenshot(path=shots / "pose.png", full_page=True)
    joint = next(number for number in (LEFT_WRIST, 5, 2) if found[0][number])
    by_mouse_and_keys(page, joint)
    by_the_list(page)
    sent = poses(page)
    page.screenshot(path=shots / "pose-dragged.png", full_page=True)

    page.get_by_role("button", name="Use it").click()
    page.wait_for_url("**/generate/?*pose=*")
    expect(page.locator("[name=prompt]")).to_have_value("two people by the sea")
    expect(page.locator("[data-lead=pose] .pose__stage")).to_be_visible()
    stored = guided.value("SELECT poses FROM generation_guide ORDER BY created_at DESC LIMIT 1")
    assert json.loads(stored) == sent
    painted(page, guided, sent, shots)

    page.get_by_role("link", name="Generate more").click()
    expect(page.locator("[name=pose_strength]")).to_have_value("0.95")
    page.get_by_role("button", name="Move the joints").click()
    expect(page.locator("[data-pose-followed]")).to_have_text("Followed: 1 of 2.")
    page.get_by_role("button", name="As it was found").click()
    expect(page.locator("[data-pose-followed]")).to_be_hidden()
    no_more_is_undone_than_is_kept(page)
    assert poses(page) == found
    page.get_by_role("button", name="Use it").click()
    page.wait_for_url("**/generate/?*pose=*")
    expect(page.locator("[name=pose_strength]")).to_have_value("0.95")
    assert guided.value("SELECT count(*) FROM generation_guide") == 2, "what was painted stays as it was"
    page.get_by_role("button", name="Follow nobody").click()
    expect(page.get_by_role("button", name="Choose a pose")).to_be_visible()
    expect(page.locator("[name=prompt]")).to_have_value("two people by the sea")


def by_mouse_and_keys(page: Page, joint: int) -> None:
    """Move a joint of the first person, right and up."""
    found = poses(page)
    stage = page.locator("[data-pose-stage] img").bounding_box()
    assert stage is not None
    drag(page, joint, 40, -30)
    moved = poses(page)[0][joint]
    assert moved[0] - found[0][joint][0] == pytest.approx(40 / stage["width"], abs=0.004)
    assert moved[1] - found[0][joint][1] == pytest.approx(-30 / stage["height"], abs=0.004)
    others = [[point for number, point in enumerate(each[0]) if number != joint] for each in (poses(page), found)]
    assert others[0] == others[1]
    page.get_by_role("button", name="Undo").click()
    assert poses(page) == found

    drag(page, joint, 40, -30)
    expect(page.locator(f"[data-pose-person]:not([data-other]) [data-pose-joint='{joint}']")).to_be_focused()
    for _ in range(3):
        page.keyboard.press("Shift+ArrowDown")
    assert poses(page)[0][joint][1] - moved[1] == pytest.approx(30 / stage["height"], abs=0.004)
    page.keyboard.press("Control+z")
    assert poses(page)[0][joint] == moved
    cyrillic = {"key": "я", "code": "KeyZ", "ctrlKey": True, "bubbles": True}
    page.locator("[data-pose-stage]").dispatch_event("keydown", cyrillic)
    assert poses(page) == found


def by_the_list(page: Page) -> None:
    """Hide the first person's nose, and remove the second person."""
    before = poses(page)[0][0]
    nose = page.locator("[data-pose-seen='0']")
    nose.uncheck()
    assert poses(page)[0][0] is None
    nose.check()
    assert poses(page)[0][0] == before
    nose.uncheck()
    page.get_by_role("button", name="Person 2").click()
    followed = page.locator("[data-pose-followed]")
    expect(followed).to_be_hidden()
    page.get_by_role("button", name="Remove this person").click()
    assert len(poses(page)) == 1
    expect(followed).to_have_text("Followed: 1 of 2.")
    page.get_by_role("button", name="Remove this person").click()
    expect(page.get_by_text("Nobody is left to follow")).to_be_visible()
    expect(page.get_by_role("button", name="Use it")).to_be_disabled()
    page.get_by_role("button", name="Undo").click()


def no_more_is_undone_than_is_kept(page: Page) -> None:
    """Of 104 changes, the last hundred."""
    nose = page.locator("[data-pose-seen='0']")
    for number in range(104):
        nose.set_checked(number % 2 == 1)
    undo = page.get_by_role("button", name="Undo")
    for _ in range(100):
        undo.click()
    expect(undo).to_be_disabled()


def painted(page: Page, guided: House, sent: list[list[Any]], shots: Path) -> None:
    """Ask for a picture with a weaker and shorter guide, and wait until it is there."""
    slider = page.locator("[data-field=pose_strength] [type=range]")
    slider.focus()
    slider.press("ArrowLeft")
    expect(page.locator("[name=pose_strength]")).to_have_value("0.95")
    page.fill("[name=pose_end]", "0.8")
    page.screenshot(path=shots / "guiding.png", full_page=True)
    page.locator("[name=count][value='1']").check()
    page.get_by_role("button", name="Generate", exact=True).click()
    page.wait_for_url("**/requests/**")
    until(lambda: guided.value("SELECT state FROM generation_generationrequest") in ("done", "held"), "it is painted")
    use = guided.rows('SELECT poses, strength, "begin", "end" FROM generation_guideuse')[0]
    assert (json.loads(use[0]), *use[1:]) == (sent, 0.95, 0.0, 0.8)
    page.reload()
    expect(page.get_by_text("strength 0.95, steps from 0 to 0.8")).to_be_visible()
    page.screenshot(path=shots / "guided-request.png", full_page=True)


def test_a_finger_drags_on_a_small_screen_in_the_dark_and_in_russian(
    guided: House, video: str, browser: Browser, group: Path, shots: Path
) -> None:
    context = browser.new_context(
        locale="ru", viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True, color_scheme="dark"
    )
    page = context.new_page()
    page.set_default_timeout(PATIENCE * 1000)
    page.goto(f"{guided.address}/accounts/login/?next=/videos/{video}/generate/guides/pose/")
    page.fill("[name=username]", "pose-pat")
    page.fill("[name=password]", PASSWORD)
    page.locator("main form button[type=submit]").click()
    page.set_input_files("[name=picture]", group)
    page.screenshot(path=shots / "choose-guide-small.png", full_page=True)
    page.locator("main form button[type=submit]").first.click()
    expect(page.locator("#found")).to_be_visible()
    found = poses(page)
    page.screenshot(path=shots / "pose-small.png", full_page=True)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390

    box = page.locator("[data-pose-person]:not([data-other]) [data-pose-joint='5'] .pose__dot").bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2 + 8, box["y"] + box["height"] / 2 + 8
    touch = context.new_cdp_session(page)
    for kind, points in (
        ("touchStart", [{"x": x, "y": y}]),
        ("touchMove", [{"x": x, "y": y + 15}]),
        ("touchMove", [{"x": x, "y": y + 30}]),
        ("touchEnd", []),
    ):
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
    assert poses(page)[0][5] != found[0][5]
    assert page.evaluate("scrollY") == 0, "the page stays where it is"
    page.locator("[data-pose-use]").click()
    page.wait_for_url("**/generate/?*pose=*")
    expect(page.locator("[data-lead=pose] .pose__stage")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.locator("[data-field=guides]").screenshot(path=shots / "guiding-small.png")
    context.close()


def test_faces_are_looked_at_and_both_are_followed(page: Page, group: Path, shots: Path, tmp_path: Path) -> None:
    look_at(page, "face", group)
    expect(page.locator("#found")).to_contain_text("found")
    page.screenshot(path=shots / "face.png", full_page=True)
    page.get_by_role("button", name="Use it").click()
    page.wait_for_url("**/generate/?*face=*")
    expect(page.locator("[data-lead=face] .pose__stage")).to_be_visible()
    cup = tmp_path / "cup.png"
    photo("coffee").save(cup)
    page.get_by_role("button", name="Choose a pose").click()
    page.set_input_files("[name=picture]", cup)
    page.get_by_role("button", name="Follow this file").click()
    expect(page.get_by_text("Nobody was found in the picture.")).to_be_visible()
    expect(page.locator(".pose__stage img")).to_be_visible()
    page.screenshot(path=shots / "nobody.png", full_page=True)
    page.get_by_role("link", name="Another picture").click()
    page.get_by_role("link", name="Back").click()
    expect(page.locator("[data-lead=face] .pose__stage")).to_be_visible()
