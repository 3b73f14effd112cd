"""A whole server in one thread, driven by a seed, that breaks what it can of the feed."""
