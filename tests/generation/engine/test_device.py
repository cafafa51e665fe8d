"""The device that models are loaded on: a card that is gone is no reason to go on quietly on the processor."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from generation.engine import Engine, EngineError, load_profile
from generation.engine.load import best_device
from generation.engine.restyle.files import open_network
from generation.engine.roles import role


@pytest.fixture
def gone(monkeypatch: pytest.MonkeyPatch) -> None:
    """This process has worked on a card, which does not answer any more."""
    monkeypatch.setattr(torch.cuda, "is_initialized", lambda: True)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)


def test_a_machine_that_never_had_a_card_uses_its_processor(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_initialized", lambda: False)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert best_device().type == "cpu"


@pytest.mark.usefixtures("gone")
def test_a_card_that_is_gone_is_said() -> None:
    with pytest.raises(EngineError) as caught:
        best_device()
    assert caught.value.code == "card_failed"


@pytest.mark.usefixtures("gone")
def test_it_is_said_whatever_is_loaded() -> None:
    profile = load_profile("preview", models_dir=Path("nowhere"))
    engine = Engine(profile)
    for load in (engine.load, lambda: open_network(role(profile, "style_network").folder)):
        with pytest.raises(EngineError) as caught:
            load()
        assert caught.value.code == "card_failed"
