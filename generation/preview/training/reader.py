"""The text encoder alone learns what captions mean, by telling from them what the scene shows.

Trained together with the painter from the start it steers nothing for thousands of steps.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch
import torch.nn.functional as F
from torch import nn

from generation.facts import COLOURS
from generation.preview import scenes
from generation.preview.drawing.looks import LOOKS
from generation.preview.drawing.patterns import SIGNS
from generation.preview.drawing.people import EXPRESSIONS, POSES
from generation.preview.drawing.sky import TIMES
from generation.preview.scenes import Figures, Portrait
from generation.preview.training.model import TEXT_WIDTH, half_where_quick, seeded
from generation.preview.training.run import Amount, Run

if TYPE_CHECKING:
    from collections.abc import Callable

    from generation.preview.scenes import Scene
    from generation.preview.training.material import Drawn

BATCH = 64
RATE = 1e-3
TOLD = (
    *(f"kind {name}" for name in scenes.KINDS),
    *(f"time {name}" for name in TIMES),
    *(f"look {name}" for name in LOOKS),
    *(f"first {name}" for name in COLOURS),
    *(f"colour {name}" for name in COLOURS),
    *(f"clothes {name}" for name in COLOURS),
    *(f"sign {name}" for name in SIGNS),
    *(f"pose {name}" for name in POSES),
    *(f"expression {name}" for name in EXPRESSIONS),
    *("grey", "figure", "several", "portrait"),
)
_PLACE = {name: place for place, name in enumerate(TOLD)}


def train_reader(pipe: Any, drawn: list[Drawn], amount: Amount, say: Callable[[str], None], *, seed: int) -> None:
    """Train the pipeline's text encoder in place, with a linear answer to every question that is thrown away."""
    rng = seeded(seed, pipe.text_encoder)
    device = pipe.device
    encoder = pipe.text_encoder.train()
    answers = nn.Linear(2 * TEXT_WIDTH, len(TOLD)).to(device)
    optimizer = torch.optim.AdamW([*encoder.parameters(), *answers.parameters()], RATE, weight_decay=0.01)
    run = Run("reader", amount, optimizer, say)
    for _ in run:
        some = [drawn[number] for number in rng.integers(len(drawn), size=BATCH)]
        truth = torch.stack([told(item.scene) for item in some]).to(device)
        ids = tokens(pipe.tokenizer, [item.caption(rng) for item in some]).to(device)
        with half_where_quick(device):
            read = encoder(ids)
            summary = torch.cat([read.pooler_output, read.last_hidden_state.mean(dim=1)], dim=1)
            scores = answers(summary).float()
        loss = F.binary_cross_entropy_with_logits(scores, truth)
        run.note(loss.item())
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
    encoder.eval()


def told(scene: Scene) -> torch.Tensor:
    """What a scene shows: 1 for every entry of TOLD that is true of it."""
    names = [f"kind {scene.kind}"]
    names += [f"time {scene.time}"] if scene.time else []
    names += [f"look {scene.look}"] if scene.look else []
    names += [f"sign {scene.sign}"] if scene.kind == scenes.EMBLEM else []
    if scene.black_and_white:
        names.append("grey")
    elif scene.colours:
        names += [f"first {scene.colours[0]}", *(f"colour {name}" for name in scene.colours)]
    if isinstance(scene.who, Portrait):
        names += ["portrait", f"clothes {scene.who.clothes}", f"expression {scene.who.expression}"]
    elif isinstance(scene.who, Figures):
        names += ["figure", f"clothes {scene.who.clothes}", f"pose {scene.who.pose}"]
        names += ["several"] if scene.who.count > 1 else []
    truth = torch.zeros(len(TOLD))
    truth[[_PLACE[name] for name in names]] = 1
    return truth


def tokens(tokenizer: Any, texts: list[str]) -> torch.Tensor:
    """The texts as the pipeline reads them: `(n, 77)`."""
    return tokenizer(texts, padding="max_length", max_length=77, truncation=True, return_tensors="pt").input_ids
