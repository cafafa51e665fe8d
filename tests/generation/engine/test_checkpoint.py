"""Folders that are not the model they are taken for are refused before anything of them is loaded."""

from __future__ import annotations

import json
import pickle
import shutil
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from safetensors.torch import load_file, save_file

from generation.engine import Engine, EngineError, Profile
from generation.engine.checkpoint import faults
from tests.generation.engine.pictures import a_job, levels

if TYPE_CHECKING:
    from collections.abc import Callable

UNET = Path("unet/diffusion_pytorch_model.safetensors")


def refusal(profile: Profile) -> EngineError:
    """What the engine says when it is told to paint."""
    with pytest.raises(EngineError) as caught:
        Engine(profile).paint([a_job()], lambda step, steps: None)
    return caught.value


def wrong(profile: Profile) -> str:
    """The reason of a refusal as a wrong model."""
    error = refusal(profile)
    assert error.code == "model_wrong"
    return str(error.values["reason"])


def edit(path: Path, **values: object) -> None:
    """Change a JSON file."""
    path.write_text(json.dumps(json.loads(path.read_text()) | values))


def test_a_whole_checkpoint_has_no_faults(profile: Profile) -> None:
    assert faults(profile) == []


def test_a_missing_folder_is_named(profile: Profile, tmp_path: Path) -> None:
    error = refusal(replace(profile, folder=tmp_path / "none"))
    assert (error.code, error.values) == ("model_missing", {"folder": str(tmp_path / "none")})


def test_an_sdxl_folder_is_refused(copied: Profile) -> None:
    edit(copied.folder / "model_index.json", _class_name="StableDiffusionXLPipeline")
    assert wrong(copied) == "it is a StableDiffusionXLPipeline, not a StableDiffusionPipeline"


def test_an_inpainting_unet_is_refused(copied: Profile) -> None:
    edit(copied.folder / "unet/config.json", in_channels=9)
    assert "takes 9 channels, not 4" in wrong(copied)


def test_a_unet_for_another_text_encoder_is_refused(copied: Profile) -> None:
    edit(copied.folder / "unet/config.json", cross_attention_dim=1024)
    assert "reads text of width 1024, its text encoder writes 32" in wrong(copied)


def test_a_pickle_called_safetensors_is_refused_unread(copied: Profile, tmp_path: Path) -> None:
    class Bomb:
        def __reduce__(self) -> tuple[Callable[[Path], None], tuple[Path]]:
            return Path.touch, (tmp_path / "exploded",)

    (copied.folder / UNET).write_bytes(pickle.dumps(Bomb()))
    assert "is not a whole safetensors file" in wrong(copied)
    assert not (tmp_path / "exploded").exists()


def test_weights_as_a_pickle_only_are_refused(copied: Profile) -> None:
    (copied.folder / UNET).rename(copied.folder / "unet/diffusion_pytorch_model.bin")
    assert wrong(copied) == "unet/diffusion_pytorch_model.safetensors is missing"


def test_weights_cut_off_are_refused(copied: Profile) -> None:
    weights = (copied.folder / UNET).read_bytes()
    (copied.folder / UNET).write_bytes(weights[:-1])
    assert "is not a whole safetensors file" in wrong(copied)


@pytest.mark.parametrize("part", ["unet", "vae", "text_encoder", "safety_checker"])
def test_weights_with_a_tensor_left_out_are_refused(copied: Profile, part: str) -> None:
    [path] = (copied.folder / part).glob("*.safetensors")
    tensors = load_file(path)
    tensors.pop(sorted(tensors)[-1])
    save_file(tensors, path, metadata={"format": "pt"})
    assert part in wrong(copied)


def test_weights_of_another_size_are_refused(copied: Profile) -> None:
    edit(copied.folder / "unet/config.json", block_out_channels=[64, 64])
    assert wrong(copied)


@pytest.mark.parametrize(
    "name",
    [
        "model_index.json",
        "unet/config.json",
        "vae/diffusion_pytorch_model.safetensors",
        "text_encoder/model.safetensors",
        "scheduler/scheduler_config.json",
        "safety_checker/model.safetensors",
        "feature_extractor/preprocessor_config.json",
    ],
)
def test_a_missing_file_is_named(copied: Profile, name: str) -> None:
    (copied.folder / name).unlink()
    assert f"{name.replace('model_index', copied.folder.name + '/model_index')} is missing" in wrong(copied)


def test_a_tokenizer_without_words_is_refused(copied: Profile) -> None:
    (copied.folder / "tokenizer/tokenizer.json").unlink()
    assert "tokenizer/ has neither" in wrong(copied)


@pytest.mark.parametrize("text", ["", "{", "[]", "\udcff"])
def test_a_configuration_that_cannot_be_read_is_named(copied: Profile, text: str) -> None:
    (copied.folder / "vae/config.json").write_bytes(text.encode("utf-8", "surrogateescape"))
    assert "vae/config.json" in wrong(copied)


