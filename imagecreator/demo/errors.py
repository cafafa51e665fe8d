"""The one error that ends the demonstration with a sentence instead of a traceback."""

from __future__ import annotations


class DemoError(Exception):
    """What went wrong, in words for the person at the terminal."""
