"""The device that models are loaded on: a card that is gone is no reason to go on quietly on the processor."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import torch

from generation.engine import Engine, EngineError, Restyle, card, load_profile
from generation.engine.load import best_device
from tests.generation.engine.begun import scene

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(autouse=True)
def unseen() -> Iterator[None]:
    """No card was there before."""
    before = card._seen[0]
    card._seen[0] = 0
    yield
    card._seen[0] = before


@pytest.fixture
def gone(monkeypatch: pytest.MonkeyPatch) -> None:
    """There was a card, which does not answer any more."""
    with monkeypatch.context() as patch:
        patch.setattr(torch.cuda, "is_available", lambda: True)
        assert best_device().type == "cuda"
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)


def test_a_machine_that_never_had_a_card_uses_its_processor(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert best_device().type == "cpu"


@pytest.mark.usefixtures("gone")
def test_a_card_that_is_gone_is_said_whatever_is_loaded() -> None:
    profile = load_profile("preview", models_dir=Path("nowhere"))
    engine = Engine(profile)
    one = scene()
    for load in (best_device, engine.load, lambda: engine.restyle(one, one, Restyle(), lambda step, steps: None)):
        with pytest.raises(EngineError) as caught:
            load()
        assert caught.value.code == "card_failed"


FORKS = """
import os, sys
from types import SimpleNamespace
from generation.engine import EngineError
from generation.engine.door import Engine
assert "torch" not in sys.modules, "a worker's parent never loads it"
def child(found):
    \"\"\"A process with a torch that finds a card, or none.\"\"\"
    pid = os.fork()
    if pid:
        return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    sys.modules["torch"] = SimpleNamespace(cuda=SimpleNamespace(is_available=lambda: found))
    from generation.engine.card import has_card
    try:
        os._exit(int(has_card()))
    except EngineError:
        os._exit(2)
print(child(False), child(True), child(False), child(True))
"""


def test_the_children_of_a_worker_know_what_those_before_them_had() -> None:
    """No card, one, none any more, and one again."""
    done = subprocess.run([sys.executable, "-c", FORKS], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["0", "1", "2", "1"]
