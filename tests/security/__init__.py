"""Attacks on a real server: each fails, and each succeeds once its protection is taken out."""
