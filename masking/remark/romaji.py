"""Japanese names in Latin letters: SATO, Ohno, Shoji.

Rule: passports write a name as it is read, in Hepburn's letters or others, with long vowels or without; so readings and
words are both brought to one spelling, short vowels and Hepburn's letters, and then compared.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Final

from masking.remark.kana_words import word_set
from masking.remark.readings import readings

_KANA: Final = re.compile("[ァ-ヺー]+")
_ROWS: Final = {
    "アイウエオ": ("a", "i", "u", "e", "o"),
    "カキクケコ": ("ka", "ki", "ku", "ke", "ko"),
    "ガギグゲゴ": ("ga", "gi", "gu", "ge", "go"),
    "サシスセソ": ("sa", "shi", "su", "se", "so"),
    "ザジズゼゾ": ("za", "ji", "zu", "ze", "zo"),
    "タチツテト": ("ta", "chi", "tsu", "te", "to"),
    "ダヂヅデド": ("da", "ji", "zu", "de", "do"),
    "ナニヌネノ": ("na", "ni", "nu", "ne", "no"),
    "ハヒフヘホ": ("ha", "hi", "fu", "he", "ho"),
    "バビブベボ": ("ba", "bi", "bu", "be", "bo"),
    "パピプペポ": ("pa", "pi", "pu", "pe", "po"),
    "マミムメモ": ("ma", "mi", "mu", "me", "mo"),
    "ラリルレロ": ("ra", "ri", "ru", "re", "ro"),
    "ヤユヨワヲンー": ("ya", "yu", "yo", "wa", "o", "n", ""),
}
_LETTERS: Final = {kana: letters for row, latin in _ROWS.items() for kana, letters in zip(row, latin, strict=True)}
_GLIDES: Final = {"ャ": "a", "ュ": "u", "ョ": "o"}
_OTHERS: Final = (
    (re.compile("[āáâ]"), "a"),
    (re.compile("[ūúû]"), "u"),
    (re.compile("[ōóô]"), "o"),
    (re.compile("oh(?=[bcdfghjkmnprstwyz]|$)|ou|oo"), "o"),
    (re.compile("uu"), "u"),
    (re.compile("m(?=[bmp])"), "n"),
    (re.compile("sy"), "sh"),
    (re.compile("zy|jy"), "j"),
    (re.compile("ty|cy"), "ch"),
    (re.compile("si"), "shi"),
    (re.compile("zi|di"), "ji"),
    (re.compile("ti"), "chi"),
    (re.compile("(?<!t)(?<!s)tu"), "tsu"),
    (re.compile("hu"), "fu"),
    (re.compile("tch|cch"), "cch"),
)
_NO_NAMES: Final = word_set(
    """
    kana home data memo note mail tel fax card case mine same name time code none tokyo kyoto osaka toyota honda
    """
)
"""Words that are read like names, and stand in remarks as words."""


def _plain(latin: str) -> str:
    """One spelling of a word in Latin letters."""
    word = latin.lower()
    for others, hepburn in _OTHERS:
        word = others.sub(hepburn, word)
    return word


def _in_letters(kana: str) -> str:
    letters: list[str] = []
    double = False
    for char in kana:
        if char == "ッ":
            double = True
            continue
        if char in _GLIDES and letters:
            before = letters.pop()[:-1]
            letter = before + ("" if before in {"sh", "ch", "j"} else "y") + _GLIDES[char]
        else:
            letter = _LETTERS.get(char, "?")
        letters.append(letter[:1] + letter if double else letter)
        double = False
    return "".join(letters)


@cache
def _names() -> tuple[frozenset[str], frozenset[str]]:
    known = readings()
    family, given = (
        frozenset(_plain(_in_letters(name)) for name in names if _KANA.fullmatch(name))
        for names in (known.family, known.given)
    )
    return family, given


def is_surname(latin: str) -> bool:
    """Whether a word is how a Japanese surname is written in Latin letters."""
    return latin.lower() not in _NO_NAMES and _plain(latin) in _names()[0]


def is_given(latin: str) -> bool:
    """Whether a word is how a Japanese given name is written in Latin letters."""
    return latin.lower() not in _NO_NAMES and _plain(latin) in _names()[1]


def load() -> None:
    """Read the names now, and not while a remark waits (0.1 s)."""
    _names()
