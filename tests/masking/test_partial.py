from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from masking.catalogue import CATALOGUE
from masking.masker import Masker
from masking.value import EMPTY, MALFORMED, Masked, Occasion, Partial, PartialDate, Value


@pytest.mark.rule("M2")
@pytest.mark.parametrize(
    ("expected", "value", "keep"),
    [
        (Partial("佐○○○"), "佐藤花子", 1),  # the first character
        (Partial("佐藤○○○"), "佐藤花子", 2),  # the first two
        (Partial("佐○○○"), "佐藤", 1),  # the cover does not tell how much it covers
        (Partial("○○○"), "林", 1),  # not longer than what is kept: covered wholly
        (Partial("○○○"), "佐藤花", 8),
        (Partial("𠮷○○○"), "𠮷田", 1),  # beyond the basic plane, one character
        (Partial("葛\U000e0100○○○"), "葛\U000e0100城", 1),  # a selector (IVS) stays with its base
        (Partial("○○○"), "葛\U000e0100", 1),  # base and selector are one character
        (Partial("葛\U000e0100城○○○"), "葛\U000e0100城市", 2),
        (Partial("か\u3099○○○"), "か\u3099く", 1),  # が decomposed
        (Partial("ｶﾞ○○○"), "ｶﾞｸ", 1),  # half-width ガ
        (Partial("é○○○"), "édith", 1),  # a combining accent
        (Partial("👩\u200d🌾○○○"), "👩\u200d🌾x", 1),  # joined
        (Partial("佐\u200d○○○"), "佐\u200d藤", 1),  # a joiner does not tie a letter to a letter
        (Partial("👍🏽○○○"), "👍🏽x", 1),  # a skin tone is no character of its own
        (Partial("\u3099○○○"), "\u3099か", 1),  # a mark without a base counts as one
        (Partial("佐○○○"), "\u3000佐藤 ", 1),  # padding is no character to keep
        (EMPTY, None, 1),  # null stays null
        (EMPTY, "", 1),  # and so does blank
        (EMPTY, "\u3000 ", 1),
        (MALFORMED, 12, 1),  # no text
        (MALFORMED, PartialDate(2020), 1),
        (MALFORMED, "\ud842\udfb7田", 1),  # a torn pair is not put in two answers, it is in none
        (MALFORMED, "佐○子", 1),  # cover that came with the text cannot be told from ours
    ],
)
def test_partial_shows_leading_characters_only(
    expected: Masked, value: Value | None, keep: int, bound: Callable[..., Masker], occasion: Occasion
) -> None:
    """So many characters as a reader counts them, then a cover of fixed length."""
    assert expected == bound("partial", keep=keep)(value, occasion)


def test_partial_keeps_one_character_unless_told(bound: Callable[..., Masker], occasion: Occasion) -> None:
    """Left out, `keep` is 1."""
    assert Partial("佐○○○") == bound("partial")("佐藤花子", occasion)


@given(tails=st.tuples(st.text(), st.text()), keep=st.integers(1, 8))
def test_partial_does_not_tell_what_follows(
    tails: tuple[str, str], keep: int, bound: Callable[..., Masker], occasion: Occasion
) -> None:
    """Two texts that begin alike look alike, whatever follows and however long it is."""
    masker = bound("partial", keep=keep)
    first, second = (masker("潮" * keep + "見" + tail + "市", occasion) for tail in tails)
    if MALFORMED not in (first, second):
        assert first == second == Partial("潮" * keep + "○○○")


@pytest.mark.parametrize("keep", [0, -1, 9, "1", True])
def test_partial_refuses_a_keep_out_of_range(keep: object) -> None:
    """1 to 8, a whole number, not text; the complaint says what to write."""
    with pytest.raises(ValueError, match="write how many leading characters"):
        CATALOGUE["partial"].settings.model_validate({"keep": keep})
