"""What imports leave: uploads, what a killed worker was downloading, and rows that were taken off the list."""

from __future__ import annotations

import re
from contextlib import suppress
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from generation.models import LoraImport
from imagecreator.files.keep import let_go
from imagecreator.queue.states import LIVE, State

if TYPE_CHECKING:
    from pathlib import Path

    from imagecreator.queue.lease import Lease

DAY = timedelta(hours=24)  # in which an import counts
AT_ONCE = 200  # rows that one look clears up
DOWNLOAD = re.compile(r"lora-([0-9a-f]{32})-([0-9]+)(?:\.part)?")


def download_path(lease: Lease[LoraImport]) -> Path:
    """Where the holder of this lease downloads to. With ``.part`` behind it while the file is not whole."""
    folder: Path = settings.FILE_UPLOAD_TEMP_DIR
    return folder / f"lora-{lease.pk.hex}-{lease.fence}"


def drop_download(path: Path) -> None:
    """Delete a download, whole or not. In this order: the one becomes the other."""
    path.with_name(f"{path.name}.part").unlink(missing_ok=True)
    path.unlink(missing_ok=True)


def sweep_downloads() -> int:
    """Delete downloads on this machine whose lease is over; return how many files."""
    swept = 0
    for path in settings.FILE_UPLOAD_TEMP_DIR.iterdir():
        if not (named := DOWNLOAD.fullmatch(path.name)):
            continue
        held = LoraImport.objects.filter(pk=UUID(named[1]), fence=int(named[2]), state=State.RUNNING)
        if not held.exists():
            with suppress(FileNotFoundError):
                path.unlink()
                swept += 1
    return swept


def drop_uploads(**which: Any) -> int:
    """Delete the uploads of imports that have ended, however they did; return how many.

    A LoRA that came of one has a copy of its own; one that was refused is not kept, so it cannot be tried again.
    """
    dropped = 0
    for row in LoraImport.objects.filter(**which).exclude(file="").exclude(state__in=LIVE)[:AT_ONCE]:
        with transaction.atomic():
            mine = LoraImport.objects.filter(pk=row.pk, file=row.file.name).exclude(state__in=LIVE)
            if mine.update(file=""):
                let_go(row)
                dropped += 1
    return dropped


def forget_removed() -> int:
    """Delete rows that their people took off the list, once they no longer count; return how many.

    Those that brought a LoRA stay: a moderator reads there where it really came from.
    """
    gone = LoraImport.objects.filter(removed=True, queued_at__lt=timezone.now() - DAY, lora=None)
    gone = gone.exclude(state__in=LIVE)
    return gone.delete()[0]
