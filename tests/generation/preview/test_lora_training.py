"""Training LoRAs, a few steps of it: repeatable, and the model that they are for stays as it is."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

from generation.engine.lora_file import inspect
from generation.preview import scenes
from generation.preview.drawing.lora_looks import LORA_LOOKS
from generation.preview.evaluate import WEIGHTS
from generation.preview.figures import digest
from generation.preview.train import main
from generation.preview.training.material import TRIGGERED, draw_dressed

if TYPE_CHECKING:
    from pathlib import Path


def test_a_few_steps_make_a_file_and_leave_the_model_alone(tmp_path: Path) -> None:
    """The same one every time; a second run goes on from it; and a stage of the model itself may follow."""
    shutil.copytree(WEIGHTS, tmp_path / "model")
    file = tmp_path / "loras" / "neon-glow.safetensors"
    learnt = []
    for _ in range(2):
        file.unlink(missing_ok=True)
        main([str(tmp_path / "model"), "neon-glow=2", "--scenes", "20", "--seed", "3"])
        learnt.append(load_file(file))
    assert digest(tmp_path / "model") == digest(WEIGHTS)
    assert learnt[0].keys() == learnt[1].keys()
    assert all(torch.equal(tensor, learnt[1][name]) for name, tensor in learnt[0].items())
    assert any(tensor.any() for name, tensor in learnt[0].items() if ".lora_B." in name), "these begin as zeros"
    assert inspect(file).trigger_words == (("neon glow", 20),)
    main([str(tmp_path / "model"), "neon-glow=1", "painter=1", "--scenes", "20", "--seed", "4"])
    assert 0 < max(float((tensor - learnt[0][name]).abs().max()) for name, tensor in load_file(file).items()) < 0.002
    assert digest(tmp_path / "model") != digest(WEIGHTS)


def test_what_another_trainer_wrote_is_not_gone_on_from(tmp_path: Path) -> None:
    """Nothing of it would be read, and the file would be lost."""
    shutil.copytree(WEIGHTS, tmp_path / "model")
    file = tmp_path / "loras" / "neon-glow.safetensors"
    file.parent.mkdir()
    save_file({"lora_unet_mid_block_resnets_0_conv1.lora_down.weight": torch.ones(8, 64, 3, 3)}, file)
    before = file.read_bytes()
    with pytest.raises(ValueError, match="other layers"):
        main([str(tmp_path / "model"), "neon-glow=1", "--scenes", "20"])
    assert file.read_bytes() == before


def test_pairs_are_the_same_scene_with_the_look_and_without() -> None:
    for item in draw_dressed(6, 5, "ink-on-paper", "ink on paper"):
        assert item.plain is not None and item.plain.scene == item.scene
        plain = scenes.draw(item.scene)
        assert np.array_equal(item.plain.pixels, np.asarray(plain))
        assert np.array_equal(item.pixels, np.asarray(LORA_LOOKS["ink-on-paper"](plain)))


def test_most_captions_hold_the_trigger_words_and_some_do_not() -> None:
    item = draw_dressed(1, 5, "pixel-mosaic", "pixel mosaic")[0]
    rng = np.random.default_rng(1)
    said = [item.caption(rng) for _ in range(400)]
    assert np.mean(["pixel mosaic" in words for words in said]) == pytest.approx(TRIGGERED, abs=0.08)
    assert not any(words.startswith(",") or words.endswith(",") for words in said)


@pytest.mark.parametrize("look", LORA_LOOKS)
@pytest.mark.parametrize("size", [scenes.WIDE, scenes.SQUARE])
def test_a_look_keeps_the_size_and_is_the_same_every_time(look: str, size: tuple[int, int]) -> None:
    plain = scenes.draw(scenes.Scene("forest", 2, ("green",), "day", size=size))
    once, again = LORA_LOOKS[look](plain), LORA_LOOKS[look](plain)
    assert once.size == size and once.tobytes() == again.tobytes() != plain.tobytes()
