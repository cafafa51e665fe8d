"""A ControlNet learns to bring drawn people to where a guide says: pairs of scenes and the guides for them.

ControlNet: Zhang et al. 2023, arXiv:2302.05543. It begins as the model's own way down; the model stays as it is.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import torch
import torch.nn.functional as F
from diffusers.models.attention_processor import AttnProcessor
from PIL import Image
from torch import nn

from generation.engine.controlnet import ControlNet
from generation.engine.guides.skeleton import Pose, draw_poses
from generation.preview import captions
from generation.preview.drawing.features import MESH_HEIGHT, draw_features, features
from generation.preview.drawing.skeletons import skeleton
from generation.preview.scenes import Portrait
from generation.preview.training.latents import latents_of
from generation.preview.training.model import half_where_quick, seeded, tidy
from generation.preview.training.optimizer import Muon
from generation.preview.training.painter import CAPTION_DROPOUT
from generation.preview.training.reader import tokens
from generation.preview.training.run import Amount, Run

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.random import Generator

    from generation.preview.casts import Cast

BATCH = 20
QUICKER = 1.5  # than the painter learns
CONDITION_CHANNELS = (16, 32, 64, 96)
SAME_SETTINGS = (
    *("in_channels", "flip_sin_to_cos", "freq_shift", "down_block_types", "mid_block_type", "only_cross_attention"),
    *("block_out_channels", "layers_per_block", "norm_num_groups", "norm_eps", "cross_attention_dim"),
    *("attention_head_dim", "addition_embed_type", "addition_embed_type_num_heads"),
)
SAME_PARTS = ("conv_in", "time_embedding", "add_embedding", "down_blocks", "mid_block")
NOISY, NOISY_SHARE = 0.5, 0.7  # of the steps start with at least so much of the time before them: there places are set
AFTER_SILU = 1.4  # a layer's answers are as large as its inputs, though the function between two of them shrinks them
GUIDED = 6.0  # how much more an error counts where the guide has lines
LOUDER = 2.0  # a guide is shipped so much stronger than it was learnt: guidance strengthens the words against it
SEEN_FROM_BEHIND, FACELESS, BOTH_EARS, MISSING = 0.1, 0.1, 0.3, 0.03  # shares of people, and of points
LIMBS = ((2, 5), (3, 6), (4, 7), (8, 11), (9, 12), (10, 13), (14, 15), (16, 17))  # right and left


def begin(unet: Any, seed: int) -> Any:
    """A ControlNet for a UNet that changes nothing yet. `ControlNetModel.from_unet` would forget the text's heads.

    The guide's embedding begins with its full strength, not with zeros: the taps are zero already, and behind them
    nothing would learn for hundreds of steps.
    """
    torch.manual_seed(seed)
    settings = {name: unet.config[name] for name in SAME_SETTINGS}
    net: Any = ControlNet(**settings, conditioning_embedding_out_channels=CONDITION_CHANNELS)
    for name in SAME_PARTS:
        getattr(net, name).load_state_dict(getattr(unet, name).state_dict())
    for layer in net.controlnet_cond_embedding.modules():
        if isinstance(layer, nn.Conv2d):
            nn.init.kaiming_normal_(layer.weight)
            layer.weight.data *= AFTER_SILU
            nn.init.constant_(cast("torch.Tensor", layer.bias), 0)
    return net


def train_guide(
    pipe: Any,
    net: Any,
    drawn: Sequence[Cast],
    amount: Amount,
    say: Callable[[str], None],
    *,
    name: str,
    seed: int,
    milestone: Callable[[], None],
) -> None:
    """Train `net` in place on scenes that have their latents. `milestone` is called every 200 steps."""
    rng = seeded(seed, net)
    pipe.unet.eval().requires_grad_(False)
    net.set_attn_processor(AttnProcessor())
    net.train().to(memory_format=torch.channels_last)
    optimizer = Muon(net)
    for group in optimizer.param_groups:
        group["lr"] *= QUICKER
    by_size = [[item for item in drawn if item.scene.size == size] for size in sorted({i.scene.size for i in drawn})]
    for step in (run := Run(name, amount, optimizer, say, every=50)):
        same = by_size[int(rng.choice(len(by_size), p=[len(items) / len(drawn) for items in by_size]))]
        loss = _loss(pipe, net, [same[number] for number in rng.integers(len(same), size=BATCH)], rng)
        run.note(loss.item())
        loss.backward()
        torch.nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        optimizer.step()
        if step % 200 == 199:
            milestone()
    net.eval()
    pipe.unet.requires_grad_(True)


def guide_for(item: Cast, rng: Generator) -> Image.Image:
    """The guide that leads to this scene: skeletons or faces, drawn somewhat differently each time."""
    size = item.scene.size
    if isinstance(item.scene.who, Portrait):
        high = (size[1], 2 * size[1], MESH_HEIGHT, MESH_HEIGHT)[int(rng.integers(4))]
        drawn = draw_features([features(places) for places in item.places], (round(size[0] * high / size[1]), high))
        return drawn.resize(size, Image.Resampling.LANCZOS)
    poses = [_shaken(skeleton(places, size[0] / size[1]), rng) for places in item.places]
    by = 2 if rng.random() < 0.15 else 1
    return draw_poses(poses, (size[0] * by, size[1] * by)).resize(size)


def save_guide(net: Any, folder: Path) -> None:
    """Write it to `folder` in half precision and LOUDER, each file whole; what else lies there stays."""
    folder.mkdir(parents=True, exist_ok=True)
    half: Any = ControlNet.from_config(net.config)
    half.load_state_dict(net.state_dict())
    _turn(half, LOUDER)
    with tempfile.TemporaryDirectory(dir=folder.parent) as place:
        half.half().save_pretrained(place)
        for path in Path(place).iterdir():
            tidy(path)
            path.replace(folder / path.name)


def load_guide(folder: Path) -> Any:
    """What `save_guide` wrote, as it was, to be trained on."""
    net: Any = ControlNet.from_pretrained(folder, local_files_only=True, use_safetensors=True).float()
    _turn(net, 1 / LOUDER)
    return net


@torch.no_grad()
def _turn(net: Any, by: float) -> None:
    for tap in (*net.controlnet_down_blocks, net.controlnet_mid_block):
        tap.weight *= by
        tap.bias *= by


def _loss(pipe: Any, net: Any, items: Sequence[Cast], rng: Generator) -> torch.Tensor:
    """How far the guided UNet is from the velocities of these scenes; what lies under the guide's lines counts more."""
    latents = torch.stack([latents_of(item) for item in items])
    noise = torch.from_numpy(rng.standard_normal(latents.shape, dtype=np.float32))
    without = rng.random(len(items)) < CAPTION_DROPOUT
    texts = [captions.unwanted(rng) if no else item.caption(rng) for no, item in zip(without, items, strict=True)]
    guides = np.stack([np.asarray(guide_for(item, rng)) for item in items])
    seen = torch.from_numpy(guides).permute(0, 3, 1, 2).float() / 255
    times = torch.from_numpy(_times(len(items), pipe.scheduler.config.num_train_timesteps, rng))
    noisy = pipe.scheduler.add_noise(latents, noise, times)
    with half_where_quick(latents.device):
        with torch.no_grad():
            read = pipe.text_encoder(tokens(pipe.tokenizer, texts)).last_hidden_state
        down, middle = net(noisy, times, read, seen.contiguous(memory_format=torch.channels_last), return_dict=False)
        answer = pipe.unet(
            noisy, times, read, down_block_additional_residuals=down, mid_block_additional_residual=middle
        ).sample.float()
    error = F.mse_loss(answer, pipe.scheduler.get_velocity(latents, noise, times), reduction="none")
    lines = F.adaptive_max_pool2d(seen.amax(dim=1, keepdim=True), latents.shape[2:])
    weight = 1 + (GUIDED - 1) * F.max_pool2d((lines > 0.2).float(), 3, 1, 1)
    return (error * weight).sum() / (weight.sum() * latents.shape[1])


