"""Styles and modifiers as rows: what an operator may write, how those that ship arrive, and what never comes back."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.db.models.signals import pre_save
from django.urls import reverse
from django.utils import translation

from generation.models import Modifier, Style
from generation.shipped import shipped
from tests.look import words
from tests.rows import a_modifier, a_style, a_user

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.contrib.auth.models import User
    from django.test import Client

ROOT = Path(__file__).resolve().parent.parent.parent


@pytest.fixture
def op(db: None, as_user: Callable[[User], Client]) -> Client:
    """An operator's browser."""
    return as_user(a_user("olga", "operator", is_staff=True))


def new_style(**fields: object) -> dict[str, object]:
    return {
        "key": "own",
        "name_en": "Own",
        "name_ru": "Своё",
        "template": "own {prompt}",
        "negative": "",
        "effort": 100,
        "order": 5,
        "active": "on",
        "loras-TOTAL_FORMS": 0,
        "loras-INITIAL_FORMS": 0,
    } | fields


def test_what_ships_is_there_and_valid(db: None) -> None:
    assert {style.key for style in Style.objects.all()} == shipped("style").keys()
    assert {modifier.key for modifier in Modifier.objects.all()} == shipped("modifier").keys()
    for row in (*Style.objects.all(), *Modifier.objects.all()):
        row.full_clean()
    assert {modifier.group for modifier in Modifier.objects.all()} == set(Modifier.Group.values)


def test_migrating_again_brings_what_is_new_and_leaves_an_operators_edits(db: None) -> None:
    Style.objects.filter(key="flat").update(template="my {prompt}", order=3, active=False, name_ru="Моё")
    Style.objects.filter(key="neon").delete()
    Modifier.objects.filter(key="calm").update(words="very calm")
    Modifier.objects.filter(key="epic").delete()
    call_command("migrate", verbosity=0)
    flat = Style.objects.get(key="flat")
    assert (flat.template, flat.order, flat.active, flat.name_ru) == ("my {prompt}", 3, False, "Моё")
    assert Style.objects.get(key="neon").template == shipped("style")["neon"]["template"]
    assert Modifier.objects.get(key="calm").words == "very calm"
    assert Modifier.objects.filter(key="epic").exists()
    assert Style.objects.count() == len(shipped("style"))


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("template", "no place", "no_place"),
        ("template", "{prompt} {prompt}", "two_places"),
        ("template", "{prompt} {other}", "braces"),
        ("template", "{prompt}, nsfw", "banned"),
        ("template", "{prompt}" + "x" * 500, "max_length"),
        ("effort", 0, "min_value"),
        ("effort", 1000, "max_value"),
        ("key", "two words", "invalid"),
        ("key", "flat", "unique"),
        ("name_en", "", "blank"),
    ],
)
def test_a_faulty_style_is_refused(db: None, field: str, value: object, code: str) -> None:
    values: dict[str, Any] = {"key": "own", "name_en": "Own", "template": "own {prompt}"} | {field: value}
    with pytest.raises(ValidationError) as caught:
        Style(**values).full_clean()
    assert [error.code for error in caught.value.error_dict[field]] == [code]


@pytest.mark.parametrize(("text", "code"), [("{prompt}", "braces"), ("nsfw", "banned"), ("", "blank")])
def test_faulty_words_of_a_modifier_are_refused(db: None, text: str, code: str) -> None:
    with pytest.raises(ValidationError) as caught:
        Modifier(key="own", name_en="Own", group="light", words=text).full_clean()
    assert [error.code for error in caught.value.error_dict["words"]] == [code]


def test_a_name_follows_the_language(db: None) -> None:
    style, plain = a_style(), a_modifier(name_ru="")
    with translation.override("ru"):
        assert (str(style), plain.name) == ("Озеро", "Lakeside")
    with translation.override("en"):
        assert (str(style), plain.name) == ("Lake", "Lakeside")


