"""Photos of people that are there without a download, alone and beside one another."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

from PIL import Image

GROUND = (90, 90, 90)


def photo(name: str) -> Image.Image:
    """An astronaut to the waist, a man behind a camera ("camera"), or a cup ("coffee")."""
    folder = Path(str(import_module("skimage.data").__file__)).parent
    return Image.open(folder / f"{name}.png").convert("RGB")


def beside(*pictures: Image.Image) -> Image.Image:
    """In a row."""
    row = Image.new("RGB", (sum(each.width for each in pictures), max(each.height for each in pictures)), GROUND)
    left = 0
    for each in pictures:
        row.paste(each, (left, 0))
        left += each.width
    return row


def crowd(count: int, side: int = 200, columns: int = 8) -> Image.Image:
    """That many photos of people, in rows."""
    people = [photo("camera").resize((side, side)), photo("astronaut").resize((side, side))]
    picture = Image.new("RGB", (side * columns, side * -(-count // columns)), GROUND)
    for number in range(count):
        picture.paste(people[number % 2], (number % columns * side, number // columns * side))
    return picture


def on(size: tuple[int, int], *placed: tuple[Image.Image, tuple[int, int]]) -> Image.Image:
    """Pictures on plain ground."""
    ground = Image.new("RGB", size, GROUND)
    for each, place in placed:
        ground.paste(each, place)
    return ground
