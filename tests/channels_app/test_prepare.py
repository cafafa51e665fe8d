"""The worker's part of an upload, for real: from a waiting video to its frames, or to the reason why there are none."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from django.urls import reverse
from django.utils import timezone

from channels_app.models import Frame, Video
from channels_app.prepare import prepare
from generation.models import PromptDraft
from imagecreator.queue.changes import cancel, retry
from imagecreator.queue.claim import claim
from imagecreator.queue.reaper import reap
from imagecreator.queue.serve import serve
from imagecreator.queue.states import State
from tests.clips import cut_off, damage_sound, draw_clip, draw_giant, draw_live_webm, draw_sound
from tests.full_disk import disk_with_room_for
from tests.look import image_in, page, rung, stored, words
from tests.rows import a_frame

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.test import Client

    from imagecreator.queue.lease import Lease

pytestmark = pytest.mark.django_db(transaction=True)


def work(video: Video, before: Callable[[str], None] | None = None) -> Video:
    """Let the worker do the next job, which must be this one; ``before`` hears of each stage first."""
    lease = claim(Video, "worker")
    assert lease is not None
    assert lease.pk == video.pk
    if before:
        listen(lease, before)
    serve(lease, prepare)
    return Video.objects.filter(pk=video.pk).first() or video


def listen(lease: Lease[Video], before: Callable[[str], None]) -> None:
    tell = lease.tell

    def heard(stage: str, step: int = 0, steps: int = 0) -> None:
        before(stage)
        tell(stage, step, steps)

    lease.tell = heard  # type: ignore[method-assign]


def test_a_video_becomes_ready_with_its_facts_frames_and_a_draft(
    queued: Callable[[Path], Video], walk_clip: Path, alices: Client
) -> None:
    rung("cpu")
    video = work(queued(walk_clip))
    assert (video.state, video.error, video.problem) == (State.DONE, "", None)
    assert (video.width, video.height, video.codec, video.container) == (320, 180, "h264", "mp4")
    assert video.duration == pytest.approx(6.0, abs=0.2)
    assert set(video.measures) == {"motion", "cuts_per_minute", "scenes"}
    assert video.measures["scenes"] == 4
    frames = list(video.frames.all())
    assert len(frames) >= 8
    assert [frame.time for frame in frames] == sorted(frame.time for frame in frames)
    assert sorted(frame.rank for frame in frames) == list(range(len(frames)))
    for frame in frames:
        image = image_in(alices.get(reverse("frame_file", args=[frame.pk])))
        assert image.size == (frame.width, frame.height) == (320, 180)
    draft = PromptDraft.objects.get()
    assert (draft.video, draft.target, draft.owner, draft.state) == (video, "thumbnail", video.owner, State.QUEUED)
    assert rung("cpu") == [PromptDraft.bell]
    answer = alices.get(video.get_absolute_url())
    assert page(answer).link(r"/videos/.*/generate/")
    assert "0:06" in words(answer)


def _text(path: Path) -> Path:
    path.write_text("Dear diary, today I renamed a text.\n" * 50)
    return path


def _empty(path: Path) -> Path:
    path.touch()
    return path


BAD = {
    "text": ("not_a_video", lambda folder: _text(folder / "a.mp4")),
    "empty": ("empty_file", lambda folder: _empty(folder / "a.mp4")),
    "cut off": ("damaged", lambda folder: cut_off(draw_clip(folder / "a.mp4", seconds=2), 0.6)),
    "sound": ("no_picture", lambda folder: draw_sound(folder / "a.m4a")),
    "sound with a cover": ("no_picture", lambda folder: draw_sound(folder / "a.m4a", cover=True)),
    "giant": ("too_many_pixels", lambda folder: draw_giant(folder / "a.mov")),
    "too long": ("too_long", lambda folder: draw_clip(folder / "a.mp4", seconds=62, fps=1, size=(64, 36))),
    "too many bytes": ("too_many_bytes", lambda folder: draw_clip(folder / "a.mp4", seconds=1)),
}


@pytest.mark.parametrize("kind", BAD)
def test_a_video_that_cannot_be_taken_says_why_and_the_next_one_is_read(
    kind: str,
    queued: Callable[[Path], Video],
    short_clip: Path,
    tmp_path: Path,
    alices: Client,
    settings: object,
) -> None:
    code, draw = BAD[kind]
    settings.VIDEO_MAX_MINUTES = 1  # type: ignore[attr-defined]
    video = queued(draw(tmp_path))
    before = stored()
    if kind == "too many bytes":  # an operator has lowered the limit meanwhile
        settings.VIDEO_MAX_MB = 0  # type: ignore[attr-defined]
    video = work(video)
    assert (video.state, video.error) == (State.FAILED, code)
    assert not Frame.objects.exists()
    assert not PromptDraft.objects.exists()
    assert stored() == before, "the file itself is kept, nothing else is left"
    shown = words(alices.get(video.get_absolute_url()))
    assert video.problem is not None
    assert video.problem.what in shown
    assert video.problem.do in shown
    assert "%(" not in video.problem.what + video.problem.do
    assert "Try again" in shown
    settings.VIDEO_MAX_MB = 10  # type: ignore[attr-defined]
    assert work(queued(short_clip)).state == State.DONE


ODD = {
    "one frame": lambda folder: draw_clip(folder / "a.mp4", seconds=0.01),
    "no duration": lambda folder: draw_live_webm(folder / "a.webm", seconds=2),
    "variable rate": lambda folder: draw_clip(folder / "a.mp4", times=[0, 0.1, 0.2, 1.5, 1.6, 3], options={"bf": "0"}),
    "rotated": lambda folder: draw_clip(folder / "a.mp4", seconds=2, rotate=90),
    "alpha": lambda folder: draw_clip(folder / "a.webm", codec="libvpx", seconds=2, alpha=True),
    "broken sound": lambda folder: damage_sound(draw_clip(folder / "a.mp4", seconds=2, audio=True)),
}


@pytest.mark.parametrize("kind", ODD)
def test_an_odd_video_is_taken(kind: str, queued: Callable[[Path], Video], tmp_path: Path) -> None:
    video = work(queued(ODD[kind](tmp_path)))
    assert (video.state, video.error) == (State.DONE, "")
    assert video.duration is not None
    frames = list(video.frames.all())
    assert frames
    for frame in frames:
        is_upright = frame.height > frame.width if kind == "rotated" else frame.width > frame.height
        assert is_upright
        assert 0 <= frame.time <= video.duration


def test_a_failed_video_can_be_tried_again_from_its_page(
    queued: Callable[[Path], Video], short_clip: Path, alices: Client
) -> None:
    video = queued(short_clip)
    path = Path(video.file.path)
    away = path.rename(path.with_suffix(".away"))
    video = work(video)
    assert (video.state, video.error) == (State.FAILED, "file_missing")
    away.rename(path)
    retry = page(alices.get(video.get_absolute_url())).form(action=r"/videos/.*/retry/").action
    rung("cpu")
    assert alices.post(retry)["Location"] == video.get_absolute_url()
    assert rung("cpu") == [Video.bell]
    video = work(video)
    assert (video.state, video.error, video.attempt) == (State.DONE, "", 1)
    assert video.frames.exists()


def test_frames_of_an_earlier_attempt_are_replaced_with_their_files(
    queued: Callable[[Path], Video], short_clip: Path
) -> None:
    video = queued(short_clip)
    old = a_frame(video)
    video = work(video)
    assert not Path(old.file.path).exists()
    files = {Path(frame.file.path) for frame in video.frames.all()}
    assert files == {path for path in stored() if str(video.pk) in str(path) and path.suffix == ".jpg"}


@pytest.mark.parametrize("stage", ["probe", "frames"])
def test_a_video_that_is_deleted_while_it_is_worked_on_leaves_nothing(
    stage: str, queued: Callable[[Path], Video], short_clip: Path, alices: Client
) -> None:
    before = stored()
    video = queued(short_clip)

    def delete(now: str) -> None:
        if now == stage and Video.objects.filter(pk=video.pk).exists():
            alices.post(reverse("video_delete", args=[video.pk]))

    work(video, delete)
    assert not Video.objects.exists()
    assert not Frame.objects.exists()
    assert not PromptDraft.objects.exists()
    assert stored() == before


def lose_lease(video: Video) -> None:
    Video.objects.filter(pk=video.pk).update(lease_until=timezone.now() - timedelta(seconds=1))
    assert reap(Video) == 1


def test_a_worker_that_was_given_up_for_dead_leaves_no_files(queued: Callable[[Path], Video], short_clip: Path) -> None:
    video = queued(short_clip)
    before = stored()
    lease = claim(Video, "slow")
    assert lease is not None
    end = lease.end

    def end_too_late(*args: object, **fields: object) -> None:
        assert len(stored()) > len(before), "the frames are written already"
        lose_lease(video)
        end(*args, **fields)  # type: ignore[arg-type]

    lease.end = end_too_late  # type: ignore[method-assign]
    serve(lease, prepare)
    assert stored() == before
    lose_lease(video)  # again: the first loss went with the worker's transaction
    video = work(video)
    assert (video.state, video.attempt) == (State.DONE, 2)
    assert len(stored()) == len(before) + video.frames.count()
    assert PromptDraft.objects.count() == 1


def test_a_disk_that_runs_full_leaves_nothing_and_the_next_attempt_works(
    queued: Callable[[Path], Video], walk_clip: Path, alices: Client, settings: object
) -> None:
    video = queued(walk_clip)
    before = stored()
    with disk_with_room_for(settings, files=2):
        video = work(video)
    assert (video.state, video.error) == (State.FAILED, "disk_full")
    assert stored() == before
    assert not Frame.objects.exists()
    assert "There is no space left on the disk." in words(alices.get(video.get_absolute_url()))
    assert retry(video)
    assert work(video).state == State.DONE


def test_a_cancelled_video_stops_and_says_so(queued: Callable[[Path], Video], short_clip: Path, alices: Client) -> None:
    video = queued(short_clip)
    before = stored()
    video = work(video, lambda stage: cancel(video) and None)
    assert video.state == State.CANCELLED
    assert stored() == before
    assert "The work on this video was cancelled." in words(alices.get(video.get_absolute_url()))
