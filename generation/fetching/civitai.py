"""What Civitai offers: a model, its versions and their files (https://developer.civitai.com/site/reference)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from generation.engine.errors import EngineError
from generation.fetching.addresses import CivitaiSource
from generation.fetching.offer import Offer
from generation.fetching.values import count, sha256, table, tables, text, texts

if TYPE_CHECKING:
    from generation.fetching.client import Client

SITE = "https://civitai.com"
ALLOWED = {  # what `allowCommercialUse` names
    "None": "no commercial use",
    "Image": "selling images",
    "RentCivit": "generation on Civitai",
    "Rent": "generation services",
    "Sell": "selling the model",
}
TERMS = {
    "allowNoCredit": ("no credit needed", "credit needed"),
    "allowDerivatives": ("merges allowed", "no merges"),
    "allowDifferentLicense": ("other terms for merges allowed", "same terms for merges"),
}


def look_up(source: CivitaiSource, client: Client) -> Offer:
    """Choose the file: the main one of the version in the address, or of the newest.

    EngineError: those of `Client.json`; fetch_missing(site), fetch_not_lora(kind), fetch_not_offered, fetch_no_file.
    """
    version: dict[str, Any] = {}
    number = source.model
    if source.version:
        version = client.json(f"{SITE}/api/v1/model-versions/{source.version}")
        number = count(version.get("modelId")) or 0
        if not number or (source.model and source.model != number):
            raise EngineError("fetch_missing", site="Civitai")
    model = client.json(f"{SITE}/api/v1/models/{number}")
    if not version:
        version = next(iter(tables(model.get("modelVersions"))), {})  # the newest stands first
    kind = text(model.get("type"), 40) or text(table(version.get("model")).get("type"), 40)
    if kind.lower() != "lora":
        raise EngineError("fetch_not_lora", kind=kind or "?")
    chosen = count(version.get("id"))
    if not chosen:
        raise EngineError("fetch_missing", site="Civitai")
    if version.get("usageControl") in ("Generation", "InternalGeneration"):
        raise EngineError("fetch_not_offered")
    file = _choose(tables(version.get("files")))
    return Offer(
        site="Civitai",
        page=CivitaiSource(number, chosen).page,
        url=_address(file, chosen),
        file=text(file.get("name")),
        title=text(model.get("name")),
        size=_size(file.get("sizeKB")),
        sha256=sha256(table(file.get("hashes")).get("SHA256")),
        licence=_licence(model),
        author=text(table(model.get("creator")).get("username")),
        trigger_words=texts(version.get("trainedWords")),
        base_model=text(version.get("baseModel")),
        kind=kind,
    )


def _choose(files: list[dict[str, Any]]) -> dict[str, Any]:
    """The main file if it is one that can be read, else the first that can."""
    fit = [
        file
        for file in files
        if file.get("type") == "Model"
        and (
            table(file.get("metadata")).get("format") == "SafeTensor"
            or text(file.get("name")).lower().endswith(".safetensors")
        )
    ]
    if not fit:
        raise EngineError("fetch_no_file")
    return next((file for file in fit if file.get("primary") is True), fit[0])


def _address(file: dict[str, Any], version: int) -> str:
    """The file's own address, which says which of a version's files is meant; the main file's is the version's."""
    plain = f"{SITE}/api/download/models/{version}"
    own = file.get("downloadUrl")
    is_ours = isinstance(own, str) and own.partition("?")[0] == plain and len(own) < 500 and own.isprintable()
    return str(own) if is_ours and file.get("primary") is not True else plain


def _size(kilobytes: Any) -> int | None:
    """In bytes, where the fraction is whole enough to name one number."""
    if isinstance(kilobytes, bool) or not isinstance(kilobytes, (int, float)):
        return None
    return count(kilobytes * 1024)


def _licence(model: dict[str, Any]) -> str:
    """Civitai has no licences but permissions; in one line."""
    uses = texts(model.get("allowCommercialUse"))
    parts = [ALLOWED.get(use, use) for use in uses]
    if not uses and isinstance(model.get("allowCommercialUse"), list):
        parts = [ALLOWED["None"]]
    parts += [words[0 if model[name] else 1] for name, words in TERMS.items() if isinstance(model.get(name), bool)]
    return text("; ".join(parts))
