"""For each mask of the catalogue, ways in which a steward may set it."""

from collections.abc import Mapping
from typing import Any, Final

CHOICES: Final[Mapping[str, tuple[Mapping[str, Any], ...]]] = {
    "keep": ({},),
    "redact": ({},),
    "partial": ({}, {"keep": 3}),
    "token": ({},),
    "sealed_token": ({},),
    "surrogate_name": ({},),
    "band": ({"width": 1_000_000, "top": 10_000_000}, {"width": 500}),
    "age_band": ({"width": 5}, {"width": 3, "top": 18}, {"width": 5, "reckoning": "birthday"}),
    "date_precision": ({"keep": "year"}, {"keep": "month"}),
    "area": ({"level": "city"}, {"level": "town"}, {"level": "chome"}),
}
