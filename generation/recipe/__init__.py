"""The recipe of a picture: what every file of ours carries, and reading one back from any picture, ours or not.

Plain Python. What a file says is parsed and never evaluated; sizes are bounded before anything is unpacked, unknown
keys and values of the wrong type are passed over, and no file makes the reader raise.
"""

from __future__ import annotations

import os
from typing import IO, TYPE_CHECKING

from generation.recipe import a1111, comfyui, invokeai, ours
from generation.recipe.a1111 import without_tags
from generation.recipe.a1111 import write as as_text
from generation.recipe.containers import texts_in
from generation.recipe.ours import begun_with, restyled_with, write
from generation.recipe.values import Recipe, RecipeGuide, RecipeLora, RecipeMask, RecipeRestyle, recipe_from

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = [
    "Recipe", "RecipeGuide", "RecipeLora", "RecipeMask", "RecipeRestyle", "as_text", "begun_with", "read",
    "recipe_from", "restyled_with", "without_tags", "write",
]  # fmt: skip

_READERS: tuple[tuple[str, Callable[[str], Recipe | None]], ...] = (
    (ours.KEY, ours.read),
    ("invokeai_metadata", invokeai.read_metadata),
    ("sd-metadata", invokeai.read_sd_metadata),
    ("Dream", invokeai.read_dream),
    ("dream", invokeai.read_dream),
    (a1111.KEY, a1111.read),
    ("UserComment", a1111.read_comment),
    ("prompt", comfyui.read_prompt),
    ("workflow", comfyui.read_workflow),
)
KEYS = frozenset(key for key, _ in _READERS)


def read(file: IO[bytes]) -> Recipe | None:
    """The recipe in a PNG, JPEG or WebP file, as far as it can be read; None where there is none.

    The first that can be read counts: our own JSON before what is also there for other tools.
    """
    file.seek(0, os.SEEK_SET)
    texts = texts_in(file, KEYS)
    for key, reader in _READERS:
        if key in texts and (recipe := reader(texts[key])):
            return recipe
    return None
