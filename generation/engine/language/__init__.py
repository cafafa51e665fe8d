"""The language model: what is known of a video in, the parts of a prompt out. Opens without torch and httpx."""

from __future__ import annotations

from generation.engine.language.answer import Answer, as_prompt
from generation.engine.language.asked import Asked
from generation.engine.language.door import LanguageModel
from generation.engine.language.errors import LanguageError

__all__ = ["Answer", "Asked", "LanguageError", "LanguageModel", "as_prompt"]
