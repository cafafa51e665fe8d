"""Our own recipe: JSON under ``imagecreator``, and the same in A1111's words for other tools."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING

from generation.recipe import a1111
from generation.recipe.values import Recipe, parse_object, recipe_from

if TYPE_CHECKING:
    from generation.recipe.values import RecipeGuide, RecipeMask, RecipeRestyle

KEY = "imagecreator"
SCHEMA = 1  # of the JSON; a reader passes over the keys of later ones


def write(recipe: Recipe, version: str) -> dict[str, str]:
    """The texts that a file carries, by their keys. `version` is the program's."""
    content: dict[str, object] = {
        "schema": SCHEMA,
        "version": version,
        "profile": recipe.model,
        "prompt": recipe.prompt,
        "negative": recipe.negative,
        "seed": recipe.seed,
        "steps": recipe.steps,
        "guidance": recipe.guidance,
        "eta": recipe.eta,
        "sampler": recipe.sampler,
        "width": recipe.width,
        "height": recipe.height,
    }
    if recipe.loras:
        content["loras"] = [
            {"name": lora.name, "weight": lora.weight, "sha256": lora.digest, "hash": lora.short_hash}
            for lora in recipe.loras
        ]
    content |= begun_with(recipe) | restyled_with(recipe)
    if recipe.upscaler:
        content["upscaler"] = recipe.upscaler
    return {a1111.KEY: a1111.write(recipe, version), KEY: json.dumps(content, ensure_ascii=False)}


def begun_with(recipe: Recipe) -> dict[str, object]:
    """Start picture, mask and guides, as our JSON names them; empty where it was painted from words alone."""
    content: dict[str, object] = {}
    if recipe.start:
        content["start"] = {"sha256": recipe.start, "strength": recipe.strength}
    if recipe.mask:
        content["mask"] = _named(recipe.mask)
    if recipe.guides:
        content["guides"] = [_named(guide) for guide in recipe.guides]
    return content


def restyled_with(recipe: Recipe) -> dict[str, object]:
    """The style, as our JSON names it; empty where it was not restyled."""
    if not recipe.restyle:
        return {}
    return {"restyle": _named(recipe.restyle)}


def _named(part: RecipeMask | RecipeGuide | RecipeRestyle) -> dict[str, object]:
    values = asdict(part)
    return {"sha256": values.pop("digest"), **values}


def read(content: str) -> Recipe | None:
    """The recipe in our JSON."""
    found = parse_object(content)
    worn = found.get("loras")
    loras = [
        each | {"digest": each.get("sha256"), "short_hash": each.get("hash")}
        for each in (worn if isinstance(worn, list) else [])
        if isinstance(each, dict)
    ]
    start, mask = found.get("start"), found.get("mask")
    begun: dict[str, object] = {"start": None, "strength": None, "mask": None}
    if isinstance(start, dict):
        begun |= {"start": start.get("sha256"), "strength": start.get("strength")}
        begun["mask"] = mask | {"digest": mask.get("sha256")} if isinstance(mask, dict) else None
    restyle = found.get("restyle")
    begun["restyle"] = restyle | {"digest": restyle.get("sha256")} if isinstance(restyle, dict) else None
    led = found.get("guides")
    tables = [each for each in (led if isinstance(led, list) else []) if isinstance(each, dict)]
    begun["guides"] = [each | {"digest": each.get("sha256")} for each in tables]
    return recipe_from("imagecreator", found | begun | {"model": found.get("profile"), "loras": loras})
