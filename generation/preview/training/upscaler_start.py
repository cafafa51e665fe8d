"""Where the upscaler begins: as a plain filter that makes pictures larger, so that it learns only what that lacks.

Every residual block adds nothing at first. The three colours go through all layers in channels of their own, each with
its opposite beside it: silu(x) - silu(-x) = x, so the last activation changes nothing. Two large constants among the
channels hold the last normalisation to one scale, whatever the picture.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch

if TYPE_CHECKING:
    from torch import nn

COLOURS = 6  # channels: red, its opposite, green, …
PIN = 12.0  # the two constants, plus and minus
TENT = torch.tensor([1.0, 2.0, 1.0])
BOX = torch.tensor([[1.0, 1.0, 0.0], [1.0, 1.0, 0.0], [0.0, 0.0, 0.0]]) / 4  # its layer pads below and right
STILL = -20.0  # logarithm of the latents' variance
PATCH = 32  # pixels of the picture with which scales are set


@torch.no_grad()
def begin_as_filter(unet: Any, vae: Any, scaling: float) -> None:
    """Set the weights of a new UNet, which reads latents and then a picture, and of a new autoencoder."""
    for part in (unet, vae.decoder, vae.encoder):
        for name, weights in part.named_parameters():
            if ".conv2." in name:
                weights.zero_()
    _colours(unet.conv_in, [(4 + number // 2, 1 - number % 2 * 2) for number in range(COLOURS)])
    last = unet.up_blocks[-1].resnets[-1].conv_shortcut  # reads what was before it and, behind, what `conv_in` gave
    behind = last.in_channels - unet.conv_in.out_channels
    _pinned(last, behind)
    _answer(unet.conv_out)
    vae.post_quant_conv.weight.copy_(scaling * torch.eye(4)[..., None, None])
    vae.post_quant_conv.bias.zero_()
    decoder = vae.decoder
    _colours(decoder.conv_in, [(number // 2, 1 - number % 2 * 2) for number in range(COLOURS)])
    for block in decoder.up_blocks:
        for grown in block.upsamplers or ():
            _colours(grown.conv, [(number, 1) for number in range(COLOURS)], torch.outer(TENT, TENT) / 16)
    _colours(decoder.up_blocks[1].resnets[0].conv_shortcut, [(number, 1) for number in range(COLOURS)])
    _pinned(decoder.up_blocks[-1].resnets[0].conv_shortcut, 0)
    _answer(decoder.conv_out)
    _encode_as_filter(vae, scaling)
    _scale(unet, vae, scaling)


def _encode_as_filter(vae: Any, scaling: float) -> None:
    """Latents that are the colours of the picture made small; nothing of them is drawn at random."""
    encoder = vae.encoder
    _colours(encoder.conv_in, [(number // 2, 1 - number % 2 * 2) for number in range(COLOURS)])
    for block in encoder.down_blocks:
        if block.resnets[0].conv_shortcut is not None:
            _colours(block.resnets[0].conv_shortcut, [(number, 1) for number in range(COLOURS)])
        for shrunk in block.downsamplers or ():
            _colours(shrunk.conv, [(number, 1) for number in range(COLOURS)], BOX)
    _pinned(encoder.down_blocks[-1].resnets[0].conv_shortcut, 0)
    _answer(encoder.conv_out)
    encoder.conv_out.weight[3:] = 0
    encoder.conv_out.bias[3:] = 0
    vae.quant_conv.weight.copy_(torch.eye(8)[..., None, None] / scaling)
    vae.quant_conv.bias.copy_(torch.tensor([0.0] * 4 + [STILL] * 4))


def _colours(layer: nn.Conv2d, sources: list[tuple[int, int]], kernel: torch.Tensor | None = None) -> None:
    """The first channels of a layer: each that of `sources` with its sign, through a kernel or as it is."""
    weight, bias = layer.weight, layer.bias
    assert bias is not None
    middle = weight.shape[-1] // 2
    for row, (source, sign) in enumerate(sources):
        weight[row] = 0
        bias[row] = 0
        if kernel is None:
            weight[row, source, middle, middle] = sign
        else:
            weight[row, source] = sign * kernel


def _pinned(shortcut: nn.Conv2d, first: int) -> None:
    """The colours from their channels, `first` and on, and the two constants behind them."""
    _colours(shortcut, [(first + number, 1) for number in range(COLOURS)])
    assert shortcut.bias is not None
    shortcut.weight[COLOURS : COLOURS + 2] = 0
    shortcut.bias[COLOURS], shortcut.bias[COLOURS + 1] = PIN, -PIN


def _answer(layer: nn.Conv2d) -> None:
    """Colours out of channels and their opposites; what else the layer says is as it was, but not of colours."""
    assert layer.bias is not None
    middle = layer.weight.shape[-1] // 2
    layer.weight[:3] = 0
    layer.bias[:3] = 0
    for colour in range(3):
        layer.weight[colour, 2 * colour, middle, middle] = 1
        layer.weight[colour, 2 * colour + 1, middle, middle] = -1


def _scale(unet: Any, vae: Any, scaling: float) -> None:
    """Measure by how much the normalisations shrink a picture of smooth noise, and undo it."""
    rough = torch.randn(1, 3, PATCH // 4, PATCH // 4, generator=torch.Generator().manual_seed(1)) / 2
    picture = torch.nn.functional.interpolate(rough, scale_factor=4.0, mode="bicubic")
    width = unet.config.cross_attention_dim
    inputs = torch.cat([torch.zeros(1, 4, PATCH, PATCH), picture], dim=1)
    labels = torch.zeros(1, dtype=torch.long)
    latents = unet(inputs, 999, torch.zeros(1, 1, width), class_labels=labels).sample
    unet.conv_out.weight[:3] *= _times(latents[:, :3], picture)
    made = vae.decode(torch.cat([picture, latents[:, 3:]], dim=1) / scaling).sample
    vae.decoder.conv_out.weight *= _times(torch.nn.functional.avg_pool2d(made, 4), picture)
    large = torch.nn.functional.interpolate(picture, scale_factor=4.0)
    vae.encoder.conv_out.weight[:3] *= _times(vae.encoder(large)[:, :3], picture)


def _times(found: torch.Tensor, wanted: torch.Tensor) -> float:
    return float((found * wanted).sum() / found.square().sum())
