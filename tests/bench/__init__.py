"""Benchmarks: ratios between servers measured in one run, never absolute times."""
