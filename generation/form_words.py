"""The form's own words: one table for each part of a prompt. The preview model was trained on these very words."""

from __future__ import annotations

COMPOSITION = {
    "thumbnail": "one clear subject, striking composition",
    "avatar": "centered emblem, simple bold shape, plain background",
    "cover": "wide banner, calm center, open space",
}
DRAMATIC = {
    "thumbnail": "dramatic lighting, deep shadows, low angle, one clear subject",
    "avatar": "centered emblem, dramatic lighting, dark background",
    "cover": "wide banner, dramatic lighting, deep shadows, open space",
}
MINIMAL = {
    "thumbnail": "minimal composition, one clear subject, plain background",
    "avatar": "minimal emblem, flat simple shape, plain background",
    "cover": "minimal wide banner, soft light, empty space",
}
EMBLEMS = ("avatar",)  # a sign, not a scene: of the facts only its colours are used
QUALITY = {"avatar": "clean lines, highly detailed"}
USUAL_QUALITY = "sharp focus, highly detailed"
NEGATIVE = "blurry, low quality, jpeg artifacts, text, watermark, deformed, cropped, cluttered"
NEGATIVE_WITHOUT_COLOUR = "colorful"

PEOPLE = {"one person": "one person", "people": "group of people"}
MOTION = {"still": "still scene", "fast": "fast motion"}
BRIGHTNESS = {"dark": "dark scene", "dim": "dim light", "bright": "bright light"}
NOT_DRAMATIC = (BRIGHTNESS["dim"], BRIGHTNESS["bright"])  # where the lighting is
WARMTH = {"warm": "warm tones", "cool": "cool tones"}
CONTRAST = {"high": "high contrast"}
BLACK_AND_WHITE = "black and white"
VIVID, MUTED = 60.0, 15.0  # Facts.colourfulness
VIVID_COLOURS, MUTED_COLOURS = "vivid colors", "muted colors"
