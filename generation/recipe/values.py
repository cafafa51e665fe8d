"""A recipe as a value, and the cleaning of what a file says: right types, sane ranges, text that can be seen."""

from __future__ import annotations

import json
import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from imagecreator.words import clean_line, clean_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

Source = Literal["imagecreator", "a1111", "comfyui", "invokeai"]

MOST_JSON = 1_000_000  # characters
MOST_PROMPT = 10_000  # characters, before the form cuts to its own length
MOST_NAME = 200
MOST_LORAS = 20
MOST_LORA_WEIGHT = 100.0
MOST_SEED = 2**64 - 1
MOST_STEPS = 1_000
MOST_GUIDANCE = 100.0
MOST_SIDE = 65_536
MOST_RESTYLE_WEIGHT = 1_000.0
GUIDES = ("pose", "face")
MOST_GUIDE = 2.0
_DIGITS = re.compile(r"[0-9a-f]{10,64}")
_NUMBER = re.compile(r"[+-]?[0-9]{1,20}(?:\.[0-9]{0,20})?")


@dataclass(frozen=True)
class RecipeLora:
    """A LoRA as a file names it.

    `weight` is how strongly it was used, None where the file does not say. `digest` is the SHA-256 of its file in
    lower-case hex, and `short_hash` the first 10 or 12 digits of that, or of the tensors' alone; empty where unknown.
    """

    name: str
    weight: float | None = None
    digest: str = ""
    short_hash: str = ""


@dataclass(frozen=True)
class RecipeMask:
    """Which part of the start picture was painted anew. `digest` is the SHA-256 of the mask's pixels, 8-bit grey.

    The lengths are pixels of the start picture; `padding` counts where `only_masked` is set.
    """

    digest: str = ""
    feather: int | None = None
    grow: int | None = None
    invert: bool = False
    only_masked: bool = False
    padding: int | None = None


@dataclass(frozen=True)
class RecipeRestyle:
    """In which style it was painted over. `digest` is the SHA-256 of the style picture's pixels, 8-bit RGB."""

    digest: str = ""
    content_weight: float | None = None
    style_weight: float | None = None
    iterations: int | None = None
    keep_colours: bool = False


@dataclass(frozen=True)
class RecipeGuide:
    """What the people in the picture followed. `digest` is the SHA-256 of the control image's pixels, 8-bit RGB.

    It counted from the share `begin` of the steps to the share `end`.
    """

    kind: str
    digest: str = ""
    strength: float | None = None
    begin: float | None = None
    end: float | None = None


@dataclass(frozen=True)
class Recipe:
    """How a picture was painted, as far as its file says.

    `width` and `height` are the pixels that were painted, before enlarging. `model` is a profile's name where the
    picture is ours, else the name of a checkpoint. `eta` is DDIM's new noise. `start` is the SHA-256 of the pixels of
    the picture that it was begun with (8-bit RGB, row by row), `strength` how far that was left; empty and None where
    it was painted from words alone. `upscaler` names the model that enlarged it; empty where none did. Else None means
    that the file does not say.
    """

    source: Source
    prompt: str = ""
    negative: str = ""
    seed: int | None = None
    steps: int | None = None
    guidance: float | None = None
    eta: float | None = None
    sampler: str = ""
    width: int | None = None
    height: int | None = None
    model: str = ""
    loras: tuple[RecipeLora, ...] = ()
    start: str = ""
    strength: float | None = None
    mask: RecipeMask | None = None
    restyle: RecipeRestyle | None = None
    upscaler: str = ""
    guides: tuple[RecipeGuide, ...] = ()

    @property
    def is_touched_up(self) -> bool:
        """Whether it was there before, and nothing was painted."""
        return self.source == "imagecreator" and bool(self.start) and self.strength is None and self.steps is None


def recipe_from(source: Source, values: Mapping[str, object]) -> Recipe | None:
    """Clean `values`, which have the names of the recipe's fields; None where they tell neither prompt nor seed."""
    loras = values.get("loras")
    recipe = Recipe(
        source,
        prompt=text(values.get("prompt")),
        negative=text(values.get("negative")),
        seed=whole(values.get("seed"), 0, MOST_SEED, clamp=False),
        steps=whole(values.get("steps"), 1, MOST_STEPS),
        guidance=real(values.get("guidance"), 0.0, MOST_GUIDANCE),
        eta=real(values.get("eta"), 0.0, 1.0),
        sampler=name(values.get("sampler")),
        width=whole(values.get("width"), 1, MOST_SIDE),
        height=whole(values.get("height"), 1, MOST_SIDE),
        model=name(values.get("model")),
        loras=_loras(loras if isinstance(loras, list | tuple) else ()),
        start=_digits(values.get("start"), least=64),
        strength=real(values.get("strength"), 0.0, 1.0),
        mask=_mask(values.get("mask")),
        restyle=_restyle(values.get("restyle")),
        upscaler=name(values.get("upscaler")),
        guides=_guides(values.get("guides")),
    )
    return recipe if recipe.prompt or recipe.seed is not None else None


