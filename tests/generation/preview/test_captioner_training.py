"""Training the captioner, a few steps of it: it goes on from its weights, and the engine takes what is saved."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import load_file

from generation.engine.captions.folder import faults
from generation.preview import scenes
from generation.preview.drawing.clutter import clutter
from generation.preview.evaluate_captioner import engine_with
from generation.preview.evaluate_captioner import main as evaluate
from generation.preview.train_captioner import main
from generation.preview.training import captioner
from generation.preview.training.sights import SIDE, draw_sights, squeezed

if TYPE_CHECKING:
    from pathlib import Path

WEIGHTS = "model.safetensors"


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder after two steps."""
    folder: Path = tmp_path_factory.mktemp("training") / "captioner"
    main([str(folder), "2", "--sights", "12", "--seed", "5"])
    return folder


def test_the_same_seed_gives_the_same_weights_and_goes_on(trained: Path, tmp_path: Path) -> None:
    main([str(tmp_path / "again"), "2", "--sights", "12", "--seed", "5"])
    assert (tmp_path / "again" / WEIGHTS).read_bytes() == (trained / WEIGHTS).read_bytes()
    main([str(tmp_path / "again"), "1", "--sights", "12", "--seed", "5"])
    before, after = load_file(trained / WEIGHTS), load_file(tmp_path / "again" / WEIGHTS)
    name = "vision_model.embeddings.patch_embedding.weight"
    assert not torch.equal(before[name], after[name])


def test_the_engine_takes_what_was_saved(trained: Path) -> None:
    assert faults(trained) == []
    assert all("/tmp" not in path.read_text() for path in trained.glob("*.json"))
    assert len(engine_with(trained).caption([clutter(np.random.default_rng(1), (256, 144))] * 2)) == 2


def test_sights_are_squeezed_as_the_processor_does_it() -> None:
    _, processor = captioner.create(1)
    picture = scenes.draw(scenes.imagine(np.random.default_rng(1)))
    shown = processor.image_processor(picture, return_tensors="pt").pixel_values[0]
    ours = torch.from_numpy(squeezed(picture).copy()).permute(2, 0, 1)[None].float() / 255
    assert shown.shape == (3, SIDE, SIDE)
    assert float((captioner.normalised(ours, processor.image_processor)[0] - shown).abs().max()) < 0.02


def test_scenes_have_lines_and_clutter_has_none() -> None:
    sights = draw_sights(40, 5)
    assert [sight.line for sight in sights] == [sight.line for sight in draw_sights(40, 5)]
    assert 2 <= sum(sight.line is None for sight in sights) <= 18
    _, processor = captioner.create(1)
    tokens = captioner.encoded(processor.tokenizer, 73, sights)
    for row, sight in zip(tokens, sights, strict=True):
        said = [int(token) for token in row if token != captioner.UNTOLD]
        assert said[0] == 73 and said[-1] == processor.tokenizer.sep_token_id
        assert processor.tokenizer.unk_token_id not in said
        assert processor.tokenizer.decode(said[1:-1]).replace(" ,", ",") == str(sight.line or "")


def test_the_evaluation_fails_where_nothing_was_learnt(trained: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        evaluate([str(trained), "--scenes", "4"])
    assert "kind (the line names what the scene shows)" in str(caught.value)
    assert "| photographs |" in capsys.readouterr().out


def test_clutter_is_of_the_size_asked_for_and_never_the_same() -> None:
    pictures = [clutter(np.random.default_rng(number), (64, 36)) for number in range(30)]
    assert {picture.size for picture in pictures} == {(64, 36)}
    assert len({Image.Image.tobytes(picture) for picture in pictures}) == 30
