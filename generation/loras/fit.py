"""Does a LoRA fit the model that paints here? Said for people, by the site and by the workers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.conf import settings

from generation.engine import EngineError, load_profile
from generation.engine.lora_file import fits
from imagecreator.errors import ExpectedError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from generation.engine.lora_file import Widths
    from generation.models import Lora
    from imagecreator.errors import Problem


@dataclass(frozen=True)
class Fit:
    """``known`` is False where this machine lacks the model: then nobody can say, and painting will."""

    known: bool
    error: ExpectedError | None = None

    @property
    def problem(self) -> Problem | None:
        """Why it does not fit, for people."""
        return self.error.problem if self.error else None

    def check(self) -> None:
        """Raise ``ExpectedError`` where it is known not to fit."""
        if self.error:
            raise self.error


def kind_of(lora: Widths) -> tuple[object, ...]:
    """All that ``fits`` looks at: for LoRAs of one kind, the model's own files need be read but once."""
    return lora.width, lora.text_width, lora.family, *lora.parts


def fits_of(loras: Iterable[Lora]) -> list[tuple[Lora, Fit]]:
    """Each with whether it fits the site's profile."""
    rows = list(loras)
    found = {kind: fit_of(lora) for kind, lora in {kind_of(lora): lora for lora in rows}.items()}
    return [(lora, found[kind_of(lora)]) for lora in rows]


def fit_of(lora: Widths) -> Fit:
    """Whether the LoRA fits the site's profile, by what its file's header told."""
    try:
        fits(lora, load_profile(settings.PROFILE, models_dir=settings.MODELS_DIR))
    except EngineError as problem:
        is_said = problem.code == "lora_does_not_fit"
        return Fit(is_said, ExpectedError(problem.code, **problem.values) if is_said else None)
    return Fit(known=True)
