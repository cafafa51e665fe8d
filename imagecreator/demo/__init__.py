"""The demonstration: starts the site and a worker and does the main job over HTTP, as a browser would. Knows no app."""
