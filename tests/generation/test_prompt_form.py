"""The form for prompts: what of titles and facts reaches the prompt, and what never does."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generation.budget import TOKENS, estimate_tokens
from generation.facts import Facts
from generation.form_words import COMPOSITION
from generation.prompt_form import VARIATIONS, Material, from_phrases, negative_of, write

USUAL_END = "one clear subject, striking composition, sharp focus, highly detailed"
MOUNTAINS = Facts(
    palette=("blue", "white"),
    palette_hex=("#456699", "#b0bccf"),
    brightness="bright",
    contrast="high",
    colourfulness=46.5,
    black_and_white=False,
    warmth="cool",
    motion="calm",
    cuts="few",
    faces=0,
    people="unclear",
)
CHAPLIN = Facts((), (), "medium", "medium", 0.0, True, "neutral", "calm", "few", 0, "people")


def prompt(title: str, description: str = "", kind: str = "thumbnail", facts: Facts | None = None) -> str:
    return write(Material(title, description, kind), facts).prompt


def subject(title: str) -> str:
    """What of the title is in the prompt."""
    return prompt(title).removesuffix(USUAL_END).removesuffix(", ")


@pytest.mark.parametrize(
    ("title", "wanted"),
    [
        # English
        ("The Champion", "The Champion"),
        ("Climbing Mount Everest in Winter | Vlog #3", "Climbing Mount Everest in Winter"),
        ("S01E02 - The Lost City [4K]", "The Lost City"),
        ("Episode 12: Baking bread (Official Video)", "Baking bread"),
        ("Cat: a story, part 2", "Cat, a story"),
        ("Dr. Strange vs. Mr. Hyde", "Dr Strange vs Mr Hyde"),
        ("1984 Porsche 911 restoration", "1984 Porsche 911 restoration"),
        ("I CLIMBED THE HIGHEST MOUNTAIN!!! 😱😱", "i climbed the highest mountain"),
        ("New York at night 1080p 60fps", "New York at night"),
        ("Ships/boats of the Baltic", "Ships boats of the Baltic"),
        ("Café déjà vu in München, Łódź & Ærø", "Cafe deja vu in Munchen, Lodz Aero"),
        ("My garden https://youtu.be/abc?x=1 #shorts @me me@example.org", "My garden"),
        ("https://youtu.be/abc", ""),
        ("What's new?", ""),
        ("123 456", ""),
        ("", ""),
        # as names of what is seen
        ("In the old castle at night", "old castle at night"),
        ("With my dog in a cafe: on a rainy day", "my dog in a cafe, rainy day"),
        ("In front of the house", "In front of the house"),
        ("Inside the volcano", "Inside the volcano"),
        ("Under the bridge", "Under the bridge"),
        ("With or without snow", "With or without snow"),
        ("On and on", ""),
        # Russian and mixed
        ("Путешествие по Камчатке", ""),
        ("Обзор iPhone 15 Pro за 10 минут", "iPhone 15 Pro"),
        ("Как сварить борщ / How to cook borscht, серия 5", "How to cook borscht"),
        ("Москва 2024", ""),
        ("Саt vidео", ""),  # Latin words with Cyrillic letters in them
        ("東京 Tokyo 散歩", "Tokyo"),
        # hostile
        ("<lora:evil:1.5> (masterpiece:1.9) [cat] {dog}", "masterpiece, cat, dog"),
        ("\u202eabc\u202c c\u200ba\u200dt \x00\x07\x1b dog", "abc cat dog"),
        ("𝓣𝓱𝓮 𝓒𝓪𝓽 and ｔｈｅ ｄｏｇ", "The Cat and the dog"),
        ("مرحبا \u200fبالعالم Hello", "Hello"),
        ("cat\ncat CAT\tcat", "cat"),
        ("z̵̢̛a̷l̸g̶o̷ text", "zalgo text"),
    ],
)
def test_of_a_title_only_what_can_be_painted_reaches_the_prompt(title: str, wanted: str) -> None:
    assert subject(title) == wanted


@pytest.mark.parametrize(
    "title",
    [
        "😀" * 10_000, "a" * 10_000, "A long story about the sea and " * 320, "\u202e\u200f\x00" * 3333, "qzxv " * 2000,
        "The of and to " * 800, "(" * 10_000, "Длинная история о море. " * 400, "x-" * 5000, "1 2 3 " * 1700,
        "<" * 10_000, "word😀\u200fслово\x07" * 900, "supercalifragilistic " * 500,
    ],
    ids=lambda title: repr(title[:12]),
)  # fmt: skip
@pytest.mark.parametrize("kind", sorted(COMPOSITION))
def test_titles_of_ten_thousand_characters_give_a_sane_prompt(title: str, kind: str) -> None:
    written = prompt(title, title, kind, MOUNTAINS)
    assert estimate_tokens(written) <= TOKENS
    assert written.isascii()
    assert written.isprintable()
    assert written.endswith("highly detailed")
    assert COMPOSITION[kind] in written
    assert all(part.strip() == part and part for part in written.split(", "))


def test_facts_fill_the_form_in_its_order() -> None:
    assert prompt("Winter in the Alps", facts=MOUNTAINS) == (
        "Winter in the Alps, bright light, cool tones, high contrast, blue and white colors, " + USUAL_END
    )


def test_what_is_unknown_is_left_out() -> None:
    assert prompt("Winter in the Alps") == f"Winter in the Alps, {USUAL_END}"
    written = prompt("Winter in the Alps", facts=MOUNTAINS)
    assert "person" not in written
    assert "people" not in written
    assert "unclear" not in written
    assert "motion" not in written


def test_black_and_white_film_is_asked_for_without_colours() -> None:
    written = write(Material("The Champion", "", "thumbnail"), CHAPLIN)
    assert written.prompt.startswith("The Champion, group of people, black and white, ")
    assert "colors" not in written.prompt
    assert "colorful" in written.negative
    assert "colorful" not in write(Material("The Champion", "", "thumbnail"), MOUNTAINS).negative


def test_each_target_has_words_of_its_own() -> None:
    assert "centered emblem" in prompt("Garden", kind="avatar")
    assert "wide banner" in prompt("Garden", kind="cover")
    assert "one clear subject" in prompt("Garden", kind="thumbnail")
    assert prompt("Garden", kind="other") == "Garden, sharp focus, highly detailed"


def test_an_avatar_takes_only_the_colours_of_the_scene() -> None:
    written = prompt("Garden", kind="avatar", facts=MOUNTAINS)
    assert "blue and white colors" in written
    assert "bright light" not in written


def test_a_caption_comes_after_the_title() -> None:
    material = Material(
        "The Champion", "", "thumbnail", ("two men standing in a street, looking at each other", "a dog")
    )
    assert write(material, None).prompt == (
        f"The Champion, two men standing in a street looking at each other, a dog, {USUAL_END}"
    )


def test_a_description_gives_what_it_shows_first_and_the_few_words_it_repeats() -> None:
    description = (
        "We walk through the old forest to the lake. The forest is full of birds, and the lake is calm. Birds sing! "
        "Subscribe to the channel https://example.com/subscribe and to the other channel. Music: the music is free."
    )
    seen = "walking through the old forest to the lake, The forest is full of birds"
    assert prompt("A walk", description) == f"A walk, {seen}, {USUAL_END}"
    tagged = f"{description} #OldForest #viral #hiking"
    assert prompt("A walk", tagged) == f"A walk, {seen}, hiking, {USUAL_END}"
    repeated = (
        "Sheep stand on a hill. A shepherd whistles to them. Wool is sold, wool is spun, wool keeps the sheep warm."
    )
    assert "wool" in prompt("A walk", repeated).split(", ")


def test_a_description_in_another_language_gives_none() -> None:
    for description in ("Лес и озеро, лес и озеро, the forest forest", "Wir gehen nicht nach Hause, nicht nach Hause."):
        assert prompt("A walk", description) == f"A walk, {USUAL_END}"


@pytest.mark.parametrize("people", ["one person", "people"])
@pytest.mark.parametrize(
    ("title", "description", "captions"),
    [
        ("Two men argue over a bench", "", ()),
        ("My grandmother's garden", "", ()),
        ("The bench", "A fisherman sits on the pier.", ()),
        ("The bench", "", ("two men standing in a street",)),
    ],
)
def test_people_are_said_once_whatever_was_measured(
    title: str, description: str, captions: tuple[str, ...], people: str
) -> None:
    facts = replace(MOUNTAINS, people=people)
    written = write(Material(title, description, "thumbnail", captions), facts)
    for one in written.variations.values():
        assert "one person" not in one
        assert "group of people" not in one
    assert people in write(Material("The bench", "", "thumbnail"), facts).prompt


def test_of_people_in_a_title_the_caption_says_only_what_they_do() -> None:
    material = Material("Two men argue over a bench", "", "thumbnail", ("a man standing in front of a building",))
    assert write(material, None).prompt.startswith("Two men argue over a bench, standing in front of a building, ")


def test_three_variations_say_the_same_differently() -> None:
    material = Material("A walk", "The forest is full of birds.", "thumbnail", ("a path between trees",))
    written = write(material, MOUNTAINS)
    assert list(written.variations) == list(VARIATIONS)
    assert written.prompt == written.variations["literal"]
    assert len(set(written.variations.values())) == len(VARIATIONS)
    for one in written.variations.values():
        assert one.startswith("A walk, a path between trees, ")
        assert "blue and white colors" in one
    assert "dramatic lighting" in written.variations["dramatic"]
    assert "bright light" not in written.variations["dramatic"], "one light, not two"
    assert "birds" not in written.variations["minimal"]


def test_a_channel_is_what_its_latest_videos_are_about() -> None:
    titles = ("Rye bread in a cast iron pot | Recipe", "Baguettes at home #4", "Rye bread again")
    cover = write(Material("Crumbs", "", "cover", (), titles), None).prompt
    assert cover.startswith("Crumbs, Rye bread in a cast iron pot, Baguettes at home, ")
    avatar = write(Material("Crumbs", "", "avatar", (), titles), None).prompt
    assert avatar.startswith("Crumbs, bread, centered emblem")


def test_what_may_not_be_painted_is_not_taken_from_descriptions_captions_or_tags() -> None:
    material = Material("A walk", "A naked woman runs over the hill. #hentai", "thumbnail", ("a naked woman",))
    may_say = lambda text: not {"naked", "hentai"} & set(text.lower().replace("#", "").split())  # noqa: E731
    assert write(material, None, may_say=may_say).prompt == f"A walk, {USUAL_END}"
    assert "naked" in write(material, None).prompt


def test_long_titles_end_where_a_part_of_the_sentence_does() -> None:
    title = "A very old fisherman repairs his small wooden boat beside the harbour before the great autumn storm comes"
    short = subject(title)
    assert title.startswith(short)
    assert title.removeprefix(short).split()[0] in ("beside", "before")


def test_what_does_not_fit_is_left_out_whole_and_the_subject_stays() -> None:
    long = "Extraordinary adventures beyond northernmost archipelagos - Unforgettable encounters with whales"
    caption = "several enormous humpback whales jumping out of dark turbulent water beside a fishing boat"
    busy = Facts(("blue", "white", "teal"), (), "dark", "high", 90.0, False, "cool", "fast", "many", 3, "people")
    written = write(Material(long, "", "cover", (caption,)), busy).prompt
    whole = write(Material("x" * 30, "", "cover"), busy).prompt.split(", ")
    assert estimate_tokens(written) <= TOKENS
    assert "wide banner, calm center, open space" in written
    assert "vivid colors" not in written
    about, seen, *others = written.split(", ")
    assert long.startswith(about)
    assert caption.startswith(seen)
    assert set(others) < set(whole)


def test_the_negative_is_plain() -> None:
    negative = write(Material("The Champion", "", "thumbnail"), None).negative
    assert negative == "blurry, low quality, jpeg artifacts, text, watermark, deformed, cropped, cluttered"
    assert estimate_tokens(negative) <= TOKENS


@pytest.mark.parametrize(
    ("text", "clip"),
    [  # counted with CLIP's own tokenizer
        ("one clear subject, striking composition, sharp focus, highly detailed", 12),
        ("Climbing Mount Everest in Winter", 5), ("How to cook borscht", 6), ("iPhone 15 Pro", 4),
        ("supercalifragilisticexpialidocious", 9), ("qzxv wpfk", 5), ("it's 1984!", 7), ("", 0),
    ],
)  # fmt: skip
def test_tokens_are_rather_over_than_underestimated(text: str, clip: int) -> None:
    assert clip <= estimate_tokens(text) <= 3 * clip


@given(st.text(max_size=300), st.text(max_size=300), st.sampled_from([None, MOUNTAINS, CHAPLIN]))
def test_any_text_gives_a_prompt_within_the_budget(title: str, description: str, facts: Facts | None) -> None:
    for written in write(Material(title, description, "thumbnail"), facts).variations.values():
        assert estimate_tokens(written) <= TOKENS
        assert written.isascii()
        assert written.isprintable()
        assert "one clear subject" in written


@pytest.mark.parametrize(
    ("description", "taken"),
    [
        (
            "A fat white rabbit comes out of his burrow into a green sunny meadow.",
            "A fat white rabbit comes out of his burrow",
        ),
        ("Hi! In this video I show you the Alps. Snow falls on the old village.", "Snow falls on the old village"),
        ("Thanks for watching, please subscribe to the channel!", ""),
        ("Толстый белый кролик выходит на луг.", ""),
        ("short words", ""),
    ],
)
def test_of_a_description_the_first_phrase_that_shows_something_is_taken(description: str, taken: str) -> None:
    written = prompt("Spring", description)
    if taken:
        assert written.startswith(f"Spring, {taken}")
    else:
        assert written == f"Spring, {USUAL_END}"


def test_what_a_language_model_says_of_colours_gives_way_to_a_film_without_any() -> None:
    said = [(0, "a clown with a cane"), (4, "bright light"), (6, "red and gold colors")]
    for prompt in from_phrases(said, "thumbnail", CHAPLIN, estimate_tokens).values():
        assert "black and white" in prompt and "colors" not in prompt
    assert "red and gold colors" in from_phrases(said, "thumbnail", MOUNTAINS, estimate_tokens)["literal"]
    assert "colorful" in negative_of(CHAPLIN).split(", ")
    assert negative_of(MOUNTAINS) == negative_of(None) == write(Material("A", "", "cover"), None).negative
