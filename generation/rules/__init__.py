"""Words for what may not be painted, and how they are found however they are written. Pictures are checked elsewhere.

``terms`` says how rules are written, ``ruleset`` what they find; rows of rules are in ``generation.models.rule``.
"""

from __future__ import annotations

from generation.rules.ruleset import BETWEEN, Action, Hit, Rule, Ruleset, Verdict
from generation.rules.terms import Term, TermError, parse, parse_lines

__all__ = ["BETWEEN", "Action", "Hit", "Rule", "Ruleset", "Term", "TermError", "Verdict", "parse", "parse_lines"]
