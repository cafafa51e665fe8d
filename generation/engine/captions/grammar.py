"""The words by which captions are taken apart: what starts a new part, what is a person, what is no thing."""

from __future__ import annotations


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


PREPOSITIONS = _words(
    "in on at with by from near under over through behind beside between into onto above below around along across "
    "against inside outside down up out off to for toward towards like during before after "
    "in-front-of next-to on-top-of out-of close-to surrounded-by"
)
JOINED = ("black and white", "in front of", "next to", "on top of", "out of", "close to", "surrounded by")
LINKS = _words("while that which who is are was were has have there being very it")
ARTICLES = _words("a an the this these some another his her its their")
NUMBERS = _words("two three four five six several many")

PEOPLE = {
    **{word: word for word in _words("man woman boy girl person child baby player couple crowd family")},
    **{"men": "man", "women": "woman", "people": "person", "children": "child", "babies": "baby"},
    **{"lady": "woman", "ladies": "woman", "guy": "man", "guys": "man", "kid": "child", "kids": "child"},
}
GROUPS = _words("group crowd bunch team couple pair")

# What ends in "ing" and is no verb, and in "ed" and is no participle.
NO_VERBS = _words(
    "building ceiling clothing evening morning painting railing ring string thing wing king spring wedding lightning "
    "drawing something nothing living dining parking lighting marking awning sibling boxing crossing landing"
)
NO_PARTICIPLES = _words("red bed shed sled seed weed speed feed")
STATES = _words("wearing having")  # how things are, not what happens
IDLE = _words("standing sitting looking posing")  # what nearly everybody does

FRAMES = r"(?:picture|photo|photograph|image|view|shot|screenshot|close[- ]?up|still|scene)"
TIMES = _words("night sunset sunrise dusk dawn noon day daytime")
NO_THINGS = _words(
    "background foreground front middle top side back left right air camera distance picture photo image view it them "
    "him her me you each other one hand hands mouth head hair eyes arm arms"
)
OWN = _words("colours colors style")  # heads that say nothing without the word before
EMPTY = frozenset((*ARTICLES, *PREPOSITIONS, *NUMBERS, "of", "front", "top", "next", "and", "colour", "style", "group"))
