"""What the engine is handed and what it answers, as values without behaviour."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from pathlib import Path

    from PIL import Image

    from generation.engine.schedulers import Scheduler

MOST_WEIGHT = 2.0
MOST_WINDOWS = 4  # of the text encoder, 75 tokens each, are read of a prompt; of what is longer, the end is left out
MOST_SPREAD = 512  # pixels by which a mask may be feathered, grown, shrunk or padded

Kind = Literal["text", "image", "inpaint"]
"""What a picture is painted from: words alone, a picture as well, or a picture of which only a part is painted."""


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
class Mask:
    """Which part of a start picture is painted anew; the rest stays as it is, bit for bit.

    `picture` has the start's size and is looked at in mode L: 128 and above is painted, below it is kept, the other way
    round with `invert`. Lengths are the start's pixels: the part first grows by `grow` on all sides (below 0, it
    shrinks), then its inner edge fades over `feather`. `only_masked`: no more than the part and `padding` around it is
    shown to the model, which then has all its pixels for that. ValueError for a length out of range.
    """

    picture: Image.Image
    feather: int = 16
    grow: int = 0
    invert: bool = False
    only_masked: bool = False
    padding: int = 32

    def __post_init__(self) -> None:
        """Refuse lengths that no picture needs."""
        if not (
            0 <= self.feather <= MOST_SPREAD and abs(self.grow) <= MOST_SPREAD and 0 <= self.padding <= MOST_SPREAD
        ):
            raise ValueError(f"Feather, grow and padding of a mask are at most {MOST_SPREAD} pixels.")


@dataclass(frozen=True)
class PaintJob:
    """One picture to paint. `width` and `height` are the model's own pixels: see `Profile.size_for`.

    `start`, in RGB and of any size, is what to begin with, cropped to the job's shape around what matters. `strength`,
    above 0 and up to 1, says how far to leave it: so much of the steps is taken, one at least. At 1 nothing of the
    start is seen, and the picture is that of the words alone. With a `mask`, only a part of the start is painted, at 1
    without a look at what was there, and the picture has the start's own size; for the size to paint at, see
    `inpaint.area`. ValueError for a strength out of range and for a mask without a start.

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
    start: Image.Image | None = None
    strength: float = 1.0
    mask: Mask | None = None

    def __post_init__(self) -> None:
        """Refuse a LoRA that is given twice: with which weight, nobody could say. And what cannot be begun with."""
        if not 0 < self.strength <= 1:
            raise ValueError(f"A job's strength is above 0 and at most 1, not {self.strength}.")
        if self.mask is not None and self.start is None:
            raise ValueError("A mask needs a picture to begin with.")
        if len({use.name for use in self.loras}) < len(self.loras):
            raise ValueError("A job uses each LoRA once.")

    @property
    def worn(self) -> tuple[LoraUse, ...]:
        """The LoRAs that change the picture, always in the same order."""
        return tuple(sorted((use for use in self.loras if use.weight), key=lambda use: use.name))

    @property
    def kind(self) -> Kind:
        """What it is painted from."""
        if self.mask is not None:
            return "inpaint"
        return "text" if self.start is None or self.strength == 1 else "image"

    @property
    def company(self) -> tuple[object, ...]:
        """What jobs must have in common to be painted together, whoever asked for them."""
        loras = tuple((use.name, use.weight) for use in self.worn)
        way = self.kind, None if self.kind == "text" else self.strength
        return self.width, self.height, self.steps, self.guidance, self.eta, self.scheduler, loras, way


@dataclass(frozen=True)
class Verdict:
    """What the safety checker says of one picture.

    `scores` holds, for each concept (`concept_0`, …), the cosine similarity minus the concept's threshold.
    """

    flagged: bool
    scores: dict[str, float]
