"""Stable Diffusion XL: the real classes, tiny; from words and pictures and inside masks, with guides and LoRAs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, get_args

import diffusers
import pytest
from safetensors.torch import load_file, save_file

from generation.engine import Engine, EngineError, Guide, Mask, PaintJob, Profile
from generation.engine.checkpoint import faults
from generation.engine.controlnets import inspect_role
from generation.engine.faces import FACES, GUIDED_FACES, face
from generation.engine.guides.skeleton import draw_poses
from generation.engine.jobs import Kind
from generation.engine.lora_file import fits, inspect, lora_use
from generation.engine.roles import Role
from generation.engine.tiny import build_tiny
from tests.generation.engine.begun import a_mask, from_scene, mean_distance
from tests.generation.engine.guides.people import STANDING, moved
from tests.generation.engine.lora_files import a_lora
from tests.generation.engine.pictures import a_job, greatest_difference

if TYPE_CHECKING:
    from pathlib import Path

Listener = Callable[[int, int], None]

FIRST = "text_encoder."
XL = "StableDiffusionXLPipeline"
KINDS = get_args(Kind)
JOBS: dict[Kind, PaintJob] = {"text": a_job(), "image": from_scene(), "inpaint": from_scene(mask=Mask(a_mask()))}
POSE = Guide("pose", draw_poses([STANDING], (64, 64)))
FACE = Guide("face", draw_poses([moved(STANDING, 0.2)], (64, 64)))


@pytest.fixture(scope="module")
def xl(profile: Profile, tmp_path_factory: pytest.TempPathFactory) -> Profile:
    """The tiny XL's profile."""
    folder = tmp_path_factory.mktemp("models") / "xl"
    build_tiny(folder, xl=True)
    roles = {name: Role(folder / "guides" / name, "none", "nowhere") for name in ("pose", "face")}
    return replace(profile, folder=folder, base_class=XL, safety="unchecked", roles=roles)


@pytest.fixture(scope="module")
def painter(xl: Profile) -> Iterator[Engine]:
    engine = Engine(xl)
    yield engine
    engine.close()


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_is_painted_by_its_class_and_batches_are_as_alone(
    painter: Engine, no_step: Listener, kind: Kind
) -> None:
    jobs = [replace(JOBS[kind], seed=seed) for seed in (1, 2)]
    together = painter.paint(jobs, no_step)
    alone = [painter.paint([job], no_step)[0] for job in jobs]
    assert all(greatest_difference(one, other) <= 1 for one, other in zip(together, alone, strict=True))
    assert mean_distance(*alone) > 0.3
    assert type(face(painter._models().pipe, kind)) is getattr(diffusers, FACES[XL, kind])


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_follows_guides(painter: Engine, no_step: Listener, kind: Kind) -> None:
    job = JOBS[kind]
    bare, led = (painter.paint([each], no_step)[0] for each in (job, replace(job, guides=(POSE,))))
    both = [replace(job, guides=(POSE, FACE), seed=seed) for seed in (job.seed, 9)]
    crowd = painter.paint(both, no_step)
    assert mean_distance(bare, led) > 0.3
    assert mean_distance(led, crowd[0]) > 0.02
    assert greatest_difference(crowd[0], painter.paint(both[:1], no_step)[0]) <= 1
    made = face(painter._models().pipe, kind, painter._models().controlnets.open([POSE]))
    assert type(made) is getattr(diffusers, GUIDED_FACES[XL, kind])


def test_weights_and_long_prompts_are_read(painter: Engine, no_step: Listener) -> None:
    plain, weighted, long, longer = (
        painter.paint([replace(a_job(), prompt=prompt)], no_step)[0]
        for prompt in ("a red house", "a (red:1.5) house", "a red house, " * 30, "a red house, " * 30 + "at night")
    )
    assert mean_distance(plain, weighted) > 0
    assert mean_distance(plain, long) > 0
    assert mean_distance(long, longer) > 0


def test_a_weight_of_nearly_one_paints_nearly_the_plain_picture(painter: Engine, no_step: Listener) -> None:
    """Embeddings made here and by diffusers are the same, pooled ones included."""
    prompts = "a red house", "a (red:1.0001) house"
    plain, weighted = (painter.paint([replace(a_job(), prompt=prompt)], no_step)[0] for prompt in prompts)
    assert greatest_difference(plain, weighted) <= 2


@pytest.mark.parametrize("kind", KINDS)
def test_loras_for_both_text_encoders_are_worn_under_a_guide(
    painter: Engine, xl: Profile, no_step: Listener, kind: Kind, tmp_path: Path
) -> None:
    path = a_lora(tmp_path / "one.safetensors", xl.folder)
    values = load_file(path)
    named = values.items()
    second = {name.replace(FIRST, "text_encoder_2."): value.clone() for name, value in named if name.startswith(FIRST)}
    assert second
    save_file(values | second, path)
    fits(inspect(path), xl)
    led = replace(JOBS[kind], guides=(POSE,))
    before, worn, after = (
        painter.paint([job], no_step)[0] for job in (led, replace(led, loras=(lora_use(path),)), led)
    )
    assert mean_distance(before, worn) > 0.1
    assert before.tobytes() == after.tobytes()


def test_a_lora_for_the_other_stable_diffusion_is_refused(xl: Profile, profile: Profile, tmp_path: Path) -> None:
    for made_for, worn_by in ((profile, xl), (xl, profile)):
        with pytest.raises(EngineError) as caught:
            fits(inspect(a_lora(tmp_path / f"{made_for.base_class}.safetensors", made_for.folder)), worn_by)
        assert caught.value.code == "lora_does_not_fit"


def test_a_controlnet_for_another_stable_diffusion_is_refused(xl: Profile, profile: Profile) -> None:
    inspect_role(xl, "pose")
    with pytest.raises(EngineError) as caught:
        inspect_role(replace(xl, roles=profile.roles), "pose")
    assert caught.value.code == "guide_misfit"


def test_checkpoints_are_not_taken_for_one_another(xl: Profile, profile: Profile) -> None:
    assert not faults(xl)
    assert faults(replace(profile, base_class=XL)) == [f"it is a StableDiffusionPipeline, not a {XL}"]
    assert faults(replace(xl, base_class="StableDiffusionPipeline")) == [f"it is a {XL}, not a StableDiffusionPipeline"]
