"""What the engine says when something it expected went wrong. The sentences for people live with the web project."""

from __future__ import annotations


class EngineError(Exception):
    """An expected failure: a `code` from the project's table of errors, and the values its sentence needs."""

    def __init__(self, code: str, **values: object) -> None:
        super().__init__(code, values)
        self.code = code
        self.values = values

    def __str__(self) -> str:
        return ", ".join([self.code, *(f"{name}={value}" for name, value in self.values.items())])
