"""The service bench: every way to ask, in a city of 32,000 and in one a hundred times as large."""
