"""How long the tests wait for what must come."""

PATIENCE = 60.0
"""Seconds: only reached where something is broken, so it is far more than a slow machine needs."""
