"""The tests, by floor; `cast.py` has the people in them, `stage.py` what they stand on."""
