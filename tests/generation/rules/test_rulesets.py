"""What a rule means: forms, beginnings, gaps, two contexts, exceptions, denials, and which of several decides."""

from __future__ import annotations

import pytest

from generation.rules import Action, Ruleset, TermError, parse, parse_lines
from tests.generation.rules.conftest import rule


def finds(text: str, terms: str, **more: str | int | bool) -> bool:
    return Ruleset([rule(terms, **more)]).judge(text).hit is not None


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a child in lingerie", "child … lingerie"),
        ("red lingerie, a ch1ld", "lingerie … ch1ld"),
        ("childlingerie", "childlingerie"),
        ("lingerie for mother, silk for a child", "silk … child"),
    ],
)
def test_of_two_contexts_both_are_shown(text: str, shown: str) -> None:
    hit = Ruleset([rule("child", together="silk\nlingerie")]).judge(text).hit
    assert hit is not None
    assert hit.shown == shown
    assert hit.term == text[slice(*hit.span)]


@pytest.mark.parametrize(
    ("term", "text", "found"),
    [
        ("decapitate", "a decapitated knight", True),
        ("decapitate", "decapitating", True),
        ("decapitate", "decapitation", False),
        ("decapitat~", "decapitation", True),
        ("strip", "stripped", True),
        ("body", "bodies", True),
        ('"strip"', "stripped", False),
        ('"strip"', "STRIP", True),
        ("свастика", "со свастикой", True),
        ("свастика", "свастиками", True),
        ('"свастика"', "со свастикой", False),
        ("голый", "голого", True),
        ("голый", "забил гол", False),
        ("ёлка", "под елкой", True),
        ("отрубить", "отрубил", True),
        ("1488", "sign 1488", True),
        ("1488", "14888", False),
        ("al-qaeda", "al qaeda", True),
    ],
)
def test_a_word_stands_for_its_forms(term: str, text: str, *, found: bool) -> None:
    assert finds(text, term) == found


@pytest.mark.parametrize(
    ("term", "text", "found"),
    [
        ("bloody corpse", "a bloody corpse", True),
        ("bloody corpse", "a bloody old corpse", False),
        ("bloody .. corpse", "a bloody old corpse", True),
        ("bloody .. corpse", "a bloody and very old corpse", False),
        ("bloody ... corpse", "a bloody and very old corpse", True),
        ("bloody corpse", "corpse, bloody", False),
        ("bloody corpse", "(bloody:1.4) corpse", True),
        ("bloody corpse", "b.l.o.o.d.y c o r p s e", True),
    ],
)
def test_words_stand_one_after_another(term: str, text: str, *, found: bool) -> None:
    assert finds(text, term) == found


@pytest.mark.parametrize(
    ("text", "within", "found"),
    [
        ("a child in lingerie", 0, True),
        ("lingerie, far away from every other thing in this text a child", 0, True),
        ("lingerie, far away from every other thing in this text a child", 5, False),
        ("lingerie on a child", 5, True),
        ("a child", 0, False),
        ("lingerie", 0, False),
        ("ребёнок in lingerie", 3, True),
    ],
)
def test_two_contexts_are_a_hit_together_only(text: str, within: int, *, found: bool) -> None:
    assert finds(text, "child\nребёнок", together="lingerie", within=within) == found


def test_one_word_is_no_company_for_itself() -> None:
    assert not finds("a shot", "shot", together="shot")
    assert finds("a shot and a shot", "shot", together="shot")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("nude lipstick", False),
        ("nude lipstick on a nude woman", True),
        ("NUDE  Lipsticks", False),
        ("n.u.d.e lipstick", False),
        ("lipstick, nude", True),
    ],
)
def test_what_lies_within_an_exception_is_no_hit(text: str, *, found: bool) -> None:
    assert finds(text, "nude", exceptions="nude lipstick") == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("heroin on a table", True),
        ("a lecture on heroin", False),
        ("heroin, the history of it", False),
        ("heroin on a table in a house far from any lecture", True),
    ],
)
def test_another_word_near_it_may_make_it_harmless(text: str, *, found: bool) -> None:
    assert finds(text, "heroin", unless="lecture\nhistory", within=3) == found


def test_two_contexts_may_be_one_word() -> None:
    assert finds("killtherefugees", "refugee", together="kill", within=3)
    assert not finds("refugees", "refugee", together="refugee", within=3)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("no nudity", False),
        ("without blood or nudity", False),
        ("no violence, blood and nudity", False),
        ("без наготы", False),
        ("no clothes, nudity", True),
        ("no, nudity", True),
        ("nudity, no text", True),
        ("no woman without nudity", False),
    ],
)
def test_what_is_denied_is_no_hit_unless_the_rule_says_so(text: str, *, found: bool) -> None:
    assert finds(text, "nudity\nнагота") == found
    assert finds(text, "nudity\nнагота", even_denied=True)


def test_the_gravest_rule_decides_and_all_hits_are_told() -> None:
    ready = [
        rule("red", key="noted", action="note"),
        rule("green", key="held", action="hold"),
        rule("blue", key="refused", action="refuse"),
    ]
    rules = Ruleset(ready)
    assert rules.judge("grey").action == Action.ALLOW
    assert rules.judge("red").action == Action.NOTE
    verdict = rules.judge("red green blue")
    assert verdict.hit is not None
    assert (verdict.action, verdict.hit.rule.key, verdict.hit.span) == (Action.REFUSE, "refused", (10, 14))
    assert [hit.rule.key for hit in verdict.hits] == ["refused", "held", "noted"]


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("..", "gap"), ("a ..", "gap"), (".. a", "gap"), ("a .. ... b", "gap"), ("ab~", "stem"), ("a~b", "sign"),
        ("#tag here!", "sign"), ('"two words"', "quotes"), ("x" + " y" * 8, "long"), ('ab"c', "quotes"), ("", "empty"),
    ],
)  # fmt: skip
def test_a_term_that_cannot_be_read_is_told(line: str, code: str) -> None:
    with pytest.raises(TermError) as fault:
        parse(line)
    assert fault.value.code == code


def test_blank_lines_and_remarks_are_no_terms() -> None:
    assert [term.text for term in parse_lines("\n# why\n  nude   woman \n\nporn~")] == ["nude woman", "porn~"]
