"""A language model in the worker's own memory, through transformers: from a folder to what it says, word by word."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch
from transformers import (
    AutoModelForCausalLM,
    AutoTokenizer,
    GenerationConfig,
    StoppingCriteria,
    StoppingCriteriaList,
)

from generation.engine.errors import EngineError
from generation.engine.language.folder import faults
from generation.engine.language.found import Finder
from generation.engine.language.patience import MOST_TOKENS
from generation.engine.load import best_device, best_dtype
from generation.engine.memory import is_about_memory
from generation.engine.roles import role

if TYPE_CHECKING:
    from generation.engine.language.patience import Patience
    from generation.engine.language.question import Messages
    from generation.engine.profile import Profile

DATE = "26 Jul 2024"  # what Llama's template says where it is told none is today's: other words every day
LOCAL: dict[str, Any] = {"local_files_only": True, "trust_remote_code": False}


def open_words(profile: Profile) -> Any:
    """Its tokenizer. EngineError: no_language_model(profile), role_missing(folder), language_wrong(reason)."""
    folder = role(profile, "language_model").folder
    if found := faults(folder):
        raise EngineError("language_wrong", reason="; ".join(found))
    try:
        return AutoTokenizer.from_pretrained(folder, **LOCAL)
    except (ValueError, OSError, RuntimeError, KeyError, TypeError) as error:
        raise _wrong(error) from error


def open_model(profile: Profile) -> Any:
    """Its weights, on the best device, in the profile's number format. Errors as in `open_words`."""
    folder = role(profile, "language_model").folder
    device = best_device()
    try:
        both: Any = AutoModelForCausalLM.from_pretrained(
            folder, dtype=_dtype(profile, device), use_safetensors=True, output_loading_info=True, **LOCAL
        )
        model, told = both
        if missing := told["missing_keys"]:
            raise ValueError(f"its weights lack {len(missing)} tensors, {min(missing)} for one")
    except (ValueError, OSError, RuntimeError, KeyError, TypeError) as error:
        if is_about_memory(error):
            raise
        raise _wrong(error) from error
    return model.eval().to(device)


@torch.no_grad()
def reply(tokenizer: Any, model: Any, messages: Messages, patience: Patience) -> str:
    """What the model says: greedy, so always the same; up to the brace that closes the object, MOST_TOKENS at most.

    EngineError("language_wrong", reason) where its chat template or its context does not take the messages.
    """
    try:
        asked = tokenizer.apply_chat_template(
            messages, add_generation_prompt=True, return_dict=True, return_tensors="pt", date_string=DATE
        ).to(model.device)
    except Exception as error:  # templates are programs, and raise what they like
        if is_about_memory(error):
            raise
        raise _wrong(error) from error
    length = asked["input_ids"].shape[1]
    context = getattr(model.config, "max_position_embeddings", None)
    if context is not None and length + MOST_TOKENS > context:
        raise EngineError("language_wrong", reason=f"it reads {context} tokens, too few for a question of {length}")
    ends = model.generation_config.eos_token_id
    plan = GenerationConfig(
        do_sample=False,
        max_new_tokens=MOST_TOKENS,
        eos_token_id=ends if ends is not None else tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id if tokenizer.pad_token_id is not None else tokenizer.eos_token_id,
    )
    listener = _Listener(tokenizer, length, patience)
    said = model.generate(**asked, generation_config=plan, stopping_criteria=StoppingCriteriaList([listener]))
    return str(tokenizer.decode(said[0, length:], skip_special_tokens=True))


class _Listener(StoppingCriteria):
    """Tells of every token, and stops where the first JSON object is whole."""

    def __init__(self, tokenizer: Any, length: int, patience: Patience) -> None:
        self._tokenizer, self._length, self._patience = tokenizer, length, patience

    def __call__(self, input_ids: torch.Tensor, scores: torch.Tensor, **kwargs: Any) -> torch.Tensor:
        said = input_ids[0, self._length :]
        self._patience.tokens = len(said)
        self._patience.look()
        is_whole = "}" in self._tokenizer.decode(said[-1:]) and self._is_whole(said)
        return torch.full((len(input_ids),), is_whole, dtype=torch.bool, device=input_ids.device)

    def _is_whole(self, said: torch.Tensor) -> bool:
        return Finder().feed(self._tokenizer.decode(said, skip_special_tokens=True))


def _dtype(profile: Profile, device: torch.device) -> torch.dtype:
    """As for painting, but bfloat16 on cards that know it: language models are trained in it."""
    dtype = best_dtype(profile.dtype, device)
    return torch.bfloat16 if dtype == torch.float16 and torch.cuda.is_bf16_supported() else dtype


def _wrong(error: Exception) -> EngineError:
    reason = str(error).strip().partition("\n")[0]
    return EngineError("language_wrong", reason=reason or type(error).__name__)