def text(value: object) -> str:
    """A prompt; empty where `value` is no text."""
    return clean_text(value[:MOST_PROMPT]) if isinstance(value, str) else ""


def name(value: object) -> str:
    """One line; empty where `value` is no text."""
    return clean_line(value[:MOST_NAME]) if isinstance(value, str) else ""


def file_stem(value: object) -> str:
    """The name of a model from its path, without folder and extension."""
    last = name(value).replace("\\", "/").rpartition("/")[2]
    return re.sub(r"\.(?:safetensors|ckpt|pt|bin|gguf|sft)$", "", last, flags=re.IGNORECASE)


def whole(value: object, low: int, high: int, *, clamp: bool = True) -> int | None:
    """A whole number, clamped to the range; None where there is none, or where it may not be clamped and lies outside.

    A seed is not clamped: another seed is another picture.
    """
    found = _number(value)
    if found is None or found != int(found):
        return None
    if not clamp:
        return int(found) if low <= found <= high else None
    return int(min(max(found, low), high))


def real(value: object, low: float, high: float) -> float | None:
    """A number, clamped to the range; None where there is none."""
    found = _number(value)
    return None if found is None else float(min(max(found, low), high))


def parse_json(content: str) -> Any:
    """What the JSON says; None where it is too long, too deep, or no JSON."""
    if len(content) > MOST_JSON:
        return None
    try:
        return json.loads(content)
    except (ValueError, RecursionError):
        return None


def parse_object(content: str) -> dict[str, Any]:
    """The JSON object; empty where it is none."""
    found = parse_json(content)
    return found if isinstance(found, dict) else {}


def _number(value: object) -> int | float | None:
    if isinstance(value, str):
        value = value.strip()
        if not _NUMBER.fullmatch(value):
            return None
        value = float(value) if "." in value else int(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return value if isinstance(value, int) or math.isfinite(value) else None


def _loras(values: Iterable[object]) -> tuple[RecipeLora, ...]:
    """From names, or tables with the fields of `RecipeLora`. What is told twice of one LoRA is taken the first time.

    Those of one name are one, unless they are told apart by their digests.
    """
    found: dict[tuple[str, str], RecipeLora] = {}
    for value in values:
        table = value if isinstance(value, dict) else {"name": value}
        stem = file_stem(table.get("name"))
        digest = _digits(table.get("digest"), least=64)
        if not stem or ((stem, digest) not in found and len(found) == MOST_LORAS):
            continue
        before = found.get((stem, digest), RecipeLora(stem))
        weight = real(table.get("weight"), -MOST_LORA_WEIGHT, MOST_LORA_WEIGHT)
        found[stem, digest] = RecipeLora(
            stem,
            weight if before.weight is None else before.weight,
            digest,
            before.short_hash or _digits(table.get("short_hash"), least=10)[:12],
        )
    return tuple(found.values())


def _mask(value: object) -> RecipeMask | None:
    """From a table with the fields of `RecipeMask`."""
    if not isinstance(value, dict):
        return None
    return RecipeMask(
        _digits(value.get("digest"), least=64),
        feather=whole(value.get("feather"), 0, MOST_SIDE),
        grow=whole(value.get("grow"), -MOST_SIDE, MOST_SIDE),
        invert=value.get("invert") is True,
        only_masked=value.get("only_masked") is True,
        padding=whole(value.get("padding"), 0, MOST_SIDE),
    )


def _restyle(value: object) -> RecipeRestyle | None:
    """From a table with the fields of `RecipeRestyle`."""
    if not isinstance(value, dict):
        return None
    return RecipeRestyle(
        _digits(value.get("digest"), least=64),
        content_weight=real(value.get("content_weight"), 0.0, MOST_RESTYLE_WEIGHT),
        style_weight=real(value.get("style_weight"), 0.0, MOST_RESTYLE_WEIGHT),
        iterations=whole(value.get("iterations"), 1, MOST_STEPS),
        keep_colours=value.get("keep_colours") is True,
    )


def _guides(value: object) -> tuple[RecipeGuide, ...]:
    """From tables with the fields of `RecipeGuide`; one of each kind."""
    found: dict[str, RecipeGuide] = {}
    for table in value if isinstance(value, list) else []:
        kind = table.get("kind") if isinstance(table, dict) else None
        if kind not in GUIDES or kind in found:
            continue
        found[kind] = RecipeGuide(
            kind,
            _digits(table.get("digest"), least=64),
            strength=real(table.get("strength"), 0.0, MOST_GUIDE),
            begin=real(table.get("begin"), 0.0, 1.0),
            end=real(table.get("end"), 0.0, 1.0),
        )
    return tuple(found.values())


def _digits(value: object, least: int) -> str:
    """Hex digits in lower case; empty where `value` is something else, or has too few of them."""
    digits = value.strip().lower() if isinstance(value, str) and len(value) < MOST_NAME else ""
    return digits if len(digits) >= least and _DIGITS.fullmatch(digits) else ""
