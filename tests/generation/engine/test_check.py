"""The safety checker speaks, and touches no pixel; where it cannot speak, that is an error."""

from __future__ import annotations

import shutil
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch
from diffusers.pipelines.stable_diffusion.safety_checker import StableDiffusionSafetyChecker
from PIL import Image
from safetensors.torch import load_file, save_file
from transformers import CLIPImageProcessor

from generation.engine import Engine, EngineError, Profile
from generation.engine.check import check
from generation.engine.tiny import build_tiny
from tests.generation.engine.pictures import a_job, levels

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.fixture
def pictures() -> list[Image.Image]:
    """Two pictures of noise."""
    noise = np.random.default_rng(1)
    return [Image.fromarray(noise.integers(0, 255, (72, 128, 3), dtype=np.uint8)) for _ in range(2)]


def test_the_tiny_checker_flags_nothing(engine: Engine, pictures: list[Image.Image]) -> None:
    verdicts = engine.check(pictures)
    assert [verdict.flagged for verdict in verdicts] == [False, False]
    scores = verdicts[0].scores
    assert sorted(scores) == sorted([*(f"concept_{n}" for n in range(17)), *(f"special_care_{n}" for n in range(3))])
    assert all(score < 0 for name, score in scores.items() if name.startswith("concept"))


def test_each_concept_has_a_bound_of_its_own(engine: Engine, pictures: list[Image.Image]) -> None:
    scores = engine.check(pictures)[0].scores
    bound = {"concept_3": scores["concept_3"] - 0.01}
    assert engine.check(pictures, bound)[0].flagged
    assert engine.check(pictures, bound)[0].scores == scores
    assert not engine.check(pictures, {"concept_3": scores["concept_3"] + 0.01})[0].flagged


def test_what_is_flagged_passes_by_higher_bounds(profile: Profile, tmp_path: Path, pictures: list[Image.Image]) -> None:
    build_tiny(tmp_path / "strict", flags=True)
    strict = Engine(replace(profile, folder=tmp_path / "strict"))
    assert strict.check(pictures)[0].flagged
    names = [f"concept_{n}" for n in range(17)]
    assert not strict.check(pictures, dict.fromkeys(names, 100.0))[0].flagged
    assert strict.check(pictures, dict.fromkeys(names[:-1], 100.0))[0].flagged


def test_special_care_is_taken_from_its_own_bound_on(engine: Engine, pictures: list[Image.Image]) -> None:
    careful = {f"special_care_{n}": -10.0 for n in range(3)}
    plain, strict = (engine.check(pictures, bounds)[0].scores for bounds in ({}, careful))
    assert strict["concept_0"] == pytest.approx(plain["concept_0"] + 0.01, abs=0.0021)
    assert strict["special_care_0"] == plain["special_care_0"]


def test_a_checker_that_flags_everything_blackens_nothing(
    profile: Profile, tmp_path: Path, no_step: Callable[[int, int], None]
) -> None:
    build_tiny(tmp_path / "strict", flags=True)
    strict = Engine(replace(profile, folder=tmp_path / "strict"))
    images = strict.paint([a_job(), a_job(seed=8)], no_step)
    before = [image.tobytes() for image in images]
    assert [verdict.flagged for verdict in strict.check(images)] == [True, True]
    assert [image.tobytes() for image in images] == before
    assert all(levels(image).std() > 10 for image in images)
    assert before == [image.tobytes() for image in Engine(profile).paint([a_job(), a_job(seed=8)], no_step)]


@pytest.fixture
def fine(tiny: Path) -> Callable[[Image.Image], dict[str, float]]:
    """The scores of a checker that knows pictures from each other."""
    checker = StableDiffusionSafetyChecker.from_pretrained(tiny / "safety_checker")
    extractor = CLIPImageProcessor.from_pretrained(tiny / "feature_extractor")
    checker.concept_embeds.data = torch.randn(17, 16, generator=torch.Generator().manual_seed(3))
    return lambda picture: dict(check(checker, extractor, [picture], {})[0].scores)


@pytest.mark.parametrize("size", [(160, 90), (90, 160), (1500, 20), (40, 36)])
def test_what_is_at_the_ends_of_a_picture_is_seen_like_its_middle(
    fine: Callable[[Image.Image], dict[str, float]], pictures: list[Image.Image], size: tuple[int, int]
) -> None:
    plain, (width, height) = pictures[0].resize(size), size
    before, end = fine(plain), max(size) // 8 if max(size) > 40 else 2
    across = (end, height) if width > height else (width, end)
    for left, top in ((0, 0), (width - across[0], height - across[1])):
        changed = plain.copy()
        changed.paste("red", (left, top, left + across[0], top + across[1]))
        assert fine(changed) != before
    short = min(size)
    left, top = (width - short) // 2, (height - short) // 2
    middle = fine(plain.crop((left, top, left + short, top + short)))
    assert max(size) > 1000 or all(score >= middle[name] for name, score in before.items()), "as it always was"


