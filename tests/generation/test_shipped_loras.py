"""The LoRAs that come with the project, as rows: there after ``migrate``, and then an operator's."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.core.management import call_command

from generation.engine import load_profile
from generation.engine.lora_file import fits
from generation.loras.files import on_disk
from generation.loras.worn import put_on_by
from generation.models import Lora, Style
from generation.shipped import LORA_FOLDER, shipped

pytestmark = pytest.mark.django_db

PREVIEW = load_profile("preview", models_dir=Path("unused"))


def test_they_are_there_approved_and_fit_the_preview_model() -> None:
    assert set(Lora.objects.values_list("key", flat=True)) == set(shipped("lora"))
    for lora in Lora.objects.all():
        fits(lora, PREVIEW)
        assert on_disk(lora) == LORA_FOLDER / shipped("lora")[lora.key]["file"]
        assert lora.approved_at and lora.active and lora.trigger_words and lora.licence == "Apache-2.0"
        assert lora.size == on_disk(lora).stat().st_size


def test_their_styles_put_them_on() -> None:
    for key, fields in shipped("lora").items():
        for style, weight in fields["styles"].items():
            (row,) = put_on_by(Style.objects.get(key=style), PREVIEW)
            assert (row.lora.key, row.weight) == (key, weight)


def test_what_an_operator_changed_stays_and_a_new_file_is_noted() -> None:
    lora = Lora.objects.get(key="neon-glow")
    Lora.objects.filter(pk=lora.pk).update(active=False, approved_at=None, weight=0.3, sha256="0" * 64, size=1)
    Style.objects.get(key="neon").loras.all().delete()
    call_command("migrate", verbosity=0)
    now = Lora.objects.get(key="neon-glow")
    assert (now.active, now.approved_at, now.weight) == (False, None, 0.3)
    assert (now.sha256, now.size) == (lora.sha256, lora.size)
    assert not Style.objects.get(key="neon").loras.exists()
