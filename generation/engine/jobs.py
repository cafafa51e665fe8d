"""What the engine is handed and what it answers, as values without behaviour."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class PaintJob:
    """One picture to paint. `width` and `height` are the model's own pixels: see `Profile.size_for`.

    `eta` says how much of the noise that a step takes away comes back as new noise, 0 … 0.99.
    """

    prompt: str
    negative: str
    seed: int
    width: int
    height: int
    steps: int
    guidance: float
    eta: float = 0.0

    @property
    def company(self) -> tuple[object, ...]:
        """What jobs must have in common to be painted together, whoever asked for them."""
        return self.width, self.height, self.steps, self.guidance, self.eta


@dataclass(frozen=True)
class Verdict:
    """What the safety checker says of one picture.

    `scores` holds, for each concept (`concept_0`, …), the cosine similarity minus the concept's threshold.
    """

    flagged: bool
    scores: dict[str, float]
