"""The option of ``manage.py paint`` for LoRAs: files, each with its weight."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from django.core.management.base import CommandError

from generation.engine.jobs import MOST_WEIGHT
from generation.engine.lora_file import fits, inspect, lora_use
from generation.stages.engine_door import expected

if TYPE_CHECKING:
    from argparse import ArgumentParser

    from generation.engine import LoraUse, Profile


def add_lora_options(parser: ArgumentParser) -> None:
    """``--lora``."""
    parser.add_argument(
        "--lora",
        action="append",
        default=[],
        metavar="FILE[:WEIGHT]",
        help="a LoRA for the model in use, with a weight of -2 to 2 (default 1); may be given several times",
    )


def loras_asked_for(given: list[str], profile: Profile) -> tuple[LoraUse, ...]:
    """The LoRAs as they were asked for, each looked at before anything is loaded."""
    found: dict[str, LoraUse] = {}
    for text in given:
        path, weight = _split(text)
        if not path.is_file():
            raise CommandError(f"There is no LoRA file {path}.")
        with expected():
            fits(inspect(path), profile)
            try:
                use = lora_use(path, weight)
            except ValueError as error:
                raise CommandError(f"--lora takes weights of -{MOST_WEIGHT:g} to {MOST_WEIGHT:g}.") from error
        if found.setdefault(use.name, use) is not use:
            raise CommandError(f"The LoRA {path} is given twice.")
    return tuple(found.values())


def _split(text: str) -> tuple[Path, float]:
    """FILE[:WEIGHT]; a file may have a colon in its name."""
    name, colon, weight = text.rpartition(":")
    if colon and not Path(text).is_file():
        with suppress(ValueError):
            return Path(name), float(weight)
    return Path(text), 1.0
