"""Opening a stranger's video under guard, and decoding single pictures out of it: key pictures by seeking, others by
walking forward from a key. What the pictures look like and which are good is decided elsewhere.
"""

from __future__ import annotations

from contextlib import contextmanager, suppress
from dataclasses import dataclass
from fractions import Fraction
from itertools import chain, islice
from typing import TYPE_CHECKING

import av
from av.codec.context import CodecContext
from av.stream import Discard, Disposition
from av.video.codeccontext import VideoCodecContext

from imagecreator.errors import ExpectedError

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator
    from pathlib import Path

    from av.container import InputContainer
    from av.packet import Packet
    from av.video.frame import VideoFrame
    from av.video.stream import VideoStream

FORMATS = "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,mpegts"
TIMEOUT = (30.0, 30.0)  # seconds to open, and for each read: a webm without an index is read through on its first seek
MAX_BAD_PACKETS = 100  # undecodable packets in a row before we stop walking
KEY_SEARCH = 5_000  # packets looked through for a key after a seek
ALIGNMENT = 256  # pixels that decoders may add to a side
FFMPEG_DECODERS_WITH_ALPHA = {"vp8": "libvpx", "vp9": "libvpx-vp9"}  # FFmpeg's own two drop the alpha plane
MAGIC = (
    (4, b"ftyp"),
    (4, b"moov"),
    (4, b"mdat"),
    (4, b"wide"),
    (0, b"\x1a\x45\xdf\xa3"),
    (0, b"RIFF"),
    (0, b"\x47\x40"),
)

av.logging.set_level(av.logging.PANIC)


@dataclass(frozen=True)
class Moment:
    """One picture of a video, found again exactly: the `index`-th one shown from the key packet at timestamp `key`."""

    key: int
    index: int = 0


class VideoFile:
    """An open video: its chosen picture stream and a decoder of our own. Made by `open_video`."""

    def __init__(self, container: InputContainer, stream: VideoStream, decoder: VideoCodecContext) -> None:
        self.container = container
        self.stream = stream
        self.decoder = decoder
        self.time_base = stream.time_base or Fraction(1, 1000)
        origin = container.start_time
        self._origin = origin / 1_000_000 if origin is not None else 0.0
        self.damaged = False  # since the last key, something did not decode: what is shown is partly made up

    def seconds(self, timestamp: int) -> float:
        """A timestamp of the stream as seconds since the start of the file."""
        return float(timestamp * self.time_base) - self._origin

    def shown_at(self, frame: VideoFrame, key: int, index: int) -> float:
        """When the `index`-th picture from a key is shown, in seconds: counted where a file (some AVI) does not say."""
        if frame.pts is not None and index:
            return self.seconds(frame.pts)
        return self.seconds(key) + index / float(self.stream.average_rate or 25)

    def first_key(self) -> int | None:
        """The timestamp of the first key packet of the file."""
        packet = next((packet for packet in self.packets_from_start() if packet.is_keyframe), None)
        return None if packet is None else _timestamp(packet)

    def key_at(self, seconds: float) -> int | None:
        """The timestamp of the key packet at or before `seconds` (the next one where there is none before)."""
        packet = next(self._keys_from(self._timestamp(seconds)), None)
        return None if packet is None else _timestamp(packet)

    def key_frame(self, key: int) -> VideoFrame | None:
        """The picture of one key packet, decoded alone.

        Each key is followed by a drain and a flush: `skip_frame="NONKEY"` returns every frame of a VP9 file and loses
        or reorders those of open-GOP HEVC. A key that needs what follows it (intra refresh) is walked to.
        """
        packet = self._find_key(key)
        if packet is None:
            return None
        self.damaged = False
        frames = self._decode(packet) + self._decode(None)
        self.decoder.flush_buffers()
        return frames[0] if frames else next(self.forward(key), None)

    def forward(self, key: int) -> Generator[VideoFrame]:
        """Every picture from the key on, in the order shown; the first is the key itself."""
        self.damaged = False
        first = self._find_key(key)
        if first is None:
            return
        try:
            yield from self._decoded(chain([first], self._packets()), since=key)
        finally:
            self.decoder.flush_buffers()

    def frame(self, moment: Moment) -> VideoFrame | None:
        """The picture at a moment, bit for bit the one that was seen there before."""
        if moment.index == 0:
            return self.key_frame(moment.key)
        return next(islice(self.forward(moment.key), moment.index, None), None)

    def first_frame(self) -> VideoFrame | None:
        """The first picture of the file that decodes at all."""
        frame = next(self._decoded(self.packets_from_start(), since=None), None)
        self.decoder.flush_buffers()
        return frame

    def packets_from_start(self) -> Iterator[Packet[VideoStream]]:
        """Every packet of the stream, undecoded."""
        with suppress(av.FFmpegError):  # asked for the exact start of the stream, MPEG-TS lands after it
            self.container.seek(0)
        return self._packets()

    def _packets(self) -> Iterator[Packet[VideoStream]]:
        """The stream's packets from where the file stands, up to the end or to the first place that cannot be read."""
        try:
            for packet in self.container.demux(self.stream):
                if packet.size:
                    yield packet
        except av.FFmpegError:  # cut off here: what came before still counts
            return

    def _timestamp(self, seconds: float) -> int:
        return int((seconds + self._origin) / self.time_base)

    def _seek(self, timestamp: int) -> None:
        with suppress(av.FFmpegError):  # no way to seek there: the caller sees what lies where the file stands
            self.container.seek(timestamp, stream=self.stream)

    def _keys_from(self, timestamp: int) -> Iterator[Packet[VideoStream]]:
        self._seek(timestamp)
        return (packet for packet in islice(self._packets(), KEY_SEARCH) if packet.is_keyframe)

    def _find_key(self, key: int) -> Packet[VideoStream] | None:
        """The key packet with exactly this timestamp; the seek is repeated further back where it overshot."""
        second = max(1, round(1 / self.time_base))
        for start in (key, key - 2 * second, key - 20 * second):
            for packet in self._keys_from(start):
                found = _timestamp(packet)
                if found == key:
                    return packet
                if found is not None and found > key:
                    break
        return None

    def _decoded(self, packets: Iterator[Packet[VideoStream]], since: int | None) -> Iterator[VideoFrame]:
        """Pictures in the order shown, without those that lean on what comes before the key (open GOP)."""
        bad = 0
        for packet in chain(packets, [None]):
            frames = self._decode(packet)
            bad = 0 if frames else bad + 1
            if bad > MAX_BAD_PACKETS:
                return
            for frame in frames:
                self.damaged = frame.is_corrupt or (self.damaged and not frame.key_frame)
                if since is None or frame.pts is None or frame.pts >= since:
                    yield frame

    def _decode(self, packet: Packet[VideoStream] | None) -> list[VideoFrame]:
        try:
            return self.decoder.decode(packet)
        except (av.FFmpegError, EOFError):  # the next packets may be whole
            self.damaged = True
            return []


