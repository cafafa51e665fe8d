"""A1111's ``parameters`` text, as the WebUI and its forks (Forge, SD.Next) write it: prompt, negative prompt, settings.

    a prompt of any number of lines <lora:name:0.8>
    Negative prompt: any number of lines
    Steps: 20, Sampler: Euler a, CFG scale: 7, Seed: 41, Size: 512x768, Model hash: …, Model: name, Version: v1.10.1

A value with commas is quoted as JSON does it. SD.Next wrote ``|`` between settings for a while, and ``prompt:`` first.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from generation.recipe.values import (
    MOST_PROMPT,
    Recipe,
    RecipeGuide,
    RecipeMask,
    file_stem,
    parse_json,
    parse_object,
    recipe_from,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

KEY = "parameters"
NEGATIVE = "Negative prompt:"
SETTINGS = "Steps:"
LEAST_SETTINGS = 3  # a line with fewer is a part of the prompt
LONGEST = 4 * MOST_PROMPT  # characters that are looked at
MODULES = {"pose": "openpose", "face": "mediapipe_face"}
_TAG = re.compile(r" ?<(?:lora|lyco):([^<>:]{1,200})(?::([^<>]{0,90}))?>")
_WEIGHT = re.compile(r"(?:unet=|te=)?\s*([+-]?[0-9]{0,3}[.,]?[0-9]{0,6})\s*")
PLAIN_WEIGHT = 1.0  # of a tag that names none
_SIZE = re.compile(r"\s*([0-9]{1,6})\s*x\s*([0-9]{1,6})\s*")
_NAMES = {
    "Steps": "steps",
    "Sampler": "sampler",
    "CFG scale": "guidance",
    "Seed": "seed",
    "Size": "size",
    "Model": "model",
    "Eta DDIM": "eta",
    "Schedule type": "schedule",
    "Lora hashes": "hashes",
}


def write(recipe: Recipe, version: str) -> str:
    """The text for a recipe of ours."""
    tags = "".join(
        f" <lora:{_plain(lora.name)}:{PLAIN_WEIGHT if lora.weight is None else lora.weight:g}>" for lora in recipe.loras
    )
    hashes = ", ".join(f"{_plain(lora.name)}: {lora.short_hash}" for lora in recipe.loras if lora.short_hash)
    size = f"{recipe.width}x{recipe.height}" if recipe.width and recipe.height else None
    settings = {
        "Steps": recipe.steps,
        "Sampler": recipe.sampler or None,
        "CFG scale": None if recipe.guidance is None else f"{recipe.guidance:g}",
        "Seed": recipe.seed,
        "Size": size,
        "Model": recipe.model or None,
        "Eta DDIM": None if recipe.eta is None else f"{recipe.eta:g}",
        "Denoising strength": None if recipe.strength is None else f"{recipe.strength:g}",
        **_mask_settings(recipe.mask),
        "Hires upscaler": recipe.upscaler or None,
        **{f"ControlNet {number}": _control(guide) for number, guide in enumerate(recipe.guides)},
        "Lora hashes": f'"{hashes}"' if hashes else None,
        "Version": f"Image Creator {version}",
    }
    line = ", ".join(f"{name}: {value}" for name, value in settings.items() if value is not None)
    return f"{recipe.prompt}{tags}\n{NEGATIVE} {recipe.negative}\n{line}"


def _mask_settings(mask: RecipeMask | None) -> dict[str, object]:
    """In A1111's words, as far as it has any."""
    if mask is None:
        return {}
    return {
        "Mask blur": mask.feather,
        "Mask mode": "Inpaint not masked" if mask.invert else None,
        "Inpaint area": "Only masked" if mask.only_masked else None,
        "Masked area padding": mask.padding if mask.only_masked else None,
    }


def _control(guide: RecipeGuide) -> str:
    """In the words of A1111's extension for ControlNet."""
    values = {"Weight": guide.strength, "Guidance Start": guide.begin, "Guidance End": guide.end}
    said = "".join(f", {name}: {value:g}" for name, value in values.items() if value is not None)
    return f'"Module: {MODULES[guide.kind]}, Model: {guide.kind}{said}"'


