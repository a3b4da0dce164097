"""A refusal in words: what a person reads below the gateway's own sentence, in the language they asked for.

Rule: nothing is told that the gateway did not tell; times are Japan's, and fields are called what the person called
them. Programs get the refusal as it came (`--json`).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from difflib import get_close_matches
from types import MappingProxyType
from typing import Final

from gateway.allowance import Owner, Window
from gateway.cli.client import Denial
from gateway.cli.places import japanese, typed
from gateway.clock import JST
from gateway.field import FIELDS, Localized
from gateway.refusal import REASONS, Reason

NOBODY: Final = Localized("該当する方はいません。", "Nobody was found.")
RECORDED: Final = Localized("この拒否も記録されます。", "This refusal is recorded, too.")

OWNERS: Final = MappingProxyType(
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
_ALLOWED: Final = Localized(
    "何の組合せで探せるか、何人まで見つけられるかは、register-gateway allowed で確認できます",
    "what may be asked by, in which combinations, and how many may be found: see register-gateway allowed",
)
_COUNTED: Final = MappingProxyType(
    {
        "residents": Localized("{}人まで", "{} residents"),
        "refused attempts": Localized("拒否された照会は{}回まで", "{} refused attempts"),
        "looks at one resident": Localized("お一人につき{}回まで", "{} looks at one resident"),
        "residents of the whole register": Localized("住民全体のうち{}人まで", "{} residents of the whole register"),
        "residents of the grant": Localized("この承認では{}人まで", "{} residents of the grant"),
        "looks that break the glass": Localized("緊急の照会は{}回まで", "{} looks that break the glass"),
        "requests for a selection": Localized("抽出の申請は{}回まで", "{} requests for a selection"),
        "requests that wait for a superior": Localized(
            "承認を待つ申請は{}件まで", "{} requests that wait for a superior"
        ),
    }
)
_QUOTA: Final = re.compile(r"(\d+) ([a-z ]+) in (\w+); (?:reopens (\S+)|does not reopen)")
_PATH: Final = re.compile(r"read_mask\.paths\[(\d+)\]")
_IN_ENGLISH: Final = "指摘の箇所（英語のまま）:"


def spoken(words: Localized, language: str) -> str:
    """A text in the person's language, ja or en."""
    return words.ja if language == "ja" else words.en


def sentence(denial: Denial, language: str) -> str:
    """The refusal's text. Calls that carry no language are answered in Japanese; the published table has the other."""
    reason = REASONS.get(Reason(denial.reason)) if denial.reason in set(Reason) else None
    return spoken(reason.advice, language) if reason is not None and denial.text == reason.advice.ja else denial.text


def details(denial: Denial, fields: Sequence[str], language: str) -> list[str]:
    """The lines below the refusal's text: offending parts, advice, allowances, how long to wait. `fields` are those
    asked for, in their order; `language` is ja or en.
    """
    return [
        *_violations(denial, fields, language),
        *_advice(denial.reason, language),
        *allowances(denial, language),
        *([] if denial.retry_seconds is None else [spoken(_wait(denial.retry_seconds), language)]),
    ]


def _advice(reason: str, language: str) -> list[str]:
    """Where to look up what may be asked."""
    return [spoken(_ALLOWED, language)] if reason in {"SEARCH_NOT_GRANTED", "TOO_MANY_RESULTS"} else []


def allowances(denial: Denial, language: str) -> list[str]:
    """A line for each allowance that is used up, each said once."""
    return [spoken(_allowance(*each), language) for each in dict.fromkeys(denial.quota) if each[1] != "rate"]


def _violations(denial: Denial, fields: Sequence[str], language: str) -> list[str]:
    known = [(_typed(path, fields), description) for path, description in denial.violations]
    if denial.reason == "FIELD_UNKNOWN":
        return [spoken(_unknown(name, description), language) for name, description in known]
    if denial.reason == "FIELD_NOT_GRANTED":
        return [spoken(_not_granted(name, description), language) for name, description in known]
    if language != "ja":
        return [_line(name, description) for name, description in known]
    translated = [(name, description, japanese(description)) for name, description in known]
    left = [f"  {_line(name, description)}" for name, description, words in translated if words is None]
    return [
        *(_line(name, words) for name, _, words in translated if words is not None),
        *([_IN_ENGLISH, *left] if left else []),
    ]


def _line(name: str, description: str) -> str:
    return f"{name}: {description}" if name else description


def _typed(path: str, fields: Sequence[str]) -> str:
    """What the person typed: a field by its place in the read mask, anything else by its option."""
    place = _PATH.fullmatch(path)
    return fields[int(place[1])] if place is not None and int(place[1]) < len(fields) else typed(path)


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
    who, window, counted = OWNERS[Owner(owner)], _WINDOWS[Window(found[3])], _COUNTED[found[2]]
    again = moment(found[4]) if found[4] else Localized("再開しません", "does not reopen")
    return Localized(
        f"{who.ja}：{window.ja}{counted.ja.format(found[1])}。{again.ja}",
        f"{who.en}: {counted.en.format(found[1])} in {window.en}; {again.en}",
    )


def moment(text: str) -> Localized:
    """When something reopens: an RFC 3339 time as Japan's clocks show it."""
    at = datetime.fromisoformat(text).astimezone(JST)
    clock = f"{at:%H:%M}"
    return Localized(
        f"{at.month}月{at.day}日 {clock} に再開", f"reopens {at.day} {_MONTHS[at.month - 1]} {clock} (JST)"
    )


def _wait(seconds: float) -> Localized:
    return Localized(f"{seconds:g} 秒後に、もう一度お試しください", f"try again in {seconds:g} s")


def clock_of(text: str) -> str:
    """An RFC 3339 time as Japan's clocks show it, to the minute."""
    return f"{datetime.fromisoformat(text).astimezone(JST):%Y-%m-%d %H:%M} (JST)"
