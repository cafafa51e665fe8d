"""An import's walk: fetch or take the file, look at all of it, keep it as a LoRA. The worker's part."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.conf import settings
from django.core.files import File
from django.db import IntegrityError, transaction

from generation.engine.lora_file import hashes, inspect
from generation.engine.lora_numbers import check_numbers
from generation.fetching.fetch import fetch
from generation.fetching.hosts import HOSTS
from generation.fetching.limits import Limits
from generation.loras.aside import aside
from generation.loras.fit import fit_of
from generation.loras.leftovers import download_path, drop_download
from generation.models import Lora
from generation.models.lora import MOST_LICENCE, MOST_SOURCE, MOST_TRIGGER_WORDS
from generation.stages.engine_door import expected
from imagecreator.errors import ExpectedError
from imagecreator.files.keep import kept_with_rows
from imagecreator.files.local import PIECE, on_disk
from imagecreator.queue.states import State
from imagecreator.uploads import MEGABYTE, lora_limit
from imagecreator.words import clean_line

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from generation.engine.lora_file import LoraFile
    from generation.fetching.offer import Offer
    from generation.models import LoraImport
    from imagecreator.queue.lease import Lease


@dataclass(frozen=True)
class Looked:
    """What was found in a file: its header's facts and its two hashes."""

    file: LoraFile
    sha256: str
    short_hash: str


class Downloaded(File[bytes]):
    """A file of ours, which a storage in a folder takes over instead of copying it: so the disk holds it once."""

    def temporary_file_path(self) -> str:
        """By this Django's storage knows that it may be moved."""
        return str(self.name)


def serve_import(lease: Lease[LoraImport]) -> None:
    """Walk one import. What is wrong with the file is raised as ``ExpectedError``."""
    row = lease.row()
    with _downloaded(lease, row) if row.address else _uploaded(lease, row) as (path, offer):
        looked = _look(lease, path)
        lease.tell("finish")
        _keep(lease, row, path, looked, offer)


@contextmanager
def _uploaded(lease: Lease[LoraImport], row: LoraImport) -> Iterator[tuple[Path, None]]:
    def tell(step: int, steps: int) -> None:
        lease.tell("inspect", _megabytes(step * PIECE), _megabytes(steps * PIECE))

    with on_disk(row.file, tell) as path:
        yield path, None


@contextmanager
def _downloaded(lease: Lease[LoraImport], row: LoraImport) -> Iterator[tuple[Path, Offer]]:
    """Download to the local disk, where nothing stays afterwards. Told in megabytes."""
    into = download_path(lease)
    limits = Limits(most_bytes=lora_limit(), total_seconds=settings.FETCH_MINUTES * 60)
    tokens = {"huggingface.co": settings.HF_TOKEN, "civitai.com": settings.CIVITAI_TOKEN}
    hosts = settings.FETCH_HOSTS or HOSTS
    try:
        with expected():
            fetched = aside(
                lambda note: fetch(row.address, into, limits=limits, tokens=tokens, hosts=hosts, tell=note),
                lambda have, total: lease.tell("fetch", _megabytes(have), _megabytes(total)),
            )
        yield fetched.path, fetched.offer
    finally:
        drop_download(into)


def _megabytes(size: int) -> int:
    return -(-size // MEGABYTE)


def _look(lease: Lease[LoraImport], path: Path) -> Looked:
    """Look at the header, whether it fits, and at every number. A file that is refused is read no further."""
    lease.tell("inspect")
    with expected():
        found = inspect(path)
    if found.bytes > lora_limit():
        raise ExpectedError("lora_too_large", limit_mb=settings.LORA_MAX_MB)
    fit_of(found).check()

    def read(note: Callable[[int, int | None], None]) -> tuple[str, str]:
        check_numbers(path, note)
        return hashes(path)

    with expected():
        told = aside(read, lambda done, total: lease.tell("inspect", _megabytes(done), _megabytes(total)))
    return Looked(found, *told)


def _keep(lease: Lease[LoraImport], row: LoraImport, path: Path, looked: Looked, offer: Offer | None) -> None:
    """Make a LoRA of it; where the same file is here already, that one is the result."""
    if known := Lora.objects.filter(sha256=looked.sha256).first():
        lease.end(State.DONE, lora=known)
        return
    lora = _lora(row, looked, offer)
    try:
        with kept_with_rows([lora], lease):
            with path.open("rb") as content:
                lora.file.save("", Downloaded(content) if offer else File(content), save=False)
            with transaction.atomic():
                lora.save()
                lease.end(State.DONE, lora=lora)
    except IntegrityError:  # another worker kept the same file a moment ago
        known = Lora.objects.filter(sha256=looked.sha256).first()
        if known is None:
            raise
        lease.end(State.DONE, lora=known)


def _lora(row: LoraImport, looked: Looked, offer: Offer | None) -> Lora:
    """The new row. What the site says of licence and source comes before the person's own words, not of the name."""
    name = row.name or (clean_line(offer.title or offer.file) if offer else "") or "LoRA"
    lora = Lora(
        name_en=name[:60],
        licence=(offer.licence[:MOST_LICENCE] if offer else "") or row.licence,
        source=(offer.page[:MOST_SOURCE] if offer else "") or row.source,
        trigger_words=trigger_words(offer.trigger_words if offer else (), looked.file),
        added_by=row.owner,
    )
    lora.learn(looked.file, looked.sha256, looked.short_hash)
    return lora


def trigger_words(said: tuple[str, ...], file: LoraFile) -> list[str]:
    """What its site says first, then what it was trained with, most frequent first; each once, in any case."""
    words: dict[str, str] = {}
    for word in map(clean_line, (*said, *(word for word, _times in file.trigger_words))):
        words.setdefault(word.casefold(), word)
    words.pop("", None)
    return list(words.values())[:MOST_TRIGGER_WORDS]
