"""Our own recipe: JSON under ``imagecreator``, and the same in A1111's words for other tools."""

from __future__ import annotations

import json

from generation.recipe import a1111
from generation.recipe.values import Recipe, parse_object, recipe_from

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
    return {a1111.KEY: a1111.write(recipe, version), KEY: json.dumps(content, ensure_ascii=False)}


def read(content: str) -> Recipe | None:
    """The recipe in our JSON."""
    found = parse_object(content)
    worn = found.get("loras")
    loras = [
        each | {"digest": each.get("sha256"), "short_hash": each.get("hash")}
        for each in (worn if isinstance(worn, list) else [])
        if isinstance(each, dict)
    ]
    return recipe_from("imagecreator", found | {"model": found.get("profile"), "loras": loras})
