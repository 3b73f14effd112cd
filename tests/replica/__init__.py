"""A client's copy of the server, and everything that can happen to it."""
