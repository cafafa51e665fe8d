"""What ``manage.py models check`` says of the models beside the base: guides, upscaler and the like."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.core.management.base import CommandError

from generation.engine import EngineError
from generation.engine.captions.folder import faults as captioner_faults
from generation.engine.controlnets import inspect_role
from generation.engine.inpaint_unet import inspect_inpaint
from generation.engine.language.folder import faults as language_faults
from generation.engine.upscale.folder import faults as upscaler_faults

if TYPE_CHECKING:
    from collections.abc import Callable

    from generation.engine import Profile

LACKING = {
    "inpaint": "masks are painted with the model itself",
    "pose": "no pose guide",
    "face": "no face guide",
    "upscaler": "no upscaler",
    "style_network": "no style transfer",
    "captioner": "drafts are written without a look at what frames show",
    "language_model": "no language model in the worker",
}


def check_roles(profile: Profile, say: Callable[[str], None]) -> None:
    """Of a profile whose base is there: a role whose folder is not there is said. CommandError for a damaged one."""
    for name, named in profile.roles.items():
        if not named.folder.is_dir():
            where = f"{named.source} (licence: {named.licence})"
            say(f"{profile.name}: {LACKING[name]}, for there is no {named.folder}; {where}.")
            continue
        try:
            reason = _fault(profile, name)
        except EngineError as error:
            reason = str(error.values["reason"])
        if reason:
            raise CommandError(f"{profile.name}: {named.folder} cannot be used: {reason}.")
        say(f"{profile.name}: {named.folder} is whole.")


def _fault(profile: Profile, name: str) -> str:
    """What is wrong with the model of a role; empty where nothing is. EngineError with a reason is as good."""
    folder = profile.roles[name].folder
    if name == "upscaler":
        return "; ".join(upscaler_faults(folder, profile.folder))
    if name == "captioner":
        return "; ".join(captioner_faults(folder))
    if name == "language_model":
        return "; ".join(language_faults(folder))
    if name == "inpaint":
        inspect_inpaint(profile)
    elif name == "style_network":
        from generation.engine.restyle.files import open_network

        open_network(folder)
    elif name in ("pose", "face"):
        inspect_role(profile, name)  # type: ignore[arg-type]  # one of its kinds
    return ""
