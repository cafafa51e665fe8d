"""Files that belong to rows: none outlives its row, none is left behind by a process that was killed."""