def _times(count: int, last: int, rng: Generator) -> Any:
    way = (rng.random() + rng.permutation(count)) / count % 1
    return (np.interp(way, (0, 1 - NOISY_SHARE, 1), (0.02, NOISY, 1)) * last).astype(np.int64).clip(0, last - 1)


def _shaken(pose: Pose, rng: Generator) -> Pose:
    """The same person as others would find them: from behind, without a face, with both ears, without some points."""
    points = list(pose.points)
    if points[16] is None and points[17] is not None and rng.random() < BOTH_EARS:
        points[16] = _across(points[17], points[0], points[1])
    elif points[17] is None and points[16] is not None and rng.random() < BOTH_EARS:
        points[17] = _across(points[16], points[0], points[1])
    if rng.random() < FACELESS:
        points[0] = points[14] = points[15] = points[16] = points[17] = None
    if rng.random() < SEEN_FROM_BEHIND:
        for right, left in LIMBS:
            points[right], points[left] = points[left], points[right]
    kept = [None if rng.random() < MISSING else point for point in points]
    return Pose(tuple(kept)) if any(kept) else pose


def _across(ear: tuple[float, float], nose: tuple[float, float] | None, neck: tuple[float, float] | None) -> Any:
    """The other ear, on the far side of the face."""
    middle = nose or neck
    return None if middle is None else (min(1.0, max(0.0, 2 * middle[0] - ear[0])), ear[1])
