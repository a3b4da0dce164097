"""Mutations: what a slip of the hand, a torn disk or an attacker makes of something that was right.

Rule: each is a small change, so that most of a text is still sound and the reader gets far into it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from hypothesis import strategies as st

STRANGE: Final = (
    "",
    " ",
    "　",
    "~",
    "null",
    "true",
    "-1",
    "0",
    "1.5",
    ".nan",
    "-.inf",
    "9" * 60,
    "0x" + "f" * 400,
    "1e999",
    "2026-02-30",
    "9999-12-31T23:59:59-01:00",
    "0001-01-01",
    "[]",
    "{}",
    "[" * 600,
    "{a: " * 600,
    "- " * 600,
    "? ",
    "*a",
    "&a ",
    "<<",
    "!!int ''",
    "!!bool maybe",
    "!x ",
    "%YAML 1.1",
    "---\n",
    "\t",
    "'",
    '"\\ud800"',
    '"\\x1b[2J"',
    "\x00",
    "\ufeff",
    "\u202e",
    "𠮷\U000e0100",
    "潮見",
    "x" * 3000,
)
"""Pieces that readers of texts have stumbled over."""


def texts(sound: str) -> st.SearchStrategy[str]:
    """A text with one to four words, lines or characters exchanged, doubled, left out, or replaced by strange ones."""
    return st.lists(_change(), min_size=1, max_size=4).map(lambda changes: _changed(sound, changes))


def octets(sound: bytes) -> st.SearchStrategy[bytes]:
    """Octets with some bits flipped, cut short, or with others behind or between them."""
    places = st.integers(0, max(len(sound) * 8 - 1, 0))
    return st.one_of(
        st.lists(places, min_size=1, max_size=4, unique=True).map(lambda bits: _flipped(sound, bits)),
        places.map(lambda bit: sound[: bit // 8]),
        st.builds(
            lambda bit, more: sound[: bit // 8] + more + sound[bit // 8 :], places, st.binary(min_size=1, max_size=8)
        ),
    )


def characters(sound: str) -> st.SearchStrategy[str]:
    """A short text, a key of some kind, with one character changed, left out or added."""
    place = st.integers(0, len(sound) - 1)
    char = st.sampled_from("Aa0_-=. /+\n\x00é０Ａ\ud800") | st.characters()
    return st.one_of(
        st.builds(lambda at, new: sound[:at] + new + sound[at + 1 :], place, char),
        st.builds(lambda at, new: sound[:at] + new + sound[at:], place, char),
        place.map(lambda at: sound[:at] + sound[at + 1 :]),
        place.map(lambda at: sound[:at]),
        st.just(sound + sound),
    ).filter(lambda changed: changed != sound)


_Change = Callable[[str], str]


def _change() -> st.SearchStrategy[_Change]:
    share = st.floats(0, 1, exclude_max=True)
    return st.one_of(
        st.builds(_exchange, share, share),
        st.builds(_replace, share, st.sampled_from(STRANGE) | st.text(max_size=5)),
        st.builds(_insert, share, st.sampled_from(STRANGE)),
        st.builds(_double, share),
    )


def _changed(text: str, changes: Sequence[_Change]) -> str:
    for change in changes:
        text = change(text)
    return text


def _exchange(one: float, other: float) -> _Change:
    """Two words change places."""

    def change(text: str) -> str:
        words = text.split(" ")
        first, second = int(one * len(words)), int(other * len(words))
        words[first], words[second] = words[second], words[first]
        return " ".join(words)

    return change


def _replace(at: float, new: str) -> _Change:
    """A word becomes another."""

    def change(text: str) -> str:
        words = text.split(" ")
        words[int(at * len(words))] = new
        return " ".join(words)

    return change


def _insert(at: float, new: str) -> _Change:
    """Something stands between two characters."""
    return lambda text: text[: int(at * len(text))] + new + text[int(at * len(text)) :]


def _double(at: float) -> _Change:
    """A line stands twice."""

    def change(text: str) -> str:
        lines = text.splitlines(keepends=True) or [""]
        place = int(at * len(lines))
        return "".join([*lines[:place], lines[place], *lines[place:]])

    return change


def _flipped(sound: bytes, bits: Sequence[int]) -> bytes:
    changed = bytearray(sound or b"\x00")
    for bit in bits:
        changed[bit // 8] ^= 1 << bit % 8
    return bytes(changed)
