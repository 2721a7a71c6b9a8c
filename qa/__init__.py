"""From a question to hits and cited answers."""
