"""Draws the video that the demonstration uploads when it is given none: four scenes, a moving figure, sound."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction
from typing import TYPE_CHECKING

import av
import numpy as np
from av.video.reformatter import Colorspace

from imagecreator.demo.film import city, sea, stage, sunrise
from imagecreator.demo.film.brush import HEIGHT, WIDTH
from imagecreator.demo.film.melody import RATE, melody

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from av.audio.stream import AudioStream
    from av.container import OutputContainer
    from av.video.stream import VideoStream
    from PIL.Image import Image

TITLE = "Sunrise over the mountains"
DESCRIPTION = "A calm morning, golden light and snow on the peaks."
FPS, SECONDS = 24, 20
SCENES = (sunrise.painter, city.painter, sea.painter, stage.painter)
BT709 = 1


def draw_sample(path: Path, tell: Callable[[int, int], None]) -> None:
    """Write a 20-second H.264 + AAC film of 1280×720 to ``path``; ``tell(done, of)`` hears of every frame.

    The same film every time. A half-written file never bears the name ``path``.
    """
    unfinished = path.with_suffix(".part.mp4")
    unfinished.parent.mkdir(parents=True, exist_ok=True)
    with av.open(str(unfinished), "w", options={"movflags": "+faststart"}) as film:
        picture, sound = _picture_stream(film), _sound_stream(film)
        _write_pictures(film, picture, tell)
        _write_sound(film, sound)
    unfinished.replace(path)


def _picture_stream(film: OutputContainer) -> VideoStream:
    stream = film.add_stream("libx264", rate=FPS, options={"preset": "veryfast", "crf": "22", "g": str(FPS * 2)})
    stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
    context = stream.codec_context
    context.thread_count = 1  # fixed: the same bytes on every machine
    context.colorspace = context.color_primaries = context.color_trc = BT709
    return stream


def _sound_stream(film: OutputContainer) -> AudioStream:
    stream = film.add_stream("aac", rate=RATE)
    stream.layout = "stereo"
    stream.bit_rate = 128_000
    return stream


def _write_pictures(film: OutputContainer, stream: VideoStream, tell: Callable[[int, int], None]) -> None:
    for number, picture in enumerate(_painted_ahead(_pictures())):
        frame = av.VideoFrame.from_ndarray(np.asarray(picture), format="rgb24").reformat(
            format="yuv420p", dst_colorspace=Colorspace.ITU709
        )
        frame.pts, frame.time_base = number, Fraction(1, FPS)
        film.mux(stream.encode(frame))
        tell(number + 1, FPS * SECONDS)
    film.mux(stream.encode(None))


def _pictures() -> Iterator[Image]:
    for scene in SCENES:
        paint = scene()
        for number in range(FPS * SECONDS // len(SCENES)):
            yield paint(number / FPS)


def _painted_ahead(pictures: Iterator[Image]) -> Iterator[Image]:
    """Paint the next picture while the one in hand is encoded: Pillow and FFmpeg both let go of the interpreter."""
    with ThreadPoolExecutor(1) as painter:
        coming = painter.submit(next, pictures, None)
        while (picture := coming.result()) is not None:
            coming = painter.submit(next, pictures, None)
            yield picture


def _write_sound(film: OutputContainer, stream: AudioStream) -> None:
    frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(melody(SECONDS)), format="fltp", layout="stereo")
    frame.sample_rate, frame.pts, frame.time_base = RATE, 0, Fraction(1, RATE)
    film.mux(stream.encode(frame))
    film.mux(stream.encode(None))
