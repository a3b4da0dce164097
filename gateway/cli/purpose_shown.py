"""One purpose as `register-gateway purpose` shows it: whole, as rows for people and as data for programs.

Rule: what is in the text is shown, with what holds where the text is silent; whether it is in force is said apart.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict

from gateway.allowance import Owner, Window
from gateway.cli.matter import case_words
from gateway.field import FIELDS, SELECTING_KEYS, SearchKey
from gateway.purpose.asking import SEARCHING_KEYS, asking
from gateway.purpose.check import Checked
from gateway.purpose.limits import Limits
from gateway.purpose.model import AskingText, PurposeText
from gateway.purpose.words import Text


def summary(checked: Checked) -> dict[str, object]:
    """All of the text but its fields and budgets, as data."""
    text = checked.text
    rate = text.budget.rate
    return {
        "purpose": text.purpose,
        "title": text.title.model_dump(),
        "legal_basis": text.legal_basis.model_dump(),
        "steward": text.steward,
        "recipients": [recipient.model_dump() for recipient in text.recipients],
        "case": text.case.registry if text.case is not None else None,
        "case_handler": text.case.handler if text.case is not None else None,
        "case_days_after_closing": text.case.days_after_closing if text.case is not None else None,
        "applicant": text.applicant,
        "restricted": text.restricted,
        "search_by": text.search_by,
        "search": text.search.model_dump() | _asked(text, text.search, SEARCHING_KEYS) if text.search else None,
        "stream": text.stream.model_dump() | _asked(text, text.stream, SELECTING_KEYS) if text.stream else None,
        "bulk": text.bulk.model_dump() | _asked(text, text.bulk, SELECTING_KEYS) if text.bulk else None,
        "break_glass": text.break_glass.model_dump() if text.break_glass else None,
        "reversal": text.reversal,
        "renewal": text.renewal,
        "my_number": text.my_number.model_dump() if text.my_number is not None else None,
        "family_history": text.family_history.model_dump() if text.family_history is not None else None,
        "deprecated": text.deprecated.model_dump(mode="json") if text.deprecated is not None else None,
        "rate": rate.model_dump() if rate is not None else None,
        "valid_from": str(text.valid.since),
        "valid_until": str(text.valid.until),
        "digest": checked.digest.hex(),
    }


def in_full(checked: Checked, limits: Limits) -> dict[str, object]:
    """The same with fields and budgets."""
    granted = [
        {
            "field": field,
            "title": asdict(FIELDS[field].title),
            "mask": str(mask),
            "sensitivity": FIELDS[field].sensitivity,
        }
        for field, mask in checked.masks.items()
    ]
    named = ("department", "owner", "window", "purpose", "city")
    residents = [dict(zip(named, row, strict=True)) for row in budgets(checked, limits)]
    return summary(checked) | {"fields": granted, "residents": residents}


def _asked(text: PurposeText, kind: AskingText, keys: frozenset[SearchKey]) -> dict[str, object]:
    combinations = asking(text, kind, keys).combinations
    return {"combinations": [[key for key in SearchKey if key in each] for each in combinations]}


def ending_of(text: PurposeText) -> str:
    """When a deprecated purpose ends, and what follows it."""
    said = text.deprecated
    if said is None:
        return ""
    successor = f"move to {said.successor}" if said.successor is not None else "nothing follows it"
    return f"announced on {said.since}, ends on {text.valid.until}; {successor}"


def rows(checked: Checked, state: str) -> Iterator[tuple[str, object]]:
    """Part and value; `state` is whether it is in force today."""
    text = checked.text
    rate = text.budget.rate
    yield from _bilingual("title", text.title)
    yield from _bilingual("legal basis", text.legal_basis)
    yield "steward", text.steward
    for recipient in text.recipients:
        yield "recipient", f"{recipient.department} ({', '.join(recipient.roles)})"
    yield "case", f"{case_words(text.case.rule()).en}; residents its parties" if text.case is not None else "none"
    yield "search by", ", ".join(text.search_by)
    if text.search is not None:
        yield "search", f"{text.search.limit} residents at most, {text.search.address_limit} by address or household"
        yield from _asking_rows("search", text, text.search, SEARCHING_KEYS)
    else:
        yield "search", "none"
    if text.streamed is not None:
        yield "stream", f"{text.streamed.page} residents a page"
        yield from _asking_rows("stream", text, text.streamed, SELECTING_KEYS)
    else:
        yield "stream", "none"
    if text.bulk is not None:
        yield "stream, grant", f"by two people, {text.bulk.residents} residents at most, k {text.bulk.k}"
        if text.bulk.sensitive is not None:
            yield "stream, sensitive", f"{', '.join(text.bulk.sensitive)}; l {text.bulk.l}"
    if text.break_glass is not None:
        fields, glass = ", ".join(text.break_glass.fields), text.break_glass
        yield "break_glass", f"{fields}; {glass.looks_a_day} a day, reviewed within {glass.review_days} days"
    if text.reversal is not None:
        yield "reversal", "of its pseudonyms, by a grant of two people"
    if text.renewal is not None:
        yield "renewal", "of its pseudonyms after a rotation of keys, by a grant of two people"
    yield "applicant", text.applicant
    yield "address of the protected", text.restricted
    if text.my_number is not None:
        yield from _bilingual("my number", text.my_number.my_number_act)
        yield from _bilingual("resident record code", text.my_number.resident_register_act)
    yield from _bilingual("family history", text.family_history)
    yield "rate", f"{rate.per_second:g} a second, {rate.burst} at once" if rate is not None else "none"
    yield "valid", f"{text.valid.since} to {text.valid.until} ({state})"
    if text.deprecated is not None:
        yield "deprecated", ending_of(text)
        yield from _bilingual("deprecated", text.deprecated.note)
    yield "digest", checked.digest.hex()


def _asking_rows(
    section: str, text: PurposeText, kind: AskingText, keys: frozenset[SearchKey]
) -> Iterator[tuple[str, object]]:
    for combination in asking(text, kind, keys).combinations:
        yield f"{section} with", " + ".join(key for key in SearchKey if key in combination)
    yield f"{section} among", ", ".join(kind.statuses)


def _bilingual(part: str, words: Text | None) -> Iterator[tuple[str, object]]:
    if words is not None:
        yield f"{part} (ja)", words.ja
        yield f"{part} (en)", words.en


def budgets(checked: Checked, limits: Limits) -> Iterator[tuple[str, Owner, Window, int | None, int | None]]:
    """Department, owner, window, residents of this purpose and of all purposes together; None: no number."""
    own = checked.text.budget.residents
    for recipient in checked.text.recipients:
        city = limits.bounds(recipient.department)
        for owner in Owner:
            for window in Window:
                pair = own.get(owner, {}).get(window), city[owner].get(window)
                if pair != (None, None):
                    yield recipient.department, owner, window, *pair
