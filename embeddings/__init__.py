"""From article files to a searchable index."""
