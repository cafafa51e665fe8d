"""What judging a prompt costs with a thousand rules, and with ten.

`python -m tests.bench.rules`. The thousand are like the ten: three terms of made-up words, English and Russian, a third
of them in two contexts. Half of the prompts have a hit with both. Exit status 1 where a thousand cost more than three
times what ten do.
"""

from __future__ import annotations

import random
import statistics
import sys
import time

from generation.rules import Action, Rule, Ruleset, parse_lines
from tests.bench.site import say

FEW, MANY = 10, 1000
PROMPTS = 200
ROUNDS = 7
AT_MOST = 3.0  # what many may cost, in times of few
SYLLABLES = ["ba", "re", "ko", "mi", "lu", "da", "ve", "no", "si", "tu"]
CYRILLIC = ["ба", "ре", "ко", "ми", "лу", "да", "ве", "но", "си", "ту"]
PROMPT = "portrait of a woman in a red coat, soft light, 85mm, city street at night, {word}, bokeh, film grain"


def a_word(chance: random.Random) -> str:
    """A word that means nothing."""
    return "".join(chance.choices(chance.choice([SYLLABLES, CYRILLIC]), k=4))


def a_rule(chance: random.Random, number: int) -> Rule:
    """A rule of three terms, a third of them with a second context."""
    terms = [a_word(chance), f"{a_word(chance)} {a_word(chance)}", a_word(chance)[:6] + "~"]
    together = a_word(chance) if number % 3 == 0 else ""
    return Rule(f"rule-{number}", "other", Action.REFUSE, parse_lines("\n".join(terms)), parse_lines(together))


def seconds(ruleset: Ruleset, prompts: list[str]) -> float:
    """For one prompt, on average."""
    begin = time.perf_counter()
    for prompt in prompts:
        ruleset.judge(prompt)
    return (time.perf_counter() - begin) / len(prompts)


def main() -> int:
    """Print what both cost and the ratio, alternating between them."""
    chance = random.Random(8)
    rules = [a_rule(chance, number) for number in range(MANY)]
    few, many = (Ruleset(rules[:count]) for count in (FEW, MANY))
    words = [rule.terms[0].text for rule in rules[:FEW]]
    prompts = [PROMPT.format(word=chance.choice(words) if number % 2 else "a lake") for number in range(PROMPTS)]
    times: dict[int, list[float]] = {FEW: [], MANY: []}
    for _ in range(ROUNDS):
        times[FEW].append(seconds(few, prompts))
        times[MANY].append(seconds(many, prompts))
    of_few, of_many = (statistics.median(times[count]) for count in (FEW, MANY))
    say(f"a prompt of {len(PROMPT)} characters: {of_few * 1e3:.2f} ms and {of_many * 1e3:.2f} ms")
    say(f"{MANY} rules cost {of_many / of_few:.2f} times what {FEW} cost (at most {AT_MOST:g})")
    return int(of_many > AT_MOST * of_few)


if __name__ == "__main__":
    sys.exit(main())
