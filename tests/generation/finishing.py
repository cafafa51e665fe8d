"""What tests of enlarging and restyling stand on: pictures to touch up, styles, and a profile with an upscaler."""

from __future__ import annotations

from typing import TYPE_CHECKING

from generation.engine.profile import PROFILES_DIR
from generation.models import GenerationRequest, Reference
from generation.models.request import Tool
from generation.models.subject import subject_field
from generation.preview.drawing.lora_looks import LORA_LOOKS
from generation.preview.scenes import Scene, draw
from tests.generation.engine.begun import scene
from tests.rows import a_start

if TYPE_CHECKING:
    from pathlib import Path

    from django.contrib.auth.models import User

    from channels_app.models import Channel, Video

CONTENT = draw(Scene("mountains", 1, ("blue", "orange"), "sunset"))
MOSAIC = LORA_LOOKS["pixel-mosaic"](draw(Scene("ocean", 1, ("teal", "orange"), "sunset")))

UPSCALER = """
[roles.upscaler]
folder = "tiny-x4"
licence = "Apache-2.0"
source = "the tests make it"
settings = {steps = 2, guidance = 5.0, noise_level = 20}
"""


def a_profile_with(upscaler: str, profiles: Path) -> None:
    """Write the preview profile with this upscaler in place of its own; with none where that is empty."""
    profiles.mkdir()
    text, _, _own = (PROFILES_DIR / "preview.toml").read_text(encoding="utf-8").partition("[roles.upscaler]")
    assert "upscaler" not in text
    (profiles / "preview.toml").write_text(text + upscaler, encoding="utf-8")


def a_small_picture(owner: User, size: tuple[int, int] = (160, 96)) -> Reference:
    """Keep a picture to touch up, of another size and shape than any target."""
    return a_start(owner, scene(size))


def a_style_picture(owner: User) -> Reference:
    """Keep a mosaic, whose style is unlike any scene's."""
    return a_start(owner, MOSAIC)


def a_touch_up(subject: Video | Channel, target: str = "thumbnail", **fields: object) -> GenerationRequest:
    """Make a request that touches a small picture up, by Lanczos unless told otherwise."""
    owner = subject.owner
    values: dict[str, object] = {"tool": Tool.TOUCH_UP, "prompt": "", "count": 1, "seed": 7, "target": target}
    if "start" not in fields:
        values["start"] = a_small_picture(owner)
    return GenerationRequest.objects.create(owner=owner, **subject_field(subject), **values | fields)
