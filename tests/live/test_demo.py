"""``make demo ONCE=1`` as a newcomer runs it: site, worker, account, upload over HTTP, four thumbnails."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from PIL import Image

from tests.clips import draw_clip
from tests.live.house import PATIENCE, ROOT, free_port, until

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.xdist_group("live")


def surroundings(data: Path) -> dict[str, str]:
    return {
        "IMAGECREATOR_DATA": str(data),
        "DJANGO_SETTINGS_MODULE": "imagecreator.settings",
        "BROKER_URL": "filesystem://",
        "OMP_NUM_THREADS": "1",
    }


def still_running(folder: Path) -> str:
    """The processes that name the folder."""
    return subprocess.run(["pgrep", "-f", str(folder)], capture_output=True, text=True, check=False).stdout


def demo(data: Path, *options: str, port: int) -> subprocess.CompletedProcess[str]:
    env = os.environ | surroundings(data)
    command = [sys.executable, "-m", "imagecreator.demo", "--once", "--port", str(port), *options]
    return subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=False, timeout=2 * PATIENCE)


def test_it_paints_four_thumbnails_of_the_exact_size_and_leaves_nothing_running(tmp_path: Path) -> None:
    clip = tmp_path / "clip.mp4"
    draw_clip(clip)
    port = free_port()
    done = demo(tmp_path / "data", "--video", str(clip), "--title", "The red kite", port=port)
    assert done.returncode == 0, done.stdout + done.stderr
    pictures = sorted((tmp_path / "data" / "demo" / "clip").glob("thumbnail-*"))
    assert [Image.open(picture).size for picture in pictures] == [(1280, 720)] * 4
    assert "The red kite" in done.stdout
    assert f"http://127.0.0.1:{port}/" in done.stdout
    assert still_running(tmp_path) == ""


def test_while_it_stays_up_it_paints_previews_and_takes_them_down_with_it(tmp_path: Path) -> None:
    draw_clip(tmp_path / "clip.mp4")
    data = tmp_path / "data"
    log = data / "logs" / "styles.log"
    arguments = ["--port", str(free_port()), "--video", str(tmp_path / "clip.mp4")]
    staying = subprocess.Popen(
        [sys.executable, "-m", "imagecreator.demo", *arguments],
        cwd=ROOT, env=os.environ | surroundings(data), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip
    try:
        until(lambda: staying.poll() is not None or (log.exists() and ": painted" in log.read_text()), "a preview")
        staying.send_signal(signal.SIGINT)
        said, _ = staying.communicate(timeout=PATIENCE)
    finally:
        staying.kill()
    assert staying.returncode == 0, said
    assert "paints previews of its styles" in said
    assert list((data / "media" / "styles").glob("*.jpg"))
    assert still_running(tmp_path) == ""


def test_a_video_that_is_none_is_said_in_words(tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.mp4"
    wrong.write_text("This is a text.")
    done = demo(tmp_path / "data", "--video", str(wrong), "--title", "Text", port=free_port())
    assert done.returncode == 1
    assert "not a video" in done.stdout + done.stderr
    assert "Traceback" not in done.stdout + done.stderr
