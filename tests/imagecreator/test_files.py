"""No file without a row stays, and no file with one goes, whenever a process is killed and whatever does not answer."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from typing import TYPE_CHECKING
from unittest.mock import patch

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import FileSystemStorage, default_storage
from django.db import IntegrityError, OperationalError
from django.utils import timezone

from channels_app.models import Frame, Video
from generation.models import GenerationRequest
from imagecreator.errors import ExpectedError
from imagecreator.files import keep
from imagecreator.files.keep import kept_with_rows, sweep_files
from imagecreator.files.models import LooseFile
from imagecreator.queue.claim import claim
from imagecreator.queue.reaper import reap_all
from tests.rows import a_frame, a_request, picture_bytes

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from imagecreator.queue.lease import Lease


@pytest.fixture(autouse=True)
def storage_that_answered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(keep._refused, "at", float("-inf"))


def a_new_frame(video: Video) -> Frame:
    numbers = {"sharpness": 0.5, "exposure": 0.5, "colourfulness": 0.5, "width": 64, "height": 36}
    return Frame(video=video, time=1.0, rank=0, **numbers)


def written_by_a_process_that_is_killed(frame: Frame, by: object = "") -> None:
    """What is there after a kill between the file and its row: whatever would clear up does not run."""
    with patch("imagecreator.files.keep._settle"), suppress(SystemExit), kept_with_rows([frame], by):
        frame.file.save("", ContentFile(picture_bytes()), save=False)
        raise SystemExit


def after(days: float) -> None:
    """Time passes."""
    for loose in LooseFile.objects.all():
        loose.due -= timedelta(days=days)
        loose.until -= timedelta(days=days)
        loose.save()


def test_a_file_whose_writer_was_killed_is_deleted_after_a_day(video: Video) -> None:
    frame = a_new_frame(video)
    written_by_a_process_that_is_killed(frame)
    after(days=0.9)
    assert sweep_files() == 0
    assert default_storage.exists(frame.file.name)
    after(days=0.2)
    assert sweep_files() == 1
    assert not default_storage.exists(frame.file.name)
    assert not LooseFile.objects.exists()


def test_a_file_whose_row_was_written_before_the_kill_is_kept(video: Video) -> None:
    frame = a_new_frame(video)
    written_by_a_process_that_is_killed(frame)
    frame.save()
    after(days=2)
    assert sweep_files() == 1
    assert default_storage.exists(frame.file.name)
    assert not LooseFile.objects.exists()


def test_what_a_lost_worker_wrote_goes_when_its_row_is_taken_from_it(video: Video) -> None:
    request = a_request(video)
    lost: Lease[GenerationRequest] | None = claim(GenerationRequest, "lost")
    assert lost
    frame, others = a_new_frame(video), a_new_frame(video)
    written_by_a_process_that_is_killed(frame, lost)
    written_by_a_process_that_is_killed(others)
    GenerationRequest.objects.filter(pk=request.pk).update(lease_until=timezone.now() - timedelta(seconds=1))
    assert reap_all() == 1
    assert sweep_files() == 1
    assert not default_storage.exists(frame.file.name)
    assert default_storage.exists(others.file.name)
    frame.file.save("", ContentFile(picture_bytes()), save=False)  # it was only slow
    after(days=2)
    sweep_files()
    assert not default_storage.exists(frame.file.name)


def test_where_the_database_fails_the_file_waits_for_the_truth(video: Video) -> None:
    frame = a_new_frame(video)
    with pytest.raises(OperationalError), kept_with_rows([frame]):
        frame.file.save("", ContentFile(picture_bytes()), save=False)
        frame.save()
        raise OperationalError  # committed, and the answer was lost on the way
    assert default_storage.exists(frame.file.name)
    after(days=2)
    sweep_files()
    assert default_storage.exists(frame.file.name)


def test_a_file_that_was_half_written_is_deleted_at_once(video: Video) -> None:
    frame = a_new_frame(video)
    with pytest.raises(OSError, match="full"), kept_with_rows([frame]):
        default_storage.save(frame.file.field.generate_filename(frame, ""), ContentFile(b"half"))
        raise OSError("full")
    assert default_storage.listdir(f"frames/{video.pk}")[1] == []
    default_storage.save(frame.file.field.generate_filename(frame, ""), ContentFile(b"late"))  # a slow storage
    after(days=0.01)
    sweep_files()
    assert default_storage.listdir(f"frames/{video.pk}")[1] == []
    assert not LooseFile.objects.exists()


def test_a_storage_that_is_away_is_asked_again(
    video: Video, django_capture_on_commit_callbacks: Callable[..., AbstractContextManager[object]]
) -> None:
    frame = a_frame(video)
    away = patch("django.core.files.storage.FileSystemStorage.delete", side_effect=ExpectedError("storage_away"))
    with away, django_capture_on_commit_callbacks(execute=True):
        frame.delete()
    after(days=0.01)
    with away as asked:
        for _ in range(3):
            sweep_files()
    assert asked.call_count == 1, "not every second"
    assert default_storage.exists(frame.file.name)
    after(days=0.01)
    assert sweep_files() == 1
    assert not default_storage.exists(frame.file.name)
    assert not LooseFile.objects.exists()


def test_whoever_deletes_much_waits_once_for_a_storage_that_is_away(
    video: Video, django_capture_on_commit_callbacks: Callable[..., AbstractContextManager[object]]
) -> None:
    for number in range(5):
        a_frame(video, rank=number)
    away = patch("django.core.files.storage.FileSystemStorage.delete", side_effect=ExpectedError("storage_away"))
    with away as asked, django_capture_on_commit_callbacks(execute=True):
        video.delete()
    assert asked.call_count == 1
    after(days=0.01)
    assert sweep_files() == 6


def test_a_file_that_cannot_be_deleted_keeps_no_other(video: Video) -> None:
    frames = [a_new_frame(video) for _ in range(2)]
    for frame in frames:
        written_by_a_process_that_is_killed(frame)
    after(days=2)
    delete = FileSystemStorage.delete

    def of_another_user(storage: FileSystemStorage, name: str) -> None:
        if name == frames[0].file.name:
            raise PermissionError(name)
        delete(storage, name)

    with patch.object(FileSystemStorage, "delete", of_another_user):
        sweep_files()
    assert [default_storage.exists(frame.file.name) for frame in frames] == [True, False]
    assert LooseFile.objects.get().name == frames[0].file.name


def test_a_row_that_was_refused_takes_its_file_along_at_once(video: Video) -> None:
    frame = a_new_frame(video)
    with pytest.raises(IntegrityError), kept_with_rows([frame]):
        frame.file.save("", ContentFile(picture_bytes()), save=False)
        raise IntegrityError
    assert not default_storage.exists(frame.file.name)


def test_a_living_workers_files_are_left_alone(video: Video) -> None:
    a_request(video)
    lease = claim(GenerationRequest, "slow")
    assert lease
    frame = a_new_frame(video)
    written_by_a_process_that_is_killed(frame, lease)
    reap_all()
    sweep_files()
    assert default_storage.exists(frame.file.name)


def test_what_is_written_well_leaves_nothing_in_the_list(video: Video) -> None:
    frame = a_new_frame(video)
    with kept_with_rows([frame]):
        frame.file.save("", ContentFile(picture_bytes()), save=False)
        frame.save()
    assert not LooseFile.objects.exists()
    assert default_storage.exists(frame.file.name)
