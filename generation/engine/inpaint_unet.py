"""The UNet for masks: of nine channels, which sees what is around the part that it paints; kept while it is used.

It alone is read of an inpainting checkpoint. Text encoder, tokenizer and VAE are the base's, which it was trained with.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from generation.engine.checkpoint import FILES, read_table, tensor_count
from generation.engine.controlnets import VARIANTS, WEIGHTS, differences, weights_file
from generation.engine.errors import EngineError
from generation.engine.memory import free, is_about_memory

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    import torch

    from generation.engine.jobs import LoraUse
    from generation.engine.lora_places import Places
    from generation.engine.loras import Loras
    from generation.engine.profile import Profile
    from generation.engine.unet_loras import UnetLoras

CHANNELS = 9  # latents, mask, and latents of the picture without what is inside the mask
KEPT_FOR = 16  # calls of `paint` without a mask: then its memory is for those who paint


class InpaintUnet:
    """None or one, with LoRAs of its own. Not for several threads at once."""

    def __init__(self, profile: Profile, pipe: Any, device: torch.device, base_loras: Loras) -> None:
        self._profile = profile
        self._pipe = pipe
        self._device = device
        self._places = base_loras.places
        self._held: tuple[Any, UnetLoras] | None = None
        self._unused = 0

    @property
    def held(self) -> bool:
        """Whether it is in memory."""
        return self._held is not None

    def open(self, uses: Sequence[LoraUse]) -> Any | None:
        """The UNet, wearing these LoRAs and no others; None where the profile has none, and the base does it.

        EngineError: inpaint_wrong(folder, reason), inpaint_misfit(folder, reason), out_of_memory, and those of
        `Loras.wear`.
        """
        self._unused = 0
        if self._held is None:
            folder = folder_of(self._profile)
            if folder is None:
                return None
            from generation.engine.unet_loras import UnetLoras

            unet = _load(folder, dict(self._pipe.unet.config), _prediction(self._pipe.scheduler.config), self._pipe)
            if (reason := _modules_differ(unet, self._places)) is not None:
                raise EngineError("inpaint_misfit", folder=str(folder), reason=reason)
            self._held = unet, UnetLoras(unet, self._device, self._places)
        unet, loras = self._held
        _unhook(unet)
        loras.wear(uses)
        return unet

    def place(self, *, offloaded: bool) -> None:
        """Bring it where the pipeline's models are: to the device, or off it, to come when it is called."""
        if self._held is not None:
            _unhook(self._held[0])
            self._held[0].to("cpu" if offloaded else self._device)

    def passed_over(self) -> None:
        """Something was painted, and it was not needed."""
        self._unused += 1
        if self._unused >= KEPT_FOR:
            self.drop()

    def drop(self, keep: Sequence[str] | None = None) -> None:
        """Give back its memory; where `keep` is given, only that of LoRAs with other names."""
        if self._held is None:
            return
        if keep is not None:
            self._held[1].drop(keep)
            return
        self._held = None
        free(self._device)


def folder_of(profile: Profile) -> Path | None:
    """Where the profile's UNet for masks lies, in a whole checkpoint or by itself; None where there is none."""
    named = profile.roles.get("inpaint")
    if named is None or not named.folder.is_dir():
        return None
    inside = named.folder / "unet"
    return inside if inside.is_dir() else named.folder


def inspect_inpaint(profile: Profile) -> bool:
    """Whether a profile whose checkpoint is there has a UNet for masks. EngineError: those of `inspect`."""
    folder = folder_of(profile)
    if folder is None:
        return False
    unet, scheduler = (read_table(profile.folder / part / FILES[part]) for part in ("unet", "scheduler"))
    inspect(folder, unet, _prediction(scheduler))
    return True


def inspect(folder: Path, unet: Mapping[str, Any], prediction: str) -> str | None:
    """The variant of the file, where it is whole and takes the place of a UNet with this configuration. Without torch.

    EngineError: inpaint_wrong(folder, reason), inpaint_misfit(folder, reason).
    """
    try:
        config = read_table(folder / "config.json")
        if config.get("_class_name") != "UNet2DConditionModel":
            raise ValueError(f"it is a {config.get('_class_name')}")
        variant = next((one for one in VARIANTS if weights_file(folder, one).is_file()), None)
        if not weights_file(folder, variant).is_file():
            raise ValueError(f"{WEIGHTS}.safetensors is missing")
        tensor_count(weights_file(folder, variant))
        beside = folder.parent / "scheduler" / "scheduler_config.json"
        own = _prediction(read_table(beside)) if folder.name == "unet" and beside.is_file() else prediction
    except ValueError as error:
        raise EngineError("inpaint_wrong", folder=str(folder), reason=str(error)) from error
    reason = next(differences(config, {**unet, "in_channels": CHANNELS}), None)
    if reason is None and own != prediction:
        reason = f"prediction_type is {own}, not {prediction}"
    if reason is not None:
        raise EngineError("inpaint_misfit", folder=str(folder), reason=reason)
    return variant


def _load(folder: Path, config: Mapping[str, Any], prediction: str, pipe: Any) -> Any:
    """On the processor, in the number format of the base's UNet."""
    from diffusers import UNet2DConditionModel

    variant = inspect(folder, config, prediction)
    try:
        unet: Any = UNet2DConditionModel.from_pretrained(
            folder, dtype=pipe.unet.dtype, variant=variant, local_files_only=True, use_safetensors=True
        )
        held, wanted = tensor_count(weights_file(folder, variant)), len(unet.state_dict())
        if held < wanted:
            raise ValueError(f"its weights hold {held} tensors, its configuration asks for {wanted}")
    except (ValueError, OSError, RuntimeError, KeyError, TypeError) as error:
        if is_about_memory(error):
            raise
        reason = str(error).strip().partition("\n")[0]
        raise EngineError("inpaint_wrong", folder=str(folder), reason=reason or type(error).__name__) from error
    return unet.eval().requires_grad_(requires_grad=False)


def _modules_differ(unet: Any, places: Places) -> str | None:
    """What of the base's modules is missing or of another shape; LoRAs and ControlNets for the base need them all."""
    modules = dict(unet.named_modules())
    for place in dict.fromkeys(places.values()):
        if place.part == "unet":
            shape = tuple(getattr(getattr(modules.get(place.path), "weight", None), "shape", ()))
            wanted = (place.shape[0], CHANNELS, *place.shape[2:]) if place.path == "conv_in" else place.shape
            if shape != wanted:
                return f"{place.path} is {shape}, not {wanted}"
    return None


def _prediction(scheduler: Mapping[str, Any]) -> str:
    return str(scheduler.get("prediction_type", "epsilon"))


def _unhook(unet: Any) -> None:
    """Take away what offloading has hung to it: a face that is gone has nobody else to do so."""
    from accelerate.hooks import remove_hook_from_module

    remove_hook_from_module(unet, recurse=True)
