"""What is done to flags: each act is one function with the right, the change and the row in the log."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.contrib.auth.models import User
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.db.models import F
from django.urls import reverse
from django.utils import timezone

from channels_app.models import Picture
from channels_app.models.access import is_moderator
from channels_app.models.notice import tell
from generation.consequences import hide_picture, let, undo
from generation.models import Flag, GeneratedImage, GenerationRequest, ModerationAct, Rule
from generation.models.report import tell_reporters
from generation.models.rule import rules_in_force
from generation.rules import Action
from generation.screening import hits_of, look_at, said, words_of
from imagecreator.errors import ExpectedError
from imagecreator.queue.changes import HELD_FIRST, cancel, enqueue, hold
from imagecreator.queue.states import LIVE, State

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.db.models import Model

    from generation.screening import Found, Words

Act = ModerationAct.Act
DAY = timedelta(hours=24)
DECIDED = (Flag.State.APPROVED, Flag.State.REJECTED)
MOST_REFUSALS = 100  # of somebody's texts in a day that are kept to be objected to


class TooLate(Exception):
    """Somebody else was quicker: what was to be decided is decided."""


def raise_flag(thing: Model | None, kind: str, owner: User, reason: str, **more: Any) -> Flag:
    """Flag ``thing`` for the moderators; where it has an open flag of this kind, that one counts it.

    ``more`` are fields of the flag, such as rule, category, term, scores and detail.
    """
    place = {"content_type": ContentType.objects.get_for_model(thing), "object_id": str(thing.pk)} if thing else {}
    rule = more.get("rule")
    values: dict[str, Any] = {
        "kind": kind,
        "owner": owner,
        "owner_name": owner.get_username(),
        "reason": reason,
        "what": _what(thing)[:200],
        "rule_key": rule.key if rule else "",
        "category": rule.category if rule else "",
        "state": Flag.State.OPEN,
        **place,
        **more,
    }
    with transaction.atomic():
        try:
            with transaction.atomic():
                flag = Flag.objects.create(**values)
        except IntegrityError:
            there = Flag.objects.filter(kind=kind, state=Flag.State.OPEN, **place)
            if there.update(times=F("times") + 1):
                return there.get()
            flag = Flag.objects.create(**values)  # that one was decided a moment ago
        acts = {Flag.State.NOTED: Act.NOTED, Flag.State.REJECTED: Act.REJECTED}
        _log(acts.get(Flag.State(flag.state), Act.FLAGGED), flag)
        if flag.state == Flag.State.OPEN and kind != Flag.Kind.REPORT:  # what is reported stays where it is
            _tell(flag, "held")
    return flag


def hide(flag: Flag) -> None:
    """Take what was reported out of sight until somebody decides, and tell its owner so; twice is as once."""
    with transaction.atomic():
        if not Flag.objects.filter(pk=flag.pk, state=Flag.State.OPEN, hidden=False).update(hidden=True):
            return
        flag.refresh_from_db()
        if isinstance(flag.thing, Picture):
            hide_picture(flag.thing)
        _log(Act.HIDDEN, flag)
        _tell(flag, "held")


def flag_of(image: GeneratedImage) -> Flag:
    """The open flag of a held picture, or of what it was applied as; one from before there were flags gets one.

    Raises ``TooLate`` where it is decided by now.
    """
    things = [thing for thing in (image, image.applied) if thing is not None]
    with transaction.atomic():
        held = GeneratedImage.objects.filter(pk=image.pk, status=GeneratedImage.Status.HELD)
        if held.select_for_update(no_key=True).first() is None:
            raise TooLate
        for thing in things:
            kind = ContentType.objects.get_for_model(thing)
            found = Flag.objects.filter(content_type=kind, object_id=str(thing.pk), state=Flag.State.OPEN).first()
            if found is not None:
                return found
        more = {"scores": image.scores, "detail": {"prompt": image.request.prompt, "seed": image.seed}}
        return raise_flag(image, Flag.Kind.PICTURE, image.request.owner, Flag.Reason.FLAGGED, **more)


def queue_or_hold(request: GenerationRequest) -> None:
    """Wake a worker for a request that has just been written as queued, or hold it for a moderator.

    Call it in the transaction that made it: raises ``ExpectedError("banned")`` where its words are refused.
    """
    try:
        refuse_or_hold(request)
    except ExpectedError as problem:
        if problem.code != HELD_FIRST:
            raise
        hold(request, problem)
    else:
        enqueue(request)


def refuse_or_hold(request: GenerationRequest) -> None:
    """Look at a request's words. Raises ``ExpectedError``.

    "banned" where they are refused, "held_words" where a moderator must look first. They are flagged either way,
    so that their owner can object; where the request was just made, the flag goes with it.
    """
    words = list(words_of(request))
    found = look_at(words, request.owner_id)
    if found is None:
        return
    states = {Action.NOTE: Flag.State.NOTED, Action.HOLD: Flag.State.OPEN, Action.REFUSE: Flag.State.REJECTED}
    _flag_words(request, request.owner, found, words, state=states[found.action])
    if found.action == Action.NOTE:
        return
    raise ExpectedError("banned" if found.action == Action.REFUSE else HELD_FIRST, term=found.hit.shown)


def is_title_allowed(owner: User, title: str) -> bool:
    """Whether a moderator allowed this title, which a rule refuses, to be written from.

    Raises ``ExpectedError("banned")`` where nobody did; that is kept, so that its owner can object.
    """
    words = list(said("title", title, title))
    found = look_at(words, owner.pk)
    if found is not None and found.action == Action.REFUSE:
        note_refusal(owner, found, words)
        raise ExpectedError("banned", term=found.hit.shown)
    return any(hit.rule.action == Action.REFUSE for each in words for hit in hits_of(each, rules_in_force()))


def note_refusal(owner: User, found: Found, words: Sequence[Words]) -> Flag | None:
    """Keep what was refused before there was a request, so that its owner can object; the same words are kept once.

    None where somebody had more refused than anybody objects to.
    """
    lately = Flag.objects.filter(owner=owner, kind=Flag.Kind.TEXT, created_at__gt=timezone.now() - DAY)
    same = lately.filter(state=Flag.State.REJECTED, detail__sha256=found.words.sha256).first()
    if same is not None or lately.count() >= MOST_REFUSALS:
        return same
    return _flag_words(None, owner, found, words, state=Flag.State.REJECTED)


def _flag_words(
    request: GenerationRequest | None, owner: User, found: Found, words: Sequence[Words], **more: Any
) -> Flag:
    detail = {
        "words": [{"field": each.field, "text": each.text} for each in words],
        "sha256": found.words.sha256,
    }
    rule = Rule.objects.filter(key=found.hit.rule.key).first()
    values = {"rule": rule, "field": found.words.field, "term": found.hit.shown[:200], "detail": detail, **more}
    return raise_flag(request, Flag.Kind.TEXT, owner, Flag.Reason.RULE, what=found.words.text[:200], **values)


def approve(flag: Flag, by: User, words: str = "") -> None:
    """Let the thing go its way. Raises ``PermissionDenied``, or ``TooLate`` where the flag is not open any more."""
    _decide(flag, by, words, Flag.State.APPROVED, Act.APPROVED)


def reject(flag: Flag, by: User, words: str = "") -> None:
    """Keep the thing from being seen and used. Raises as ``approve`` does."""
    _decide(flag, by, words, Flag.State.REJECTED, Act.REJECTED)


def _decide(flag: Flag, by: User, words: str, state: str, act: str) -> None:
    _only_moderators(by)
    if flag.owner_id == by.pk and not by.is_superuser:
        raise PermissionDenied  # of what is one's own, somebody else decides; who is alone is a superuser
    with transaction.atomic():
        decided = {"state": state, "decided_at": timezone.now(), "decided_by": by, "words": words}
        if not Flag.objects.filter(pk=flag.pk, state=Flag.State.OPEN).update(**decided):
            raise TooLate
        flag.refresh_from_db()
        let(flag, allow=state == Flag.State.APPROVED)
        _log(act, flag, by, words)
        if flag.kind != Flag.Kind.REPORT or flag.hidden or state == Flag.State.REJECTED:
            _tell(flag, state)
        tell_reporters(flag, "report_kept" if state == Flag.State.APPROVED else "report_heard", by)


def take_back(flag: Flag, by: User) -> None:
    """Open a flag again that one decided oneself, as long as nothing has come of it.

    Raises ``PermissionDenied``, or ``TooLate`` where its owner has objected, or the thing has gone its way.
    """
    _only_moderators(by)
    with transaction.atomic():
        open_again = {"state": Flag.State.OPEN, "decided_at": None, "decided_by": None, "words": ""}
        mine = Flag.objects.filter(pk=flag.pk, decided_by=by, appeal=Flag.Appeal.NONE)
        try:
            with transaction.atomic():
                was = next((state for state in DECIDED if mine.filter(state=state).update(**open_again)), None)
        except IntegrityError as problem:  # the thing was flagged again since
            raise TooLate from problem
        if was is None or not undo(flag, was):
            raise TooLate
        flag.refresh_from_db()
        _log(Act.REOPENED, flag, by)
        if flag.owner is not None and not flag.owner.is_active and _is_out_for(flag, flag.owner):
            restore(flag.owner, by, flag=flag)


def appeal(flag: Flag, by: User, text: str) -> None:
    """The owner objects, once. Raises ``PermissionDenied`` for others, ``TooLate`` where it is not to be had."""
    if flag.owner_id is None or flag.owner_id != by.pk:
        raise PermissionDenied
    with transaction.atomic():
        mine = Flag.objects.filter(pk=flag.pk, owner=by, state=Flag.State.REJECTED, appeal=Flag.Appeal.NONE)
        if not mine.update(appeal=Flag.Appeal.OPEN, appeal_text=text, appealed_at=timezone.now()):
            raise TooLate
        flag.refresh_from_db()
        _log(Act.APPEALED, flag, by, text)


def decide_appeal(flag: Flag, by: User, words: str = "", *, grant: bool) -> None:
    """Another moderator than the first decides. Raises as ``approve`` does."""
    _only_moderators(by)
    if by.pk in (flag.decided_by_id, flag.owner_id):
        raise PermissionDenied
    with transaction.atomic():
        decided = {
            "appeal": Flag.Appeal.GRANTED if grant else Flag.Appeal.UPHELD,
            "appeal_decided_at": timezone.now(),
            "appeal_decided_by": by,
            "appeal_words": words,
            **({"state": Flag.State.APPROVED} if grant else {}),
        }
        if not Flag.objects.filter(pk=flag.pk, appeal=Flag.Appeal.OPEN).update(**decided):
            raise TooLate
        flag.refresh_from_db()
        if grant:
            let(flag, allow=True)
            tell_reporters(flag, "report_kept", by)
        _log(Act.GRANTED if grant else Act.UPHELD, flag, by, words)
        _tell(flag, "granted" if grant else "upheld")


def settle(flag: Flag, by: User, words: str = "", *, allow: bool) -> None:
    """Decide what waits: the flag, or its owner's appeal. Raises as ``approve`` does."""
    if flag.appeal == Flag.Appeal.OPEN:
        decide_appeal(flag, by, words, grant=allow)
    elif allow:
        approve(flag, by, words)
    else:
        reject(flag, by, words)


