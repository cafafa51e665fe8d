"""Jobs of different requests in one batch: each picture as it would be alone, whoever the neighbours are."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from generation.engine import Engine, PaintJob, Profile, load_profile
from tests.generation.engine.pictures import greatest_difference

Listener = Callable[[int, int], None]

PROMPTS = (
    "blue mountains, sunset",
    "",
    "one person with raised arms in a red shirt, beach, wide shot, warm light, blue and orange palette, flat design",
    "stars " * 100,
    "green hills by day, retro poster",
    "Кот 🎬",
    "purple city skyline at night, neon",
    "clouds",
)
NEGATIVES = ("", "blurry, text, watermark, deformed", "red")


def requests(size: tuple[int, int], steps: int, guidance: float, eta: float) -> list[PaintJob]:
    """Eight jobs with nothing in common but what they must have."""
    return [
        PaintJob(prompt, NEGATIVES[number % 3], 1000 * number + 3, *size, steps, guidance, eta)
        for number, prompt in enumerate(PROMPTS)
    ]


def check_company(engine: Engine, jobs: list[PaintJob], no_step: Listener) -> None:
    """The first two jobs alone, twice, and in batches of 2, 3 and 8."""
    for place in (0, 1):
        alone, again = (engine.paint([jobs[place]], no_step)[0] for _ in range(2))
        assert alone.tobytes() == again.tobytes()
        for batch in (2, 3, 8):
            image = engine.paint(jobs[:batch], no_step)[place]
            assert greatest_difference(image, alone) <= 1, f"in a batch of {batch}"


@pytest.mark.parametrize(("guidance", "eta"), [(5, 0), (5, 0.99), (1, 0)], ids=["", "new noise", "no guidance"])
def test_the_tiny_model_paints_everyone_as_if_alone(
    profile: Profile, no_step: Listener, guidance: float, eta: float
) -> None:
    engine = Engine(replace(profile, max_batch=8))
    check_company(engine, requests((96, 64), 4, guidance, eta), no_step)
    engine.close()


def test_the_preview_model_paints_everyone_as_if_alone(no_step: Listener) -> None:
    preview = load_profile("preview", models_dir=Path("nowhere"))
    assert preview.max_batch == 8
    usual = preview.standard
    engine = Engine(replace(preview, dtype="float32"))
    check_company(engine, requests((128, 64), usual.steps, usual.guidance, usual.eta), no_step)
    engine.close()


@pytest.mark.parametrize("other", [{"steps": 5}, {"width": 64}, {"height": 96}, {"guidance": 4}, {"eta": 0.5}])
def test_company_is_what_jobs_must_share(other: dict[str, float]) -> None:
    job, *others = requests((96, 64), 4, 5, 0)
    assert {other.company for other in others} == {job.company}
    assert replace(job, **other).company != job.company  # type: ignore[arg-type]
