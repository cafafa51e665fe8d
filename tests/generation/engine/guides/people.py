"""People as points, and as pictures that are there without a download."""

from __future__ import annotations

from generation.engine.guides.skeleton import Pose

# Standing, facing the viewer: their right is on the left.
STANDING = Pose(
    (
        (0.50, 0.15),
        (0.50, 0.28),
        *((0.42, 0.28), (0.38, 0.42), (0.36, 0.55)),
        *((0.58, 0.28), (0.62, 0.42), (0.64, 0.55)),
        *((0.45, 0.55), (0.45, 0.73), (0.45, 0.92)),
        *((0.55, 0.55), (0.55, 0.73), (0.55, 0.92)),
        *((0.48, 0.13), (0.52, 0.13), (0.46, 0.14), (0.54, 0.14)),
    )
)


def moved(pose: Pose, right: float, down: float = 0.0, scale: float = 1.0) -> Pose:
    """The same person elsewhere."""
    return Pose(
        tuple(None if point is None else (point[0] * scale + right, point[1] * scale + down) for point in pose.points)
    )
