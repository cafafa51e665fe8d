"""Training the upscaler, a few steps of it: it begins as a filter, learns, and leaves what is not its stage's."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import load_file
from skimage.metrics import structural_similarity

from generation.preview import scenes
from generation.preview.evaluate_upscaler import engine_with, unseen
from generation.preview.evaluate_upscaler import main as evaluate
from generation.preview.train_upscaler import guessed, main, softened
from generation.preview.training import upscaler
from generation.preview.training.latents import as_tensor
from generation.preview.training.pairs import TIMES, WINDOW, crops, draw_pairs

if TYPE_CHECKING:
    from pathlib import Path

CPU = torch.device("cpu")
FILE = "diffusion_pytorch_model.safetensors"


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder after two steps."""
    folder: Path = tmp_path_factory.mktemp("training") / "upscaler"
    main([str(folder), "2", "--scenes", "8", "--seed", "5"])
    return folder


def enlarged(parts: dict[str, Any], small: Image.Image) -> Image.Image:
    """By the parts alone."""
    with torch.no_grad():
        made = upscaler.enlarge(parts, as_tensor([np.asarray(small)], CPU))[0]
    pixels = (made.permute(1, 2, 0).numpy() + 1) * 127.5
    return Image.fromarray(pixels.clip(0, 255).round().astype(np.uint8))


def moved(before: dict[str, torch.Tensor], after: dict[str, torch.Tensor]) -> set[str]:
    """The first words of the names of all weights that differ."""
    return {name.partition(".")[0] for name in before if not torch.equal(before[name], after[name])}


def test_it_begins_as_a_filter() -> None:
    """Before any step: the picture, made larger, a little softer than by the usual filters, and no other."""
    parts = upscaler.create(1)
    for scene in unseen(3):
        small = scenes.draw(scene)
        usual = small.resize([TIMES * side for side in small.size], Image.Resampling.BILINEAR)
        made = enlarged(parts, small)
        assert structural_similarity(np.asarray(made), np.asarray(usual), channel_axis=2) > 0.8
    assert torch.count_nonzero(parts["unet"].conv_in.weight[:, :4]) == 0, "the noise is not looked at"


def test_the_encoder_is_a_filter_too() -> None:
    """Its latents are the colours of the picture made small, and the decoder makes the picture of them."""
    vae = upscaler.create(1)["vae"]
    large = as_tensor([np.asarray(scenes.draw(unseen(1)[0], TIMES))], CPU)
    with torch.no_grad():
        found = vae.encode(large).latent_dist
        made = vae.decode(found.mode()).sample
    colours = found.mode()[:, :3] * upscaler.SCALING
    reduced = torch.nn.functional.avg_pool2d(large, TIMES)
    assert np.corrcoef(colours.flatten(), reduced.flatten())[0, 1] > 0.98
    assert float(found.std.max()) < 1e-3
    assert float(upscaler.ssim(made, large)) > 0.8


def test_a_step_moves_unet_and_decoder_alone(trained: Path) -> None:
    new = {name: part.half().state_dict() for name, part in upscaler.create(5).items() if name in ("unet", "vae")}
    after = {name: load_file(trained / name / FILE) for name in new}
    assert "conv_out" in moved(new["unet"], after["unet"])
    assert moved(new["vae"], after["vae"]) == {"decoder", "post_quant_conv"}
    assert torch.count_nonzero(after["unet"]["conv_in.weight"][:, :4]) == 0
    main([str(trained), "2", "--scenes", "8", "--seed", "5"])
    again = load_file(trained / "unet" / FILE)
    assert "conv_out" in moved(after["unet"], again), "it goes on from there"


def test_the_engine_takes_what_was_saved(trained: Path) -> None:
    """With the base's text encoder and tokenizer, which lie not in the folder."""
    assert {path.name for path in trained.iterdir()} == {
        "model_index.json", "unet", "vae", "scheduler", "low_res_scheduler",
    }  # fmt: skip
    engine = engine_with(trained)
    small = scenes.draw(unseen(1)[0])
    made = engine.upscale(small, (1024, 576))
    assert engine._upscaler._upscaler is not None
    usual = small.resize((1024, 576), Image.Resampling.BILINEAR)
    assert structural_similarity(np.asarray(made), np.asarray(usual), channel_axis=2) > 0.8


