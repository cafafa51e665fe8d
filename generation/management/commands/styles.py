"""``manage.py styles``: which styles there are, and a preview of each, painted by the model in use."""

from __future__ import annotations

import hashlib
import json
from io import BytesIO
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from generation.engine import EngineError, load_profile
from generation.loras.worn import put_on_by, use_of
from generation.models import Style
from generation.styles import compose
from generation.targets import Target
from generation.work import Work
from imagecreator.errors import ExpectedError

if TYPE_CHECKING:
    from argparse import ArgumentParser

    from PIL.Image import Image

    from generation.engine import Engine, Profile

SIZE = Target("style", 480, 270, safe=None, max_bytes=200_000, for_what="video")
SUBJECT = "a mountain lake at sunset, tall mountains"  # the same for all: what differs is the style
NEGATIVE = "blurry, low quality, text, watermark"
SEED = 4
QUALITY = 88  # of the JPEG
PAINTED = "painted"


class Command(BaseCommand):
    """Lists the styles, or paints their previews."""

    help = "List the styles, or paint a preview of each with the model in use."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """What to do; without a word, list."""
        verbs = parser.add_subparsers(dest="verb", title="what to do", metavar="{list,preview}")
        verbs.add_parser("list", help="all styles, and whether their previews are up to date (also without a word)")
        paint = verbs.add_parser("preview", help="paint the previews that are missing or out of date")
        paint.add_argument("--only", metavar="KEY", help="this style alone, also where it is not offered")
        paint.add_argument("--force", action="store_true", help="also those that are up to date")

    def handle(self, *args: Any, **options: Any) -> None:
        """Every expected failure is one sentence and exit status 1."""
        try:
            profile = load_profile(settings.PROFILE, models_dir=settings.MODELS_DIR)
        except EngineError as error:
            raise CommandError(str(ExpectedError(error.code, **error.values).problem)) from error
        if options["verb"] == "preview":
            self._paint(profile, options["only"], force=options["force"])
        else:
            self._list(profile)

    def _list(self, profile: Profile) -> None:
        rows = [("key", "English", "Russian", "offered", "preview")]
        for style in Style.objects.all():
            offered = "yes" if style.active else "no"
            rows.append((style.key, style.name_en, style.name_ru, offered, _state(style, profile)))
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        for row in rows:
            self.stdout.write("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())

    def _paint(self, profile: Profile, only: str | None, *, force: bool) -> None:
        from generation.stages.engine_door import engine

        styles = list(Style.objects.filter(key=only) if only else Style.objects.filter(active=True))
        if only and not styles:
            raise CommandError(f"There is no style {only}; “manage.py styles” lists them.")
        failed = []
        for number, style in enumerate(styles, start=1):
            self.stdout.write(f"{number}/{len(styles)} {style.key}: ", ending="")
            self.stdout.flush()
            if not force and _state(style, profile) == PAINTED:
                self.stdout.write("up to date")
                continue
            said = _painted(style, engine())
            self.stdout.write(said)
            failed += [style.key] if said != PAINTED else []
        if failed:
            raise CommandError(f"Not painted: {', '.join(failed)}.")


def _state(style: Style, profile: Profile) -> str:
    if not style.file:
        return "missing"
    return PAINTED if style.painted_as == _digest(style, _work(style, profile), profile) else "out of date"


def _work(style: Style, profile: Profile) -> Work:
    composed = compose(SUBJECT, NEGATIVE, style.style_words)
    steps = style.steps_of(profile.standard.steps)
    return Work(target=SIZE, prompt=composed.prompt, negative=composed.negative, count=1, seed=SEED, steps=steps)


def _digest(style: Style, work: Work, profile: Profile) -> str:
    mode = profile.standard
    made_of = [profile.name, mode.guidance, mode.eta, work.prompt, work.negative, work.steps, work.seed]
    made_of += [mode.scheduler.title]
    made_of += [[row.lora.sha256, row.weight] for row in put_on_by(style, profile)]
    return hashlib.sha256(json.dumps(made_of).encode()).hexdigest()


def _painted(style: Style, painter: Engine) -> str:
    """Walk, store what came out, and say in a few words what happened."""
    from generation.walk import paint_walk

    work = _work(style, painter.profile)
    try:
        work.loras = tuple(use_of(row) for row in put_on_by(style, painter.profile))
        paint_walk(work, painter, lambda stage, step, steps: None)
        if work.pictures[0].held:
            return "held by the safety check, not kept"
        style.keep_preview(_jpeg(work.pictures[0].image), _digest(style, work, painter.profile))
    except ExpectedError as error:
        return str(error.problem)
    except Style.DoesNotExist:
        return "deleted meanwhile"
    return PAINTED


def _jpeg(image: Image) -> bytes:
    content = BytesIO()
    image.save(content, "JPEG", quality=QUALITY)
    return content.getvalue()
