"""``manage.py paint``: from a video file or a prompt to finished pictures, without site, queue or database."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.core.management.base import BaseCommand, CommandError

from generation.engine.modes import MODES, STANDARD
from generation.english import to_english
from generation.management.guide_options import add_guide_options, guides_asked_for
from generation.management.lora_options import add_lora_options, loras_asked_for
from generation.management.paint_report import report_of
from generation.management.progress_bar import Bar, without_native_messages
from generation.management.restyle_options import add_restyle_options, restyle_asked_for
from generation.management.start_options import add_start_options, start_asked_for
from generation.management.writing import write_for
from generation.models.request import MAX_COUNT, MAX_PROMPT, MAX_SEED, random_seed
from generation.stages.engine_door import engine
from generation.targets import TARGETS
from generation.work import Work
from imagecreator.errors import ExpectedError
from imagecreator.words import clean_text

if TYPE_CHECKING:
    from argparse import ArgumentParser
    from collections.abc import Callable

    from PIL.Image import Image

    from generation.engine import Guide, LoraUse, Profile
    from generation.engine.restyle.options import Restyle
    from generation.management.start_options import Begun


class Command(BaseCommand):
    """Runs every stage of the walk and writes ``1.png …`` and ``request.json`` into a folder."""

    help = "Paint thumbnails, an avatar or a cover for a video file, or from a prompt."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """What to look at, what to paint, and where to put it."""
        parser.add_argument("--video", type=Path, metavar="FILE", help="the video; may be left out with --prompt")
        parser.add_argument("--title", default="", help="the video's title")
        parser.add_argument("--description", default="", help="the video's description")
        parser.add_argument("--target", default="thumbnail", choices=list(TARGETS), help="(default %(default)s)")
        parser.add_argument("--count", type=int, default=MAX_COUNT, help=f"1 to {MAX_COUNT} (default %(default)s)")
        parser.add_argument("--seed", type=int, help="of the first picture (default: any); picture i has seed + i - 1")
        parser.add_argument("--prompt", help="paint this instead of a written prompt")
        parser.add_argument("--negative", help="what the pictures should not show")
        add_lora_options(parser)
        add_start_options(parser)
        parser.add_argument("--restyle", type=Path, metavar="FILE", help="paint the pictures over in its style")
        add_restyle_options(parser)
        add_guide_options(parser)
        parser.add_argument("--mode", default=STANDARD, choices=MODES, help="how carefully (default %(default)s)")
        parser.add_argument("--upscale", action="store_true", help="enlarge with the model's upscaler, not Lanczos")
        parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="the folder for the results")

    def handle(self, *args: Any, **options: Any) -> None:
        """Walk. Every expected failure is one sentence and exit status 1."""
        _validate(options)
        try:
            with Bar(quiet=options["verbosity"] == 0) as bar:
                report = _run(options, bar, self.stdout.write)
        except ExpectedError as error:
            raise CommandError(str(error.problem)) from error
        except OSError as error:
            raise CommandError(f"{error.filename or options['out']}: {error.strerror or error}") from error
        self.stdout.write(f"Prompt: {report['prompt']}")
        for name in report["files"]:
            self.stdout.write(str(options["out"] / name))


def _validate(options: dict[str, Any]) -> None:
    if options["video"] is None and options["prompt"] is None:
        raise CommandError("Give --video, or --prompt, or both.")
    if options["video"] is not None and not options["video"].is_file():
        raise CommandError(f"There is no video file {options['video']}.")
    if not 1 <= options["count"] <= MAX_COUNT:
        raise CommandError(f"--count takes 1 to {MAX_COUNT}.")
    if options["seed"] is not None and not 0 <= options["seed"] <= MAX_SEED:
        raise CommandError(f"--seed takes 0 to {MAX_SEED}.")
    for name in ("prompt", "negative"):
        if len(options[name] or "") > MAX_PROMPT:
            raise CommandError(f"--{name} is longer than {MAX_PROMPT} characters.")
    if options["prompt"] is not None and not clean_text(options["prompt"]):
        raise CommandError("--prompt is empty.")


@dataclass(frozen=True)
class _Wished:
    """What the options name besides words: LoRAs, what to begin with, a style, people and faces to follow."""

    loras: tuple[LoraUse, ...]
    begun: Begun
    style: Image | None
    restyle: Restyle
    guides: tuple[Guide, ...]


def _run(options: dict[str, Any], bar: Bar, say: Callable[[str], None]) -> dict[str, Any]:
    from generation.recipe import begun_with, restyled_with
    from generation.stages.finish import recipe_of
    from generation.stages.writers import writers
    from generation.walk import paint_walk

    painter = engine()
    wished = _wished(options, painter.profile, say)
    out: Path = options["out"]
    out.mkdir(parents=True, exist_ok=True)
    timings: dict[str, float] = {}
    drafted, described, frames = write_for(options, writers(), bar, timings)
    prompt = to_english(options["prompt"] or drafted.written.prompt)
    negative = to_english(drafted.written.negative if options["negative"] is None else options["negative"])
    work = _work(options, wished, clean_text(prompt.text), clean_text(negative.text), timings)
    paint_walk(work, painter, bar.tell)
    bar.tell("finish", 0, 1)
    files = _write(out, work, painter.profile)
    recipe = recipe_of(work.pictures[0], painter.profile)
    report = report_of(options, work, described, drafted, frames) | {
        "files": files,
        **begun_with(recipe),
        **restyled_with(recipe),
        "profile": painter.profile.name,
        "unknown_words": [*drafted.unknown, *prompt.unknown],
        "tokens": painter.count_tokens(work.prompt),
    }
    (out / "request.json").write_text(json.dumps(report, ensure_ascii=False, indent=2) + "\n")
    if not files:
        raise CommandError("The safety check held every picture; none was written.")
    return report


def _wished(options: dict[str, Any], profile: Profile, say: Callable[[str], None]) -> _Wished:
    """CommandError, or ExpectedError, where the profile has no such thing or two of them do not go together."""
    if options["mode"] not in profile.modes:
        there = ", ".join(profile.modes)
        raise CommandError(f"The profile {profile.name} has no mode {options['mode']}; it has {there}.")
    loras = loras_asked_for(options["lora"], profile)
    begun = start_asked_for(options)
    if options["restyle"] and begun.mask:
        raise CommandError("Give --restyle or --inpaint, not both.")
    style, restyle = restyle_asked_for(options["restyle"], options, profile)
    with without_native_messages():
        led = guides_asked_for(options, profile)
    for each in led:
        say(each.said)
    return _Wished(loras, begun, style, restyle, tuple(each.guide for each in led))


def _work(options: dict[str, Any], wished: _Wished, prompt: str, negative: str, timings: dict[str, float]) -> Work:
    return Work(
        target=TARGETS[options["target"]],
        prompt=prompt,
        negative=negative,
        count=options["count"],
        seed=random_seed() if options["seed"] is None else options["seed"],
        timings=timings,
        mode=options["mode"],
        loras=wished.loras,
        start=wished.begun.picture,
        strength=wished.begun.strength,
        mask=wished.begun.mask,
        style=wished.style,
        restyle=wished.restyle,
        enlarge_by="model" if options["upscale"] else "lanczos",
        guides=wished.guides,
    )


def _write(out: Path, work: Work, profile: Profile) -> list[str]:
    """A file for each picture that may be seen; their names."""
    from generation.stages.finish import to_png

    files = []
    for number, picture in enumerate(work.pictures, start=1):
        if not picture.held:
            files.append(f"{number}.png")
            (out / files[-1]).write_bytes(to_png(picture, profile))
    return files
