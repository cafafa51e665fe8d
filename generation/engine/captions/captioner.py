"""A captioner at work: frames in, lines out. All frames at once, or as many as memory has room for."""

from __future__ import annotations

import logging
from traceback import clear_frames
from typing import TYPE_CHECKING, Any

import torch

from generation.engine.captions.words import tidied
from generation.engine.memory import SHORTAGES, free, is_about_memory

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PIL import Image

    from generation.engine.captions.options import Settings

AT_ONCE = 16  # frames
MOST_TOKENS = 30  # of a line: what is longer is cut off
REPEATED = 3  # words in a row that must not come twice in a line: "a dog and a dog and a dog"

logger = logging.getLogger(__name__)


class Captioner:
    """One loaded BLIP with its image processor and tokenizer."""

    def __init__(self, model: Any, image_processor: Any, tokenizer: Any, settings: Settings) -> None:
        self.device: torch.device = model.device
        self._model = model
        self._image_processor = image_processor
        self._tokenizer = tokenizer
        self._settings = settings

    def caption(self, frames: Sequence[Image.Image]) -> list[str]:
        """One line for each frame, in order; empty where a word of it is less likely than the settings allow.

        Frames of any mode and size. Where memory runs out, half as many are looked at at once, for this call.
        """
        lines: list[str] = []
        at_once = AT_ONCE
        while len(lines) < len(frames):
            some = frames[len(lines) : len(lines) + at_once]
            try:
                found = self.look(some)
            except SHORTAGES as error:
                if len(some) == 1 or not is_about_memory(error):
                    raise
                clear_frames(error.__traceback__)  # they hold the tensors that did not fit
                at_once = len(some) // 2
                logger.warning("Out of memory with captions for %d frames: going on with %d.", len(some), at_once)
            else:
                least = self._settings.least_confidence
                lines += [line if confidence >= least else "" for line, confidence in found]
                continue
            free(self.device)
        return lines

    @torch.inference_mode()
    def look(self, frames: Sequence[Image.Image]) -> list[tuple[str, float]]:
        """A line for each frame, and how likely the least likely of its words was, the end included: 0 … 1.

        The most likely word each time, so that the same frame has the same line.
        """
        pictures = [frame.convert("RGB") for frame in frames]
        pixels = self._image_processor(pictures, return_tensors="pt").pixel_values
        made = self._model.generate(
            pixel_values=pixels.to(self.device, self._model.dtype),
            max_new_tokens=MOST_TOKENS,
            do_sample=False,
            num_beams=1,
            no_repeat_ngram_size=REPEATED,
            return_dict_in_generate=True,
            output_scores=True,
        )
        scores = torch.stack(made.scores, dim=1).float()  # (frames, tokens, words)
        words = made.sequences[:, -scores.shape[1] :]
        likely = scores.softmax(dim=2).gather(2, words[..., None])[..., 0]
        end = self._model.config.text_config.sep_token_id
        after = (words == end).cumsum(dim=1) - (words == end).long() > 0
        confidences = likely.masked_fill(after, 1.0).amin(dim=1).tolist()
        lines = self._tokenizer.batch_decode(words, skip_special_tokens=True)
        return [(tidied(line), confidence) for line, confidence in zip(lines, confidences, strict=True)]
