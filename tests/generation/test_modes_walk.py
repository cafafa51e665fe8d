"""All that a mode says is used, stands in the file, and leads back to the very same picture."""

from __future__ import annotations

from dataclasses import replace
from importlib import import_module
from io import BytesIO
from typing import TYPE_CHECKING

import pytest
from django.apps import apps

from generation.engine import Engine, load_profile
from generation.engine.modes import FewStepLora, Mode
from generation.engine.schedulers import Scheduler
from generation.forms.filling import again, like, of_request
from generation.models import GenerationRequest
from generation.models.request import Mode as Label
from generation.recipe import read
from generation.stages.finish import to_png
from generation.targets import TARGETS
from generation.walk import paint_walk
from generation.work import Work
from imagecreator.errors import ExpectedError
from imagecreator.queue.states import State
from tests.generation.engine.lora_files import a_lora
from tests.rows import a_request, an_image

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from django.contrib.auth.models import User

    from channels_app.models import Video
    from generation.engine import Profile

pytestmark = pytest.mark.django_db  # where the rules are

KARRAS = Scheduler("DPMSolverMultistepScheduler", (("use_karras_sigmas", True),))


@pytest.fixture
def lora(tmp_path: Path, flagging_models: Path) -> Path:
    return a_lora(tmp_path / "lcm-like.safetensors", flagging_models / "tiny")


@pytest.fixture
def profile(lora: Path, flagging_models: Path) -> Profile:
    """The tiny one with three modes, one of them with a LoRA."""
    tiny = load_profile("tiny", models_dir=flagging_models)
    few = FewStepLora(lora, "MIT", "make it", 0.7)
    modes = {
        "fast": Mode(3, 1.5, Scheduler("LCMScheduler"), lora=few),
        "standard": Mode(4, 5.0, Scheduler("DDIMScheduler"), 0.5),
        "best": Mode(6, 5.0, KARRAS),
    }
    return replace(tiny, safety="harmless", modes=modes)


@pytest.fixture
def painter(profile: Profile) -> Iterator[Engine]:
    engine = Engine(profile)
    yield engine
    engine.close()


def a_work(**fields: object) -> Work:
    values = {"target": TARGETS["thumbnail"], "prompt": "a red boat", "negative": "", "count": 1, "seed": 7}
    return Work(**values | fields)  # type: ignore[arg-type]


def painted(painter: Engine, work: Work) -> bytes:
    """The file of the first picture."""
    paint_walk(work, painter, lambda stage, step, steps: None)
    return to_png(work.pictures[0], painter.profile)


@pytest.mark.parametrize(
    ("mode", "words"),
    [
        ("fast", "Steps: 3, Sampler: LCM, CFG scale: 1.5,"),
        ("standard", "Steps: 4, Sampler: DDIM, CFG scale: 5,"),
        ("best", "Steps: 6, Sampler: DPM++ 2M Karras, CFG scale: 5,"),
    ],
)
def test_a_recipe_leads_back_to_the_same_file(painter: Engine, alice: User, mode: str, words: str) -> None:
    first = painted(painter, a_work(mode=mode))
    assert words.encode() in first
    recipe = read(BytesIO(first))
    assert recipe is not None
    filling = again(recipe, painter.profile, TARGETS["thumbnail"], alice)
    assert filling.initial["mode"] == mode
    assert filling.lines == ["Prompt, seed and settings are those of the picture."]
    assert painted(painter, a_work(mode=like(recipe, painter.profile))) == first


def test_other_steps_than_a_modes_keep_all_the_rest_of_it(painter: Engine, alice: User) -> None:
    for mode, steps in (("best", 5), ("fast", 5), ("standard", 5)):
        recipe = read(BytesIO(painted(painter, a_work(mode=mode, steps=steps))))
        assert recipe is not None
        filled = again(recipe, painter.profile, TARGETS["thumbnail"], alice).initial
        assert {name: filled[name] for name in ("mode", "steps", "steps_mode")} == {
            "mode": "same", "steps": 5, "steps_mode": mode,
        }  # fmt: skip


def test_the_fast_modes_lora_is_worn_beside_the_works_own_and_once(
    painter: Engine, alice: User, lora: Path, tmp_path: Path, flagging_models: Path
) -> None:
    from generation.engine.lora_file import lora_use

    other = lora_use(a_lora(tmp_path / "other.safetensors", flagging_models / "tiny", seed=2), 0.5)
    work = a_work(mode="fast", loras=(other, lora_use(lora, 0.1)))
    content = painted(painter, work)
    assert {(use.title, use.weight) for use in work.pictures[0].job.worn} == {("other", 0.5), ("lcm-like", 0.7)}
    recipe = read(BytesIO(content))
    assert recipe is not None
    assert {lora.name for lora in recipe.loras} == {"other", "lcm-like"}
    lines = again(recipe, painter.profile, TARGETS["thumbnail"], alice).lines
    assert [line for line in lines if "LoRA" in line] == [
        "The LoRA “other” is left out: it is not among those that you may use here."
    ]