def reject_and_suspend(flag: Flag, by: User, words: str = "") -> None:
    """Reject it and keep its owner out, both or neither. Raises as both do; one who is out already stays so."""
    with transaction.atomic():
        settle(flag, by, words, allow=False)
        if flag.owner is not None and flag.owner.is_active:
            suspend(flag.owner, by, words, flag)


def suspend(owner: User, by: User, words: str = "", flag: Flag | None = None) -> None:
    """Keep somebody out, and stop what of theirs waits. Nobody suspends themselves, staff or an administrator."""
    _only_moderators(by)
    if owner.pk == by.pk or owner.is_staff or owner.is_superuser:
        raise PermissionDenied
    with transaction.atomic():
        if not User.objects.filter(pk=owner.pk, is_active=True).update(is_active=False):
            raise TooLate
        for row in GenerationRequest.objects.filter(owner=owner, state__in=[*LIVE, State.HELD]):
            cancel(row)
        _log(Act.SUSPENDED, flag, by, words, owner=owner.get_username())
        tell(owner, "suspended")


def _suspension(owner: User) -> ModerationAct | None:
    """The act by which somebody is out; None where it was no moderator's."""
    acts = ModerationAct.objects.filter(owner=owner.get_username(), act__in=(Act.SUSPENDED, Act.RESTORED))
    last = acts.first()
    return last if last is not None and last.act == Act.SUSPENDED else None


