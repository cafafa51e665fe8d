"""What a site offers at an address."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Offer:
    """The file to take, and what the site says of it. Empty, or None, stands for what it does not say.

    `site`: its name for people. `page`: for people; `url`: of the file. `size` in bytes. `sha256` in lower case.
    `licence`: one line. `base_model` and `kind` as the site calls them. All texts are clean, short lines.
    """

    site: str
    page: str
    url: str
    file: str
    title: str
    size: int | None = None
    sha256: str = ""
    licence: str = ""
    author: str = ""
    trigger_words: tuple[str, ...] = ()
    base_model: str = ""
    kind: str = ""
