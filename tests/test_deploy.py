"""Settings as in production: Django's checks find nothing, and what is set wrongly stops the start with a sentence."""

from __future__ import annotations

import os
import secrets
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


def manage(data: Path, *arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
    """Run a management command as an operator would, with nothing of the tests' own settings."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    env = kept | {"IMAGECREATOR_DATA": str(data), "DJANGO_SETTINGS_MODULE": "imagecreator.settings"} | settings
    return subprocess.run(
        [sys.executable, "manage.py", *arguments], cwd=ROOT, env=env, capture_output=True, text=True, check=False
    )


def test_the_deployment_check_is_clean(tmp_path: Path) -> None:
    done = manage(
        tmp_path,
        *("check", "--deploy", "--fail-level", "WARNING"),
        HTTPS="1",
        SECRET_KEY=secrets.token_urlsafe(50),
        ALLOWED_HOSTS="example.org",
    )
    assert done.returncode == 0, done.stderr
    assert "no issues" in done.stdout


def test_without_any_setting_the_site_makes_a_secret_of_its_own_for_its_owner_alone(tmp_path: Path) -> None:
    assert manage(tmp_path, "check").returncode == 0
    secret = tmp_path / "secret.key"
    assert len(secret.read_text()) >= 50
    assert secret.stat().st_mode & 0o077 == 0
    kept = secret.read_text()
    assert manage(tmp_path, "check").returncode == 0
    assert secret.read_text() == kept


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("HTTPS", "perhaps", "HTTPS is 'perhaps'; it takes 1 or 0."),
        ("VIDEO_MAX_MB", "lots", "VIDEO_MAX_MB is 'lots'; it takes a whole number."),
        ("VIDEO_MAX_MB", "0", "VIDEO_MAX_MB is 0; it takes at least 1."),
        ("UNCHECKED_PICTURES", "yes", "UNCHECKED_PICTURES is 'yes'; it takes one of hold, allow."),
        ("DATABASE_URL", "mysql://db/site", "DATABASE_URL takes sqlite:///file or postgres://"),
        ("BROKER_URL", "amqp://mq", "BROKER_URL takes filesystem://, redis://"),
        ("MEDIA_STORAGE", "s3://", "MEDIA_STORAGE takes s3://bucket/prefix"),
        ("SECRET_KEY_FILE", "/nowhere", "SECRET_KEY_FILE names '/nowhere', which cannot be read"),
    ],
)
def test_a_wrong_setting_stops_the_start_with_one_sentence(
    tmp_path: Path, name: str, value: str, sentence: str
) -> None:
    done = manage(tmp_path, "check", **{name: value})
    assert done.returncode != 0
    assert sentence in done.stderr.splitlines()[-1]


def test_no_migration_is_missing(tmp_path: Path) -> None:
    assert manage(tmp_path, "makemigrations", "--check", "--dry-run").returncode == 0
