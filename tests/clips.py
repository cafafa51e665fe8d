"""Draws the video clips that tests need, good and bad, with the encoders inside PyAV. Pictures are drawn by Pillow."""

from __future__ import annotations

import struct
import zlib
from fractions import Fraction
from typing import TYPE_CHECKING

import av
import numpy as np
import numpy.typing as npt
from av.audio.frame import AudioFrame
from av.audio.stream import AudioStream
from av.stream import Disposition
from av.video.frame import VideoFrame
from av.video.stream import VideoStream
from PIL import Image, ImageDraw

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from av.container import OutputContainer

SAMPLE_RATE = 44_100
ENCODER_OPTIONS = {
    "libx264": {"preset": "veryfast", "threads": "2"},
    "libx265": {"preset": "ultrafast", "x265-params": "log-level=none:pools=2"},
    "libvpx-vp9": {"deadline": "realtime", "cpu-used": "8"},
    "libvpx": {"deadline": "realtime", "cpu-used": "8", "auto-alt-ref": "0"},
}
SKIES = ((40, 110, 190), (200, 120, 60), (60, 150, 90), (150, 60, 140), (190, 180, 80), (60, 60, 120))


def draw_scene(size: tuple[int, int], scene: int, at: float) -> Image.Image:
    """A picture of scene number `scene`, RGB, `at` (0..1) of its way through: a sky, houses, a walking figure."""
    width, height = size
    rows = np.linspace(0.55, 1.25, height)[:, None, None]
    noise = np.random.default_rng(scene).integers(-12, 13, (height, width, 1))
    sky = np.clip(np.array(SKIES[scene % len(SKIES)]) * rows + noise, 0, 255).astype(np.uint8)
    image = Image.fromarray(sky)
    draw = ImageDraw.Draw(image)
    shapes = np.random.default_rng(100 + scene)
    for _ in range(7):
        x, y = shapes.uniform(0, width), shapes.uniform(0.45, 0.9) * height
        wide, high = shapes.uniform(0.05, 0.2, 2) * height
        colour = tuple(int(level) for level in shapes.integers(20, 236, 3))
        draw.rectangle((x, y - high, x + wide, y + high), fill=colour, outline=(10, 10, 10))
    _draw_figure(draw, width, height, at)
    return image


