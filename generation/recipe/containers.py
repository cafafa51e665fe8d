"""The texts that a PNG, JPEG or WebP file carries, without decoding the picture: bounded in number, size and time."""

from __future__ import annotations

import os
import struct
import zlib
from itertools import islice
from typing import IO, TYPE_CHECKING

from generation.recipe.exif import exif_texts

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

MOST_TEXT = 1_000_000  # bytes of one text, packed or unpacked
MOST_TEXTS = 32  # that are looked at, of the keys that somebody asks for
MOST_CHUNKS = 50_000  # of one file; a picture of 20 MB has some thousands
LONGEST_KEY = 79  # bytes, says the PNG specification (third edition, 11.3.3)
_PNG = b"\x89PNG\r\n\x1a\n"


def texts_in(file: IO[bytes], keys: Collection[str]) -> dict[str, str]:
    """The texts under `keys`, of several of one key the first; empty for any other file.

    ``UserComment`` is the key of the EXIF comment. The file is read from where it stands.
    """
    start = file.read(12)
    pairs: Iterator[tuple[str, str | None]]
    if start.startswith(_PNG):
        file.seek(len(_PNG) - len(start), os.SEEK_CUR)
        pairs = _png_texts(file, keys)
    elif start.startswith(b"\xff\xd8"):
        file.seek(2 - len(start), os.SEEK_CUR)
        pairs = _jpeg_texts(file)
    elif start[:4] == b"RIFF" and start[8:] == b"WEBP":
        pairs = _webp_texts(file)
    else:
        return {}
    texts: dict[str, str] = {}
    for key, content in islice(pairs, MOST_TEXTS):
        if key in keys and content is not None:
            texts.setdefault(key, content)
    return texts


def _png_texts(file: IO[bytes], keys: Collection[str]) -> Iterator[tuple[str, str | None]]:
    """None: it could not be unpacked, which costs as much as one that could."""
    for _ in range(MOST_CHUNKS):
        head = file.read(8)
        if len(head) < 8:
            return
        length, kind = struct.unpack(">I4s", head)
        if kind == b"IEND":
            return
        if kind in (b"tEXt", b"zTXt", b"iTXt", b"eXIf") and length <= MOST_TEXT + 1_000:
            content = file.read(length)
            file.seek(4, os.SEEK_CUR)  # the check sum
            if kind == b"eXIf":
                yield from exif_texts(content)
            elif found := _png_text(kind, content, keys):
                yield found
        else:
            file.seek(length + 4, os.SEEK_CUR)


def _png_text(kind: bytes, content: bytes, keys: Collection[str]) -> tuple[str, str | None] | None:
    name, zero, rest = content.partition(b"\0")
    key = name.decode("latin-1") if len(name) <= LONGEST_KEY else ""
    if not zero or key not in keys:
        return None
    packed = kind == b"zTXt"
    if packed:
        rest = rest[1:]  # the method; there is one
    elif kind == b"iTXt":
        packed = rest[:1] == b"\1"
        _, _, rest = rest[2:].partition(b"\0")  # the language
        _, _, rest = rest.partition(b"\0")  # the translated key
    plain = _unpacked(rest) if packed else rest
    return key, None if plain is None else _decoded(plain)


def _unpacked(content: bytes) -> bytes | None:
    """None where it is broken, or larger than a text may be: no more than that is ever unpacked."""
    unpacking = zlib.decompressobj()
    try:
        plain = unpacking.decompress(content, MOST_TEXT)
    except zlib.error:
        return None
    return None if unpacking.unconsumed_tail else plain


def _decoded(content: bytes) -> str:
    """UTF-8, which tools write even where the format says Latin-1."""
    try:
        return content.decode()
    except UnicodeDecodeError:
        return content.decode("latin-1")


def _jpeg_texts(file: IO[bytes]) -> Iterator[tuple[str, str]]:
    for _ in range(MOST_CHUNKS):
        head = file.read(4)
        if len(head) < 4 or head[0] != 0xFF or head[1] in (0xDA, 0xD9):  # the picture itself, or its end
            return
        length = int.from_bytes(head[2:]) - 2
        if length < 0:
            return
        if head[1] != 0xE1:
            file.seek(length, os.SEEK_CUR)
            continue
        content = file.read(length)
        if content.startswith(b"Exif\0\0"):
            yield from exif_texts(content[6:])


def _webp_texts(file: IO[bytes]) -> Iterator[tuple[str, str]]:
    for _ in range(MOST_CHUNKS):
        head = file.read(8)
        if len(head) < 8:
            return
        kind, length = struct.unpack("<4sI", head)
        if kind == b"EXIF" and length <= MOST_TEXT:
            yield from exif_texts(file.read(length).removeprefix(b"Exif\0\0"))
            file.seek(length % 2, os.SEEK_CUR)
        else:
            file.seek(length + length % 2, os.SEEK_CUR)
