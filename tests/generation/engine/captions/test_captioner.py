"""Frames put into words, by a tiny random BLIP through the real classes."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import torch
from PIL import Image
from safetensors.torch import load_file, save_file
from skimage import data
from transformers import AutoProcessor, BlipForConditionalGeneration

from generation.engine import Engine, EngineError, Profile
from generation.engine.captions import captioner as captioners
from generation.engine.captions.folder import faults
from tests.generation.engine.pictures import a_job

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

FRAMES = [Image.fromarray(pixels) for pixels in (data.astronaut(), data.coffee(), data.camera(), data.rocket())]
SHORT = torch.cuda.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB")


@pytest.fixture
def teller(profile: Profile) -> Iterator[Engine]:
    """An engine of the test's own."""
    engine = Engine(profile)
    yield engine
    engine.close()


@pytest.fixture
def own(profile: Profile, tmp_path: Path) -> Path:
    """A copy of the captioner to be damaged."""
    return Path(shutil.copytree(profile.roles["captioner"].folder, tmp_path / "own"))


def with_captioner(profile: Profile, folder: Path, **settings: float) -> Profile:
    """The profile with the captioner in another folder."""
    named = replace(profile.roles["captioner"], folder=folder, settings=settings)
    return replace(profile, roles={**profile.roles, "captioner": named})


def test_each_frame_has_a_line_of_its_own(teller: Engine) -> None:
    lines = teller.caption(FRAMES)
    assert len(set(lines)) == len(FRAMES)
    assert all(line and line == line.lower() and "[" not in line and "\n" not in line for line in lines)
    assert all(len(line.split()) <= captioners.MOST_TOKENS for line in lines)


def test_a_line_depends_on_its_frame_alone(teller: Engine) -> None:
    lines = teller.caption(FRAMES)
    assert [teller.caption([frame])[0] for frame in FRAMES] == lines
    assert teller.caption(FRAMES[::-1]) == lines[::-1]
    teller.close()
    assert teller.caption(FRAMES) == lines, "also when it was loaded anew"


def test_frames_of_every_mode_and_size(teller: Engine) -> None:
    odd = [FRAMES[0].convert("RGBA"), FRAMES[0].convert("P"), Image.new("L", (1, 900)), Image.new("I;16", (7, 5))]
    assert len(teller.caption(odd)) == 4
    assert teller.caption([]) == []


def test_it_says_what_transformers_alone_would(teller: Engine, profile: Profile) -> None:
    """The processor squeezes to the square that the model looks at; [DEC] and [ENC] are no words."""
    folder = profile.roles["captioner"].folder
    model = BlipForConditionalGeneration.from_pretrained(folder, local_files_only=True, dtype=torch.float32)
    processor = AutoProcessor.from_pretrained(folder, local_files_only=True, backend="pil")
    inputs = processor(images=FRAMES[1], return_tensors="pt")
    made = model.generate(**inputs, max_new_tokens=30, no_repeat_ngram_size=3)
    assert processor.decode(made[0], skip_special_tokens=True) == teller.caption([FRAMES[1]])[0]


def test_what_it_is_not_sure_of_is_not_said(profile: Profile) -> None:
    folder = profile.roles["captioner"].folder
    teller = Engine(with_captioner(profile, folder))
    lines = teller.caption(FRAMES)
    assert teller._captioner is not None
    confidences = [confidence for _, confidence in teller._captioner.look(FRAMES)]
    assert all(0 < confidence < 1 for confidence in confidences)
    bound = sorted(confidences)[2]
    choosy = Engine(with_captioner(profile, folder, least_confidence=bound))
    said = [line if confidence >= bound else "" for line, confidence in zip(lines, confidences, strict=True)]
    assert choosy.caption(FRAMES) == said
    assert said.count("") == 2


