"""What the stages hand to one another: one request in memory, without rows, for the shell and the worker alike."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from generation.engine.modes import STANDARD
from generation.engine.restyle.options import Restyle

if TYPE_CHECKING:
    from PIL.Image import Image

    from generation.engine import Guide, LoraUse, Mask, PaintJob
    from generation.engine.upscale.options import Way
    from generation.recipe import RecipeRestyle
    from generation.targets import Target

BEST = 6  # frames that are looked at for a prompt

Tell = Callable[[str, int, int], None]
"""``tell(stage, step, steps)``: progress out; it raises to stop the work (cancelled, lease lost)."""


@dataclass
class Painted:
    """One picture on its way: how it was painted, how it looks by now, what the check said.

    ``upscaler``: the name of the model that enlarged it, empty where it was Lanczos. One that is not painted was there
    before, and ``job`` holds it with the words for the upscaler.
    """

    job: PaintJob
    image: Image
    upscaler: str = ""
    held: bool = False
    held_for: str = ""  # why: a reason of ``Flag``
    scores: dict[str, float] = field(default_factory=dict)
    restyled: RecipeRestyle | None = None
    is_painted: bool = True


@dataclass
class Work:
    """A request: what to paint, and what has been painted so far. Picture ``i`` has the seed ``seed + i``.

    ``start``, ``strength``, ``mask`` and ``guides`` are those of ``PaintJob``. With a ``style`` picture, those that
    were painted are restyled by it as ``restyle`` says, each with its own seed. ``enlarge_by`` is the way of
    ``Engine.upscale`` by which what was painted comes to the target's pixels. With ``touch_up`` nothing is painted,
    ``start`` is taken.
    """

    target: Target
    prompt: str
    negative: str
    count: int
    seed: int
    mode: str = STANDARD
    steps: int | None = None  # None: the mode's
    loras: tuple[LoraUse, ...] = ()
    start: Image | None = None
    strength: float = 1.0
    mask: Mask | None = None
    style: Image | None = None
    restyle: Restyle = field(default_factory=Restyle)
    enlarge_by: Way = "lanczos"
    touch_up: bool = False
    guides: tuple[Guide, ...] = ()
    words_judged: bool = False  # by the rules, with what a moderator allowed its person to say
    pictures: list[Painted] = field(default_factory=list)
    timings: dict[str, float] = field(default_factory=dict)  # seconds per stage


Look = Callable[[Work, int, "Image"], None]
"""``look(work, number, image)``: how a work's picture looks by now, small."""
