"""Does restyling keep its promise whatever the style is? Twenty styles, three contents each, with the page's defaults.

`python -m tests.bench.styles [tuned]`, with the preview's network: by how many times the style has come nearer (Gram
distance), and how like the content's edges are. Exit status 1 where in fewer than nine of ten pairs it is five times
and 0.5. The styles that nobody tuned by are measured, or those that defaults were chosen by.
"""

from __future__ import annotations

import sys
from pathlib import Path

from generation.engine import Engine, Restyle, load_profile, role
from generation.engine.restyle.files import open_network
from generation.preview.scenes import draw
from tests.bench.site import say
from tests.generation.engine.restyle.styles import CONTENTS_TUNED, CONTENTS_UNSEEN, TUNED, UNSEEN, Likeness, style

MOST_MISSED = 0.1


def main(asked: list[str]) -> int:
    """Measure and print."""
    styles, contents = (TUNED, CONTENTS_TUNED) if asked == ["tuned"] else (UNSEEN, CONTENTS_UNSEEN)
    profile = load_profile("preview", models_dir=Path("nowhere"))
    engine, network = Engine(profile), open_network(role(profile, "style_network").folder)
    missed, pairs = 0, len(styles) * len(contents)
    say("style           content     nearer  edges")
    for name in styles:
        for shown, scene in contents.items():
            content, example = draw(scene), style(name)
            made = engine.restyle(content, example, Restyle(), lambda step, steps: None)
            found = Likeness.of(network, made, content, example)
            missed += not found.holds
            say(f"{name:15} {shown:10} {found.nearer:6.1f}×  {found.edges:5.2f}{'' if found.holds else '  missed'}")
    say(f"{pairs - missed} of {pairs} are five times as near, with edges of 0.5 and more")
    return int(missed > MOST_MISSED * pairs)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
