"""Training, a few steps of it: repeatable, resumable from the weights alone, and each stage learns what it is for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from generation.preview import scenes
from generation.preview.train import main
from generation.preview.training import model
from generation.preview.training.autoencoder import psnr
from generation.preview.training.latents import encode
from generation.preview.training.material import draw_many
from generation.preview.training.model import seeded
from generation.preview.training.painter import _times
from generation.preview.training.reader import TOLD, told
from generation.preview.training.run import Amount, Run

if TYPE_CHECKING:
    from pathlib import Path

FILES = {
    "vae": "vae/diffusion_pytorch_model.safetensors",
    "text_encoder": "text_encoder/model.safetensors",
    "unet": "unet/diffusion_pytorch_model.safetensors",
}


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder after a few steps of every stage."""
    folder: Path = tmp_path_factory.mktemp("training") / "model"
    main([str(folder), "autoencoder=40", "reader=12", "painter=3", "--scenes", "60", "--seed", "5"])
    return folder


def weights(folder: Path, part: str) -> dict[str, torch.Tensor]:
    """The weights of a part, as they lie there."""
    return load_file(folder / FILES[part])


def moved(before: Path, after: Path, part: str) -> bool:
    """Whether any weight differs."""
    ours, theirs = weights(before, part), weights(after, part)
    return any(not torch.equal(ours[name], theirs[name]) for name in ours)


def test_a_stage_goes_on_from_the_weights_and_leaves_the_others_alone(trained: Path, tmp_path: Path) -> None:
    """The reader moves the text encoder; what the autoencoder learnt stays as it was."""
    new = tmp_path / "new"
    model.create(new, 5)
    assert all(moved(new, trained, part) for part in FILES), "every stage learns"
    copied = tmp_path / "model"
    copied.mkdir()
    model.save(model.load(trained), copied)
    main([str(copied), "reader=2", "--scenes", "20"])
    assert moved(trained, copied, "text_encoder")
    assert not moved(trained, copied, "vae") and not moved(trained, copied, "unet")


def test_the_painter_leaves_reader_and_autoencoder_as_they_are(trained: Path, tmp_path: Path) -> None:
    """Others rest on them. And gone on with the same seed, it sees other batches than before."""
    copied = tmp_path / "model"
    model.save(model.load(trained), copied)
    main([str(copied), "painter=1", "--scenes", "60", "--seed", "5"])
    assert moved(trained, copied, "unet")
    assert not moved(trained, copied, "vae") and not moved(trained, copied, "text_encoder")
    before, after = (seeded(5, model.load(folder).unet).integers(1000, size=9) for folder in (trained, copied))
    assert list(before) != list(after)


def test_the_same_steps_give_the_same_weights(trained: Path, tmp_path: Path) -> None:
    """Bit for bit, on one machine."""
    again = tmp_path / "model"
    main([str(again), "autoencoder=40", "reader=12", "painter=3", "--scenes", "60", "--seed", "5"])
    assert not any(moved(trained, again, part) for part in FILES)


def test_what_is_saved_is_half_precision_without_traces_of_the_machine(trained: Path) -> None:
    """And everybody may read it; the log and the sheet lie beside it."""
    for part in FILES:
        kinds = {tensor.dtype for tensor in weights(trained, part).values() if tensor.is_floating_point()}
        assert kinds == {torch.float16}
    for path in trained.rglob("*"):
        assert path.is_dir() or path.stat().st_mode & 0o444 == 0o444
        assert path.suffix != ".json" or str(trained.parent) not in path.read_text()
    assert "psnr" in trained.with_name("model.log").read_text()
    assert trained.with_name("model.png").stat().st_size > 10_000
    assert sum(path.stat().st_size for path in trained.rglob("*.safetensors")) < 30 * 2**20


def test_the_autoencoder_learns(trained: Path, tmp_path: Path) -> None:
    """After forty steps it is closer to what it saw than before any."""
    drawn = draw_many(4, 99)
    model.create(tmp_path / "new", 5)
    untrained, better = (psnr(model.load(folder).vae, drawn) for folder in (tmp_path / "new", trained))
    assert np.mean(better) > np.mean(untrained) + 1


