"""Where a LoRA's file lies for whoever paints. Real S3 is asked in tests/live/test_lora_copies.py."""

from __future__ import annotations

import hashlib
import os
from typing import TYPE_CHECKING, Any

import pytest
from django.core.files.storage import InMemoryStorage

from generation import shipped
from generation.loras.files import on_disk
from generation.models import Lora
from imagecreator.errors import ExpectedError
from tests.rows import a_lora_row

if TYPE_CHECKING:
    from pathlib import Path


def test_a_file_in_the_media_folder_is_used_where_it_lies(db: None) -> None:
    lora = a_lora_row(content=b"some numbers")
    assert str(on_disk(lora)) == lora.file.path
    assert on_disk(lora).read_bytes() == b"some numbers"


def test_a_file_that_is_gone_is_said_to_be(db: None) -> None:
    lora = a_lora_row()
    lora.file.storage.delete(lora.file.name)
    with pytest.raises(ExpectedError) as caught:
        on_disk(lora)
    assert caught.value.code == "file_missing"


def test_what_came_with_the_project_lies_in_the_project(
    db: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = b"of the project"
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "loras.toml").write_text('[[lora]]\nkey = "brush"\nname_en = "Brush"\nfile = "brush.st"\n')
    (tmp_path / "brush.st").write_bytes(content)
    monkeypatch.setattr(shipped, "FOLDER", tmp_path / "data")
    monkeypatch.setattr("generation.models.lora.LORA_FOLDER", tmp_path)
    lora = a_lora_row("Brush", key="brush", sha256=hashlib.sha256(content).hexdigest())
    lora.file.delete(save=True)
    assert on_disk(lora) == tmp_path / "brush.st"
    (tmp_path / "brush.st").unlink()
    with pytest.raises(ExpectedError) as caught:
        on_disk(lora)
    assert caught.value.code == "file_missing"


def test_a_copy_that_lost_its_bytes_is_made_anew(
    db: None, tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Lora._meta.get_field("file"), "storage", InMemoryStorage())
    settings.DATA_DIR = tmp_path
    path = on_disk(lora := a_lora_row(content=b"some numbers"))
    assert path.parent == tmp_path / "loras"
    os.truncate(path, 0)
    assert on_disk(lora).read_bytes() == b"some numbers"


def test_one_without_any_file_is_said_to_have_none(db: None) -> None:
    lora = a_lora_row()
    lora.file.delete(save=True)
    with pytest.raises(ExpectedError) as caught:
        on_disk(lora)
    assert caught.value.code == "file_missing"
