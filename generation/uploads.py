"""Uploads: each is looked at before anybody sees or uses it, by the safety checker, else by a moderator.

Pictures in their places, references and the frames of videos alike: ``look_first`` hears of them when they are written,
``serve_check`` is the worker's part, and ``hold_forgotten`` sees to it that nothing waits for a look that never comes.
"""

from __future__ import annotations

import hashlib
import logging
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.exceptions import ObjectDoesNotExist
from django.db import transaction
from django.db.models import Exists, OuterRef

from channels_app.models import Frame, Picture, Video
from channels_app.models.picture import put_up, take_down
from channels_app.models.sight import Sight
from generation.models import Flag, PromptDraft, Reference, Ruling, UploadCheck
from generation.models.flag import FRAMES
from generation.models.profiles import profile_in_use
from generation.models.ruling import file_digest
from generation.models.upload_check import opened, waiting_in
from generation.moderation import raise_flag
from generation.stages.check import Judgement, judge
from generation.stages.engine_door import engine
from imagecreator.errors import ExpectedError
from imagecreator.queue.changes import enqueue
from imagecreator.queue.states import LIVE, State

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PIL.Image import Image

    from generation.models.upload_check import Upload
    from imagecreator.queue.lease import Lease

logger = logging.getLogger(__name__)

MOST_HELD = 100  # uploads of one person that wait for a moderator
AT_ONCE = 100  # that one look of ``hold_forgotten`` sees to


def pass_unchecked() -> bool | None:
    """What happens to uploads where nothing can look at them; None where the profile in use has a checker.

    So it is, too, where that profile cannot be read: then the check fails, and holds.
    """
    profile = profile_in_use()
    if profile is None or profile.safety == "checker":
        return None
    return bool(settings.UNCHECKED_UPLOADS == "allow")


def look_first(thing: Upload, content: bytes = b"") -> None:
    """Hide what has just been brought until it was looked at, unless the same file was allowed before.

    ``content`` is its file. ExpectedError("too_many_held") where somebody has too many uploads that wait already.
    """
    file = hashlib.sha256(content).hexdigest() if content else ""
    decided = Ruling.objects.of_file(thing.owner, file) if file else None
    passes = pass_unchecked()
    if decided or (decided is None and passes):
        return
    held = Flag.objects.filter(owner=thing.owner, kind=Flag.Kind.UPLOAD, state=Flag.State.OPEN)
    if not isinstance(thing, Video) and held.count() >= MOST_HELD:
        raise ExpectedError("too_many_held", limit=MOST_HELD)
    if decided is None and passes is None:
        _hide(thing, Sight.WAITS)
        enqueue(UploadCheck.of(thing))
    else:
        _hide(thing, Sight.HELD)
        _flag(thing, Judgement(Flag.Reason.UNCHECKED if decided is None else Flag.Reason.REPEATED), file=file)


def serve_check(lease: Lease[UploadCheck]) -> None:
    """Look at what a leased row is about, and show or hold it."""
    rows = waiting_in(lease.row().upload)
    judged = []
    for number, row in enumerate(rows):  # one at a time: frames may be large, and each has the checker's time to itself
        lease.tell("check", number, len(rows))
        judged.append(_judged(opened(row)))
    with transaction.atomic():
        lease.end(State.DONE, scores=[one.scores for one in judged])
        _settle(UploadCheck.objects.get(pk=lease.pk).upload, rows, judged)


def hold_forgotten() -> int:
    """Hold what waits for a look that failed, was cancelled or is gone; return how many."""
    live = UploadCheck.objects.filter(state__in=LIVE)
    pictures, references = Picture.objects.filter(sight=Sight.WAITS), Reference.objects.filter(sight=Sight.WAITS)
    videos = Video.objects.filter(pk__in=Frame.objects.filter(sight=Sight.WAITS).values("video"))
    forgotten: list[Upload] = [
        *pictures.exclude(Exists(live.filter(picture=OuterRef("pk"))))[:AT_ONCE],
        *references.exclude(Exists(live.filter(reference=OuterRef("pk"))))[:AT_ONCE],
        *videos.exclude(Exists(live.filter(video=OuterRef("pk"))))[:AT_ONCE],
    ]
    for upload in forgotten:
        with suppress(ObjectDoesNotExist), transaction.atomic():  # it may be deleted, or looked at anew, by now
            if live.filter(**{str(upload._meta.model_name): upload}).exists():
                continue
            rows = waiting_in(upload)
            _settle(upload, rows, [Judgement(Flag.Reason.CHECKER_FAILED)] * len(rows))
    return len(forgotten)


def _judged(image: Image) -> Judgement:
    """What becomes of it. Where nothing can look, it is held; a card that failed is tried again."""
    try:
        return judge(engine(), [image], unchecked_pass=settings.UNCHECKED_UPLOADS == "allow")[0]
    except Exception as problem:
        if isinstance(problem, ExpectedError) and problem.code == "card_failed":
            raise
        logger.exception("nothing can look at uploads, they are held")
        return Judgement(Flag.Reason.CHECKER_FAILED)


def _settle(upload: Upload, rows: Sequence[Any], judged: Sequence[Judgement]) -> None:
    """Show what passed and hold the rest; what no longer waits stays as it is."""
    waiting = [
        (row, one)
        for row, one in zip(rows, judged, strict=True)
        if type(row).objects.filter(pk=row.pk, sight=Sight.WAITS).exists()
    ]
    for row, one in waiting:
        if one.held_for:
            _hide(row, Sight.HELD)
        elif isinstance(row, Picture):
            put_up(row)
        else:
            type(row).objects.filter(pk=row.pk).update(sight=Sight.SHOWN)
    if held := [(row, one) for row, one in waiting if one.held_for]:
        worst = max((one for _row, one in held), key=lambda one: max(one.scores.values(), default=0.0))
        frames = [str(row.pk) for row, _one in held if isinstance(row, Frame)]
        file = "" if isinstance(upload, Video) else file_digest(upload.file)  # frames are made anew each time
        _flag(upload, worst, frames=frames, file=file)
    if isinstance(upload, Video) and waiting:
        PromptDraft.objects.for_subject(upload, "thumbnail", again=True)


def _hide(thing: Upload | Frame, sight: str) -> None:
    """Let nobody but moderators see it, of a video: its frames."""
    if isinstance(thing, Picture):
        take_down(thing, sight)
    elif isinstance(thing, Video):
        thing.frames.update(sight=sight)
    else:
        type(thing).objects.filter(pk=thing.pk).update(sight=sight)
        thing.sight = sight


def _flag(upload: Upload, why: Judgement, *, frames: Sequence[str] = (), file: str = "") -> None:
    """Show it to the moderators."""
    if isinstance(upload, Video):
        keys = list(frames) or [str(key) for key in upload.frames.values_list("pk", flat=True)]
        detail: dict[str, Any] = {"upload": FRAMES, "frames": keys}
        what = upload.title
    else:
        detail = {"upload": upload.kind, "size": [upload.width, upload.height], "file": file}
        what = str(upload.place) if isinstance(upload, Picture) else f"{upload.width}×{upload.height}"
    more: dict[str, Any] = {"what": what[:200], "scores": why.scores, "detail": detail, "hidden": True}
    flag = raise_flag(upload, Flag.Kind.UPLOAD, upload.owner, why.held_for, **more)
    if flag.detail != detail:  # of a video that was prepared anew, while its former frames waited
        Flag.objects.filter(pk=flag.pk).update(detail=detail, scores=why.scores, reason=why.held_for)
