"""The frames of a video that could become its thumbnail, and how much the video moves. A video is opened by `decode`,
looked through by `pool`, judged by `scoring` and `likeness`; here the best are chosen and cut out.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING

import cv2
import numpy as np

from channels_app.footage.decode import VideoFile, open_video
from channels_app.footage.letterbox import Crop, find_bars
from channels_app.footage.likeness import TWINS, Signature, motion_between, scenes_of, sign
from channels_app.footage.pixels import Pixels, to_image, to_pixels
from channels_app.footage.pool import Candidate, gather
from channels_app.footage.scoring import Measures, measure
from imagecreator.errors import ExpectedError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from PIL import Image

    from channels_app.footage.probe import VideoFacts

LONGEST_SIDE = 1920  # pixels of a picked frame
ENOUGH = 8  # frames that we try to reach by asking less …
# … first of how new a frame must be beside those already chosen, then of its score as a share of the best one's.
# Below the last novelty two frames are twins, and nothing makes us take both.
TIERS = ((0.30, 0.75), (0.18, 0.75), (TWINS, 0.75), (TWINS, 0.0))
SPREAD = 0.25  # worth, in score, of being far in time from every chosen frame
VARIETY = 0.25  # … of looking unlike them
NEW_SCENE = 0.30  # … of being the first of its scene
MOTION_PAIRS = 16
STEPS = 100  # of the progress that is told: the pool takes most of the time, judging it and cutting out the rest
POOLED, JUDGED = 60, 90


def nothing(step: int, steps: int) -> None:
    """Tell nobody."""


@dataclass(frozen=True)
class PickedFrame:
    """A frame worth showing: upright, without bars, RGB, its longer side at most 1920 pixels.

    `time` is in seconds; `rank` 0 is the best. `sharpness`, `exposure`, `colourfulness` and `score` are 0..1.
    """

    time: float
    image: Image.Image
    sharpness: float
    exposure: float
    colourfulness: float
    faces: int
    score: float
    rank: int


@dataclass(frozen=True)
class Picked:
    """The frames in order of time, and what was seen on the way.

    `scenes` and `cuts_per_minute` count what the pool of some 64 pictures shows, so for a long video they are lower
    bounds. `motion` is 0 (still) to 1 (wild): see `likeness.motion_between`.
    """

    frames: list[PickedFrame]
    scenes: int
    cuts_per_minute: float
    motion: float


@dataclass(frozen=True)
class _Judged:
    candidate: Candidate
    pixels: Pixels
    measures: Measures
    signature: Signature
    scene: int


def pick_frames(
    path: Path, facts: VideoFacts, *, count: int = 12, tell: Callable[[int, int], None] = nothing
) -> Picked:
    """Pick up to `count` frames, 8 or more where the video has them; the same file gives the same frames, bit for bit.

    `tell(step, steps)` is called as the work goes on; what it raises ends the work and reaches the caller.
    Raises ExpectedError: `damaged` where nothing decodes, and those of `decode.open_video`.
    """
    with open_video(path, max_side=max(facts.width, facts.height)) as video:
        pool = gather(video, facts.seconds, facts.fps, lambda step, steps: tell(step * POOLED // steps, STEPS))
        if not pool:
            raise ExpectedError("damaged")
        crop = find_bars([candidate.small for candidate in pool])
        judged = _judge(pool, crop, tell)
        chosen = _choose(judged, count)
        frames = _cut_out(video, chosen, crop, tell)
    scenes = judged[-1].scene + 1
    return Picked(frames, scenes, (scenes - 1) * 60 / max(facts.seconds, 1.0), _motion(judged, crop))


def _judge(pool: Sequence[Candidate], crop: Crop, tell: Callable[[int, int], None]) -> list[_Judged]:
    """The candidates worth looking at, measured; where all of them are black or flat, all of them."""
    pictures = [np.ascontiguousarray(crop.apply(candidate.small)) for candidate in pool]
    measures = []
    for index, picture in enumerate(pictures, start=1):
        measures.append(measure(picture))
        tell(POOLED + (JUDGED - POOLED) * index // len(pictures), STEPS)
    kept = [index for index, found in enumerate(measures) if not found.empty] or list(range(len(pool)))
    signatures = [sign(pictures[index]) for index in kept]
    return [
        _Judged(pool[index], pictures[index], measures[index], signature, scene)
        for index, signature, scene in zip(kept, signatures, scenes_of(signatures), strict=True)
    ]


def _choose(judged: Sequence[_Judged], count: int) -> list[_Judged]:
    """Greedy: again and again the frame that is good in itself and unlike those chosen, in time, look and scene.

    No scene gets more than its fair share, unless the others have too little to offer.
    """
    best = max(item.measures.score for item in judged)
    gap = max(judged[-1].candidate.seconds - judged[0].candidate.seconds, 1e-3) / max(1, count - 1)
    fair_share = -(-count // len({item.scene for item in judged}))
    chosen: list[_Judged] = []
    for most, (novelty, share) in product((fair_share, count), TIERS):
        left = [item for item in judged if item.measures.score >= share * best]
        while len(chosen) < count:
            taken = Counter(item.scene for item in chosen)
            left = [item for item in left if taken[item.scene] < most and _novelty(item, chosen) >= novelty]
            if not left:
                break
            chosen.append(max(left, key=lambda item: (_worth(item, chosen, gap), -item.candidate.seconds)))
        if len(chosen) >= min(ENOUGH, count):
            break
    return chosen


def _novelty(item: _Judged, chosen: Sequence[_Judged]) -> float:
    return min((item.signature.novelty(other.signature) for other in chosen), default=1.0)


def _worth(item: _Judged, chosen: Sequence[_Judged], gap: float) -> float:
    if not chosen:
        return item.measures.score
    away = min(abs(item.candidate.seconds - other.candidate.seconds) for other in chosen)
    unlike = min(item.signature.difference(other.signature) for other in chosen)
    in_scene = Counter(other.scene for other in chosen)[item.scene]
    return (
        item.measures.score
        + SPREAD * min(1.0, away / gap)
        + VARIETY * min(1.0, 2 * unlike)
        + NEW_SCENE * (in_scene == 0)
    )


def _cut_out(
    video: VideoFile, chosen: Sequence[_Judged], crop: Crop, tell: Callable[[int, int], None]
) -> list[PickedFrame]:
    """Decode the chosen moments again, in full size: keeping every candidate that large would cost too much memory."""
    ranks = {id(item): rank for rank, item in enumerate(sorted(chosen, key=lambda item: -item.measures.score))}
    frames = []
    for index, item in enumerate(sorted(chosen, key=lambda item: item.candidate.seconds), start=1):
        frame = video.frame(item.candidate.moment)
        if frame is None:
            raise ExpectedError("damaged")
        full = crop.apply(to_pixels(frame, video.stream.sample_aspect_ratio))
        frames.append(_picked(item, to_image(_shrunk(full)), ranks[id(item)]))
        tell(JUDGED + (STEPS - JUDGED) * index // len(chosen), STEPS)
    return frames


def _picked(item: _Judged, image: Image.Image, rank: int) -> PickedFrame:
    found = item.measures
    return PickedFrame(
        time=item.candidate.seconds,
        image=image,
        sharpness=found.sharpness,
        exposure=found.exposure,
        colourfulness=found.colourfulness,
        faces=len(found.faces),
        score=found.score,
        rank=rank,
    )


def _shrunk(pixels: Pixels) -> Pixels:
    height, width = pixels.shape[:2]
    scale = LONGEST_SIDE / max(width, height)
    if scale >= 1:
        return np.ascontiguousarray(pixels)
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    return np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)


def _motion(judged: Sequence[_Judged], crop: Crop) -> float:
    """The mean over up to 16 pairs of pictures that are shown shortly after one another; 0.0 where there are none."""
    pairs = [item for item in judged if item.candidate.later is not None]
    speeds = []
    for item in pairs[:: max(1, -(-len(pairs) // MOTION_PAIRS))]:
        assert item.candidate.later is not None
        speed = motion_between(item.pixels, crop.apply(item.candidate.later), item.candidate.later_by)
        if speed is not None:
            speeds.append(speed)
    return float(np.mean(speeds)) if speeds else 0.0
