"""Russian titles in English words: what people type, and what nobody should."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from generation.russian import translate
from generation.russian.dictionary import dictionary, plain
from generation.russian.lemmas import SILENT, base_forms
from generation.russian.translate import LONGEST
from generation.words import phrases

TITLES = Path(__file__).with_name("titles.txt")
CYRILLIC = re.compile(r"[\u0400-\u052f\u1c80-\u1c8f\u2de0-\u2dff\ua640-\ua69f]")

SAID = {
    "Как приготовить борщ": "cooking borscht",
    "Два кота играют в снегу": "two cats playing in snow",
    "вершина горы на закате": "peak of mountain at sunset",
    "берег синего моря": "shore of blue sea",
    "горы": "mountains",
    "Мы с друзьями поднялись на вершину": "with friends climbing on peak",
    "Девочка улыбнулась": "girl smiling",
    "вид на горы": "view on mountains",
    "галактики и чёрные дыры": "galaxies and black holes",
    "Ночной город": "night city",
    "строим замок из камня": "building castle from stone",
    "С нуля до миллиона": "from scratch million",
    "Сделанный из дерева стол": "made of wood table",
    "жареная картошка с грибами": "fried potatoes with mushrooms",
    "пирожки с капустой и мясом без духовки": "small pies with cabbage and meat without oven",
    "Мои дети и собаки на пляже": "children and dogs on beach",
    "Красивее, чем в кино": "more beautiful, in cinema",
    "мотоцикл против машины": "motorcycle against car",
    "Рисуем дракона карандашом": "drawing dragon with pencil",
    "рисую цветными карандашами и мелом": "drawing with coloured pencils and chalk",
    "режем хлеб острым ножом": "cutting bread with sharp knife",
    "горы, покрытые снегом": "mountains, covered with snow",
    "летим самолётом зимой": "flying by airplane in winter",
    "занимаемся спортом": "exercising sport",
    "старый завод стал музеем": "old factory museum",
    "замок, построенный рыцарем": "castle, built by knight",
    "бросаем мяч левой рукой": "throwing ball with left hand",
    "Рисуем море жёлтых огней широкой кистью": "drawing sea of yellow lights with wide brush",
    "дорога между высокими горами": "road between tall mountains",
    "портрет девушки маслом на холсте": "portrait of young woman oil on canvas",
    "гуляем лесом": "walking forest",
    "самого большого кита": "biggest whale",
    "огни города": "city lights",
    "огни большого города": "lights of big city",
    "в огнях ночного города": "in lights of night city",
    "детская площадка": "playground",
    "детские площадки": "playgrounds",
    "белые медведи": "polar bears",
    "день рождения принцессы": "birthday of princess",
    "Концерт под открытым небом": "concert under open sky",
    "урок физики в школе": "lesson of physics in school",
    "нейросеть рисует города": "neural network drawing cities",
    "собака и кот": "dog and cat",
    "и кот": "cat",
    "не пожар": "not fire",
    "пять яблок": "five apples",
    "волки, лисы и мыши": "wolves, foxes and mice",
    "старые люди": "old people",
    "Путешествие по Японии": "journey of Japan",
    "на даче зимой": "at the country house in winter",
    "машина времени": "time machine",
    "футбольный матч": "football match",
    "рыцарь с мечом": "knight with sword",
    "выход из пещеры": "exit from cave",
    "песня о любви": "song of love",
    "мастер-класс своими руками": "workshop handmade",
    "чёрно-белый портрет": "black and white portrait",
    "самый большой кит": "biggest whale",
    "самая красивая девушка": "most beautiful young woman",
    "самые опасные животные": "most dangerous animals",
    "красивейший замок у высочайшей горы": "most beautiful castle near tallest mountain",
    "наиболее редкие и менее опасные змеи": "rarest and less dangerous snakes",
    "Обзор самого дешёвого ноутбука": "review of cheapest laptop",
    "прощание с летом": "farewell with summer",
    "утром и вечером": "in the morning and in the evening",
    "дракон дышит огнём": "dragon breathing fire",
    "замок, окружённый водой": "castle, surrounded with water",
    "самый лучший день": "best day",
    "кит самый большой": "whale biggest",
    "сильнее и быстрее": "stronger and faster",
    "девушка в красном платье": "young woman in red dress",
    "лучшие голы": "best goals",
    "iPhone против Samsung": "iPhone against Samsung",
    "Minecraft: строим дом": "Minecraft: building house",
    "Выпуск 5": "5",
    "ГОРЫ И МОРЕ": "mountains and sea",
    "ежик в тумане": "hedgehog in fog",
    "свадьба на берегу моря": "wedding on the shore of sea",
    "скрипка и рояль на сцене": "violin and grand piano on stage",
    "космический корабль над планетой": "spaceship above planet",
    "учитель у доски": "teacher near board",
    "бабушка печёт пироги": "grandmother baking pies",
    "строительство моста через реку": "construction of bridge through river",
    "три поросёнка": "three piglets",
    "гонщик на красной машине": "racing driver on red car",
    "новости погоды: снегопад в горах": "news of weather: snowfall in the mountains",
    "врачи в больнице": "doctors in hospital",
    "осенний парк после дождя": "autumn park after rain",
}


@pytest.mark.parametrize(("russian", "english"), SAID.items())
def test_what_is_said_in_russian_is_said_in_english(russian: str, english: str) -> None:
    found = translate(russian)
    assert found.english == english
    assert found.unknown == ()


def test_words_that_are_not_known_are_told_once_in_their_base_form_and_in_order() -> None:
    found = translate("Зюзюка и кот, зюзюку любят дюгони, а зюзюки — нет")
    assert found.unknown[0].startswith("зюзюк")
    assert len(found.unknown) == len(set(found.unknown))
    assert "cat" in found.english


def test_a_preposition_before_a_word_that_is_not_known_goes_with_it() -> None:
    assert translate("кот в зюзюкове").english == "cat"
    assert translate("в зюзюкове, кот").english == ", cat"


def test_borders_between_phrases_stay() -> None:
    assert phrases(translate("Горы Алтая | Поход: палатка и костёр").english) == [
        "mountains of Altai",
        "hike",
        "tent and campfire",
    ]


def test_english_stays_as_it_is() -> None:
    text = "How to paint (a mountain) — in 5 minutes, don't stop!\nAgain."
    assert translate(text).english == text


@pytest.mark.parametrize(
    ("typed", "english"),
    [
        ("кoт", "cat"),  # a Latin o
        ("cаt", "cat"),  # a Cyrillic а
        ("ко\u0301т", "cat"),  # a stress mark
        ("к\u200bот", "cat"),  # what cannot be seen
        ("е\u0308ж", "hedgehog"),  # ё of two characters
        ("кот🐱", "cat🐱"),
    ],
)
def test_letters_that_look_alike_and_marks_do_not_hide_a_word(typed: str, english: str) -> None:
    assert translate(typed).english == english


@pytest.mark.parametrize(
    "text",
    [
        "Київ — столиця України, їжак і ґанок",
        "ўсё добра, брат",
        "\u202eток еырес\u202c кот",
        "к̷̛̳о̶̡т̴̢",
        "кот" * 50_000,
        "кот " * 50_000,
        "-" * 5_000 + "кот-" * 3_000,
        "а-б-в-г-д" * 500,
        "",
        "\x00кот\ud800",
        "ѕеnd nuдеѕ ѕtrange mіх",
        "ꙮ ᲀ ⷠ Ԁ",
    ],
)
def test_no_cyrillic_is_left_over_whatever_comes(text: str) -> None:
    found = translate(text)
    assert not CYRILLIC.search(found.english)
    assert len(found.english) < 5 * LONGEST


def test_only_the_beginning_of_a_long_text_is_read() -> None:
    assert "dog" not in translate("кот " * LONGEST + "собака").english


def test_most_words_of_everyday_titles_are_known() -> None:
    """In the half of the titles that nobody looked at while the dictionary was filled; small words do not count."""
    unseen = TITLES.read_text(encoding="utf-8").partition("# second half\n")[2].splitlines()
    missing = [word for title in unseen for word in translate(title).unknown]
    assert len(unseen) == 50
    assert 1 - len(missing) / sum(map(_words_with_meaning, unseen)) >= 0.85, missing


def _words_with_meaning(title: str) -> int:
    silent = {russian for russian, english in dictionary().words.items() if not english}
    bases = [base_forms(word)[0] for word in re.findall("[а-яё]{3,}", title.lower())]
    return len([base for base in bases if base.part not in SILENT and plain(base.word) not in silent])
