"""Where the file goes: a disk that is full, somebody who cancels, and what is left lying."""

from __future__ import annotations

import errno
from typing import TYPE_CHECKING

import pytest

from tests.generation.fetching.conftest import BODY
from tests.generation.fetching.test_download import HF, STORED, filled, ranges, unsaid
from tests.model_hub import HF_STORAGE, Reply, StoredFile

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from generation.engine.errors import EngineError
    from generation.fetching.fetch import Fetched
    from tests.model_hub import ModelHub

__all__ = ["filled", "unsaid"]  # fixtures


def test_no_room_by_what_the_site_says(hub: ModelHub, refused: Callable[..., EngineError]) -> None:
    assert refused(HF, spare_bytes=1 << 60).code == "disk_full"
    assert ranges(hub) == []


def test_no_room_by_what_the_storage_says(unsaid: None, hub: ModelHub, refused: Callable[..., EngineError]) -> None:
    huge = {"Content-Length": str(1 << 50)}
    hub.routes[HF_STORAGE, STORED] = Reply(BODY, headers=huge)
    assert refused(HF, most_bytes=1 << 60).code == "disk_full"


def test_a_disk_that_runs_full(folder: Path, refused: Callable[..., EngineError]) -> None:
    """/dev/full takes nothing, and says so as a disk does."""
    (folder / "a.safetensors.part").symlink_to("/dev/full")
    assert refused(HF).code == "disk_full"


@pytest.mark.parametrize("at", [0, 1, 100_000, len(BODY)])
def test_somebody_cancels(at: int, folder: Path, get: Callable[..., Fetched]) -> None:
    class Cancelled(Exception):
        pass

    def tell(have: int, total: int | None) -> None:
        if have >= at:
            raise Cancelled

    with pytest.raises(Cancelled):
        get(HF, tell=tell)
    assert list(folder.iterdir()) == []


def test_somebody_cancels_between_two_tries(hub: ModelHub, folder: Path, get: Callable[..., Fetched]) -> None:
    hub.routes[HF_STORAGE, STORED] = StoredFile(BODY, cuts=(100_000,) * 9)

    def tell(have: int, total: int | None) -> None:
        last.append(have)
        if last[-2:] == [100_000, 100_000]:  # said again while it waits
            raise InterruptedError

    last: list[int] = []
    with pytest.raises(InterruptedError):
        get(HF, tell=tell, pause_seconds=60.0)
    assert list(folder.iterdir()) == []


def test_what_lay_there_before_is_replaced_when_the_new_is_whole(
    hub: ModelHub, folder: Path, get: Callable[..., Fetched]
) -> None:
    (folder / "a.safetensors").write_bytes(b"old")
    (folder / "a.safetensors.part").write_bytes(BODY * 2)  # of a process that was killed
    assert get(HF).path.read_bytes() == BODY
    assert [file.name for file in folder.iterdir()] == ["a.safetensors"]


def test_an_unexpected_error_of_the_disk_is_no_full_disk(folder: Path, get: Callable[..., Fetched]) -> None:
    (folder / "a.safetensors.part").mkdir()
    with pytest.raises(OSError) as caught:
        get(HF)
    assert caught.value.errno == errno.EISDIR
