"""What ``manage.py models`` says of the language model that the settings choose; a server is asked."""

from __future__ import annotations

import time

from django.conf import settings

from generation.engine.language import LanguageError
from generation.engine.language.patience import Patience
from generation.stages.language_door import NONE, WORKER, server
from imagecreator.errors import explain

SECONDS = 10
SHOWN = 5  # names of a server's models


class LanguageModelFault(Exception):
    """A sentence about a server that cannot be used."""


def language_model_line() -> str:
    """One line on what writes prompts. LanguageModelFault where a server cannot be reached or asked."""
    if settings.LANGUAGE_MODEL == NONE:
        return "language model: none, the form writes (LANGUAGE_MODEL)"
    if settings.LANGUAGE_MODEL == WORKER:
        return "language model: the profile's own, in the worker (LANGUAGE_MODEL)"
    where, name = f"language model: {settings.LANGUAGE_MODEL}", settings.LANGUAGE_MODEL_NAME
    try:
        known = server().models(Patience(time.monotonic() + SECONDS, lambda tokens, most: None))
    except LanguageError as error:
        what = explain(error.code, error.values).what
        raise LanguageModelFault(f"{where}: {what} ({error.reason})") from error
    if name in known:
        return f"{where} answers and has {name}"
    shown = ", ".join(known[:SHOWN]) or "none"
    return f"{where} answers, but does not list {name or 'a model without a name'}; it lists: {shown}"
