"""What a grant is called: drawn at random, so that nobody can guess another's.

Rule: an id says nothing; what a grant opens, and to whom, is judged each time it is used.
"""

from __future__ import annotations

import base64
import secrets


def grant_id() -> str:
    """A fresh id: `g-` and 16 of a-z 2-7, 80 bits of chance."""
    return "g-" + base64.b32encode(secrets.token_bytes(10)).decode().lower()
