"""``python -m imagecreator.demo``: starts the site and a worker, does the main job as a browser would, and stays up."""

from __future__ import annotations

import argparse
import os
import signal
import sys
import time
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from django.core.exceptions import ImproperlyConfigured

from imagecreator.demo import journey, programs
from imagecreator.demo.browser import Browser
from imagecreator.demo.errors import DemoError
from imagecreator.demo.sample import DESCRIPTION, TITLE, draw_sample
from imagecreator.demo.terminal import say, step

if TYPE_CHECKING:
    from collections.abc import Callable

STOPPING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
ROOT = Path(__file__).resolve().parent.parent.parent


class Stopped(BaseException):
    """Somebody asked the demonstration to end (Ctrl-C or a signal)."""


def main() -> int:
    """Run the demonstration; return the exit status."""
    asked = _arguments()
    os.environ.setdefault("UNCHECKED_UPLOADS", "allow")  # who looks at it alone needs no moderator
    for number in STOPPING:
        signal.signal(number, _stop)
    try:
        _check(asked)
        data = _data_folder()
    except DemoError as problem:
        say(f"Error: {problem}")
        return 1
    try:
        _run(data, asked)
    except DemoError as problem:
        say(f"\nError: {problem}\nThe logs are in {data / 'logs'}.")
        return 1
    except Stopped:
        say("\nStopped before the job was done.")
        return 130
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m imagecreator.demo", description="Show the main job, end to end.")
    parser.add_argument("--once", action="store_true", help="end after the job")
    parser.add_argument("--video", type=Path, help="a video of your own; without it a sample is drawn")
    parser.add_argument("--title", help="its title")
    parser.add_argument("--port", type=_port, default=8000, help="the port of the site")
    return parser.parse_args()


def _port(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 0 < int(text) < 65536):
        raise argparse.ArgumentTypeError(f"“{text}” is no port; it takes a number from 1 to 65535")
    return int(text)


def _check(asked: argparse.Namespace) -> None:
    programs.check_port(asked.port)
    if asked.video and not asked.video.is_file():
        raise DemoError(f"There is no video {asked.video}; name one with make demo VIDEO=path.")


def _data_folder() -> Path:
    """Ask the settings, which make the folder."""
    try:
        from imagecreator.settings import DATA_DIR
    except (ImproperlyConfigured, OSError) as problem:
        raise DemoError(f"The settings cannot be used: {problem}") from problem
    return DATA_DIR


def _run(data: Path, asked: argparse.Namespace) -> None:
    started, logs = time.monotonic(), data / "logs"
    video, title, about = _video(data / "demo", asked)
    with step("Database"):
        programs.migrate(ROOT, logs / "migrate.log")
    with ExitStack() as running:
        with step("Site and worker"):
            site = running.enter_context(programs.the_site(ROOT, logs, asked.port))
            worker = running.enter_context(programs.the_worker(ROOT, logs))

        def check() -> None:
            site.check()
            worker.check()

        with Browser(f"http://{programs.HOST}:{asked.port}") as browser:
            name, password = journey.enter(browser, data / "demo.json")
            page = journey.upload(browser, journey.channel(browser), video, title, about)
            page = journey.wait_for_frames(browser, page, check)
            page = journey.paint(browser, journey.wait_for_prompt(browser, page, check), check)
            pictures = journey.collect(browser, page, data / "demo" / video.stem)
            address = journey.use_first(browser, page).url
        say(f"\nDone in {time.monotonic() - started:.0f} s.")
        for label, value in (
            ("Address", address),
            ("Login", f"{name}, password {password}"),
            ("Pictures", f"\n{'':12}".join(str(file) for file in pictures)),
            ("Data", data),
            ("Logs", logs),
        ):
            say(f"  {label:9} {value}")
        if not asked.once:
            running.enter_context(programs.the_previews(ROOT, logs))
            _stay(check)


def _video(folder: Path, asked: argparse.Namespace) -> tuple[Path, str, str]:
    """Return the file to upload, its title and its description; the sample is drawn the first time."""
    if asked.video:
        return asked.video, asked.title or asked.video.stem, ""
    sample = folder / "sample.mp4"
    if not sample.exists():
        with step("Sample video") as running:
            draw_sample(sample, lambda done, of: running.show("drawing", done, of))
            running.result = str(sample)
    return sample, asked.title or TITLE, DESCRIPTION


def _stay(check: Callable[[], None]) -> None:
    """Keep the site up until somebody ends it; raises ``DemoError`` when a part of it ends by itself."""
    say("\nThe site stays up, and paints previews of its styles. Ctrl-C ends it.")
    try:
        while True:
            check()
            time.sleep(1)
    except Stopped:
        say("\nStopping the site and the worker.")


def _stop(number: int, frame: object) -> NoReturn:
    for each in STOPPING:
        signal.signal(each, signal.SIG_IGN)  # once is enough: what was started must be ended in peace
    raise Stopped


if __name__ == "__main__":
    sys.exit(main())
