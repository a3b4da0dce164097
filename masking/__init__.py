"""Masking of register values: value in, masked value out. Pure, and usable without the gateway."""
