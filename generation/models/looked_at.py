"""What a draft is written from, by its rows: words and frames, and a fingerprint that says whether any have changed."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from django.conf import settings

from channels_app.models import Channel, Frame, Video
from channels_app.models.sight import Sight
from generation.models.profiles import profile_in_use
from generation.work import BEST
from imagecreator.queue.states import State

if TYPE_CHECKING:
    from collections.abc import Sequence

    from generation.engine import Profile

LATEST = 3  # videos that speak for their channel
FORM = 3  # raised when the form learns to write differently: what it wrote before is then out of date
WRITERS = ("captioner", "language_model")  # roles of a profile


def videos_of(subject: Video | Channel) -> list[Video]:
    """The video itself, or the channel's latest that are ready."""
    if isinstance(subject, Video):
        return [subject]
    return list(subject.videos.filter(state=State.DONE).order_by("-created_at")[:LATEST])


def frames_of(videos: Sequence[Video]) -> list[Frame]:
    """The best frames, as many of each video."""
    each = max(1, BEST // max(1, len(videos)))
    return [frame for video in videos for frame in video.frames.filter(sight=Sight.SHOWN).order_by("rank")[:each]]


def fingerprint(subject: Video | Channel, target: str) -> str:
    """The same as long as title, description, frames, target, profile and the models that would write are the same.

    A frame's file never changes, so its key stands for it. The chosen style is not among them: it is put around the
    words afterwards.
    """
    videos = videos_of(subject)
    title = subject.title if isinstance(subject, Video) else subject.name
    told: list[Any] = [FORM, target, title, subject.description, [video.title for video in videos]]
    told += [[str(frame.pk) for frame in frames_of(videos)], settings.PROFILE, _writers()]
    return hashlib.sha256(json.dumps(told).encode()).hexdigest()


def writer_name(profile: Profile | None = None) -> str:
    """The language model by its name: that of its server, or of its folder in the profile, by default the one in use.

    Empty where there is none.
    """
    if settings.LANGUAGE_MODEL == "none":
        return ""
    if settings.LANGUAGE_MODEL != "worker":
        return str(settings.LANGUAGE_MODEL_NAME or urlsplit(settings.LANGUAGE_MODEL).hostname)
    profile = profile or profile_in_use()
    return profile.roles["language_model"].folder.name if profile and "language_model" in profile.roles else ""


def _writers() -> list[str]:
    """The models that would look at frames and write, and when the worker's own were put there."""
    profile = profile_in_use()
    roles = profile.roles if profile else {}
    names = WRITERS if settings.LANGUAGE_MODEL == "worker" else WRITERS[:1]
    there = [roles[name].folder for name in names if name in roles and roles[name].folder.is_dir()]
    return [writer_name(profile), *(f"{folder.name} {int(folder.stat().st_mtime)}" for folder in there)]