def test_pictures_of_all_shapes_are_seen_each_for_itself(engine: Engine, pictures: list[Image.Image]) -> None:
    several = [pictures[0], pictures[0].resize((64, 64)), pictures[1].resize((30, 200)), pictures[1]]
    together = engine.check(several)
    for picture, verdict in zip(several, together, strict=True):
        for name, score in engine.check([picture])[0].scores.items():
            assert score == pytest.approx(verdict.scores[name], abs=0.0011)


@pytest.mark.parametrize("threshold", [-0.3, -0.005, 0.0, 0.005, 0.3])
@pytest.mark.parametrize("special", [-10.0, 10.0])
def test_verdicts_are_those_of_the_original(
    tiny: Path, pictures: list[Image.Image], threshold: float, special: float
) -> None:
    pictures = [picture.crop((28, 0, 100, 72)) for picture in pictures]  # of others it sees the middle alone
    checker = StableDiffusionSafetyChecker.from_pretrained(tiny / "safety_checker")
    extractor = CLIPImageProcessor.from_pretrained(tiny / "feature_extractor")
    dice = torch.Generator().manual_seed(3)
    checker.concept_embeds.data = torch.randn(17, 16, generator=dice)
    checker.special_care_embeds_weights.data.fill_(special)
    pixels = extractor(pictures, return_tensors="pt").pixel_values
    checker.concept_embeds_weights.data.fill_(0.0)
    nearest = [
        max(score for name, score in verdict.scores.items() if name.startswith("concept"))
        for verdict in check(checker, extractor, pictures, {})
    ]
    checker.concept_embeds_weights.data.fill_(nearest[0] + threshold)  # around the first picture's edge
    _black, flagged = checker(images=[levels(picture) for picture in pictures], clip_input=pixels)
    assert [verdict.flagged for verdict in check(checker, extractor, pictures, {})] == flagged


def test_a_profile_without_a_checker_says_so_and_paints(
    profile: Profile, pictures: list[Image.Image], no_step: Callable[[int, int], None]
) -> None:
    unchecked = Engine(replace(profile, safety="unchecked"))
    with pytest.raises(EngineError) as caught:
        unchecked.check(pictures)
    assert caught.value.code == "no_checker"
    assert unchecked.paint([a_job()], no_step)


def test_a_checker_whose_scores_are_no_numbers_fails(copied: Profile, pictures: list[Image.Image]) -> None:
    weights = copied.folder / "safety_checker" / "model.safetensors"
    tensors = load_file(weights)
    tensors["visual_projection.weight"].fill_(float("nan"))
    save_file(tensors, weights, metadata={"format": "pt"})
    broken = Engine(copied)
    with pytest.raises(EngineError) as caught:
        broken.check(pictures)
    assert caught.value.code == "checker_failed"


def test_a_checker_that_raises_fails(copied: Profile, pictures: list[Image.Image]) -> None:
    settings = copied.folder / "feature_extractor" / "preprocessor_config.json"
    settings.write_text(settings.read_text().replace('"height": 32', '"height": 48'))
    broken = Engine(copied)
    with pytest.raises(EngineError) as caught:
        broken.check(pictures)
    assert caught.value.code == "checker_failed"


def test_no_pictures_no_verdicts(engine: Engine) -> None:
    assert engine.check([]) == []


def test_the_checker_alone_says_the_same_as_with_the_models_that_paint(
    profile: Profile, pictures: list[Image.Image]
) -> None:
    alone, whole = Engine(profile), Engine(profile)
    whole.load()
    assert alone.check(pictures) == whole.check(pictures)
    assert not alone.loaded, "nothing that paints came in"
    alone.load()
    assert alone.check(pictures) == whole.check(pictures)


@pytest.mark.parametrize(
    ("harm", "code"),
    [
        (lambda folder: shutil.rmtree(folder / "safety_checker"), "model_wrong"),
        (lambda folder: (folder / "safety_checker" / "model.safetensors").write_bytes(b"no"), "model_wrong"),
        (lambda folder: shutil.rmtree(folder / "feature_extractor"), "model_wrong"),
        (shutil.rmtree, "model_missing"),
    ],
    ids=["no checker", "broken weights", "nothing that prepares", "no folder"],
)
def test_a_checker_that_is_not_there_is_an_error_and_no_clean_picture(
    copied: Profile, pictures: list[Image.Image], harm: Callable[[Path], object], code: str
) -> None:
    harm(copied.folder)
    with pytest.raises(EngineError) as caught:
        Engine(copied).check(pictures)
    assert caught.value.code == code


def test_a_broken_painter_keeps_nobody_from_checking(copied: Profile, pictures: list[Image.Image]) -> None:
    shutil.rmtree(copied.folder / "unet")
    assert not Engine(copied).check(pictures)[0].flagged


def test_a_checker_without_some_of_its_weights_is_refused(copied: Profile, pictures: list[Image.Image]) -> None:
    file = copied.folder / "safety_checker" / "model.safetensors"
    tensors = load_file(file)
    tensors.pop("visual_projection.weight")
    save_file(tensors, file, {"format": "pt"})
    with pytest.raises(EngineError) as caught:
        Engine(copied).check(pictures)
    assert caught.value.code == "model_wrong"
