"""The options of ``manage.py paint`` and ``manage.py restyle`` that say in which style, and how much of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.core.management.base import CommandError

from generation.engine import Restyle, role
from generation.engine.restyle.options import MOST_ITERATIONS, MOST_WEIGHT
from generation.management.start_options import read_file
from generation.stages.engine_door import expected
from imagecreator.pictures import read_picture

if TYPE_CHECKING:
    from argparse import ArgumentParser
    from pathlib import Path

    from PIL.Image import Image

    from generation.engine import Profile

OF_STYLE = ("content_weight", "style_weight", "iterations", "keep_colours")


def add_restyle_options(parser: ArgumentParser) -> None:
    """What both commands take."""
    usual = Restyle()
    parser.add_argument(
        "--style-weight", type=float, help=f"how much the style counts, 0 to 1000 (default {usual.style_weight:g})"
    )
    parser.add_argument(
        "--content-weight", type=float, help=f"how much what is seen counts (default {usual.content_weight:g})"
    )
    parser.add_argument("--iterations", type=int, help=f"1 to {MOST_ITERATIONS} (default {usual.iterations})")
    parser.add_argument("--keep-colours", action="store_true", help="restyle light and dark alone")


def restyle_asked_for(style: Path | None, options: dict[str, Any], profile: Profile) -> tuple[Image | None, Restyle]:
    """The style picture, decoded as uploads are, and the options. CommandError or ExpectedError for what is wrong."""
    chosen = {name: value for name in OF_STYLE if (value := options[name]) is not None and value is not False}
    if style is None:
        if chosen:
            raise CommandError(f"--{next(iter(chosen)).replace('_', '-')} goes with --restyle.")
        return None, Restyle()
    try:
        restyle = Restyle(**chosen, seed=options["seed"] or 0)
    except ValueError as error:
        raise CommandError(
            f"--style-weight and --content-weight take 0 to {MOST_WEIGHT:g}, and not both 0; "
            f"--iterations takes 1 to {MOST_ITERATIONS}."
        ) from error
    with expected():
        role(profile, "style_network")
    return read_file(style, read_picture), restyle
