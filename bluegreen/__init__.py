"""The program under its own name: `python -m bluegreen`. What it is made of lies in the packages beside it."""
