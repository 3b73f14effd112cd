"""The migrations of our tables, in order."""
