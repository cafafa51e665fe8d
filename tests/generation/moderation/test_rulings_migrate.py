"""Words that were allowed before there were rulings stay allowed, there and back; so does what was taken down."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

from tests.live.house import ROOT

if TYPE_CHECKING:
    from pathlib import Path

MIGRATING = """
import hashlib
import django
django.setup()
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

def go(*steps):
    for app, step in steps:
        call_command("migrate", app, step, verbosity=0)

BEFORE = ("generation", "0013_moderation"), ("channels_app", "0005_notices_and_stand_ins")
AFTER = ("channels_app", "0006_sight"), ("generation", "0014_uploads")
call_command("migrate", verbosity=0)
go(*BEFORE)
old = MigrationExecutor(connection).loader.project_state(BEFORE).apps
user = old.get_model("auth", "User").objects.create(username="alice")
channel = old.get_model("channels_app", "Channel").objects.create(owner=user, name="Walks")
Picture = old.get_model("channels_app", "Picture")
for down in (True, False):
    Picture.objects.create(owner=user, channel=channel, kind="avatar", source="upload", file="a.png", width=8, height=8,
        taken_down=down)
texts = [("prompt", "a naked statue"), ("negative", "a naked statue"), ("prompt", "a boat")]
detail = {"words": [{"field": field, "text": text} for field, text in texts]}
flag = old.get_model("generation", "Flag").objects.create(
    kind="text", state="approved", reason="rule", rule_key="nudity", owner=user, detail=detail)
Allowed = old.get_model("generation", "AllowedWords")
for text in {text for _field, text in texts}:
    Allowed.objects.create(owner=user, flag=flag, sha256=hashlib.sha256(text.encode()).hexdigest())
before = set(Allowed.objects.values_list("owner", "sha256", "flag"))
go(*AFTER)
go(*BEFORE)
assert set(Allowed.objects.values_list("owner", "sha256", "flag")) == before
assert sorted(Picture.objects.values_list("taken_down", flat=True)) == [False, True]
go(*AFTER)
call_command("migrate", verbosity=0)
from django.contrib.auth.models import User
from channels_app.models import Picture
from generation.models import Ruling
from generation.screening import Words
allowed = Ruling.objects.words_allowed(user.pk, [Words(*words).sha256 for words in texts])
assert allowed == {(Words(*words).sha256, "nudity") for words in texts}, allowed
assert Ruling.objects.of_file(User.objects.get(), hashlib.sha256(b"a naked statue").hexdigest()) is None
print(sorted(Picture.objects.values_list("sight", flat=True)))
"""


def test_words_that_were_allowed_stay_so_there_and_back(tmp_path: Path) -> None:
    env = os.environ | {"DJANGO_SETTINGS_MODULE": "imagecreator.settings", "IMAGECREATOR_DATA": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-c", MIGRATING], cwd=ROOT, env=env, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert done.stdout.strip() == "['down', 'shown']"
