"""Videos in the queue with real files, and clips that are drawn once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from imagecreator.queue.states import State
from tests.clips import draw_clip
from tests.rows import a_video

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from channels_app.models import Channel, Video


@pytest.fixture(scope="session")
def walk_clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Six seconds of four scenes; read only."""
    return draw_clip(tmp_path_factory.mktemp("clips") / "walk.mp4", audio=True)


@pytest.fixture(scope="session")
def short_clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One second of one scene; read only."""
    return draw_clip(tmp_path_factory.mktemp("clips") / "short.mp4", seconds=1, scenes=1)


@pytest.fixture
def queued(channel: Channel) -> Callable[[Path], Video]:
    """Put a file in the queue as an upload does: the facts are not known yet."""

    def queue(path: Path) -> Video:
        unknown = {"duration": None, "container": "", "measures": {}}
        return a_video(channel, content=path.read_bytes(), state=State.QUEUED, **unknown)

    return queue
