"""ControlNets of a loaded pipeline: each looked at, read when a job first needs it, and kept for the next.

A ControlNet that does not belong to the UNet is loaded by diffusers without a word and fails while painting, or paints
nonsense; so their configurations are compared first.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from generation.engine.checkpoint import read_table, tensor_count
from generation.engine.errors import EngineError
from generation.engine.memory import free, is_about_memory
from generation.engine.roles import role

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    import torch

    from generation.engine.jobs import Guide, GuideKind
    from generation.engine.profile import Profile

WEIGHTS = "diffusion_pytorch_model"
VARIANTS = (None, "fp16")  # of the file's name; some are published in half precision alone
CLASSES = ("ControlNetModel", "ControlNet")  # the second is ours, which reads both
USUAL = {
    "in_channels": 4,
    "cross_attention_dim": 1280,
    "block_out_channels": [320, 640, 1280, 1280],
    "layers_per_block": 2,
    "addition_embed_type": None,
    "projection_class_embeddings_input_dim": None,
}  # what a configuration means that does not say
KEPT_FOR = 16  # calls of `paint` without it: then its memory is for those who paint
COLOURS = 3  # channels of a control image


class ControlNets:
    """Those of one pipeline: one for each kind of guide, no more. Not for several threads at once."""

    def __init__(self, profile: Profile, pipe: Any, device: torch.device) -> None:
        self._profile = profile
        self._pipe = pipe
        self._device = device
        self._held: dict[str, Any] = {}
        self._unused: dict[str, int] = {}  # how often in a row somebody painted without

    @property
    def held(self) -> tuple[str, ...]:
        """The kinds of guides whose ControlNets are in memory."""
        return tuple(self._held)

    def open(self, guides: Sequence[Guide]) -> list[Any]:
        """The ControlNets for the guides, in their order; read where they are not in memory yet.

        One that was not asked for in the last KEPT_FOR calls gives back its memory.

        EngineError: those of `roles.role`, guide_wrong(folder, reason), guide_misfit(folder, reason), out_of_memory.
        """
        kinds = [guide.kind for guide in guides]
        self._unused = {kind: 0 if kind in kinds else self._unused.get(kind, 0) + 1 for kind in self._held}
        self.drop(keep=[kind for kind, number in self._unused.items() if number < KEPT_FOR])
        for guide in guides:
            if guide.kind not in self._held:
                self._held[guide.kind] = _load(role(self._profile, guide.kind).folder, self._pipe.unet)
        return [self._held[guide.kind] for guide in guides]

    def place(self, *, offloaded: bool) -> None:
        """Bring all of them where the pipeline's models are: to the device, or off it, to come when they are called."""
        for net in self._held.values():
            net.to("cpu" if offloaded else self._device)

    def drop(self, keep: Iterable[str] = ()) -> None:
        """Give back the memory of every ControlNet but those of these kinds."""
        idle = [kind for kind in self._held if kind not in set(keep)]
        for kind in idle:
            del self._held[kind]
        if idle:
            free(self._device)


def inspect_role(profile: Profile, kind: GuideKind) -> None:
    """Look at the ControlNet of a profile whose checkpoint is there. EngineError: those of `role` and `inspect`."""
    inspect(role(profile, kind).folder, read_table(profile.folder / "unet" / "config.json"))


def inspect(folder: Path, unet: dict[str, Any]) -> str | None:
    """The variant of the ControlNet's file, where it is whole and belongs to a UNet with this configuration.

    EngineError: guide_wrong(folder, reason), guide_misfit(folder, reason). Without torch.
    """
    try:
        config = read_table(folder / "config.json")
        if config.get("_class_name") not in CLASSES:
            raise ValueError(f"it is a {config.get('_class_name')}")
        variant = next((one for one in VARIANTS if weights_file(folder, one).is_file()), None)
        if not weights_file(folder, variant).is_file():
            raise ValueError(f"{WEIGHTS}.safetensors is missing")
        tensor_count(weights_file(folder, variant))
    except ValueError as error:
        raise EngineError("guide_wrong", folder=str(folder), reason=str(error)) from error
    for reason in differences(config, unet):
        raise EngineError("guide_misfit", folder=str(folder), reason=reason)
    if (colours := config.get("conditioning_channels", COLOURS)) != COLOURS:
        raise EngineError("guide_misfit", folder=str(folder), reason=f"it reads pictures of {colours} channels")
    return variant


def differences(config: Mapping[str, Any], unet: Mapping[str, Any]) -> Iterator[str]:
    """In what a configuration is not as this UNet's, as far as models that work together must be alike."""
    for name, usual in USUAL.items():
        here, there = (_plain(each.get(name, usual)) for each in (config, unet))
        if name == "layers_per_block":
            blocks = len(_plain(unet.get("block_out_channels", USUAL["block_out_channels"])))
            here, there = (each if isinstance(each, list) else [each] * blocks for each in (here, there))
        if here != there:
            yield f"{name} is {here}, not {there}"


def _load(folder: Path, unet: Any) -> Any:
    """On the processor, in the UNet's number format."""
    from generation.engine.controlnet import ControlNet

    variant = inspect(folder, dict(unet.config))
    try:
        net = ControlNet.from_pretrained(
            folder, dtype=unet.dtype, variant=variant, local_files_only=True, use_safetensors=True
        )
        held, wanted = tensor_count(weights_file(folder, variant)), len(net.state_dict())
        if held < wanted:
            raise ValueError(f"its weights hold {held} tensors, its configuration asks for {wanted}")
    except (ValueError, OSError, RuntimeError, KeyError, TypeError) as error:
        if is_about_memory(error):
            raise
        reason = str(error).strip().partition("\n")[0]
        raise EngineError("guide_wrong", folder=str(folder), reason=reason or type(error).__name__) from error
    return net.eval().requires_grad_(requires_grad=False)


def weights_file(folder: Path, variant: str | None) -> Path:
    """The file of a model's weights in diffusers' layout, in that variant."""
    return folder / ".".join([WEIGHTS, *([variant] if variant else []), "safetensors"])


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value
