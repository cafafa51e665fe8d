"""The one door into the engine. It opens without torch; the models come in with the first call that needs them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from generation.engine.card import card_errors, is_about_card  # with the door: see its `_seen`
from generation.engine.errors import EngineError
from generation.engine.language.door import LanguageModel
from generation.engine.language.kept import Kept as KeptLanguage
from generation.engine.roles import role
from generation.engine.room import with_room
from generation.engine.upscale.kept import Kept

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from PIL import Image

    from generation.engine.captions.captioner import Captioner
    from generation.engine.jobs import PaintJob, Verdict
    from generation.engine.load import Loaded
    from generation.engine.profile import Profile
    from generation.engine.restyle.options import Restyle
    from generation.engine.upscale.options import Way


class Engine:
    """A profile at work. Keep one per process: it holds the loaded models. Not for several threads at once.

    Every method may raise EngineError: model_missing(folder), model_wrong(reason), out_of_memory, card_failed. After
    any error but the last, whoever raised it, the engine can be used again.
    """

    def __init__(self, profile: Profile) -> None:
        self.profile = profile
        self._loaded: Loaded | None = None
        self._tokenizer: Any = None
        self._style_network: Any = None
        self._captioner: Captioner | None = None
        self._checker: tuple[Any, Any] | None = None  # without the models that paint
        self._upscaler = Kept(profile)
        self._language = KeptLanguage(profile)

    @property
    def loaded(self) -> bool:
        """Whether the models are in memory."""
        return self._loaded is not None

    def load(self) -> None:
        """Load the models now, if they are not there yet; where memory is short, others that are loaded go first."""
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
        says of a start picture and its mask. Of guides: those of `ControlNets.open` and `controls.inspect_guides`. A
        guide's ControlNet is loaded when a job first follows one, and kept while others do. Where memory is short, a
        loaded upscaler, captioner and language model go first.
        """
        painted = with_room(lambda: self._paint(jobs, on_step, on_look), self._drop_others)
        self._upscaler.passed_over()
        self._language.passed_over()
        return painted

    def enlarge(self, image: Image.Image, size: tuple[int, int]) -> Image.Image:
        """The picture at exactly `size` (width, height), cropped around what matters, never squeezed."""
        from generation.engine.enlarge import enlarge

        return enlarge(image, size)

    def restyle(
        self,
        content: Image.Image,
        style: Image.Image,
        options: Restyle,
        on_step: Callable[[int, int], None],
        on_look: Callable[[Image.Image], None] | None = None,
    ) -> Image.Image:
        """The content in the style of another picture: RGB, of the content's size; the same for the same seed.

        No model that paints is loaded for it; where memory is short, all others go first. Both pictures may have
        any mode and size up to 40 megapixels; what is transparent counts as white. `on_step(iteration, iterations)` is
        called after every iteration, and counts anew where memory was short and the picture is made smaller. Every half
        a second, `on_look(image)` is handed a small RGB picture of how it looks by now. What they raise leaves at once.
        EngineError: no_style_network, role_missing, style_network_wrong(reason), image_too_large(limit_mp),
        restyle_failed, out_of_memory.
        """
        from generation.engine.memory import memory_errors
        from generation.engine.restyle.files import open_network
        from generation.engine.restyle.transfer import restyle

        def restyled() -> Image.Image:
            with card_errors(), memory_errors():
                if self._style_network is None:
                    self._style_network = open_network(role(self.profile, "style_network").folder)
                return restyle(self._style_network, content, style, options, on_step, on_look)

        return with_room(restyled, lambda: any([self._drop_painters(), self._drop_others()]))

    def upscale(
        self,
        picture: Image.Image,
        size: tuple[int, int],
        prompt: str = "",
        *,
        negative: str = "",
        seed: int = 0,
        way: Way = "model",
        on_step: Callable[[int, int], None] = lambda step, steps: None,
    ) -> Image.Image:
        """Any picture as RGB at exactly `size` (width, height), cropped as by `enlarge`; what is transparent is white.

        "model" is the profile's upscaler, which reads the prompt and, of one seed, makes the same picture bit for bit;
        of a picture that has nearly as many pixels, or more, it would spoil some, so that is resized with Lanczos.
        "lanczos" always is. `on_step(step, steps)` is called after every step and every tile; what it raises leaves at
        once.

        The model is loaded at its first use and kept (`Kept`); where memory is short, the models that paint go, and
        come again with the next call that needs them. EngineError: image_too_large(limit_mp),
        picture_too_small(least), no_upscaler(profile), role_missing(folder), upscaler_wrong(reason), out_of_memory,
        bad_picture. ValueError for an empty size.
        """
        from generation.engine.upscale.options import inspect
        from generation.engine.upscale.upscale import needs_model, opaque, upscale

        inspect(picture, way)
        plain = opaque(picture)
        if way == "lanczos" or not needs_model(plain, size):
            return self.enlarge(plain, size)
        from generation.engine.memory import memory_errors
        from generation.engine.quiet import quiet

        def upscaled() -> Image.Image:
            with quiet(), card_errors(), memory_errors():
                return upscale(self._upscaler.get(), plain, size, prompt, negative, seed, on_step)

        return with_room(upscaled, lambda: any([self._drop_painters(), self._drop_captioner(), self._language.drop()]))

    @property
    def has_captioner(self) -> bool:
        """Whether the profile names a captioner that is there; that it is whole is seen when it is loaded."""
        named = self.profile.roles.get("captioner")
        return named is not None and named.folder.is_dir()

    def caption(self, frames: Sequence[Image.Image]) -> list[str]:
        """What each frame shows: a lowercase English line each, in order; the same for the same frame.

        "" for a frame of which the profile's captioner cannot say anything that it is sure enough of. Frames may have
        any mode and size; sixteen are looked at together, fewer where memory is short. The model is loaded at its first
        use and kept; where memory is short, the models that paint go. EngineError: no_captioner(profile),
        role_missing(folder), captioner_wrong(reason), out_of_memory, card_failed.
        """
        from generation.engine.memory import memory_errors
        from generation.engine.quiet import quiet

        def captioned() -> list[str]:
            with quiet(), card_errors(), memory_errors():
                if self._captioner is None:
                    from generation.engine.captions.files import open_captioner

                    self._captioner = open_captioner(self.profile)
                return self._captioner.caption(frames)

        return with_room(captioned, lambda: any([self._drop_painters(), self._upscaler.drop(), self._language.drop()]))

    def check(self, images: Sequence[Image.Image], bounds: Mapping[str, float] | None = None) -> list[Verdict]:
        """What the profile's safety checker says of each picture; the pictures stay as they are.

        ``bounds`` are those of scores that are not to be 0: see ``check.check``. Where the models that paint are not
        loaded, the checker alone comes in, and stays on the CPU until they are.

        EngineError("no_checker") where the profile names none, EngineError("checker_failed") where it cannot be run:
        whoever asked must then hold the pictures back.
        """
        if self.profile.safety != "checker":
            raise EngineError("no_checker")
        from generation.engine.check import check

        checker, extractor = self._checking()
        try:
            return check(checker, extractor, images, bounds or {})
        except Exception as error:
            raise EngineError("card_failed" if is_about_card(error) else "checker_failed") from error

    def language_model(self, seconds: float) -> LanguageModel:
        """The profile's language model, with so much time for an answer.

        It is loaded at its first use and kept until many have painted without it, or memory is short; where memory is
        short for it, all other models go first.
        """
        return LanguageModel(
            self._language,
            seconds,
            make_room=lambda: any([self._drop_painters(), self._upscaler.drop(), self._drop_captioner()]),
        )

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

    def rest(self) -> None:
        """Let go of the captioner and the language model where they take room on a graphics card.

        For a process that only writes: those that paint on the same card cannot make it give way. Where this one has
        models that paint, nothing happens, for their painting makes room when it needs some.
        """
        if self._loaded is not None:
            return
        if self._captioner is not None and self._captioner.device.type == "cuda":
            self._drop_captioner()
        if self._language.device is not None and self._language.device.type == "cuda":
            self._language.drop()

    def close(self) -> None:
        """Let go of the models and their memory. The next call loads them anew."""
        self._drop_others()
        self._drop_painters()
        self._tokenizer = self._checker = None
        network, self._style_network = self._style_network, None
        if network is not None:
            from generation.engine.memory import free

            device = network.mean.device
            del network
            free(device)

    def _paint(
        self,
        jobs: Sequence[PaintJob],
        on_step: Callable[[int, int], None],
        on_look: Callable[[int, Image.Image], None] | None,
    ) -> list[Image.Image]:
        from generation.engine.look import Looks
        from generation.engine.memory import memory_errors
        from generation.engine.paint import paint
        from generation.engine.quiet import quiet

        loaded = self._models()
        with quiet(), card_errors(), memory_errors():
            looks = Looks(loaded.colours, on_look) if on_look is not None else None
            return paint(loaded, jobs, on_step, looks)

    def _models(self) -> Loaded:
        if self._loaded is None:
            from generation.engine.load import load

            self._loaded = with_room(lambda: load(self.profile), self._drop_others)
            self._checker = None  # these bring it along
        return self._loaded

    def _checking(self) -> tuple[Any, Any]:
        if self._loaded is not None:
            return self._loaded.safety_checker, self._loaded.feature_extractor
        if self._checker is None:
            from generation.engine.load import open_checker

            self._checker = with_room(lambda: open_checker(self.profile), self._drop_others)
        return self._checker

    def _drop_others(self) -> bool:
        """Let go of the models that do not paint, but for the style network; whether there were any."""
        return any([self._upscaler.drop(), self._drop_captioner(), self._language.drop()])

    def _drop_painters(self) -> bool:
        """Let go of the models that paint and of their memory; whether there were any."""
        if self._loaded is None:
            return False
        from generation.engine.memory import free

        device, self._loaded = self._loaded.device, None
        free(device)
        return True

    def _drop_captioner(self) -> bool:
        if self._captioner is None:
            return False
        from generation.engine.memory import free

        device, self._captioner = self._captioner.device, None
        free(device)
        return True
