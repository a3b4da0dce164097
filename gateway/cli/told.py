"""A refusal in words: what a person reads below the gateway's own sentence, in the language they asked for.

Rule: nothing is told that the gateway did not tell; times are Japan's, and fields are called what the person called
them. Programs get the refusal as it came (`--json`).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from difflib import get_close_matches
from types import MappingProxyType
from typing import Final

from gateway.allowance import Owner, Window
from gateway.cli.client import Denial
from gateway.clock import JST
from gateway.field import FIELDS, Localized

RECORDED: Final = Localized("この拒否も記録されます。", "This refusal is recorded, too.")

_OWNERS: Final = MappingProxyType(
    {
        Owner.STAFF: Localized("職員", "staff"),
        Owner.DEPARTMENT: Localized("所属", "department"),
        Owner.CITY: Localized("市全体", "city"),
    }
)
_WINDOWS: Final = MappingProxyType(
    {
        Window.DAY: Localized("1日", "1 day"),
        Window.MONTH: Localized("30日間で", "30 days"),
        Window.YEAR: Localized("365日間で", "365 days"),
        Window.TENURE: Localized("記録の保存期間を通じて", "all the time that records are kept"),
    }
)
_MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
"""Not strftime's: those follow the locale."""
_COUNTED: Final = MappingProxyType(
    {
        "residents": Localized("{}人まで", "{} residents"),
        "refused attempts": Localized("拒否された照会は{}回まで", "{} refused attempts"),
        "looks at one resident": Localized("お一人につき{}回まで", "{} looks at one resident"),
    }
)
_QUOTA: Final = re.compile(r"(\d+) ([a-z ]+) in (\w+); (?:reopens (\S+)|does not reopen)")
_PATH: Final = re.compile(r"read_mask\.paths\[(\d+)\]")
_IN_ENGLISH: Final = Localized("指摘の箇所（英語のまま）:", "")


def details(denial: Denial, fields: Sequence[str], language: str) -> list[str]:
    """The lines below the refusal's text: offending parts, allowances, how long to wait. `fields` are those asked for,
    in their order; `language` is ja or en.
    """
    return [
        *_violations(denial, fields, language),
        *allowances(denial, language),
        *([] if denial.retry_seconds is None else [_in(language, _wait(denial.retry_seconds))]),
    ]


def allowances(denial: Denial, language: str) -> list[str]:
    """A line for each allowance that is used up, each said once."""
    return [_in(language, _allowance(*each)) for each in dict.fromkeys(denial.quota) if each[1] != "rate"]


def _violations(denial: Denial, fields: Sequence[str], language: str) -> list[str]:
    known = [(_typed(path, fields), description) for path, description in denial.violations]
    if denial.reason == "FIELD_UNKNOWN":
        return [_in(language, _unknown(name, description)) for name, description in known]
    if denial.reason == "FIELD_NOT_GRANTED":
        return [_in(language, _not_granted(name, description)) for name, description in known]
    lines = [f"{name}: {description}" if name else description for name, description in known]
    return [_IN_ENGLISH.ja, *(f"  {line}" for line in lines)] if lines and language == "ja" else lines


def _typed(path: str, fields: Sequence[str]) -> str:
    """What the person typed, where the gateway names a place of the read mask."""
    place = _PATH.fullmatch(path)
    return fields[int(place[1])] if place is not None and int(place[1]) < len(fields) else path


def _unknown(name: str, description: str) -> Localized:
    close = get_close_matches(name, FIELDS, n=1)
    meant = (
        Localized(f"{close[0]} のことですか？", f"did you mean {close[0]}?")
        if close
        else Localized(f"項目は {', '.join(FIELDS)} です", f"there are {', '.join(FIELDS)}")
    )
    return Localized(f"{name}: このような項目はありません。{meant.ja}", f"{name}: {description}; {meant.en}")


def _not_granted(name: str, description: str) -> Localized:
    title = f"（{FIELDS[name].title.ja}）" if name in FIELDS else ""
    return Localized(f"{name}{title}: この利用目的では見られません", f"{name}: {description}")


def _allowance(subject: str, description: str) -> Localized:
    """As the gateway wrote it, should it once write it otherwise."""
    found = _QUOTA.fullmatch(description)
    owner = subject.removeprefix("caller:")
    if found is None or found[2] not in _COUNTED or owner not in set(Owner) or found[3] not in set(Window):
        return Localized(f"{subject}: {description}", f"{subject}: {description}")
    who, window, counted = _OWNERS[Owner(owner)], _WINDOWS[Window(found[3])], _COUNTED[found[2]]
    again = _moment(found[4]) if found[4] else Localized("再開しません", "does not reopen")
    return Localized(
        f"{who.ja}：{window.ja}{counted.ja.format(found[1])}。{again.ja}",
        f"{who.en}: {counted.en.format(found[1])} in {window.en}; {again.en}",
    )


def _moment(text: str) -> Localized:
    """An RFC 3339 time in UTC as Japan's clocks show it."""
    at = datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC).astimezone(JST)
    clock = f"{at:%H:%M}"
    return Localized(
        f"{at.month}月{at.day}日 {clock} に再開", f"reopens {at.day} {_MONTHS[at.month - 1]} {clock} (JST)"
    )


def _wait(seconds: float) -> Localized:
    return Localized(f"{seconds:g} 秒後に、もう一度お試しください", f"try again in {seconds:g} s")


def _in(language: str, words: Localized) -> str:
    return words.ja if language == "ja" else words.en