@contextmanager
def open_video(path: Path, *, max_side: int) -> Iterator[VideoFile]:
    """Open a video of unknown origin: known containers only, no other file or address, and no decoder is given memory
    for pictures much larger than `max_side` by `max_side` pixels, whatever the file says.

    Raises ExpectedError: `empty_file`, `not_a_video`, `no_picture`, `damaged`.
    """
    if path.stat().st_size == 0:
        raise ExpectedError("empty_file")
    max_pixels = (max_side + ALIGNMENT) ** 2
    options = {"format_whitelist": FORMATS, "protocol_whitelist": "file", "max_pixels": str(max_pixels)}
    try:
        container = av.open(str(path.absolute()), options=options, timeout=TIMEOUT)
    except (av.FFmpegError, ValueError) as error:
        raise ExpectedError("damaged" if _looks_like_video(path) else "not_a_video") from error
    with container:
        stream = _picture_stream(container)
        for other in container.streams:
            if other.index != stream.index:
                other.discard = Discard.all  # sound and subtitles are not even read: they may be damaged
        yield VideoFile(container, stream, _open_decoder(stream, max_pixels))


def _picture_stream(container: InputContainer) -> VideoStream:
    """The largest moving picture; covers of songs and other attached pictures are none."""
    moving = [s for s in container.streams.video if not s.disposition & Disposition.attached_pic]
    if not moving:
        raise ExpectedError("no_picture")
    return max(moving, key=lambda stream: (stream.width * stream.height, -stream.index))


def _open_decoder(stream: VideoStream, max_pixels: int) -> VideoCodecContext:
    decoder = stream.codec_context
    other = FFMPEG_DECODERS_WITH_ALPHA.get(decoder.name)
    if other and stream.metadata.get("alpha_mode") == "1":
        created = CodecContext.create(other, "r")
        assert isinstance(created, VideoCodecContext)
        decoder = created
    decoder.options = {"max_pixels": str(max_pixels)}
    decoder.thread_type = "SLICE"  # threads by frame hold pictures back, and we mostly decode one at a time
    return decoder


def _timestamp(packet: Packet[VideoStream]) -> int | None:
    return packet.pts if packet.pts is not None else packet.dts


def _looks_like_video(path: Path) -> bool:
    with path.open("rb") as file:
        head = file.read(16)
    return any(head[at:].startswith(magic) for at, magic in MAGIC)
