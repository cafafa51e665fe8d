"""The walk: the stages of a prompt, of a guide and of a request, in the order in which they happen. Read this first.

Nothing here knows rows but rules: the shell walks the same stages. The worker's side is in ``generation.serve``.
"""

from __future__ import annotations

import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from generation.stages.check import check, refuse_broken
from generation.stages.describe import Seen, describe
from generation.stages.enlarge import enlarge
from generation.stages.guide import guide
from generation.stages.load import load
from generation.stages.paint import paint
from generation.stages.restyle import restyle
from generation.stages.screen import screen
from generation.stages.take import take
from generation.stages.write import write

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from PIL.Image import Image

    from generation.engine import Engine
    from generation.engine.jobs import GuideKind
    from generation.prompt_form import Material
    from generation.stages.describe import Described
    from generation.stages.guide import Found
    from generation.stages.write import Drafted
    from generation.stages.writers import Writers
    from generation.work import Look, Tell, Work


def write_walk(
    material: Material, seen: Seen, writers: Writers, tell: Tell, timings: dict[str, float]
) -> tuple[Drafted, Described]:
    """Look at the frames and write the prompt, each with the models that there are."""
    with _timed("describe", timings):
        described = describe(seen, writers.painter, tell)
    with _timed("write", timings):
        drafted = write(material, described, writers.profile, writers.language, tell)
    return drafted, described


def guide_walk(picture: Image, kind: GuideKind, tell: Tell) -> Found:
    """Look for what the people in a picture could be followed in."""
    return guide(picture, kind, tell)


def paint_walk(work: Work, painter: Engine, tell: Tell) -> None:
    """Paint what ``work`` asks for; afterwards ``work.pictures`` have the exact size and have been checked."""
    begin(work, tell)
    paint_together([work], painter, tell)
    complete(work, painter, tell)


def begin(work: Work, tell: Tell) -> None:
    """What comes before a graphics card is used."""
    with _timed("screen", work.timings):
        screen(work, tell)


def paint_together(works: Sequence[Work], painter: Engine, tell: Tell, look: Look | None = None) -> None:
    """Paint works that may share a batch, or take what is only touched up.

    Each is told the time of the whole batch, for that is what it waited. What is only touched up needs the models for
    their checker alone.
    """
    timings: dict[str, float] = {}
    touched_up = works[0].touch_up
    if touched_up:
        for work in works:
            take(work, painter.profile)
    if not painter.loaded and (not touched_up or painter.profile.safety == "checker"):
        with _timed("load", timings):
            load(painter, tell)
    if not touched_up:
        with _timed("paint", timings):
            paint(works, painter, tell, look)
    for work in works:
        work.timings |= timings


def complete(work: Work, painter: Engine, tell: Tell, look: Look | None = None) -> None:
    """Bring painted pictures to their exact size, restyle them where that is asked for, and check them.

    ExpectedError("bad_picture") before all that where one of them is broken.
    """
    refuse_broken(work)
    with _timed("enlarge", work.timings):
        enlarge(work, painter, tell)
    if work.style is not None:
        with _timed("restyle", work.timings):
            restyle(work, painter, tell, look)
    with _timed("check", work.timings):
        check(work, painter, tell)


@contextmanager
def _timed(name: str, timings: dict[str, float]) -> Iterator[None]:
    start = time.perf_counter()
    yield
    timings[name] = round(time.perf_counter() - start, 3)
