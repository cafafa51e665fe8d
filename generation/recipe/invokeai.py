"""InvokeAI's metadata: JSON since version 3, ``sd-metadata`` and the ``Dream`` command line of version 2."""

from __future__ import annotations

from typing import Any

from generation.recipe.values import MOST_PROMPT, Recipe, file_stem, parse_object, recipe_from

_OPTIONS = {"-s": "steps", "-S": "seed", "-W": "width", "-H": "height", "-C": "guidance", "-A": "sampler"}
_LONG_OPTIONS = {
    "--steps": "steps",
    "--seed": "seed",
    "--width": "width",
    "--height": "height",
    "--cfg_scale": "guidance",
    "--sampler": "sampler",
}
MOST_OPTIONS = 100


def read_metadata(content: str) -> Recipe | None:
    """The recipe in ``invokeai_metadata`` (version 3 and later)."""
    found = parse_object(content)
    values = {
        "prompt": found.get("positive_prompt"),
        "negative": found.get("negative_prompt"),
        "seed": found.get("seed"),
        "steps": found.get("steps"),
        "guidance": found.get("cfg_scale"),
        "sampler": found.get("scheduler"),
        "width": found.get("width"),
        "height": found.get("height"),
        "model": _model(found.get("model")),
        "loras": [_lora(lora) for lora in _list(found.get("loras"))],
    }
    return recipe_from("invokeai", values)


def read_sd_metadata(content: str) -> Recipe | None:
    """The recipe in ``sd-metadata`` (version 2)."""
    found = parse_object(content)
    image = found.get("image")
    if not isinstance(image, dict):
        return None
    prompt, negative = _without_brackets(_joined(image.get("prompt")))
    values = {
        "prompt": prompt,
        "negative": negative,
        "seed": image.get("seed"),
        "steps": image.get("steps"),
        "guidance": image.get("cfg_scale"),
        "sampler": image.get("sampler"),
        "width": image.get("width"),
        "height": image.get("height"),
        "model": file_stem(found.get("model_weights")),
    }
    return recipe_from("invokeai", values)


def read_dream(content: str) -> Recipe | None:
    """The recipe in a command line: ``"a lake [fog]" -s 50 -S 41 -W 512 -H 512 -C 7.5 -A k_lms``."""
    content = content[:MOST_PROMPT].strip()
    words, options = content, ""
    if content.startswith('"'):
        words, _, options = content[1:].rpartition('"')
    elif (start := content.find(" -")) >= 0:
        words, options = content[:start], content[start:]
    prompt, negative = _without_brackets(words)
    values: dict[str, object] = {"prompt": prompt, "negative": negative} | _options(options)
    return recipe_from("invokeai", values) if "steps" in values or "seed" in values else None


def _options(line: str) -> dict[str, object]:
    """``-s 50``, ``-s50``, ``--steps 50`` and ``--steps=50``."""
    values: dict[str, object] = {}
    pieces = iter(line.split(maxsplit=MOST_OPTIONS))
    for piece in pieces:
        option, equals, value = piece.partition("=")
        if known := _LONG_OPTIONS.get(option):
            values[known] = value if equals else next(pieces, "")
        elif known := _OPTIONS.get(piece[:2]):
            values[known] = piece[2:] or next(pieces, "")
    return values


def _joined(prompt: object) -> str:
    """One text or a list of weighted ones."""
    if isinstance(prompt, str):
        return prompt
    words = [part.get("prompt") for part in _list(prompt) if isinstance(part, dict)]
    return ", ".join(word for word in words if isinstance(word, str))


def _without_brackets(words: str) -> tuple[str, str]:
    """The prompt, and what stood in square brackets: that is not wanted."""
    wanted, unwanted = [], []
    for place, piece in enumerate(words[:MOST_PROMPT].split("[")):
        inside, bracket, after = piece.partition("]")
        if place and bracket:
            unwanted.append(inside.strip())
            wanted.append(after)
        else:
            wanted.append(piece if not place else f"[{piece}")
    return "".join(wanted).strip(), ", ".join(filter(None, unwanted))


def _model(model: object) -> object:
    if isinstance(model, dict):
        return model.get("name") or model.get("model_name")
    return model


def _lora(lora: object) -> object:
    if not isinstance(lora, dict):
        return None
    model = lora.get("model") or lora.get("lora")
    digest = model.get("hash") if isinstance(model, dict) else None
    return {
        "name": _model(model),
        "weight": lora.get("weight"),
        "digest": digest.removeprefix("sha256:") if isinstance(digest, str) else None,
    }


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []
