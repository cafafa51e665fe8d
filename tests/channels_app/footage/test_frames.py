"""The frames that are picked: upright, whole, lit, no two alike, from all scenes, and the same ones each time."""

from __future__ import annotations

import os
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

import av
import numpy as np
import numpy.typing as npt
import pytest

from channels_app.footage.frames import Picked, pick_frames
from channels_app.footage.likeness import sign
from channels_app.footage.pixels import to_pixels
from channels_app.footage.probe import Limits, probe
from imagecreator.errors import ExpectedError
from tests.clips import cut_off, damage_pictures, draw_clip, draw_live_webm, draw_scene

if TYPE_CHECKING:
    from PIL import Image

LIMITS = Limits(max_bytes=5_000_000_000, max_seconds=36_000, max_side=8192)


def _pick(path: Path, count: int = 12) -> Picked:
    return pick_frames(path, probe(path, LIMITS), count=count)


def _pixels(image: Image.Image) -> npt.NDArray[np.int16]:
    return np.asarray(image.convert("RGB")).astype(np.int16)


def _difference(one: Image.Image, other: Image.Image) -> float:
    return float(np.abs(_pixels(one) - _pixels(other)).mean())


def _assert_sound(picked: Picked) -> None:
    """What holds for the frames of every video."""
    frames = picked.frames
    assert [frame.time for frame in frames] == sorted(frame.time for frame in frames)
    assert sorted(frame.rank for frame in frames) == list(range(len(frames)))
    by_rank = sorted(frames, key=lambda frame: frame.rank)
    assert [frame.score for frame in by_rank] == sorted((frame.score for frame in frames), reverse=True)
    for frame in frames:
        assert frame.image.mode == "RGB"
        assert max(frame.image.size) <= 1920
        for measure in (frame.sharpness, frame.exposure, frame.colourfulness, frame.score):
            assert 0 <= measure <= 1
    assert 0 <= picked.motion <= 1
    signatures = [sign(np.asarray(frame.image)) for frame in frames]
    for index, signature in enumerate(signatures):
        assert all(signature.novelty(other) > 0.05 for other in signatures[:index])


