"""Profiles: which checkpoint the engine paints with, as data (one TOML file each), and the sizes that suit it."""

from __future__ import annotations

import math
import re
import tomllib
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Literal, get_args

from generation.engine.errors import EngineError

if TYPE_CHECKING:
    from collections.abc import Iterator

Precision = Literal["float32", "auto"]
BaseClass = Literal["StableDiffusionPipeline"]
Safety = Literal["checker", "unchecked", "harmless"]

PACKAGE_DIR = Path(__file__).resolve().parent.parent
PROFILES_DIR = PACKAGE_DIR / "profiles"
AREA_BAND = (0.8, 1.1)  # how far a size may leave the profile's area; outside it models repeat themselves or blur
MOST_ETA = 0.99  # at 1, DDIM takes the root of a difference that rounding may push below 0: NaN
OPTIONAL = {"dtype", "quick_steps", "eta"}
TYPES: dict[str, tuple[type, ...]] = {
    "str": (str,),
    "int": (int,),
    "int | None": (int,),
    "float": (int, float),
    "bool": (bool,),
}


@dataclass(frozen=True)
class Profile:
    """One checkpoint and how to use it.

    `area` is the number of pixels the model was trained for, `multiple` what both sides must be divisible by,
    `shipped` says that the checkpoint is part of the project, `source` is where people get it. `quick_steps` is for
    people who would rather wait less; None: there is no such choice. `eta` is how much new noise DDIM adds in every
    step (Song et al. 2021, arXiv:2010.02502), 0 … 0.99; other samplers take no notice. `safety`: the folder has a
    "checker"; it has none and pictures are "unchecked"; or it has none because the model can paint nothing real
    ("harmless"). `dtype` "auto" means half precision where the processor is fast at it, "float32" means float32
    everywhere.
    """

    name: str
    title: str
    folder: Path
    shipped: bool
    base_class: BaseClass
    area: int
    multiple: int
    steps: int
    guidance: float
    max_batch: int
    safety: Safety
    licence: str
    source: str
    dtype: Precision = "float32"
    quick_steps: int | None = None
    eta: float = 0.0

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
    wanted = {field.name: str(field.type) for field in fields(Profile) if field.name != "name"}
    if strange := set(values) - set(wanted):
        raise ValueError(f"no such key: {', '.join(sorted(strange))}")
    if missing := set(wanted) - set(values) - OPTIONAL:
        raise ValueError(f"not set: {', '.join(sorted(missing))}")
    for key, kinds in ((key, TYPES.get(wanted[key], (str,))) for key in values):
        value = values[key]
        if not isinstance(value, kinds) or (isinstance(value, bool) and bool not in kinds):
            raise ValueError(f"{key} must be {' or '.join(kind.__name__ for kind in kinds)}")
        if not isinstance(value, (int, float)) or isinstance(value, bool):
            continue
        if key == "eta":
            if not 0 <= value <= MOST_ETA:
                raise ValueError(f"eta must be 0 to {MOST_ETA}")
        elif not (value > 0 and math.isfinite(value)):
            raise ValueError(f"{key} must be more than 0")
    choices = {"base_class": get_args(BaseClass), "dtype": get_args(Precision), "safety": get_args(Safety)}
    for key, known in choices.items():
        if key in values and values[key] not in known:
            raise ValueError(f"{key} must be one of {', '.join(known)}")
    folder = Path(str(values["folder"]))
    if folder.is_absolute() or ".." in folder.parts:
        raise ValueError("folder must be a relative path below the models' folder")
    folder = (PACKAGE_DIR if values["shipped"] else models_dir) / folder
    return Profile(**{**values, "name": name, "folder": folder})  # type: ignore[arg-type]  # checked above
