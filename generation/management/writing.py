"""What the commands have in common that write a prompt: words and a video from the command line go through the walk."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from generation.management.look_at_video import look_at_video
from generation.management.progress_bar import without_native_messages
from generation.prompt_form import Material
from generation.stages.describe import Seen
from imagecreator.words import clean_line, clean_text

if TYPE_CHECKING:
    from generation.management.progress_bar import Bar
    from generation.stages.describe import Described
    from generation.stages.write import Drafted
    from generation.stages.writers import Writers


def write_for(
    options: dict[str, Any], models: Writers, bar: Bar, timings: dict[str, float]
) -> tuple[Drafted, Described, list[dict[str, Any]]]:
    """What is written for ``--video``, ``--title``, ``--description`` and ``--target``, and the frames looked at."""
    from generation.walk import write_walk

    material = Material(
        title=clean_line(options["title"]),
        description=clean_text(options["description"]),
        kind=options["target"],
    )
    with without_native_messages():
        seen, frames = look_at_video(options["video"], bar, timings) if options["video"] else (Seen(), [])
        drafted, described = write_walk(material, seen, models, bar.tell, timings)
    return drafted, described, frames