def test_one_step_of_the_pipeline_is_what_was_trained(trained: Path) -> None:
    """No scheduler between: what the UNet says is decoded."""
    pipe = engine_with(trained)._upscaler.get().pipe.to(torch.float32)
    small = scenes.draw(unseen(1)[0]).crop((0, 0, 64, 48))
    pixels = as_tensor([np.asarray(small)], CPU)
    by_pipe = pipe(
        "", image=pixels / 2 + 0.5, num_inference_steps=1, guidance_scale=0.0, noise_level=0, output_type="np"
    ).images
    with torch.no_grad():
        plain = upscaler.enlarge({"unet": pipe.unet, "vae": pipe.vae}, pixels)[0].permute(1, 2, 0).numpy()
    assert np.abs(by_pipe[0] - (plain / 2 + 0.5).clip(0, 1)).max() < 0.02  # the small picture gets a little noise


def test_crops_show_the_same_place_small_and_large() -> None:
    pairs = draw_pairs(3, 5)
    assert [pair.scene for pair in pairs] == [pair.scene for pair in draw_pairs(3, 5)]
    assert not any(scenes.is_held_out(pair.scene) for pair in pairs)
    assert all(window.shape == (TIMES * WINDOW, TIMES * WINDOW, 3) for pair in pairs for _, _, window in pair.windows)
    small, large = crops(pairs, np.random.default_rng(1), 12, 48)
    for seen, truth in zip(small, large, strict=True):
        reduced = np.asarray(Image.fromarray(np.ascontiguousarray(truth)).reduce(TIMES), dtype=np.float64)
        assert np.abs(reduced - seen).mean() < 12


def test_ssim_is_that_of_scikit_image() -> None:
    scene = unseen(1)[0]
    one, other = scenes.draw(scene), scenes.draw(scene, 2).reduce(2)
    ours = upscaler.ssim(*(as_tensor([np.asarray(picture)], CPU) for picture in (one, other)))
    theirs = structural_similarity(np.asarray(one), np.asarray(other), channel_axis=2, use_sample_covariance=False)
    assert float(ours) == pytest.approx(theirs, abs=2e-3)


def test_the_autoencoder_softens(trained: Path) -> None:
    from generation.preview.evaluate import WEIGHTS
    from generation.preview.training import model

    pixels = np.asarray(scenes.draw(unseen(1)[0]))
    soft = softened(pixels, model.load(WEIGHTS, CPU).vae)
    assert soft.shape == pixels.shape and soft.dtype == np.uint8
    assert 0.3 < np.abs(soft.astype(float) - pixels).mean() < 20


def test_the_painters_guess_is_the_same_scene_less_sharp(trained: Path) -> None:
    """Of a layout that it knows: nearer to the scene than to the same in other colours, with weaker edges."""
    from generation.preview.evaluate import WEIGHTS
    from generation.preview.training import model

    scene = scenes.Scene("hills", 1, ("green",), "day")
    other = scenes.Scene("hills", 1, ("pink",), "night")
    drawn, another = (np.asarray(scenes.draw(one)).astype(float) for one in (scene, other))
    base = model.load(WEIGHTS, CPU)
    guess = guessed(drawn.astype(np.uint8), scene, base, np.random.default_rng(1))
    assert guess.shape == drawn.shape and guess.dtype == np.uint8
    assert 1 < np.abs(guess - drawn).mean() < np.abs(guess - another).mean() / 3
    sharp, soft = (
        np.sort(np.abs(np.diff(each.astype(float), axis=0)).ravel())[-2000:].mean() for each in (drawn, guess)
    )
    assert soft < 0.9 * sharp


def test_the_evaluation_fails_where_lanczos_is_as_near(trained: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Two steps are not enough: it must say so."""
    with pytest.raises(SystemExit) as caught:
        evaluate([str(trained), "--scenes", "2"])
    assert "is not above Lanczos'" in str(caught.value)
    printed = capsys.readouterr().out
    assert "| drawn small | 0." in printed and "s for four thumbnails" in printed
