"""What a prompt is written from: the words of a video or channel, and the frames to look at."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PIL import Image

from channels_app.models import Channel, Frame, Video
from generation.prompt_form import Material
from generation.stages.describe import Seen
from generation.work import BEST
from imagecreator.errors import ExpectedError
from imagecreator.queue.states import State

if TYPE_CHECKING:
    from collections.abc import Iterable

    from generation.models import PromptDraft

LATEST = 3  # videos that speak for their channel


def material_of(draft: PromptDraft) -> Material:
    """The words: a video's title and description, or a channel's name and description."""
    subject = draft.subject
    title = subject.title if isinstance(subject, Video) else subject.name
    return Material(title=title, description=subject.description, kind=draft.target)


def seen_of(draft: PromptDraft) -> Seen:
    """The best frames of the video, or of the channel's latest videos."""
    subject = draft.subject
    videos = [subject] if isinstance(subject, Video) else list(_latest(subject))
    each = max(1, BEST // max(1, len(videos)))
    frames = [frame for video in videos for frame in video.frames.order_by("rank")[:each]]
    return Seen(
        frames=list(_opened(frames)),
        faces=[frame.faces for frame in frames],
        motion=_mean(video.measures.get("motion", 0.0) for video in videos),
        cuts_per_minute=_mean(video.measures.get("cuts_per_minute", 0.0) for video in videos),
    )


def _latest(channel: Channel) -> Iterable[Video]:
    return channel.videos.filter(state=State.DONE).order_by("-created_at")[:LATEST]


def _opened(frames: Iterable[Frame]) -> Iterable[Image.Image]:
    for frame in frames:
        try:
            with frame.file.open("rb") as file, Image.open(file, formats=["JPEG"]) as image:
                yield image.convert("RGB")
        except FileNotFoundError as error:
            raise ExpectedError("file_missing") from error


def _mean(values: Iterable[float]) -> float:
    numbers = list(values)
    return sum(numbers) / len(numbers) if numbers else 0.0
