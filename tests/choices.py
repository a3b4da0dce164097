"""For each mask of the catalogue, ways in which a steward may set it."""

from collections.abc import Mapping
from typing import Any, Final

CHOICES: Final[Mapping[str, tuple[Mapping[str, Any], ...]]] = {
    "keep": ({},),
    "redact": ({},),
    "partial": ({}, {"keep": 3}),
    "token": ({},),
    "sealed_token": ({},),
    "surrogate_name": ({}, {"household": "shared"}),
    "band": ({"width": 1_000_000, "top": 10_000_000}, {"width": 500}),
    "round": ({"base": 100_000}, {"base": 500_000, "mode": "random"}),
    "age_band": ({"width": 5}, {"width": 3, "top": 18}, {"width": 5, "reckoning": "birthday"}),
    "date_precision": ({"keep": "year"}, {"keep": "month"}, {"keep": "era_year"}),
    "area": ({"level": "city"}, {"level": "town"}, {"level": "chome"}),
    "recent": ({"years": 5}, {"years": 100}),
    "remark": ({}, {"people": "marker", "dates": "keep", "facilities": "keep"}),
}
