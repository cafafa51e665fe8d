"""Style transfer: one picture's content in the style of another (Gatys, Ecker and Bethge 2016, CVPR, pp. 2414–2423)."""
