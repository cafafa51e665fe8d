"""What trainers note in a file: words and alphas, in bounded time whatever stands there."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING

import pytest
from peft.utils.other import get_pattern_key

from generation.engine.lora_file import inspect, pairs
from generation.engine.lora_header import read_header
from generation.engine.lora_notes import noted_alpha
from tests.generation.engine.lora_files import attention, shaped

if TYPE_CHECKING:
    from collections.abc import Iterator
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


def alpha(path: Path, notes: dict[str, object], module: str = "mid_block.attentions.0.to_k") -> str | float | None:
    """What one module of the UNet is scaled with, by these notes of diffusers' trainers; its rank is 4."""
    shapes = {f"unet.{module}.lora_A.weight": (4, 8), f"unet.{module}.lora_B.weight": (8, 4)}
    noted = {f"unet.{name}": value for name, value in notes.items()}
    [pair] = pairs(read_header(shaped(path, shapes, {"lora_adapter_metadata": json.dumps(noted)})))
    return pair.alpha


@pytest.mark.parametrize(
    ("notes", "noted"),
    [
        ({}, None),
        ({"lora_alpha": 8}, 8),
        ({"lora_alpha": 8, "use_rslora": True}, 16),
        ({"lora_alpha": 8, "alpha_pattern": {"to_k": 2}}, 2),
        ({"lora_alpha": 8, "alpha_pattern": {"o_k": 2, "attentions.0.to_k": 3}}, 3),
        ({"lora_alpha": 8, "alpha_pattern": {"^to_k": 2}}, 8),
        ({"lora_alpha": 8, "alpha_pattern": {"^mid_block.attentions.0.to_k": 2}}, 2),
        ({"lora_alpha": 8, "alpha_pattern": {"to_k": 2, "0.to_k": 3}}, 2),
        ({"lora_alpha": 8, "alpha_pattern": {"0.to_k": 3, "to_k": 2}}, 3),
        ({"lora_alpha": True, "alpha_pattern": [1]}, None),
        ({"lora_alpha": 10**400}, math.inf),
        ({"lora_alpha": -(10**400)}, math.inf),
    ],
)
def test_alphas_are_those_that_peft_would_take(tmp_path: Path, notes: dict[str, object], noted: float | None) -> None:
    assert alpha(tmp_path / "a.safetensors", notes) == noted


def test_peft_takes_the_first_pattern_too() -> None:
    module = "mid_block.attentions.0.to_k"
    assert get_pattern_key(["o_k", "^to_k", "to_k", "0.to_k"], module) == "to_k"
    assert get_pattern_key(["^to_k", f"^{module}", "to_k"], module) == f"^{module}"


class OnlyLookedUp(dict[str, tuple[int, object]]):
    """Patterns that nobody may go through: a file can have a hundred thousand, for as many modules."""

    def __iter__(self) -> Iterator[str]:
        raise AssertionError

    items = keys = values = __iter__  # type: ignore[assignment]


def test_patterns_are_looked_up_and_not_gone_through() -> None:
    patterns = OnlyLookedUp({"to_k": (7, 2), "0.to_k": (3, 5)})
    assert noted_alpha({"alpha_pattern": patterns}, "a.0.to_k", 4) == 5
    assert noted_alpha({"alpha_pattern": patterns, "lora_alpha": 1}, "a" + ".a" * 100_000, 4) == 1
