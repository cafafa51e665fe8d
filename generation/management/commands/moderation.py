"""``manage.py moderation``: what the rules in force say of texts, and how well they judge a labelled list."""

from __future__ import annotations

import csv
import json
import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.core.management.base import BaseCommand, CommandError

from generation.models.rule import judge
from generation.rules import Action

if TYPE_CHECKING:
    from argparse import ArgumentParser
    from collections.abc import Iterable, Iterator

    from generation.rules import Verdict

COLUMNS = ("label", "language", "category", "disguise", "text")
HARMLESS, BANNED = "harmless", "banned"
LONGEST_LINE = 100_000  # characters read of one line; the rules look at the first 20,000


class Command(BaseCommand):
    """Verdicts on texts, one by one or as figures. Both speak of the rules as they are in the database now."""

    help = "Say what the rules in force do about texts, or how well they judge a labelled list."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """What to do."""
        verbs = parser.add_subparsers(dest="verb", title="what to do", metavar="{check,score}", required=True)
        check = verbs.add_parser("check", help="print the verdict on a text")
        check.add_argument("text", help="the text; - reads one text a line from the standard input")
        check.add_argument("--json", action="store_true", help="print JSON, one object a text")
        check.add_argument("--negative", action="store_true", help="it is a negative prompt")
        score = verbs.add_parser("score", help="print recall and false alarms on labelled lists")
        score.add_argument("files", nargs="+", type=Path, metavar="FILE", help=f"tab separated: {', '.join(COLUMNS)}")
        score.add_argument("--show", action="store_true", help="also print what was judged wrongly")
        score.add_argument("--json", action="store_true", help="print the figures as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        """Every expected failure is one sentence and exit status 1; a verdict is none."""
        if options["verb"] == "check":
            for text in _lines() if options["text"] == "-" else [options["text"]]:
                verdict = judge([text], negative=options["negative"])
                self.stdout.write(json.dumps(as_json(verdict), ensure_ascii=False) if options["json"] else say(verdict))
            return
        rows = [row for path in options["files"] for row in read_list(path)]
        figures = score_of(rows)
        if options["json"]:
            self.stdout.write(json.dumps(figures.to_dict(), ensure_ascii=False))
            return
        if options["show"]:
            for row, verdict in figures.wrong:
                said = f"{verdict.hit.rule.key}: {verdict.hit.term}" if verdict.hit else "missed"
                self.stdout.write(f"{row['label']}\t{row['category']}\t{row['disguise']}\t{said}\t{row['text']}")
        self.stdout.write(figures.table())


def as_json(verdict: Verdict) -> dict[str, Any]:
    """The verdict with what decided it: rule, category and term are null, and span too, where nothing was found."""
    hit = verdict.hit
    return {
        "verdict": verdict.action.name.lower(),
        "rule": hit.rule.key if hit else None,
        "category": hit.rule.category if hit else None,
        "term": hit.term if hit else None,
        "span": list(hit.span) if hit else None,
    }


def say(verdict: Verdict) -> str:
    """The verdict in one line."""
    hit = verdict.hit
    name = verdict.action.name.lower()
    return f"{name}: “{hit.term}” at {hit.span[0]}–{hit.span[1]} ({hit.rule.key})" if hit else name


class Figures:
    """How often texts were judged as their labels say: what is refused or held counts as found."""

    def __init__(self) -> None:
        self.seen: Counter[tuple[str, str]] = Counter()
        self.right: Counter[tuple[str, str]] = Counter()
        self.wrong: list[tuple[dict[str, str], Verdict]] = []

    def add(self, row: dict[str, str], verdict: Verdict) -> None:
        """Count one text under its label, and under its category, language and disguise."""
        is_found = verdict.action >= Action.HOLD
        is_right = is_found == (row["label"] == BANNED)
        disguise = "in disguise" if row["disguise"] != "-" else "undisguised"
        groups = ["all", row["language"], row["category"], *([disguise] if row["label"] == BANNED else [])]
        for group in groups:
            self.seen[row["label"], group] += 1
            self.right[row["label"], group] += is_right
        if not is_right:
            self.wrong.append((row, verdict))

    def share(self, label: str, group: str = "all") -> float:
        """Of the texts with this label in this group, the share that was judged right; 1 where there is none."""
        seen = self.seen[label, group]
        return self.right[label, group] / seen if seen else 1.0

    def to_dict(self) -> dict[str, Any]:
        """Recall and false alarms, and recall group by group."""
        groups = sorted({group for label, group in self.seen if label == BANNED} - {"all"})
        return {
            "banned": self.seen[BANNED, "all"],
            "harmless": self.seen[HARMLESS, "all"],
            "recall": round(self.share(BANNED), 4),
            "false_alarms": round(1 - self.share(HARMLESS), 4),
            "recall_of": {group: round(self.share(BANNED, group), 4) for group in groups},
        }

    def table(self) -> str:
        """The same for people."""
        figures = self.to_dict()
        lines = [
            f"recall        {figures['recall']:7.1%}  of {figures['banned']} banned texts",
            f"false alarms  {figures['false_alarms']:7.1%}  of {figures['harmless']} harmless texts",
        ]
        return "\n".join([*lines, *(f"  {group:<12}{recall:7.1%}" for group, recall in figures["recall_of"].items())])


def score_of(rows: Iterable[dict[str, str]]) -> Figures:
    """Judge labelled texts by the rules in force."""
    figures = Figures()
    for row in rows:
        figures.add(row, judge([row["text"]]))
    return figures


def read_list(path: Path) -> list[dict[str, str]]:
    """The rows of a labelled list; ``CommandError`` where it is none."""
    try:
        with path.open(encoding="utf-8", newline="") as file:
            reader = csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
            rows, columns = list(reader), tuple(reader.fieldnames or ())
    except (OSError, UnicodeDecodeError) as error:
        raise CommandError(f"{path}: {getattr(error, 'strerror', None) or error}") from error
    if columns != COLUMNS:
        raise CommandError(f"{path}: the first line must be {', '.join(COLUMNS)}, separated by tabs.")
    for number, row in enumerate(rows, start=2):
        if row["label"] not in (HARMLESS, BANNED) or not row["text"]:
            raise CommandError(f"{path}, line {number}: a label ({HARMLESS} or {BANNED}) and a text must be there.")
    return rows


def _lines() -> Iterator[str]:
    while line := sys.stdin.readline(LONGEST_LINE):
        yield line.rstrip("\r\n")
