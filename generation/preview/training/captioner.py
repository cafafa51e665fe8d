"""The captioner: a small BLIP (Li et al. 2022, arXiv:2201.12086). Its parts before any training, and how it learns.

It learns to say a scene's line and, of clutter, nothing. Beside that it answers for every part of the line from what
its vision tower sees as a whole, by heads that are thrown away: words alone teach a tower too slowly.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn
from transformers import BlipForConditionalGeneration, BlipProcessor

from generation.engine.captions.build import Shape, build, write
from generation.engine.quiet import quiet
from generation.preview.lines import answers, vocabulary
from generation.preview.training.model import half_where_quick, seeded, tidy
from generation.preview.training.optimizer import Muon
from generation.preview.training.run import Amount, Run
from generation.preview.training.sights import SIDE

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    import numpy.typing as npt
    from numpy.random import Generator

    from generation.preview.training.sights import Sight

SHAPE = Shape(width=128, heads=4, layers=6, text_layers=2, side=SIDE, patch=16, longest=32)
BATCH = 64
PIECES = 0.15  # of a picture's sides that a crop may leave out
NOISE, LIGHT = 0.03, 0.1
UNTOLD = -100  # what cross entropy passes over


def create(seed: int) -> tuple[Any, Any]:
    """The model and its processor, untrained."""
    return build(vocabulary(), SHAPE, seed)


def load(folder: Path) -> tuple[Any, Any]:
    """The model in a folder, in float32, and its processor."""
    with quiet():
        model = BlipForConditionalGeneration.from_pretrained(folder, local_files_only=True, dtype=torch.float32)
        return model, BlipProcessor.from_pretrained(folder, local_files_only=True)


def save(model: Any, processor: Any, folder: Path) -> None:
    """Write both to `folder` in half precision; what else lies there stays."""
    processor.tokenizer.backend_tokenizer.no_padding()  # what its last call padded and cut is no part of it
    processor.tokenizer.backend_tokenizer.no_truncation()
    write(model, processor, folder)
    for path in folder.iterdir():
        tidy(path)


def train_captioner(
    model: Any,
    processor: Any,
    sights: Sequence[Sight],
    amount: Amount,
    say: Callable[[str], None],
    *,
    seed: int,
    milestone: Callable[[], None],
    every: int = 500,
) -> None:
    """Train the model in place; `milestone` is called after every `every` steps."""
    rng = seeded(seed, model)
    pixels = torch.from_numpy(np.stack([sight.pixels for sight in sights])).permute(0, 3, 1, 2)
    tokens = encoded(processor.tokenizer, model.config.text_config.bos_token_id, sights)
    truths = _truths(sights)
    heads = nn.ModuleDict({part: nn.Linear(SHAPE.width, len(names)) for part, names in _asked().items()})
    whole = nn.ModuleList([model.train(), heads])
    optimizer = Muon(whole)
    run = Run("captioner", amount, optimizer, say, every=100)
    for step in run:
        chosen = torch.from_numpy(rng.integers(len(sights), size=BATCH))
        seen = normalised(shaken(pixels[chosen].float() / 255, rng), processor.image_processor)
        said = tokens[chosen]
        said = said[:, : int((said != UNTOLD).sum(dim=1).max())]
        with half_where_quick(seen.device):
            # What stands for padding is after all that counts, so no mask is needed.
            made = model(pixel_values=seen, input_ids=said.clamp(min=0), labels=said)
            summary = made.last_hidden_state.mean(dim=1)
            scores = {part: head(summary).float() for part, head in heads.items()}
        apart = [F.cross_entropy(scores[part], truths[part][chosen], ignore_index=UNTOLD) for part in heads]
        run.note(made.loss.item())
        (made.loss + torch.stack(apart).mean()).backward()
        torch.nn.utils.clip_grad_norm_(whole.parameters(), 5.0)
        optimizer.step()
        if step % 100 == 99:
            right = {part: _right(scores[part], truths[part][chosen]) for part in heads}
            say("right: " + ", ".join(f"{part} {share:.2f}" for part, share in right.items()))
        if step % every == every - 1:
            milestone()
    model.eval()


def encoded(tokenizer: Any, begin: int, sights: Sequence[Sight]) -> torch.Tensor:
    """What there is to say of each as tokens `(n, longest)`: `begin`, words, [SEP], and UNTOLD behind."""
    lines = [str(sight.line or "") for sight in sights]
    rows = [[begin, *tokenizer(line, add_special_tokens=False).input_ids, tokenizer.sep_token_id] for line in lines]
    longest = max(map(len, rows))
    return torch.tensor([row + [UNTOLD] * (longest - len(row)) for row in rows])


def shaken(pictures: torch.Tensor, rng: Generator) -> torch.Tensor:
    """Mirrored, cropped, re-lit and made noisy, each by itself. `(n, 3, side, side)`, 0 … 1."""
    count = len(pictures)
    scale = 1 - rng.uniform(0, PIECES, (count, 2))
    moved = rng.uniform(-1, 1, (count, 2)) * (1 - scale)
    frames = np.zeros((count, 2, 3))
    frames[:, 0, 0] = scale[:, 0] * rng.choice((-1, 1), count)
    frames[:, 1, 1] = scale[:, 1]
    frames[:, :, 2] = moved
    grid = F.affine_grid(_tensor(frames), list(pictures.shape), align_corners=False)
    seen = F.grid_sample(pictures, grid, mode="bilinear", padding_mode="reflection", align_corners=False)
    light = _tensor(1 + rng.uniform(-LIGHT, LIGHT, (count, 1, 1, 1)))
    strength = _tensor(rng.uniform(0, NOISE, (count, 1, 1, 1)) * (rng.random((count, 1, 1, 1)) < 0.5))
    return (seen * light + torch.randn_like(seen) * strength).clamp(0, 1)


def normalised(pictures: torch.Tensor, image_processor: Any) -> torch.Tensor:
    """As the processor normalises them: `(n, 3, side, side)`."""
    known = image_processor.image_mean, image_processor.image_std
    mean, spread = (torch.tensor(values).view(3, 1, 1) for values in known)
    return (pictures - mean) / spread


def _asked() -> dict[str, tuple[str, ...]]:
    return {"scene": ("no", "yes"), **answers()}


def _truths(sights: Sequence[Sight]) -> dict[str, torch.Tensor]:
    """The right answers; UNTOLD for parts that are not said."""
    found = {"scene": torch.tensor([int(sight.line is not None) for sight in sights])}
    for part, names in answers().items():
        said = [getattr(sight.line, part) if sight.line else None for sight in sights]
        found[part] = torch.tensor([names.index(name) if name else UNTOLD for name in said])
    return found


def _right(scores: torch.Tensor, truth: torch.Tensor) -> float:
    asked = truth != UNTOLD
    return float((scores.argmax(dim=1) == truth)[asked].float().mean())


def _tensor(values: npt.NDArray[np.float64]) -> torch.Tensor:
    return torch.from_numpy(values).float()
