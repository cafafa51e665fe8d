"""Words for scenes: many ways to say the same, in any order, with parts left out and words that mean nothing here.

A caption may say what `generation.facts` measures in the picture, in the very words of `generation.form_words`: so a
prompt written from a video asks for what the video looks like.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from generation import form_words
from generation.engine.tokenizer import EVERYDAY_WORDS
from generation.facts import COLOURS, Facts, measure
from generation.preview.drawing.patterns import SIGNS
from generation.preview.scenes import Figures, Portrait, Scene

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.random import Generator
    from PIL import Image

KINDS: dict[str, tuple[str, ...]] = {
    "mountains": (
        "mountains",
        "mountain",
        "mountain landscape",
        "snowy peaks",
        "mountain range",
        "alps",
        "hiking trail",
    ),
    "hills": ("hills", "green hills", "rolling hills", "meadow", "fields", "countryside", "valley", "farm"),
    "desert": ("desert", "sand dunes", "dunes", "desert landscape", "cactus desert", "sahara", "sand"),
    "forest": ("forest", "pine forest", "woods", "trees", "fir trees", "woodland", "jungle"),
    "ocean": ("ocean", "sea", "seascape", "calm sea", "ocean water", "lake", "sailing boat", "beach"),
    "clouds": ("clouds", "cloudy sky", "above the clouds", "sky", "cloudscape", "fluffy clouds", "flying"),
    "city": ("city", "city skyline", "skyline", "skyscrapers", "downtown", "buildings", "metropolis", "towers"),
    "street": ("street", "road", "street with houses", "town", "city street", "highway", "village street", "driving"),
    "space": ("space", "planets", "outer space", "galaxy", "nebula", "planet", "universe", "cosmos", "astronomy"),
    "underwater": ("underwater", "under water", "fish", "coral reef", "aquarium", "deep sea", "diving", "sea floor"),
    "stage": ("stage", "spotlights", "concert stage", "stage with spotlights", "theater", "concert", "show", "music"),
    "room": ("room", "living room", "interior", "room interior", "home", "indoors", "sofa", "house interior"),
    "sunburst": ("sunburst", "rays", "sun rays", "radial rays", "burst of rays", "starburst", "radiating lines"),
    "bokeh": ("bokeh", "bokeh lights", "blurred lights", "soft lights", "light circles", "glowing lights"),
    "low poly": ("low poly", "polygons", "triangles", "low poly background", "geometric triangles", "facets"),
    "waves": ("waves", "wavy lines", "abstract waves", "flowing waves", "curves", "wavy stripes"),
    "explosion": ("explosion", "blast", "comic explosion", "action lines", "boom", "bang", "comic burst"),
    "emblem": ("emblem", "logo", "icon", "badge", "symbol", "sign", "bold shape"),
}
TIMES: dict[str, tuple[str, ...]] = {
    "sunrise": ("sunrise", "at sunrise", "dawn", "at dawn", "morning", "early morning"),
    "day": ("day", "by day", "daytime", "daylight", "at noon", "sunny day", "in the daytime", "midday"),
    "sunset": ("sunset", "at sunset", "dusk", "at dusk", "evening", "golden hour", "in the evening"),
    "night": ("night", "at night", "moonlight", "midnight", "starry night", "nighttime", "moon and stars"),
}
LOOKS: dict[str, tuple[str, ...]] = {
    "flat": ("flat", "flat design", "flat style", "vector", "vector art", "paper cut", "minimal"),
    "neon": ("neon", "neon lights", "neon glow", "neon style", "glowing neon", "cyberpunk"),
    "pastel": ("pastel", "pastel colors", "pastel style", "soft pastel", "chalky", "pale colors"),
    "dark": ("dark", "dark mood", "moody", "low key", "dark and moody", "vignette"),
    "watercolour": ("watercolour", "watercolor", "watercolor painting", "watercolour style", "painting", "painted"),
    "retro": ("retro", "retro poster", "vintage", "vintage poster", "old print", "retro style"),
}
GREY = ("black and white", "monochrome", "grayscale", "greyscale", "black and white photo")
POSES: dict[str, tuple[str, ...]] = {
    "standing": ("standing", "standing still", "waiting"),
    "arms raised": ("arms raised", "arms up", "with raised arms", "cheering", "celebrating", "hands up"),
    "waving": ("waving", "waving hello", "greeting"),
    "pointing": ("pointing", "pointing at something", "showing"),
    "walking": ("walking", "strolling", "going"),
    "running": ("running", "jogging", "racing", "sprinting"),
    "jumping": ("jumping", "leaping", "in the air"),
    "dancing": ("dancing", "in a dance", "partying"),
    "sitting": ("sitting", "seated", "sitting down"),
    "hands on hips": ("hands on hips", "with hands on hips", "posing"),
}
EXPRESSIONS: dict[str, tuple[str, ...]] = {
    "calm": ("calm", "serious", "neutral", "calm face"),
    "smile": ("smiling", "smile", "happy", "with a smile", "laughing", "happy face"),
    "open mouth": ("open mouth", "surprised", "shouting", "mouth open", "amazed", "shocked"),
    "closed eyes": ("closed eyes", "eyes closed", "sleeping", "with closed eyes", "dreaming"),
}
ONE = ("one person", "a person", "person", "a man", "a woman", "someone", "a figure", "man", "woman", "a dancer")
SEVERAL = ("group of people", "people", "friends", "a group of people", "a crowd", "several people")
NUMBERS = {2: ("two people", "couple", "two friends"), 3: ("three people", "three friends"), 4: ("four people",)}
PORTRAITS = (
    "portrait",
    "portrait of a person",
    "face",
    "close up of a face",
    "headshot",
    "person",
    "one person",
    "vlogger",
)
CLOTHES = ("wearing {}", "in {} clothes", "in a {} shirt", "{} shirt", "dressed in {}", "{} clothes")
COLOURINGS = ("{} colors", "{} colours", "in {}", "{} tones", "{} palette", "{}")
OTHER_NAMES = {
    "grey": ("gray",),
    "purple": ("violet",),
    "cyan": ("turquoise",),
    "beige": ("cream",),
    "navy": ("dark blue",),
}

# Said of pictures of every kind: they must change nothing.
GENERAL = (
    form_words.COMPOSITION["thumbnail"],
    *(form_words.QUALITY.values()),
    form_words.USUAL_QUALITY,
    *(form_words.MOTION.values()),
    *("wallpaper", "background", "poster", "scene", "video thumbnail", "illustration", "masterpiece", "cinematic"),
    *("beautiful", "best quality", "dramatic", "epic", "professional", "digital art", "concept art", "4k", "view"),
)
EMBLEM_WORDS, BANNER_WORDS = form_words.COMPOSITION["avatar"], form_words.COMPOSITION["cover"]
UNWANTED = (
    *form_words.NEGATIVE.split(", "),
    form_words.NEGATIVE_WITHOUT_COLOUR,
    *("ugly", "worst quality", "bad anatomy", "extra fingers", "noise", "grainy", "signature", "bad hands", "lowres"),
)
_LETTERS = ("aeiouy", "bcdfghklmnprstvwz")


def facts_of(picture: Image.Image) -> Facts:
    """What is measured in a picture, as of a video with this one frame."""
    return measure([picture.reduce(4)], faces=[0], people=[False], motion=0.1, cuts_per_minute=0.0)


def caption(scene: Scene, facts: Facts, rng: Generator) -> str:
    """One of many captions for a drawn scene."""
    kind = _one(rng, KINDS[scene.kind]) if rng.random() < 0.88 else ""
    if scene.kind == "emblem" and rng.random() < 0.75:
        kind = _one(rng, (f"{scene.sign} {kind}", scene.sign, f"{kind} with a {scene.sign}", f"{scene.sign}, {kind}"))
    colours = [] if scene.black_and_white else list(scene.colours)
    before = ""
    parts: list[str] = []
    if colours and rng.random() < 0.85:
        names = _joined(rng, colours)
        if kind and rng.random() < 0.5:
            before = f"{names} "
        else:
            parts.append(_one(rng, COLOURINGS).format(names))
    elif facts.palette and rng.random() < 0.45:
        parts.append(f"{' and '.join(facts.palette)} colors")
    time = _one(rng, TIMES[scene.time]) if scene.time and rng.random() < 0.85 else ""
    look = _one(rng, LOOKS[scene.look]) if scene.look and rng.random() < 0.92 else ""
    parts += [time, look, _one(rng, GREY) if scene.black_and_white and rng.random() < 0.95 else ""]
    parts += _people(scene, rng)
    parts += [words for words in _measured(facts) if rng.random() < 0.25]
    parts += [_one(rng, GENERAL) for _ in range(int(rng.integers(0, 3)))]
    parts += _for_targets(scene, rng)
    if rng.random() < 0.2:
        parts.append(_nothing(rng))
    main = f"{before}{kind}"
    if main and rng.random() < 0.4:  # a sentence: the place first, the rest behind it
        rest = [part for part in parts if part]
        rng.shuffle(rest)
        opening = _one(rng, ("", "", "a ", "the ", "a picture of ", "view of "))
        return f"{opening}{main}{_one(rng, (', ', ' ', ', '))}{', '.join(rest)}".strip(" ,")
    parts = [part for part in (main, *parts) if part]
    rng.shuffle(parts)
    return _one(rng, (", ", ", ", " ", ". ")).join(parts)


def request(scene: Scene, rng: Generator) -> str:
    """What somebody would ask for who wants just this scene: kind, colours, time and look, in any words and order."""
    kind = _one(rng, KINDS[scene.kind])
    if scene.colours and not scene.black_and_white:
        kind = f"{_joined(rng, scene.colours)} {kind}"
    parts = [kind, *_people(scene, rng)]
    parts += [_one(rng, TIMES[scene.time])] if scene.time else []
    parts += [_one(rng, LOOKS[scene.look])] if scene.look else []
    parts += [_one(rng, GREY)] if scene.black_and_white else []
    rng.shuffle(parts)
    return ", ".join(parts)


def unwanted(rng: Generator) -> str:
    """What stands for no caption at all: nothing, or what people write into the field for what they do not want."""
    if rng.random() < 0.35:
        return ""
    if rng.random() < 0.4:
        return form_words.NEGATIVE
    return ", ".join(rng.choice(UNWANTED, int(rng.integers(1, 8)), replace=False))


def vocabulary() -> list[str]:
    """Every word that captions may hold, and everyday ones, each once and in order."""
    texts: list[str] = [*COLOURS, *GREY, *ONE, *SEVERAL, *PORTRAITS, *CLOTHES, *COLOURINGS, *GENERAL, *UNWANTED]
    texts += form_words.COMPOSITION.values()
    tables = (KINDS, TIMES, LOOKS, POSES, EXPRESSIONS, NUMBERS, OTHER_NAMES)
    texts += [text for table in tables for texts_of_one in table.values() for text in texts_of_one]
    texts += [word for table in _FACTS for word in table.values()]
    texts += [
        "a picture of the view with",
        *SIGNS,
        *EVERYDAY_WORDS,
    ]
    return sorted({word for text in texts for word in re.findall(r"[a-z]+", text)})


def _people(scene: Scene, rng: Generator) -> Iterator[str]:
    who = scene.who
    if who is None:
        return
    if isinstance(who, Portrait):
        words = [_one(rng, PORTRAITS), _one(rng, EXPRESSIONS[who.expression]) if rng.random() < 0.85 else ""]
    else:
        words = [_count(who, rng), _one(rng, POSES[who.pose]) if rng.random() < 0.85 else ""]
    if rng.random() < 0.6 and not scene.black_and_white:
        words.append(_one(rng, CLOTHES).format(_one(rng, (who.clothes, *OTHER_NAMES.get(who.clothes, ())))))
    words = [word for word in words if word]
    if rng.random() < 0.7:
        yield " ".join(words)
    else:
        yield from words


def _for_targets(scene: Scene, rng: Generator) -> Iterator[str]:
    """What the form says of avatars asks for an emblem, whatever the title is about; of covers, for nothing."""
    if scene.kind == "emblem" and rng.random() < 0.5:
        yield EMBLEM_WORDS
        if rng.random() < 0.5:
            yield _one(rng, KINDS[_one(rng, tuple(KINDS))])
    elif scene.kind != "emblem" and rng.random() < 0.01:  # rarely: it speaks of open space, which is no galaxy
        yield BANNER_WORDS


def _count(who: Figures, rng: Generator) -> str:
    if who.count == 1:
        return _one(rng, ONE)
    return _one(rng, SEVERAL if rng.random() < 0.6 else NUMBERS[who.count])


_FACTS = (form_words.BRIGHTNESS, form_words.WARMTH, form_words.CONTRAST, {"": "vivid colors"}, {"": "muted colors"})


def _measured(facts: Facts) -> Iterator[str]:
    yield form_words.BRIGHTNESS.get(facts.brightness, "")
    yield form_words.WARMTH.get(facts.warmth, "")
    yield form_words.CONTRAST.get(facts.contrast, "")
    if facts.black_and_white:
        return
    if facts.colourfulness >= form_words.VIVID:
        yield "vivid colors"
    elif facts.colourfulness < form_words.MUTED:
        yield "muted colors"


def _joined(rng: Generator, colours: Sequence[str]) -> str:
    names = [_one(rng, (name, name, *OTHER_NAMES.get(name, ()))) for name in colours]
    return _one(rng, (" and ", " and ", ", ", " ")).join(names)


def _nothing(rng: Generator) -> str:
    """A word or two that no picture shows: everyday ones, or letters."""
    words = []
    for _ in range(int(rng.integers(1, 4))):
        if rng.random() < 0.4:
            words.append(_one(rng, _MEANINGLESS))
        else:
            words.append("".join(_one(rng, _LETTERS[(at + 1) % 2]) for at in range(int(rng.integers(3, 9)))))
    return " ".join(words)


def _one(rng: Generator, choices: Sequence[str]) -> str:
    return choices[int(rng.integers(len(choices)))]


def _all_told() -> frozenset[str]:
    told = (KINDS, TIMES, LOOKS, POSES, EXPRESSIONS, NUMBERS, OTHER_NAMES)
    texts = [*COLOURS, *GREY, *ONE, *SEVERAL, *PORTRAITS, *CLOTHES, *SIGNS, EMBLEM_WORDS]
    texts += [text for table in told for texts_of_one in table.values() for text in texts_of_one]
    texts += [text for table in _FACTS for text in table.values()]
    words = {word for text in texts for word in re.findall(r"[a-z]+", text)}
    return frozenset(words | {word.removesuffix("s") for word in words})


_MEANINGLESS = tuple(word for word in EVERYDAY_WORDS if word not in _all_told())
