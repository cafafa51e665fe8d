"""A person of limbs and joints who walks, waves and dances. Lengths are parts of the height, angles are degrees."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from PIL import Image, ImageDraw

if TYPE_CHECKING:
    from imagecreator.demo.film.brush import Colour, Point

SCALE = 3  # drawn larger and made small: smooth edges
THIGH, SHIN, TRUNK, UPPER_ARM, FOREARM = 0.24, 0.24, 0.30, 0.165, 0.16


@dataclass(frozen=True)
class Clothes:
    """The colours of one person."""

    skin: Colour
    hair: Colour
    coat: Colour
    legs: Colour
    shoes: Colour
    pack: Colour | None = None  # a rucksack


@dataclass(frozen=True)
class Pose:
    """Angles from hanging straight down; positive is forward. The first of a pair is the limb nearer to us."""

    thighs: tuple[float, float]
    knees: tuple[float, float]
    arms: tuple[float, float]
    elbows: tuple[float, float]
    lean: float = 0.0
    facing_us: bool = False


def walking(phase: float, stride: float = 27.0) -> Pose:
    """Return the pose at ``phase`` (radians, 2π is two steps) of a walk towards the right."""

    def knee(angle: float) -> float:
        return 6 + 52 * math.pow(max(0.0, math.cos(angle)), 1.5)  # bent while the leg swings forward

    swing = math.sin(phase)
    return Pose(
        thighs=(stride * swing + 5, -stride * swing + 5),
        knees=(knee(phase), knee(phase + math.pi)),
        arms=(-24 * swing, 24 * swing),
        elbows=(26 - 10 * swing, 26 + 10 * swing),
        lean=5,
    )


def dancing(phase: float) -> Pose:
    """Return the pose at ``phase`` (radians) of a dance, seen from the front."""
    side, lift = math.sin(phase), abs(math.sin(phase))
    return Pose(
        thighs=(16 + 22 * max(0.0, side), -16 + 22 * min(0.0, side)),
        knees=(10 + 34 * max(0.0, side), -10 + 34 * min(0.0, side)),
        arms=(112 + 38 * side, -112 + 38 * side),
        elbows=(28 + 26 * lift, -28 - 26 * lift),
        lean=-9 * side,
        facing_us=True,
    )


def waving(phase: float) -> Pose:
    """Return the pose at ``phase`` (radians) of somebody who stands, holds a rope and waves."""
    return Pose(
        thighs=(9, -7),
        knees=(2, -2),
        arms=(148 + 9 * math.sin(phase), -52),
        elbows=(12 + 24 * math.sin(phase + 0.6), -58),
        lean=3 * math.sin(phase / 2),
        facing_us=True,
    )


def carrying(pose: Pose) -> Pose:
    """Return ``pose`` with the nearer hand before the chest, as if it held a handle upright."""
    return replace(pose, arms=(22.0, pose.arms[1]), elbows=(112.0, pose.elbows[1]))


def person(pose: Pose, clothes: Clothes, height: int) -> tuple[Image.Image, Point]:
    """Draw somebody ``height`` pixels tall; return the RGBA picture and the point in it where the lower foot stands."""
    side = round(height * 1.5)
    sheet = Image.new("RGBA", (side * SCALE, side * SCALE))
    body = _Body(ImageDraw.Draw(sheet), height * SCALE, pose, clothes, (side * SCALE * 0.5, side * SCALE * 0.58))
    body.draw()
    return sheet.reduce(SCALE), (side * 0.5, body.ground / SCALE)


def _away(start: Point, angle: float, length: float) -> Point:
    turn = math.radians(angle)
    return start[0] + math.sin(turn) * length, start[1] + math.cos(turn) * length


def _dark(colour: Colour, by: float = 0.68) -> Colour:
    return round(colour[0] * by), round(colour[1] * by), round(colour[2] * by)


class _Body:
    def __init__(self, pen: ImageDraw.ImageDraw, unit: float, pose: Pose, clothes: Clothes, hip: Point) -> None:
        self.pen, self.unit, self.pose, self.clothes, self.hip = pen, unit, pose, clothes, hip
        self.neck = _away(hip, 180 - pose.lean, TRUNK * unit)
        self.ground = hip[1]

    def draw(self) -> None:
        self._arm(1)
        self._leg(1)
        self._leg(0)
        if self.clothes.pack:
            back = (
                (self.hip[0] + self.neck[0]) / 2 - 0.10 * self.unit,
                (self.hip[1] + self.neck[1]) / 2 - 0.05 * self.unit,
            )
            self._limb(back, _away(back, 0, 0.09 * self.unit), 0.13, self.clothes.pack)
            self._limb(
                _away(back, 180, 0.07 * self.unit), _away(back, 180, 0.06 * self.unit), 0.11, _dark(self.clothes.pack)
            )
        self._trunk()
        self._head()
        self._arm(0)

    def _limb(self, start: Point, end: Point, width: float, colour: Colour) -> None:
        thick = width * self.unit
        self.pen.line([start, end], fill=colour, width=round(thick))
        for x, y in (start, end):
            self.pen.ellipse((x - thick / 2, y - thick / 2, x + thick / 2, y + thick / 2), fill=colour)

    def _leg(self, which: int) -> None:
        shade = self._shade(which)
        hip = self.hip[0] + self._apart(which, 0.035), self.hip[1]
        thigh = self.pose.thighs[which]
        knee = _away(hip, thigh, THIGH * self.unit)
        ankle = _away(knee, thigh - self.pose.knees[which], SHIN * self.unit)
        self._limb(hip, knee, 0.085, _dark(self.clothes.legs, shade))
        self._limb(knee, ankle, 0.068, _dark(self.clothes.legs, shade))
        ahead = self._apart(which, 0.035) if self.pose.facing_us else 0.075 * self.unit
        turn = 0 if self.pose.facing_us else math.radians(min(0.0, thigh - self.pose.knees[which]) * 0.8)
        toe = ankle[0] + ahead * math.cos(turn), ankle[1] + 0.012 * self.unit - ahead * math.sin(turn)
        self._limb((ankle[0], ankle[1] + 0.012 * self.unit), toe, 0.055, _dark(self.clothes.shoes, shade))
        self.ground = max(self.ground, ankle[1] + 0.04 * self.unit, toe[1] + 0.028 * self.unit)

    def _arm(self, which: int) -> None:
        shade = self._shade(which)
        shoulder = self.neck[0] + self._apart(which, 0.085), self.neck[1] + 0.025 * self.unit
        elbow = _away(shoulder, self.pose.arms[which], UPPER_ARM * self.unit)
        hand = _away(elbow, self.pose.arms[which] + self.pose.elbows[which], FOREARM * self.unit)
        self._limb(elbow, hand, 0.05, _dark(self.clothes.coat, shade))
        self._limb(shoulder, elbow, 0.062, _dark(self.clothes.coat, shade))
        palm = _away(hand, self.pose.arms[which] + self.pose.elbows[which], 0.02 * self.unit)
        self._limb(palm, palm, 0.052, _dark(self.clothes.skin, shade))

    def _trunk(self) -> None:
        wide = 0.095 if self.pose.facing_us else 0.045
        u = self.unit
        (hx, hy), (nx, ny) = self.hip, self.neck
        corners = [(nx - wide * u, ny), (nx + wide * u, ny), (hx + wide * 0.72 * u, hy), (hx - wide * 0.72 * u, hy)]
        self._limb(
            self.neck, _away(self.neck, 180 - self.pose.lean * 0.6, 0.06 * u), 0.055, _dark(self.clothes.skin, 0.85)
        )
        for start, end in zip(corners, [*corners[1:], corners[0]], strict=True):
            self._limb(start, end, 0.075, self.clothes.coat)
        self.pen.polygon(corners, fill=self.clothes.coat)

    def _head(self) -> None:
        u, clothes = self.unit, self.clothes
        up = 180 - self.pose.lean * 0.6
        x, y = _away(self.neck, up, 0.125 * u)
        self._disc(x - (0 if self.pose.facing_us else 0.014 * u), y - 0.012 * u, 0.078, 0.084, clothes.hair)
        if not self.pose.facing_us:
            self._disc(x - 0.06 * u, y + 0.03 * u, 0.03, 0.05, clothes.hair)
            self._disc(x + 0.014 * u, y + 0.012 * u, 0.056, 0.068, clothes.skin)
            self._disc(x + 0.07 * u, y + 0.015 * u, 0.014, 0.011, clothes.skin)
            self._disc(x + 0.04 * u, y + 0.0 * u, 0.009, 0.011, (30, 24, 30))
            return
        self._disc(x, y + 0.012 * u, 0.06, 0.069, clothes.skin)
        for way in (-1, 1):
            self._disc(x + way * 0.024 * u, y + 0.008 * u, 0.009, 0.012, (30, 24, 30))
        self.pen.chord((x - 0.03 * u, y + 0.012 * u, x + 0.03 * u, y + 0.056 * u), 15, 165, fill=(150, 48, 52))

    def _disc(self, x: float, y: float, rx: float, ry: float, colour: Colour) -> None:
        self.pen.ellipse((x - rx * self.unit, y - ry * self.unit, x + rx * self.unit, y + ry * self.unit), fill=colour)

    def _apart(self, which: int, by: float) -> float:
        return (by if which == 0 else -by) * self.unit if self.pose.facing_us else 0.0

    def _shade(self, which: int) -> float:
        return 0.94 if self.pose.facing_us or which == 0 else 0.66
