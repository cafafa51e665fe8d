"""The sample video's pictures and sound: one file per scene, drawn with Pillow and numpy, the same every time."""
