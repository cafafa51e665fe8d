"""``manage.py models``: which models the profiles name, whether they are there and whole, and a tiny one for tests."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from generation.engine import EngineError, Profile, load_profile
from generation.engine.checkpoint import faults
from generation.engine.guides.openpose import FOLDER as OPENPOSE
from generation.engine.guides.openpose import LICENCE
from generation.engine.modes import few_step_lora
from generation.engine.profile import profile_names
from generation.management.language_checks import LanguageModelFault, language_model_line
from generation.management.role_checks import check_roles
from generation.stages.language_door import NONE, WORKER
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
        verbs = parser.add_subparsers(
            dest="verb", title="what to do", metavar="{list,check,build-tiny,convert-vgg,convert-openpose}"
        )
        verbs.add_parser("list", help="all profiles, their folders and licences (also without a word)")
        check = verbs.add_parser("check", help="is a profile's model there and whole? exit status 1 if not")
        check.add_argument("name", nargs="?", help="a profile; the one in use if left out")
        build = verbs.add_parser("build-tiny", help="write a tiny random Stable Diffusion, for tests")
        build.add_argument("folder", type=Path, metavar="DIR", help="a new or empty folder")
        convert = verbs.add_parser("convert-vgg", help="make torchvision's VGG16 the network for styles")
        convert.add_argument("file", type=Path, metavar="FILE", help="vgg16-397923af.pth, or the same as .safetensors")
        convert.add_argument("folder", type=Path, metavar="DIR", help="the folder that a profile names for it")
        build.add_argument("--flags", action="store_true", help="its safety checker flags every picture")

        convert = verbs.add_parser("convert-openpose", help=f"OpenPose's weights from .pth to .safetensors: {LICENCE}")
        convert.add_argument("file", type=Path, metavar="FILE", help="body_pose_model.pth")

    def handle(self, *args: Any, **options: Any) -> None:
        """Every expected failure is one sentence and exit status 1."""
        if options["verb"] == "check":
            self._check(_profile(options["name"] or settings.PROFILE))
        elif options["verb"] == "build-tiny":
            self._build_tiny(options["folder"], flags=options["flags"])
        elif options["verb"] == "convert-vgg":
            self._convert_vgg(options["file"], options["folder"])
        elif options["verb"] == "convert-openpose":
            self._convert_openpose(options["file"])
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
        try:
            self.stdout.write(language_model_line())
        except LanguageModelFault as fault:
            self.stdout.write(str(fault))

    def _check(self, profile: Profile) -> None:
        if not profile.folder.is_dir():
            raise CommandError(f"{profile.name}: there is no {profile.folder}; {profile.source}.")
        elif found := faults(profile):
            raise CommandError(f"{profile.name}: {profile.folder} cannot be used: {'; '.join(found)}.")
        else:
            self.stdout.write(f"{profile.name}: {profile.folder} is whole.")
            self._check_loras(profile)
            check_roles(profile, self.stdout.write)
            self._check_language_model(profile)

    def _check_language_model(self, profile: Profile) -> None:
        """Of the profile in use, a server that writes for it."""
        if profile.name != settings.PROFILE or settings.LANGUAGE_MODEL in (NONE, WORKER):
            return
        try:
            self.stdout.write(language_model_line())
        except LanguageModelFault as fault:
            raise CommandError(str(fault)) from fault

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

    def _convert_vgg(self, file: Path, folder: Path) -> None:
        from generation.engine.restyle.convert import convert_vgg
        from generation.preview.training.style_network import balanced_on

        if not file.is_file():
            raise CommandError(f"There is no file {file}.")
        try:
            convert_vgg(file, folder, balanced_on())
        except EngineError as error:
            raise CommandError(f"{explain(error.code, error.values).what} {error.values['reason']}.") from error
        except OSError as error:
            raise CommandError(f"{folder} cannot be written: {error.strerror or error}.") from error
        self.stdout.write(str(folder))

    def _convert_openpose(self, file: Path) -> None:
        from generation.engine.guides.openpose import convert_openpose
        from generation.engine.quiet import quiet

        try:
            with quiet():
                made = convert_openpose(file, settings.MODELS_DIR / OPENPOSE)
        except ValueError as error:
            raise CommandError(f"{file}: {error}") from error
        except OSError as error:
            raise CommandError(f"{error.filename or file}: {error.strerror or error}.") from error
        self.stdout.write(f"{made}\nIts licence: {LICENCE}.")

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
