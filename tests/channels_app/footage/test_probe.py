"""What a file is, or why it is refused: one test for each kind of bad input, on files drawn here."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

import pytest

from channels_app.footage.probe import Limits, VideoFacts, probe
from imagecreator.errors import ExpectedError
from tests.clips import (
    cut_off,
    damage_sound,
    draw_clip,
    draw_giant,
    draw_live_webm,
    draw_scene,
    draw_sound,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

LIMITS = Limits(max_bytes=50_000_000, max_seconds=60, max_side=8192)


def _refusal(path: Path, limits: Limits = LIMITS) -> tuple[str, dict[str, object]]:
    with pytest.raises(ExpectedError) as caught:
        probe(path, limits)
    return caught.value.code, dict(caught.value.values)


def test_an_ordinary_video_is_measured(tmp_path: Path) -> None:
    path = draw_clip(tmp_path / "a.mp4", seconds=2, audio=True)
    facts = probe(path, LIMITS)
    assert facts.seconds == pytest.approx(2.0, abs=0.1)
    assert facts == VideoFacts(
        seconds=facts.seconds,
        width=320,
        height=180,
        rotation=0,
        fps=15.0,
        codec="h264",
        container="mp4",
        has_audio=True,
    )


@pytest.mark.parametrize(
    ("name", "codec", "expected", "container"),
    [
        ("a.webm", "libvpx-vp9", "vp9", "webm"),
        ("a.mkv", "libx265", "hevc", "matroska"),
        ("a.mov", "libx264", "h264", "mov"),
        ("a.avi", "mpeg4", "mpeg4", "avi"),
        ("a.ts", "libx264", "h264", "mpegts"),
    ],
)
def test_codec_and_container_are_named(tmp_path: Path, name: str, codec: str, expected: str, container: str) -> None:
    facts = probe(draw_clip(tmp_path / name, codec=codec, seconds=1), LIMITS)
    assert (facts.codec, facts.container, facts.has_audio) == (expected, container, False)
    assert facts.seconds == pytest.approx(1.0, abs=0.15)


@pytest.mark.parametrize(("rotate", "size"), [(90, (180, 320)), (-90, (180, 320)), (180, (320, 180))])
def test_a_rotated_video_has_the_size_that_is_seen(tmp_path: Path, rotate: int, size: tuple[int, int]) -> None:
    facts = probe(draw_clip(tmp_path / "a.mp4", seconds=1, rotate=rotate), LIMITS)
    assert (facts.width, facts.height) == size
    assert facts.rotation % 360 == rotate % 360


def test_pixels_that_are_not_square_are_stretched(tmp_path: Path) -> None:
    wide = probe(draw_clip(tmp_path / "a.mp4", seconds=1, sample_aspect=Fraction(4, 3)), LIMITS)
    tall = probe(draw_clip(tmp_path / "b.mp4", seconds=1, sample_aspect=Fraction(1, 2)), LIMITS)
    assert (wide.width, wide.height) == (427, 180)
    assert (tall.width, tall.height) == (320, 360)


def test_a_live_webm_without_a_duration_is_measured_by_its_packets(tmp_path: Path) -> None:
    assert probe(draw_live_webm(tmp_path / "a.webm", seconds=3), LIMITS).seconds == pytest.approx(3.0, abs=0.1)


def test_damaged_sound_does_not_matter(tmp_path: Path) -> None:
    facts = probe(damage_sound(draw_clip(tmp_path / "a.mp4", seconds=2, audio=True)), LIMITS)
    assert facts.has_audio
    assert facts.seconds == pytest.approx(2.0, abs=0.1)


def test_one_frame_is_a_video(tmp_path: Path) -> None:
    assert probe(draw_clip(tmp_path / "a.mp4", seconds=0.01), LIMITS).width == 320


def test_a_variable_frame_rate_is_no_trouble(tmp_path: Path) -> None:
    times = [index * 0.04 for index in range(20)] + [0.8 + index * 0.5 for index in range(5)]
    facts = probe(draw_clip(tmp_path / "a.mp4", times=times, options={"bf": "0"}), LIMITS)
    assert facts.seconds == pytest.approx(2.9, abs=0.2)


def test_a_file_cut_off_in_the_middle_is_still_a_video_if_its_index_came_first(tmp_path: Path) -> None:
    clip = draw_clip(tmp_path / "a.mp4", container_options={"movflags": "faststart"})
    assert probe(cut_off(clip, 0.5), LIMITS).codec == "h264"


def test_an_empty_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.mp4"
    path.touch()
    assert _refusal(path) == ("empty_file", {})


def _text(path: Path) -> None:
    path.write_text("Dear diary, today I renamed a text.\n" * 50)


def _picture(path: Path) -> None:
    draw_scene((64, 64), 0, 0.5).save(path, "PNG")


def _playlist(path: Path) -> None:
    path.write_text("#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\nother.mp4\n#EXT-X-ENDLIST\n")


def _list_of_files(path: Path) -> None:
    path.write_text("ffconcat version 1.0\nfile other.mp4\n")


@pytest.mark.parametrize("make", [_text, _picture, _playlist, _list_of_files])
def test_what_only_has_the_name_of_a_video_is_refused(tmp_path: Path, make: Callable[[Path], None]) -> None:
    draw_clip(tmp_path / "other.mp4", seconds=1)
    make(tmp_path / "a.mp4")
    assert _refusal(tmp_path / "a.mp4") == ("not_a_video", {})


@pytest.mark.parametrize("cover", [False, True])
def test_sound_alone_is_refused_with_or_without_a_cover(tmp_path: Path, cover: bool) -> None:
    assert _refusal(draw_sound(tmp_path / "a.m4a", cover=cover)) == ("no_picture", {})


def test_a_file_cut_off_before_its_index_is_damaged(tmp_path: Path) -> None:
    assert _refusal(cut_off(draw_clip(tmp_path / "a.mp4"), 0.6)) == ("damaged", {})


def test_too_many_bytes_are_refused(tmp_path: Path) -> None:
    path = draw_clip(tmp_path / "a.mp4", seconds=1)
    limits = Limits(max_bytes=path.stat().st_size - 1, max_seconds=60, max_side=8192)
    assert _refusal(path, limits) == ("too_many_bytes", {"limit_mb": 1})


@pytest.mark.parametrize("live", [False, True])
def test_too_long_a_video_is_refused_whether_it_says_its_length_or_not(tmp_path: Path, live: bool) -> None:
    path = draw_live_webm(tmp_path / "a.webm") if live else draw_clip(tmp_path / "a.mp4")
    limits = Limits(max_bytes=50_000_000, max_seconds=5, max_side=8192)
    assert _refusal(path, limits) == ("too_long", {"limit_minutes": 1})


def test_too_many_pixels_are_refused(tmp_path: Path) -> None:
    limits = Limits(max_bytes=50_000_000, max_seconds=60, max_side=319)
    assert _refusal(draw_clip(tmp_path / "a.mp4", seconds=1), limits) == ("too_many_pixels", {"limit_side": 319})


@pytest.mark.parametrize("side", [12_000, 16_384])
def test_a_giant_is_refused_before_it_gets_memory(tmp_path: Path, side: int) -> None:
    assert _refusal(draw_giant(tmp_path / "a.mov", side=side)) == ("too_many_pixels", {"limit_side": 8192})


@pytest.mark.parametrize("side", [12_000, 16_384])
def test_a_giant_that_hides_behind_a_small_header_is_refused_too(tmp_path: Path, side: int) -> None:
    assert _refusal(draw_giant(tmp_path / "a.mov", side=side, in_header=False))[0] in {"damaged", "too_many_pixels"}
