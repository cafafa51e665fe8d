"""Roles: the models beside the base that a profile names, each for one job; what it does not name, it has not."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, get_args

from generation.engine.captions.options import parse_settings as parse_captioner_settings
from generation.engine.errors import EngineError
from generation.engine.tables import check, relative, within
from generation.engine.upscale.options import parse_settings

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from generation.engine.profile import Profile

RoleName = Literal["inpaint", "pose", "face", "upscaler", "style_network", "captioner", "language_model"]
"""A UNet of nine channels; ControlNets; an enlarger; features for style transfer; a BLIP; what writes prompts."""


@dataclass(frozen=True)
class Role:
    """A model of a profile. `folder` holds it; `shipped`, `licence` and `source` are as in `Profile`.

    `settings` say how it is used, where its job has any: those of `upscale.options.Settings` or
    `captions.options.Settings`.
    """

    folder: Path
    licence: str
    source: str
    shipped: bool = False
    settings: Mapping[str, float] = field(default_factory=dict, hash=False)


def parse_roles(tables: object, models_dir: Path, package_dir: Path) -> dict[str, Role]:
    """From a profile's `[roles.…]`. ValueError, in words for people, for what is wrong."""
    if not isinstance(tables, dict) or not all(isinstance(table, dict) for table in tables.values()):
        raise ValueError("roles must be tables: [roles.pose] and so on")
    if strange := set(tables) - set(get_args(RoleName)):
        raise ValueError(f"no such role: {', '.join(sorted(strange))}; there are {', '.join(get_args(RoleName))}")
    found = {}
    for name, table in tables.items():
        with within(f"roles.{name}"):
            check(table, Role)
            with within("settings"):
                _check_settings(name, table.get("settings", {}))
            below = package_dir if table.get("shipped", False) else models_dir
            found[name] = Role(**{**table, "folder": below / relative("folder", table["folder"])})
    return found


def role(profile: Profile, name: RoleName) -> Role:
    """The profile's model for that job.

    EngineError("no_<name>", profile) where it names none, EngineError("role_missing", folder) where its folder is not
    there.
    """
    named = profile.roles.get(name)
    if named is None:
        raise EngineError(f"no_{name}", profile=profile.title)
    if not named.folder.is_dir():
        raise EngineError("role_missing", folder=str(named.folder))
    return named


def _check_settings(name: str, settings: object) -> None:
    if not isinstance(settings, dict):
        raise ValueError("must be a table")
    if name == "upscaler":
        parse_settings(settings)
    elif name == "captioner":
        parse_captioner_settings(settings)
    elif settings:
        raise ValueError("there are none for this role")
