"""Rules as rows: those in force, from the moment they are; and before there is a table."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.db import connection
from django.utils import timezone
from django.utils.translation import override

from generation.models import Rule
from generation.models.rule import allowed_words, judge, rules_in_force
from generation.rules import Action
from generation.shipped import shipped
from tests.rows import a_rule

pytestmark = pytest.mark.django_db


def test_those_that_ship_are_in_force() -> None:
    assert set(Rule.objects.values_list("key", flat=True)) == set(shipped("rule"))
    assert judge(["a naked woman"]).action == Action.REFUSE
    for row in Rule.objects.all():
        row.full_clean()


def test_each_has_a_name_in_both_languages() -> None:
    for row in Rule.objects.all():
        with override("ru"):
            russian = row.name
        assert row.name_ru == russian != row.name_en == row.name


def test_a_change_is_in_force_at_once() -> None:
    assert judge(["a green lake"]).action == Action.ALLOW
    rule = a_rule("green lake", action="hold")
    assert judge(["a green lake"]).action == Action.HOLD
    rule.terms = "red lake"
    rule.save(update_fields=["terms"])
    assert judge(["a green lake"]).action == Action.ALLOW
    assert judge(["a red lake"]).action == Action.HOLD
    rule.active = False
    rule.save(update_fields=["active"])
    assert judge(["a red lake"]).action == Action.ALLOW
    rule.delete()
    assert judge(["a red lake"]).action == Action.ALLOW


def test_a_change_is_in_force_even_where_a_clock_is_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    rule = a_rule("green lake")
    assert judge(["a green lake"]).action == Action.REFUSE
    behind = timezone.now() - timedelta(seconds=30)
    monkeypatch.setattr(timezone, "now", lambda: behind)
    for terms in ("red lake", "green lake"):
        rule.terms = terms
        rule.save()
        assert judge([f"a {terms}"]).action == Action.REFUSE


def test_what_is_compiled_stays_while_nothing_changes() -> None:
    first = rules_in_force()
    assert rules_in_force() is first
    Rule.objects.get(key="nudity").save()
    assert rules_in_force() is first, "saved as it was"


def test_negative_prompts_have_rules_of_their_own() -> None:
    assert judge(["nudity, gore"], negative=True).action == Action.ALLOW
    assert judge(["clothes, ugly"], negative=True).action == Action.HOLD
    assert judge(["clothes, ugly"]).action == Action.ALLOW


def test_the_shell_has_rules_before_there_is_a_table(transactional_db: None) -> None:
    with connection.schema_editor() as editor:
        editor.delete_model(Rule)
    try:
        assert judge(["a naked woman"]).action == Action.REFUSE
    finally:
        with connection.schema_editor() as editor:
            editor.create_model(Rule)
        call_command("migrate", verbosity=0)
    assert Rule.objects.exists()


@pytest.mark.parametrize(("field", "text"), [("terms", "ab~"), ("together", "a ..x"), ("exceptions", '"a b"')])
def test_what_cannot_be_read_is_told_at_its_field(field: str, text: str) -> None:
    row = Rule(**{"key": "x", "name_en": "X", "terms": "lake", field: text})
    with pytest.raises(ValidationError) as refusal:
        row.full_clean()
    assert list(refusal.value.message_dict) == [field]


def test_styles_and_modifiers_may_not_say_what_is_held() -> None:
    a_rule("green lake", action="hold")
    a_rule("red lake", "noted", action="note")
    with pytest.raises(ValidationError):
        allowed_words("a green lake")
    allowed_words("a red lake")
