"""The finder of people in painted pictures: where joints and faces are. It knows drawings alone, and never the painter.

`python -m generation.preview.finder` trains it on drawn scenes, and its weights lie in `judge/`: a guide that is judged
cannot have shaped what judges it.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import torch
import torch.nn.functional as F
from PIL import Image
from safetensors.torch import load_file, save_file
from torch import nn

from generation.preview.casts import Cast, draw_casts
from generation.preview.drawing.people import EXPRESSIONS
from generation.preview.drawing.skeletons import skeleton
from generation.preview.scenes import WIDE, Portrait
from generation.preview.training.model import half_where_quick

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.random import Generator

    from generation.engine.guides.skeleton import Point

WEIGHTS = Path(__file__).parent / "judge" / "finder.safetensors"
JOINTS = 18
FEATURES = ("r_eye", "l_eye", "nose", "chin", "lip_top", "lip_bottom")
LOOKED_AT = (128, 72)  # pixels
SPREAD = 1.0  # of what it learns to answer around each joint, in cells
BATCH = 32
RATE = 3e-3
WINDOW = 2  # cells around the best one in which the mean is taken


@dataclass(frozen=True)
class Found:
    """Of one picture: the likeliest place of each joint and feature, in heights of the picture, and the expression."""

    joints: tuple[Point, ...]
    features: dict[str, Point]
    expression: str


class Finder(nn.Module):
    """A small network that answers with a map for each joint and feature, a cell for every two pixels each way."""

    def __init__(self) -> None:
        super().__init__()
        self.fine = nn.Sequential(*_layer(3, 24), *_layer(24, 48, 2), *_layer(48, 48))
        self.middle = nn.Sequential(*_layer(48, 96, 2), *_layer(96, 96))
        self.coarse = nn.Sequential(*_layer(96, 88, 2), *_layer(88, 88), *_layer(88, 88, dilation=2))
        self.to_middle, self.to_fine = nn.Conv2d(88, 96, 1), nn.Conv2d(96, 48, 1)
        self.joined, self.last = nn.Sequential(*_layer(96, 96)), nn.Sequential(*_layer(48, 48))
        self.places = nn.Conv2d(48, JOINTS + len(FEATURES), 1)
        self.expression = nn.Linear(2 * 88, len(EXPRESSIONS))

    def forward(self, pictures: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Pictures `(n, 3, height, width)`, 0 … 1, to maps `(n, joints + features, height/2, width/2)` and expressions.

        Both before any softmax.
        """
        fine = self.fine(pictures - 0.5)
        middle = self.middle(fine)
        coarse = self.coarse(middle)
        joined = self.joined(middle + F.interpolate(self.to_middle(coarse), size=middle.shape[2:]))
        last = self.last(fine + F.interpolate(self.to_fine(joined), size=fine.shape[2:]))
        summary = torch.cat([coarse.mean(dim=(2, 3)), coarse.amax(dim=(2, 3))], dim=1)
        return self.places(last), self.expression(summary)

    @torch.no_grad()
    def find(self, pictures: Sequence[Image.Image]) -> list[Found]:
        """Where in each picture of WIDE's shape everything is, if somebody is there."""
        self.eval()
        found = []
        for picture in pictures:
            maps, expressions = self(_as_numbers([np.asarray(picture.convert("RGB"))]).float() / 255)
            points = [_likeliest(one) for one in maps[0]]
            features = dict(zip(FEATURES, points[JOINTS:], strict=True))
            found.append(Found(tuple(points[:JOINTS]), features, EXPRESSIONS[int(expressions.argmax())]))
        return found


def load_finder(path: Path = WEIGHTS) -> Finder:
    """The frozen finder."""
    finder = Finder()
    finder.load_state_dict({name: tensor.float() for name, tensor in load_file(path).items()})
    return finder.eval()


def train_finder(scenes: int, steps: int, *, seed: int = 202, say: Callable[[str], None], path: Path) -> None:
    """Train a finder on so many scenes, three of five with figures and two with a portrait, and write its weights."""
    torch.manual_seed(seed)
    finder: Any = Finder().train().to(memory_format=torch.channels_last)
    drawn = draw_casts(scenes * 3 // 5, seed, "figures", WIDE) + draw_casts(scenes * 2 // 5, seed + 1, "portrait", WIDE)
    pictures = _as_numbers([item.pixels for item in drawn])
    say(f"finder  drew {len(drawn)} scenes")
    optimizer = torch.optim.AdamW(finder.parameters(), weight_decay=0.02)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, RATE, total_steps=steps)
    rng = np.random.default_rng(seed)
    for step in range(steps):
        chosen = rng.integers(len(drawn), size=BATCH)
        seen = _shaken(pictures[torch.from_numpy(chosen)].float() / 255, rng)
        with half_where_quick(pictures.device):
            maps, expressions = finder(seen.contiguous(memory_format=torch.channels_last))
        loss = _loss(maps.float(), expressions.float(), [drawn[number] for number in chosen])
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
        schedule.step()
        if step % 50 == 0:
            say(f"finder  step {step} of {steps}  loss {loss.item():.3f}")
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_suffix(".new")
    weights = finder.state_dict().items()
    save_file({name: (t.half() if t.is_floating_point() else t).contiguous() for name, t in weights}, new)
    new.chmod(0o644)
    new.replace(path)