def test_an_operator_adds_edits_orders_and_switches_off_styles(op: Client) -> None:
    adding = reverse("admin:generation_style_add")
    refused = op.post(adding, new_style(template="own"))
    assert "The template needs {prompt}: the place of a person's own words." in words(refused)
    in_russian = op.post(adding, new_style(template="own"), HTTP_ACCEPT_LANGUAGE="ru")
    assert "В шаблоне нужно {prompt}" in words(in_russian)
    assert op.post(adding, new_style()).status_code == 302
    style = Style.objects.get(key="own")
    changing = reverse("admin:generation_style_change", args=[style.pk])
    assert op.post(changing, new_style(key="other", template="new {prompt}")).status_code == 302
    style.refresh_from_db()
    assert (style.key, style.template) == ("own", "new {prompt}"), "requests know the key, it stays"
    assert op.post(changing, new_style(active="")).status_code == 302
    assert style not in Style.objects.offered()


def test_a_preview_that_is_painted_while_an_operator_edits_stays(op: Client) -> None:
    style = a_style("own", preview="red")

    def paint(**_: object) -> None:
        """The form was checked, the row is about to be written."""
        Style.objects.filter(pk=style.pk).update(file="styles/new.jpg", painted_as="blue")

    changing = reverse("admin:generation_style_change", args=[style.pk])
    pre_save.connect(paint, sender=Style)
    try:
        assert op.post(changing, new_style(template="new {prompt}")).status_code == 302
    finally:
        pre_save.disconnect(paint, sender=Style)
    style.refresh_from_db()
    assert (style.template, style.painted_as, style.file.name) == ("new {prompt}", "blue", "styles/new.jpg")


def test_an_operator_deletes_nothing_and_nobody_what_would_come_again(
    op: Client, as_user: Callable[[User], Client]
) -> None:
    boss = as_user(a_user("boss", is_staff=True, is_superuser=True))
    own, came = a_style(), Style.objects.get(key="flat")
    listed = reverse("admin:generation_style_changelist")
    for client, left in ((op, {"lake", "flat"}), (boss, {"flat"})):
        for style in (own, came):
            client.post(reverse("admin:generation_style_delete", args=[style.pk]), {"post": "yes"})
        assert set(Style.objects.filter(key__in=["lake", "flat"]).values_list("key", flat=True)) == left
    chosen = {"action": "delete_selected", "_selected_action": [str(came.pk)], "post": "yes"}
    boss.post(listed, chosen, follow=True)
    assert Style.objects.filter(key="flat").exists()


def test_the_list_shows_the_preview_and_is_ordered_in_place(op: Client) -> None:
    a_style(preview="red")
    listed = reverse("admin:generation_style_changelist")
    assert f'src="{reverse("style_file", args=["lake"])}"' in op.get(listed).content.decode()
    rows = list(Style.objects.all())
    form: dict[str, object] = {"form-TOTAL_FORMS": len(rows), "form-INITIAL_FORMS": len(rows), "_save": "Save"}
    for number, style in enumerate(rows):
        form |= {f"form-{number}-id": style.pk, f"form-{number}-order": len(rows) - number}
    assert op.post(listed, form).status_code == 302
    assert list(Style.objects.values_list("key", flat=True)) == [style.key for style in reversed(rows)]
    assert not Style.objects.filter(active=True).exists()


MIGRATING = """
import django
django.setup()
from django.core.management import call_command
from django.db.models.signals import pre_save
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

call_command("migrate", verbosity=0)
call_command("migrate", "generation", "0002_queue_fields", verbosity=0)
old = MigrationExecutor(connection).loader.project_state(("generation", "0002_queue_fields")).apps
user = old.get_model("auth", "User").objects.create(username="alice")
channel = old.get_model("channels_app", "Channel").objects.create(owner=user, name="Walks")
old.get_model("generation", "GenerationRequest").objects.create(
    owner=user, channel=channel, target="cover", prompt="hills", negative="fog"
)
for step in ("0003", "0002", "0003"):
    call_command("migrate", "generation", step, verbosity=0)
call_command("migrate", verbosity=0)
from generation.models import GenerationRequest, Modifier, Style
asked = GenerationRequest.objects.get()
print(asked.own_words, repr(asked.style_key), asked.modifier_keys, Style.objects.count(), Modifier.objects.count())
"""


def test_a_site_from_before_migrates_there_and_back(tmp_path: Path) -> None:
    env = os.environ | {"DJANGO_SETTINGS_MODULE": "imagecreator.settings", "IMAGECREATOR_DATA": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-c", MIGRATING], cwd=ROOT, env=env, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    expected = f"('hills', 'fog') '' [] {len(shipped('style'))} {len(shipped('modifier'))}"
    assert done.stdout.strip() == expected