def test_fewer_at_once_where_memory_is_short(teller: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    lines = teller.caption(FRAMES * 3)
    tried = cramp(teller, 3)
    assert teller.caption(FRAMES * 3) == lines
    assert tried == [12, 6, 3, 3, 3, 3]
    monkeypatch.setattr(captioners, "AT_ONCE", 3)
    tried.clear()
    teller.caption(FRAMES * 3)
    assert tried == [3, 3, 3, 3]


def test_what_does_not_fit_alone_is_said_after_the_painters_have_gone(
    teller: Engine, no_step: Callable[[int, int], None]
) -> None:
    teller.paint([a_job()], no_step)
    teller.caption(FRAMES[:1])
    cramp(teller, 0)
    with pytest.raises(EngineError) as caught:
        teller.caption(FRAMES)
    assert caught.value.code == "out_of_memory"
    assert not teller.loaded


def test_a_captioner_makes_room_for_painting(teller: Engine, no_step: Callable[[int, int], None]) -> None:
    lines = teller.caption(FRAMES)
    teller.load()
    assert teller._loaded is not None
    unet: Any = teller._loaded.pipe.unet
    real = unet.forward

    def cramped(*args: Any, **kwargs: Any) -> Any:
        if teller._captioner is not None:
            raise SHORT
        return real(*args, **kwargs)

    unet.forward = cramped
    assert len(teller.paint([a_job()], no_step)) == 1
    assert teller.caption(FRAMES) == lines


def test_whether_there_is_one_costs_nothing(profile: Profile, tmp_path: Path) -> None:
    assert Engine(profile).has_captioner
    missing = Engine(with_captioner(profile, tmp_path / "nowhere"))
    assert not missing.has_captioner
    with pytest.raises(EngineError) as caught:
        missing.caption(FRAMES)
    assert caught.value.code == "role_missing"
    without = Engine(replace(profile, roles={}))
    assert not without.has_captioner
    with pytest.raises(EngineError) as caught:
        without.caption(FRAMES)
    assert caught.value.code == "no_captioner"


def edit(folder: Path, file: str, change: Callable[[dict[str, Any]], None]) -> None:
    """Change a table of settings."""
    values = json.loads((folder / file).read_text())
    change(values)
    (folder / file).write_text(json.dumps(values))


@pytest.mark.parametrize(
    ("damage", "reason"),
    [
        (lambda own: (own / "config.json").unlink(), "config.json is missing"),
        (lambda own: edit(own, "config.json", lambda c: c.update(architectures=["BlipModel"])), "it is a BlipModel, "),
        (lambda own: edit(own, "config.json", lambda c: c.pop("architectures")), "it is a blip, not a Blip"),
        (lambda own: edit(own, "config.json", lambda c: c.update(vision_config=3)), "vision_config is not a table"),
        (lambda own: (own / "model.safetensors").write_bytes(b"x" * 9), "not a whole safetensors file"),
        (lambda own: (own / "tokenizer.json").unlink(), "own/ has neither tokenizer.json nor vocab.txt"),
        (lambda own: (own / "processor_config.json").unlink(), "own/preprocessor_config.json is missing"),
        (
            lambda own: edit(own, "config.json", lambda c: c["vision_config"].update(image_size=64)),
            "it looks at pictures of 64x64, its processor makes",
        ),
    ],
)
def test_what_is_wrong_is_said_before_it_is_loaded(
    profile: Profile, own: Path, damage: Callable[[Path], None], reason: str
) -> None:
    assert faults(own) == []
    damage(own)
    assert reason in "; ".join(faults(own))
    with pytest.raises(EngineError) as caught:
        Engine(with_captioner(profile, own)).caption(FRAMES)
    assert caught.value.code == "captioner_wrong"
    assert reason in caught.value.values["reason"]


@pytest.mark.parametrize(
    ("damage", "reason"),
    [
        (lambda held: held.pop("vision_model.post_layernorm.weight"), "its weights lack 1 tensors, such as vision_"),
        (lambda held: held.update({"vision_model.post_layernorm.weight": torch.ones(7)}), "weight has another shape"),
    ],
)
def test_weights_are_not_made_up(
    profile: Profile, own: Path, damage: Callable[[dict[str, torch.Tensor]], None], reason: str
) -> None:
    held = load_file(own / "model.safetensors")
    damage(held)
    save_file(held, own / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(EngineError, match=r"captioner_wrong") as caught:
        Engine(with_captioner(profile, own)).caption(FRAMES)
    assert reason in caught.value.values["reason"]


def test_a_vocabulary_of_another_model_is_refused(profile: Profile, own: Path) -> None:
    words = json.loads((own / "tokenizer.json").read_text())
    words["model"]["vocab"] |= {f"word{number}": 1000 + number for number in range(2000)}
    (own / "tokenizer.json").write_text(json.dumps(words))
    with pytest.raises(EngineError) as caught:
        Engine(with_captioner(profile, own)).caption(FRAMES)
    assert "its tokenizer knows" in caught.value.values["reason"]


def test_the_published_layout_is_read_too(profile: Profile, own: Path) -> None:
    """As Salesforce's folders have it: preprocessor_config.json, and words in vocab.txt."""
    told = Engine(profile).caption(FRAMES)
    shown = json.loads((own / "processor_config.json").read_text())["image_processor"]
    (own / "preprocessor_config.json").write_text(json.dumps(shown | {"processor_class": "BlipProcessor"}))
    (own / "processor_config.json").unlink()
    vocab = json.loads((own / "tokenizer.json").read_text())["model"]["vocab"]
    (own / "vocab.txt").write_text("\n".join(sorted(vocab, key=vocab.__getitem__)) + "\n")
    (own / "tokenizer.json").unlink()
    assert faults(own) == []
    assert Engine(with_captioner(profile, own)).caption(FRAMES) == told


def cramp(engine: Engine, most: int) -> list[int]:
    """Let the captioner run out of memory for more frames; what this returns remembers how many were tried."""
    assert engine._captioner is not None
    model = engine._captioner._model
    real, tried = model.generate, []

    def cramped(pixel_values: torch.Tensor, **kwargs: Any) -> Any:
        tried.append(len(pixel_values))
        if len(pixel_values) > most:
            raise SHORT
        return real(pixel_values=pixel_values, **kwargs)

    model.generate = cramped
    return tried
