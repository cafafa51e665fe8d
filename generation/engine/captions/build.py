"""A new BLIP of any size with random weights and a vocabulary of whole words: for training, and for tests."""

from __future__ import annotations

import tempfile
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from torch import nn
from transformers import (
    BertTokenizer,
    BlipConfig,
    BlipForConditionalGeneration,
    BlipImageProcessorPil,
    BlipProcessor,
)

from generation.engine.quiet import quiet

if TYPE_CHECKING:
    from collections.abc import Sequence

SPECIALS = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")


@dataclass(frozen=True)
class Shape:
    """How large a BLIP is. `side` and `patch` are in pixels, `longest` in tokens; `spread` is of its random weights.

    BlipVisionConfig's own spread is 1e-10: a tower that begins so never learns.
    """

    width: int
    heads: int
    layers: int
    text_layers: int
    side: int
    patch: int
    longest: int
    spread: float = 0.02


def build(words: Sequence[str], shape: Shape, seed: int) -> tuple[Any, Any]:
    """The model, and its processor with these words, each once, as its vocabulary; the same every time."""
    vocab = {word: number for number, word in enumerate((*SPECIALS, *words))}
    tokenizer = BertTokenizer(vocab=vocab, model_max_length=shape.longest)
    torch.manual_seed(seed)
    model: Any = BlipForConditionalGeneration(_config(tokenizer, len(vocab), shape))
    embeddings = model.vision_model.embeddings
    for part in (embeddings.position_embedding, embeddings.class_embedding):
        nn.init.trunc_normal_(part, std=shape.spread)
    processor = BlipProcessor(BlipImageProcessorPil(size={"height": shape.side, "width": shape.side}), tokenizer)
    return model, processor


def write(model: Any, processor: Any, folder: Path) -> None:
    """Write both to `folder` in half precision, file by file, weights first: what else lies there stays."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent) as place, quiet():
        deepcopy(model).half().save_pretrained(place)
        processor.save_pretrained(place)
        for path in sorted(Path(place).iterdir(), key=lambda path: (path.suffix != ".safetensors", path)):
            path.replace(folder / path.name)


def _config(tokenizer: BertTokenizer, count: int, shape: Shape) -> BlipConfig:
    both = {
        "hidden_size": shape.width,
        "intermediate_size": 4 * shape.width,
        "num_attention_heads": shape.heads,
        "initializer_range": shape.spread,
    }
    return BlipConfig(
        vision_config={**both, "num_hidden_layers": shape.layers, "image_size": shape.side, "patch_size": shape.patch},
        text_config={
            **both,
            "num_hidden_layers": shape.text_layers,
            "max_position_embeddings": shape.longest,
            "vocab_size": count + 2,  # [DEC] and [ENC], which are no words: in the vocabulary they would be said
            "bos_token_id": count,
            "pad_token_id": tokenizer.pad_token_id,
            "sep_token_id": tokenizer.sep_token_id,
            "eos_token_id": tokenizer.sep_token_id,
        },
    )
