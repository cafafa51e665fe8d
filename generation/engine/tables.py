"""A table of a TOML file against a dataclass: every key known, none missing, every value of its kind and range."""

from __future__ import annotations

import math
from contextlib import contextmanager
from dataclasses import MISSING, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

TYPES: dict[str, tuple[type, ...]] = {
    **{"str": (str,), "Path": (str,), "BaseClass": (str,), "Safety": (str,), "Precision": (str,)},
    **{"int": (int,), "float": (int, float), "bool": (bool,)},
}


def check(
    values: Mapping[str, object], shape: type[Any], *, but: Collection[str] = (), more: Collection[str] = ()
) -> None:
    """ValueError, in words for people, unless `values` could make a `shape`; what has a default may be left out.

    `but` are fields that no table gives, `more` keys that are no fields. Fields of other types than those in TYPES are
    only looked for. Numbers must be finite, and more than 0 where the field has no default.
    """
    wanted = {field.name: field for field in fields(shape) if field.name not in but}
    if strange := set(values) - set(wanted) - set(more):
        raise ValueError(f"no such key: {', '.join(sorted(strange))}")
    needed = {name for name, field in wanted.items() if field.default is MISSING and field.default_factory is MISSING}
    if missing := needed - set(values):
        raise ValueError(f"not set: {', '.join(sorted(missing))}")
    for key, value in values.items():
        kinds = TYPES.get(str(wanted[key].type)) if key in wanted else None
        if kinds is None:
            continue
        if not isinstance(value, kinds) or (isinstance(value, bool) and bool not in kinds):
            raise ValueError(f"{key} must be {' or '.join(kind.__name__ for kind in kinds)}")
        if not isinstance(value, (int, float)) or isinstance(value, bool):
            continue
        if not math.isfinite(value) or (key in needed and value <= 0):
            raise ValueError(f"{key} must be more than 0" if key in needed else f"{key} must be a finite number")


@contextmanager
def within(name: str) -> Iterator[None]:
    """Let a ValueError say where in the file it is."""
    try:
        yield
    except ValueError as error:
        raise ValueError(f"{name}: {error}") from error


def relative(key: str, value: object) -> Path:
    """A path below a folder. ValueError for any other."""
    path = Path(str(value))
    if path.is_absolute() or ".." in path.parts:
        raise ValueError(f"{key} must be a relative path below the models' folder")
    return path
