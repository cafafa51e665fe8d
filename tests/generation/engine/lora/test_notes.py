"""What trainers note in a file: words and alphas, in bounded time whatever stands there."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from generation.engine.lora_file import inspect
from tests.generation.engine.lora_files import attention, shaped

if TYPE_CHECKING:
    from pathlib import Path


def test_trigger_words_come_by_frequency(tmp_path: Path) -> None:
    noted = {"10_cat": {"tabby cat": 7, " indoors\n": 9, "kot кот": 7}, "5_dog": {"tabby cat": 1, "": 3, "dog": "x"}}
    lora = inspect(
        shaped(tmp_path / "a.safetensors", attention(768), {"ss_tag_frequency": json.dumps(noted), "other": "x"})
    )
    assert lora.trigger_words == (("indoors", 9), ("tabby cat", 8), ("kot кот", 7))


@pytest.mark.parametrize(
    "noted",
    ["", "{", "[1]", "null", '{"a": 1e999, "b": [], "c": {"x": null, "y": true, "z": -1}}', "[" * 100_000, "{}"],
)
def test_odd_notes_are_no_trigger_words(tmp_path: Path, noted: str) -> None:
    lora = inspect(shaped(tmp_path / "a.safetensors", attention(768), {"ss_tag_frequency": noted}))
    assert lora.trigger_words == ()


def test_there_is_a_bound_to_trigger_words(tmp_path: Path) -> None:
    noted = {"x": {f"{'long ' * 100}{number}": 1 for number in range(50)} | {f"w{n}": n for n in range(1, 1000)}}
    words = inspect(
        shaped(tmp_path / "a.safetensors", attention(768), {"ss_tag_frequency": json.dumps(noted)})
    ).trigger_words
    assert len(words) == 100
    assert words[0] == ("w999", 999)
    assert all(len(word) <= 100 for word, _ in words)
