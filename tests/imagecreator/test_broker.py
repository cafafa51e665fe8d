"""The folder of messages: complete or not there, in order, and broken ones are thrown away."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from kombu import Connection
from kombu.exceptions import ChannelError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def folders(tmp_path: Path) -> Path:
    for name in ("in", "taken", "control"):
        (tmp_path / name).mkdir()
    return tmp_path


@pytest.fixture
def queue(folders: Path) -> Iterator[Any]:
    options = {
        "data_folder_in": str(folders / "in"),
        "data_folder_out": str(folders / "in"),
        "processed_folder": str(folders / "taken"),
        "control_folder": str(folders / "control"),
    }
    with Connection(transport="imagecreator.broker:Transport", transport_options=options) as connection:
        yield connection.SimpleBuffer(folders.name)  # kombu remembers queues per process: one name per test


def test_messages_come_out_as_they_went_in(queue: Any, folders: Path) -> None:
    for number in range(3):
        queue.put({"number": number})
    assert {queue.get(timeout=5).payload["number"] for _ in range(3)} == {0, 1, 2}
    assert not any((folders / "taken").iterdir())
    with pytest.raises(queue.Empty):
        queue.get(block=False)


@pytest.mark.parametrize("content", ["", '{"body": "half a mess', "\x00\x01"])
def test_a_broken_message_is_thrown_away_and_the_next_one_served(queue: Any, folders: Path, content: str) -> None:
    broken = folders / "in" / f"{1:015}_broken.{folders.name}.msg"
    broken.write_text(content)
    queue.put({"number": 1})
    assert queue.get(timeout=5).payload == {"number": 1}
    assert not broken.exists()
    assert not any((folders / "taken").iterdir())


def test_messages_of_another_queue_stay(queue: Any, folders: Path) -> None:
    other = folders / "in" / "1_x.other.msg"
    other.write_text("{}")
    with pytest.raises(queue.Empty):
        queue.get(block=False)
    assert other.exists()


def test_a_message_that_cannot_be_written_leaves_nothing_behind(queue: Any, folders: Path) -> None:
    (folders / "in").rmdir()
    with pytest.raises((ChannelError, OSError)):
        queue.put({"number": 1})
    (folders / "in").mkdir()
    assert not any((folders / "in").iterdir())
