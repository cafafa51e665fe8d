"""English verbs of what people tell of themselves: their -ing form, and those that only lead to what matters."""

from __future__ import annotations

import re

_SHOWING = """
    show shows showed showing tell telling told explain explaining explained discuss discussing discussed teach teaching
    present presenting share sharing shared talk talking talked look looking looked learn learning review reviewing
    cover covering see seeing watch watching find out describe describing derive deriving introduce introducing meet
    """
SHOWING = frozenset(_SHOWING.split())  # "look at": whom it is shown does not matter
_STATES = """
    am are is was were be been love loves loved like likes liked enjoy enjoyed hope hoped think thought believe have has
    had own owned need needed want wanted know knew prefer remember
    """
STATES = frozenset(_STATES.split())

_FROM_PAST = """
    ate:eat beat:beat became:become began:begin bent:bend bit:bite blew:blow bought:buy broke:break brought:bring
    built:build came:come caught:catch chose:choose cut:cut did:do dove:dive drank:drink drew:draw drove:drive
    dug:dig fed:feed fell:fall felt:feel flew:fly fought:fight forgot:forget found:find froze:freeze gave:give
    got:get grew:grow heard:hear held:hold hid:hide hit:hit kept:keep laid:lay led:lead left:leave lit:light
    lost:lose made:make met:meet paid:pay put:put ran:run rode:ride rose:rise sang:sing sat:sit saw:see sent:send
    set:set sewed:sew shook:shake shot:shoot slept:sleep slid:slide sold:sell spent:spend spoke:speak stole:steal
    stood:stand stuck:stick struck:strike swam:swim swept:sweep swung:swing taught:teach threw:throw took:take
    tore:tear went:go woke:wake won:win wore:wear wove:weave wrote:write
"""
_PAST = dict(pair.split(":") for pair in _FROM_PAST.split())
_SHORT = re.compile(r"[^aeiouy]*[aeiou][bdgklmnprtvz]")  # one syllable, a short vowel: its last letter is doubled
_REGULAR_PAST = re.compile(r"\w*[aeiouy]\w*[^e]ed|\w+ied")


def is_past(word: str) -> bool:
    """Whether a word looks like a verb of the past: "walked", "made"."""
    return word.lower() in _PAST or bool(_REGULAR_PAST.fullmatch(word.lower()))


def gerund(verb: str) -> str:
    """ "walk" and "walked" to "walking", "made" to "making", "run" to "running"; an -ing form stays."""
    verb = verb.lower()
    if verb.endswith("ing") and len(verb) > 4:
        return verb
    if verb in _PAST:
        verb = _PAST[verb]
    elif _REGULAR_PAST.fullmatch(verb):
        return f"{verb[:-3]}ying" if verb.endswith("ied") else f"{verb[:-2]}ing"
    if verb.endswith("ie"):
        return f"{verb[:-2]}ying"
    if verb.endswith("e") and not verb.endswith(("ee", "oe", "ye")):
        return f"{verb[:-1]}ing"
    return f"{verb}{verb[-1]}ing" if _SHORT.fullmatch(verb) else f"{verb}ing"
