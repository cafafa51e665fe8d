"""What the engine is handed and what it answers, as values without behaviour."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, get_args

if TYPE_CHECKING:
    from pathlib import Path

    from PIL import Image

    from generation.engine.guides.skeleton import Pose
    from generation.engine.schedulers import Scheduler

MOST_WEIGHT = 2.0
MOST_WINDOWS = 4  # of the text encoder, 75 tokens each, are read of a prompt; of what is longer, the end is left out
MOST_GUIDANCE = 2.0  # times as strongly as a ControlNet was trained to guide
MOST_SPREAD = 512  # pixels by which a mask may be feathered, grown, shrunk or padded

Kind = Literal["text", "image", "inpaint"]
"""What a picture is painted from: words alone, a picture as well, or a picture of which only a part is painted."""

GuideKind = Literal["pose", "face"]
"""What a ControlNet lets pictures follow."""


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
class Guide:
    """What the people in a picture are to follow: a control image, as `guides` draws them.

    `picture`, in RGB, shows the same view as the job's start picture where there is one; of another shape, it is put
    there with all that is drawn on it inside. `poses` are those that it shows: they are then drawn anew at the size
    that is painted, with lines of the width that ControlNets know. `strength` is 0 … 2; the guide counts from the share
    `begin` of the steps taken to the share `end`. At strength 0, or where it ends as it begins, it is as if not there.
    ValueError for numbers out of range, and for poses of a face guide.
    """

    kind: GuideKind
    picture: Image.Image
    strength: float = 1.0
    begin: float = 0.0
    end: float = 1.0
    poses: tuple[Pose, ...] = ()

    def __post_init__(self) -> None:
        """Refuse what no pipeline takes; NaN is part of it."""
        if self.kind not in get_args(GuideKind):
            raise ValueError(f"There is no guide of the kind {self.kind}.")
        if not 0 <= self.strength <= MOST_GUIDANCE:
            raise ValueError(f"A guide's strength is 0 to {MOST_GUIDANCE:g}, not {self.strength}.")
        if not 0 <= self.begin <= self.end <= 1:
            raise ValueError(f"A guide begins and ends within 0 to 1, not {self.begin} to {self.end}.")
        if self.poses and self.kind != "pose":
            raise ValueError("A face guide has no poses.")

    @property
    def counts(self) -> bool:
        """Whether it changes the picture."""
        return self.strength > 0 and self.begin < self.end


@dataclass(frozen=True)
class PaintJob:
    """One picture to paint. `width` and `height` are the model's own pixels: see `Profile.size_for`.

    `start`, in RGB and of any size, is what to begin with, cropped to the job's shape around what matters. `strength`,
    above 0 and up to 1, says how far to leave it: so much of the steps is taken, one at least. At 1 nothing of the
    start is seen, and the picture is that of the words alone. With a `mask`, only a part of the start is painted, at 1
    without a look at what was there, and the picture has the start's own size; for the size to paint at, see
    `inpaint.area`. ValueError for a strength out of range and for a mask without a start.

    `eta` says how much of the noise that a step takes away comes back as new noise, 0 … 0.99. `loras` may come in any
    order; ValueError where one of them stands there twice. So may `guides`, one of each kind. `scheduler` None is the
    checkpoint's own.
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
    guides: tuple[Guide, ...] = ()

    def __post_init__(self) -> None:
        """Refuse a LoRA that is given twice: with which weight, nobody could say. And what cannot be begun with."""
        if not 0 < self.strength <= 1:
            raise ValueError(f"A job's strength is above 0 and at most 1, not {self.strength}.")
        if self.mask is not None and self.start is None:
            raise ValueError("A mask needs a picture to begin with.")
        if len({use.name for use in self.loras}) < len(self.loras):
            raise ValueError("A job uses each LoRA once.")
        if len({guide.kind for guide in self.guides}) < len(self.guides):
            raise ValueError("A job has one guide of each kind.")

    @property
    def worn(self) -> tuple[LoraUse, ...]:
        """The LoRAs that change the picture, always in the same order."""
        return tuple(sorted((use for use in self.loras if use.weight), key=lambda use: use.name))

    @property
    def followed(self) -> tuple[Guide, ...]:
        """The guides that change the picture, always in the same order."""
        return tuple(sorted((guide for guide in self.guides if guide.counts), key=lambda guide: guide.kind))

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
        led = tuple((guide.kind, guide.strength, guide.begin, guide.end) for guide in self.followed)
        return self.width, self.height, self.steps, self.guidance, self.eta, self.scheduler, loras, way, led


@dataclass(frozen=True)
class Verdict:
    """What the safety checker says of one picture.

    `scores` holds, for each concept (`concept_0` … and `special_care_0` …), the cosine similarity minus the concept's
    own threshold.
    """

    flagged: bool
    scores: dict[str, float]