def _draw_figure(draw: ImageDraw.ImageDraw, width: int, height: int, at: float) -> None:
    x, head = width * (0.08 + 0.84 * at), height * 0.09
    draw.ellipse(
        (x - head, height * 0.3, x + head, height * 0.3 + 2 * head), fill=(235, 200, 170), outline=(20, 20, 20)
    )
    draw.rectangle((x - head, height * 0.5, x + head, height * 0.8), fill=(190, 30, 40), outline=(20, 20, 20))
    draw.line(
        (x, height * 0.8, x - head * np.cos(at * 40), height * 0.97), fill=(20, 20, 30), width=max(2, width // 80)
    )
    draw.line(
        (x, height * 0.8, x + head * np.cos(at * 40), height * 0.97), fill=(20, 20, 30), width=max(2, width // 80)
    )


def draw_clip(
    path: Path,
    *,
    codec: str = "libx264",
    size: tuple[int, int] = (320, 180),
    fps: int = 15,
    seconds: float = 6.0,
    scenes: int = 4,
    gop: int = 15,
    audio: bool = False,
    letterbox: int = 0,
    pillarbox: int = 0,
    start_black: float = 0.0,
    still: bool = False,
    alpha: bool = False,
    rotate: int = 0,
    sample_aspect: Fraction | None = None,
    pix_fmt: str | None = None,
    times: Sequence[float] | None = None,
    options: dict[str, str] | None = None,
    container_options: dict[str, str] | None = None,
) -> Path:
    """Draw a clip of several scenes with a walking figure; returns `path`, whose suffix names the container.

    `letterbox` and `pillarbox` are the pixels of one black bar, `start_black` seconds of black before the first scene,
    `rotate` degrees counter-clockwise that players must turn it, `times` when each frame is shown (variable rate).
    """
    with av.open(str(path), "w", options=container_options or {}) as out:
        stream = out.add_stream(codec, rate=fps, options={**ENCODER_OPTIONS.get(codec, {}), **(options or {})})
        assert isinstance(stream, VideoStream)
        stream.width, stream.height = size
        stream.pix_fmt = pix_fmt or ("yuva420p" if alpha else "yuv420p")
        stream.gop_size = gop
        stream.codec_context.time_base = Fraction(1, 1000 if times else fps)
        if sample_aspect:
            stream.codec_context.sample_aspect_ratio = sample_aspect
        if rotate:
            stream.set_display_rotation(rotate)
        sound = _sound_stream(out, path) if audio else None
        count = len(times) if times else max(1, round(seconds * fps))
        for index, picture in enumerate(_pictures(size, count, scenes, letterbox, pillarbox, still)):
            picture = Image.new("RGB", size) if index < start_black * fps else picture
            frame = VideoFrame.from_ndarray(
                _with_hole(picture) if alpha else np.asarray(picture), "rgba" if alpha else "rgb24"
            )
            frame.pts = round(times[index] * 1000) if times else index
            frame.time_base = stream.codec_context.time_base
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
        if sound is not None:
            _hum(out, sound, seconds)
    return path


def show_pictures(path: Path, pictures: Sequence[Image.Image], *, fps: int = 5) -> Path:
    """A clip that shows each of the pictures, all of one size, for two seconds; returns `path`."""
    with av.open(str(path), "w") as out:
        stream = out.add_stream("libx264", rate=fps, options=ENCODER_OPTIONS["libx264"])
        assert isinstance(stream, VideoStream)
        stream.width, stream.height = pictures[0].size
        stream.pix_fmt = "yuv420p"
        for picture in pictures:
            for _ in range(2 * fps):
                out.mux(stream.encode(VideoFrame.from_ndarray(np.asarray(picture), "rgb24")))
        out.mux(stream.encode(None))
    return path


def _pictures(
    size: tuple[int, int], count: int, scenes: int, letterbox: int, pillarbox: int, still: bool
) -> Iterator[Image.Image]:
    inner = (size[0] - 2 * pillarbox, size[1] - 2 * letterbox)
    for index in range(count):
        scene, at = divmod(index * scenes / count, 1.0)
        picture = Image.new("RGB", size)
        picture.paste(draw_scene(inner, int(scene), 0.5 if still else at), (pillarbox, letterbox))
        yield picture


def _with_hole(picture: Image.Image) -> npt.NDArray[np.uint8]:
    """RGBA pixels whose left third is transparent, with garbage beneath."""
    pixels = np.asarray(picture.convert("RGBA")).copy()
    pixels[:, : picture.width // 3] = (255, 0, 255, 0)
    return pixels


def _sound_stream(out: OutputContainer, path: Path) -> AudioStream:
    stream = out.add_stream(
        "libopus" if path.suffix == ".webm" else "aac", rate=48_000 if path.suffix == ".webm" else SAMPLE_RATE
    )
    assert isinstance(stream, AudioStream)
    return stream


def _hum(out: OutputContainer, stream: AudioStream, seconds: float) -> None:
    rate = stream.codec_context.sample_rate
    wave = np.sin(np.arange(int(seconds * rate)) * 2 * np.pi * 220 / rate) * 8000
    for start in range(0, len(wave) - 1023, 1024):
        samples = np.repeat(wave[start : start + 1024].astype(np.int16), 2)[None, :]
        frame = AudioFrame.from_ndarray(samples, format="s16", layout="stereo")
        frame.sample_rate, frame.pts, frame.time_base = rate, start, Fraction(1, rate)
        out.mux(stream.encode(frame))
    out.mux(stream.encode(None))


def draw_sound(path: Path, *, cover: bool = False) -> Path:
    """Two seconds of sound without pictures; with `cover`, one picture of an album is attached."""
    with av.open(str(path), "w", format="mp4") as out:  # .m4a alone would take no cover
        stream = _sound_stream(out, path)
        art = out.add_stream("mjpeg", rate=1) if cover else None
        if isinstance(art, VideoStream):
            art.width, art.height, art.pix_fmt = 96, 96, "yuvj420p"
            art.disposition = Disposition.attached_pic
            out.mux(art.encode(VideoFrame.from_ndarray(np.asarray(draw_scene((96, 96), 0, 0.5)), "rgb24")))
            out.mux(art.encode(None))
        _hum(out, stream, 2.0)
    return path


def draw_live_webm(path: Path, *, seconds: float = 6.0) -> Path:
    """As a browser records it: no duration, no index."""
    return draw_clip(path, codec="libvpx", seconds=seconds, container_options={"live": "1"})


def cut_off(path: Path, share: float) -> Path:
    """Keep only the first part of a file."""
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * share)])
    return path


def damage_sound(path: Path) -> Path:
    """Overwrite every packet of sound with noise."""
    with av.open(str(path)) as clip:
        places = [(p.pos, p.size) for p in clip.demux(audio=0) if p.size and p.pos is not None]
    data = bytearray(path.read_bytes())
    noise = np.random.default_rng(0)
    for start, size in places:
        data[start : start + size] = noise.bytes(size)
    path.write_bytes(data)
    return path


def damage_pictures(path: Path, *, every: int = 3) -> Path:
    """Overwrite the middle of each `every`-th packet of pictures with noise."""
    with av.open(str(path)) as clip:
        places = [(p.pos, p.size) for p in clip.demux(video=0) if p.size and p.pos is not None]
    data = bytearray(path.read_bytes())
    noise = np.random.default_rng(0)
    for start, size in places[every - 1 :: every]:
        data[start + size // 4 : start + size // 2] = noise.bytes(size // 2 - size // 4)
    path.write_bytes(data)
    return path


def draw_giant(path: Path, *, side: int = 16_384, in_header: bool = True) -> Path:
    """A small .mov whose PNG pictures, and with `in_header` the container too, claim `side` × `side` pixels."""
    draw_clip(path, codec="png", size=(64, 36), seconds=1, fps=2, pix_fmt="rgb24")
    data = bytearray(path.read_bytes())
    at = -1
    while (at := data.find(b"IHDR", at + 1)) >= 0:
        data[at + 4 : at + 12] = struct.pack(">II", side, side)
        data[at + 17 : at + 21] = struct.pack(">I", zlib.crc32(data[at : at + 17]))
    if in_header:
        entry = data.index(b"png ", data.index(b"stsd"))
        data[entry + 28 : entry + 32] = struct.pack(">HH", side, side)
    path.write_bytes(data)
    return path