def _is_out_for(flag: Flag, owner: User) -> bool:
    """Whether it was with this flag that its owner was suspended last."""
    last = _suspension(owner)
    return last is not None and last.flag_id == flag.pk


def restore(owner: User, by: User, words: str = "", flag: Flag | None = None) -> None:
    """Let somebody in again whom moderators suspended; what an administrator closed, another of them opens.

    With ``flag``, the suspension that came with it is taken back.
    """
    _only_moderators(by)
    with transaction.atomic():
        if not owner.is_active and _suspension(owner) is None:
            raise PermissionDenied
        if not User.objects.filter(pk=owner.pk, is_active=False).update(is_active=True):
            raise TooLate
        _log(Act.RESTORED, flag, by, words, owner=owner.get_username())
        tell(owner, "restored")


def _tell(flag: Flag, code: str) -> None:
    """Tell the owner; several pictures of one request are one notice as long as it is not read."""
    if flag.owner is None:
        return
    thing = flag.thing
    request = thing.request if isinstance(thing, GeneratedImage) else None
    link = request.get_absolute_url() if request and code == "held" else reverse("held_one", args=[flag.pk])
    kind = {"kind": flag.detail["upload"]} if "upload" in flag.detail else {}
    tell(flag.owner, code, link, what=str(request.subject) if request else flag.what, **kind)


def _what(thing: Model | None) -> str:
    """What a thing is called in every language: it is kept, and read by people of either."""
    if isinstance(thing, GeneratedImage):
        return f"{thing.request.subject} #{thing.index + 1}"
    return str(getattr(thing, "subject", thing) or "")


def _only_moderators(by: User) -> None:
    if not is_moderator(by):
        raise PermissionDenied


def _log(act: str, flag: Flag | None, by: User | None = None, words: str = "", *, owner: str = "") -> None:
    values: dict[str, Any] = {"act": act, "by": by.get_username() if by else "", "words": words, "owner": owner}
    if flag is not None:
        values |= {
            "flag_id": flag.pk,
            "what": flag.what,
            "owner": owner or flag.owner_name,
            "rule_key": flag.rule_key,
            "category": flag.category,
            "detail": {"kind": flag.kind, "reason": flag.reason, "term": flag.term, **flag.detail},
        }
    ModerationAct.objects.create(**values)
