"""People: stylised figures with bones, and portraits with a face. Both say where their joints and features are."""

from __future__ import annotations

from dataclasses import dataclass
from math import cos, radians, sin
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from generation.preview.drawing.shades import BLACK, WHITE, Shade, mix, shade, tone

if TYPE_CHECKING:
    from numpy.random import Generator

    from generation.preview.drawing.paper import Paper, Point

SKINS = ("#ffdfc4", "#f0c8a0", "#d9a066", "#a8703c", "#6e4426", "#4a2c18")
HAIRS = ("#17110d", "#3b2313", "#6b3f1d", "#b5752e", "#e8c872", "#8f2f1a", "#c9c9c9")
LEGS = ("#24304f", "#33333a", "#5a4a3a", "#1d1d22")
PLAIN = (SKINS[2], HAIRS[1], LEGS[0])  # of those whom a guide brings: what nothing tells comes out as the mean of all
EXPRESSIONS = ("calm", "smile", "open mouth", "closed eyes")

# Degrees from straight down, positive towards the figure's front: upper and lower arms, upper and lower legs, first
# the one that is nearer to the viewer; then the lean of the trunk and how far the hips are lifted (in heights).
Angles = tuple[float, float, float, float, float, float, float, float, float, float]
POSES: dict[str, Angles] = {
    "standing": (14, 6, -14, -6, 7, 4, -7, -4, 0, 0.0),
    "arms raised": (150, 165, -150, -165, 10, 6, -10, -6, 0, 0.0),
    "waving": (140, 190, -18, -8, 7, 4, -7, -4, 0, 0.0),
    "pointing": (92, 92, -20, -10, 9, 5, -9, -5, 0, 0.0),
    "walking": (-30, -14, 32, 48, 27, 16, -24, -46, 4, -0.01),
    "running": (-58, 28, 52, 128, 62, -8, -38, -112, 14, 0.02),
    "jumping": (118, 150, -128, -160, 42, -38, -36, -82, 0, 0.13),
    "dancing": (108, 168, -96, -42, 34, -12, -16, -6, -8, 0.0),
    "sitting": (34, 70, 18, 62, 84, 4, 74, -4, -4, -0.2),
    "hands on hips": (46, -38, -46, 38, 11, 7, -11, -7, 0, 0.0),
}

TRUNK, NECK, HEAD = 0.29, 0.05, 0.075  # of the height; HEAD is a radius
ARM, FOREARM, THIGH, SHIN = 0.17, 0.16, 0.245, 0.235
SHOULDERS, HIPS = 0.095, 0.055  # half widths
FREE = 30  # degrees that limbs may stray from a pose where nobody names it


@dataclass(frozen=True)
class Figure:
    """How a figure is drawn: `height` in heights of the picture, `foot` where it stands, `turned` 1 right, -1 left."""

    pose: str
    clothes: str
    foot: Point
    height: float
    turned: int = 1
    free: bool = False  # whether limbs go and are as long as nobody has a word for; then skin and hair are usual ones


