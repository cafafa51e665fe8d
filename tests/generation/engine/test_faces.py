"""One pipeline, several of diffusers' classes on it: no model twice, none cast, none moved."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any, get_args

import diffusers
import pytest
import torch
from accelerate import cpu_offload_with_hook
from PIL import Image

from generation.engine import Engine, Mask, PaintJob, Profile
from generation.engine.faces import FACES, face
from generation.engine.jobs import Kind
from generation.engine.ladder import Rung
from generation.engine.profile import BaseClass
from tests.generation.engine.begun import a_mask, from_scene
from tests.generation.engine.pictures import a_job

Listener = Callable[[int, int], None]

MODELS = ("unet", "vae", "text_encoder")
JOBS: dict[Kind, PaintJob] = {
    "text": a_job(),
    "image": from_scene(),
    "inpaint": from_scene(mask=Mask(a_mask())),
}


@pytest.fixture
def own(profile: Profile) -> Iterator[Engine]:
    """An engine that a test may change."""
    engine = Engine(profile)
    yield engine
    engine.close()


def memory(pipe: Any) -> dict[str, tuple[int, torch.dtype, torch.device]]:
    """Where every tensor of the models lies, and as what."""
    return {
        f"{part}.{name}": (tensor.data_ptr(), tensor.dtype, tensor.device)
        for part in MODELS
        for name, tensor in getattr(pipe, part).state_dict().items()
    }


def test_every_class_that_profiles_may_name_has_a_face_for_every_kind_of_job() -> None:
    assert set(FACES) == {(base, kind) for base in get_args(BaseClass) for kind in get_args(Kind)}
    assert {job.kind: kind for kind, job in JOBS.items()} == {kind: kind for kind in get_args(Kind)}


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16, torch.float16], ids=str)
@pytest.mark.parametrize("kind", get_args(Kind))
def test_a_face_has_the_very_models_of_the_pipeline(own: Engine, kind: Kind, dtype: torch.dtype) -> None:
    pipe = own._models().pipe
    pipe.to(dtype)
    before = memory(pipe)
    made = face(pipe, kind)
    assert type(made) is getattr(diffusers, FACES["StableDiffusionPipeline", kind])
    assert {name: id(part) for name, part in made.components.items()} == {
        name: id(part) for name, part in pipe.components.items()
    }
    assert memory(made) == memory(pipe) == before
    assert {dtype for _, dtype, _ in before.values()} >= {dtype}


def test_painting_of_every_kind_leaves_the_models_where_and_as_they_were(own: Engine, no_step: Listener) -> None:
    own.paint([JOBS["text"]], no_step)
    pipe = own._models().pipe
    before = memory(pipe), pipe.scheduler, dict(pipe.unet.config), dict(pipe.scheduler.config)
    values = {name: tensor.clone() for name, tensor in pipe.unet.state_dict().items()}
    for job in JOBS.values():
        own.paint([job], no_step)
    assert (memory(pipe), pipe.scheduler, dict(pipe.unet.config), dict(pipe.scheduler.config)) == before
    assert all(torch.equal(tensor, values[name]) for name, tensor in pipe.unet.state_dict().items())


@pytest.mark.parametrize("kind", ["image", "inpaint"])
def test_a_picture_from_words_is_the_same_after_others(engine: Engine, no_step: Listener, kind: Kind) -> None:
    before = engine.paint([JOBS["text"]], no_step)[0]
    engine.paint([JOBS[kind]], no_step)
    assert engine.paint([JOBS["text"]], no_step)[0].tobytes() == before.tobytes()


@pytest.mark.parametrize("kind", ["image", "inpaint"])
def test_nothing_is_said_while_it_paints(
    engine: Engine, no_step: Listener, kind: Kind, capfd: pytest.CaptureFixture[str], recwarn: pytest.WarningsRecorder
) -> None:
    engine.paint([JOBS[kind], replace(JOBS[kind], seed=8)], no_step)
    assert capfd.readouterr() == ("", "")
    assert not recwarn.list


@pytest.mark.parametrize("kind", ["image", "inpaint"])
def test_a_face_paints_while_models_come_to_the_device_one_at_a_time(
    own: Engine, engine: Engine, no_step: Listener, kind: Kind
) -> None:
    """As on the lowest rung of the ladder; here the device that they come to is the processor itself."""
    pipe = own._models().pipe
    hook = None
    for part in pipe.model_cpu_offload_seq.split("->"):
        if getattr(pipe, part, None) is not None:
            _, hook = cpu_offload_with_hook(getattr(pipe, part), "cpu", prev_module_hook=hook)
    assert face(pipe, kind)._execution_device == torch.device("cpu")
    images = [one.paint([JOBS[kind]], no_step)[0] for one in (own, engine)]
    assert images[0].tobytes() == images[1].tobytes()


@pytest.mark.parametrize("kind", get_args(Kind))
def test_offloaded_models_are_put_away_after_every_kind_of_picture(
    own: Engine, engine: Engine, no_step: Listener, kind: Kind, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a pipeline hung up itself, it takes down at its end: without, the VAE would stay on the card."""
    put_away: list[tuple[str, int]] = []
    original = diffusers.DiffusionPipeline.maybe_free_model_hooks

    def watched(pipe: Any) -> None:
        put_away.append((type(pipe).__name__, len(getattr(pipe, "_all_hooks", []))))
        original(pipe)

    monkeypatch.setattr(diffusers.DiffusionPipeline, "maybe_free_model_hooks", watched)
    monkeypatch.setattr(own._models().ladder, "_top", Rung(1, offloaded=True))
    assert own.paint([JOBS[kind]], no_step)[0].tobytes() == engine.paint([JOBS[kind]], no_step)[0].tobytes()
    name = FACES["StableDiffusionPipeline", kind]
    assert put_away == [(name, len(MODELS)), (name, 0)]
    assert all(hasattr(getattr(own._models().pipe, part), "_hf_hook") for part in MODELS)
    monkeypatch.setattr(own._models().ladder, "_top", Rung(1))
    own.paint([JOBS["text"]], no_step)
    assert not any(hasattr(one, "_hf_hook") for part in MODELS for one in getattr(own._models().pipe, part).modules())


@pytest.mark.parametrize("kind", ["image", "inpaint"])
def test_half_precision_paints_from_pictures_too(own: Engine, no_step: Listener, kind: Kind) -> None:
    own._models().pipe.to(torch.bfloat16)
    [image] = own.paint([JOBS[kind]], no_step)
    assert isinstance(image, Image.Image)
    lowest, highest = image.convert("L").getextrema()
    assert lowest != highest
