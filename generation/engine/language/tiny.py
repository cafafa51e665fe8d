"""A tiny random Llama: the real classes and file layout, half a megabyte, with a chat template; it says nothing.

Every byte is a token; so are the marks of turns, called as Llama 3 calls them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from tokenizers import Tokenizer
from tokenizers.decoders import ByteLevel as Bytes
from tokenizers.models import BPE
from tokenizers.pre_tokenizers import ByteLevel
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

if TYPE_CHECKING:
    from pathlib import Path

START, END, HEADER, HEADER_END, TURN_END = MARKS = (
    "<|begin_of_text|>",
    "<|end_of_text|>",
    "<|start_header_id|>",
    "<|end_header_id|>",
    "<|eot_id|>",
)
CONTEXT = 16_384  # tokens, which here are bytes
TEMPLATE = (
    "{{ bos_token }}{% for message in messages %}"
    f"{HEADER}{{{{ message['role'] }}}}{HEADER_END}\n\n{{{{ message['content'] | trim }}}}{TURN_END}"
    "{% endfor %}{% if add_generation_prompt %}"
    f"{HEADER}assistant{HEADER_END}\n\n"
    "{% endif %}"
)


def build_llama(folder: Path, seed: int) -> None:
    """Write the model to `folder`; the same bytes every time."""
    letters = sorted(ByteLevel.alphabet())
    tokenizer = speaking(Tokenizer(BPE({letter: number for number, letter in enumerate(letters)}, [])))
    tokenizer.save_pretrained(folder)
    random_llama(tokenizer, seed).save_pretrained(folder)


def speaking(pieces: Tokenizer) -> PreTrainedTokenizerFast:
    """A tokenizer for conversations, of byte pairs."""
    pieces.pre_tokenizer = ByteLevel(add_prefix_space=False, use_regex=False)
    pieces.decoder = Bytes()
    pieces.add_special_tokens(list(MARKS))
    return PreTrainedTokenizerFast(
        tokenizer_object=pieces,
        bos_token=START,
        eos_token=TURN_END,
        pad_token=END,
        chat_template=TEMPLATE,
        model_max_length=CONTEXT,
        clean_up_tokenization_spaces=False,
        model_input_names=["input_ids", "attention_mask"],
    )


def random_llama(tokenizer: PreTrainedTokenizerFast, seed: int) -> LlamaForCausalLM:
    """A Llama of two layers for that tokenizer."""
    torch.manual_seed(seed)
    return LlamaForCausalLM(
        LlamaConfig(
            vocab_size=len(tokenizer),
            hidden_size=64,
            intermediate_size=128,
            num_hidden_layers=2,
            num_attention_heads=4,
            num_key_value_heads=2,
            max_position_embeddings=CONTEXT,
            tie_word_embeddings=True,
            bos_token_id=tokenizer.bos_token_id,
            eos_token_id=tokenizer.eos_token_id,
            pad_token_id=tokenizer.pad_token_id,
        )
    )
