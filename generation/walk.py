"""The walk: the stages of a prompt and of a request, in the order in which they happen. Read this first.

``write_walk`` and ``paint_walk`` need no rows: the shell calls them too. ``serve_draft`` and ``serve_request`` are the
worker's: rows in, walk, rows out.
"""

from __future__ import annotations

import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from generation.material import material_of, seen_of
from generation.stages.check import check
from generation.stages.describe import Seen, describe
from generation.stages.engine_door import engine
from generation.stages.enlarge import enlarge
from generation.stages.finish import finish
from generation.stages.paint import paint
from generation.stages.screen import screen
from generation.stages.write import SOURCE, write
from generation.work import Tell, Work
from imagecreator.jobs import Lease, State

if TYPE_CHECKING:
    from collections.abc import Iterator

    from generation.engine import Engine
    from generation.facts import Facts
    from generation.models import GenerationRequest, PromptDraft
    from generation.prompt_form import Material, Written

PAINTING = {"screen": screen, "paint": paint, "enlarge": enlarge, "check": check}


def write_walk(material: Material, seen: Seen, tell: Tell, timings: dict[str, float]) -> tuple[Written, Facts | None]:
    """Look at the frames and write the prompt."""
    with _timed("describe", timings):
        facts = describe(seen, tell)
    with _timed("write", timings):
        written = write(material, facts, tell)
    return written, facts


def paint_walk(work: Work, painter: Engine, tell: Tell) -> None:
    """Paint what ``work`` asks for; afterwards ``work.pictures`` have the exact size and have been checked."""
    for name, stage in PAINTING.items():
        with _timed(name, work.timings):
            stage(work, painter, tell)


def serve_draft(lease: Lease[PromptDraft]) -> None:
    """Write the prompt of a leased draft."""
    draft = lease.row()
    written, facts = write_walk(material_of(draft), seen_of(draft), lease.tell, {})
    lease.end(
        State.DONE,
        prompt=written.prompt,
        negative=written.negative,
        facts=facts.to_dict() if facts else {},
        source=SOURCE,
    )


def serve_request(lease: Lease[GenerationRequest]) -> None:
    """Paint a leased request."""
    request = lease.row()
    painter = engine()
    work = Work(
        target=request.size,
        prompt=request.prompt,
        negative=request.negative,
        count=request.count,
        seed=request.seed,
        steps=request.steps_asked,
    )
    paint_walk(work, painter, lease.tell)
    finish(lease, work, painter.profile)


@contextmanager
def _timed(name: str, timings: dict[str, float]) -> Iterator[None]:
    start = time.perf_counter()
    yield
    timings[name] = round(time.perf_counter() - start, 3)
