"""Names in Latin letters: NGUYEN VAN AN, Anna Kowalska, Mr. Smith, 旧姓 KIM, and Japanese ones as passports write them.

Rule: two capitalised words in a Japanese text are a name unless one of them is a word of firms and programs; one alone
is where an honorific or a label says so, or where it is how a Japanese name is read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from masking.remark.romaji import is_given, is_surname
from masking.remark.span import WORDS, Found, SpanType

_CAPITAL: Final = "A-ZÀ-ÖØ-ÞĀ-ſƠƯḀ-ỿ"
_SMALL: Final = "a-zß-öø-ÿĀ-ſơưḀ-ỿ"
"""With the letters of Vietnamese; Unicode has capitals and small ones in turn there."""
_WORD: Final = f"[{_CAPITAL}](?:[{_SMALL}'’]+(?:[{_CAPITAL}][{_SMALL}]+)?|[{_CAPITAL}'’]+|\\.)"
_OPEN: Final = "(?<![A-Za-z0-9@_])(?<![A-Za-z0-9][./-])"
_SHUT: Final = "(?![A-Za-z0-9@_])(?![./-][A-Za-z0-9])"
_SEVERAL: Final = re.compile(
    rf"{_OPEN}(?P<it>{_WORD}(?:(?:, ?| |-)(?:{_WORD}|[{_CAPITAL}](?![{_CAPITAL}{_SMALL}]))|(?: (?:de|da|do|dos|das|dela|della|di|du|van|von|der|den|la|le|bin|binti|bint|al|el|y|e))+(?= )){{1,4}}){_SHUT}"
)
_CALLED: Final = re.compile(
    r"(?<![A-Za-z])[A-Z][A-Za-z'’-]+(?= ?(?:さん|氏|様|さま|殿|君|くん|ちゃん))"
    r"|(?:(?<=\bMr)|(?<=\bMs)|(?<=\bMrs)|(?<=\bDr))[. ] ?(?P<it>[A-Z][A-Za-z'’-]+)"
)
_INITIAL: Final = re.compile(rf"{_OPEN}(?P<it>[A-Z]\.[{_CAPITAL}][{_SMALL}]{{2,}}|[A-Z]\.[A-Z]{{3,}}){_SHUT}")
_LABELLED: Final = re.compile(
    "(?:夫|妻|父|母|長男|長女|[次二三]男|[次二三]女|子|娘|息子|兄|姉|弟|妹|友人|知人|通訳|担当|使者|同行者|保護者|世帯主|同居人|姓|氏|氏名|通称名?|本名|名義|名前|旧氏|表記|綴り|スペル|ローマ字)(?:名|欄)?(?:は|が|を|も|の)?[ :：「『(（]*"
    f"(?P<it>[{_CAPITAL}][A-Za-zÀ-ỿ'’-]{{2,20}})(?![A-Za-z0-9@])"
)
_IN_SMALL: Final = re.compile(rf"{_OPEN}(?P<it>(?P<first>[a-z]{{3,}}),? (?P<second>[a-z]{{3,}})){_SHUT}")
_ALONE: Final = re.compile(rf"{_OPEN}(?P<it>[A-Z][a-z]{{3,}}|[A-Z]{{4,}}){_SHUT}")
_NO_NAME: Final = re.compile(
    r"\b(?:The|Of|And|In|Inc|Ltd|Co|Corp|LLC|University|School|Hospital|Street|City|Club|Cup|Award|Records|Music|Company|"
    r"Center|Centre|Group|Windows|Microsoft|Google|Band|Live|World|New|United|National|International|System|Software|"
    r"Association|Institute|Church|Prize|Party|Army|Air|Force|DV|NHK|JR|NTT|PDF|ID|OK|VISA|TEL|FAX|SNS|LINE|URL|WEB|PIN|DVD|USB|LGBT|ADHD|PTSD|HIV|ICU|MRI|Plan|Type|Vitamin|Class|Level|Rank|Hello|Happy|Birthday|Work|Court|Plaza|House|Heights|Garden|Hotel|Shop|Store|Card|Form|Excel|Login|Error|Reset|Wi-?Fi|Zone|Grade|Room|Floor|Block|Case|Step|Page|No)\b",
    re.IGNORECASE,
)
_SHORT: Final = 2


def latin_names(plain: str) -> Iterator[Found]:
    """All of them in a text's plain spelling; some may overlap."""
    for small in _IN_SMALL.finditer(plain):
        first, second = small["first"], small["second"]
        if (is_surname(first) and is_given(second)) or (is_given(first) and is_surname(second)):
            yield Found(*small.span("it"), SpanType.PERSON, WORDS)
    for expression in (_SEVERAL, _CALLED, _LABELLED, _INITIAL, _ALONE):
        for found in expression.finditer(plain):
            name = found.groupdict().get("it")
            start, end = found.span("it") if name is not None else found.span()
            if _is_name(plain[start:end], alone=expression is _ALONE):
                yield Found(start, end, SpanType.PERSON, WORDS)


def is_word_of_firms(text: str) -> bool:
    """Whether it has a word of firms, programs and illnesses, and is nobody's name."""
    return _NO_NAME.search(text) is not None


def _is_name(text: str, *, alone: bool) -> bool:
    if is_word_of_firms(text):
        return False
    if alone:
        return is_surname(text) or is_given(text)
    return any(len(part) > _SHORT for part in re.split("[ ,-]+", text)) or len(text) > 1
