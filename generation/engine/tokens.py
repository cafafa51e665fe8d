"""How many tokens a prompt takes, and in which windows the text encoder reads them: without torch or transformers.

It says what `prompts` will do, before anything is loaded; the web process asks it while people type.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from generation.budget import TOKENS
from generation.emphasis import fragments
from generation.engine.jobs import MOST_WINDOWS
from generation.engine.tokenizer import END, START, WORD_END

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from tokenizers import Tokenizer

PHRASE_ENDS = {f"{sign}{WORD_END}" for sign in ".,;:"}
WORDS = r"<\|startoftext\|>|<\|endoftext\|>|'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+"


@dataclass(frozen=True)
class Count:
    """A prompt's tokens, without those that mark the start and end of a window. `windows`: how many stand in each."""

    windows: tuple[int, ...]

    @property
    def tokens(self) -> int:
        """All of them."""
        return sum(self.windows)

    @property
    def read_in(self) -> int:
        """How many windows are read: at least one, at most MOST_WINDOWS."""
        return min(len(self.windows), MOST_WINDOWS)

    @property
    def room(self) -> int:
        """How many tokens have room in them."""
        return self.read_in * TOKENS

    @property
    def left_out(self) -> int:
        """How many tokens at the end are not read."""
        return sum(self.windows[MOST_WINDOWS:])


def counted(tokenizer: Tokenizer, prompt: str) -> Count:
    """Count a prompt. What weights it (`generation.emphasis`) is no text; each part of another weight is read apart."""
    texts = [part.text for part in fragments(prompt)]
    pieces = [piece for one in tokenizer.encode_batch(texts, add_special_tokens=False) for piece in one.tokens]
    sizes = []
    while len(pieces) > TOKENS:
        size = _best_end(pieces[:TOKENS])
        sizes.append(size)
        pieces = pieces[size:]
    return Count((*sizes, len(pieces)))


def _best_end(pieces: Sequence[str]) -> int:
    """Where a full window ends, as compel has it: behind the last phrase, else the last word, else anywhere."""
    for ends in (PHRASE_ENDS.__contains__, lambda piece: piece.endswith(WORD_END)):
        for place in range(len(pieces), 0, -1):
            if ends(pieces[place - 1]):
                return place
    return len(pieces)


def open_tokenizer(folder: Path) -> Tokenizer | None:
    """The tokenizer in a checkpoint's `tokenizer/`, kept for the next time; None where there is none to be read."""
    whole = folder / "tokenizer.json"
    try:
        seen = (whole if whole.exists() else folder / "vocab.json").stat()
        return _open(folder, seen.st_mtime_ns)
    except Exception:  # noqa: BLE001 - the Rust side raises bare Exceptions; loading the model says what is wrong
        return None


@lru_cache(maxsize=4)
def _open(folder: Path, _changed: int) -> Tokenizer:
    from tokenizers import Tokenizer

    whole = folder / "tokenizer.json"
    return Tokenizer.from_file(str(whole)) if whole.exists() else _from_vocabulary(folder)


def _from_vocabulary(folder: Path) -> Tokenizer:
    """CLIP's byte-level BPE from vocab.json and merges.txt, as checkpoints had them before there was tokenizer.json."""
    from tokenizers import AddedToken, Regex, Tokenizer, normalizers, pre_tokenizers
    from tokenizers.models import BPE

    vocabulary = json.loads((folder / "vocab.json").read_text(encoding="utf-8"))
    lines = (folder / "merges.txt").read_text(encoding="utf-8").split("\n")
    pairs = [line.split(" ") for line in lines if not line.startswith("#version")]
    merges = [(pair[0], pair[1]) for pair in pairs if len(pair) == 2]
    tokenizer = Tokenizer(BPE(vocabulary, merges, end_of_word_suffix=WORD_END, unk_token=END))
    tokenizer.normalizer = normalizers.Sequence(
        [normalizers.NFC(), normalizers.Replace(Regex(r"\s+"), " "), normalizers.Lowercase()]
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(WORDS), behavior="removed", invert=True),
            pre_tokenizers.ByteLevel(add_prefix_space=False),
        ]
    )
    tokenizer.add_special_tokens([AddedToken(mark, normalized=False) for mark in (START, END)])
    return tokenizer
