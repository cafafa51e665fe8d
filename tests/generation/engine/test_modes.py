"""Modes of profiles: what is wrong with one is said, and whether it can be chosen depends on its LoRA."""

from __future__ import annotations

import inspect
from dataclasses import replace
from pathlib import Path

import diffusers
import pytest

from generation.engine import EngineError, Profile, load_profile
from generation.engine.modes import MODES, few_step_lora
from generation.engine.profile import PROFILES_DIR, profile_names
from generation.engine.schedulers import DDIM, SCHEDULERS, Scheduler
from tests.generation.engine.lora_files import a_lora

NOWHERE = Path("nowhere")
LORA = """
[modes.fast]
steps = 6
guidance = 1.5
scheduler = "LCMScheduler"
lora = { file = "few.safetensors", weight = 0.8, licence = "MIT", source = "make it" }

"""
STANDARD = 'steps = 20\nguidance = 5.0\nscheduler = "DDIMScheduler"'


def a_profile(folder: Path, *changes: tuple[str, str], before: str = "", models_dir: Path = NOWHERE) -> Profile:
    """The tiny profile, changed."""
    text = (PROFILES_DIR / "tiny.toml").read_text()
    assert STANDARD in text
    text = text.replace("[modes.standard]", f"{before}[modes.standard]")
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new)
    (folder / "mine.toml").write_text(text)
    return load_profile("mine", models_dir=models_dir, profiles_dir=folder)


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("[modes.standard]", "[modes.quick]", "no such mode: quick; there are fast, standard, best"),
        ("[modes.standard]", "[modes.best]", "not set: modes.standard"),
        ("[modes.standard]", "[standard]", "no such key: standard"),
        (f"[modes.standard]\n{STANDARD}", 'modes = "fast"', "modes must be tables: [modes.standard] and so on"),
        (f"[modes.standard]\n{STANDARD}", "", "not set: modes"),
        ("steps = 20", "", "modes.standard: not set: steps"),
        ("steps = 20", "steps = 20\nspeed = 3", "modes.standard: no such key: speed"),
        ("steps = 20", 'steps = "20"', "modes.standard: steps must be int"),
        ("steps = 20", "steps = true", "modes.standard: steps must be int"),
        ("steps = 20", "steps = 0", "modes.standard: steps must be more than 0"),
        ("guidance = 5.0", "guidance = nan", "modes.standard: guidance must be more than 0"),
        ("guidance = 5.0", "guidance = 5.0\neta = 1.0", "modes.standard: eta must be 0 to 0.99"),
        ("guidance = 5.0", "guidance = 5.0\neta = nan", "modes.standard: eta must be a finite number"),
        ("guidance = 5.0", 'guidance = 5.0\neta = "0"', "modes.standard: eta must be int or float"),
        (
            'scheduler = "DDIMScheduler"', 'scheduler = "LCMScheduler"\neta = 0.5',
            "modes.standard: eta goes with DDIMScheduler alone",
        ),
        (
            '"DDIMScheduler"', '"PNDMScheduler"',
            f"modes.standard: scheduler must be one of {', '.join(SCHEDULERS)}",
        ),
        ('"DDIMScheduler"', "[1]", f"modes.standard: scheduler must be one of {', '.join(SCHEDULERS)}"),
        (
            '"DDIMScheduler"', '"DDIMScheduler"\nscheduler_settings = { use_karras_sigmas = true }',
            "modes.standard: DDIMScheduler has no setting use_karras_sigmas here; it has timestep_spacing",
        ),
        (
            '"DDIMScheduler"', '"UniPCMultistepScheduler"\nscheduler_settings = { use_karras_sigmas = 1 }',
            "modes.standard: scheduler_settings.use_karras_sigmas must be one of true, false",
        ),
        (
            '"DDIMScheduler"', '"DDIMScheduler"\nscheduler_settings = { timestep_spacing = "even" }',
            "modes.standard: scheduler_settings.timestep_spacing must be one of leading, linspace, trailing",
        ),
        (
            '"DDIMScheduler"', '"DDIMScheduler"\nscheduler_settings = 3',
            "modes.standard: scheduler_settings must be a table",
        ),
        ("{ file = ", "{ path = ", "modes.fast: lora: no such key: path"),
        ('licence = "MIT", ', "", "modes.fast: lora: not set: licence"),
        ("weight = 0.8", "weight = 0", "modes.fast: lora: weight must be -2 to 2, and not 0"),
        ("weight = 0.8", "weight = 3", "modes.fast: lora: weight must be -2 to 2, and not 0"),
        ("few.safetensors", "../few.safetensors", "modes.fast: lora: file must be a relative path"),
        ('"few.safetensors"', "3", "modes.fast: lora: file must be str"),
    ],
)  # fmt: skip
def test_a_faulty_mode_says_what_is_wrong(old: str, new: str, reason: str, tmp_path: Path) -> None:
    with pytest.raises(EngineError) as caught:
        a_profile(tmp_path, (old, new), before=LORA if old in LORA else "")
    assert caught.value.code == "profile_wrong"
    assert str(caught.value.values["reason"]).startswith(reason)


