"""What the language model's door says when it could not write: then the form does, and the person reads why."""

from __future__ import annotations

from generation.engine.errors import EngineError


class LanguageError(EngineError):
    """An expected failure. `reason` is for operators: short, in English, without anything secret.

    Codes: no_language_model, role_missing, language_wrong, language_no_memory of the worker's own; language_away,
    language_slow, language_busy, language_refused, language_trouble, language_stranger of a server; language_answer
    of both.
    """

    def __init__(self, code: str, reason: str, **values: object) -> None:
        super().__init__(code, **{**values, "reason": reason})
        self.reason = reason
