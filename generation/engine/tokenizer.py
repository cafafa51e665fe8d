"""A tokenizer for checkpoints of our own: CLIP's class, with the words that prompts for pictures are made of."""

from __future__ import annotations

import json
from collections import Counter
from itertools import pairwise
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from transformers import CLIPTokenizer

WORD_END = "</w>"
START, END = "<|startoftext|>", "<|endoftext|>"

_EVERYDAY = """
a an the and of in on at with by for from to into over under near behind between is are this that his her their one
two three many man woman men women boy girl child children people person group crowd face faces portrait smile
smiling laughing hand hands head eyes hair wearing dressed hat coat suit dress shirt standing sitting walking
running dancing playing fighting talking looking riding driving cooking singing holding jumping flying falling dog
cat horse bird fish animal car train ship boat plane bicycle street road bridge city town village house building
tower castle church room kitchen office stage studio shop school park garden forest trees tree flowers grass field
farm mountains mountain hills valley river lake ocean sea beach waves desert island snow rain storm fog clouds sky
sun moon stars space planet galaxy fire smoke water ice rock stone sand metal glass wood paper gold silver red
orange yellow green teal cyan blue navy purple violet pink magenta brown beige grey gray black white cream dark
light bright dim pale deep warm cold cool soft hard vivid muted pastel neon colourful colorful monochrome day night
morning evening noon dawn dusk sunrise sunset summer winter autumn spring indoors outdoors inside outside daylight
sunlight moonlight lamplight shadow shadows contrast backlit silhouette glow glowing reflection golden hour lighting
dramatic mood calm happy sad cheerful mysterious tense romantic funny serious epic quiet busy empty motion moving
fast slow action still scene view background foreground centre center wide close up closeup shot angle low high
aerial detail detailed highly sharp focus depth bokeh film cinematic photograph photo photography picture image
poster painting oil watercolour watercolor drawing sketch illustration cartoon comic anime digital art artwork
concept vector flat poly render realistic vintage retro modern classic old new young big small tall long beautiful
quality best professional composition clean simple minimal abstract pattern texture gradient palette colours colors
colour color style thumbnail video channel cover banner avatar logo title music game games news travel food sport
science history nature technology review tutorial lesson story blurry worst deformed ugly text watermark signature
cropped extra fingers
"""
EVERYDAY_WORDS = tuple(_EVERYDAY.split())


def build_tokenizer(folder: Path, words: Iterable[str]) -> CLIPTokenizer:
    """CLIP's byte-level BPE with these words: each is one token, anything else is spelled from pieces.

    Its files are written to `folder`, which must not exist yet.
    """
    from tokenizers.pre_tokenizers import ByteLevel
    from transformers import CLIPTokenizer

    letters = sorted(ByteLevel.alphabet())
    merges = learn_merges(words)
    entries = [*letters, *(letter + WORD_END for letter in letters), *map("".join, merges), START, END]
    vocabulary = {entry: number for number, entry in enumerate(entries)}
    folder.mkdir()
    _write(folder / "vocab.json", vocabulary)
    lines = ["#version: 0.2", *map(" ".join, merges), ""]
    (folder / "merges.txt").write_text("\n".join(lines), encoding="utf-8")
    specials = {"bos_token": START, "eos_token": END, "unk_token": END, "pad_token": END}
    _write(folder / "special_tokens_map.json", specials)
    _write(folder / "tokenizer_config.json", {"tokenizer_class": "CLIPTokenizer", "model_max_length": 77, **specials})
    # Only from_pretrained: CLIPTokenizer(vocab_file=…) knows two tokens and says nothing (transformers 5.23).
    return CLIPTokenizer.from_pretrained(folder, local_files_only=True)


def _write(path: Path, values: dict[str, Any]) -> None:
    path.write_text(json.dumps(values, ensure_ascii=False), encoding="utf-8")


def learn_merges(words: Iterable[str]) -> list[tuple[str, str]]:
    """Byte pair encoding (Sennrich et al. 2016, arXiv:1508.07909) until every word is one piece; most frequent first.

    Written out because the trainer of `tokenizers` breaks ties by chance, and the checkpoint is the same every time.
    """
    spelled: list[tuple[str, ...]] = [(*word[:-1], word[-1] + WORD_END) for word in words]
    merges: list[tuple[str, str]] = []
    while pairs := Counter(pair for pieces in spelled for pair in pairwise(pieces)):
        best = max(pairs, key=lambda pair: (pairs[pair], pair))
        merges.append(best)
        spelled = [tuple(_merged(pieces, best)) for pieces in spelled if len(pieces) > 1]
    return merges


def _merged(pieces: Sequence[str], pair: tuple[str, str]) -> Iterator[str]:
    rest = iter(range(len(pieces)))
    for index in rest:
        if tuple(pieces[index : index + 2]) == pair:
            yield pieces[index] + pieces[index + 1]
            next(rest)
        else:
            yield pieces[index]
