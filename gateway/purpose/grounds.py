"""What needs a word of its own: numbers that join registers, a family's history, and a purpose that ends.

Rule: such a field is open only beside its own ground, and a ground stands for nothing but its field.

個人番号 may be used and provided only where the My Number Act (番号法) says so, arts. 9 and 19; 住民票コード may be
asked for only where the Basic Resident Register Act (住民基本台帳法) does, arts. 30-37 and 30-38.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from gateway.field import FIELDS, MY_NUMBER, RESIDENT_CODE, Sensitivity
from gateway.purpose.model import Numbers
from gateway.purpose.reading import KEEP, REDACT, REMARK, Fault, Reading, Rules
from gateway.purpose.words import Text

_GROUNDS: Final = {MY_NUMBER: "my_number_act", RESIDENT_CODE: "resident_register_act"}
_ARTICLE_JA: Final = re.compile(r"第[0-9０-９〇一二三四五六七八九十百千]+条")
_ARTICLE_EN: Final = re.compile(r"\barts?\. ?[0-9]")


def _ground(numbers: Numbers | None, field: str) -> Text | None:
    ground = getattr(numbers, _GROUNDS[field]) if numbers is not None else None
    return ground if isinstance(ground, Text) else None


def _numbers_have_their_ground(reading: Reading) -> Iterator[Fault]:
    for field, ground in _GROUNDS.items():
        granted = field in reading.text.fields
        written = _ground(reading.text.my_number, field)
        if granted and written is None:
            title = FIELDS[field].title.ja
            advice = (
                f"{title} needs the article that opens it to this purpose; "
                f"write `my_number: {{{ground}: {{ja: …, en: …}}}}`, or remove the field"
            )
            yield ("fields", field), "my-number", advice
        if written is not None and not granted:
            yield ("my_number", ground), "my-number", f"nothing rests on it: {field} is not granted; remove it"


def _grounds_cite_an_article(reading: Reading) -> Iterator[Fault]:
    for field, ground in _GROUNDS.items():
        written = _ground(reading.text.my_number, field)
        if written is None:
            continue
        if _ARTICLE_JA.search(written.ja) is None:
            yield (
                ("my_number", ground, "ja"),
                "my-number",
                "names no article; write law and article, e.g. 番号法第9条第1項",
            )
        if _ARTICLE_EN.search(written.en) is None:
            advice = "names no article; write law and article, e.g. My Number Act, art. 9(1)"
            yield ("my_number", ground, "en"), "my-number", advice


def _numbers_are_whole_or_hidden(reading: Reading) -> Iterator[Fault]:
    for field, mask in reading.masks.items():
        if FIELDS[field].sensitivity is Sensitivity.SPECIFIC and mask.name not in (KEEP, REDACT):
            advice = f"what {mask.name} leaves still joins registers; write `{field}: {KEEP}` or `{field}: {REDACT}`"
            yield ("fields", field), "my-number", advice


def _family_history_has_its_reason(reading: Reading) -> Iterator[Fault]:
    telling = [f for f, mask in reading.masks.items() if FIELDS[f].family_history and mask.name != REDACT]
    if reading.text.family_history is None:
        for field in telling:
            advice = (
                f"{field} tells of marriages, divorces, adoptions or origin; say why it is needed, "
                "`family_history: {ja: …, en: …}`, or remove the field"
            )
            yield ("fields", field), "family-history", advice
    elif not telling and not any(map(reading.unreadable, reading.text.fields)):
        yield ("family_history",), "family-history", "no field that is granted tells of it; remove it"


def _remarks_are_masked(reading: Reading) -> Iterator[Fault]:
    mask = reading.masks.get("remarks")
    if mask is None or mask.name == REDACT:
        return
    if mask.name != REMARK:
        advice = (
            f"they speak of other people too; write `remarks: {REMARK}` or `remarks: {REDACT}`, or remove the field"
        )
        yield ("fields", "remarks"), "remarks", advice
    elif reading.text.bulk is not None and reading.text.bulk.k > 1:
        advice = f"hardly two remarks are alike, so somebody always stands alone; write `k: 1`, or `remarks: {REDACT}`"
        yield ("bulk", "k"), "remarks", advice


def _deprecation_comes_before_the_end(reading: Reading) -> Iterator[Fault]:
    deprecated, until = reading.text.deprecated, reading.text.valid.until
    if deprecated is not None and deprecated.since > until:
        yield (
            ("deprecated", "since"),
            "deprecated",
            f"the purpose ends on {until} already; announce it before, or remove it",
        )


def _successor_is_another(reading: Reading) -> Iterator[Fault]:
    deprecated = reading.text.deprecated
    if deprecated is not None and deprecated.successor == reading.text.purpose:
        advice = "a purpose cannot follow itself; name the purpose to move to, or `none`"
        yield ("deprecated", "successor"), "deprecated", advice


RULES: Final[Rules] = (
    (frozenset({"fields", "my_number"}), _numbers_have_their_ground),
    (frozenset({"my_number"}), _grounds_cite_an_article),
    (frozenset({"fields"}), _numbers_are_whole_or_hidden),
    (frozenset({"fields", "family_history"}), _family_history_has_its_reason),
    (frozenset({"fields", "bulk"}), _remarks_are_masked),
    (frozenset({"deprecated", "valid"}), _deprecation_comes_before_the_end),
    (frozenset({"deprecated", "purpose"}), _successor_is_another),
)
