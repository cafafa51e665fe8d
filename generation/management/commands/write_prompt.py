"""``manage.py write_prompt``: from a video file and its title to a prompt, without site, queue or database."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from generation.management.progress_bar import Bar
from generation.management.writing import write_for
from generation.stages.engine_door import engine
from generation.targets import TARGETS
from imagecreator.errors import ExpectedError

if TYPE_CHECKING:
    from argparse import ArgumentParser


class Command(BaseCommand):
    """Looks at the frames and writes, as the site does; everything is printed."""

    help = "Write the prompt for a video's thumbnail, or for an avatar or a cover, and print it."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """What to look at, and whose words to read."""
        parser.add_argument("--video", type=Path, metavar="FILE", help="the video; may be left out")
        parser.add_argument("--title", required=True, help="the video's title, or the channel's name")
        parser.add_argument("--description", default="", help="the description")
        parser.add_argument("--target", default="thumbnail", choices=list(TARGETS), help="(default %(default)s)")
        parser.add_argument("--profile", default="", help=f"with whose models (default {settings.PROFILE})")
        parser.add_argument("--json", action="store_true", help="print everything as one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        """Write. Every expected failure is one sentence and exit status 1."""
        if options["video"] is not None and not options["video"].is_file():
            raise CommandError(f"There is no video file {options['video']}.")
        try:
            with Bar(quiet=options["verbosity"] == 0 or options["json"]) as bar:
                report = _written(options, bar)
        except ExpectedError as error:
            raise CommandError(str(error.problem)) from error
        if options["json"]:
            self.stdout.write(json.dumps(report, ensure_ascii=False, indent=2))
            return
        for name, text in report["variations"].items():
            self.stdout.write(f"{name.capitalize()}: {text}")
        self.stdout.write(f"Negative: {report['negative']}")
        for caption in report["captions"]:
            self.stdout.write(f"Caption: {caption}")
        self.stdout.write(f"Tokens: {report['tokens']}; written by: {report['source']}")
        if report["unknown_words"]:
            self.stdout.write(f"Left out: {', '.join(report['unknown_words'])}")


def _written(options: dict[str, Any], bar: Bar) -> dict[str, Any]:
    from generation.models.looked_at import writer_name
    from generation.stages.write import counter
    from generation.stages.writers import writers

    profile = engine(options["profile"]).profile
    drafted, described, _frames = write_for(options, writers(options["profile"]), bar, {})
    written = drafted.written
    return {
        "prompt": written.prompt,
        "negative": written.negative,
        "tokens": counter(profile)(written.prompt),
        "variations": written.variations,
        "captions": list(described.captions),
        "captioner": described.captioner,
        "facts": described.facts.to_dict() if described.facts else None,
        "source": drafted.source,
        "writer": writer_name(profile) if drafted.source == "model" else "",
        "fallback": drafted.fallback,
        "unknown_words": list(drafted.unknown),
        "profile": profile.name,
        "target": options["target"],
    }
