"""The sample video of the demonstration: what a newcomer's first upload is made of."""

from __future__ import annotations

from typing import TYPE_CHECKING

import av
import numpy as np
import pytest

from imagecreator.demo.film.melody import RATE, melody
from imagecreator.demo.sample import FPS, SCENES, SECONDS, draw_sample

if TYPE_CHECKING:
    from pathlib import Path

    from av.container import InputContainer


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("demo") / "new folder" / "sample.mp4"
    draw_sample(path, lambda done, of: None)
    return path


def opened(film: Path) -> InputContainer:
    return av.open(str(film))


def test_it_is_twenty_seconds_of_h264_in_720p(film: Path) -> None:
    with opened(film) as container:
        picture = container.streams.video[0]
        assert (picture.codec_context.name, picture.width, picture.height) == ("h264", 1280, 720)
        assert picture.average_rate == FPS
        assert picture.frames == FPS * SECONDS
        assert container.duration == SECONDS * 1_000_000


def test_it_has_stereo_sound_that_is_not_silence(film: Path) -> None:
    with opened(film) as container:
        sound = np.concatenate([frame.to_ndarray() for frame in container.decode(audio=0)], axis=1)
    assert sound.shape[0] == 2
    assert abs(sound.shape[1] / RATE - SECONDS) < 0.1
    assert 0.05 < np.abs(sound).max() <= 1.01


def test_it_is_small_enough_to_upload_in_a_moment(film: Path) -> None:
    assert film.stat().st_size < 6_000_000


def test_no_half_written_file_is_left_beside_it(film: Path) -> None:
    assert [file.name for file in film.parent.iterdir()] == ["sample.mp4"]


def test_progress_counts_every_frame_to_the_last(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("imagecreator.demo.sample.FPS", 2)
    told: list[tuple[int, int]] = []
    draw_sample(tmp_path / "short.mp4", lambda done, of: told.append((done, of)))
    assert told == [(n, 2 * SECONDS) for n in range(1, 2 * SECONDS + 1)]


@pytest.mark.parametrize("scene", SCENES, ids=lambda scene: scene.__module__.rpartition(".")[2])
def test_a_scene_is_the_same_every_time_and_moves(scene: object) -> None:
    assert callable(scene)
    first, again = scene(), scene()
    assert first(1.0).tobytes() == again(1.0).tobytes()
    moved = np.abs(np.asarray(first(1.0), dtype=int) - np.asarray(first(1.5), dtype=int))
    assert (moved.max(axis=2) > 24).mean() > 0.01


def test_the_scenes_look_different() -> None:
    colours = [np.asarray(scene()(2.0)).mean(axis=(0, 1)) for scene in SCENES]
    for number, one in enumerate(colours):
        assert all(np.abs(one - other).max() > 12 for other in colours[number + 1 :])


def test_the_melody_begins_and_ends_softly() -> None:
    sound = np.abs(melody(4.0))
    assert sound[:, :100].max() < 0.01
    assert sound[:, -100:].max() < 0.01
    assert sound.max() <= 1
