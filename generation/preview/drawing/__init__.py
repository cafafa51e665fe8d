"""How scenes are drawn: paper and pens, shades, skies, one module for each family of kinds, people, looks."""