def figure(paper: Paper, rng: Generator, body: Figure, light: float = 1.0) -> dict[str, Point]:
    """Draw a person in a `light` (0 … 1) and give the joints: nose, neck, and l_/r_ shoulder … ankle."""
    skin, hair, top, legs = _colours(rng, body.clothes, light, plain=body.free)
    loose = FREE if body.free else 7
    angles = [angle + rng.uniform(-loose, loose) for angle in POSES[body.pose][:9]]
    build = rng.uniform(0.85, 1.15, 6) if body.free else np.ones(6)
    joints = _joints(body, angles, POSES[body.pose][9], build)
    size = body.height
    shoe = mix(legs, BLACK, 0.55)
    for side, dim in (("l", 0.18), ("r", 0.0)):
        colour = mix(legs, BLACK, dim)
        paper.line([joints[f"{side}_hip"], joints[f"{side}_knee"], joints[f"{side}_ankle"]], colour, size * 0.085)
        x, y = joints[f"{side}_ankle"]
        paper.oval(x + body.turned * size * 0.02, y + size * 0.01, size * 0.05, size * 0.027, shoe)
        if side == "l":
            _arm(paper, joints, side, mix(top, BLACK, 0.18), mix(skin, BLACK, 0.12), size)
    corners = [joints[name] for name in ("l_shoulder", "r_shoulder", "r_hip", "l_hip")]
    paper.polygon(corners, top)
    paper.line([*corners, corners[0]], top, size * 0.06)
    x, y = joints["head"]
    paper.line([joints["neck"], (x, y)], skin, size * 0.05)
    _hair(paper, rng, x, y, size * HEAD, hair, body.turned, behind=True)
    paper.oval(x, y, size * HEAD * 0.88, size * HEAD, skin)
    _hair(paper, rng, x, y, size * HEAD, hair, body.turned, behind=False)
    _arm(paper, joints, "r", mix(top, WHITE, 0.08), skin, size)
    return joints


def portrait(paper: Paper, rng: Generator, clothes: str, expression: str, *, free: bool = False) -> dict[str, Point]:
    """Draw head and shoulders over what is there, and give the places of eyes, lids, nose, chin, mouth and lips.

    `free`: of any size, anywhere, and the open mouth more or less open.
    """
    skin, hair, top, _ = _colours(rng, clothes, 1.0)
    face = _somewhere(paper, rng, free=free)
    x, y, size = face.x, face.y, face.size
    if rng.random() < 0.5:  # long hair
        paper.oval(x, y + size * 0.25, size * 1.02, size * 1.45, mix(hair, BLACK, 0.2))
    _bust(paper, face, skin, top)
    _head(paper, rng, face, skin, hair)
    nose, mouth = (x + face.turn * 1.4, y + size * 0.2), (x + face.turn, y + size * 0.55)
    places: dict[str, Point] = {"nose": nose, "chin": (x, y + size), "mouth": mouth}
    places |= _eyes(paper, face, expression, mix(hair, BLACK, 0.3))
    ridge = [(-0.02, -0.2), (0.06, 0.0), (-0.05, 0.03)]
    paper.line([(nose[0] + size * dx, nose[1] + size * dy) for dx, dy in ridge], mix(skin, BLACK, 0.25), size * 0.045)
    return places | _mouth(paper, *mouth, size, expression, skin, face.gape)


@dataclass(frozen=True)
class _Face:
    """Where a face is: its middle, half its height, how far its features are moved sideways; how open a mouth is."""

    x: float
    y: float
    size: float
    turn: float
    gape: float = 1.0


def _somewhere(paper: Paper, rng: Generator, *, free: bool) -> _Face:
    size = rng.uniform(0.25, 0.31)
    x, y = paper.aspect * rng.uniform(0.42, 0.58), rng.uniform(0.43, 0.5)
    turn = rng.uniform(-0.12, 0.12) * size
    if not free:
        return _Face(x, y, size, turn)
    size = rng.uniform(0.2, 0.34)
    x, y = paper.aspect * rng.uniform(0.28, 0.72), rng.uniform(0.4, 0.55)
    return _Face(x, y, size, rng.uniform(-0.2, 0.2) * size, rng.uniform(0.5, 1.1))


def _bust(paper: Paper, face: _Face, skin: Shade, top: Shade) -> None:
    """Shoulders, and the neck over them."""
    paper.oval(face.x, 1.12, face.size * 1.9, 1.12 - face.y - face.size * 0.98, top)
    neck = [(-0.32, 0.6), (0.32, 0.6), (0.36, 1.4), (0.0, 1.62), (-0.36, 1.4)]
    paper.polygon([(face.x + face.size * dx, face.y + face.size * dy) for dx, dy in neck], mix(skin, BLACK, 0.14))


