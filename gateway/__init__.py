"""A privacy-preserving gateway in front of a municipal resident register."""
