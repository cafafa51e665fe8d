"""The main job over HTTP, from an account to an applied thumbnail: one function per thing that a person does."""

from __future__ import annotations

import json
import secrets
import textwrap
import time
from typing import TYPE_CHECKING

from PIL import Image

from imagecreator.demo.errors import DemoError
from imagecreator.demo.terminal import say, step

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from imagecreator.demo.browser import Browser
    from imagecreator.demo.pages import Page
    from imagecreator.demo.terminal import Step

UUID = r"[0-9a-f-]{36}"
SIZE = 1280, 720  # what a thumbnail must measure
COUNT, SEED = 4, 7
POLL_SECONDS = 0.5
PATIENCE_SECONDS = 1800  # for a job that does not move
MB = 1_000_000


def enter(browser: Browser, kept: Path) -> tuple[str, str]:
    """Log in with the account in the file ``kept``, or sign up and keep it there; return name and password."""
    with step("Account") as running:
        if kept.exists():
            account = json.loads(kept.read_text())
            name, password = str(account["username"]), str(account["password"])
            if _log_in(browser, name, password):
                running.result = f"logged in as “{name}”"
                return name, password
        name, password = _sign_up(browser)
        kept.touch(mode=0o600)
        kept.chmod(0o600)
        kept.write_text(json.dumps({"username": name, "password": password}))
        running.result = f"signed up as “{name}”"
        return name, password


def channel(browser: Browser) -> Page:
    """Open the account's channel; the first time, make it."""
    with step("Channel") as running:
        home = browser.get("/")
        if own := home.link(rf"/channels/{UUID}/"):
            running.result = "the one from before"
            return browser.get(own)
        form = browser.get(home.need_link(r"/channels/new/"))
        page = browser.submit(
            form, having="name", name="Demo channel", description="Short films of mountains, the sea and the city."
        )
        running.result = "“Demo channel”"
        return page


def upload(browser: Browser, channel_page: Page, video: Path, title: str, description: str) -> Page:
    """Upload the video with progress; return its page."""
    with step("Upload") as running:
        form = browser.get(channel_page.need_link(rf"/channels/{UUID}/upload/"))
        page = browser.upload(
            form,
            video,
            lambda sent, of: running.show("sending", sent, of),
            title=title,
            description=description,
        )
        running.result = f"“{title}”, {video.stat().st_size / MB:.1f} MB"
        return page


def wait_for_frames(browser: Browser, video_page: Page, check: Callable[[], None]) -> Page:
    """Follow the worker while it reads the video and picks frames; return the finished page."""
    with step("Frames") as running:
        page = _follow(browser, video_page, running, check)
        running.result = f"{len(_frames(page))} candidates"
        return page


def wait_for_prompt(browser: Browser, video_page: Page, check: Callable[[], None]) -> Page:
    """Open the page that asks for a thumbnail, follow the writing of the prompt, and print it."""
    with step("Prompt") as running:
        page = browser.get(video_page.need_link(rf"/videos/{UUID}/generate/"))
        page = _follow(browser, page, running, check)
        prompt = page.form(having="prompt").fields["prompt"].strip()
        if not prompt:
            raise DemoError(f"The prompt is empty. {page.trouble()}")
        running.result = f"{len(prompt.split())} words"
    say(textwrap.fill(prompt, 100, initial_indent="      ", subsequent_indent="      "))
    return page


def paint(browser: Browser, generate_page: Page, check: Callable[[], None]) -> Page:
    """Ask for the pictures and follow them through the stages; return the finished request's page."""
    with step(f"{COUNT} thumbnails") as running:
        page = browser.submit(generate_page, having="prompt", count=str(COUNT), seed=str(SEED))
        page = _follow(browser, page, running, check)
        running.result = f"seed {SEED} and following"
        return page


def collect(browser: Browser, request_page: Page, folder: Path) -> list[Path]:
    """Download the pictures into ``folder`` and look at their sizes."""
    with step("Download") as running:
        if len(request_page.downloads) != COUNT:
            raise DemoError(f"The request shows {len(request_page.downloads)} pictures instead of {COUNT}.")
        folder.mkdir(parents=True, exist_ok=True)
        files: list[Path] = []
        for address, name in request_page.downloads.items():
            file = folder / (name.replace("/", "-") or f"{len(files) + 1}.png")
            browser.download(address, file)
            with Image.open(file) as picture:
                picture.load()
                if picture.size != SIZE:
                    raise DemoError(f"{file} measures {picture.width}×{picture.height} instead of {SIZE[0]}×{SIZE[1]}.")
            files.append(file)
        running.result = f"{len(files)} pictures of {SIZE[0]}×{SIZE[1]}"
        return files


def use_first(browser: Browser, request_page: Page) -> Page:
    """Make the first picture the video's thumbnail; return the video's page."""
    with step("Use the first as the thumbnail"):
        return browser.submit(request_page, action=rf"/images/{UUID}/use/")


def _log_in(browser: Browser, name: str, password: str) -> bool:
    """False where the database no longer knows the account."""
    form = browser.get(browser.get("/").need_link(r"/accounts/login/"))
    try:
        page = browser.submit(form, having="password", username=name, password=password)
    except DemoError:
        return False
    return page.link(r"/channels/new/") is not None


def _sign_up(browser: Browser) -> tuple[str, str]:
    """Take the name “demo”, or where somebody has it, one with a few more letters."""
    password = secrets.token_urlsafe(12)
    form = browser.get(browser.get("/").need_link(r"/accounts/signup/"))
    problem = DemoError("")
    for name in ("demo", f"demo-{secrets.token_hex(3)}"):
        try:
            browser.submit(form, having="password2", username=name, password1=password, password2=password)
        except DemoError as refused:
            problem = refused
        else:
            return name, password
    raise problem


def _follow(browser: Browser, page: Page, running: Step, check: Callable[[], None]) -> Page:
    """Poll the page's job until it ends; return the page afresh. Raises ``DemoError`` with what the page says."""
    address, part = page.url, page
    seen, moved_at = part.job, time.monotonic()
    while part.job is not None and part.job.is_live:
        job = part.job
        words = f"{job.words}, step {job.step} of {job.steps}" if job.steps else job.words
        running.show(words if running.tty else job.words, job.percent, 100 if job.steps else 0)
        time.sleep(POLL_SECONDS)
        check()
        part = browser.get(job.poll)
        if part.job != seen:
            seen, moved_at = part.job, time.monotonic()
        elif time.monotonic() - moved_at > PATIENCE_SECONDS:
            raise DemoError(f"Nothing has moved for {PATIENCE_SECONDS // 60} minutes: “{job.words}”.")
    if part.job is not None and part.job.state != "done":
        raise DemoError(f"It ended as “{part.job.words or part.job.state}”. {' '.join(part.problems)}".rstrip())
    return browser.get(address)


def _frames(page: Page) -> set[str]:
    return {form.action for form in page.forms if "/frames/" in form.action}
