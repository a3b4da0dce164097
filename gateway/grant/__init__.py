"""Grants: what nobody may look at on their own, and who may approve it."""
