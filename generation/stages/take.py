"""Take: a picture that is there already, to be enlarged and restyled as if it had just been painted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from generation.engine import PaintJob
from generation.engine.start import inspect
from generation.stages.engine_door import expected
from generation.stages.faces import keep_faces
from generation.stages.paint import needed
from generation.work import Painted

if TYPE_CHECKING:
    from generation.engine import Profile
    from generation.work import Work


def take(work: Work, profile: Profile) -> None:
    """Make the start picture the work's only one, cut to the target's shape where it shows faces.

    ExpectedError for one that nothing can be made of, and where the profile has not the model that is asked for.
    """
    assert work.start is not None
    with expected():
        inspect(work.start, None)
        needed(work, profile)
    job = PaintJob(
        prompt=work.prompt,
        negative=work.negative,
        seed=work.seed,
        width=work.start.width,
        height=work.start.height,
        steps=0,
        guidance=0.0,
        start=work.start,
    )
    picture = keep_faces(work.start.convert("RGB"), work.target.width / work.target.height)
    work.pictures = [Painted(job, picture, is_painted=False)]
