"""Our own recipe: JSON under ``imagecreator``, and the same in A1111's words for other tools."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from generation.recipe import a1111
from generation.recipe.values import Recipe, parse_object, recipe_from

if TYPE_CHECKING:
    from collections.abc import Sequence

    from generation.engine import LoraUse

KEY = "imagecreator"
SCHEMA = 1  # of the JSON; a reader passes over the keys of later ones


def write(recipe: Recipe, version: str, worn: Sequence[LoraUse] = ()) -> dict[str, str]:
    """The texts that a file carries, by their keys. `version` is the program's, `worn` are the LoRAs it wears."""
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
    if worn:
        content["loras"] = [
            {"name": use.title, "weight": use.weight, "sha256": use.sha256, "hash": use.short_hash} for use in worn
        ]
    return {a1111.KEY: a1111.write(recipe, version, worn), KEY: json.dumps(content, ensure_ascii=False)}


def read(content: str) -> Recipe | None:
    """The recipe in our JSON."""
    found = parse_object(content)
    worn = found.get("loras")
    names = [each.get("name") for each in worn if isinstance(each, dict)] if isinstance(worn, list) else []
    return recipe_from("imagecreator", found | {"model": found.get("profile"), "loras": names})
