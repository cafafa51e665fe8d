"""``manage.py models``: which models the profiles name, whether they are there and whole, and a tiny one for tests."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from generation.engine import EngineError, Profile, load_profile
from generation.engine.checkpoint import faults
from generation.engine.modes import few_step_lora
from generation.engine.profile import profile_names
from generation.engine.upscale.folder import faults as upscaler_faults
from imagecreator.errors import explain

if TYPE_CHECKING:
    from argparse import ArgumentParser

SENTENCES = {
    "profile_unknown": "There is no profile %(name)s; there are: %(names)s.",
    "profile_wrong": "The profile %(name)s cannot be used: %(reason)s.",
}


class Command(BaseCommand):
    """Lists the profiles, checks one, or builds the tiny random checkpoint."""

    help = "List the models, check one, or build a tiny random one."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """What to do; without a word, list."""
        verbs = parser.add_subparsers(dest="verb", title="what to do", metavar="{list,check,build-tiny}")
        verbs.add_parser("list", help="all profiles, their folders and licences (also without a word)")
        check = verbs.add_parser("check", help="is a profile's model there and whole? exit status 1 if not")
        check.add_argument("name", nargs="?", help="a profile; the one in use if left out")
        build = verbs.add_parser("build-tiny", help="write a tiny random Stable Diffusion, for tests")
        build.add_argument("folder", type=Path, metavar="DIR", help="a new or empty folder")
        build.add_argument("--flags", action="store_true", help="its safety checker flags every picture")

    def handle(self, *args: Any, **options: Any) -> None:
        """Every expected failure is one sentence and exit status 1."""
        if options["verb"] == "check":
            self._check(_profile(options["name"] or settings.PROFILE))
        elif options["verb"] == "build-tiny":
            self._build_tiny(options["folder"], flags=options["flags"])
        else:
            self._list()

    def _list(self) -> None:
        rows = [("", "profile", "title", "state", "modes", "licence", "folder")]
        for name in profile_names():
            profile = _profile(name)
            used = "*" if name == settings.PROFILE else ""
            modes = ", ".join(profile.offered)
            rows.append((used, name, profile.title, _state(profile), modes, profile.licence, str(profile.folder)))
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        for row in rows:
            self.stdout.write("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
        self.stdout.write("* in use (PROFILE)")

    def _check(self, profile: Profile) -> None:
        if not profile.folder.is_dir():
            raise CommandError(f"{profile.name}: there is no {profile.folder}; {profile.source}.")
        elif found := faults(profile):
            raise CommandError(f"{profile.name}: {profile.folder} cannot be used: {'; '.join(found)}.")
        else:
            self.stdout.write(f"{profile.name}: {profile.folder} is whole.")
            self._check_loras(profile)
            self._check_upscaler(profile)

    def _check_loras(self, profile: Profile) -> None:
        """Of the modes: without one there is no such mode, and that is all."""
        for name, mode in profile.modes.items():
            if mode.lora is None:
                continue
            if not mode.lora.file.is_file():
                where = f"{mode.lora.source} (licence: {mode.lora.licence})"
                self.stdout.write(f"{profile.name}: no mode {name}, for there is no {mode.lora.file}; {where}.")
                continue
            try:
                few_step_lora(mode, profile)
            except EngineError as error:
                reason = explain(error.code, error.values).what
                raise CommandError(f"{profile.name}: {mode.lora.file} cannot be used: {reason}") from error
            self.stdout.write(f"{profile.name}: {mode.lora.file} is whole.")

    def _check_upscaler(self, profile: Profile) -> None:
        """Without one there is Lanczos, and that is all."""
        named = profile.roles.get("upscaler")
        if named is None:
            return
        if not named.folder.is_dir():
            where = f"{named.source} (licence: {named.licence})"
            self.stdout.write(f"{profile.name}: no upscaler, for there is no {named.folder}; {where}.")
        elif found := upscaler_faults(named.folder, profile.folder):
            raise CommandError(f"{profile.name}: {named.folder} cannot be used: {'; '.join(found)}.")
        else:
            self.stdout.write(f"{profile.name}: {named.folder} is whole.")

    def _build_tiny(self, folder: Path, *, flags: bool) -> None:
        from generation.engine.tiny import build_tiny

        try:
            build_tiny(folder, flags=flags)
        except FileExistsError as error:
            raise CommandError(f"{folder} exists and is not an empty folder.") from error
        except OSError as error:
            raise CommandError(f"{folder} cannot be written: {error.strerror or error}.") from error
        self.stdout.write(str(folder))


def _profile(name: str) -> Profile:
    try:
        return load_profile(name, models_dir=settings.MODELS_DIR)
    except EngineError as error:
        raise CommandError(SENTENCES[error.code] % {**error.values, "names": ", ".join(profile_names())}) from error


def _state(profile: Profile) -> str:
    if not profile.folder.is_dir():
        return "missing"
    return "shipped" if profile.shipped else "present"
