"""The process: how the house is opened, run and reached."""
