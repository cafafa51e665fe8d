"""A LoRA as a choice on the page: its checkbox, its weight, and what a request keeps of it."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from generation.engine.jobs import MOST_WEIGHT
from generation.forms.lora_matching import names
from imagecreator.words import clean_line

if TYPE_CHECKING:
    from generation.models import Lora

SHOWN_WORDS = 12  # trigger words under a LoRA


@dataclass(frozen=True)
class Worn:
    """A LoRA that is used: by the person's own choice, or because the style puts it on."""

    lora: Lora
    weight: float
    own: bool = True

    @property
    def note(self) -> dict[str, object]:
        """What the request keeps of it."""
        return {"key": self.lora.key, "sha256": self.lora.sha256, "weight": self.weight, "own": self.own}


@dataclass(frozen=True)
class Choice:
    """A LoRA on the page; ``weight`` is what its number field says, and ``is_wrong`` that it is none."""

    lora: Lora
    is_chosen: bool
    weight: str
    is_wrong: bool

    @property
    def words(self) -> list[str]:
        """The trigger words that are shown."""
        return [str(word) for word in self.lora.trigger_words[:SHOWN_WORDS]]

    @property
    def names(self) -> str:
        """What it may be called in a tag in the prompt, for the page's script."""
        return " ".join(sorted(names(self.lora)))


class LorasInput(forms.Widget):
    """Checkboxes of one name, and for each a number: ``loras=neon&loras-neon=0.8``. The page draws them itself."""

    def value_from_datadict(self, data: Any, files: Any, name: str) -> dict[str, object]:
        """The weights of the chosen ones, as they were sent, by key."""
        keys = data.getlist(name) if hasattr(data, "getlist") else data.get(name, [])
        return {clean_line(str(key)): data.get(f"{name}-{key}", "") for key in keys}


def number_in(value: object, usual: float) -> float | None:
    """A weight as it was typed, ``usual`` where nothing was; None where it is none, or too strong."""
    text = str(value).strip().replace(",", ".")
    if not text:
        return usual
    with suppress(ValueError):
        number = float(text)
        return number if abs(number) <= MOST_WEIGHT else None
    return None


def weight_in(value: object, usual: float) -> float:
    """The same, and ``usual`` also where it is none."""
    number = number_in(value, usual)
    return usual if number is None else number


def shown(value: object, usual: float) -> str:
    """A weight for a number field: numbers in their shortest form that loses nothing, what was typed as it was."""
    number = usual if value in ("", None) else value
    return f"{number:g}" if isinstance(number, float | int) and float(f"{number:g}") == number else str(number)


def bad_weight(lora: Lora) -> ValidationError:
    """What is said of a weight that is none, or too strong."""
    return ValidationError(
        _("%(name)s: the weight is a number from −%(most)s to %(most)s."),
        code="bad_weight",
        params={"name": lora.name, "most": f"{MOST_WEIGHT:g}"},
    )
