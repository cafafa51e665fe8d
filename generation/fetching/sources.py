"""Which file an address means, and what its site says of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from generation.fetching import civitai, huggingface
from generation.fetching.addresses import CivitaiSource

if TYPE_CHECKING:
    from generation.fetching.addresses import Source
    from generation.fetching.client import Client
    from generation.fetching.offer import Offer


def look_up(source: Source, client: Client) -> Offer:
    """Ask the site. EngineError: those of `huggingface.look_up` and `civitai.look_up`."""
    if isinstance(source, CivitaiSource):
        return civitai.look_up(source, client)
    return huggingface.look_up(source, client)
