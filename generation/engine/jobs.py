"""What the engine is handed and what it answers, as values without behaviour."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from generation.engine.schedulers import Scheduler

MOST_WEIGHT = 2.0
MOST_WINDOWS = 4  # of the text encoder, 75 tokens each, are read of a prompt; of what is longer, the end is left out


@dataclass(frozen=True)
class LoraUse:
    """A LoRA file and how strongly it is used: `weight` is -2 … 2, 1 as it was trained, 0 not at all.

    `sha256` is the file's and makes its name in the engine; `title` and `short_hash` are for recipes: see
    `lora_file.lora_use`, which makes one. ValueError for another weight.
    """

    path: Path
    sha256: str
    weight: float = 1.0
    title: str = ""
    short_hash: str = ""

    def __post_init__(self) -> None:
        """Refuse weights that paint nothing but noise; NaN is one of them."""
        if not abs(self.weight) <= MOST_WEIGHT:
            raise ValueError(f"A LoRA's weight is -{MOST_WEIGHT:g} to {MOST_WEIGHT:g}, not {self.weight}.")

    @property
    def name(self) -> str:
        """The same for the same content, wherever it lies."""
        return f"lora_{self.sha256[:32]}"


@dataclass(frozen=True)
class PaintJob:
    """One picture to paint. `width` and `height` are the model's own pixels: see `Profile.size_for`.

    `eta` says how much of the noise that a step takes away comes back as new noise, 0 … 0.99. `loras` may come in any
    order; ValueError where one of them stands there twice. `scheduler` None is the checkpoint's own.
    """

    prompt: str
    negative: str
    seed: int
    width: int
    height: int
    steps: int
    guidance: float
    eta: float = 0.0
    loras: tuple[LoraUse, ...] = ()
    scheduler: Scheduler | None = None

    def __post_init__(self) -> None:
        """Refuse a LoRA that is given twice: with which weight, nobody could say."""
        if len({use.name for use in self.loras}) < len(self.loras):
            raise ValueError("A job uses each LoRA once.")

    @property
    def worn(self) -> tuple[LoraUse, ...]:
        """The LoRAs that change the picture, always in the same order."""
        return tuple(sorted((use for use in self.loras if use.weight), key=lambda use: use.name))

    @property
    def company(self) -> tuple[object, ...]:
        """What jobs must have in common to be painted together, whoever asked for them."""
        loras = tuple((use.name, use.weight) for use in self.worn)
        return self.width, self.height, self.steps, self.guidance, self.eta, self.scheduler, loras


@dataclass(frozen=True)
class Verdict:
    """What the safety checker says of one picture.

    `scores` holds, for each concept (`concept_0`, …), the cosine similarity minus the concept's threshold.
    """

    flagged: bool
    scores: dict[str, float]
