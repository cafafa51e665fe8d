"""What a moderator's decision does to the thing that was flagged, and how it is undone. The acts: ``moderation``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from channels_app.models import Picture, Video
from channels_app.models.picture import put_up, take_down
from channels_app.models.sight import Sight
from generation.models import Flag, GeneratedImage, GenerationRequest, PromptDraft, Reference, Ruling
from generation.models.image import decide
from generation.models.rule import rules_in_force
from generation.models.ruling import file_digest
from generation.screening import Words, hits_of
from imagecreator.errors import ExpectedError
from imagecreator.queue.changes import HELD_FIRST, let_wait, refuse
from imagecreator.queue.states import State

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from django.db.models import Model, QuerySet

    from channels_app.models import Frame

Status = GeneratedImage.Status


def let(flag: Flag, *, allow: bool) -> None:
    """Do to the thing what was decided, and remember it; one that is gone needs nothing."""
    Ruling.objects.filter(flag=flag).delete()
    Ruling.objects.bulk_create(_rulings(flag, allow=allow))
    thing = flag.thing
    if thing is not None and (do := _DO.get(type(thing))):
        do(thing, flag, allow)


def undo(flag: Flag, was: str) -> bool:
    """Put the thing back to where it waited; ``was`` is what was decided. False where it has gone its way since."""
    Ruling.objects.filter(flag=flag).delete()
    thing = flag.thing
    return thing is None or type(thing) not in _UNDO or _UNDO[type(thing)](thing, flag, was)


def _rulings(flag: Flag, *, allow: bool) -> Iterator[Ruling]:
    """Words that are allowed, with each rule that hits them now; a file, by what was decided.

    Of a picture that was reported, only that it was taken down: the uploads among those were looked at before.
    """
    if sha256 := flag.detail.get("file") or (_taken_down(flag) if not allow else ""):
        yield Ruling(owner_id=flag.owner_id, sha256=sha256, allowed=allow, flag=flag)
    if not (allow and flag.kind == Flag.Kind.TEXT and flag.owner_id):
        return
    rules = rules_in_force()
    for words in {Words(each["field"], each["text"]) for each in flag.detail.get("words", ())}:
        for key in {hit.rule.key for hit in hits_of(words, rules)}:
            yield Ruling(owner_id=flag.owner_id, sha256=words.sha256, rule_key=key, flag=flag)


def _taken_down(flag: Flag) -> str:
    """The digest of a reported picture's file; empty for all other flags."""
    picture = flag.thing if flag.kind == Flag.Kind.REPORT else None
    return file_digest(picture.file) if isinstance(picture, Picture) else ""


def _let_image(image: Any, _flag: Flag, allow: bool) -> None:
    if not decide(image, approve=allow) and allow:  # it was rejected, and the appeal is granted
        GeneratedImage.objects.filter(pk=image.pk, status=Status.REJECTED).update(status=Status.OK)


def _let_picture(picture: Any, _flag: Flag, allow: bool) -> None:
    """What it was painted as goes and comes with it: else it would be put in its place once more."""
    (put_up if allow else take_down)(picture)
    GeneratedImage.objects.filter(applied=picture).update(status=Status.OK if allow else Status.REJECTED)


def hide_picture(picture: Picture) -> None:
    """Let nobody but moderators see it until it is decided, nor what it was painted as."""
    take_down(picture, Sight.HELD)
    GeneratedImage.objects.filter(applied=picture).update(status=Status.HELD)


def _let_reference(reference: Any, _flag: Flag, allow: bool) -> None:
    Reference.objects.filter(pk=reference.pk).update(sight=Sight.SHOWN if allow else Sight.DOWN)


def _let_frames(video: Any, flag: Flag, allow: bool) -> None:
    """With frames to look at, the prompt is written anew."""
    _frames(video, flag).update(sight=Sight.SHOWN if allow else Sight.DOWN)
    if allow:
        PromptDraft.objects.for_subject(video, "thumbnail", again=True)


def _frames(video: Video, flag: Flag) -> QuerySet[Frame]:
    """Those that were held; another look at the video may have found others since."""
    return video.frames.filter(pk__in=flag.detail.get("frames", ()))


def _let_request(request: Any, flag: Flag, allow: bool) -> None:
    if not allow:
        refuse(request, ExpectedError("banned", term=flag.term))
        return
    GenerationRequest.objects.filter(pk=request.pk, state=State.REFUSED).update(state=State.HELD, error=HELD_FIRST)
    let_wait(request)


_DO: Mapping[type[Model], Callable[[Any, Flag, bool], None]] = {
    GeneratedImage: _let_image,
    GenerationRequest: _let_request,
    Picture: _let_picture,
    Reference: _let_reference,
    Video: _let_frames,
}


def _undo_image(image: Any, _flag: Flag, _was: str) -> bool:
    unused = GeneratedImage.objects.filter(pk=image.pk, applied=None, status__in=[Status.OK, Status.REJECTED])
    if not unused.update(status=Status.HELD):
        return False
    if not image.request.images.exclude(status=Status.HELD).exists():
        GenerationRequest.objects.filter(pk=image.request_id, state=State.DONE).update(state=State.HELD)
    return True


def _undo_picture(picture: Any, flag: Flag, was: str) -> bool:
    """What was hidden until it was decided is so again; what was only reported is seen again.

    Where it was allowed, another flag may have taken it down since: so it stays.
    """
    if was == Flag.State.APPROVED and picture.sight == Sight.DOWN:
        return True
    if flag.hidden:
        hide_picture(picture)
    elif was == Flag.State.REJECTED:
        _let_picture(picture, flag, allow=True)
    return True


def _undo_reference(reference: Any, _flag: Flag, was: str) -> bool:
    """What a request was asked for with stays as it is; what was not allowed, none was."""
    rows = Reference.objects.filter(pk=reference.pk)
    free = rows if was == Flag.State.REJECTED else rows.unasked()
    return bool(free.update(sight=Sight.HELD))


def _undo_frames(video: Any, flag: Flag, was: str) -> bool:
    """Once they were allowed, one may be the thumbnail: any that was made of a frame since may be of one of these."""
    since = flag.decided_at or flag.created_at
    made = video.pictures.filter(source=Picture.Source.FRAME, created_at__gte=since)
    if was == Flag.State.APPROVED and made.exists():
        return False
    _frames(video, flag).update(sight=Sight.HELD)
    return True


def _undo_request(request: Any, flag: Flag, _was: str) -> bool:
    rows = GenerationRequest.objects.filter(pk=request.pk, state__in=[State.QUEUED, State.REFUSED])
    return bool(rows.update(state=State.HELD, error=HELD_FIRST, error_values={"term": flag.term}))


_UNDO: Mapping[type[Model], Callable[[Any, Flag, str], bool]] = {
    GeneratedImage: _undo_image,
    GenerationRequest: _undo_request,
    Picture: _undo_picture,
    Reference: _undo_reference,
    Video: _undo_frames,
}
