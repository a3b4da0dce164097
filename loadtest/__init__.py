"""Load on a gateway, and what it shows."""
