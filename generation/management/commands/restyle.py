"""``manage.py restyle``: a picture in the style of another one, without site, queue or database."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.core.management.base import BaseCommand, CommandError

from generation.management.progress_bar import Bar
from generation.management.restyle_options import add_restyle_options, restyle_asked_for
from generation.management.start_options import read_file
from generation.models.request import MAX_SEED
from generation.stages.engine_door import engine, expected
from imagecreator.errors import ExpectedError
from imagecreator.pictures import read_picture

if TYPE_CHECKING:
    from argparse import ArgumentParser


class Command(BaseCommand):
    """Reads two pictures and writes a third, as PNG, of the first one's size."""

    help = "Give a picture the style of another one."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """What to restyle, by what, and where to put it."""
        parser.add_argument("file", type=Path, metavar="FILE", help="the picture whose content stays")
        parser.add_argument("--style", type=Path, required=True, metavar="FILE", help="the picture whose style it gets")
        add_restyle_options(parser)
        parser.add_argument("--seed", type=int, default=0, help="of the noise it begins with (default %(default)s)")
        parser.add_argument("--out", type=Path, required=True, metavar="FILE", help="the new picture, a .png file")

    def handle(self, *args: Any, **options: Any) -> None:
        """Every expected failure is one sentence and exit status 1."""
        if not 0 <= options["seed"] <= MAX_SEED:
            raise CommandError(f"--seed takes 0 to {MAX_SEED}.")
        if options["out"].suffix.lower() != ".png":
            raise CommandError("--out takes the name of a .png file.")
        try:
            with Bar(quiet=options["verbosity"] == 0) as bar:
                _run(options, bar)
        except ExpectedError as error:
            raise CommandError(str(error.problem)) from error
        except OSError as error:
            raise CommandError(f"{error.filename or options['out']}: {error.strerror or error}") from error
        self.stdout.write(str(options["out"]))


def _run(options: dict[str, Any], bar: Bar) -> None:
    painter = engine()
    content = read_file(options["file"], read_picture)
    style, restyle = restyle_asked_for(options["style"], options, painter.profile)
    assert style is not None
    options["out"].parent.mkdir(parents=True, exist_ok=True)
    with expected():
        made = painter.restyle(content, style, restyle, lambda step, steps: bar.tell("restyle", step, steps))
    made.save(options["out"])
