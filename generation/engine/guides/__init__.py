"""Guides: what is found in a picture of people and drawn for a ControlNet to follow. Nothing here paints."""
