"""Modes: how a profile paints when somebody is in a hurry, as a rule, and when it may take its time."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from generation.engine.errors import EngineError
from generation.engine.jobs import MOST_WEIGHT, LoraUse
from generation.engine.lora_file import fits, inspect, lora_use
from generation.engine.schedulers import DDIM, Scheduler, parse_scheduler
from generation.engine.tables import check, relative, within

if TYPE_CHECKING:
    from pathlib import Path

    from generation.engine.profile import Profile

FAST, STANDARD, BEST = "fast", "standard", "best"
MODES = (FAST, STANDARD, BEST)  # all there are, in the order in which people are shown them
MOST_ETA = 0.99  # at 1, DDIM takes the root of a difference that rounding may push below 0: NaN


@dataclass(frozen=True)
class FewStepLora:
    """A LoRA that lets the model do with few steps, such as LCM-LoRA (Luo et al. 2023, arXiv:2311.05556).

    `file` is a .safetensors file, `licence` its own, `source` is where people get it.
    """

    file: Path
    licence: str
    source: str
    weight: float = 1.0


@dataclass(frozen=True)
class Mode:
    """One way to paint. `guidance` is classifier-free guidance's scale.

    `eta` is how much new noise DDIM adds in every step (Song et al. 2021, arXiv:2010.02502), 0 … 0.99; it goes with no
    other scheduler.
    """

    steps: int
    guidance: float
    scheduler: Scheduler
    eta: float = 0.0
    lora: FewStepLora | None = None


def parse_modes(tables: object, models_dir: Path) -> dict[str, Mode]:
    """From a profile's `[modes.…]`; in the order of MODES. ValueError, in words for people, for what is wrong."""
    if not isinstance(tables, dict) or not all(isinstance(table, dict) for table in tables.values()):
        raise ValueError("modes must be tables: [modes.standard] and so on")
    if strange := set(tables) - set(MODES):
        raise ValueError(f"no such mode: {', '.join(sorted(strange))}; there are {', '.join(MODES)}")
    if STANDARD not in tables:
        raise ValueError(f"not set: modes.{STANDARD}")
    found = {}
    for name in (name for name in MODES if name in tables):
        with within(f"modes.{name}"):
            found[name] = _parse(tables[name], models_dir)
    return found


def few_step_lora(mode: Mode, profile: Profile) -> tuple[LoraUse, ...]:
    """The LoRA that the mode wears, or none.

    EngineError("mode_lora_missing", file) where its file is not there; those of `lora_file.inspect` and `fits`.
    """
    if mode.lora is None:
        return ()
    try:
        seen = mode.lora.file.stat()
    except OSError as error:
        raise EngineError("mode_lora_missing", file=mode.lora.file.name) from error
    fits(inspect(mode.lora.file), profile)
    return (_use(mode.lora.file, mode.lora.weight, seen.st_mtime_ns, seen.st_size),)


@lru_cache(maxsize=8)
def _use(file: Path, weight: float, _changed: int, _size: int) -> LoraUse:
    """A large file is read for its hash once, until it changes."""
    return lora_use(file, weight)


def _parse(table: dict[str, object], models_dir: Path) -> Mode:
    settings = table.get("scheduler_settings", {})
    check(table, Mode, more=("scheduler_settings",))
    scheduler = parse_scheduler(table["scheduler"], settings)
    eta = table.get("eta", 0.0)
    if not 0 <= eta <= MOST_ETA:  # type: ignore[operator]  # a number, checked above
        raise ValueError(f"eta must be 0 to {MOST_ETA}")
    if eta and scheduler.name != DDIM:
        raise ValueError(f"eta goes with {DDIM} alone")
    lora = _parse_lora(table["lora"], models_dir) if "lora" in table else None
    values = {key: value for key, value in table.items() if key != "scheduler_settings"}
    return Mode(**{**values, "scheduler": scheduler, "lora": lora})  # type: ignore[arg-type]  # checked above


def _parse_lora(table: object, models_dir: Path) -> FewStepLora:
    if not isinstance(table, dict):
        raise ValueError("lora must be a table")
    with within("lora"):
        check(table, FewStepLora)
        if not 0 < abs(table.get("weight", 1.0)) <= MOST_WEIGHT:
            raise ValueError(f"weight must be -{MOST_WEIGHT:g} to {MOST_WEIGHT:g}, and not 0")
        return FewStepLora(**{**table, "file": models_dir / relative("file", table["file"])})
