"""The tiny checkpoint: the same bytes every time, whole or not at all, whoever else is building."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
import torch

from generation.engine.tiny import build_tiny

if TYPE_CHECKING:
    from pathlib import Path

BUILD = """
import sys, time
from pathlib import Path
from generation.engine.tiny import build_tiny
print("ready", flush=True)
sys.stdin.readline()
try:
    build_tiny(Path(sys.argv[1]))
    print("built")
except FileExistsError:
    print("there")
"""


def contents(folder: Path) -> dict[str, bytes]:
    """Every file of a folder."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_it_is_built_twice_with_the_same_bytes(tiny: Path, tmp_path: Path) -> None:
    torch.manual_seed(99)
    build_tiny(tmp_path / "again")
    assert contents(tmp_path / "again") == contents(tiny)


def test_it_does_not_touch_the_worlds_dice(tmp_path: Path) -> None:
    torch.manual_seed(1)
    expected = torch.rand(3)
    torch.manual_seed(1)
    build_tiny(tmp_path / "again")
    assert torch.equal(torch.rand(3), expected)


def test_it_is_small_and_names_no_path(tiny: Path) -> None:
    files = contents(tiny)
    assert sum(map(len, files.values())) < 8_000_000
    assert not [name for name, data in files.items() if str(tiny.parent).encode() in data or b"/tmp" in data]
    assert all(
        path.stat().st_mode & 0o777 == (tiny / "model_index.json").stat().st_mode & 0o777 for path in tiny.rglob("*.*")
    )


def test_processes_that_build_at_once_leave_one_whole_checkpoint(tiny: Path, tmp_path: Path) -> None:
    folder = tmp_path / "models" / "preview"
    builders = [
        subprocess.Popen(
            [sys.executable, "-c", BUILD, str(folder)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        for _ in range(2)
    ]
    for builder in builders:
        assert builder.stdout is not None and builder.stdout.readline() == "ready\n"
    for builder in builders:
        assert builder.stdin is not None
        builder.stdin.write("\n")
        builder.stdin.flush()
    said = sorted(builder.communicate()[0].strip() for builder in builders)
    assert said == ["built", "there"]
    assert contents(folder) == contents(tiny)
    assert [path.name for path in folder.parent.iterdir()] == ["preview"]


def test_an_empty_folder_is_filled_and_a_full_one_left_alone(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    build_tiny(tmp_path / "empty")
    assert (tmp_path / "empty" / "model_index.json").is_file()
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "notes.txt").write_text("keep me")
    with pytest.raises(FileExistsError):
        build_tiny(tmp_path / "mine")
    assert contents(tmp_path / "mine") == {"notes.txt": b"keep me"}