def test_a_video_of_four_scenes_gives_frames_from_each(tmp_path: Path) -> None:
    picked = _pick(draw_clip(tmp_path / "a.mp4", scenes=4, seconds=6))
    _assert_sound(picked)
    assert 8 <= len(picked.frames) <= 12
    assert {int(frame.time // 1.5) for frame in picked.frames} == {0, 1, 2, 3}
    assert picked.scenes == 4
    assert picked.cuts_per_minute == pytest.approx(30, abs=1)


def test_no_scene_takes_more_than_its_share(tmp_path: Path) -> None:
    seconds, scenes = 6.0, 4
    picked = _pick(draw_clip(tmp_path / "a.mp4", seconds=seconds, scenes=scenes))
    of_scene = [int(frame.time * scenes / seconds) for frame in picked.frames]
    assert len(of_scene) >= 8
    assert max(of_scene.count(scene) for scene in range(scenes)) <= 12 / scenes


def test_the_same_file_gives_the_same_frames_bit_for_bit(tmp_path: Path) -> None:
    path = draw_clip(tmp_path / "a.mp4", seconds=4)
    first, second = _pick(path), _pick(path)
    assert [frame.time for frame in first.frames] == [frame.time for frame in second.frames]
    assert [frame.image.tobytes() for frame in first.frames] == [frame.image.tobytes() for frame in second.frames]
    assert first.motion == second.motion


@pytest.mark.parametrize(
    ("name", "codec", "gop"),
    [
        ("a.mp4", "libx264", 15),
        ("long.mp4", "libx264", 1000),
        ("every.mp4", "libx264", 1),
        ("a.webm", "libvpx-vp9", 15),
        ("b.webm", "libvpx", 15),
        ("hevc.mp4", "libx265", 15),
        ("a.avi", "mpeg4", 12),
        ("a.ts", "libx264", 15),
    ],
)
def test_a_picked_frame_is_the_one_that_is_shown_at_its_time(tmp_path: Path, name: str, codec: str, gop: int) -> None:
    path = draw_clip(tmp_path / name, codec=codec, gop=gop, seconds=4)
    picked = _pick(path)
    _assert_sound(picked)
    assert len(picked.frames) >= 8
    with av.open(str(path)) as container:
        origin = (container.start_time or 0) / 1_000_000
        shown = {round(frame.time - origin, 2): frame for frame in container.decode(video=0)}
        for frame in picked.frames:
            expected = to_pixels(shown[round(frame.time, 2)], None)
            assert np.array_equal(expected, np.asarray(frame.image))


def test_open_gops_of_hevc_are_shown_whole(tmp_path: Path) -> None:
    options = {"x265-params": "log-level=none:pools=2:open-gop=1:keyint=15:min-keyint=15:bframes=4"}
    path = draw_clip(tmp_path / "a.mp4", codec="libx265", seconds=26, scenes=5, options=options)
    picked = _pick(path)
    _assert_sound(picked)
    with av.open(str(path)) as container:
        shown = {round(frame.time, 2): to_pixels(frame, None) for frame in container.decode(video=0)}
    for frame in picked.frames:
        assert np.array_equal(shown[round(frame.time, 2)], np.asarray(frame.image))


def test_one_long_gop_is_looked_through(tmp_path: Path) -> None:
    picked = _pick(draw_clip(tmp_path / "a.mp4", gop=1000, seconds=8, scenes=1))
    assert len(picked.frames) >= 8
    assert picked.frames[-1].time - picked.frames[0].time > 5


def test_black_at_the_start_is_not_picked(tmp_path: Path) -> None:
    picked = _pick(draw_clip(tmp_path / "a.mp4", start_black=2.0))
    assert all(frame.time >= 2.0 for frame in picked.frames)
    assert len(picked.frames) >= 8


def test_a_picture_that_stands_still_is_picked_once(tmp_path: Path) -> None:
    picked = _pick(draw_clip(tmp_path / "a.mp4", still=True, scenes=1))
    assert len(picked.frames) == 1
    assert picked.motion < 0.01


def test_stills_of_three_scenes_are_picked_once_each(tmp_path: Path) -> None:
    picked = _pick(draw_clip(tmp_path / "a.mp4", still=True, scenes=3))
    assert [int(frame.time // 2) for frame in picked.frames] == [0, 1, 2]


def test_a_video_that_is_all_black_gives_one_frame(tmp_path: Path) -> None:
    assert len(_pick(draw_clip(tmp_path / "a.mp4", start_black=99)).frames) == 1


@pytest.mark.parametrize(("letterbox", "pillarbox"), [(24, 0), (0, 40), (20, 30)])
def test_bars_are_cropped(tmp_path: Path, letterbox: int, pillarbox: int) -> None:
    path = draw_clip(tmp_path / "a.mp4", letterbox=letterbox, pillarbox=pillarbox, start_black=1.0)
    for frame in _pick(path).frames:
        assert frame.image.width == pytest.approx(320 - 2 * pillarbox, abs=3)
        assert frame.image.height == pytest.approx(180 - 2 * letterbox, abs=3)
        edges = np.asarray(frame.image.convert("L"))
        assert min(edges[0].mean(), edges[-1].mean(), edges[:, 0].mean(), edges[:, -1].mean()) > 20


def test_a_video_without_bars_is_not_cropped(tmp_path: Path) -> None:
    assert {frame.image.size for frame in _pick(draw_clip(tmp_path / "a.mp4")).frames} == {(320, 180)}


@pytest.mark.parametrize("rotate", [90, -90, 180])
def test_a_rotated_video_gives_upright_frames(tmp_path: Path, rotate: int) -> None:
    lying = _pick(draw_clip(tmp_path / "a.mp4", scenes=2, seconds=2), count=1).frames[0]
    turned = [
        frame
        for frame in _pick(draw_clip(tmp_path / "b.mp4", scenes=2, seconds=2, rotate=rotate), count=30).frames
        if abs(frame.time - lying.time) < 0.3
    ]
    assert turned
    assert _difference(turned[0].image, lying.image.rotate(rotate, expand=True)) < 12


def test_anamorphic_frames_are_stretched(tmp_path: Path) -> None:
    picked = _pick(draw_clip(tmp_path / "a.mp4", seconds=2, sample_aspect=Fraction(4, 3)))
    assert {frame.image.size for frame in picked.frames} == {(427, 180)}


@pytest.mark.parametrize(
    ("name", "codec", "pix_fmt"),
    [("a.webm", "libvpx-vp9", "yuva420p"), ("b.webm", "libvpx", "yuva420p"), ("a.mov", "qtrle", "argb")],
)
def test_transparent_parts_become_white(tmp_path: Path, name: str, codec: str, pix_fmt: str) -> None:
    picked = _pick(draw_clip(tmp_path / name, codec=codec, alpha=True, pix_fmt=pix_fmt, seconds=3))
    assert len(picked.frames) >= 8
    for frame in picked.frames:
        pixels = _pixels(frame.image)
        assert pixels[:, :90].min() > 245
        assert pixels[:, 120:].min() < 100


def test_colours_are_those_that_were_drawn(tmp_path: Path) -> None:
    picked = _pick(draw_clip(tmp_path / "a.mp4", codec="png", pix_fmt="rgb24", still=True, scenes=1, seconds=1))
    assert _difference(picked.frames[0].image, draw_scene((320, 180), 0, 0.5)) == 0
    lossy = _pick(draw_clip(tmp_path / "b.mp4", still=True, scenes=1, seconds=1))
    assert _difference(lossy.frames[0].image, draw_scene((320, 180), 0, 0.5)) < 8


def test_a_frame_is_at_most_1920_wide(tmp_path: Path) -> None:
    path = draw_clip(tmp_path / "a.mp4", size=(2560, 720), seconds=1, fps=4, scenes=1)
    assert {frame.image.size for frame in _pick(path, count=3).frames} == {(1920, 540)}


def test_one_frame_gives_one_frame(tmp_path: Path) -> None:
    picked = _pick(draw_clip(tmp_path / "a.mp4", seconds=0.01))
    assert [frame.time for frame in picked.frames] == [0.0]
    assert (picked.scenes, picked.cuts_per_minute, picked.motion) == (1, 0.0, 0.0)


def test_a_live_webm_without_duration_and_index_is_looked_through(tmp_path: Path) -> None:
    picked = _pick(draw_live_webm(tmp_path / "a.webm"))
    assert len(picked.frames) >= 8
    assert picked.scenes == 4


def test_a_variable_frame_rate_is_looked_through_by_time(tmp_path: Path) -> None:
    times = [index * 0.04 for index in range(40)] + [1.6 + index * 0.3 for index in range(20)]
    picked = _pick(draw_clip(tmp_path / "a.mp4", times=times))
    assert len(picked.frames) >= 8
    assert all(min(abs(frame.time - time) for time in times) < 0.002 for frame in picked.frames)


@pytest.mark.parametrize(
    ("name", "codec", "gop"), [("a.mp4", "libx264", 15), ("b.mp4", "libx264", 999), ("a.webm", "libvpx", 15)]
)
def test_of_a_file_that_was_cut_off_what_is_left_is_used(tmp_path: Path, name: str, codec: str, gop: int) -> None:
    options = {"movflags": "faststart"} if name.endswith("mp4") else None
    path = draw_clip(tmp_path / name, codec=codec, gop=gop, container_options=options)
    picked = _pick(cut_off(path, 0.55))
    _assert_sound(picked)
    assert len(picked.frames) >= 8
    assert picked.frames[-1].time < 5


def test_damage_in_the_middle_leaves_frames(tmp_path: Path) -> None:
    assert len(_pick(damage_pictures(draw_clip(tmp_path / "a.mp4"), every=10)).frames) >= 8


def test_no_more_frames_come_than_are_asked_for(tmp_path: Path) -> None:
    path = draw_clip(tmp_path / "a.mp4", seconds=3)
    assert len(_pick(path, count=3).frames) == 3


def test_a_file_in_which_nothing_decodes_is_damaged(tmp_path: Path) -> None:
    path = draw_clip(tmp_path / "a.mp4", seconds=1)
    facts = probe(path, LIMITS)
    with av.open(str(path)) as clip:
        places = [(packet.pos, packet.size) for packet in clip.demux(video=0) if packet.size]
    data = bytearray(path.read_bytes())
    for start, size in places:
        assert start is not None
        data[start : start + size] = bytes(size)
    path.write_bytes(data)
    with pytest.raises(ExpectedError) as caught:
        pick_frames(path, facts)
    assert caught.value.code == "damaged"


def test_motion_is_told_from_stillness(tmp_path: Path) -> None:
    walking = _pick(draw_clip(tmp_path / "a.mp4", scenes=1, seconds=2)).motion
    strolling = _pick(draw_clip(tmp_path / "b.mp4", scenes=1, seconds=12)).motion
    assert walking > strolling > 0


@pytest.mark.parametrize("share", [1.0, 0.4])
def test_progress_is_told_and_never_runs_backwards(tmp_path: Path, share: float) -> None:
    path = cut_off(draw_clip(tmp_path / "a.mp4", seconds=4, container_options={"movflags": "faststart"}), share)
    told: list[tuple[int, int]] = []
    pick_frames(path, probe(path, LIMITS), tell=lambda step, steps: told.append((step, steps)))
    assert [step for step, _ in told] == sorted(step for step, _ in told)
    assert told[-1] == (100, 100)


def test_whoever_listens_can_end_the_work(tmp_path: Path) -> None:
    path = draw_clip(tmp_path / "a.mp4", seconds=2)

    class StopNow(Exception):
        pass

    def tell(step: int, steps: int) -> None:
        raise StopNow

    with pytest.raises(StopNow):
        pick_frames(path, probe(path, LIMITS), tell=tell)


def test_extra_clips_that_somebody_keeps_are_looked_through_too() -> None:
    folder = os.environ.get("IMAGECREATOR_CLIPS")
    clips = sorted(Path(folder).iterdir()) if folder else []
    for clip in clips:
        if clip.suffix in {".mp4", ".webm", ".mov", ".mkv", ".avi", ".ts"}:
            picked = _pick(clip)
            _assert_sound(picked)
            assert len(picked.frames) >= 8
