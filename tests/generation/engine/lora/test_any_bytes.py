"""Whatever a file holds, looking at it refuses it by an expected error, or finds a LoRA."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from hypothesis import example, given, settings
from hypothesis import strategies as st

from generation.engine import EngineError
from generation.engine.lora_file import hashes, inspect
from generation.engine.lora_header import read_header
from imagecreator.errors import ERRORS
from tests.generation.engine.lora_files import attention, with_header

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def look(content: bytes, path: Path) -> None:
    """Any bytes are refused by an expected error, or are a LoRA."""
    path.write_bytes(content)
    for call in (read_header, inspect, hashes):
        try:
            call(path)
        except EngineError as error:
            assert error.code in ERRORS


@given(content=st.binary(max_size=600))
@example(content=b"\x80\x02\x00\x00\x00\x00\x00\x00{}")
@settings(max_examples=300, deadline=None)
def test_random_bytes_raise_nothing_else(content: bytes, tmp_path_factory: pytest.TempPathFactory) -> None:
    look(content, tmp_path_factory.getbasetemp() / "random.safetensors")


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)

entries = st.fixed_dictionaries(
    {
        "dtype": st.sampled_from(["F16", "F32", "BF16", "F4", "I8", "X", ""]) | json_values,
        "shape": st.lists(st.integers(-1, 9) | st.integers(), max_size=9) | json_values,
        "data_offsets": st.lists(st.integers(-4, 64) | st.integers(), min_size=2, max_size=2) | json_values,
    }
)

names = st.sampled_from([*attention(768), "__metadata__", "unet.a.lora_A.weight", "unet..alpha"]) | st.text(max_size=30)

headers = st.dictionaries(names, entries | json_values, max_size=5)


@given(header=headers, data=st.binary(max_size=64), more=st.integers(-9, 9))
@settings(max_examples=300, deadline=None)
def test_invented_headers_raise_nothing_else(
    header: Any, data: bytes, more: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    raw = json.dumps(header).encode("utf-8", "surrogatepass")
    path = tmp_path_factory.getbasetemp() / "invented.safetensors"
    look(with_header(path, raw, data, max(0, len(raw) + more)).read_bytes(), path)


@given(places=st.lists(st.tuples(st.integers(0, 3000), st.integers(0, 255)), min_size=1, max_size=6))
@settings(max_examples=300, deadline=None)
def test_damaged_files_raise_nothing_else(
    places: list[tuple[int, int]], whole: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    content = bytearray(whole.read_bytes())
    for place, value in places:
        content[place] = value
    look(bytes(content), tmp_path_factory.getbasetemp() / "damaged.safetensors")
