"""What can be measured in frames: colours, light, motion, people. Numbers in, words out; no model, no database.

A fact that is false is worse than none: what is not clear is left empty or called ``medium``, ``neutral``, ``unclear``.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from statistics import median_low
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
from PIL import Image

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Array = npt.NDArray[np.float64]

LOOKED_AT = (96, 96)  # pixels of each frame, at most; noise and texture are averaged away
PALETTE_SIZE = 3

# Each name with a few shades that people call by it; a pixel gets the name of the nearest shade in OKLab.
COLOURS: dict[str, tuple[str, ...]] = {
    "black": ("#000000", "#0a0a0a", "#161616", "#1c1a18"),
    "grey": ("#4a4a4a", "#6a6a6a", "#8a8a8a", "#a4a4a4"),
    "white": ("#ffffff", "#f0f0f0", "#dcdcdc", "#d4dcea"),
    "red": ("#e01b24", "#b01020", "#7a0c14", "#ff3b3b"),
    "orange": ("#ff8c00", "#f06a1a", "#d9701e", "#ffa84a"),
    "yellow": ("#ffe119", "#f2cf3a", "#d8bc20", "#fff27a"),
    "green": ("#2ca02c", "#14591a", "#7fbf3f", "#3fa66a", "#556b2f", "#8f9c3c", "#a8d080", "#2f4a2a", "#70e010"),
    "teal": ("#008080", "#2a9090", "#0f5a5c"),
    "cyan": ("#00d8e8", "#5fe3ee", "#a8eef2"),
    "blue": ("#1f6fe0", "#4a90d9", "#7fb2ea", "#2646c8", "#35609c", "#6c86b8", "#a9c6ea"),
    "navy": ("#0c1c50", "#14284c", "#000070", "#1c2c5c"),
    "purple": ("#7b2fbe", "#4b1a80", "#a878d8", "#8a1f8a", "#5c4a8c"),
    "pink": ("#ff69b4", "#f5b5c5", "#e7679a", "#f0a0b8", "#e8b8d8"),
    "brown": ("#7b4a1e", "#573216", "#9c683a", "#4a3524", "#846650", "#5c4234"),
    "beige": ("#e6d6b4", "#d2b48c", "#cbb89a", "#f0e4d0"),
}
DIMMEST_WHITE = 0.75  # lightness is judged against the lightest part of a frame, but in the dark nothing is white
GREY_CHROMA = 0.025  # OKLab chroma below which a pixel has no colour
SHARE_OF_COLOUR = 0.12  # part of all pixels that makes a colour worth a word
NEUTRALS = {"black": 0.25, "grey": 0.35, "white": 0.15}  # the same for shadows, dull surfaces and light

BLACK_AND_WHITE_CHROMA = 0.03  # nearly every pixel of every frame stays below, noise of compression included
WARM_HUE = np.array([0.5, 0.866])  # direction of orange (60°) in OKLab's a, b
WARMTH = 0.012

# Upper ends of all steps but the last.
BRIGHTNESS = ((0.33, "dark"), (0.45, "dim"), (0.68, "medium"))  # mean OKLab lightness
CONTRAST = ((0.10, "low"), (0.22, "medium"))  # its standard deviation within a frame
MOTION = ((0.02, "still"), (0.12, "calm"), (0.35, "lively"))  # 0 … 1; 0.5 is a quarter of the picture per second
CUTS = ((6.0, "few"), (20.0, "some"))  # per minute


@dataclass(frozen=True)
class Facts:
    """The measured facts of a video's best frames."""

    palette: tuple[str, ...]  # up to three names of COLOURS, most of it first
    palette_hex: tuple[str, ...]  # the mean shade of each, "#rrggbb"
    brightness: str  # dark, dim, medium, bright
    contrast: str  # low, medium, high
    colourfulness: float  # Hasler and Süsstrunk's M: 0 none, 15 slight, 33 moderate, 59 quite, 82 highly colourful
    black_and_white: bool
    warmth: str  # warm, cool, neutral
    motion: str  # still, calm, lively, fast
    cuts: str  # few, some, many
    faces: int  # in the typical frame that shows any; 0 where most show none
    people: str  # none, one person, people, unclear

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return asdict(self) | {"palette": list(self.palette), "palette_hex": list(self.palette_hex)}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Facts:
        """Undo ``to_dict``; names that are no facts are passed over. Raises ``KeyError`` where one is missing."""
        given: dict[str, Any] = {field.name: values[field.name] for field in fields(cls)}
        for name in ("palette", "palette_hex"):
            given[name] = tuple(given[name])
        return cls(**given)


def measure(
    frames: Sequence[Image.Image],
    *,
    faces: Sequence[int],
    people: Sequence[bool],
    motion: float,
    cuts_per_minute: float,
) -> Facts:
    """Measure RGB ``frames`` (any size, without letterbox bars; at least one, else ``ValueError``).

    ``faces`` and ``people`` say for each frame how many faces and whether any person was found. ``motion`` is 0
    (still) to 1 (wild): the speed ``v`` of what moves, in picture widths per second, as ``v / (v + 0.25)``.
    """
    if not frames:
        raise ValueError("no frames to measure")
    pixels = [_pixels(frame) for frame in frames]
    labs = [oklab(frame) for frame in pixels]
    everything = np.concatenate(labs)
    grey = _is_black_and_white(labs)
    seen = np.concatenate([_against_white(lab) for lab in labs])
    names, shades = ((), ()) if grey else _palette(np.concatenate(pixels), seen)
    return Facts(
        palette=names,
        palette_hex=shades,
        brightness=_step(float(everything[:, 0].mean()), BRIGHTNESS, "bright"),
        contrast=_step(float(np.mean([lab[:, 0].std() for lab in labs])), CONTRAST, "high"),
        colourfulness=round(float(np.mean([colourfulness(frame) for frame in pixels])), 1),
        black_and_white=grey,
        warmth="neutral" if grey else _warmth(everything),
        motion=_step(motion, MOTION, "fast"),
        cuts=_step(cuts_per_minute, CUTS, "many"),
        faces=_typical_faces(faces),
        people=_people(faces, people),
    )


