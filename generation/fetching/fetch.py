"""A LoRA's file from an address: look it up, see that it may come, fetch it, and see that it is the one."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from generation.engine.errors import EngineError
from generation.fetching.addresses import parse
from generation.fetching.client import Client
from generation.fetching.download import Download, full_disk, room_for
from generation.fetching.hosts import HOSTS
from generation.fetching.sources import look_up

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping
    from pathlib import Path

    from generation.fetching.limits import Limits
    from generation.fetching.network import Network
    from generation.fetching.offer import Offer

    Tell = Callable[[int, int | None], None]

NAP = 0.5  # seconds; so often somebody who cancels is heard while nothing comes


@dataclass(frozen=True)
class Fetched:
    """The file at `path`, of so many `bytes`, with its SHA-256; and what its site says of it."""

    path: Path
    bytes: int
    sha256: str
    offer: Offer


def fetch(
    address: str,
    into: Path,
    *,
    limits: Limits | None = None,
    tokens: Mapping[str, str] | None = None,
    hosts: Collection[str] = HOSTS,
    tell: Tell = lambda have, total: None,
    network: Network | None = None,
) -> Fetched:
    """Fetch what `address` means to the file `into`, which appears when it is whole and checked, or not at all.

    `tokens` by host ("huggingface.co", "civitai.com"). `tell(bytes, total)` is called often, total None where nobody
    knows; what it raises ends the download. Until the end the file is called `into` with `.part`; that is gone after
    every error, as broken connections were tried again in here. EngineError: see `parse`, `look_up`, `Download.run`,
    and fetch_wrong_hash.
    """
    source = parse(address)
    progress = _Progress(tell)
    client = Client(hosts=hosts, tokens=tokens, limits=limits, network=network, wait=progress.wait)
    progress(0, None)
    offer = look_up(source, client)
    room_for(offer.size or 0, into.parent, client)
    part = into.with_name(f"{into.name}.part")
    try:
        with full_disk():
            with part.open("wb") as file:
                download = Download(client, offer.url, file, into.parent, offer.size, progress)
                sha256 = download.run()
                size = file.tell()
            if (offer.sha256 or download.linked_sha256 or sha256) != sha256:
                raise EngineError("fetch_wrong_hash", site=offer.site)
            part.replace(into)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
    return Fetched(into, size, sha256, offer)


class _Progress:
    """Tells how far it is, and says it again while it waits, so that somebody who cancels is heard."""

    def __init__(self, tell: Tell) -> None:
        self._tell = tell
        self._last: tuple[int, int | None] = (0, None)

    def __call__(self, have: int, total: int | None) -> None:
        self._last = (have, total)
        self._tell(have, total)

    def wait(self, seconds: float) -> None:
        """Sleep."""
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            self._tell(*self._last)
            time.sleep(min(NAP, left))
