"""What a prompt is written from: the words of a video or channel, and the frames to look at."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PIL import Image

from channels_app.models import Frame, Video
from generation.models.looked_at import frames_of, videos_of
from generation.prompt_form import Material
from generation.stages.describe import Seen
from imagecreator.errors import ExpectedError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from generation.models import PromptDraft


def material_of(draft: PromptDraft) -> Material:
    """The words: a video's title and description, or a channel's name, description and latest titles."""
    subject = draft.subject
    if isinstance(subject, Video):
        return Material(title=subject.title, description=subject.description, kind=draft.target)
    titles = tuple(video.title for video in videos_of(subject))
    return Material(title=subject.name, description=subject.description, kind=draft.target, titles=titles)


def seen_of(draft: PromptDraft) -> Seen:
    """The best frames of the video, or of the channel's latest videos."""
    videos = videos_of(draft.subject)
    frames = frames_of(videos)
    return Seen(
        frames=list(_opened(frames)),
        faces=[frame.faces for frame in frames],
        motion=_mean(video.measures.get("motion", 0.0) for video in videos),
        cuts_per_minute=_mean(video.measures.get("cuts_per_minute", 0.0) for video in videos),
    )


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