def _loss(maps: torch.Tensor, expressions: torch.Tensor, items: Sequence[Cast]) -> torch.Tensor:
    """Cross entropy of each map with spots where the joint is on anybody; of no map where it is on nobody."""
    high, wide = maps.shape[2:]
    wanted = torch.zeros_like(maps)
    rows, columns = torch.arange(high)[:, None] + 0.5, torch.arange(wide)[None] + 0.5
    for number, item in enumerate(items):
        for kind, (x, y) in _told(item):
            away = (rows - y * high) ** 2 + (columns - x * high) ** 2
            wanted[number, kind] += torch.exp(away / (-2 * SPREAD**2))
    wanted, mass = wanted.flatten(2), wanted.sum(dim=(2, 3))
    wanted = wanted / mass.clamp(min=1e-6)[..., None]
    cross = -(wanted * F.log_softmax(maps.flatten(2), dim=2)).sum(dim=2)
    told = mass > 0
    moods = torch.tensor([_mood(item) for item in items])
    mood = F.cross_entropy(expressions, moods, ignore_index=-1) if (moods >= 0).any() else expressions.sum() * 0
    return cross[told].mean() + mood


def _told(item: Cast) -> list[tuple[int, Point]]:
    wide, high = item.scene.size
    found: list[tuple[int, Point]] = []
    for places in item.places:
        if isinstance(item.scene.who, Portrait):
            found += [(JOINTS + number, places[name]) for number, name in enumerate(FEATURES)]
        else:
            points = skeleton(places, wide / high).points
            found += [(number, (p[0] * wide / high, p[1])) for number, p in enumerate(points) if p is not None]
    return found


def _mood(item: Cast) -> int:
    return EXPRESSIONS.index(item.scene.who.expression) if isinstance(item.scene.who, Portrait) else -1


def _likeliest(scores: torch.Tensor) -> Point:
    """The mean place around the best cell, in heights of the picture."""
    high, wide = scores.shape
    best = int(scores.argmax())
    row, column = divmod(best, wide)
    top, left = max(0, row - WINDOW), max(0, column - WINDOW)
    near = scores[top : row + WINDOW + 1, left : column + WINDOW + 1]
    share = near.flatten().softmax(0).view_as(near)
    y = (share.sum(1) * torch.arange(near.shape[0])).sum() + top + 0.5
    x = (share.sum(0) * torch.arange(near.shape[1])).sum() + left + 0.5
    return float(x) / high, float(y) / high


def _as_numbers(pictures: Sequence[npt.NDArray[np.uint8]]) -> torch.Tensor:
    """Pictures as bytes `(n, 3, height, width)` of LOOKED_AT's size."""
    small = [np.asarray(Image.fromarray(one).resize(LOOKED_AT, Image.Resampling.BOX)) for one in pictures]
    return torch.from_numpy(np.stack(small)).permute(0, 3, 1, 2)


def _shaken(pictures: torch.Tensor, rng: Generator) -> torch.Tensor:
    """Blurred, speckled, smudged and coloured anew: painted pictures are never as clean as drawings."""
    if rng.random() < 0.5:
        for _ in range(rng.integers(1, 3)):
            pictures = F.avg_pool2d(pictures, 3, 1, 1, count_include_pad=False)
    high, wide = pictures.shape[2:]
    if rng.random() < 0.3:
        coarse = F.interpolate(pictures, scale_factor=float(rng.uniform(0.4, 0.8)), mode="area")
        pictures = F.interpolate(coarse, size=(high, wide), mode="bilinear")
    for cells, strength in ((3, 0.15), (18, 0.1), (36, 0.06)):
        grid = torch.from_numpy(rng.normal(0, strength * rng.random(), (len(pictures), 3, cells, cells * 2))).float()
        pictures = pictures + F.interpolate(grid, size=(high, wide), mode="bilinear")
    tint = torch.from_numpy(rng.uniform(0.75, 1.2, (len(pictures), 3, 1, 1))).float()
    return (pictures * tint).clamp(0, 1)


def _layer(wide: int, wider: int, stride: int = 1, dilation: int = 1) -> list[nn.Module]:
    return [nn.Conv2d(wide, wider, 3, stride, dilation, dilation), nn.BatchNorm2d(wider), nn.ReLU()]


def main(arguments: Sequence[str] | None = None) -> None:
    """Train the finder and keep its weights."""
    parser = argparse.ArgumentParser(prog="python -m generation.preview.finder", description=__doc__)
    parser.add_argument("--scenes", type=int, default=6_000, help="drawn to learn from (default %(default)s)")
    parser.add_argument("--steps", type=int, default=1_500)
    parser.add_argument("--to", type=Path, default=WEIGHTS)
    given = parser.parse_args(arguments)
    train_finder(given.scenes, given.steps, say=_say, path=given.to)


def _say(line: str) -> None:
    sys.stderr.write(f"{line}\n")


if __name__ == "__main__":
    main()
