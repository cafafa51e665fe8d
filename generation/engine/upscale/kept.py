"""A profile's upscaler in memory: from when it is first used until others have painted for long without it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from generation.engine.profile import Profile
    from generation.engine.upscale.upscaler import Upscaler

KEPT_FOR = 16  # calls of `Engine.paint` without any use: then its memory is for those who paint


class Kept:
    """None or one, and how often it was passed over. It opens without torch."""

    def __init__(self, profile: Profile) -> None:
        self._profile = profile
        self._upscaler: Upscaler | None = None
        self._unused = 0

    def get(self) -> Upscaler:
        """The upscaler, loaded now if need be. Errors as in `open_upscaler`."""
        self._unused = 0
        if self._upscaler is None:
            from generation.engine.load import best_device
            from generation.engine.roles import role
            from generation.engine.upscale.files import open_upscaler
            from generation.engine.upscale.options import parse_settings
            from generation.engine.upscale.upscaler import Upscaler

            settings = parse_settings(role(self._profile, "upscaler").settings)
            device = best_device()
            self._upscaler = Upscaler(open_upscaler(self._profile, device), device, settings)
        return self._upscaler

    def passed_over(self) -> None:
        """Something was painted, and it was not needed."""
        self._unused += 1
        if self._unused >= KEPT_FOR:
            self.drop()

    def drop(self) -> bool:
        """Let go of it and its memory; whether there was one."""
        if self._upscaler is None:
            return False
        from generation.engine.memory import free

        device, self._upscaler = self._upscaler.device, None
        free(device)
        return True
