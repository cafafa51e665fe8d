"""The worker's part: leased rows in, the walk, rows out. Every row has its own end.

Nothing here raises but ``Spent``, where the card failed.
"""

from __future__ import annotations

import json
import logging
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from generation.asked import work_of
from generation.engine.guides.skeleton import to_json
from generation.looks import show, take_away
from generation.material import material_of, seen_of
from generation.models import Guide, PromptDraft, Reference
from generation.models.looked_at import fingerprint, writer_name
from generation.models.reference import keep_reference
from generation.moderation import is_title_allowed, refuse_or_hold
from generation.stages.check import may_pass_unchecked
from generation.stages.engine_door import engine
from generation.stages.finish import finish
from generation.stages.writers import writers
from generation.walk import begin, complete, guide_walk, paint_together, write_walk
from imagecreator.errors import ExpectedError
from imagecreator.queue.batch import Batch
from imagecreator.queue.lease import Cancelled, Lease, LeaseLost, kept_alive
from imagecreator.queue.models import Measured
from imagecreator.queue.serve import attempt, end_badly, is_away, spared
from imagecreator.queue.standing import what
from imagecreator.queue.states import State

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PIL.Image import Image

    from generation.engine import Engine
    from generation.engine.jobs import GuideKind
    from generation.models import GenerationRequest
    from generation.work import Look, Work

logger = logging.getLogger(__name__)

MOST_UNKNOWN = 30  # words of a description that are listed


def serve_draft(lease: Lease[PromptDraft]) -> None:
    """Write the prompt of a leased draft."""
    draft = lease.row()
    read = fingerprint(draft.subject, draft.target)
    material = material_of(draft)
    material = replace(material, title_allowed=is_title_allowed(draft.owner, material.title))
    drafted, described = write_walk(material, seen_of(draft), writers(), lease.tell, {})
    lease.end(
        State.DONE,
        prompt=drafted.written.prompt,
        negative=drafted.written.negative,
        variations=drafted.written.variations,
        facts=described.facts.to_dict() if described.facts else {},
        captions=list(described.captions),
        captioner=described.captioner,
        captions_fault=described.fault,
        unknown_words=list(drafted.unknown[:MOST_UNKNOWN]),
        source=drafted.source,
        writer=writer_name() if drafted.source == PromptDraft.Source.MODEL else "",
        fallback=drafted.fallback,
        fingerprint=read,
    )


def serve_guide(lease: Lease[Guide]) -> None:
    """Find what a leased guide is to be followed in."""
    row = lease.row()
    kind: GuideKind = "pose" if row.guide_kind == Guide.Kind.POSE else "face"
    found = guide_walk(row.picture.open(), kind, lease.tell)
    poses = json.loads(to_json(found.poses)) if found.poses else []
    drawing = row.picture if found.is_drawn else None
    if found.drawing:
        drawing = keep_reference(row.owner, found.drawing, Reference.Source.FOUND)
    try:
        lease.end(State.DONE, found=poses, poses=poses, boxes=found.boxes, drawing=drawing)
    except BaseException:
        if drawing is not None and drawing != row.picture:
            drawing.delete()
        raise


@dataclass(frozen=True)
class Asked:
    """A request in hand: its lease, its row as it was read, and what becomes of it."""

    lease: Lease[GenerationRequest]
    request: GenerationRequest
    work: Work


def serve_requests(leases: Sequence[Lease[GenerationRequest]]) -> None:
    """Paint leased requests that share a batch."""
    began = time.monotonic()
    with kept_alive(leases), spared(leases):
        asked = [one for lease in leases if (one := attempt(lease, _begin, lease))]
        try:
            done = [attempt(one.lease, _complete, one) for one in _paint(asked)]
        finally:
            for one in asked:
                take_away(one.request.pk, one.request.count)
    if len(leases) == sum(map(bool, done)):
        seconds = time.monotonic() - began - asked[0].work.timings.get("load", 0.0)
        Measured.objects.note(what(asked[0].request), sum(one.request.count for one in asked), seconds)


def _begin(lease: Lease[GenerationRequest]) -> Asked:
    request = lease.row()
    refuse_or_hold(request)
    work = work_of(request)
    begin(work, lease.tell)
    return Asked(lease, request, work)


def _paint(asked: Sequence[Asked]) -> list[Asked]:
    """Paint the works together. Return those that are still worth working for: none after a failure."""
    if not asked:
        return []
    batch = Batch([one.lease for one in asked])
    try:
        painter = engine(asked[0].request.profile)
        paint_together([one.work for one in asked], painter, batch.tell, _look(asked, batch, painter))
    except (Cancelled, LeaseLost):  # of the last one: all have ended
        return []
    except Exception as problem:  # noqa: BLE001 - the worker must live; the rows and the log say what happened
        _fail(batch.live, problem)
        return []
    return [one for one in asked if one.lease in batch.live]


def _look(asked: Sequence[Asked], batch: Batch[GenerationRequest], painter: Engine) -> Look | None:
    """Shows a picture in the making to its owner. None: what may have to be held must not be seen before."""
    whose = {id(one.work): one for one in asked}

    def look(work: Work, number: int, image: Image) -> None:
        one = whose[id(work)]
        if one.lease in batch.live:  # who has left may be painted by another worker by now
            show(one.request.pk, number, image)

    return look if may_pass_unchecked(painter.profile) else None


def _complete(one: Asked) -> bool:
    painter = engine(one.request.profile)
    complete(one.work, painter, one.lease.tell, _look([one], Batch([one.lease]), painter))
    finish(one.lease, one.work, painter.profile)
    return True


def _fail(leases: Sequence[Lease[GenerationRequest]], problem: Exception) -> None:
    """End the rows with what went wrong; where nobody knows whose fault it is, each is tried again, alone."""
    blameless = len(leases) > 1 and not (isinstance(problem, ExpectedError | OSError) or is_away(problem))
    if blameless:
        logger.error("a batch of %d failed; each is tried alone", len(leases), exc_info=problem)
    for lease in leases:
        if not blameless:
            end_badly(lease, problem)
        else:
            attempt(lease, lease.give_back)
