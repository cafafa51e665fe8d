"""Made-up rows for the style guide, so that every component is shown in all its states."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

from django import forms
from django.core.paginator import Paginator

from imagecreator.errors import explain
from imagecreator.queue.states import LIVE, STAGES, State

WHEN = datetime(2026, 5, 17, 12, 30, tzinfo=UTC)
XL = {"made_for": "SDXL", "base": "Stable Diffusion 1.x"}
LONG = "An evening walk over the old bridge, and what we found on the other side of the river when the lights went on"


class SampleForm(forms.Form):
    """One field of every kind; bound to nothing useful, so that some of them complain."""

    title = forms.CharField(max_length=100, help_text="One line that says what it is.")
    description = forms.CharField(max_length=400, required=False, widget=forms.Textarea)
    seed = forms.IntegerField(required=False)
    count = forms.ChoiceField(choices=[(str(number), str(number)) for number in range(1, 5)], widget=forms.RadioSelect)
    public = forms.BooleanField(label="Everybody may see it")
    picture = forms.FileField(required=False, help_text="JPEG, PNG, WebP or GIF.")


class SampleSliders(forms.Form):
    """Numbers that can be drawn; one of them complains."""

    strength = forms.FloatField(
        min_value=0.05,
        max_value=1,
        widget=forms.NumberInput(attrs={"step": 0.05}),
        help_text="A little changes the look, much changes what is seen.",
    )
    grow = forms.IntegerField(min_value=-512, max_value=512, widget=forms.NumberInput(attrs={"step": 1}))


def style_guide() -> dict[str, Any]:
    """The context of ``styleguide.html``."""
    video = _video("Harbour in the rain", duration=247.0, published=True)
    return {
        "jobs": [_job(state) for state in State],
        "states": State,
        "problem": explain("too_long", {"limit_minutes": 240}),
        "form": SampleForm(),
        "bad_form": SampleForm({"title": "", "seed": "1.5", "description": LONG * 2, "count": "3"}),
        "sliders": SampleSliders({"strength": "0.6", "grow": "600"}),
        "channel": SimpleNamespace(
            pk=uuid.uuid4(), name="North by Tram", avatar=None, cover=None, published=False, video_count=3
        ),
        "videos": [video, _video(LONG, state=State.FAILED), _video("Новое видео", state=State.RUNNING)],
        "filling": SimpleNamespace(
            title="The same picture again", lines=["Prompt and seed are as they were.", "LoRAs are not used: epic."]
        ),
        "images": [
            SimpleNamespace(
                pk=uuid.uuid4(),
                seed=seed,
                width=1280,
                height=720,
                status=status,
                is_applied=False,
                request={"has_place": True},
            )
            for seed, status in ((7, "held"), (8, "rejected"))
        ],
        "loras": [
            {"lora": _lora("Ink on wet paper"), "fit": {"known": True}},
            {
                "lora": _lora(LONG, approved_at=None, source_host=""),
                "fit": {"problem": explain("lora_does_not_fit", XL)},
            },
            {"lora": _lora("Old one", active=False, licence="", trigger_words=[]), "fit": {"known": False}},
        ],
        "imports": [
            _job(State.RUNNING, stage="fetch", stage_label=STAGES["fetch"]),
            _job(State.FAILED, problem=explain("fetch_away", {"site": "Civitai"}), can_be_retried=True),
        ],
        "facts": {
            "palette": ["navy", "orange", "beige"],
            "palette_hex": ["#14284c", "#d9701e", "#cbb89a"],
            "brightness": "dim",
            "contrast": "high",
            "warmth": "warm",
            "motion": "calm",
            "cuts": "few",
            "people": "one person",
        },
        "page": Paginator(range(90), 20).page(3),
    }


class _Sample(SimpleNamespace):
    """Reads as its name where it has one."""

    def __str__(self) -> str:
        return str(self.name)


def _lora(name: str, **fields: object) -> SimpleNamespace:
    made = {"name": name, "key": "sample", "family": "Stable Diffusion 1.x", "weight": 0.8, "licence": "CC0-1.0"}
    made |= {"source": "https://example.org/ink", "source_host": "example.org", "added_by": None}
    made |= {"active": True, "approved_at": WHEN, "trigger_words": ["ink", "wet paper"]}
    return SimpleNamespace(**{**made, **fields})


def _job(state: State, **fields: object) -> SimpleNamespace:
    running = state == State.RUNNING
    return _Sample(**{**_job_fields(state, running), **fields})


def _job_fields(state: State, running: bool) -> dict[str, object]:
    return {
        "pk": uuid.uuid4(),
        "name": "Red Cap",
        "state": str(state),
        "state_label": state.label,
        "stage": "paint",
        "IN_MEGABYTES": (),
        "stage_label": STAGES["paint"],
        "is_live": state in LIVE,
        "step": 12 if running else 0,
        "steps": 30 if running else 0,
        "percent": 40 if running else 0,
        "elapsed": 0.0 if state in (State.DRAFT, State.QUEUED) else 83.0,
        "cancel_requested": False,
        "attempt": 2 if state == State.FAILED else 1,
        "standing": SimpleNamespace(position=None if running else 3, left=49.0 if running else 142.0, is_stuck=False),
    }


def _video(title: str, *, state: State = State.DONE, **values: object) -> SimpleNamespace:
    video = {"pk": uuid.uuid4(), "title": title, "created_at": WHEN, "thumbnail": None, "frames": {"all": []}}
    shown = {"duration": None, "published": False, "state": str(state), "state_label": state.label}
    return SimpleNamespace(**{**video, **shown, **values})
