"""The outside: one file for each thing that is not ours, so that each can be swapped or faked."""
