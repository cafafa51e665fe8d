"""How a picture is restyled, as a value."""

from __future__ import annotations

from dataclasses import dataclass

MOST_ITERATIONS = 1_000
MOST_WEIGHT = 1_000.0


@dataclass(frozen=True)
class Restyle:
    """What counts how much, and for how long it is worked on.

    `content_weight` and `style_weight` are 0 to 1,000, not both 0: only their ratio matters, and at 1 and 2 a picture
    can be recognised in its new style. One of the `iterations` looks at the picture once and changes it; there are 1 to
    1,000. With `keep_colours` only light and dark are restyled. `seed` is that of the noise that it begins with.
    ValueError for what is out of range.
    """

    content_weight: float = 1.0
    style_weight: float = 2.0
    iterations: int = 200
    keep_colours: bool = False
    seed: int = 0

    def __post_init__(self) -> None:
        """Refuse what would restyle nothing; NaN is refused with it."""
        if not all(0 <= weight <= MOST_WEIGHT for weight in (self.content_weight, self.style_weight)):
            raise ValueError(f"Weights of content and style are 0 to {MOST_WEIGHT:g}.")
        if self.content_weight == self.style_weight == 0:
            raise ValueError("Content and style cannot both have the weight 0.")
        if not 1 <= self.iterations <= MOST_ITERATIONS:
            raise ValueError(f"Iterations are 1 to {MOST_ITERATIONS}.")
        if self.seed < 0:
            raise ValueError("A seed is 0 or more.")
