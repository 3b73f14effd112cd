"""A target for every parser of ours: whatever comes in, what goes out is what it says."""
