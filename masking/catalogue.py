"""All maskers by the name a steward writes.

Rule: adding a masker is one file, one test file, one line here.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from masking.age_band import AGE_BAND
from masking.area import AREA
from masking.band import BAND
from masking.date_precision import DATE_PRECISION
from masking.keep import KEEP
from masking.masker import MaskerKind
from masking.partial import PARTIAL
from masking.recent import RECENT
from masking.redact import REDACT
from masking.remark.masker import REMARK
from masking.round import ROUND
from masking.sealed_token import SEALED_TOKEN
from masking.surrogate_name import SURROGATE_NAME
from masking.token import TOKEN

_ROWS: Final = (
    KEEP,
    REDACT,
    PARTIAL,
    TOKEN,
    SEALED_TOKEN,
    SURROGATE_NAME,
    BAND,
    ROUND,
    AGE_BAND,
    DATE_PRECISION,
    AREA,
    RECENT,
    REMARK,
)

CATALOGUE: Final[Mapping[str, MaskerKind]] = MappingProxyType({row.name: row for row in _ROWS})
"""Masker kinds by name; read-only."""
