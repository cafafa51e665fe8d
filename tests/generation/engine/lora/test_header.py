"""Files that are no whole safetensors files: each has its own code, and nothing is allocated for it."""

from __future__ import annotations

import io
import pickle
import tracemalloc
import zipfile
from typing import TYPE_CHECKING

import pytest
import torch

from generation.engine.lora_header import MOST_HEADER
from tests.generation.engine.lora.looking import ONE, refused
from tests.generation.engine.lora_files import with_header

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def _torch_zip(path: Path) -> None:
    torch.save({"a": torch.zeros(3)}, path)


def _torch_pickle(path: Path) -> None:
    torch.save({"a": torch.zeros(3)}, path, _use_new_zipfile_serialization=False)


def _page(path: Path) -> None:
    path.write_text("\ufeff\n<!DOCTYPE html><html><body>Please log in.</body></html>")


def _zip(path: Path) -> None:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("a.txt", "a")
    path.write_bytes(content.getvalue())


def _sparse(path: Path) -> None:
    """5 GB on paper; its header says that it is 4 GB long."""
    with_header(path, b"{", length=4_000_000_000)
    with path.open("r+b") as file:
        file.truncate(5_000_000_000)


def _sparse_but_true(path: Path) -> None:
    name = "lora_unet_conv_in.lora_down.weight"
    with_header(path, {name: {"dtype": "F32", "shape": [1_250_000_000], "data_offsets": [0, 5_000_000_000]}})
    with path.open("r+b") as file:
        file.truncate(path.stat().st_size + 5_000_000_000)


@pytest.mark.parametrize(
    ("make", "code"),
    [
        (lambda path: None, "file_missing"),
        (lambda path: path.mkdir(), "file_missing"),
        (lambda path: path.touch(), "empty_file"),
        (_torch_zip, "lora_zip"),
        (_zip, "lora_zip"),
        (_torch_pickle, "lora_pickle"),
        (lambda path: path.write_bytes(pickle.dumps({"a": 1})), "lora_pickle"),
        (_page, "lora_page"),
        (lambda path: path.write_text("Dear diary, " * 9), "lora_not_safetensors"),
        (lambda path: path.write_bytes(b"\x05"), "lora_not_safetensors"),
        (lambda path: path.write_text('{"error": "no such file"}'), "lora_not_safetensors"),
        (_sparse, "lora_not_safetensors"),
        (_sparse_but_true, "lora_too_large"),
        (lambda path: with_header(path, b"{", length=MOST_HEADER + 1), "lora_damaged"),
        (lambda path: with_header(path, b"{", length=1000), "lora_cut_off"),
        (lambda path: with_header(path, b"{]"), "lora_damaged"),
        (lambda path: with_header(path, b"{\xff}"), "lora_damaged"),
        (lambda path: with_header(path, b'{"a":' * 20_000), "lora_damaged"),
        (lambda path: with_header(path, b'{"a": NaN}'), "lora_damaged"),
        (lambda path: with_header(path, b'{"a": 1, "a": 2}'), "lora_damaged"),
        (lambda path: with_header(path, {"a": ONE | {"dtype": "F5"}}, bytes(4)), "lora_damaged"),
        (lambda path: with_header(path, {"a": ONE | {"dtype": []}}, bytes(4)), "lora_damaged"),
        (lambda path: with_header(path, {"a": ONE | {"shape": [2]}}, bytes(4)), "lora_damaged"),
        (lambda path: with_header(path, {"a": ONE | {"shape": [True]}}, bytes(4)), "lora_damaged"),
        (lambda path: with_header(path, {"a": ONE | {"shape": [1] * 9}}, bytes(4)), "lora_damaged"),
        (lambda path: with_header(path, {"a": ONE | {"shape": 1}}, bytes(4)), "lora_damaged"),
        (lambda path: with_header(path, {"a": ONE | {"data_offsets": [4, 0]}}, bytes(4)), "lora_damaged"),
        (lambda path: with_header(path, {"a": ONE | {"data_offsets": [-4, 0]}}, bytes(4)), "lora_damaged"),
        (lambda path: with_header(path, {"a": ONE | {"more": 1}}, bytes(4)), "lora_damaged"),
        (lambda path: with_header(path, {"a": 1}, bytes(4)), "lora_damaged"),
        (lambda path: with_header(path, {"a": ONE, "b": ONE}, bytes(4)), "lora_damaged"),
        (lambda path: with_header(path, {"a": ONE | {"data_offsets": [4, 8]}}, bytes(8)), "lora_damaged"),
        (lambda path: with_header(path, {"a": ONE}, bytes(5)), "lora_damaged"),
        (lambda path: with_header(path, {"a": ONE, "__metadata__": {"a": 1}}, bytes(4)), "lora_damaged"),
        (lambda path: with_header(path, {"a": ONE, "__metadata__": []}, bytes(4)), "lora_damaged"),
        (lambda path: with_header(path, {"a": ONE}, bytes(3)), "lora_cut_off"),
        (lambda path: with_header(path, {"a": ONE}, bytes(4)), "lora_not_lora"),
        (lambda path: with_header(path, {}), "lora_not_lora"),
    ],
)
def test_a_file_that_is_no_safetensors_file_has_its_own_code(
    tmp_path: Path, make: Callable[[Path], object], code: str
) -> None:
    path = tmp_path / "a.safetensors"
    make(path)
    assert refused(path).code == code


def test_nothing_is_allocated_because_a_header_says_so(tmp_path: Path) -> None:
    tracemalloc.start()
    for make in (_sparse, _sparse_but_true, lambda path: with_header(path, b"{", length=(1 << 64) - 1)):
        make(tmp_path / "a.safetensors")
        refused(tmp_path / "a.safetensors")
    assert tracemalloc.get_traced_memory()[1] < 1_000_000
    tracemalloc.stop()


def test_a_cut_off_file_says_how_much_is_there(whole: Path, tmp_path: Path) -> None:
    content = whole.read_bytes()
    for length in (9, 100, len(content) // 2, len(content) - 1):
        (tmp_path / "a.safetensors").write_bytes(content[:length])
        error = refused(tmp_path / "a.safetensors")
        assert error.code == "lora_cut_off"
        assert int(str(error.values["have"])) < int(str(error.values["want"]))