def _head(paper: Paper, rng: Generator, face: _Face, skin: Shade, hair: Shade) -> None:
    """Ears and face, with hair behind them and a fringe over them."""
    x, y, size = face.x, face.y, face.size
    paper.oval(x, y - size * 0.12, size * 0.86, size * 0.98, hair)
    for side in (-1, 1):
        paper.oval(x + side * size * 0.76, y + size * 0.05, size * 0.12, size * 0.2, mix(skin, BLACK, 0.08))
    paper.oval(x, y, size * 0.76, size, skin)
    fringe = rng.uniform(-0.25, 0.25)
    outline = [(-0.8, -0.3), (-0.62, -0.86), (0.0, -1.1), (0.62, -0.86), (0.8, -0.3)]
    outline += [(0.45 + fringe, -0.62), (fringe - 0.45, -0.62)]
    paper.polygon([(x + size * dx, y + size * dy) for dx, dy in outline], hair)


def _eyes(paper: Paper, face: _Face, expression: str, brow: Shade) -> dict[str, Point]:
    """Draw both with their brows, and give the places of eyes, upper lids and brows."""
    places: dict[str, Point] = {}
    size, closed = face.size, expression == "closed eyes"
    lift = 0.3 if expression == "open mouth" else 0.22
    for side, name in ((-1, "r"), (1, "l")):
        x, y = face.x + side * size * 0.33 + face.turn, face.y - size * 0.08
        places[f"{name}_eye"] = (x, y)
        places[f"{name}_lid"] = (x, y + size * (0.09 if closed else -0.125))
        places[f"{name}_brow"] = (x, y - size * (lift + 0.015))
        _eye(paper, x, y, size, closed=closed)
        ends = [(x - size * 0.17, y - size * lift), (x + size * 0.17, y - size * (lift + 0.03))]
        paper.line(ends, brow, size * 0.07)
    return places


def _colours(rng: Generator, clothes: str, light: float, *, plain: bool = False) -> tuple[Shade, Shade, Shade, Shade]:
    skin = shade(PLAIN[0] if plain else SKINS[rng.integers(len(SKINS))])
    hair = shade(PLAIN[1] if plain else HAIRS[rng.integers(len(HAIRS))])
    legs = shade(PLAIN[2] if plain else LEGS[rng.integers(len(LEGS))])
    dim = 0.6 * (1 - light)
    skin, hair, top, legs = (mix(colour, shade("#0a0c20"), dim) for colour in (skin, hair, tone(clothes, 0.55), legs))
    return skin, hair, top, legs


def _joints(body: Figure, angles: list[float], lift: float, build: npt.NDArray[np.float64]) -> dict[str, Point]:
    size, way = body.height, body.turned

    def along(start: Point, angle: float, length: float) -> Point:
        return start[0] + way * size * length * sin(radians(angle)), start[1] + size * length * cos(radians(angle))

    arm, forearm, other_arm, other_forearm, thigh, shin, other_thigh, other_shin, lean = angles
    lengths = np.array([ARM, FOREARM, THIGH, SHIN, SHOULDERS, HIPS]) * build
    upper_arm, lower_arm, upper_leg, lower_leg, shoulders, hips = lengths.tolist()
    middle = (body.foot[0], body.foot[1] - size * (THIGH + SHIN + 0.02 + lift))
    neck = along(middle, 180 - lean, TRUNK)
    joints = {"neck": neck, "head": along(neck, 180 - lean * 0.6, NECK + HEAD)}
    joints["nose"] = (joints["head"][0] + way * size * HEAD * 0.3, joints["head"][1])
    for side, out, upper, lower, leg, calf in (
        ("r", 1, arm, forearm, thigh, shin),
        ("l", -1, other_arm, other_forearm, other_thigh, other_shin),
    ):
        joints[f"{side}_shoulder"] = (neck[0] + way * out * size * shoulders, neck[1] + size * 0.03)
        joints[f"{side}_elbow"] = along(joints[f"{side}_shoulder"], upper, upper_arm)
        joints[f"{side}_wrist"] = along(joints[f"{side}_elbow"], lower, lower_arm)
        joints[f"{side}_hip"] = (middle[0] + way * out * size * hips, middle[1])
        joints[f"{side}_knee"] = along(joints[f"{side}_hip"], leg, upper_leg)
        joints[f"{side}_ankle"] = along(joints[f"{side}_knee"], calf, lower_leg)
    return joints


