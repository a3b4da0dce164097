"""Name patterns: what may be asked, and whom it finds."""

from typing import Final

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from gateway.pattern import LONGEST, NamePattern, PatternFault, legible
from masking.japanese.folding import is_kanji, plain, written
from masking.japanese.variants import VARIANTS

_GAIJI: Final = "\ue000\U000f0001"  # private use, where registers keep characters that have no code of their own
_YOUNG: Final = "\U000313b0\U0002ebf0"  # ideographs of Unicode 15.1, whatever this Python knows of them

NAMES: Final = st.text(
    st.one_of(
        st.sampled_from(sorted(VARIANTS)),
        st.sampled_from("高橋々〆〇ヶﾞ゛゜ゝヾー-ｰ・･ \u3000\ufe00\U000e0100ｶﾀﾊ㈱㍻Ⅳßİ" + _GAIJI + _YOUNG),
        st.characters(codec="utf-8", exclude_categories=["Cc"]),
        st.characters(min_codepoint=0x3040, max_codepoint=0x30FF),
    ),
    min_size=1,
    max_size=12,
).filter(lambda name: written(name) and "*" not in written(name))


def finds(pattern: str, name: str) -> bool:
    """Whether who asks for `pattern` finds `name`."""
    return NamePattern.parse(pattern).matches(name)


@pytest.mark.rule("S6")
@pytest.mark.parametrize(
    ("found", "pattern", "name"),
    [
        (True, "高橋一郎", "高橋　一郎"),  # blanks make no difference
        (True, " 高橋 一郎 ", "高橋　一郎"),
        (True, "高橋一郎", "髙橋　一郎"),  # plain finds the variant
        (False, "髙橋一郎", "高橋　一郎"),  # the variant finds only itself
        (True, "髙橋一郎", "髙橋　一郎"),
        (True, "渡辺", "渡邉"),  # every form of it ...
        (True, "渡辺", "渡邊"),
        (True, "渡邊", "渡邊"),
        (False, "渡邊", "渡邉"),  # ... and one form not another
        (True, "髙沢", "髙澤"),  # one character spelled out, the other plain
        (False, "髙沢", "高澤"),
        (True, "渡邉", "渡邉\U000e0101"),  # a variation selector in the register
        (True, "渡邉\U000e0101", "渡邉"),  # and one in the pattern
        (True, "渡辺\U000e0100", "渡邉"),  # which does not make a plain character a variant
        (True, "神田", "\ufa19田"),  # a compatibility ideograph is a variant
        (False, "\ufa19田", "神田"),
        (True, "サトウ", "ｻﾄｳ"),  # width
        (True, "さとう", "サトウ"),  # script
        (True, "がく", "カ゛ク"),  # the mark apart
        (True, "smith", "Ｓｍｉｔｈ"),
        (True, "スミスジョン", "スミス・ジョン"),
        (False, "オオノ", "オーノ"),  # other names
        (False, "斎藤", "斉藤"),
        (False, "高橋", "高橋　一郎"),  # a whole name is the whole
        (True, "\ue000田太郎", "\ue000田　太郎"),  # 外字 as the register holds them
        (False, "\ue000田", "\ue001田"),
        (True, "\U000313b0田", "\U000313b0田"),  # an ideograph younger than Python's tables
        (True, "高橋*", "高橋　一郎"),
        (True, "高橋*", "高橋"),  # nothing need follow
        (True, "高橋＊", "髙橋　一郎"),  # a wide wildcard, as an input method types it
        (True, "高橋﹡", "高橋　一郎"),  # and a small one
        (True, "高橋 * ", "高橋　一郎"),  # blanks about it
        (True, "高橋*\u200b", "高橋　一郎"),  # and what nobody sees
        (False, "髙橋*", "高橋　一郎"),
        (True, "髙橋*", "髙橋　一郎"),
        (False, "高橋一*", "高橋"),
        (False, "高橋*", "北高橋"),  # the beginning only
        (False, "たかは*", "高橋"),  # a reading is no spelling
        (True, "たかは*", "タカハシ　イチロウ"),
        (True, "高は*", "高はし"),  # two with a kanji among them
        (True, "佐々*", "佐々木"),
        (True, "Smi*", "ＳＭＩＴＨ　ＪＯＨＮ"),
    ],
)
def test_whom_a_pattern_finds(found: bool, pattern: str, name: str) -> None:
    """A plain character finds its variants, a variant only itself, and what no clerk means makes no difference."""
    assert found is finds(pattern, name)


