"""Roles of profiles: what is wrong with one is said, and what a profile lacks has a code of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING, get_args

import pytest

from generation.engine import EngineError, Profile, load_profile, role
from generation.engine.profile import PACKAGE_DIR, PROFILES_DIR
from generation.engine.roles import RoleName
from imagecreator.errors import ERRORS

if TYPE_CHECKING:
    from pathlib import Path

POSE = '[roles.pose]\nfolder = "guides/pose"\nlicence = "MIT"\nsource = "make it"\n'
UPSCALER, CAPTIONER = POSE.replace("pose", "upscaler"), POSE.replace("pose", "captioner")


def a_profile(folder: Path, roles: str, before: str = "") -> Profile:
    """The tiny profile with these roles in place of its own."""
    text = before + (PROFILES_DIR / "tiny.toml").read_text().partition("[roles")[0] + "\n" + roles
    (folder / "mine.toml").write_text(text)
    return load_profile("mine", models_dir=folder / "models", profiles_dir=folder)


def test_a_role_lies_below_the_models_or_in_the_package(tmp_path: Path) -> None:
    """Shipped ones come with the project, all others are the operator's."""
    (tmp_path / "models/guides/pose").mkdir(parents=True)
    profile = a_profile(tmp_path, POSE)
    assert role(profile, "pose").folder == tmp_path / "models/guides/pose"
    shipped = a_profile(tmp_path, POSE + "shipped = true\n")
    assert shipped.roles["pose"].folder == PACKAGE_DIR / "guides/pose"


@pytest.mark.parametrize(
    ("before", "roles", "reason"),
    [
        ('roles = "none"\n', "", "roles must be tables: [roles.pose] and so on"),
        ("", POSE.replace("roles.pose", "roles.dance"), "no such role: dance; there are "),
        ("", POSE.replace('licence = "MIT"\n', ""), "roles.pose: not set: licence"),
        ("", POSE.replace('"guides/pose"', '"../pose"'), "roles.pose: folder must be a relative path"),
        ("", POSE + "size = 3\n", "roles.pose: no such key: size"),
        ("", POSE + "settings = 3\n", "roles.pose: settings: must be a table"),
        ("", POSE + "settings = { steps = 3 }\n", "roles.pose: settings: there are none for this role"),
        (
            "",
            CAPTIONER + "settings = { least_confidence = 2 }\n",
            "roles.captioner: settings: least_confidence",
        ),
        ("", CAPTIONER + "settings = { beams = 3 }\n", "roles.captioner: settings: no such key: beams"),
        ("", UPSCALER + "settings = { steps = 0 }\n", "roles.upscaler: settings: steps must be 1 or more"),
    ],
)
def test_what_is_wrong_is_said(tmp_path: Path, before: str, roles: str, reason: str) -> None:
    """With the table's name, as for the rest of a profile."""
    with pytest.raises(EngineError) as caught:
        a_profile(tmp_path, roles, before)
    assert caught.value.code == "profile_wrong"
    assert str(caught.value.values["reason"]).startswith(reason)


def test_what_is_not_there_is_said(tmp_path: Path) -> None:
    """A role that nobody named, and one whose files nobody put there, each in a sentence for people."""
    with pytest.raises(EngineError) as caught:
        role(a_profile(tmp_path, POSE), "pose")
    assert caught.value.code == "role_missing"
    for name in get_args(RoleName):
        with pytest.raises(EngineError) as caught:
            role(a_profile(tmp_path, ""), name)
        assert caught.value.code == f"no_{name}"
        assert caught.value.code in ERRORS
