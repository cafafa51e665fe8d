"""``manage.py paint``: from a video file or a prompt to finished pictures, without site, queue or database."""

from __future__ import annotations

import json
import os
import shutil
import sys
import time
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from generation.engine.jobs import MOST_WEIGHT
from generation.engine.lora_file import fits, inspect, lora_use
from generation.engine.modes import MODES, STANDARD
from generation.management.start_options import add_start_options, start_asked_for
from generation.models.request import MAX_COUNT, MAX_PROMPT, MAX_SEED, random_seed
from generation.prompt_form import Material
from generation.stages.describe import Seen
from generation.stages.engine_door import engine, expected
from generation.targets import TARGETS
from generation.work import Work
from imagecreator.errors import ExpectedError
from imagecreator.queue.states import STAGES
from imagecreator.words import clean_line, clean_text

if TYPE_CHECKING:
    from argparse import ArgumentParser
    from collections.abc import Iterator

    from channels_app.footage.frames import Picked
    from generation.engine import LoraUse, Profile
    from generation.facts import Facts
    from generation.prompt_form import Written

STDERR = 2  # the file descriptor, which native code writes to


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
        parser.add_argument(
            "--lora",
            action="append",
            default=[],
            metavar="FILE[:WEIGHT]",
            help="a LoRA for the model in use, with a weight of -2 to 2 (default 1); may be given several times",
        )
        add_start_options(parser)
        parser.add_argument("--mode", default=STANDARD, choices=MODES, help="how carefully (default %(default)s)")
        parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="the folder for the results")

    def handle(self, *args: Any, **options: Any) -> None:
        """Walk. Every expected failure is one sentence and exit status 1."""
        _validate(options)
        try:
            with _Bar(quiet=options["verbosity"] == 0) as bar:
                report = _run(options, bar)
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


def _run(options: dict[str, Any], bar: _Bar) -> dict[str, Any]:
    from generation.recipe import begun_with
    from generation.stages.finish import recipe_of, to_png
    from generation.walk import paint_walk, write_walk

    painter = engine()
    if options["mode"] not in painter.profile.modes:
        there = ", ".join(painter.profile.modes)
        raise CommandError(f"The profile {painter.profile.name} has no mode {options['mode']}; it has {there}.")
    loras = _loras(options["lora"], painter.profile)
    begun = start_asked_for(options)
    out: Path = options["out"]
    out.mkdir(parents=True, exist_ok=True)
    timings: dict[str, float] = {}
    material = Material(
        title=clean_line(options["title"]),
        description=clean_text(options["description"]),
        kind=options["target"],
    )
    with _without_native_messages():
        seen, frames = _look(options["video"], bar, timings) if options["video"] else (Seen(), [])
        written, facts = write_walk(material, seen, bar.tell, timings)
    work = Work(
        target=TARGETS[options["target"]],
        prompt=clean_text(options["prompt"] or written.prompt),
        negative=clean_text(written.negative if options["negative"] is None else options["negative"]),
        count=options["count"],
        seed=random_seed() if options["seed"] is None else options["seed"],
        timings=timings,
        mode=options["mode"],
        loras=loras,
        start=begun.picture,
        strength=begun.strength,
        mask=begun.mask,
    )
    paint_walk(work, painter, bar.tell)
    bar.tell("finish", 0, 1)
    files = []
    for number, picture in enumerate(work.pictures, start=1):
        if picture.held:
            continue
        files.append(f"{number}.png")
        (out / files[-1]).write_bytes(to_png(picture, painter.profile))
    report = _report(options, work, facts, written, frames) | {
        "files": files,
        **begun_with(recipe_of(work.pictures[0].job, painter.profile)),
        "profile": painter.profile.name,
        "tokens": painter.count_tokens(work.prompt),
    }
    (out / "request.json").write_text(json.dumps(report, ensure_ascii=False, indent=2) + "\n")
    if not files:
        raise CommandError("The safety check held every picture; none was written.")
    return report


