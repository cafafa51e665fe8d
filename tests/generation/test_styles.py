"""What a style and modifiers make of a person's own words, without rows and pages."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generation.budget import TOKENS
from generation.shipped import shipped
from generation.styles import PLACE, StyleWords, compose, count_tokens, template_fault

WATERCOLOUR = StyleWords("watercolor of {prompt}, soft washes", "photograph, blurry")
LONG = ", ".join(f"part {number} of a long walk by the lake" for number in range(12))


@pytest.mark.parametrize(
    ("template", "fault"),
    [
        ("oil painting of {prompt}, canvas", None),
        ("{prompt}", None),
        ("oil painting", "no_place"),
        ("", "no_place"),
        ("{Prompt}", "no_place"),
        ("{ prompt }", "no_place"),
        ("{prompt} and {prompt}", "two_places"),
        ("{prompt} {0}", "braces"),
        ("{{prompt}}", "braces"),
        ("{prompt}}", "braces"),
        ("{prompt} {prompt.__class__}", "braces"),
    ],
)
def test_a_template_has_one_place_for_the_prompt_and_no_other_brace(template: str, fault: str | None) -> None:
    assert template_fault(template) == fault


def test_own_words_stand_in_the_style_and_modifiers_behind() -> None:
    final = compose("a lake.", "text", WATERCOLOUR, ["golden hour", "wide angle"])
    assert final.prompt == "watercolor of a lake, soft washes, golden hour, wide angle"
    assert final.negative == "text, photograph, blurry"
    assert not final.is_too_long


@pytest.mark.parametrize("own", ["a lake.", " a\nlake, ", "", "{prompt}"])
def test_without_style_and_modifiers_nothing_is_changed(own: str) -> None:
    final = compose(own, "text,, text")
    assert (final.prompt, final.negative) == (own, "text,, text")


def test_modifiers_alone_follow_the_own_words() -> None:
    assert compose("a lake", "", None, ["golden hour"]).prompt == "a lake, golden hour"


def test_what_is_said_already_is_not_said_again() -> None:
    final = compose("a lake, Golden Hour", "Blurry. Text", WATERCOLOUR, ["golden hour", "soft washes", "fog", "fog"])
    assert final.prompt == "watercolor of a lake, Golden Hour, soft washes, fog"
    assert final.negative == "Blurry. Text, photograph"


def test_braces_of_a_person_are_only_characters() -> None:
    final = compose("a {prompt} {0} {x.__class__} %s", "", WATERCOLOUR)
    assert final.prompt == "watercolor of a {prompt} {0} {x.__class__} %s, soft washes"


def test_where_it_is_too_long_the_style_comes_before_the_least_of_the_own_words() -> None:
    final = compose(LONG, "", WATERCOLOUR, ["golden hour"])
    assert final.tokens > TOKENS
    assert final.prompt.startswith("watercolor of part 0 of a long walk by the lake, part 1")
    head = final.prompt[: final.prompt.index("golden hour") + len("golden hour")]
    assert "soft washes, golden hour" in head
    assert count_tokens(head) <= TOKENS
    assert all(phrase in final.prompt for phrase in LONG.split(", ")), "nothing is left out"


@pytest.mark.parametrize(("times", "too_long"), [(20, False), (200, False), (400, True)])
def test_too_long_is_what_the_engine_leaves_out(times: int, too_long: bool) -> None:
    assert compose(" ".join(["lake"] * times), "", WATERCOLOUR).is_too_long is too_long


def test_where_it_is_too_long_words_in_one_bracket_stay_together() -> None:
    weighted = "(part one, [part two], part \\) three:1.3)"
    middle = LONG.replace(", part 5", f", {weighted}, part 5", 1)
    for own in (f"{LONG}, {weighted}", f"a lake, {weighted}, {LONG}", middle):
        for length in range(0, 200, 7):
            prompt = compose("a" * length + own, "", WATERCOLOUR, ["golden hour"]).prompt
            assert weighted in prompt
    assert compose(f"a, :( {LONG}", "", WATERCOLOUR).prompt.endswith(LONG.rpartition(", ")[2])


def test_one_endless_phrase_keeps_its_place() -> None:
    endless = " ".join(["lake"] * 200)
    assert compose(endless, "", WATERCOLOUR).prompt == f"watercolor of {endless}, soft washes"


def test_everyday_words_are_one_token_each_and_rare_ones_more() -> None:
    assert count_tokens("watercolor painting of a lake, soft washes") == 8
    assert count_tokens("risograph") > 1


WORDS = st.text(alphabet=st.sampled_from("abc ,.;\n{}"), max_size=400)


@given(WORDS, WORDS, st.lists(st.sampled_from(["fog", "golden hour", "a, b"])))
def test_no_word_of_a_person_is_lost(own: str, negative: str, modifiers: list[str]) -> None:
    final = compose(own, negative, WATERCOLOUR, modifiers)
    letters = [letter for letter in "abc{}" if own.count(letter) > final.prompt.count(letter)]
    assert letters == []
    assert final.prompt.startswith("watercolor of ")
    assert "soft washes" in final.prompt


@pytest.mark.parametrize(("kind", "least"), [("style", 24), ("modifier", 30)])
def test_what_ships_is_complete(kind: str, least: int) -> None:
    rows = shipped(kind)
    assert len(rows) >= least
    for names in ("name_en", "name_ru"):
        assert len({row[names] for row in rows.values()}) == len(rows)
    for key, row in rows.items():
        assert row["name_en"].isascii(), key
        assert any("а" <= letter <= "я" for letter in row["name_ru"].lower()), key
        assert (row.get("template") or row["words"]).isascii(), key


def test_every_style_that_ships_leaves_room_for_own_words() -> None:
    for key, row in shipped("style").items():
        assert template_fault(row["template"]) is None, key
        assert count_tokens(row["template"].replace(PLACE, "")) <= 30, key
        assert row["negative"], key
