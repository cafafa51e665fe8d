"""The two sites, and which hosts a download may come from."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

# A name stands for itself; with a dot before it, for every name below it. Sources, of November 2026:
# https://huggingface.co/.well-known/meta.json and what https://civitai.com/api/download/models/… redirects to.
HOSTS = (
    "huggingface.co",
    "hf.co",
    ".cdn.hf.co",
    ".xethub.hf.co",
    ".xethub-eu.hf.co",
    "cdn-lfs.hf.co",
    "cdn-lfs-us-1.hf.co",
    "cdn-lfs-eu-1.hf.co",
    "cdn-lfs.huggingface.co",
    "cdn-lfs-us-1.huggingface.co",
    "cdn-lfs-eu-1.huggingface.co",
    "civitai.com",
    ".civitai.com",
    ".r2.cloudflarestorage.com",
)
LABEL = r"[a-z0-9](?:[a-z0-9_-]{0,61}[a-z0-9])?"
NAME = re.compile(rf"(?=.{{1,253}}\Z){LABEL}(?:\.{LABEL})*")


@dataclass(frozen=True)
class Site:
    """What people call it, and the operator's setting that holds a token for it."""

    name: str
    setting: str


SITES = {"huggingface.co": Site("Hugging Face", "HF_TOKEN"), "civitai.com": Site("Civitai", "CIVITAI_TOKEN")}


def is_listed(host: str, hosts: Iterable[str] = HOSTS) -> bool:
    """Whether a host, in lower case, is one of a list. `hf.co.evil.example`, `evilhf.co` and `hf.co.` are not.

    Nor is what is no name of a host: a user, a port or an address before a listed end.
    """
    return NAME.fullmatch(host) is not None and any(
        host.endswith(entry) if entry.startswith(".") else host == entry for entry in hosts
    )
