"""The judge of painted pictures: what they show. It knows drawn scenes alone, and never the painter.

`python -m generation.preview.judges` trains it on drawn scenes, and its weights lie in `judge/`: a model that is judged
cannot have shaped its judge. Scenes that are held out it has never seen either.
"""

from __future__ import annotations

import argparse
import itertools
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import torch
import torch.nn.functional as F
from PIL import Image
from safetensors.torch import load_file, save_file
from torch import nn

from generation.preview import scenes
from generation.preview.drawing.looks import LOOKS
from generation.preview.drawing.sky import TIMES
from generation.preview.scenes import Figures, Portrait, Scene
from generation.preview.training.material import on_all_cores
from generation.preview.training.model import half_where_quick

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

WEIGHTS = Path(__file__).parent / "judge" / "judge.safetensors"
LOOKED_AT = (128, 72)  # pixels; pictures of other shapes are looked at with the same area
LOOKED_TWICE = 48  # channels from which on a second convolution costs little
BATCH = 64
RATE = 3e-3
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
        widths = (3, 24, 48, 96, 192)
        layers: list[nn.Module] = []
        for wide, wider in itertools.pairwise(widths):
            layers += [nn.Conv2d(wide, wider, 3, 2, 1), nn.BatchNorm2d(wider), nn.ReLU()]
            if wider >= LOOKED_TWICE:
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
    scenes_drawn: int, epochs: int, *, seed: int = 101, say: Callable[[str], None], path: Path | None = None
) -> Judge:
    """Train a judge on newly drawn scenes of all kinds and looks, and write its weights to `path`."""
    torch.manual_seed(seed)
    judge: Any = Judge().train().to(memory_format=torch.channels_last)
    pictures, truths = drawn_scenes(scenes_drawn, seed)
    say(f"judge  drew {scenes_drawn} scenes")
    steps = epochs * (len(pictures) // BATCH)
    optimizer = torch.optim.AdamW(judge.parameters(), weight_decay=0.05)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, RATE, total_steps=steps)
    rng = np.random.default_rng(seed)
    for step in range(steps):
        chosen = torch.from_numpy(rng.integers(len(pictures), size=BATCH))
        with half_where_quick(pictures.device):
            scores = judge(_shaken(pictures[chosen].float() / 255, rng))
        losses = [F.cross_entropy(scores[q].float(), truths[q][chosen], ignore_index=-1) for q in QUESTIONS]
        loss = torch.stack(losses).sum()
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
        schedule.step()
        if step % 100 == 0:
            say(f"judge  step {step} of {steps}  loss {loss.item():.3f}")
    if path:
        path.parent.mkdir(parents=True, exist_ok=True)
        new = path.with_suffix(".new")
        save_file({name: _halved(tensor) for name, tensor in judge.state_dict().items()}, new)
        new.chmod(0o644)
        new.replace(path)
    return judge.eval()


def drawn_scenes(count: int, seed: int) -> tuple[torch.Tensor, dict[str, torch.Tensor]]:
    """So many wide scenes as bytes `(n, 3, 72, 128)`, with the right answers (-1: does not apply)."""
    seen, rows = zip(*on_all_cores(_seen, [(seed, number) for number in range(count)]), strict=True)
    return torch.from_numpy(np.stack(seen)).permute(0, 3, 1, 2), dict(zip(QUESTIONS, torch.tensor(rows).T, strict=True))


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


def _seen(number: tuple[int, int]) -> tuple[npt.NDArray[np.uint8], list[int]]:
    scene = scenes.imagine(np.random.default_rng(number), size=scenes.WIDE, people=0.15)
    pixels = np.asarray(scenes.draw(scene).resize(LOOKED_AT, Image.Resampling.BOX))
    return pixels, [QUESTIONS[q].index(a) if a else -1 for q, a in truth(scene).items()]


def _shaken(pictures: torch.Tensor, rng: Any) -> torch.Tensor:
    """Mirrored, moved, blurred and re-lit a little: the judge must not rest on single pixels."""
    if rng.random() < 0.5:
        pictures = pictures.flip(3)
    if rng.random() < 0.5:
        for _ in range(rng.integers(1, 5)):
            pictures = F.avg_pool2d(pictures, 3, 1, 1, count_include_pad=False)
    pictures = pictures.roll((int(rng.integers(-3, 4)), int(rng.integers(-6, 7))), (2, 3))
    noise = torch.from_numpy(rng.normal(0, 0.03, (len(pictures), 1, *pictures.shape[2:]))).float()
    light = torch.from_numpy(rng.uniform(0.9, 1.1, (len(pictures), 3, 1, 1))).float()
    return (pictures * light + noise).clamp(0, 1)


def _halved(tensor: torch.Tensor) -> torch.Tensor:
    return (tensor.half() if tensor.is_floating_point() else tensor).contiguous()


def main(arguments: Sequence[str] | None = None) -> None:
    """Train the judge and keep its weights."""
    parser = argparse.ArgumentParser(prog="python -m generation.preview.judges", description=__doc__)
    parser.add_argument("--scenes", type=int, default=40_000, help="drawn to learn from (default %(default)s)")
    parser.add_argument("--epochs", type=int, default=5)
    given = parser.parse_args(arguments)
    train_judge(given.scenes, given.epochs, say=_say, path=WEIGHTS)


def _say(line: str) -> None:
    sys.stderr.write(f"{line}\n")


if __name__ == "__main__":
    main()
