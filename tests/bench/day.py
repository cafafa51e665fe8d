"""A made-up day on a site with 10,000 people: who asks when for what, who gives up, and how long painting takes.

The day is squeezed into half an hour, so that every claim can really be made; seconds of painting are not squeezed.
"""

from __future__ import annotations

import math
import random
from dataclasses import dataclass

PEOPLE, WORKERS, SECONDS = 10_000, 200, 1800
ROOM = 8  # pictures in a batch
KINDS = {"light": 0.85, "medium": 0.13, "heavy": 0.02}  # shares of the people
GIVES_UP, PATIENCE = 0.03, 300.0  # share of the requests that are cancelled if they still wait, and seconds until then


@dataclass(frozen=True)
class Paint:
    """One way to paint: n pictures take ``fixed + each * n`` seconds, and ``load`` more with a cold model."""

    profile: str
    key: str
    share: float
    fixed: float
    each: float
    load: float

    def seconds(self, pictures: int) -> float:
        """What a batch takes with its model loaded."""
        return self.fixed + self.each * pictures


PAINTS = (
    Paint("sdxl", "text sdxl 1344x768 30", 0.35, 2.0, 5.0, 12.0),
    Paint("sdxl", "text sdxl 1024x1024 30", 0.10, 2.0, 5.2, 12.0),
    Paint("sdxl", "text sdxl 1344x768 8", 0.10, 1.0, 1.5, 12.0),
    Paint("sd15", "text sd15 912x512 25", 0.25, 1.2, 1.35, 6.0),
    Paint("sd15", "text sd15 512x512 25", 0.10, 0.8, 0.85, 6.0),
    Paint("preview", "text preview 160x96 40", 0.10, 0.9, 0.6, 1.0),
)
BY_KEY = {paint.key: paint for paint in PAINTS}


@dataclass(frozen=True)
class Asked:
    """A request of the day; ``gives_up`` is when it is cancelled if it still waits then."""

    number: int
    person: int
    kind: str
    at: float
    paint: Paint
    count: int
    gives_up: float


def capacity() -> float:
    """Pictures a second that all workers paint with full batches and no model to load."""
    each = sum(paint.share * paint.seconds(ROOM) / ROOM for paint in PAINTS)
    return WORKERS / each


def day(load: float, seed: int) -> list[Asked]:
    """The requests in the order in which they are made, as many as are ``load`` of what can be painted."""
    chance = random.Random(seed)
    wanted, pictures, asked = load * capacity() * SECONDS, 0, []
    kinds = chance.choices(list(KINDS), list(KINDS.values()), k=PEOPLE)
    while pictures < wanted:
        person = chance.randrange(PEOPLE)
        for at in _visit(chance, kinds[person]):
            paint = chance.choices(PAINTS, [paint.share for paint in PAINTS])[0]
            count = chance.choice((1, 1, 2, 4, 4))
            gives_up = at + chance.expovariate(1 / PATIENCE) if chance.random() < GIVES_UP else math.inf
            asked.append((at, person, kinds[person], paint, count, gives_up))
            pictures += count
    asked.sort(key=lambda one: one[:2])
    return [
        Asked(number, person, kind, at, paint, count, gives_up)
        for number, (at, person, kind, paint, count, gives_up) in enumerate(asked)
    ]


def _visit(chance: random.Random, kind: str) -> list[float]:
    """When a person asks who comes to the site once: a few times, some more, or a whole heap at once."""
    begin = _moment(chance)
    if kind == "light":
        return [begin + 20.0 * number for number in range(chance.randint(1, 3))]
    if kind == "medium":
        return [begin + 10.0 * number for number in range(chance.randint(4, 10))]
    return [begin + 0.05 * number for number in range(chance.randint(100, 300))]


def _moment(chance: random.Random) -> float:
    """A moment of the day: the busiest has nine times the visitors of the quietest."""
    while True:
        at = chance.uniform(0, SECONDS)
        if chance.uniform(0, 1.8) < 1 - 0.8 * math.cos(2 * math.pi * at / SECONDS):
            return at