def oklab(rgb: Array) -> Array:
    """Convert sRGB ``(n, 3)``, 0 … 1, to OKLab ``(n, 3)`` (Björn Ottosson, 2020, bottosson.github.io/posts/oklab)."""
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    cones = np.cbrt(linear @ _RGB_TO_LMS.T)
    lab: Array = cones @ _LMS_TO_LAB.T
    return lab


def colourfulness(rgb: Array) -> float:
    """How colourful people find a picture of sRGB pixels ``(n, 3)``, 0 … 1 (Hasler and Süsstrunk, 2003)."""
    red, green, blue = (rgb * 255).T
    across, along = red - green, (red + green) / 2 - blue
    return float(np.hypot(across.std(), along.std()) + 0.3 * np.hypot(across.mean(), along.mean()))


_RGB_TO_LMS = np.array(
    [
        [0.4122214708, 0.5363325363, 0.0514459929],
        [0.2119034982, 0.6806995451, 0.1073969566],
        [0.0883024619, 0.2817188376, 0.6299787005],
    ]
)
_LMS_TO_LAB = np.array(
    [
        [0.2104542553, 0.7936177850, -0.0040720468],
        [1.9779984951, -2.4285922050, 0.4505937099],
        [0.0259040371, 0.7827717662, -0.8086757660],
    ]
)


def _pixels(frame: Image.Image) -> Array:
    small = frame.convert("RGB")
    small.thumbnail(LOOKED_AT, Image.Resampling.BOX)
    return np.asarray(small, dtype=np.float64).reshape(-1, 3) / 255


def _rgb(shade: str) -> list[float]:
    return [int(shade[at : at + 2], 16) / 255 for at in (1, 3, 5)]


_NAMES = np.array([name for name, shades in COLOURS.items() for _ in shades])
_SHADES = oklab(np.array([_rgb(shade) for shades in COLOURS.values() for shade in shades]))
_IS_NEUTRAL = np.isin(_NAMES, list(NEUTRALS))


def name_colours(lab: Array) -> npt.NDArray[np.str_]:
    """Name OKLab pixels ``(n, 3)`` by ``COLOURS``; what has hardly any chroma is black, grey or white."""
    distance = np.linalg.norm(lab[:, None, :] - _SHADES[None], axis=2)
    colourless = np.hypot(lab[:, 1], lab[:, 2]) < GREY_CHROMA
    distance[np.ix_(colourless, ~_IS_NEUTRAL)] = np.inf
    names: npt.NDArray[np.str_] = _NAMES[distance.argmin(axis=1)]
    return names


def _against_white(lab: Array) -> Array:
    """Lighten a frame so that its lightest part is white, as the eye does: snow at L = 0.77 is seen as white."""
    scaled: Array = lab / np.clip(np.percentile(lab[:, 0], 98), DIMMEST_WHITE, 1)
    return scaled


def _palette(rgb: Array, lab: Array) -> tuple[tuple[str, ...], tuple[str, ...]]:
    names = name_colours(lab)
    found: list[tuple[float, str]] = []
    for name in COLOURS:
        share = float((names == name).mean())
        if share >= NEUTRALS.get(name, SHARE_OF_COLOUR):
            found.append((share, name))
    found.sort(key=lambda entry: -entry[0])  # stable: equal shares stay in the order of the table
    chosen = tuple(name for _, name in found[:PALETTE_SIZE])
    return chosen, tuple(_hex(rgb[names == name].mean(axis=0)) for name in chosen)


def _hex(rgb: Array) -> str:
    return "#" + "".join(f"{round(float(value) * 255):02x}" for value in rgb)


def _is_black_and_white(labs: Sequence[Array]) -> bool:
    chroma = [np.percentile(np.hypot(lab[:, 1], lab[:, 2]), 99.5) for lab in labs]
    has_a_picture = max(float(lab[:, 0].std()) for lab in labs) > BLACK_AND_WHITE_CHROMA
    return has_a_picture and max(map(float, chroma)) < BLACK_AND_WHITE_CHROMA


def _warmth(lab: Array) -> str:
    towards_orange = float(lab[:, 1:].mean(axis=0) @ WARM_HUE)
    return "warm" if towards_orange > WARMTH else "cool" if towards_orange < -WARMTH else "neutral"


def _step(value: float, steps: Sequence[tuple[float, str]], last: str) -> str:
    return next((word for end, word in steps if value < end), last)


def _typical_faces(faces: Sequence[int]) -> int:
    shown = [count for count in faces if count]
    return median_low(shown) if 2 * len(shown) >= len(faces) and shown else 0


def _people(faces: Sequence[int], people: Sequence[bool]) -> str:
    """Who is in the frames. One body found is no proof of one person: only faces are counted."""
    longest = max(len(faces), len(people))
    seen = [any(faces[i : i + 1]) or any(people[i : i + 1]) for i in range(longest)]
    if not any(seen):
        return "none"
    typical = _typical_faces(faces)
    if typical > 1:
        return "people"
    if typical == 1 and max(faces) == 1:
        return "one person"
    return "unclear"
