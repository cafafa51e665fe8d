"""Train the network for style transfer: `python -m generation.preview.training.style_network 15m`.

It learns to see in drawn scenes what they show, what colour they are, in which look they are drawn, and which grain was
laid over them; and to keep in the content layer where things are and which way their edges run. Normalised while it
learns (Ioffe and Szegedy 2015, arXiv:1502.03167); that is folded into the convolutions at the end, and every filter is
brought to a mean activation of 1.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import torch
import torch.nn.functional as F
from torch import nn

from generation.engine.restyle.files import write_network
from generation.engine.restyle.network import CONTENT, Network, balance
from generation.facts import COLOURS
from generation.preview import scenes
from generation.preview.drawing.lora_looks import LORA_LOOKS
from generation.preview.judges import QUESTIONS, truth
from generation.preview.training.grain import GRAINS, grained
from generation.preview.training.material import on_all_cores
from generation.preview.training.model import half_where_quick
from generation.preview.training.run import Amount, Run

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.random import Generator

FOLDER = Path(__file__).parent.parent / "style_network"
WIDTHS = (16, 32, 64, 128, 128)  # of VGG16's 64 … 512: a sixteenth of its work and less
SCENES = 5_000
BALANCED_ON, BALANCED_SEED = 64, 212
SEEN = (128, 72)  # pixels that are looked at: all of a scene, or a part of it
BATCH = 48
RATE = 4e-3
FORMS = "conv2_2"  # the layer that knows them well enough to compare content: see the network's card
DRESSED = 0.3  # of the scenes are in a look of the LoRAs, which are stronger than the painter's own
CELL = 8  # pixels for each answer of the content layer
ASKED: dict[str, tuple[str, ...]] = {
    **QUESTIONS,
    "look": (*QUESTIONS["look"], *LORA_LOOKS),
    "colour": tuple(COLOURS),
    "grain": GRAINS,
}
EDGES = ((0, 1), (1, 0), (1, 1), (1, -1))  # steps, down and across, over which brightness is compared


class Learning(nn.Module):
    """The network with a normalisation behind every convolution, and what asks it."""

    def __init__(self) -> None:
        super().__init__()
        self.network = Network(WIDTHS).requires_grad_(True)
        self.norms: Any = nn.ModuleDict(
            {name: nn.BatchNorm2d(WIDTHS[int(name[4]) - 1]) for name in self.network.places}
        )
        self.answers = nn.ModuleDict({name: nn.Linear(WIDTHS[-1] * 2, len(ASKED[name])) for name in ASKED})
        self.places = nn.Conv2d(WIDTHS[3], 3 + len(EDGES), 1)
        for layer in self.network.features:
            if isinstance(layer, nn.Conv2d):
                nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")

    def forward(self, pictures: torch.Tensor) -> tuple[dict[str, torch.Tensor], torch.Tensor]:
        """Scores for every answer, `(n, answers)` per question, and what is where: `(n, 7, height / 8, width / 8)`."""
        after = {place: self.norms[name] for name, place in self.network.places.items()}
        seen, where = (pictures - self.network.mean) / self.network.spread, None
        for place, layer in enumerate(self.network.features):
            seen = layer(seen)
            if place in after:
                seen = after[place](seen)
            if place == self.network.places[CONTENT] + 1:
                where = self.places(seen)
        assert where is not None
        summary = torch.cat([seen.mean(dim=(2, 3)), seen.amax(dim=(2, 3))], dim=1)
        return {name: answer(summary) for name, answer in self.answers.items()}, where

    @torch.no_grad()
    def folded(self) -> Network:
        """The network alone: each normalisation, as it has become, is part of its convolution."""
        network = Network(WIDTHS, FORMS)
        network.load_state_dict(self.network.state_dict())
        features: Any = network.features
        for name, place in network.places.items():
            layer, norm = features[place], self.norms[name]
            scale = norm.weight / (norm.running_var + norm.eps).sqrt()
            layer.weight.mul_(scale.view(-1, 1, 1, 1))
            layer.bias.copy_((layer.bias - norm.running_mean) * scale + norm.bias)
        return network


def train_style_network(
    amount: Amount, scenes_drawn: int, *, seed: int = 211, say: Callable[[str], None], folder: Path
) -> Network:
    """Train a network on newly drawn scenes, and write it to `folder`."""
    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    learning: Any = Learning().train().to(memory_format=torch.channels_last)
    pictures, truths = _drawn(scenes_drawn, seed)
    say(f"drew {scenes_drawn} scenes")
    optimizer = torch.optim.AdamW(learning.parameters(), RATE, weight_decay=0.02)
    run = Run("style network", amount, optimizer, say, every=50)
    for _ in run:
        chosen = rng.integers(len(pictures), size=BATCH)
        seen = _looked_at(pictures[chosen], rng)
        seen, grains = grained(seen, rng)
        with half_where_quick(seen.device):
            scores, where = learning(seen.to(memory_format=torch.channels_last))
        right = {name: truths[name][chosen] for name in truths} | {"grain": grains}
        losses = [F.cross_entropy(scores[name].float(), right[name], ignore_index=-1) for name in ASKED]
        run.note(float(torch.stack(losses).detach().mean()))
        loss = torch.stack(losses).sum() + 4 * F.l1_loss(where.float(), _what_is_where(seen))
        loss.backward()
        torch.nn.utils.clip_grad_norm_(learning.parameters(), 5.0)
        optimizer.step()
        optimizer.zero_grad()
        if run.step % 200 == 199:
            say("right: " + ", ".join(f"{n} {_right(scores[n], right[n]):.2f}" for n in ASKED))
    network = learning.eval().folded()
    balance(network, balanced_on())
    write_network(network, folder)
    return network


def balanced_on(count: int | None = None) -> list[torch.Tensor]:
    """Drawn scenes over which filters are balanced, `(1, 3, 144, 256)` each, 0 … 1."""
    pictures = [_one((BALANCED_SEED, number))[0] for number in range(count or BALANCED_ON)]
    return [torch.from_numpy(pixels.copy()).permute(2, 0, 1)[None].float() / 255 for pixels in pictures]


def _drawn(count: int, seed: int) -> tuple[torch.Tensor, dict[str, torch.Tensor]]:
    """So many wide scenes as bytes `(n, 3, 144, 256)`, with the right answers (-1: does not apply)."""
    seen, rows = zip(*on_all_cores(_one, [(seed, number) for number in range(count)]), strict=True)
    names = [name for name in ASKED if name != "grain"]
    return torch.from_numpy(np.stack(seen)).permute(0, 3, 1, 2), dict(zip(names, torch.tensor(rows).T, strict=True))


def _one(number: tuple[int, int]) -> tuple[npt.NDArray[np.uint8], list[int]]:
    rng = np.random.default_rng(number)
    scene = scenes.imagine(rng, size=scenes.WIDE, people=0.2)
    picture, right = scenes.draw(scene), truth(scene)
    if scene.look is None and rng.random() < DRESSED:
        look = list(LORA_LOOKS)[int(rng.integers(len(LORA_LOOKS)))]
        picture, right["look"] = LORA_LOOKS[look](picture), look
    right["colour"] = None if scene.black_and_white or not scene.colours else scene.colours[0]
    answers = [(name, right[name]) for name in ASKED if name != "grain"]
    return np.asarray(picture), [ASKED[name].index(answer) if answer else -1 for name, answer in answers]


def _looked_at(pictures: torch.Tensor, rng: Generator) -> torch.Tensor:
    """`(n, 3, 72, 128)`, 0 … 1: the scenes made smaller, or as much of them as there is room for; mirrored, re-lit."""
    wide, high = SEEN
    if rng.random() < 0.5:
        seen = F.avg_pool2d(pictures.float(), 2) / 255
    else:
        top, left = (int(rng.integers(room + 1)) for room in (pictures.shape[2] - high, pictures.shape[3] - wide))
        seen = pictures[:, :, top : top + high, left : left + wide].float() / 255
    if rng.random() < 0.5:
        seen = seen.flip(3)
    return (seen * torch.from_numpy(rng.uniform(0.85, 1.1, (len(seen), 1, 1, 1))).float()).clamp(0, 1)


def _what_is_where(pictures: torch.Tensor) -> torch.Tensor:
    """`(n, 7, height / 8, width / 8)`: mean colours, and how strong edges are in four directions, about 0 … 1."""
    light = pictures.mean(dim=1, keepdim=True)
    padded = F.pad(light, (1, 1, 1, 1), mode="replicate")
    high, wide = light.shape[2:]
    moved = [padded[:, :, 1 + down : 1 + down + high, 1 + across : 1 + across + wide] for down, across in EDGES]
    edges = [(light - other).abs() * 4 for other in moved]
    return F.avg_pool2d(torch.cat([pictures, *edges], dim=1), CELL)


def _right(scores: torch.Tensor, answers: torch.Tensor) -> float:
    asked = answers >= 0
    return float((scores.argmax(dim=1) == answers)[asked].float().mean())


def main(arguments: Sequence[str] | None = None) -> None:
    """Train the network and keep its weights."""
    parser = argparse.ArgumentParser(prog="python -m generation.preview.training.style_network", description=__doc__)
    parser.add_argument("amount", type=Amount.parse, help="how many steps (1200) or minutes (15m)")
    parser.add_argument("--scenes", type=int, default=SCENES, help="drawn to learn from (default %(default)s)")
    parser.add_argument("--folder", type=Path, default=FOLDER)
    given = parser.parse_args(arguments)
    train_style_network(given.amount, given.scenes, say=_say, folder=given.folder)


def _say(line: str) -> None:
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()


if __name__ == "__main__":
    main()
