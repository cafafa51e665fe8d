"""Imports that are cancelled, killed or overtaken: how they end, and that nothing of them stays anywhere."""

from __future__ import annotations

import threading
import time
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.conf import settings as project
from django.core.files.storage import default_storage
from django.utils import timezone

from generation.loras import importing
from generation.loras.importing import serve_import
from generation.loras.leftovers import drop_uploads, sweep_downloads
from generation.models import Lora, LoraImport
from imagecreator.queue.changes import cancel, retry
from imagecreator.queue.claim import claim
from imagecreator.queue.reaper import reap_all
from imagecreator.queue.serve import serve
from imagecreator.queue.states import State
from tests.generation import lora_shapes as shapes
from tests.generation.importing import listed, work
from tests.model_hub import CIVITAI_STORAGE, ModelHub, Reply
from tests.rows import a_lora_import

if TYPE_CHECKING:
    from django.contrib.auth.models import User

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("nothing_stays", "only_own_loras")]
CIVITAI = "https://civitai.com/models/7?modelVersionId=8"


def test_whoever_cancels_a_silent_download_does_not_wait_for_it(alice: User, hub: ModelHub) -> None:
    silence = threading.Event()
    hub.civitai_model(7, 8, shapes.kohya())
    hub.routes[CIVITAI_STORAGE, "/file/8"] = Reply(raw=lambda file: silence.wait(30))
    row = a_lora_import(alice, address=CIVITAI)

    def give_up() -> None:
        from django.db import connection

        while not any(asked.host == CIVITAI_STORAGE for asked in list(hub.asked)):
            time.sleep(0.05)
        time.sleep(0.5)
        cancel(row)
        connection.close()

    impatient = threading.Thread(target=give_up)
    impatient.start()
    work(row)
    left_behind = [thread for thread in threading.enumerate() if thread.name == "aside"]
    impatient.join()
    silence.set()
    assert row.state == State.CANCELLED
    assert len(left_behind) == 1  # it still waits for the next byte, and nobody waits for it
    left_behind[0].join(60)
    assert not left_behind[0].is_alive()


def test_a_cancel_while_the_file_is_kept_keeps_nothing(alice: User, monkeypatch: pytest.MonkeyPatch) -> None:
    row = a_lora_import(alice, shapes.kohya())
    make = importing._lora
    monkeypatch.setattr(importing, "_lora", lambda *arguments: (cancel(row), make(*arguments))[1])
    assert work(row).state == State.CANCELLED
    assert not Lora.objects.exists()


def test_what_a_killed_worker_was_downloading_is_swept_when_its_lease_is_over(alice: User) -> None:
    row = a_lora_import(alice, address=CIVITAI)
    lease = claim(LoraImport, "worker")
    assert lease is not None
    folder = project.FILE_UPLOAD_TEMP_DIR
    half, whole = folder / f"lora-{row.pk.hex}-{lease.fence}.part", folder / f"lora-{row.pk.hex}-{lease.fence}"
    others = [folder / name for name in ("lora-1-1", f"lora-{row.pk}-1", "lora.upload")]
    for path in (half, whole, *others):
        path.write_bytes(b"half")
    assert sweep_downloads() == 0  # it may still be at work
    LoraImport.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    assert reap_all() == 1
    assert sweep_downloads() == 2
    assert not half.exists()
    assert not whole.exists()
    for path in others:
        path.unlink()  # nothing of ours: left alone
    row.refresh_from_db()
    assert row.state == State.QUEUED


def test_an_upload_stays_while_it_may_be_tried_again_and_goes_with_the_last_attempt(alice: User) -> None:
    row = a_lora_import(alice, shapes.kohya())
    for attempt in range(3):
        assert claim(LoraImport, f"worker {attempt}") is not None
        LoraImport.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
        assert drop_uploads() == 0
        reap_all()
    row.refresh_from_db()
    assert (row.state, row.error) == (State.FAILED, "worker_lost")
    assert default_storage.exists(row.file.name)
    assert drop_uploads() == 1
    assert listed("lora-imports") == []


def test_an_upload_of_a_row_that_was_queued_again_meanwhile_stays(alice: User, monkeypatch: pytest.MonkeyPatch) -> None:
    """An operator may queue a row again in the moment in which its upload is looked at."""
    row = a_lora_import(alice, shapes.kohya(), state=State.FAILED)
    seen = LoraImport.objects.filter(pk=row.pk).first()
    assert seen is not None
    assert retry(row)
    assert drop_uploads(pk=row.pk) == 0
    assert work(row).state == State.DONE


def test_a_deleted_import_takes_its_upload_along_and_not_its_lora(alice: User) -> None:
    waiting = a_lora_import(alice, shapes.diffusers())
    waiting.delete()
    done = work(a_lora_import(alice, shapes.kohya()))
    done.delete()
    lora = Lora.objects.get()
    assert default_storage.exists(lora.file.name)
    assert listed("lora-imports") == []


def test_a_slow_worker_that_lost_its_lease_keeps_nothing(alice: User, monkeypatch: pytest.MonkeyPatch) -> None:
    row = a_lora_import(alice, shapes.kohya())
    lease = claim(LoraImport, "worker")
    assert lease is not None
    make = importing._lora

    def lose(*arguments: Any) -> Lora:
        LoraImport.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
        reap_all()
        return make(*arguments)

    monkeypatch.setattr(importing, "_lora", lose)
    serve(lease, serve_import)
    monkeypatch.undo()
    assert not Lora.objects.exists()
    assert work(row).state == State.DONE
