"""The judge of painted pictures: what they show. It knows drawn scenes alone, and never the painter.

The network is trained on drawn scenes before any picture is painted, and its weights lie in `judge/`: a model that is
judged cannot have shaped its judge.
"""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image
from safetensors.torch import load_file, save_file
from torch import nn

from generation.preview import scenes
from generation.preview.drawing.looks import LOOKS
from generation.preview.drawing.sky import TIMES
from generation.preview.scenes import Figures, Portrait, Scene
from generation.preview.training.material import draw_many

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

WEIGHTS = Path(__file__).parent / "judge" / "judge.safetensors"
LOOKED_AT = (128, 72)  # pixels; pictures of other shapes are looked at with the same area
WHO = ("nobody", "figures", "portrait")
QUESTIONS: dict[str, tuple[str, ...]] = {
    "kind": scenes.KINDS,
    "time": TIMES,
    "look": ("none", *LOOKS),
    "who": WHO,
}


class Judge(nn.Module):
    """A small convolutional classifier that answers all QUESTIONS at once."""

    def __init__(self) -> None:
        super().__init__()
        widths = (3, 32, 64, 128, 192)
        layers: list[nn.Module] = []
        for wide, wider in itertools.pairwise(widths):
            layers += [nn.Conv2d(wide, wider, 3, 2, 1), nn.BatchNorm2d(wider), nn.ReLU()]
            layers += [nn.Conv2d(wider, wider, 3, 1, 1), nn.BatchNorm2d(wider), nn.ReLU()]
        self.seen = nn.Sequential(*layers)
        self.answers = nn.ModuleDict({name: nn.Linear(widths[-1] * 2, len(QUESTIONS[name])) for name in QUESTIONS})

    def forward(self, pictures: torch.Tensor) -> dict[str, torch.Tensor]:
        """Pictures `(n, 3, height, width)`, 0 … 1, to a score for every answer: `(n, answers)` per question."""
        seen = self.seen(pictures - 0.5)
        summary = torch.cat([seen.mean(dim=(2, 3)), seen.amax(dim=(2, 3))], dim=1)
        return {name: answer(summary) for name, answer in self.answers.items()}

    @torch.no_grad()
    def look(self, pictures: Sequence[Image.Image]) -> list[dict[str, str]]:
        """What each picture shows: kind, time, look, who."""
        self.eval()
        found: list[dict[str, str]] = []
        for picture in pictures:
            scores = self(as_numbers([picture]))
            found.append({name: QUESTIONS[name][int(score.argmax())] for name, score in scores.items()})
        return found


def load_judge(path: Path = WEIGHTS) -> Judge:
    """The frozen judge."""
    judge = Judge()
    judge.load_state_dict({name: tensor.float() for name, tensor in load_file(path).items()})
    return judge.eval()


def train_judge(
    scenes_drawn: int, epochs: int, *, seed: int = 1, say: Callable[[str], None] = print, path: Path | None = None
) -> Judge:
    """Train a judge on newly drawn scenes of all kinds and looks, and write its weights to `path`."""
    torch.manual_seed(seed)
    judge = Judge().train()
    pictures, truths = drawn_scenes(scenes_drawn, seed)
    batch = 64
    steps = epochs * (len(pictures) // batch)
    optimizer = torch.optim.AdamW(judge.parameters(), weight_decay=0.05)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 3e-3, total_steps=steps)
    order = np.random.default_rng(seed)
    for step in range(steps):
        chosen = torch.from_numpy(order.integers(len(pictures), size=batch))
        seen = _shaken(pictures[chosen].float() / 255, order)
        scores = judge(seen)
        loss = torch.stack([F.cross_entropy(scores[q], truths[q][chosen], ignore_index=-1) for q in QUESTIONS]).sum()
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
        schedule.step()
        if step % 100 == 0:
            say(f"judge  step {step} of {steps}  loss {loss.item():.3f}")
    judge.eval()
    if path:
        path.parent.mkdir(exist_ok=True)
        save_file({name: _halved(tensor) for name, tensor in judge.state_dict().items()}, path)
    return judge


def drawn_scenes(count: int, seed: int) -> tuple[torch.Tensor, dict[str, torch.Tensor]]:
    """The wide ones of so many drawn scenes as bytes `(n, 3, 72, 128)`, with the right answers (-1: does not apply)."""
    wide = [item for item in draw_many(count, seed) if item.scene.size == scenes.WIDE]
    pictures = torch.stack([(as_numbers([Image.fromarray(item.pixels)])[0] * 255).byte() for item in wide])
    rows = [[QUESTIONS[q].index(a) if a else -1 for q, a in truth(item.scene).items()] for item in wide]
    return pictures, dict(zip(QUESTIONS, torch.tensor(rows).T, strict=True))


def truth(scene: Scene) -> dict[str, str | None]:
    """The right answers for a scene; None where a question does not apply."""
    who = "figures" if isinstance(scene.who, Figures) else "portrait" if isinstance(scene.who, Portrait) else "nobody"
    return {"kind": scene.kind, "time": scene.time, "look": scene.look or "none", "who": who}


def as_numbers(pictures: Sequence[Image.Image]) -> torch.Tensor:
    """Pictures of one shape as `(n, 3, height, width)`, 0 … 1, of about LOOKED_AT's area."""
    wide, high = pictures[0].size
    scale = (LOOKED_AT[0] * LOOKED_AT[1] / (wide * high)) ** 0.5
    size = (round(wide * scale), round(high * scale))
    small = [np.asarray(picture.convert("RGB").resize(size, Image.Resampling.BOX)) for picture in pictures]
    return torch.from_numpy(np.stack(small)).permute(0, 3, 1, 2).float() / 255


def _shaken(pictures: torch.Tensor, rng: Any) -> torch.Tensor:
    """Mirrored, moved, blurred and re-lit a little: the judge must not rest on single pixels."""
    if rng.random() < 0.5:
        pictures = pictures.flip(3)
    if rng.random() < 0.4:
        pictures = F.avg_pool2d(pictures, 3, 1, 1)
    pictures = pictures.roll((int(rng.integers(-3, 4)), int(rng.integers(-6, 7))), (2, 3))
    noise = torch.from_numpy(rng.normal(0, 0.03, (len(pictures), 1, *pictures.shape[2:]))).float()
    light = torch.from_numpy(rng.uniform(0.9, 1.1, (len(pictures), 3, 1, 1))).float()
    return (pictures * light + noise).clamp(0, 1)


def _halved(tensor: torch.Tensor) -> torch.Tensor:
    return (tensor.half() if tensor.is_floating_point() else tensor).contiguous()
