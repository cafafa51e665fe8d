"""Pages: one file per page. Thin: forms clean, models and jobs do."""
