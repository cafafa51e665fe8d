"""The schedulers that profiles may name: diffusers' classes, the settings each of them takes, and their usual names."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

Setting = bool | str

SPACINGS = ("leading", "linspace", "trailing")
DDIM = "DDIMScheduler"  # the only one that reads `eta`


@dataclass(frozen=True)
class Known:
    """What a class is called in recipes, and its settings with the values that they may have.

    diffusers passes over settings that a class does not have: a misspelt one would come to nothing without a word.
    """

    title: str
    settings: Mapping[str, tuple[Setting, ...]]


_SPACED: dict[str, tuple[Setting, ...]] = {"timestep_spacing": SPACINGS}
_KARRAS: dict[str, tuple[Setting, ...]] = {"use_karras_sigmas": (True, False)}
SCHEDULERS: dict[str, Known] = {
    DDIM: Known("DDIM", _SPACED),
    "DPMSolverMultistepScheduler": Known(
        "DPM++ 2M", {"algorithm_type": ("dpmsolver++", "sde-dpmsolver++"), **_KARRAS, **_SPACED}
    ),
    "EulerAncestralDiscreteScheduler": Known("Euler a", _SPACED),
    "EulerDiscreteScheduler": Known("Euler", _KARRAS | _SPACED),
    "LCMScheduler": Known("LCM", _SPACED),
    "UniPCMultistepScheduler": Known("UniPC", _KARRAS | _SPACED),
}
_TITLES: dict[tuple[str, Setting], str] = {
    ("algorithm_type", "sde-dpmsolver++"): "SDE",
    ("use_karras_sigmas", True): "Karras",
    **{("timestep_spacing", spacing): spacing for spacing in SPACINGS},
}


@dataclass(frozen=True)
class Scheduler:
    """One of SCHEDULERS by its class's name, and settings in the place of the checkpoint's own."""

    name: str
    settings: tuple[tuple[str, Setting], ...] = ()

    @property
    def title(self) -> str:
        """What recipes call it, as other tools do: `DPM++ 2M Karras`. Others have other titles."""
        chosen = dict(self.settings)
        known = SCHEDULERS[self.name]
        words = [_TITLES.get((key, chosen[key]), "") for key in known.settings if key in chosen]
        return " ".join([known.title, *filter(None, words)])

    def on(self, config: Mapping[str, Any]) -> Any:
        """A new scheduler of diffusers with a checkpoint's configuration: betas, prediction type and all the rest."""
        import diffusers

        return getattr(diffusers, self.name).from_config(config, **dict(self.settings))


def parse_scheduler(name: object, settings: object) -> Scheduler:
    """From a profile's values. ValueError for a class, a setting or a value that is not known."""
    if not isinstance(name, str) or name not in SCHEDULERS:
        raise ValueError(f"scheduler must be one of {', '.join(SCHEDULERS)}")
    if not isinstance(settings, dict):
        raise ValueError("scheduler_settings must be a table")
    known = SCHEDULERS[name].settings
    for key, value in settings.items():
        if key not in known:
            raise ValueError(f"{name} has no setting {key} here; it has {', '.join(known)}")
        if not any(value == one and type(value) is type(one) for one in known[key]):
            allowed = ", ".join(str(one).lower() if isinstance(one, bool) else one for one in known[key])
            raise ValueError(f"scheduler_settings.{key} must be one of {allowed}")
    return Scheduler(name, tuple(sorted(settings.items())))
