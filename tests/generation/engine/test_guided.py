"""Pictures that follow guides: alone, in company, from words and pictures and inside masks, with LoRAs on top."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any, get_args

import diffusers
import pytest
import torch
from PIL import Image

from generation.engine import Engine, EngineError, Guide, Mask, PaintJob, Profile
from generation.engine.faces import FACES, GUIDED_FACES, face
from generation.engine.guides.skeleton import draw_poses
from generation.engine.jobs import GuideKind, Kind
from generation.engine.lora_file import lora_use
from tests.generation.engine.begun import a_mask, from_scene, mean_distance
from tests.generation.engine.guides.people import STANDING, moved
from tests.generation.engine.lora_files import a_lora
from tests.generation.engine.pictures import a_job, greatest_difference

if TYPE_CHECKING:
    from pathlib import Path

Listener = Callable[[int, int], None]

POSE = Guide("pose", draw_poses([STANDING], (64, 64)))
OTHER_POSE = Guide("pose", draw_poses([moved(STANDING, 0.3)], (64, 64)))
FACE = Guide("face", draw_poses([moved(STANDING, -0.2)], (64, 64)))  # whatever is drawn, the tiny network follows it
JOBS: dict[Kind, PaintJob] = {
    "text": a_job(),
    "image": from_scene(),
    "inpaint": from_scene(mask=Mask(a_mask())),
}
KINDS = get_args(Kind)


@pytest.fixture
def own(profile: Profile) -> Iterator[Engine]:
    """An engine that a test may change."""
    engine = Engine(profile)
    yield engine
    engine.close()


def led(job: PaintJob, *guides: Guide) -> PaintJob:
    return replace(job, guides=guides)


def test_every_kind_of_job_has_a_class_for_guides() -> None:
    assert set(GUIDED_FACES) == set(FACES)


@pytest.mark.parametrize("kind", KINDS)
def test_a_guide_changes_the_picture_and_another_one_otherwise(engine: Engine, no_step: Listener, kind: Kind) -> None:
    job = JOBS[kind]
    bare, one, other = (engine.paint([each], no_step)[0] for each in (job, led(job, POSE), led(job, OTHER_POSE)))
    assert one.size == other.size == bare.size
    assert mean_distance(one, bare) > 0.3
    assert one.tobytes() != other.tobytes()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("idle", [replace(POSE, strength=0.0), replace(POSE, begin=0.5, end=0.5)])
def test_a_guide_that_never_counts_changes_no_bit(engine: Engine, no_step: Listener, kind: Kind, idle: Guide) -> None:
    job = JOBS[kind]
    assert engine.paint([led(job, idle)], no_step)[0].tobytes() == engine.paint([job], no_step)[0].tobytes()
    assert led(job, idle).company == job.company


@pytest.mark.parametrize("kind", KINDS)
def test_pictures_in_company_are_as_those_painted_alone(engine: Engine, no_step: Listener, kind: Kind) -> None:
    jobs = [replace(led(JOBS[kind], guide), seed=seed) for seed, guide in enumerate((POSE, OTHER_POSE, POSE))]
    together = engine.paint(jobs, no_step)
    alone = [engine.paint([job], no_step)[0] for job in jobs]
    assert all(greatest_difference(one, other) <= 1 for one, other in zip(together, alone, strict=True))
    assert greatest_difference(together[0], together[1]) > 1


@pytest.mark.parametrize("kind", KINDS)
def test_two_guides_are_followed_at_once_in_any_order(engine: Engine, no_step: Listener, kind: Kind) -> None:
    both = led(JOBS[kind], POSE, FACE), led(JOBS[kind], FACE, POSE)
    one, other = (engine.paint([job], no_step)[0] for job in both)
    assert one.tobytes() == other.tobytes()
    assert both[0].company == both[1].company
    for single in (POSE, FACE):
        assert mean_distance(one, engine.paint([led(JOBS[kind], single)], no_step)[0]) > 0.1
    crowd = engine.paint([both[0], replace(both[1], seed=9)], no_step)
    assert greatest_difference(crowd[0], one) <= 1


def test_guides_of_other_settings_keep_no_company(engine: Engine, no_step: Listener) -> None:
    jobs = [led(a_job(), POSE), led(a_job(), replace(POSE, strength=0.5))]
    with pytest.raises(ValueError, match="company"):
        engine.paint(jobs, no_step)
    kinds = {led(a_job(), guide).company for guide in (POSE, FACE, replace(POSE, begin=0.1), replace(POSE, end=0.9))}
    assert len(kinds) == 4


def test_strength_and_range_say_how_much_a_guide_counts(engine: Engine, no_step: Listener) -> None:
    job = replace(a_job(), steps=6)
    bare = engine.paint([job], no_step)[0]
    away = [
        mean_distance(engine.paint([led(job, guide)], no_step)[0], bare)
        for guide in (replace(POSE, strength=0.05), POSE, replace(POSE, end=0.2))
    ]
    assert 0 < away[0] < away[1]
    assert away[2] != away[1]


@pytest.mark.parametrize("kind", KINDS)
def test_loras_are_worn_under_a_guide(
    engine: Engine, no_step: Listener, kind: Kind, tiny: Path, tmp_path: Path
) -> None:
    use = lora_use(a_lora(tmp_path / "one.safetensors", tiny))
    guided = led(JOBS[kind], POSE)
    before, worn, after = (engine.paint([job], no_step)[0] for job in (guided, replace(guided, loras=(use,)), guided))
    assert mean_distance(before, worn) > 0.1
    assert before.tobytes() == after.tobytes()


def test_outside_a_mask_no_bit_changes(engine: Engine, no_step: Listener) -> None:
    job = led(JOBS["inpaint"], POSE)
    [image] = engine.paint([job], no_step)
    assert job.start is not None
    outside = Image.new("RGB", image.size)
    keep = a_mask().point([255 - level for level in range(256)])
    pictures = [Image.composite(each, outside, keep) for each in (image, job.start)]
    assert pictures[0].tobytes() == pictures[1].tobytes()


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16], ids=str)
@pytest.mark.parametrize("kind", KINDS)
def test_a_guided_face_has_the_very_models_of_the_pipeline(own: Engine, kind: Kind, dtype: torch.dtype) -> None:
    loaded = own._models()
    pipe = loaded.pipe
    pipe.to(dtype)
    before = {name: (each.data_ptr(), each.dtype) for name, each in pipe.unet.state_dict().items()}
    nets = loaded.controlnets.open([POSE, FACE])
    made = face(pipe, kind, nets)
    assert type(made) is getattr(diffusers, GUIDED_FACES["StableDiffusionPipeline", kind])
    assert list(made.controlnet.nets) == nets
    assert all(made.components[name] is part for name, part in pipe.components.items())
    assert {name: (each.data_ptr(), each.dtype) for name, each in pipe.unet.state_dict().items()} == before
    assert {each.dtype for net in nets for each in net.parameters()} == {dtype}


@pytest.mark.parametrize("kind", KINDS)
def test_half_precision_follows_guides_too(own: Engine, no_step: Listener, kind: Kind) -> None:
    own._models().pipe.to(torch.bfloat16)
    [image] = own.paint([led(JOBS[kind], POSE)], no_step)
    lowest, highest = image.convert("L").getextrema()
    assert lowest != highest


def test_a_network_is_read_once_and_when_it_is_needed(own: Engine, no_step: Listener) -> None:
    own.paint([a_job()], no_step)
    networks = own._models().controlnets
    assert not networks.held
    own.paint([led(a_job(), POSE)], no_step)
    assert networks.held == ("pose",)
    [before] = networks.open([POSE])
    own.paint([led(a_job(), FACE, POSE)], no_step)
    assert networks.held == ("pose", "face")
    assert networks.open([POSE]) == [before]
    networks.drop(keep=["face"])
    assert networks.held == ("face",)


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_is_said_while_it_paints(
    own: Engine, no_step: Listener, kind: Kind, capfd: pytest.CaptureFixture[str], recwarn: pytest.WarningsRecorder
) -> None:
    own.paint([led(JOBS[kind], POSE), replace(led(JOBS[kind], OTHER_POSE), seed=8)], no_step)
    assert capfd.readouterr() == ("", "")
    assert not recwarn.list


def test_steps_are_counted_and_listeners_may_leave(engine: Engine) -> None:
    told: list[tuple[int, int]] = []
    engine.paint([led(a_job(), POSE)], lambda *step: told.append(step))
    assert told == [(1, 3), (2, 3), (3, 3)]

    class Left(Exception):
        pass

    def leave(step: int, steps: int) -> None:
        raise Left

    with pytest.raises(Left):
        engine.paint([led(a_job(), POSE)], leave)
    engine.paint([led(a_job(), POSE)], lambda *step: told.append(step))
    assert told[3:] == told[:3]


def test_a_black_guide_is_refused(engine: Engine, no_step: Listener) -> None:
    with pytest.raises(EngineError) as caught:
        engine.paint([led(a_job(), Guide("pose", Image.new("RGB", (64, 64), (9, 9, 9))))], no_step)
    assert caught.value.code == "guide_empty"


@pytest.mark.parametrize(
    "wrong",
    [
        {"strength": -0.1},
        {"strength": 2.1},
        {"strength": float("nan")},
        {"begin": -0.1},
        {"end": 1.1},
        {"begin": 0.6, "end": 0.5},
        {"begin": float("nan")},
        {"kind": "dance"},
        {"kind": "face", "poses": (STANDING,)},
    ],
)
def test_guides_out_of_range_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="guide"):
        replace(POSE, **wrong)


def test_a_job_has_one_guide_of_each_kind() -> None:
    assert {guide.kind for guide in (POSE, FACE)} == set(get_args(GuideKind))
    with pytest.raises(ValueError, match="each kind"):
        led(a_job(), POSE, OTHER_POSE)
