"""What people paste: the address of a page or a file on Hugging Face or Civitai, taken apart and believed in nothing.

Only names and numbers are taken from it, and every address that is asked later is built anew from them. So whatever
else stands in the text, such as a token in the query, goes nowhere.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import parse_qs, quote, unquote, urlsplit

from generation.engine.errors import EngineError

LONGEST = 2000  # characters
NAMES = {"huggingface.co": "huggingface", "hf.co": "huggingface", "civitai.com": "civitai"}
REPOSITORY_NAME = re.compile(r"(?!.*(?:\.\.|--))[A-Za-z0-9_](?:[A-Za-z0-9._-]{0,94}[A-Za-z0-9_-])?")
REVISION = re.compile(r"(?!.*\.\.)[A-Za-z0-9_][A-Za-z0-9._/+-]{0,199}")
NUMBER = re.compile(r"[0-9]{1,15}")
AIR = re.compile(
    r"(?:urn:)?air:[a-z0-9_]{1,40}:[a-z0-9_]{1,40}:civitai:([0-9]{1,15})(?:@([0-9]{1,15}))?", re.IGNORECASE
)  # https://developer.civitai.com/site/guide/air
NO_OWNERS = frozenset(
    ["api", "blog", "collections", "datasets", "docs", "learn", "papers", "posts", "settings", "spaces", "tasks"]
)


@dataclass(frozen=True)
class HuggingFaceSource:
    """A repository `owner/name` at a revision (empty: the main one); `path` is a file or, ending in `/`, a folder."""

    repository: str
    revision: str = ""
    path: str = ""

    @property
    def page(self) -> str:
        """The address for people."""
        page = f"https://huggingface.co/{self.repository}"
        if not self.revision:
            return page
        kind = "blob" if self.path and not self.path.endswith("/") else "tree"
        return f"{page}/{kind}/{quote(self.revision, safe='')}/{quote(self.path)}".rstrip("/")


@dataclass(frozen=True)
class CivitaiSource:
    """A model's number, a version's number, or both; 0 stands for one that the address does not name."""

    model: int = 0
    version: int = 0

    @property
    def page(self) -> str:
        """The address for people."""
        if not self.model:
            return f"https://civitai.com/model-versions/{self.version}"
        return f"https://civitai.com/models/{self.model}" + (f"?modelVersionId={self.version}" * bool(self.version))


Source = HuggingFaceSource | CivitaiSource


def parse(text: str) -> Source:
    """Take an address apart: of a page, of a file, or an AIR of Civitai.

    EngineError: fetch_address for everything that is not surely one of them; fetch_no_file where a link to a file of
    another kind was given.
    """
    text = text.strip()
    if len(text) > LONGEST or any(letter.isspace() or not letter.isprintable() for letter in text):
        raise EngineError("fetch_address")
    if air := AIR.fullmatch(text):
        return _civitai(air[1], air[2])
    try:
        parts = urlsplit(text)
        site = NAMES.get(parts.netloc.lower()) if parts.netloc.isascii() else None  # no port, no name before an "@"
    except ValueError as problem:
        raise EngineError("fetch_address") from problem
    if parts.scheme != "https" or site is None:
        raise EngineError("fetch_address")
    steps = [step for step in parts.path.split("/") if step]
    if site == "civitai":
        return _civitai_page(steps, parts.query)
    return _hugging_face(steps)


def _hugging_face(steps: list[str]) -> HuggingFaceSource:
    plain = [unquote(step, errors="replace") for step in steps]
    if len(plain) < 2 or plain[0].lower() in NO_OWNERS or not all(map(REPOSITORY_NAME.fullmatch, plain[:2])):
        raise EngineError("fetch_address")
    repository, rest = "/".join(plain[:2]), plain[2:]
    if not rest:
        return HuggingFaceSource(repository)
    kind, rest = rest[0], rest[1:]
    ends = 3 if rest[:1] == ["refs"] else 1  # refs/pr/1, as it stands or with its slashes escaped
    revision, path = "/".join(rest[:ends]), rest[ends:]
    if not REVISION.fullmatch(revision) or not all(map(_is_plain, path)):
        raise EngineError("fetch_address")
    if kind == "tree":
        return HuggingFaceSource(repository, revision, "".join(f"{step}/" for step in path))
    if kind not in ("resolve", "blob", "raw") or not path:
        raise EngineError("fetch_address")
    if not path[-1].lower().endswith(".safetensors"):
        raise EngineError("fetch_no_file")
    return HuggingFaceSource(repository, revision, "/".join(path))


def _is_plain(step: str) -> bool:
    return step not in (".", "..") and step.isprintable() and not set(step) & set("/\\\ufffd")


def _civitai_page(steps: list[str], query: str) -> CivitaiSource:
    match steps:
        case ["models", model] | ["models", model, _]:
            try:
                named = parse_qs(query, max_num_fields=50).get("modelVersionId", [""])
            except ValueError as problem:
                raise EngineError("fetch_address") from problem
            return _civitai(model, named[0])
        case ["api", "download", "models", version] | ["model-versions", version]:
            return _civitai("0", version)
        case _:
            raise EngineError("fetch_address")


def _civitai(model: str, version: str | None) -> CivitaiSource:
    if not NUMBER.fullmatch(model) or not (version is None or version == "" or NUMBER.fullmatch(version)):
        raise EngineError("fetch_address")
    source = CivitaiSource(int(model), int(version or 0))
    if source == CivitaiSource():
        raise EngineError("fetch_address")
    return source
