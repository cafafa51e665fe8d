"""The one door into the engine. It opens without torch; the models come in with the first call that needs them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from generation.engine.errors import EngineError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from PIL import Image

    from generation.engine.jobs import PaintJob, Verdict
    from generation.engine.load import Loaded
    from generation.engine.profile import Profile


class Engine:
    """A profile at work. Keep one per process: it holds the loaded models. Not for several threads at once.

    Every method may raise EngineError: model_missing(folder), model_wrong(reason), out_of_memory. After any error,
    whoever raised it, the engine can be used again.
    """

    def __init__(self, profile: Profile) -> None:
        self.profile = profile
        self._loaded: Loaded | None = None
        self._tokenizer: Any = None

    @property
    def loaded(self) -> bool:
        """Whether the models are in memory."""
        return self._loaded is not None

    def load(self) -> None:
        """Load the models now, if they are not there yet."""
        self._models()

    def paint(
        self,
        jobs: Sequence[PaintJob],
        on_step: Callable[[int, int], None],
        on_look: Callable[[int, Image.Image], None] | None = None,
    ) -> list[Image.Image]:
        """Paint the jobs, which share their `company` (else ValueError): one RGB picture each, in order.

        At most `profile.max_batch` are painted together, fewer where memory is short. A picture depends on its own job
        only: painted alone it is the same bit for bit, in company within 1/255 (float32). `on_step(step, steps)` is
        called after every step, counting over all batches; a batch that did not fit is counted again. Every half a
        second, `on_look(number, image)` is handed a small RGB picture of each job in hand as it will be, as far as one
        can tell. What they raise leaves at once. Prompts may weigh
        their parts (`generation.emphasis`) and be longer than 75 tokens; those after the 300th are not read.

        LoRAs are loaded when a job first wears them and stay in memory for the next, up to a bound (`Loras.wear`); a
        job without any is painted as if there had never been one, bit for bit, and so is one whose weights are 0.
        EngineError besides those above: what `lora_file.inspect` says of a file, lora_changed, lora_mismatch(count,
        total, first), lora_not_numbers, lora_no_effect; nothing of such a file stays behind. And what `start.inspect`
        says of a start picture and its mask. Of guides: those of `ControlNets.open` and `controls.inspect_guides`; a
        guide's ControlNet is loaded when a job first follows one and stays in memory.
        """
        from generation.engine.look import Looks
        from generation.engine.memory import memory_errors
        from generation.engine.paint import paint
        from generation.engine.quiet import quiet

        loaded = self._models()
        with quiet(), memory_errors():
            looks = Looks(loaded.colours, on_look) if on_look is not None else None
            return paint(loaded, jobs, on_step, looks)

    def enlarge(self, image: Image.Image, size: tuple[int, int]) -> Image.Image:
        """The picture at exactly `size` (width, height), cropped around what matters, never squeezed."""
        from generation.engine.enlarge import enlarge

        return enlarge(image, size)

    def check(self, images: Sequence[Image.Image]) -> list[Verdict]:
        """What the profile's safety checker says of each picture; the pictures stay as they are.

        EngineError("no_checker") where the profile names none, EngineError("checker_failed") where it cannot be run:
        whoever asked must then hold the pictures back.
        """
        if self.profile.safety != "checker":
            raise EngineError("no_checker")
        from generation.engine.check import check

        loaded = self._models()
        try:
            return check(loaded.safety_checker, loaded.feature_extractor, images)
        except Exception as error:
            raise EngineError("checker_failed") from error

    def count_tokens(self, text: str) -> int:
        """How many CLIP tokens a prompt takes, without those that mark start and end, and without signs of weights.

        The models read 75 at once: see `tokens`.
        """
        from generation.engine.checkpoint import validate
        from generation.engine.tokens import counted, open_tokenizer

        if self._tokenizer is None:
            validate(self.profile)
            self._tokenizer = open_tokenizer(self.profile.folder / "tokenizer")
            if self._tokenizer is None:
                raise EngineError("model_wrong", reason="its tokenizer cannot be read")
        return counted(self._tokenizer, text).tokens

    def close(self) -> None:
        """Let go of the models and their memory. The next call loads them anew."""
        was_loaded, self._loaded, self._tokenizer = self._loaded, None, None
        if was_loaded is not None:
            from generation.engine.memory import free

            device = was_loaded.device
            del was_loaded
            free(device)

    def _models(self) -> Loaded:
        if self._loaded is None:
            from generation.engine.load import load

            self._loaded = load(self.profile)
        return self._loaded
