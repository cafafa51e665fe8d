"""Work that cannot be interrupted, in a side thread, so that whoever waits for it can still be told to stop."""

from __future__ import annotations

import threading
from concurrent.futures import Future, wait
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")

EVERY = 0.3  # seconds between two looks at whether somebody cancelled


class Stopped(Exception):
    """Raised in the side thread: nobody waits for it any more."""


def aside(work: Callable[[Callable[[int, int | None], None]], T], tell: Callable[[int, int], None]) -> T:
    """Return what ``work`` returns, or raise what it raises.

    ``work`` is given a function to say how far it is: (done, all), or None for all where nobody knows. ``tell`` is
    called here with the latest of it, and what it raises is raised at once. ``work`` then hears of it the next time it
    says something; until then it goes on, with nobody listening. It must not use the database.
    """
    done: Future[T] = Future()
    stop = threading.Event()
    latest = [(0, 0)]

    def note(step: int, steps: int | None) -> None:
        if stop.is_set():
            raise Stopped
        latest[0] = (step, steps or 0)

    def run() -> None:
        try:
            done.set_result(work(note))
        except BaseException as problem:  # noqa: BLE001 - it is raised where somebody waits
            done.set_exception(problem)

    threading.Thread(target=run, name="aside", daemon=True).start()
    try:
        while not done.done():
            tell(*latest[0])
            wait([done], EVERY)
    finally:
        stop.set()
    return done.result()
