"""Clients that send and follow while the server is killed again and again."""