def test_every_setting_that_may_be_named_is_one_of_the_class() -> None:
    for name, known in SCHEDULERS.items():
        assert set(known.settings) <= set(inspect.signature(getattr(diffusers, name).__init__).parameters)


def test_schedulers_have_a_title_each_and_it_tells_their_settings() -> None:
    karras = Scheduler("DPMSolverMultistepScheduler", (("use_karras_sigmas", True),))
    noisy = Scheduler("DPMSolverMultistepScheduler", (("algorithm_type", "sde-dpmsolver++"), *karras.settings))
    assert (karras.title, noisy.title) == ("DPM++ 2M Karras", "DPM++ 2M SDE Karras")
    assert Scheduler(DDIM, (("timestep_spacing", "trailing"),)).title == "DDIM trailing"
    assert len({Scheduler(name).title for name in SCHEDULERS}) == len(SCHEDULERS)


def test_modes_come_in_the_order_of_their_care_whatever_the_files(tmp_path: Path) -> None:
    for name in profile_names():
        modes = load_profile(name, models_dir=NOWHERE).modes
        assert list(modes) == [mode for mode in MODES if mode in modes]
    mine = a_profile(tmp_path, before=LORA.replace("fast", "best"))
    assert list(mine.modes) == ["standard", "best"]
    assert mine.mode("fast") == ("standard", mine.standard) != mine.mode("best")


def test_a_mode_whose_lora_is_missing_is_not_offered_and_says_so_if_asked_for(tmp_path: Path, tiny: Path) -> None:
    mine = a_profile(tmp_path, before=LORA, models_dir=tmp_path)
    assert mine.offered == ("fast", "standard"), "where no model is, nobody can say what is missing"
    mine = replace(mine, folder=tiny)
    assert mine.offered == ("standard",)
    with pytest.raises(EngineError) as caught:
        few_step_lora(mine.modes["fast"], mine)
    assert (caught.value.code, caught.value.values) == ("mode_lora_missing", {"file": "few.safetensors"})
    a_lora(tmp_path / "few.safetensors", tiny)
    assert mine.offered == ("fast", "standard")
    [use] = few_step_lora(mine.modes["fast"], mine)
    assert (use.weight, use.title, use.path) == (0.8, "few", tmp_path / "few.safetensors")
    assert few_step_lora(mine.standard, mine) == ()


def test_a_few_step_lora_that_was_replaced_is_read_anew(tmp_path: Path, tiny: Path) -> None:
    mine = replace(a_profile(tmp_path, before=LORA, models_dir=tmp_path), folder=tiny)
    found = set()
    for seed in (1, 2):
        a_lora(tmp_path / "few.safetensors", tiny, seed=seed)
        found.add(few_step_lora(mine.modes["fast"], mine)[0].sha256)
    assert len(found) == 2
