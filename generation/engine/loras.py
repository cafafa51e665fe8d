"""LoRAs on a loaded pipeline: which of them the next pictures wear, and which stay warm for those after.

The base is never changed: diffusers and peft put a layer around each module, which adds what is switched on. Traps:
peft switches on some other adapter when an active one is deleted, and diffusers leaves empty settings behind when
loading fails; so what is worn is said anew before every batch. `cross_attention_kwargs={"scale": …}` is never used:
the pipeline remembers it, and scales the text encoder's part of whatever is loaded later.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from diffusers.utils.peft_utils import set_weights_and_activate_adapters
from peft.tuners.lora import LoraLayer

from generation.engine.lora_places import places
from generation.engine.lora_weights import read
from generation.engine.memory import SHORTAGES, free, is_about_memory

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    import torch

    from generation.engine.jobs import LoraUse
    from generation.engine.lora_places import Places
    from generation.engine.lora_weights import Weights

PARTS = ("unet", "text_encoder", "text_encoder_2")  # those that the pipeline has
WARM_BYTES = 400_000_000  # ten common LoRAs for SD 1.5 in half precision; a tenth of a small card
MOST_WARM = 8  # switching takes longer with every adapter that is there, used or not (diffusers #11816)


class Loras:
    """The adapters of one pipeline. Not for several threads at once, like the pipeline itself."""

    def __init__(self, pipe: Any, device: torch.device, known: Places | None = None) -> None:
        self._pipe = pipe
        self._device = device
        self.places = places(pipe) if known is None else known
        self._held: dict[str, int] = {}  # adapter to bytes, the least recently worn first

    @property
    def held(self) -> dict[str, int]:
        """The adapters in memory and the bytes that each takes, the least recently worn first."""
        return dict(self._held)

    def wear(self, uses: Sequence[LoraUse]) -> None:
        """Let what is painted from now on wear these LoRAs and no others; with none, it is the base bit for bit.

        Files are read where they are not in memory yet. What others wore stays there up to WARM_BYTES and MOST_WARM,
        the most recently worn; what is worn now is kept whatever it takes. EngineError: those of `lora_weights.read`,
        and out_of_memory. After an error nothing is worn.
        """
        uses = sorted((use for use in uses if use.weight), key=lambda use: use.name)
        try:
            for use in uses:
                if use.name in self._held:
                    self._held[use.name] = self._held.pop(use.name)
                else:
                    self._load(use, keep={use.name for use in uses})
        except BaseException:
            self._switch([])
            raise
        self._switch(uses)

    def drop(self, keep: Iterable[str] = ()) -> None:
        """Give back the memory of every adapter but these."""
        idle = [name for name in self._held if name not in set(keep)]
        for name in idle:
            self._remove(name)
        if idle:
            free(self._device)

    def _switch(self, uses: Sequence[LoraUse]) -> None:
        if uses:
            self._pipe.enable_lora()
            # What `pipe.set_adapters` ends in; itself it fails where a UNet's layers_per_block is a list (0.42).
            for model in self._models():
                set_weights_and_activate_adapters(model, [use.name for use in uses], [use.weight for use in uses])
        elif self._held:
            self._pipe.disable_lora()

    def _load(self, use: LoraUse, keep: set[str]) -> None:
        weights = self._read(use)
        needed = sum(one.bytes for one in weights)
        self._make_room(needed, keep)
        try:
            self._add(use.name, weights)
        except SHORTAGES as error:
            if not is_about_memory(error) or not set(self._held) - keep:
                raise
            self.drop(keep)
            self._add(use.name, weights)
        self._held[use.name] = needed

    def _read(self, use: LoraUse) -> list[Weights]:
        return read(use, self.places, self._pipe.unet.dtype)

    def _make_room(self, needed: int, keep: set[str]) -> None:
        idle = [name for name in self._held if name not in keep]
        gone = 0
        while idle[gone:] and (len(self._held) >= MOST_WARM or sum(self._held.values()) + needed > WARM_BYTES):
            self._remove(idle[gone])
            gone += 1
        if gone:
            free(self._device)

    def _add(self, name: str, weights: Sequence[Weights]) -> None:
        state = {
            f"{one.place.part}.{one.place.path}.{end}.weight": tensor
            for one in weights
            for end, tensor in (("lora_A", one.down), ("lora_B", one.up))
        }
        try:
            self._pipe.load_lora_weights(state, adapter_name=name)
            self._settle(name, weights)
        except BaseException:
            self._remove(name)
            raise

    def _settle(self, name: str, weights: Sequence[Weights]) -> None:
        """See that every weight has arrived and none besides, and give each layer its own alpha.

        From the file: diffusers finds alphas by patterns, which may match other layers too.
        """
        for one in weights:
            layer = getattr(self._pipe, one.place.part).get_submodule(one.place.path)
            if not (
                isinstance(layer, LoraLayer)
                and name in layer.lora_A
                and _same(layer.lora_A[name].weight, one.down)
                and _same(layer.lora_B[name].weight, one.up)
            ):
                raise RuntimeError(f"The LoRA did not arrive at {one.place.part}.{one.place.path}.")
            layer.lora_alpha[name] = one.alpha
        if (there := sum(name in layer.lora_A for layer in self._layers())) != len(weights):
            raise RuntimeError(f"The LoRA came to {there} modules, not to {len(weights)}.")

    def _remove(self, name: str) -> None:
        """Whatever is there of this adapter. Where none is left, the layers around the base go too."""
        self._held.pop(name, None)
        try:
            self._pipe.delete_adapters([name])
        except BaseException:
            self._held.clear()  # nobody knows what is there now: all of them go
            raise
        finally:
            if not self._held:
                self._pipe.unload_lora_weights()

    def _layers(self) -> Iterator[Any]:
        for model in self._models():
            yield from (one for one in model.modules() if isinstance(one, LoraLayer))

    def _models(self) -> Iterator[Any]:
        yield from filter(None, (getattr(self._pipe, part, None) for part in PARTS))


def _same(arrived: Any, sent: torch.Tensor) -> bool:
    return arrived.dtype == sent.dtype and bool((arrived == sent.to(arrived.device)).all())
