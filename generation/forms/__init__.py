"""Forms: one file per page."""