def test_latents_have_four_channels_at_an_eighth(trained: Path) -> None:
    """As those of Stable Diffusion 1.x."""
    drawn = draw_many(6, 3)
    encode(drawn, model.load(trained).vae, lambda text: None)
    for item in drawn:
        wide, high = item.scene.size
        assert item.latents is not None and item.latents.shape == (4, high // 8, wide // 8)


def test_scenes_drawn_by_many_are_the_same_as_ever() -> None:
    """Whatever core draws which: the same seed, the same scenes; held-out ones are never among them."""
    once, again, other = draw_many(40, 3), draw_many(40, 3), draw_many(40, 4)
    assert [item.scene for item in once] == [item.scene for item in again]
    assert [item.scene for item in once] != [item.scene for item in other]
    assert all(np.array_equal(one.pixels, two.pixels) for one, two in zip(once, again, strict=True))
    assert not any(scenes.is_held_out(item.scene) for item in once)


def test_kinds_that_are_named_twice_are_drawn_twice_as_often() -> None:
    """So that what was hard to learn is seen more."""
    kinds = [item.scene.kind for item in draw_many(90, 3, kinds=("waves", "hills", "waves"))]
    assert set(kinds) == {"waves", "hills"}
    assert 48 <= kinds.count("waves") <= 72


def test_a_kind_that_is_none_cannot_be_drawn_twice_as_often(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """It is named, with those that there are, before anything is drawn or written."""
    with pytest.raises(SystemExit):
        main([str(tmp_path / "model"), "painter=1", "--twice", "unicorns"])
    assert "'unicorns'" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("options", [["--scenes", "0"], ["--scenes", "few"], ["--seed", "-1"]])
def test_numbers_that_make_no_sense_are_refused(
    options: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """With a sentence, before anything is drawn or written."""
    with pytest.raises(SystemExit):
        main([str(tmp_path / "model"), "painter=1", *options])
    assert f"{options[1]} is no whole number" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


def test_few_steps_start_where_little_noise_is_left() -> None:
    """A tenth of them in the clearest quarter; and a batch is spread evenly over all the others."""
    times = _times(4000, 1000, np.random.default_rng(1))
    assert 0 <= times.min() < 5 and 995 < times.max() <= 999
    assert np.mean(times < 250) == pytest.approx(0.1, abs=0.01)
    assert np.mean(times < 625) == pytest.approx(0.55, abs=0.01)


def test_what_the_reader_is_told_is_true_of_the_scene() -> None:
    """Every name it answers to, and nothing of what was not asked for."""
    scene = scenes.Scene("city", 1, ("teal", "pink"), "night", "neon", who=scenes.Figures("running", "red", 2))
    names = {name for name, yes in zip(TOLD, told(scene).tolist(), strict=True) if yes}
    assert names == {
        *("kind city", "time night", "look neon", "first teal", "colour teal", "colour pink"),
        *("figure", "several", "clothes red", "pose running"),
    }


@pytest.mark.parametrize(
    "text", ["", "painter", "painter=", "painter=0", "painter=-5m", "painter=many", "painter=infm", "poet=10"]
)
def test_a_stage_that_is_none_is_refused(text: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """With a sentence, before anything is drawn or written."""
    with pytest.raises(SystemExit):
        main([str(tmp_path / "model"), text])
    assert "argument STAGE=AMOUNT" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


def test_a_run_counts_its_steps_and_slows_down() -> None:
    """The rate rises over the first hundred steps and falls to nearly nothing."""
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=1.0)
    lines: list[str] = []
    rates = [optimizer.param_groups[0]["lr"] for _ in Run("stage", Amount.parse("400"), optimizer, lines.append)]
    assert len(rates) == 400 and max(rates) == pytest.approx(rates[99])
    assert rates[0] < 0.02 and rates[-1] < 0.05
    assert [line.split()[2] for line in lines] == ["100", "200", "300", "400"]


def test_minutes_end_a_run_as_steps_do() -> None:
    """A hundredth of a minute, in this case."""
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=1.0)
    run = Run("stage", Amount.parse("0.005m"), optimizer, lambda line: None)
    assert list(run) == list(range(run.step)) and run.step > 10


def test_new_weights_never_take_the_place_of_others(tmp_path: Path) -> None:
    """A folder that holds something is not written to."""
    (tmp_path / "mine").write_text("mine")
    with pytest.raises(FileExistsError):
        model.create(tmp_path, 1)
