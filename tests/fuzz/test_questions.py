"""What a clerk types into a search: any characters at all are read in one way or refused with advice."""

from __future__ import annotations

from itertools import cycle, islice
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.pattern import LONGEST, NamePattern, PatternFault
from masking.japanese.address import AddressPattern, address_query
from masking.japanese.era import in_era, parse_date
from masking.japanese.folding import plain, written
from masking.value import PartialDate
from tests.fuzz import mutated

_PIECES: Final = st.sampled_from(
    [
        *"12一十〇番号字条-−ーノ・|県髙㈱ａé年月日元㍼SR/.*＊　ｶﾞ゛か𛀁ゟ\u200b\u3099\ufe00\U000e0100\ue000\ud800",
        *("丁目", "番地", "号室", "大字", "無番地", "番町", "潮見市", "水神", "昭和", "不詳", "髙\U000e0100"),
    ]
)
TYPED: Final = st.one_of(
    st.text(max_size=60),
    st.lists(_PIECES, max_size=40).map("".join),
    # One piece over and over is what an expression that looks back too often chokes on.
    st.lists(_PIECES, min_size=1, max_size=3).map(lambda pieces: "".join(islice(cycle(pieces), 200))[:200]),
)


def advises(fault: ValueError) -> None:
    """It says something to people, and holds none of the characters that only what was typed can have brought."""
    assert 0 < len(str(fault)) < 120
    assert not set(str(fault)) & set("\ue000\ud800\u200b𛀁㈱髙＊\x00")


@pytest.mark.rule("S2", "S6")
@given(TYPED)
def test_any_name_is_a_pattern_or_refused(text: str) -> None:
    """A pattern finds the name that it was read from; a refusal advises."""
    try:
        pattern = NamePattern.parse(text)
    except PatternFault as fault:
        advises(fault)
    else:
        assert len(text) <= LONGEST
        assert pattern.matches(written(text).removesuffix("*"))


@given(TYPED)
def test_folding_comes_to_rest(text: str) -> None:
    """However characters join, folding twice changes nothing more, and variants keep their places."""
    assert written(written(text)) == written(text)
    assert plain(plain(text)) == plain(text)
    assert len(plain(text)) == len(written(text))


@pytest.mark.rule("F7")
@given(
    TYPED | st.sampled_from(["昭和45年8月12日", "令和元年5月", "S45.8.12", "1970-08-12"]).flatmap(mutated.characters)
)
def test_any_date_is_read_or_refused(text: str) -> None:
    """What is read can be written in its era and is read as the same date again; a refusal
    advises."""
    try:
        date = parse_date(text)
    except ValueError as fault:
        advises(fault)
    else:
        assert isinstance(date, PartialDate)
        assert date.year < 1873 or parse_date(in_era(date)) == date


@given(TYPED | st.sampled_from(["水神2丁目3番18号", "潮見市水神2-3-18 潮見ハイツ201号室"]).flatmap(mutated.texts))
def test_any_address_is_a_pattern_or_refused(text: str) -> None:
    """What is read finds its own key; a refusal advises."""
    try:
        pattern = address_query(text, "潮見市")
    except ValueError as fault:
        advises(fault)
    else:
        assert isinstance(pattern, AddressPattern)
        assert pattern.matches(pattern.key)
