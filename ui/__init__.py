"""The people-facing edge: chat page and command line."""
