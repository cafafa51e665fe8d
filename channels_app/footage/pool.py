"""The pool of candidates: up to 64 small pictures from all over a video, at a cost that grows with their number and not
with the video's length. Judging them is done elsewhere.
"""

from __future__ import annotations

from collections import deque
from contextlib import closing
from dataclasses import dataclass, replace
from itertools import islice
from typing import TYPE_CHECKING

from channels_app.footage.decode import Moment, VideoFile
from channels_app.footage.pixels import Pixels, to_pixels

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from av.video.frame import VideoFrame

POOL = 64  # seek targets, and about as many candidates
ENOUGH_KEYS = 24  # with so many key pictures nothing else is decoded
MAX_DECODED = 4_000  # frames decoded forward where keys are few …
MAX_DECODED_PIXELS = 1_500 * 1920 * 1080  # … and their pixels: some ten seconds of work on one core
SMALL_SIDE = 640  # pixels of a candidate's longer side
NEAR = 0.2  # seconds between the two pictures of a pair for motion
PAIRS = 8  # pairs decoded where only keys are candidates
FEW = 8  # with fewer whole candidates the damaged ones stay
USUAL_FPS = 25.0


@dataclass(frozen=True)
class Candidate:
    """A picture that may be picked: where it is, when it is shown, how it looks; `later` is one some 0.2 s after it."""

    moment: Moment
    seconds: float
    small: Pixels
    whole: bool = True  # False where damage was seen and the decoder filled in something
    later: Pixels | None = None
    later_by: float = 0.0


@dataclass(frozen=True)
class _Stretch:
    """What is looked at from one key on: `seconds` long, in at most `frames` decoded frames, giving `samples`."""

    key: int
    seconds: float
    frames: int
    samples: int
    paired: bool


def gather(video: VideoFile, seconds: float, fps: float | None, tell: Callable[[int, int], None]) -> list[Candidate]:
    """Candidates in order of time; empty only where nothing decodes. `tell(step, steps)` may raise to cancel.

    A header that promises more than the file holds (cut off, or a lie) would leave most targets beyond the end; then
    we look again at the part that is there.
    """
    found = _gather(video, seconds, fps, tell)
    last = max((candidate.seconds for candidate in found), default=0.0)
    if 0 < last < seconds * 0.6:
        found = _gather(video, last * (1 + 1 / POOL), fps, lambda _, steps: tell(steps, steps))
    return found


def _gather(video: VideoFile, seconds: float, fps: float | None, tell: Callable[[int, int], None]) -> list[Candidate]:
    keys = _keys(video, seconds, tell)
    candidates: list[Candidate] = []
    for step, stretch in enumerate(_plan(video, keys, seconds, min(max(fps or USUAL_FPS, 1.0), 240.0)), start=1):
        candidates += _look(video, stretch)
        tell(POOL + POOL * step // len(keys), 2 * POOL)
    whole = [candidate for candidate in candidates if candidate.whole]
    candidates = whole if len(whole) >= FEW else candidates
    return sorted(candidates, key=lambda candidate: candidate.seconds)


def _keys(video: VideoFile, seconds: float, tell: Callable[[int, int], None]) -> list[int]:
    """The timestamps of the keys that lie before evenly spaced targets."""
    keys = set()
    for step in range(POOL):
        key = video.key_at(seconds * (step + 0.5) / POOL) if step else video.first_key()
        if key is not None:
            keys.add(key)
        tell(step + 1, 2 * POOL)
    return sorted(keys)


def _plan(video: VideoFile, keys: list[int], seconds: float, fps: float) -> list[_Stretch]:
    if not keys:
        return []
    if len(keys) >= ENOUGH_KEYS:
        paired = set(keys[:: max(1, len(keys) // PAIRS)])
        frames = int(NEAR * fps) + 2
        return [_Stretch(key, 0.0, frames, 1, key in paired) for key in keys]
    budget = min(MAX_DECODED, MAX_DECODED_PIXELS // max(1, video.stream.width * video.stream.height))
    frames = max(2, budget // max(1, len(keys)))
    starts = [video.seconds(key) for key in keys]
    lengths = [
        min(max(end - start, 0.0), frames / fps) for start, end in zip(starts, [*starts[1:], seconds], strict=True)
    ]
    total = sum(lengths) or 1.0
    return [
        _Stretch(key, length, frames, max(1, round(POOL * length / total)), True)
        for key, length in zip(keys, lengths, strict=True)
    ]


def _look(video: VideoFile, stretch: _Stretch) -> list[Candidate]:
    if stretch.samples == 1 and not stretch.paired:
        frame = video.key_frame(stretch.key)
        return [] if frame is None else [_candidate(video, stretch.key, 0, frame)]
    with closing(video.forward(stretch.key)) as frames:
        return _sample(video, stretch, islice(enumerate(frames), stretch.frames))


def _sample(video: VideoFile, stretch: _Stretch, frames: Iterator[tuple[int, VideoFrame]]) -> list[Candidate]:
    """Walk a stretch, keeping evenly spaced pictures and, for some, the one that is shown shortly after."""
    start = video.seconds(stretch.key)
    targets = deque(start + stretch.seconds * sample / stretch.samples for sample in range(stretch.samples))
    found: list[Candidate] = []
    waiting: int | None = None  # which of `found` still lacks its `later`
    for index, frame in frames:
        seconds = video.shown_at(frame, stretch.key, index)
        if waiting is not None and seconds >= found[waiting].seconds + NEAR:
            by = seconds - found[waiting].seconds
            found[waiting] = replace(found[waiting], later=_small(video, frame), later_by=by)
            waiting = None
        if index == 0 or (targets and seconds >= targets[0]):
            found.append(_candidate(video, stretch.key, index, frame))
            while targets and targets[0] <= seconds:
                targets.popleft()
            if waiting is None and stretch.paired:
                waiting = len(found) - 1
        if not targets and waiting is None:
            break
    return found


def _candidate(video: VideoFile, key: int, index: int, frame: VideoFrame) -> Candidate:
    return Candidate(
        Moment(key, index),
        video.shown_at(frame, key, index),
        _small(video, frame),
        not (frame.is_corrupt or video.damaged),
    )


def _small(video: VideoFile, frame: VideoFrame) -> Pixels:
    return to_pixels(frame, video.stream.sample_aspect_ratio, longest=SMALL_SIDE)
