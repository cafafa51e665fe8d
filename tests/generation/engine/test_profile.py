"""Profiles: the files that ship, bad ones, and the sizes that suit a model."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generation.engine import EngineError, Profile, load_profile
from generation.engine.profile import PROFILES_DIR, profile_names

NOWHERE = Path("nowhere")
PREVIEW = load_profile("preview", models_dir=NOWHERE)
SD15 = load_profile("sd15", models_dir=NOWHERE)


def test_the_profiles_that_ship_are_listed_and_readable() -> None:
    assert profile_names() == ["preview", "sd15", "sdxl", "tiny"]
    assert (
        PREVIEW.shipped and PREVIEW.safety == "harmless" and PREVIEW.folder == PROFILES_DIR.parent / "preview/weights"
    )
    assert SD15.safety == "checker" and SD15.folder == NOWHERE / "stable-diffusion-v1-5" and not SD15.shipped
    assert {name: (mode.steps, mode.eta) for name, mode in PREVIEW.modes.items()} == {
        "fast": (4, 0.99), "standard": (20, 0.99),
    }  # fmt: skip
    assert {name: (mode.steps, mode.guidance, mode.scheduler.title) for name, mode in SD15.modes.items()} == {
        "fast": (6, 1.5, "LCM"), "standard": (25, 7.5, "DPM++ 2M Karras"), "best": (40, 7.5, "DPM++ 2M Karras"),
    }  # fmt: skip


@pytest.mark.parametrize("name", ["nobody", "", "../preview", "preview.toml", "Preview"])
def test_an_unknown_profile_is_named(name: str) -> None:
    with pytest.raises(EngineError) as caught:
        load_profile(name, models_dir=NOWHERE)
    assert caught.value.code == "profile_unknown"
    assert caught.value.values == {"name": name}


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("\nmultiple = 16", "", "not set: multiple"),
        ("\nmultiple = 16", "\nmultiple = 16\nspeed = 3", "no such key: speed"),
        ("multiple = 16", "multiple = 0", "multiple must be more than 0"),
        ("shipped = true", "shipped = 1", "shipped must be bool"),
        ('safety = "harmless"', 'safety = "none"', "safety must be one of checker, unchecked, harmless"),
        ('dtype = "auto"', 'dtype = "int4"', "dtype must be one of float32, auto"),
        ("StableDiffusionPipeline", "Pipeline", "base_class must be one of StableDiffusionPipeline"),
        ('folder = "preview/weights"', 'folder = "../preview"', "relative path"),
        ('folder = "preview/weights"', 'folder = "/preview"', "relative path"),
        ("steps = 20", "steps =", "Invalid value"),
        ('title = "Preview"', "title = 3", "title must be str"),
    ],
)
def test_a_faulty_profile_says_what_is_wrong(old: str, new: str, reason: str, tmp_path: Path) -> None:
    text = (PROFILES_DIR / "preview.toml").read_text()
    assert old in text
    (tmp_path / "mine.toml").write_text(text.replace(old, new))
    with pytest.raises(EngineError) as caught:
        load_profile("mine", models_dir=NOWHERE, profiles_dir=tmp_path)
    assert caught.value.code == "profile_wrong"
    assert reason in str(caught.value.values["reason"])


def test_a_profile_may_leave_out_the_number_format(tmp_path: Path) -> None:
    text = (PROFILES_DIR / "sd15.toml").read_text()
    (tmp_path / "mine.toml").write_text(text.replace('dtype = "auto"\n', ""))
    assert load_profile("mine", models_dir=NOWHERE, profiles_dir=tmp_path).dtype == "float32"


@pytest.mark.parametrize(
    ("profile", "target", "size"),
    [
        (PREVIEW, (1280, 720), (256, 144)),
        (PREVIEW, (800, 800), (192, 192)),
        (PREVIEW, (2560, 1440), (256, 144)),
        (PREVIEW, (2204, 864), (288, 112)),
        (PREVIEW, (720, 1280), (144, 256)),
        (SD15, (1280, 720), (640, 360)),
        (SD15, (800, 800), (512, 512)),
        (SD15, (2560, 1440), (640, 360)),
    ],
)
def test_the_models_own_size_for_known_targets(
    profile: Profile, target: tuple[int, int], size: tuple[int, int]
) -> None:
    assert profile.size_for(*target) == size


profiles = st.builds(
    lambda multiple, area: replace(SD15, multiple=multiple, area=area),
    st.sampled_from([8, 16, 32]),
    st.integers(2**16, 2**20),
)


@given(profiles, st.integers(1, 10_000), st.integers(1, 10_000))
def test_any_target_gets_a_size_the_model_can_paint(profile: Profile, width: int, height: int) -> None:
    size = profile.size_for(width, height)
    assert all(side >= profile.multiple and side % profile.multiple == 0 for side in size)
    assert size[0] * size[1] <= 1.1 * profile.area
    assert profile.size_for(height, width) == size[::-1] or width == height


@given(profiles, st.floats(1 / 3, 3))
def test_common_shapes_lose_little_to_cropping_and_keep_the_area(profile: Profile, aspect: float) -> None:
    width, height = profile.size_for(round(3000 * aspect), 3000)
    short = math.sqrt(profile.area / 3)
    loss = abs(math.log(width / height / (round(3000 * aspect) / 3000)))
    assert loss <= profile.multiple / short
    assert 0.8 <= width * height / profile.area <= 1.1


@pytest.mark.parametrize("size", [(0, 10), (10, -1)])
def test_an_empty_target_has_no_size(size: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="at least one pixel"):
        PREVIEW.size_for(*size)
