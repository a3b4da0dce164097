"""Masking of free text about people: what is found in a remark, and what stands there instead."""