def _loras(given: list[str], profile: Profile) -> tuple[LoraUse, ...]:
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


def _look(video: Path, bar: _Bar, timings: dict[str, float]) -> tuple[Seen, list[dict[str, Any]]]:
    from channels_app.footage.frames import pick_frames
    from channels_app.footage.probe import probe
    from channels_app.prepare import FRAMES, limits

    bar.tell("probe", 0, 1)
    start = time.perf_counter()
    facts = probe(video, limits())
    timings["probe"] = round(time.perf_counter() - start, 3)
    start = time.perf_counter()
    picked: Picked = pick_frames(video, facts, count=FRAMES, tell=lambda step, steps: bar.tell("frames", step, steps))
    timings["frames"] = round(time.perf_counter() - start, 3)
    best = sorted(picked.frames, key=lambda frame: frame.rank)
    seen = Seen(
        frames=[frame.image for frame in best],
        faces=[frame.faces for frame in best],
        motion=picked.motion,
        cuts_per_minute=picked.cuts_per_minute,
    )
    frames = [
        {"time": round(frame.time, 3), "rank": frame.rank, "score": round(frame.score, 4), "faces": frame.faces}
        for frame in picked.frames
    ]
    return seen, frames


def _report(
    options: dict[str, Any], work: Work, facts: Facts | None, written: Written, frames: list[dict[str, Any]]
) -> dict[str, Any]:
    job = work.pictures[0].job
    width, height = work.pictures[0].image.size
    return {
        "title": options["title"],
        "target": work.target.key,
        "width": width,
        "height": height,
        "prompt": work.prompt,
        "negative": work.negative,
        "written_prompt": written.prompt,
        "captions": [],
        "facts": facts.to_dict() if facts else None,
        "mode": work.mode,
        "steps": job.steps,
        "guidance": job.guidance,
        "eta": job.eta,
        "sampler": job.scheduler.title if job.scheduler else "",
        "loras": [
            {"file": use.path.name, "weight": use.weight, "sha256": use.sha256, "hash": use.short_hash}
            for use in job.loras
        ],
        "seeds": [picture.job.seed for picture in work.pictures],
        "held": [number for number, picture in enumerate(work.pictures, start=1) if picture.held],
        "frames": frames,
        "seconds": work.timings,
    }


@contextmanager
def _without_native_messages() -> Iterator[None]:
    """While faces are looked for: mediapipe's native code writes to stderr what nobody can act on, through the bar."""
    sys.stderr.flush()
    theirs = os.dup(STDERR)
    with Path(os.devnull).open("w") as nowhere:
        os.dup2(nowhere.fileno(), STDERR)
    try:
        yield
    finally:
        sys.stderr.flush()
        os.dup2(theirs, STDERR)
        os.close(theirs)


class _Bar:
    """One progress bar that shows the stage in hand; where nobody watches a terminal, a line for each stage.

    It has a way of its own to where stderr leads.
    """

    def __init__(self, *, quiet: bool) -> None:
        self.stage = ""
        sys.stderr.flush()
        self._ours = os.fdopen(os.dup(STDERR), "w", encoding="utf-8")
        self._lines = not quiet and not self._ours.isatty()
        self.bar = tqdm(
            file=self._ours,
            disable=quiet or self._lines,
            ncols=min(100, shutil.get_terminal_size().columns),
            bar_format="{desc:<24} {percentage:3.0f}%|{bar}| {elapsed}",
        )

    def __enter__(self) -> _Bar:
        return self

    def __exit__(self, *problem: object) -> None:
        self.bar.close()
        self._ours.close()

    def tell(self, stage: str, step: int, steps: int) -> None:
        if stage != self.stage:
            self.stage = stage
            self.bar.set_description_str(str(STAGES[stage]), refresh=False)
            if self._lines:
                self._ours.write(f"{STAGES[stage]} …\n")
                self._ours.flush()
        self.bar.total = max(1, steps)
        self.bar.n = min(step, self.bar.total)
        self.bar.refresh()
