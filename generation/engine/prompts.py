"""Prompts as the text encoder sees them: with weights, and in as many windows of the encoder's length as they need.

Where no prompt of a batch has either, the pipeline gets plain text and does what it always did. Else compel encodes all
of them, piece by piece; each window begins and ends as a prompt of its own, and windows part at commas where they can.
`tokens` says beforehand how many there will be.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch
from compel import EmbeddingsProvider, ReturnedEmbeddingsType, SplitLongTextMode

from generation.emphasis import Fragment, fragments, is_weighted, plain
from generation.engine.jobs import MOST_WINDOWS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from generation.engine.jobs import PaintJob


class Prompts:
    """A pipeline's prompts, for CLIP's one text encoder as in Stable Diffusion 1.x and 2.x, or the two of XL."""

    def __init__(self, pipe: Any) -> None:
        self._pipe = pipe
        self._second = getattr(pipe, "text_encoder_2", None)
        self._provider = self._providing(pipe.tokenizer, pipe.text_encoder)

    def windows(self, job: PaintJob) -> int:
        """How many windows the longer of a job's two prompts needs; only jobs with as many share a batch."""
        return max(self._windows(job.prompt), self._windows(job.negative))

    def arguments(self, jobs: Sequence[PaintJob]) -> dict[str, Any]:
        """What the pipeline is called with: texts, or embeddings (jobs, 77 × windows, width) for both prompts."""
        texts = [text for job in jobs for text in (job.prompt, job.negative)]
        windows = {self.windows(job) for job in jobs}
        assert len(windows) == 1
        if windows == {1} and not any(map(is_weighted, texts)):
            texts = [plain(text) for text in texts]
            return {"prompt": texts[::2], "negative_prompt": texts[1::2]}
        length = windows.pop() * self._window
        embeddings = {
            "prompt_embeds": torch.cat([self._encoded(job.prompt, length) for job in jobs]),
            "negative_prompt_embeds": torch.cat([self._encoded(job.negative, length) for job in jobs]),
        }
        if self._second is not None:
            embeddings["pooled_prompt_embeds"] = self._pooled([job.prompt for job in jobs])
            embeddings["negative_pooled_prompt_embeds"] = self._pooled([job.negative for job in jobs])
        return embeddings

    def _providing(self, tokenizer: Any, text_encoder: Any) -> EmbeddingsProvider:
        kinds = ReturnedEmbeddingsType
        return EmbeddingsProvider(
            tokenizer=tokenizer,
            text_encoder=text_encoder,
            dtype_for_device_getter=lambda _device: text_encoder.dtype,
            truncate=False,
            returned_embeddings_type=kinds.LAST_HIDDEN_STATES_NORMALIZED
            if self._second is None
            else kinds.PENULTIMATE_HIDDEN_STATES_NON_NORMALIZED,
            split_long_text_mode=SplitLongTextMode.PHRASES,
        )

    @torch.no_grad()
    def _pooled(self, texts: Sequence[str]) -> torch.Tensor:
        """(texts, width): what XL's second text encoder makes of the beginning of each text as a whole."""
        tokenizer = self._pipe.tokenizer_2
        ids = tokenizer(
            [plain(text) for text in texts],
            padding="max_length",
            max_length=tokenizer.model_max_length,
            truncation=True,
            return_tensors="pt",
        ).input_ids
        assert self._second is not None
        return self._second(ids.to(self._pipe._execution_device)).text_embeds

    @property
    def _window(self) -> int:
        return int(self._pipe.tokenizer.model_max_length)

    def _windows(self, text: str) -> int:
        if len(text.encode()) <= self._window - 2:  # no token is shorter than a byte
            return 1
        parts = fragments(text) or [Fragment("")]
        ids, _weights, _mask = self._provider.get_token_ids_and_expand_weights(
            [part.text for part in parts], [part.weight for part in parts], device="cpu"
        )
        return min(MOST_WINDOWS, len(ids) // self._window)

    @torch.no_grad()
    def _encoded(self, text: str, length: int) -> torch.Tensor:
        """(1, length, width); of two text encoders, side by side."""
        encoded = self._encoded_by(self._provider, text, length)
        if self._second is None:
            return encoded
        second = self._providing(self._pipe.tokenizer_2, self._second)
        return torch.cat([encoded, self._encoded_by(second, text, length)], dim=-1)

    def _encoded_by(self, provider: EmbeddingsProvider, text: str, length: int) -> torch.Tensor:
        parts = fragments(text) or [Fragment("")]
        encoded = provider.get_embeddings_for_weighted_prompt_fragments(
            [[part.text for part in parts]],
            [[part.weight for part in parts]],
            # Not the text encoder's: where models are offloaded, it waits on the CPU and comes to this one when called.
            device=self._pipe._execution_device,
        )[:, :length]
        empty = provider.empty_z.to(encoded)
        missing = (length - encoded.shape[1]) // self._window
        return torch.cat([encoded, *[empty] * missing], dim=1)
