"""The options of ``manage.py paint`` for what to begin with: a picture, or a picture of which a part is painted."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.management.base import CommandError

from generation.engine import Mask
from generation.engine.jobs import MOST_SPREAD
from imagecreator.pictures import read_mask, read_picture

if TYPE_CHECKING:
    from argparse import ArgumentParser
    from collections.abc import Callable

    from PIL.Image import Image

STRENGTH = 0.6  # enough for another picture, little enough to know the first one by
OF_MASK = ("feather", "grow", "padding", "invert", "only_masked")
MEGA = 1_000_000


@dataclass(frozen=True)
class Begun:
    """What a request begins with: see ``PaintJob``."""

    picture: Image | None = None
    strength: float = 1.0
    mask: Mask | None = None


def add_start_options(parser: ArgumentParser) -> None:
    """``--from``, ``--inpaint`` and what goes with them."""
    parser.add_argument("--from", dest="start", type=Path, metavar="FILE", help="a picture to begin with")
    parser.add_argument(
        "--strength",
        type=float,
        help=f"how far to leave that picture: above 0, up to 1 (default {STRENGTH:g} with --from, 1 with --inpaint)",
    )
    parser.add_argument(
        "--inpaint",
        nargs=2,
        type=Path,
        metavar=("BASE", "MASK"),
        help="paint a part of BASE anew: what is white in MASK, a picture of the same size; --target does not count",
    )
    parser.add_argument("--only-masked", action="store_true", help="show the model that part alone, as large as it can")
    parser.add_argument(
        "--padding", type=int, help="with --only-masked: pixels around it that are shown with it (default 32)"
    )
    parser.add_argument("--feather", type=int, help="pixels over which the part's inner edge fades (default 16)")
    parser.add_argument("--grow", type=int, help="pixels by which the part grows first; it may shrink (default 0)")
    parser.add_argument("--invert", action="store_true", help="paint what is black in MASK")


def start_asked_for(options: dict[str, Any]) -> Begun:
    """The pictures, decoded as uploads are. CommandError or ExpectedError for what cannot be begun with."""
    strength = options["strength"]
    if options["start"] and options["inpaint"]:
        raise CommandError("Give --from or --inpaint, not both.")
    if strength is not None and not (options["start"] or options["inpaint"]):
        raise CommandError("--strength goes with --from or --inpaint.")
    if strength is not None and not 0 < strength <= 1:
        raise CommandError("--strength takes numbers above 0, up to 1.")
    chosen = {name: value for name in OF_MASK if (value := options[name]) is not None and value is not False}
    if "padding" in chosen and not options["only_masked"]:
        raise CommandError("--padding goes with --only-masked.")
    if options["inpaint"]:
        base, mask = options["inpaint"]
        try:
            part = Mask(read_file(mask, read_mask), **chosen)
        except ValueError as error:
            raise CommandError(
                f"--feather and --padding take 0 to {MOST_SPREAD} pixels, --grow -{MOST_SPREAD} to {MOST_SPREAD}."
            ) from error
        return Begun(read_file(base, read_picture), 1.0 if strength is None else strength, part)
    if chosen:
        raise CommandError(f"--{next(iter(chosen)).replace('_', '-')} goes with --inpaint.")
    if options["start"]:
        return Begun(read_file(options["start"], read_picture), STRENGTH if strength is None else strength)
    return Begun()


def read_file(path: Path, reader: Callable[..., Image]) -> Image:
    """A picture from a file, as an upload is read. CommandError or ExpectedError for what cannot be read."""
    if not path.is_file():
        raise CommandError(f"There is no picture file {path}.")
    with path.open("rb") as file:
        return reader(file, max_bytes=settings.PICTURE_MAX_MB * MEGA, max_pixels=settings.PICTURE_MAX_MEGAPIXELS * MEGA)