@pytest.mark.rule("S2")
@pytest.mark.parametrize(
    ("advice", "pattern"),
    [
        ("before a *", "高*"),  # one kanji
        ("before a *", "高\U000e0100*"),  # a selector is no character
        ("before a *", "高 \u3000・*"),  # nor are blanks and dots
        ("before a *", "タカ*"),  # two kana
        ("before a *", "ｶﾞｶﾞ*"),  # four code points, two kana
        ("before a *", "か゛か゛*"),
        ("before a *", "Sm*"),
        ("before a *", "ヶヶ*"),  # kana, though they are written among kanji
        ("write a name", "*"),
        ("write a name", "＊"),
        ("write a name", " \u3000"),
        ("write a name", "・・・*"),
        ("write a name", "\u200b\u200b\u200b*"),
        ("write a name", "高橋\x00"),  # no database takes it
        ("write a name", "高\x1b橋*"),
        ("one * only", "*高橋"),
        ("one * only", "高*橋"),
        ("one * only", "高橋**"),
        ("one * only", "高橋*＊"),
        ("one * only", "高橋＊一郎*"),
        ("one * only", "高橋﹡一郎*"),  # a small one is one as well
        ("one * only", "高橋* *"),
        ("over 100 characters", "高" * (LONGEST + 1)),
        ("over 100 characters", "高橋" + " " * LONGEST),
    ],
)
def test_what_may_not_be_asked_is_told_with_advice(advice: str, pattern: str) -> None:
    """One *, at the end, behind enough of a name; and the advice holds nothing of what was typed."""
    with pytest.raises(PatternFault, match=f"^{advice.replace('*', '[*]')}") as caught:
        NamePattern.parse(pattern)
    stem = pattern.strip("*＊ \u3000")
    assert not stem or stem not in str(caught.value)


@pytest.mark.rule("S6")
@given(NAMES)
@example("々")
@example("İ")
@example(_GAIJI)
@example(_YOUNG)
def test_every_name_finds_itself(name: str) -> None:
    """However rare its characters are; and so does its plain spelling, which the index is sorted by."""
    assert finds(name, name)
    assert finds(plain(name), name)
    assert NamePattern.parse(name).plain == plain(name)


@pytest.mark.rule("S2", "S6")
@given(NAMES, st.integers(1, 12))
def test_every_long_enough_beginning_finds_the_name(name: str, length: int) -> None:
    """Two characters with a kanji among them, or three; less than that is refused."""
    beginning = written(name)[:length]
    assume(written(beginning) == beginning)
    if len(beginning) >= (2 if any(map(is_kanji, beginning)) else 3):
        assert finds(f"{beginning}*", name)
    else:
        with pytest.raises(PatternFault, match=r"^before a \*"):
            NamePattern.parse(f"{beginning}*")


@pytest.mark.rule("S6")
@given(NAMES, NAMES)
def test_nothing_is_found_that_is_not_that_name(asked: str, name: str) -> None:
    """Who is found by a whole name has its plain spelling, and at each variant spelled out that very variant."""
    if finds(asked, name):
        assert plain(asked) == plain(name)
        for mine, theirs in zip(written(asked), written(name), strict=True):
            assert mine == theirs or mine == VARIANTS[theirs]


@pytest.mark.rule("S6")
@given(st.sampled_from(sorted(VARIANTS)), st.sampled_from(sorted(VARIANTS)))
def test_of_all_variants_the_plain_one_finds_each_and_each_itself_alone(one: str, other: str) -> None:
    """For every pair of the table."""
    assert finds(VARIANTS[one] + "田", one + "田")
    assert not finds(one + "田", VARIANTS[one] + "田")
    assert finds(one + "田", other + "田") is (one == other)


@pytest.mark.rule("S2")
@given(st.text(max_size=120))
def test_whatever_is_typed_is_a_pattern_or_refused(text: str) -> None:
    """Nothing else is raised, and what is looked for is folded, has no wildcard left in it and nothing unwritable."""
    try:
        pattern = NamePattern.parse(text)
    except PatternFault:
        return
    assert pattern.plain == plain(pattern.plain)
    assert "*" not in pattern.plain
    assert legible(pattern.plain)
    assert all(pattern.plain[place] == VARIANTS[char] for place, char in pattern.exactly)
