"""What trainers note in a LoRA file's metadata, believed in nothing: alphas, and the words that it was taught."""

from __future__ import annotations

import json
import math
from collections import Counter
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

MOST_WORDS, LONGEST_WORD = 100, 100
MOST_ALPHA = 1e9  # a number may have thousands of digits in JSON
DEEPEST = 20  # steps of a module's name whose ends are looked up


def noted_settings(metadata: Mapping[str, str]) -> dict[str, dict[str, object]]:
    """What diffusers' trainers note of each part: peft's settings, such as `lora_alpha`, by their names."""
    noted: dict[str, dict[str, object]] = {}
    for name, value in _table(metadata.get("lora_adapter_metadata", "")).items():
        part, _, setting = name.partition(".")
        noted.setdefault(part, {})[setting] = _numbered(value) if setting == "alpha_pattern" else value
    return noted


def _numbered(patterns: object) -> dict[str, tuple[int, object]]:
    """Each value with its place in the table."""
    entries = patterns.items() if isinstance(patterns, dict) else ()
    return {end: (number, value) for number, (end, value) in enumerate(entries)}


def noted_alpha(settings: Mapping[str, Any], module: str, rank: int) -> float | None:
    """The alpha that a module is scaled with; infinite where none is so large, and refused when it is read.

    `alpha_pattern` names modules by their ends, or as a whole behind a `^`; they are no patterns to us. The first that
    fits counts, as in peft; a file may have very many, so they are looked up and not gone through. rsLoRA
    (arXiv:2312.03732) divides by the root of the rank, which comes to another alpha.
    """
    patterns = settings.get("alpha_pattern", {})
    steps = module.rsplit(".", DEEPEST)
    ends = (f"^{module}", *(".".join(steps[first:]) for first in range(len(steps))))
    fitting = [patterns[end] for end in ends if end in patterns]
    alpha = min(fitting)[1] if fitting else settings.get("lora_alpha")
    if isinstance(alpha, bool) or not isinstance(alpha, (int, float)):
        return None
    if abs(alpha) > MOST_ALPHA:
        return math.inf
    return float(alpha) * (math.sqrt(rank) if settings.get("use_rslora") is True else 1)


def trigger_words(metadata: Mapping[str, str]) -> tuple[tuple[str, int], ...]:
    """Words of kohya's trainer and how often they were trained, most frequent first.

    `ss_tag_frequency` is a table of tables: for each folder of pictures, tags and how many pictures have them.
    """
    counts: Counter[str] = Counter()
    noted = _table(metadata.get("ss_tag_frequency", ""))
    for tags in (noted, *noted.values()):
        for tag, count in tags.items() if isinstance(tags, dict) else ():
            word = " ".join("".join(letter if letter.isprintable() else " " for letter in tag).split())[:LONGEST_WORD]
            if word and type(count) is int and 0 < count < 1 << 31:
                counts[word] += count
    return tuple(sorted(counts.items(), key=lambda entry: (-entry[1], entry[0]))[:MOST_WORDS])


def _table(text: str) -> dict[str, object]:
    try:
        values = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return values if isinstance(values, dict) else {}
