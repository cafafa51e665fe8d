"""Feeds the reader of recipes with mutated files: ``python -m tests.fuzz.recipe SECONDS``. It needs ``atheris``.

A finding is an exception, a file that takes longer than ten seconds, or more than 512 MB of memory; it is written to
the folder in which this was started.
"""

from __future__ import annotations

import json
import sys
import tempfile
from io import BytesIO
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["generation.recipe", "imagecreator.words"]):
    from generation.recipe import Recipe, RecipeLora, read, write
    from tests.generation.recipe.files import png, user_comment, with_exif
    from tests.generation.recipe.test_a1111 import NEW, SDNEXT_BARS
    from tests.generation.recipe.test_comfyui import SIMPLE, WORKFLOW
    from tests.generation.recipe.test_invokeai import FIVE, TWO


def seeds() -> list[bytes]:
    """A file of every tool to begin with."""
    loras = (RecipeLora("ink", 0.8, "0a" * 32),)
    ours = Recipe("imagecreator", "a lake", "fog", 41, 20, 2.5, 0.99, "", 256, 144, "preview", loras)
    files = [
        png(**write(ours, "0.1.0")),
        png("zTXt", parameters=NEW),
        png("tEXt", parameters=SDNEXT_BARS),
        png("packed iTXt", prompt=json.dumps(SIMPLE)),
        png("tEXt", workflow=json.dumps(WORKFLOW)),
        png("tEXt", invokeai_metadata=json.dumps(FIVE)),
        png("tEXt", sd_metadata=json.dumps(TWO), Dream='"a lake [fog]" -s 50 -S 41 -C 7.5'),
        with_exif("JPEG", user_comment(NEW)),
        with_exif("WEBP", user_comment(NEW, "utf-16-le"), model=f"prompt:{json.dumps(SIMPLE)}"),
    ]
    return [file.getvalue() for file in files]


def one(content: bytes) -> None:
    """Read one file; whatever it is, there is a recipe or None."""
    found = read(BytesIO(content))
    assert found is None or isinstance(found, Recipe)


def main() -> None:
    """Fuzz for the given number of seconds."""
    seconds = int(sys.argv[1]) if len(sys.argv) > 1 else 60
    with tempfile.TemporaryDirectory() as folder:
        for number, content in enumerate(seeds()):
            (Path(folder) / f"{number}").write_bytes(content)
        limits = [f"-max_total_time={seconds}", "-timeout=10", "-rss_limit_mb=512", "-max_len=65536"]
        atheris.Setup([sys.argv[0], *limits, folder], one)
        atheris.Fuzz()


if __name__ == "__main__":
    main()
