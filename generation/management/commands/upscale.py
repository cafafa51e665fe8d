"""``manage.py upscale``: any picture to the exact pixels of a target, without site, queue or database."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

from django.core.management.base import BaseCommand, CommandError

from generation.engine.upscale.options import Way
from generation.management.progress_bar import Bar, without_native_messages
from generation.management.start_options import read_file
from generation.models.request import MAX_PROMPT, MAX_SEED
from generation.stages.engine_door import engine, expected
from generation.stages.faces import keep_faces
from generation.stages.screen import screen_text
from generation.targets import TARGETS
from imagecreator.errors import ExpectedError
from imagecreator.pictures import read_picture
from imagecreator.words import clean_text

if TYPE_CHECKING:
    from argparse import ArgumentParser

FORMATS = {".png": "PNG", ".jpg": "JPEG", ".jpeg": "JPEG", ".webp": "WEBP"}
QUALITY = 95


class Command(BaseCommand):
    """Writes one picture."""

    help = "Bring a picture to the exact pixels of a target, with the model's upscaler or with Lanczos."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Which picture, how large, and where to put it."""
        parser.add_argument("picture", type=Path, metavar="FILE", help="a JPEG, PNG, WebP or GIF")
        parser.add_argument("--target", default="thumbnail", choices=list(TARGETS), help="(default %(default)s)")
        parser.add_argument("--way", default="model", choices=get_args(Way), help="(default %(default)s)")
        parser.add_argument("--prompt", default="", help="what the picture shows, for upscalers that read")
        parser.add_argument("--negative", default="", help="what it should not show")
        parser.add_argument("--seed", type=int, default=0, help="of what the upscaler invents (default %(default)s)")
        endings = ", ".join(FORMATS)
        parser.add_argument("--out", type=Path, required=True, metavar="FILE", help=f"the new file: {endings}")

    def handle(self, *args: Any, **options: Any) -> None:
        """Every expected failure is one sentence and exit status 1."""
        kind = FORMATS.get(options["out"].suffix.lower())
        if kind is None:
            raise CommandError(f"--out takes names that end in {', '.join(FORMATS)}.")
        if not 0 <= options["seed"] <= MAX_SEED:
            raise CommandError(f"--seed takes 0 to {MAX_SEED}.")
        for name in ("prompt", "negative"):
            if len(options[name]) > MAX_PROMPT:
                raise CommandError(f"--{name} is longer than {MAX_PROMPT} characters.")
        target = TARGETS[options["target"]]
        try:
            screen_text(prompt := clean_text(options["prompt"]))
            whole = read_file(options["picture"], read_picture)
            options["out"].parent.mkdir(parents=True, exist_ok=True)
            with without_native_messages():
                picture = keep_faces(whole, target.width / target.height)
            with Bar(quiet=options["verbosity"] == 0) as bar, expected():
                made = engine().upscale(
                    picture,
                    (target.width, target.height),
                    prompt,
                    negative=clean_text(options["negative"]),
                    seed=options["seed"],
                    way=options["way"],
                    on_step=lambda step, steps: bar.tell("enlarge", step, steps),
                )
            made.save(options["out"], kind, quality=QUALITY)
        except ExpectedError as error:
            raise CommandError(str(error.problem)) from error
        except OSError as error:
            raise CommandError(f"{error.filename or options['out']}: {error.strerror or error}") from error
        self.stdout.write(str(options["out"]))
