"""English endings: plurals of nouns, degrees of adjectives, and what was done to something from what is being done."""

from __future__ import annotations

import re

IRREGULAR = {
    "person": "people",
    "man": "men",
    "woman": "women",
    "child": "children",
    "foot": "feet",
    "tooth": "teeth",
    "goose": "geese",
    "mouse": "mice",
    "ox": "oxen",
    "half": "halves",
    "thief": "thieves",
    "wolf": "wolves",
    "leaf": "leaves",
    "loaf": "loaves",
    "shelf": "shelves",
    "calf": "calves",
    "elf": "elves",
    "scarf": "scarves",
    "knife": "knives",
    "wife": "wives",
    "life": "lives",
}
_UNCHANGED = """
    sheep deer fish moose elk salmon trout pike carp catfish goldfish starfish jellyfish shrimp squid bison aircraft
    children people men women hair furniture luggage jewellery seafood weather news music rain snow sand water fire
    foliage grass moss bread rice meat beef pork ham bacon butter cheese milk coffee tea juice beer wine flour sugar
    salt honey chocolate ice money gold silver glass wood paper health housework software homework traffic makeup
    mud dust smoke fog frost light lightning darkness research equipment machinery knowledge art nature spring
    summer autumn winter gear bacteria data dishes headphones cream ice-cream fur broth corn lace pastel pottery
    footwear chess yeast work training cooking clay ink chalk mint dill garlic
"""
UNCHANGED = frozenset(_UNCHANGED.split())
NOT_A_NOUN = frozenset({"in", "of", "on", "with", "by", "from", "for", "at", "about"})
PASSIVE = {
    "making": "made",
    "drawing": "drawn",
    "building": "built",
    "writing": "written",
    "finding": "found",
    "breaking": "broken",
    "cutting": "cut",
    "sewing": "sewn",
    "growing": "grown",
    "losing": "lost",
    "catching": "caught",
    "shooting": "shot",
    "buying": "bought",
    "selling": "sold",
    "eating": "eaten",
    "drinking": "drunk",
    "throwing": "thrown",
    "telling": "told",
    "hiding": "hidden",
    "seeing": "seen",
    "teaching": "taught",
    "forgetting": "forgotten",
    "freezing": "frozen",
    "holding": "held",
    "winning": "won",
    "blowing": "blown",
    "hitting": "hit",
    "putting": "put",
    "reading": "read",
    "knitting": "knitted",
    "planting": "planted",
}
DEGREES = {"good": ("better", "best"), "bad": ("worse", "worst"), "far": ("farther", "farthest")}
_SHORT = """
    big bold brave bright calm cheap clean clear clever close cold cool cute dark deep dense dry fast fat fierce fine
    fresh gentle grand great hard high hot kind large light long loud low mad mean narrow near neat new nice old pale
    plain poor proud pure quick quiet rare rich rough sad safe sharp short slow small smart smooth soft sour steep
    strange strict strong sweet tall thick thin tight tough vast warm weak wet wide wild wise young
"""
SHORT = frozenset(_SHORT.split())  # those that take an ending
ABSOLUTE = frozenset({"worst", "first", "last", "next", "main", "only", "own", "same", "real", "favourite", "beloved"})
_IS_MOST = re.compile(r"(?!honest|modest)\w+est")
_IN_Y = re.compile(r"[^aeiou]*[aeiou]+[^aeiou]+y")
_DOUBLED = re.compile(r"[^aeiou]+[aeiou][bdgmnpt]")


def plural(noun: str) -> str:
    """Several of it. Of several words, that which is counted: before "of" and the like, else the last."""
    words = noun.split()
    at = next((number for number, word in enumerate(words) if word in NOT_A_NOUN and number), len(words)) - 1
    return " ".join([*words[:at], _plural(words[at]), *words[at + 1 :]])


def passive(doing: str) -> str:
    """What was done, of what is being done: "making" to "made", "frying" to "fried"."""
    first, _, rest = doing.partition(" ")
    if first in PASSIVE:
        done = PASSIVE[first]
    elif first.endswith("ying"):
        done = f"{first[:-4]}ied" if first[-5:-4] not in "aeo" else f"{first[:-3]}ed"
    elif first.endswith("ing"):
        done = f"{first[:-3]}ed"
    else:
        return doing
    return f"{done} {rest}".strip()


def compared(adjective: str, degree: str) -> str:
    """With "more", "most", "less" or "least" as its degree: "bigger", "most beautiful". Some have none."""
    if adjective in ABSOLUTE or " " in adjective or _IS_MOST.fullmatch(adjective):
        return adjective
    if degree in ("less", "least"):
        return f"{degree} {adjective}"
    if adjective in DEGREES:
        return DEGREES[adjective][degree == "most"]
    ending = "est" if degree == "most" else "er"
    if adjective in SHORT:
        stem = f"{adjective}{adjective[-1]}" if _DOUBLED.fullmatch(adjective) else adjective.removesuffix("e")
        return stem + ending
    return f"{adjective[:-1]}i{ending}" if _IN_Y.fullmatch(adjective) else f"{degree} {adjective}"


def _plural(word: str) -> str:
    if word in IRREGULAR:
        return IRREGULAR[word]
    if word in UNCHANGED or word.endswith("ics"):
        return word
    for ending in ("man", "child", "mouse", "foot", "wolf", "leaf", "fish", "wood"):
        if word.endswith(ending) and word != "human":
            return word if ending in UNCHANGED else word.removesuffix(ending) + IRREGULAR[ending]
    if word.endswith(("ss", "us", "x", "ch", "sh", "is")):
        return f"{word}es"
    if word.endswith("s"):
        return word
    if word.endswith("y") and word[-2:-1] not in "aeiou":
        return f"{word[:-1]}ies"
    return f"{word}es" if word in ("potato", "tomato", "hero", "torpedo", "volcano", "echo") else f"{word}s"