@pytest.mark.parametrize(
    ("part", "named"),
    [
        ("unet", ["os", "system"]),
        ("vae", ["diffusers", "UNet2DConditionModel"]),
        ("scheduler", ["diffusers", "UNet2DConditionModel"]),
        ("scheduler", ["mine", "MyScheduler"]),
        ("text_encoder", "CLIPTextModel"),
        ("safety_checker", [None, None]),
        ("safety_checker", None),
    ],
)
def test_a_part_of_a_class_that_does_not_belong_here_is_refused(copied: Profile, part: str, named: object) -> None:
    edit(copied.folder / "model_index.json", **{part: named})
    assert part in wrong(copied)


def test_every_fault_is_listed(copied: Profile) -> None:
    shutil.rmtree(copied.folder / "vae")
    (copied.folder / UNET).unlink()
    assert len(faults(copied)) == 2


def test_a_checkpoint_without_a_checker_will_do_for_a_profile_without(copied: Profile) -> None:
    edit(copied.folder / "model_index.json", safety_checker=[None, None], feature_extractor=[None, None])
    shutil.rmtree(copied.folder / "safety_checker")
    shutil.rmtree(copied.folder / "feature_extractor")
    assert Engine(replace(copied, safety="unchecked")).paint([a_job()], lambda step, steps: None)


def test_weights_in_shards_are_found(copied: Profile) -> None:
    tensors = load_file(copied.folder / UNET)
    (copied.folder / UNET).unlink()
    half = len(tensors) // 2
    names = sorted(tensors)
    shards = {
        "diffusion_pytorch_model-00001-of-00002": names[:half],
        "diffusion_pytorch_model-00002-of-00002": names[half:],
    }
    for shard, held in shards.items():
        save_file({name: tensors[name] for name in held}, copied.folder / f"unet/{shard}.safetensors", {"format": "pt"})
    weight_map = {name: f"{shard}.safetensors" for shard, held in shards.items() for name in held}
    index = copied.folder / "unet/diffusion_pytorch_model.safetensors.index.json"
    index.write_text(json.dumps({"metadata": {"total_size": 1}, "weight_map": weight_map}))
    assert Engine(copied).paint([a_job()], lambda step, steps: None)
    (copied.folder / "unet/diffusion_pytorch_model-00002-of-00002.safetensors").unlink()
    assert "unet/diffusion_pytorch_model-00002-of-00002.safetensors is missing" in wrong(copied)
    index.write_text("{}")
    assert "names no files" in wrong(copied)


def test_a_checkpoint_as_they_were_written_in_2022_paints_the_same(copied: Profile, engine: Engine) -> None:
    edit(copied.folder / "model_index.json", feature_extractor=["transformers", "CLIPFeatureExtractor"])
    for name, prefix in (("text_encoder", "text_model."), ("safety_checker", "vision_model.")):
        path = copied.folder / name / "model.safetensors"
        tensors = load_file(path)
        longer = {prefix + key if should_grow(name, key) else key: tensor for key, tensor in tensors.items()}
        save_file(longer, path, {"format": "pt"})
    words = json.loads((copied.folder / "tokenizer/tokenizer.json").read_text())["model"]
    (copied.folder / "tokenizer/tokenizer.json").unlink()
    (copied.folder / "tokenizer/vocab.json").write_text(json.dumps(words["vocab"]))
    merges = ["#version: 0.2", *(" ".join(pair) for pair in words["merges"]), ""]
    (copied.folder / "tokenizer/merges.txt").write_text("\n".join(merges))
    old = Engine(copied)
    images = [painter.paint([a_job()], lambda step, steps: None)[0] for painter in (old, engine)]
    assert images[0].tobytes() == images[1].tobytes()
    assert old.check(images) == engine.check(images)
    assert old.count_tokens("a red house") == engine.count_tokens("a red house")


def should_grow(part: str, key: str) -> bool:
    """Whether transformers has shortened this key since."""
    return part == "text_encoder" or key.startswith("vision_model.")


def test_a_scheduler_that_takes_steps_of_its_own_is_counted_as_it_goes(copied: Profile) -> None:
    edit(copied.folder / "model_index.json", scheduler=["diffusers", "PNDMScheduler"])
    edit(copied.folder / "scheduler/scheduler_config.json", _class_name="PNDMScheduler", skip_prk_steps=True)
    steps: list[tuple[int, int]] = []
    painter = Engine(copied)
    once, again = (painter.paint([a_job(steps=5)], lambda *step: steps.append(step))[0] for _ in range(2))
    assert steps == [(step, 6) for step in range(1, 7)] * 2
    assert once.tobytes() == again.tobytes()


def test_half_precision_where_the_processor_has_it_paints_nearly_the_same(profile: Profile, engine: Engine) -> None:
    quick = Engine(replace(profile, dtype="auto"))
    [image] = quick.paint([a_job()], lambda step, steps: None)
    [exact] = engine.paint([a_job()], lambda step, steps: None)
    assert abs(levels(image) - levels(exact)).mean() < 16
    assert not quick.check([image])[0].flagged
