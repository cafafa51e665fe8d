"""Profiles: which checkpoint the engine paints with, as data (one TOML file each), and the sizes that suit it."""

from __future__ import annotations

import math
import re
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal, get_args

from generation.engine.errors import EngineError
from generation.engine.modes import STANDARD, Mode, parse_modes
from generation.engine.roles import Role, parse_roles
from generation.engine.tables import check, relative

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

SDXL = "StableDiffusionXLPipeline"
Precision = Literal["float32", "auto"]
BaseClass = Literal["StableDiffusionPipeline", "StableDiffusionXLPipeline"]
Safety = Literal["checker", "unchecked", "harmless"]

PACKAGE_DIR = Path(__file__).resolve().parent.parent
PROFILES_DIR = PACKAGE_DIR / "profiles"
AREA_BAND = (0.8, 1.1)  # how far a size may leave the profile's area; outside it models repeat themselves or blur


@dataclass(frozen=True)
class Profile:
    """One checkpoint and how to use it.

    `area` is the number of pixels the model was trained for, `multiple` what both sides must be divisible by,
    `shipped` says that the checkpoint is part of the project, `source` is where people get it. `modes` are the ways
    to paint with it, by their names; "standard" is always there. `roles` are further models, by their job.
    `safety`: the folder has a "checker"; it has none and pictures are "unchecked"; or it has none because the model
    can paint nothing real ("harmless"). `dtype` "auto" means half precision where the processor is fast at it,
    "float32" means float32 everywhere.
    """

    name: str
    title: str
    folder: Path
    shipped: bool
    base_class: BaseClass
    area: int
    multiple: int
    max_batch: int
    safety: Safety
    licence: str
    source: str
    modes: Mapping[str, Mode] = field(hash=False)
    dtype: Precision = "float32"
    roles: Mapping[str, Role] = field(default_factory=dict, hash=False)

    @property
    def standard(self) -> Mode:
        """How it paints unless somebody asks otherwise."""
        return self.modes[STANDARD]

    def mode(self, name: str) -> tuple[str, Mode]:
        """The mode of that name with its name, or the standard one where there is no such."""
        name = name if name in self.modes else STANDARD
        return name, self.modes[name]

    @property
    def offered(self) -> tuple[str, ...]:
        """The modes to choose from: without those whose LoRA is missing while the model itself is there."""
        is_here = self.folder.is_dir()
        return tuple(
            name
            for name, mode in self.modes.items()
            if not (is_here and mode.lora is not None and not mode.lora.file.is_file())
        )

    def size_for(self, width: int, height: int) -> tuple[int, int]:
        """The size to paint at for a target of `width` × `height` pixels: both sides multiples of `multiple`.

        Of the sizes that keep to the area (80–110 %), the one that loses least to cropping; of equals, the nearest in
        area. A target too long and thin for any of them gets the nearest size there is. ValueError for an empty target.
        """
        if width < 1 or height < 1:
            raise ValueError(f"A target needs at least one pixel each way, not {width}x{height}.")
        aspect = width / height
        lowest, highest = AREA_BAND

        def price(size: tuple[int, int]) -> tuple[float, float, float]:
            share = size[0] * size[1] / self.area
            outside = max(lowest / share, share / highest, 1.0)
            loss = abs(math.log(size[0] / size[1] / aspect))
            return round(math.log(outside), 9), round(loss, 9), abs(math.log(share))

        return min(self._sizes(aspect), key=price)

    def _sizes(self, aspect: float) -> Iterator[tuple[int, int]]:
        """Every short side up to the area's square root, with the two long sides nearest to the aspect that fit."""
        step = self.multiple
        stretch = max(aspect, 1 / aspect)
        largest = int(self.area * AREA_BAND[1])
        for short in range(step, max(step, math.isqrt(largest)) + 1, step):
            fits = max(1, largest // (short * step))
            below = math.floor(short * stretch / step)
            for count in (below, below + 1):
                long = step * min(max(count, 1), fits)
                yield (long, short) if aspect >= 1 else (short, long)


def profile_names(profiles_dir: Path = PROFILES_DIR) -> list[str]:
    """The names of all profiles, in order."""
    return sorted(path.stem for path in profiles_dir.glob("*.toml"))


def load_profile(name: str, *, models_dir: Path, profiles_dir: Path = PROFILES_DIR) -> Profile:
    """Read `<profiles_dir>/<name>.toml`; its folder is looked for below `models_dir`, or in this package if shipped.

    EngineError("profile_unknown", name) where there is no such file, EngineError("profile_wrong", name, reason) where
    a value is missing, superfluous or of the wrong kind.
    """
    path = profiles_dir / f"{name}.toml"
    if not re.fullmatch(r"[a-z0-9][a-z0-9_-]*", name) or not path.is_file():
        raise EngineError("profile_unknown", name=name)
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
        return _parse(name, models_dir, values)
    except ValueError as error:  # TOMLDecodeError and UnicodeDecodeError are ValueErrors
        raise EngineError("profile_wrong", name=name, reason=str(error)) from error


def _parse(name: str, models_dir: Path, values: dict[str, object]) -> Profile:
    check(values, Profile, but=("name",))
    choices = {"base_class": get_args(BaseClass), "dtype": get_args(Precision), "safety": get_args(Safety)}
    for key, known in choices.items():
        if key in values and values[key] not in known:
            raise ValueError(f"{key} must be one of {', '.join(known)}")
    if values["base_class"] == SDXL and values["safety"] == "checker":
        raise ValueError("safety must not be checker: no checkpoint of Stable Diffusion XL has one")
    folder = (PACKAGE_DIR if values["shipped"] else models_dir) / relative("folder", values["folder"])
    modes = parse_modes(values["modes"], models_dir)
    roles = parse_roles(values.get("roles", {}), models_dir, PACKAGE_DIR)
    return Profile(**{**values, "name": name, "folder": folder, "modes": modes, "roles": roles})  # type: ignore[arg-type]  # checked
