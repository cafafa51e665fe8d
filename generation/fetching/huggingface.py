"""What Hugging Face offers: a repository's files and its card (https://huggingface.co/docs/hub/api)."""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from generation.engine.errors import EngineError
from generation.fetching.addresses import HuggingFaceSource
from generation.fetching.offer import Offer
from generation.fetching.values import count, sha256, table, tables, text, texts

if TYPE_CHECKING:
    from generation.fetching.client import Client

HUB = "https://huggingface.co"
USUAL_NAME = "pytorch_lora_weights.safetensors"  # diffusers' trainers write it
COMMIT = re.compile(r"[0-9a-f]{40}")
MOST_NAMED = 8  # files in a sentence


def look_up(source: HuggingFaceSource, client: Client) -> Offer:
    """Choose the file: the one of the address, the only one, or the one with diffusers' usual name.

    It is taken at the commit that was looked at, so that nothing changes in between. EngineError: those of
    `Client.json`; fetch_missing(site), fetch_no_file, fetch_which(names).
    """
    asked = f"{HUB}/api/models/{quote(source.repository)}"
    if source.revision:
        asked += f"/revision/{quote(source.revision, safe='')}"
    model = client.json(f"{asked}?blobs=true")
    files = {name: file for file in tables(model.get("siblings")) if isinstance(name := file.get("rfilename"), str)}
    name = _choose(source.path, files)
    commit = model.get("sha")
    fixed = commit if isinstance(commit, str) and COMMIT.fullmatch(commit) else source.revision or "main"
    card = table(model.get("cardData"))
    lfs = table(files[name].get("lfs"))
    owner, _, title = source.repository.partition("/")
    tags = texts(model.get("tags"))
    return Offer(
        site="Hugging Face",
        page=HuggingFaceSource(source.repository, source.revision, source.path).page,
        url=f"{HUB}/{quote(source.repository)}/resolve/{quote(fixed, safe='')}/{quote(name)}",
        file=text(PurePosixPath(name).name),
        title=text(PurePosixPath(name).stem if source.path == name and len(_loras(files)) > 1 else title),
        size=count(lfs.get("size")) or count(files[name].get("size")),
        sha256=sha256(lfs.get("sha256")),
        licence=_licence(card),
        author=owner,
        trigger_words=texts(card.get("instance_prompt")),
        base_model=", ".join(texts(card.get("base_model"))),
        kind="lora" if "lora" in tags else "",
    )


def _loras(files: dict[str, dict[str, Any]], folder: str = "") -> list[str]:
    return [name for name in files if name.startswith(folder) and name.lower().endswith(".safetensors")]


def _choose(path: str, files: dict[str, dict[str, Any]]) -> str:
    if path and not path.endswith("/"):
        if path not in files:
            raise EngineError("fetch_missing", site="Hugging Face")
        return path
    found = _loras(files, path)
    if not found:
        raise EngineError("fetch_no_file")
    usual = [name for name in found if name == path + USUAL_NAME]
    if len(found) > 1 and not usual:
        named = [text(name, 100) for name in sorted(found)[:MOST_NAMED]]
        raise EngineError("fetch_which", names=", ".join(named + ["…"] * (len(found) > MOST_NAMED)))
    return (usual or found)[0]


def _licence(card: dict[str, Any]) -> str:
    """The licence's short name; for "other", what the card calls it."""
    names = texts(card.get("license"))
    other = text(card.get("license_name"))
    return other if names in ((), ("other",)) and other else ", ".join(names)
