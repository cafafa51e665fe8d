"""Check: every picture goes through the profile's safety checker; what is doubtful, or cannot be checked, is held."""

from __future__ import annotations

import logging
import threading
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from django.conf import settings

from generation.engine import EngineError
from imagecreator.errors import ExpectedError

if TYPE_CHECKING:
    from PIL.Image import Image

    from generation.engine import Engine, Profile
    from generation.engine.jobs import Verdict
    from generation.work import Tell, Work

logger = logging.getLogger(__name__)


def check(work: Work, engine: Engine, tell: Tell) -> None:
    """Set ``held`` and ``scores`` of each picture. Fails closed: a checker that cannot run holds all of them.

    Where the card itself failed nothing is decided: another process looks again.
    """
    tell("check", 0, 1)
    if any(picture.is_painted and _is_flat(picture.image) for picture in work.pictures):
        raise ExpectedError("bad_picture")
    images = [picture.image for picture in work.pictures]
    judged = judge(engine, images, unchecked_pass=may_pass_unchecked(engine.profile))
    for picture, judgement in zip(work.pictures, judged, strict=True):
        picture.held, picture.held_for = bool(judgement.held_for), judgement.held_for
        picture.scores = judgement.scores


@dataclass(frozen=True)
class Judgement:
    """What became of a picture: why it is held (a reason of ``Flag``), or empty where it is not."""

    held_for: str = ""
    scores: dict[str, float] = field(default_factory=dict)


def judge(engine: Engine, images: list[Image], *, unchecked_pass: bool) -> list[Judgement]:
    """What becomes of each; ``unchecked_pass``, where the profile has no checker.

    Fails closed, and raises only where the card itself failed, as ``check`` does.
    """
    if engine.profile.safety != "checker":
        return [Judgement("" if unchecked_pass else "unchecked")] * len(images)
    try:
        verdicts = _looked(engine, images)
    except (EngineError, TimeoutError) as problem:
        if isinstance(problem, EngineError) and problem.code == "card_failed":
            raise ExpectedError(problem.code) from problem
        logger.error("the safety checker could not run, the pictures are held: %s", problem)
        return [Judgement("checker_failed" if isinstance(problem, EngineError) else "checker_timeout")] * len(images)
    return [Judgement("flagged" if verdict.flagged else "", dict(verdict.scores)) for verdict in verdicts]


def _looked(engine: Engine, images: list[Image]) -> list[Verdict]:
    """The verdicts, or ``TimeoutError``: a checker that hangs is left to its thread, and not asked until that ends."""
    if _hanging and not _hanging[-1].done():
        raise TimeoutError("the safety checker still hangs")
    _hanging.clear()
    answer: Future[list[Verdict]] = Future()

    def look() -> None:
        try:
            answer.set_result(engine.check(images, settings.SAFETY_BOUNDS))
        except BaseException as problem:  # noqa: BLE001 - whoever waits raises it
            answer.set_exception(problem)

    threading.Thread(target=look, name="safety-checker", daemon=True).start()
    try:
        return answer.result(timeout=settings.SAFETY_SECONDS * len(images))
    except TimeoutError:
        if not answer.done():
            _hanging.append(answer)
        raise


_hanging: list[Future[list[Verdict]]] = []  # the one that was given up, if any


def refuse_broken(work: Work) -> None:
    """ExpectedError("bad_picture") where one was painted in one flat colour: what is made of it would hide that."""
    if any(picture.is_painted and _is_flat(picture.image) for picture in work.pictures):
        raise ExpectedError("bad_picture")


def may_pass_unchecked(profile: Profile) -> bool:
    """Whether what it paints may be seen without having been checked."""
    return profile.safety == "harmless" or (profile.safety == "unchecked" and settings.UNCHECKED_PICTURES == "allow")


def _is_flat(image: Image) -> bool:
    lowest, highest = image.convert("L").getextrema()
    return bool(lowest == highest)