def _plain(title: str) -> str:
    """A name without what separates names there."""
    return re.sub(r'[\s<>:,"\\]+', "_", title).strip("_") or "lora"


def read(content: str) -> Recipe | None:
    """The recipe in a ``parameters`` text; JSON, which some tools put there, is none."""
    content = content[:LONGEST].replace("\r\n", "\n").strip("\0 \n")
    if content.startswith("{") and parse_json(content) is not None:
        return None
    words, settings = _split(content)
    values = _settings(settings)
    prompt, negative = _prompts(words)
    prompt, tagged = without_tags(prompt)
    loras: list[dict[str, object]] = [{"name": name, "weight": weight} for name, weight in tagged]
    for part in values.pop("hashes", "").split(","):
        name, _, digits = part.partition(":")
        loras.append({"name": name, "short_hash": digits})
    if size := _SIZE.fullmatch(values.pop("size", "")):
        values |= {"width": size[1], "height": size[2]}
    schedule = values.pop("schedule", "")
    if schedule and schedule != "Automatic":
        values["sampler"] = f"{values.get('sampler', '')} {schedule}"
    values["model"] = file_stem(values.get("model"))
    return recipe_from("a1111", values | {"prompt": prompt, "negative": negative, "loras": loras})


def read_comment(content: str) -> Recipe | None:
    """The recipe in a comment, where cameras write too: it must look like one."""
    head = content[:LONGEST]
    return read(content) if NEGATIVE in head or len(_settings(_split(head)[1])) >= LEAST_SETTINGS else None


def _split(content: str) -> tuple[str, str]:
    """Prompts and settings. The settings begin with the last line that has at least three of them."""
    start = content.rfind(SETTINGS)
    while start > 0 and content[start - 1] != "\n":
        start = content.rfind(SETTINGS, 0, start)
    if start >= 0 and len(_settings(content[start:])) >= LEAST_SETTINGS:
        return content[:start], content[start:]
    return content, ""


def _prompts(words: str) -> tuple[str, str]:
    before, _, last = words.rstrip().rpartition("\n")
    if last.startswith("Version:"):  # of SD.Next, on a line of its own
        words = before
    prompt, _, negative = f"\n{words}".partition(f"\n{NEGATIVE}")
    return prompt.strip().removeprefix("prompt: "), negative


def _settings(line: str) -> dict[str, str]:
    values: dict[str, str] = {}
    for piece in _pieces(line):
        key, colon, value = piece.partition(":")
        known = _NAMES.get(key.strip())
        if known and colon:
            values.setdefault(known, _unquoted(value.strip()))
    return values


def _pieces(line: str) -> Iterator[str]:
    """Split at commas, bars and line ends, not inside a value that begins with a quote."""
    start = 0
    quoted = escaped = False
    before = ""  # the last character that is no blank
    for place, char in enumerate(line):
        if quoted:
            if escaped:
                escaped = False
            elif char == "\\":
                escaped = True
            elif char == '"':
                quoted = False
        elif char == '"' and before == ":":
            quoted = True
        elif char in ",|\n":
            yield line[start:place]
            start = place + 1
        if not char.isspace():
            before = char
    yield line[start:]


def _unquoted(value: str) -> str:
    if value.startswith('"'):
        found = parse_object(f'{{"value": {value}}}').get("value")
        return found if isinstance(found, str) else value.strip('"')
    return value


def without_tags(prompt: str) -> tuple[str, list[tuple[str, float | None]]]:
    """The prompt without ``<lora:name:weight>``, and names and weights: PLAIN_WEIGHT for none, None for no number.

    Where a tag has one weight for the text encoder and one for the UNet, the first counts.
    """
    return _TAG.sub("", prompt), [(match[1].strip(), _weight(match[2])) for match in _TAG.finditer(prompt)]


def _weight(text: str | None) -> float | None:
    first = (text or "").partition(":")[0]
    if not first.strip():
        return PLAIN_WEIGHT
    found = _WEIGHT.fullmatch(first)
    try:
        return float(found[1].replace(",", ".")) if found else None
    except ValueError:
        return None