def _arm(paper: Paper, joints: dict[str, Point], side: str, sleeve: Shade, skin: Shade, size: float) -> None:
    shoulder, elbow, wrist = (joints[f"{side}_{name}"] for name in ("shoulder", "elbow", "wrist"))
    paper.line([elbow, wrist], skin, size * 0.052)
    paper.disc(*wrist, size * 0.036, skin)
    paper.line([shoulder, elbow], sleeve, size * 0.068)


def _hair(
    paper: Paper, rng: Generator, x: float, y: float, size: float, hair: Shade, way: int, *, behind: bool
) -> None:
    if behind:
        paper.oval(x - way * size * 0.15, y + size * 0.1, size * 0.98, size * 1.05, hair)
        return
    points = [(-0.95, 0.05), (-0.8, -0.75), (0.0, -1.12), (0.75, -0.75), (0.85, -0.3), (0.1, -0.45), (-0.45, -0.2)]
    paper.polygon([(x + way * a * size, y + b * size) for a, b in points], hair)


def _eye(paper: Paper, x: float, y: float, size: float, *, closed: bool) -> None:
    if closed:
        paper.arc(x, y - size * 0.04, size * 0.17, size * 0.13, 15, 165, size * 0.065, shade("#2a1810"))
        return
    paper.oval(x, y, size * 0.17, size * 0.125, WHITE)
    paper.disc(x, y, size * 0.105, shade("#3d2413"))
    paper.disc(x - size * 0.03, y - size * 0.035, size * 0.03, WHITE)
    paper.arc(x, y, size * 0.18, size * 0.135, 190, 350, size * 0.045, shade("#2a1810"))


def _mouth(
    paper: Paper, x: float, y: float, size: float, expression: str, skin: Shade, gape: float
) -> dict[str, Point]:
    """Draw it, and give its corners, the lips' outer edges, and the edges of the gap between them."""
    lips = mix(skin, shade("#a01c2c"), 0.65)
    if expression == "open mouth":
        middle, wide, high, gap = y + size * 0.04, 0.22, size * 0.26 * gape, size * 0.21 * gape
        paper.oval(x, middle, size * wide, high, lips)
        paper.oval(x, middle, size * 0.175, gap, shade("#4a0d12"))
        teeth = middle - size * 0.155 * gape
        paper.box(
            x - size * 0.12, teeth - size * 0.035, x + size * 0.12, teeth + size * 0.035, WHITE, corner=size * 0.03
        )
        edges, corners = (middle - high, middle - gap, middle + gap, middle + high), middle
    elif expression == "smile":
        wide, corners = 0.34, y - size * 0.1
        curve = [
            (x + size * wide * a, y - size * 0.1 + size * 0.27 * (1 - a * a)) for a in [i / 8 for i in range(-8, 9)]
        ]
        paper.polygon(curve, WHITE)
        paper.line([*curve, curve[0]], lips, size * 0.055)
        edges = (corners - size * 0.03, corners + size * 0.03, y + size * 0.14, y + size * 0.2)
    else:
        wide, corners = 0.24, y
        paper.line([(x - size * 0.2, y), (x + size * 0.2, y)], lips, size * 0.085)
        edges = (y - size * 0.04, y, y, y + size * 0.04)
    names = ("lip_top", "gap_top", "gap_bottom", "lip_bottom")
    return {
        **{name: (x, edge) for name, edge in zip(names, edges, strict=True)},
        "mouth_r": (x - size * wide, corners),
        "mouth_l": (x + size * wide, corners),
    }
