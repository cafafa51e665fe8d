"""A process of its own whose internet is the hub, as a worker of a live test would be."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from tests.environment import without_site
from tests.generation.fetching.conftest import BODY

if TYPE_CHECKING:
    from tests.model_hub import ModelHub

ROOT = Path(__file__).resolve().parents[3]
CODE = """
import sys
from pathlib import Path
import celery_worker  # as a worker starts
from generation.engine.errors import EngineError
from generation.fetching.fetch import fetch
try:
    print(fetch("https://huggingface.co/owner/name", Path(sys.argv[1])).sha256)
except EngineError as problem:
    print(problem)
"""
NAMES_LEAD_HERE = """
import socket
socket.getaddrinfo = lambda *_, **__: [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", 443))]
"""


def run(code: str, into: Path, **variables: str) -> str:
    """What a process with these variables printed."""
    environment = without_site() | {"IMAGECREATOR_DATA": str(into.parent), "SECRET_KEY": "x"} | variables
    done = subprocess.run(
        [sys.executable, "-c", code, str(into)], cwd=ROOT, env=environment, capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


def test_a_worker_fetches_from_the_hub(hub: ModelHub, tmp_path: Path) -> None:
    hub.repository("owner/name", {"a.safetensors": BODY})
    into = tmp_path / "a.safetensors"
    assert run(CODE, into, **hub.environment()) == hashlib.sha256(BODY).hexdigest()
    assert into.read_bytes() == BODY


def test_the_variables_alone_switch_no_check_off(hub: ModelHub, tmp_path: Path) -> None:
    hub.repository("owner/name", {"a.safetensors": BODY})
    variables = hub.environment() | {"DJANGO_SETTINGS_MODULE": "imagecreator.settings"}
    said = run(NAMES_LEAD_HERE + CODE, tmp_path / "a.safetensors", **variables)
    assert said == "fetch_private, host=huggingface.co"
    assert hub.asked == []