def test_the_fast_mode_with_another_weight_of_its_lora_is_not_called_the_same(painter: Engine, alice: User) -> None:
    recipe = read(BytesIO(painted(painter, a_work(mode="fast"))))
    assert recipe is not None
    modes = painter.profile.modes
    assert modes["fast"].lora is not None
    stronger = replace(modes["fast"], lora=replace(modes["fast"].lora, weight=0.9))
    changed = replace(painter.profile, modes={**modes, "fast": stronger})
    lines = again(recipe, changed, TARGETS["thumbnail"], alice).lines
    assert "The LoRA “lcm-like” is left out: it is not among those that you may use here." in lines


def test_the_fast_modes_lora_changes_the_picture(painter: Engine) -> None:
    worn = a_work(mode="fast")
    painted(painter, worn)
    fast = replace(painter.profile.modes["fast"], lora=None)
    bare = Engine(replace(painter.profile, modes={**painter.profile.modes, "fast": fast}))
    without = a_work(mode="fast")
    painted(bare, without)
    bare.close()
    assert worn.pictures[0].image.tobytes() != without.pictures[0].image.tobytes()


def test_a_lora_that_is_missing_is_said_before_anything_is_painted(painter: Engine, lora: Path) -> None:
    lora.unlink()
    with pytest.raises(ExpectedError) as caught:
        painted(painter, a_work(mode="fast"))
    assert str(caught.value.problem).startswith("The file lcm-like.safetensors, without which this model cannot paint")
    painted(painter, a_work())


def test_a_picture_whose_file_is_gone_leads_back_to_its_mode(video: Video, tmp_path: Path) -> None:
    profile = load_profile("sd15", models_dir=tmp_path)
    for mode in Label:
        image = an_image(a_request(video, mode=mode, profile="sd15"))
        image.file.storage.delete(image.file.name)
        filled = again(image.recipe(), profile, TARGETS["thumbnail"], video.owner)
        assert filled.initial["mode"] == mode
        assert filled.lines == ["Prompt, seed and settings are those of the picture."]


def test_works_of_two_modes_do_not_share_a_batch_key(video: Video) -> None:
    keys = {a_request(video, mode=mode, profile="sd15").batch_key for mode in Label}
    assert len(keys) == 3
    assert a_request(video, mode="best").batch_key == a_request(video, mode="standard").batch_key, "preview has no best"
    assert a_request(video, mode="standard", steps_asked=4).batch_key != a_request(video, mode="fast").batch_key


def test_every_mode_that_profiles_may_have_has_a_name_for_people() -> None:
    from generation.engine.modes import MODES

    assert tuple(Label.values) == MODES


def test_what_was_asked_for_before_there_were_modes_becomes_fast_or_standard(video: Video, profile: Profile) -> None:
    rows = [a_request(video, steps_asked=steps, profile=name) for steps, name in ((4, "preview"), (4, "tiny"), (9, ""))]
    migration = import_module("generation.migrations.0005_speed_modes")
    migration.name_quick_ones(apps, None)
    for row in rows:
        row.refresh_from_db()
    assert [(row.mode, row.steps_asked) for row in rows] == [("fast", None), ("standard", 4), ("standard", 9)]
    migration.name_their_steps(apps, None)
    rows[0].refresh_from_db()
    assert rows[0].steps_asked == 4


def test_what_may_still_be_painted_gets_a_key_for_its_times_and_what_has_ended_is_not_written_again(
    video: Video,
) -> None:
    rows = {state: a_request(video, state=state) for state in State}
    GenerationRequest.objects.update(batch_key="text preview", pace_key="")
    import_module("generation.migrations.0006_pace_key").copy_batch_key(apps, None)
    keys = {state: GenerationRequest.objects.get(pk=row.pk).pace_key for state, row in rows.items()}
    copied = {state for state, key in keys.items() if key == "text preview"}
    assert copied == {*State} - {State.DONE, State.REFUSED, State.HELD}


def test_an_earlier_request_in_a_mode_that_is_gone_fills_the_form_with_standard(video: Video, profile: Profile) -> None:
    few = {name: mode for name, mode in profile.modes.items() if name == "standard"}
    row = a_request(video, mode="fast")
    assert of_request(row, profile).initial["mode"] == "fast"
    assert of_request(row, replace(profile, modes=few)).initial["mode"] == "standard"
