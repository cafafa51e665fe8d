"""What a file is: its length, size, codec, or the reason why it is refused. Pictures are picked in `frames`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from channels_app.footage.decode import VideoFile, open_video
from channels_app.footage.pixels import upright_size
from imagecreator.errors import ExpectedError

if TYPE_CHECKING:
    from pathlib import Path

    from av.packet import Packet
    from av.video.stream import VideoStream

HEAD = 4096  # bytes of the file in which the containers name themselves
SIZED = ("mp4", "mov", "webm", "matroska")  # containers that always say how large their pictures are
SLACK = 0.5  # seconds that a video may run over the limit: sound often ends a little after the last picture


@dataclass(frozen=True)
class Limits:
    """What may be uploaded: bytes of the file, seconds of video, pixels of the longer side."""

    max_bytes: int
    max_seconds: float
    max_side: int


@dataclass(frozen=True)
class VideoFacts:
    """A video as it is shown: `width` and `height` in square pixels after `rotation` (degrees counter-clockwise)."""

    seconds: float
    width: int
    height: int
    rotation: int
    fps: float | None
    codec: str
    container: str
    has_audio: bool


def probe(path: Path, limits: Limits) -> VideoFacts:
    """Measure a video of unknown origin, decoding one picture of it.

    Raises ExpectedError: `empty_file`, `not_a_video`, `no_picture`, `too_many_bytes` (limit_mb), `too_long`
    (limit_minutes), `too_many_pixels` (limit_side), `damaged` (it looks like a video, but no picture decodes).
    """
    if path.stat().st_size > limits.max_bytes:
        raise ExpectedError("too_many_bytes", limit_mb=max(1, limits.max_bytes // 1_000_000))
    with open_video(path, max_side=limits.max_side) as video:
        stream = video.stream
        container = _container_name(path, video.container.format.name)
        sizeless = not stream.width and container in SIZED  # FFmpeg itself gives up above some 16000 × 16000
        if sizeless or max(stream.width, stream.height) > limits.max_side:
            raise ExpectedError("too_many_pixels", limit_side=limits.max_side)
        frame = video.first_frame()
        if frame is None:
            raise ExpectedError("damaged")
        width, height = upright_size(frame, stream.sample_aspect_ratio)
        if max(frame.width, frame.height, width, height) > limits.max_side:
            raise ExpectedError("too_many_pixels", limit_side=limits.max_side)
        seconds = _seconds(video)
        if seconds > limits.max_seconds + SLACK:
            raise ExpectedError("too_long", limit_minutes=max(1, round(limits.max_seconds / 60)))
        return VideoFacts(
            seconds=seconds,
            width=width,
            height=height,
            rotation=frame.rotation,
            fps=float(stream.average_rate) if stream.average_rate else None,
            codec=stream.codec_context.codec.canonical_name,
            container=container,
            has_audio=bool(video.container.streams.audio),
        )


def _seconds(video: VideoFile) -> float:
    """The length as the header says, or (live webm and the like say nothing) as the packets show."""
    if video.container.duration:
        return video.container.duration / 1_000_000
    if video.stream.duration:
        return float(video.stream.duration * video.time_base)
    packets = video.packets_from_start()
    return max((video.seconds(_end(packet)) for packet in packets), default=0.0)


def _end(packet: Packet[VideoStream]) -> int:
    start = packet.pts if packet.pts is not None else packet.dts
    return (start or 0) + (packet.duration or 0)


def _container_name(path: Path, name: str) -> str:
    """FFmpeg has one name for a whole family; the file's head says which of them it is."""
    with path.open("rb") as file:
        head = file.read(HEAD)
    if "matroska" in name:
        return "webm" if b"webm" in head[:64] else "matroska"
    if "mp4" in name:
        return "mov" if head[4:12] == b"ftypqt  " or head[4:8] != b"ftyp" else "mp4"
    return name
