"""Pictures to begin with: how near the painting stays to them, how many steps it takes, and what is refused."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from generation.engine import Engine, EngineError, Mask, PaintJob, Profile, load_profile
from generation.engine.enlarge import enlarge
from generation.engine.lora_file import lora_use
from generation.engine.schedulers import SCHEDULERS, Scheduler
from generation.engine.start import MOST_PIXELS, steps_taken
from tests.generation.engine.begun import a_mask, from_scene, mean_distance, scene
from tests.generation.engine.lora_files import a_lora
from tests.generation.engine.pictures import a_job, greatest_difference

Listener = Callable[[int, int], None]

PREVIEW = load_profile("preview", models_dir=Path("nowhere"))
KINDS = {"image": from_scene(), "inpaint": from_scene(mask=Mask(a_mask(), feather=4))}
both_kinds = pytest.mark.parametrize("job", KINDS.values(), ids=list(KINDS))


class Stop(Exception):
    """Raised by a listener."""


@pytest.fixture(scope="module")
def preview() -> Iterator[Engine]:
    """The painter that ships, in float32, so that batches can be compared."""
    engine = Engine(replace(PREVIEW, dtype="float32"))
    yield engine
    engine.close()


def preview_job(**changes: object) -> PaintJob:
    usual = PREVIEW.standard
    job = PaintJob(
        "orange desert, sunrise", "", 7, 256, 144, usual.steps, usual.guidance, usual.eta, scheduler=usual.scheduler
    )
    return replace(job, start=scene(), **changes)  # type: ignore[arg-type]


def test_the_less_strength_the_nearer_to_the_source(preview: Engine, no_step: Listener) -> None:
    source = enlarge(scene(), (256, 144))
    painted = [preview.paint([preview_job(strength=tenths / 10)], no_step)[0] for tenths in (1, 2, 4, 6, 8)]
    distances = [mean_distance(image, source) for image in painted]
    assert distances == sorted(set(distances))
    assert distances[-1] > 4 * distances[0]


@pytest.mark.parametrize("scheduler", [PREVIEW.standard.scheduler, Scheduler("LCMScheduler")], ids=["DDIM", "LCM"])
def test_one_step_keeps_to_the_strength_too(preview: Engine, no_step: Listener, scheduler: Scheduler) -> None:
    """It would begin at noise alone, were it the one step of one."""
    source = enlarge(scene(), (256, 144))
    asked = preview_job(steps=1, scheduler=scheduler)
    painted = [preview.paint([replace(asked, strength=share)], no_step)[0] for share in (0.01, 0.1, 0.3, 0.7)]
    distances = [mean_distance(image, source) for image in painted]
    assert distances == sorted(set(distances))
    assert distances[0] < 20


def test_words_still_count(preview: Engine, no_step: Listener) -> None:
    jobs = [replace(preview_job(strength=0.6), prompt=prompt) for prompt in ("orange desert", "purple space")]
    desert, space = preview.paint(jobs, no_step)
    assert mean_distance(desert, space) > 20


def test_full_strength_is_the_picture_of_the_words_alone(engine: Engine, no_step: Listener) -> None:
    assert from_scene(strength=1.0).company == a_job().company
    [image] = engine.paint([from_scene(strength=1.0)], no_step)
    assert image.tobytes() == engine.paint([a_job()], no_step)[0].tobytes()


@pytest.mark.parametrize(
    ("steps", "strength", "taken"),
    [
        (20, 0.6, 12),
        (20, 0.99, 19),
        (20, 1, 20),
        (20, 0.01, 1),
        (100, 0.29, 29),
        (10, 0.7, 7),
        (1, 0.3, 1),
        (4, 0.5, 2),
    ],
)
@both_kinds
def test_the_steps_that_are_told_are_those_that_are_taken(
    engine: Engine, job: PaintJob, steps: int, strength: float, taken: int
) -> None:
    assert steps_taken(steps, strength) == taken
    told: list[tuple[int, int]] = []
    engine.paint([replace(job, steps=steps, strength=strength)], lambda *step: told.append(step))
    assert told == [(step, taken) for step in range(1, taken + 1)]


@pytest.mark.parametrize("strength", [0, -0.1, 1.01, float("nan")])
def test_a_strength_out_of_range_is_refused(strength: float) -> None:
    with pytest.raises(ValueError, match="strength"):
        from_scene(strength=strength)


@both_kinds
@pytest.mark.parametrize("eta", [0, 0.99], ids=["", "new noise"])
def test_the_same_job_paints_the_same_picture(engine: Engine, no_step: Listener, job: PaintJob, eta: float) -> None:
    once, again = (engine.paint([replace(job, eta=eta)], no_step)[0] for _ in range(2))
    assert once.tobytes() == again.tobytes()


@both_kinds
def test_every_start_in_a_batch_is_painted_as_if_alone(
    engine: Engine, preview: Engine, no_step: Listener, job: PaintJob
) -> None:
    for painter, first in ((engine, job), (preview, preview_job(strength=0.6, mask=job.mask))):
        jobs = [
            replace(first, start=scene(seed=seed), seed=seed, prompt=prompt)
            for seed, prompt in enumerate(("blue mountains", "clouds", ""))
        ]
        together = painter.paint(jobs, no_step)
        alone = [painter.paint([one], no_step)[0] for one in jobs]
        assert all(greatest_difference(one, other) <= 1 for one, other in zip(together, alone, strict=True))
        assert mean_distance(together[0], together[1]) > 1


@both_kinds
def test_more_jobs_than_fit_count_their_steps_over_all_batches(profile: Profile, job: PaintJob) -> None:
    small = Engine(replace(profile, max_batch=2))
    told: list[tuple[int, int]] = []
    jobs = [replace(job, seed=seed, steps=10, strength=0.3) for seed in range(3)]
    images = small.paint(jobs, lambda *step: told.append(step))
    small.close()
    assert len(images) == 3
    assert told == [(step, 6) for step in range(1, 7)]


@pytest.mark.parametrize("other", [{"strength": 0.5}, {"start": None}, {"mask": Mask(a_mask())}, {"strength": 1}])
def test_company_is_kept_by_jobs_of_one_kind_and_strength(
    engine: Engine, no_step: Listener, other: dict[str, object]
) -> None:
    job = from_scene()
    assert replace(job, start=scene(seed=3), seed=9).company == job.company
    with pytest.raises(ValueError, match="share"):
        engine.paint([job, replace(job, **other)], no_step)  # type: ignore[arg-type]


@both_kinds
def test_what_a_listener_raises_leaves_within_one_step(engine: Engine, no_step: Listener, job: PaintJob) -> None:
    heard: list[int] = []

    def stop(step: int, steps: int) -> None:
        heard.append(step)
        if step == 2:
            raise Stop

    before = engine.paint([job], no_step)[0]
    with pytest.raises(Stop):
        engine.paint([replace(job, steps=20)], stop)
    assert heard == [1, 2]
    assert engine.paint([job], no_step)[0].tobytes() == before.tobytes()


@both_kinds
@pytest.mark.parametrize("name", list(SCHEDULERS))
def test_every_scheduler_paints_from_a_picture(preview: Engine, no_step: Listener, job: PaintJob, name: str) -> None:
    """The random autoencoder of the tiny model would tell nothing of likeness."""
    chosen = preview_job(mask=job.mask, scheduler=Scheduler(name), steps=8)
    near, far = (preview.paint([replace(chosen, strength=strength)], no_step)[0] for strength in (0.25, 0.9))
    source = scene() if job.mask else enlarge(scene(), near.size)
    assert mean_distance(near, source) < mean_distance(far, source)


@both_kinds
def test_a_lora_is_worn(engine: Engine, no_step: Listener, job: PaintJob, tiny: Path, tmp_path: Path) -> None:
    use = lora_use(a_lora(tmp_path / "one.safetensors", tiny, scale=0.2), 1)
    plain = engine.paint([job], no_step)[0]
    worn = engine.paint([replace(job, loras=(use,))], no_step)[0]
    assert greatest_difference(plain, worn) > 1
    assert engine.paint([job], no_step)[0].tobytes() == plain.tobytes()


@both_kinds
def test_long_and_weighted_prompts_are_read_to_their_end(engine: Engine, no_step: Listener, job: PaintJob) -> None:
    long = "red " * 100
    images = [
        engine.paint([replace(job, prompt=text)], no_step)[0].tobytes()
        for text in (long + "(house:1.5)", long + "(boat:1.5)", "(house:1.5)", "house")
    ]
    assert len(set(images)) == 4


@pytest.mark.parametrize("size", [(8, 8), (64, 1000), (1000, 64), (63, 65), (20_000, 16)])
def test_a_start_of_any_size_is_cropped_not_squeezed(engine: Engine, no_step: Listener, size: tuple[int, int]) -> None:
    start = scene(size)
    [image] = engine.paint([from_scene(start=start)], no_step)
    [cropped] = engine.paint([from_scene(start=enlarge(start, (64, 64)))], no_step)
    assert image.tobytes() == cropped.tobytes()


def test_a_start_in_another_mode_is_taken_in_rgb(engine: Engine, no_step: Listener) -> None:
    grey = scene().convert("L")
    images = [engine.paint([from_scene(start=one)], no_step)[0] for one in (grey, grey.convert("RGB"))]
    assert images[0].tobytes() == images[1].tobytes()


@pytest.mark.parametrize(
    ("start", "mask", "code", "values"),
    [
        (scene((1, 1)), None, "start_too_small", {"least": 8}),
        (scene((500, 7)), None, "start_too_small", {"least": 8}),
        (Image.new("RGB", (20_000, MOST_PIXELS // 20_000 + 1)), None, "image_too_large", {"limit_mp": 40}),
        (scene((7, 7)), Mask(a_mask((7, 7), (0, 0, 5, 5))), "start_too_small", {"least": 8}),
        (scene(), Mask(a_mask((180, 320))), "mask_other_size", {"mask": "180×320", "picture": "320×180"}),
        (scene(), Mask(Image.new("L", (320, 180))), "mask_empty", {}),
        (scene(), Mask(Image.new("L", (320, 180), 127)), "mask_empty", {}),
        (scene(), Mask(Image.new("L", (320, 180), 255), invert=True), "mask_empty", {}),
        (scene(), Mask(a_mask(), grow=-41), "mask_empty", {}),
    ],
)
def test_what_cannot_be_begun_with_is_refused_before_anything_is_painted(
    engine: Engine, start: Image.Image, mask: Mask | None, code: str, values: dict[str, object]
) -> None:
    told: list[int] = []
    with pytest.raises(EngineError) as caught:
        engine.paint([from_scene(), from_scene(start=start)] if mask is None else [from_scene(start=start, mask=mask)],
                     lambda step, steps: told.append(step))  # fmt: skip
    assert (caught.value.code, caught.value.values) == (code, values)
    assert not told


def test_a_mask_alone_is_refused() -> None:
    with pytest.raises(ValueError, match="begin with"):
        replace(a_job(), mask=Mask(a_mask()))


@both_kinds
def test_looks_are_shown_and_change_nothing(preview: Engine, job: PaintJob, no_step: Listener,
                                            monkeypatch: pytest.MonkeyPatch) -> None:  # fmt: skip
    monkeypatch.setattr("generation.engine.look.LOOK_EVERY", 0)
    asked = preview_job(strength=0.5, mask=job.mask)
    seen: list[Image.Image] = []
    [image] = preview.paint([asked], no_step, lambda number, look: seen.append(look))
    assert len(seen) == 9
    assert image.tobytes() == preview.paint([asked], no_step)[0].tobytes()
