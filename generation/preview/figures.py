"""The figures of a model that ships: are they within their bounds, and how do they get into its folder and its card?"""

from __future__ import annotations

import argparse
import hashlib
import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

FIGURES = "figures.json"
CARD = "README.md"

Wanted = dict[str, tuple[str, str, float]]
"""By the name of a figure: what it says, ">=" or "<=", and the bound that it must keep."""


def read_options(
    program: str, about: str | None, folder: Path, scenes: int, arguments: Sequence[str] | None
) -> argparse.Namespace:
    """The command line of a program that measures one model: `folder`, `scenes`, `keep`, `sheet`."""
    parser = argparse.ArgumentParser(prog=f"python -m generation.preview.{program}", description=about)
    parser.add_argument("folder", type=Path, nargs="?", default=folder)
    parser.add_argument("--scenes", type=int, default=scenes, help="(default %(default)s)")
    parser.add_argument("--keep", action="store_true", help="write the figures into the folder and its card")
    parser.add_argument("--sheet", type=Path, help="only show some scenes, as one picture, in this file")
    given = parser.parse_args(arguments)
    if given.keep and not has_place(given.folder):
        parser.error(f"--keep needs a {CARD} in the folder, with marks for the table")
    return given


def missed(figures: Mapping[str, float], wanted: Wanted) -> list[str]:
    """The figures that do not keep their bounds, a sentence each."""
    found = []
    for name, (meaning, sign, bound) in wanted.items():
        value = figures[name]
        if value < bound if sign == ">=" else value > bound:
            found.append(f"{name} ({meaning}) is {value:.3f}, wanted {sign} {bound}")
    return found


def table(figures: Mapping[str, float], wanted: Wanted) -> str:
    """The figures as Markdown."""
    rows = [
        f"| {name} | {text} {sign} {bound:g} | {figures[name]:.3f} |" for name, (text, sign, bound) in wanted.items()
    ]
    return "\n".join(["| figure | wanted | measured |", "| --- | --- | --- |", *rows])


def digest(folder: Path) -> str:
    """SHA-256 of all weights in a folder: whose figures they are."""
    found = hashlib.sha256()
    for path in sorted(folder.rglob("*.safetensors")):
        found.update(path.read_bytes())
    return found.hexdigest()


def write_figures(folder: Path, figures: Mapping[str, Any]) -> None:
    """Put figures into the folder of the weights that they were measured with, and say which those are."""
    kept = {"weights": digest(folder), "figures": figures}
    (folder / FIGURES).write_text(json.dumps(kept, indent=2) + "\n", encoding="utf-8")


def has_place(folder: Path, mark: str = "figures") -> bool:
    """Whether there is a card in the folder, with a place for a table."""
    card = folder / CARD
    return card.is_file() and _place(mark).search(card.read_text(encoding="utf-8")) is not None


def write_table(folder: Path, rows: str, mark: str = "figures") -> None:
    """Put a table between its marks in the card of a folder."""
    card = folder / CARD
    text = _place(mark).sub(lambda marks: f"{marks[1]}{rows}\n{marks[2]}", card.read_text(encoding="utf-8"))
    card.write_text(text, encoding="utf-8")


def _place(mark: str) -> re.Pattern[str]:
    return re.compile(rf"(<!-- {mark} -->\n).*?(<!-- /{mark} -->)", re.DOTALL)
