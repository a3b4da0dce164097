"""Measures of masking: how well, how fast, against what attack."""
