import hashlib
import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from masking.japanese.folding import FOLDING, is_kanji, plain, written
from masking.japanese.variants import VARIANTS

NAMES = st.text(
    st.one_of(
        st.sampled_from(sorted(VARIANTS)),
        st.sampled_from("高橋々〆〇ヶﾞﾟ゛゜\u3099\u309aゝゞヽヾー-－ｰ―・･· \u3000\ufe00\U000e0100\ue000ｶｻﾀﾊㇰ㈱㍻Ⅳ①ßŉİ"),
        st.characters(codec="utf-8"),
        st.characters(min_codepoint=0x3040, max_codepoint=0x30FF),
    ),
    max_size=12,
)


@pytest.mark.rule("S6")
@pytest.mark.parametrize(
    ("expected", "name"),
    [
        ("高橋一郎", "高橋\u3000一郎"),
        ("高橋一郎", " 高橋\t一郎\n"),
        ("渡邉", "渡邉\U000e0101"),  # an ideograph with its variation selector
        ("神田", "神\ufe00田"),  # a standardized selector
        ("サトウ", "ｻﾄｳ"),  # half width
        ("サトウ", "さとう"),
        ("ガ", "か\u3099"),  # decomposed
        ("ガ", "ｶﾞ"),
        ("ガ", "か゛"),  # the mark typed by itself
        ("ヷ", "わ゛"),  # hiragana has no such letter
        ("パ", "は゜"),
        ("イスヾ", "いすゞ"),
        ("ミスヽ", "みすゝ"),
        ("ヴ", "ゔ"),
        ("カネ", "\U0001b017ね"),  # 変体仮名 of か
        ("smith", "Ｓｍｉｔｈ"),
        ("smith", "SMITH"),
        ("サトー", "サト－"),  # hyphens that stand for ー ...
        ("サトー", "ｻﾄｰ"),
        ("サトーーオ", "さと--お"),
        ("smith-サトウ", "Smith-さとう"),  # ... and one that stands for itself
        ("スミスジョン", "スミス・ジョン"),
        ("スミスジョン", "ｽﾐｽ･ｼﾞｮﾝ"),
        ("潮見花子", "潮見\u200b花\ufeff子"),  # what nobody sees
        ("一", "\u2f00"),  # a Kangxi radical out of a printed page
        ("", "\u3000"),
    ],
)
def test_written_takes_away_what_no_clerk_means(expected: str, name: str) -> None:
    """White space, selectors, width, kind of kana, case and stand-ins for ー make no difference."""
    assert expected == written(name)


@pytest.mark.rule("S6")
@pytest.mark.parametrize(
    "name",
    [
        "髙橋",
        "山﨑",
        "𠮷田",
        "\ufa19田",  # NFKC would make 神 of it
        "\U0002f804",  # a compatibility ideograph of plane 2
        "\ue000野",  # 外字
        "𪚲",
        "佐々木",
        "〆木",
        "緑ヶ原",
        "オーノ",  # other names than オオノ and オノ
        "キャ",  # another name than キヤ
    ],
)
def test_written_leaves_what_is_spelled_out(name: str) -> None:
    """Variants and rare characters, long vowels and small kana stay as they are."""
    assert name == written(name)


@pytest.mark.rule("S6")
@pytest.mark.parametrize(
    ("expected", "name"),
    [
        ("高橋", "髙 橋"),
        ("山崎", "山﨑"),
        ("吉田", "𠮷\u3000田"),
        ("渡辺", "渡邊"),
        ("渡辺", "渡\u9089\U000e0101"),  # 邉 with a selector
        ("神田", "\ufa19田"),
        ("竜", "\uf9c4"),  # a compatibility ideograph of a variant
        ("斎藤", "齋藤"),
        ("斉藤", "齊藤"),
        ("\ue000野", "\ue000野"),
    ],
)
def test_plain_writes_all_forms_of_a_name_alike(expected: str, name: str) -> None:
    """Besides, variant characters make no difference."""
    assert expected == plain(name)


@pytest.mark.rule("S6")
@given(text=NAMES)
@example("か゛")
@example("゛か゛")
@example("\U0001b017゛-")
@example("㈱・ｰ")
@example("ŉİß")
def test_plain_is_written_with_its_variants_replaced(text: str) -> None:
    """Position by position, so a pattern can ask for a variant at one place and for any form at another."""
    spelled, folded = written(text), plain(text)
    assert [VARIANTS.get(char, char) for char in spelled] == list(folded)
    assert spelled == written(spelled)
    assert folded == plain(folded)
    assert folded == plain(spelled)


@given(text=NAMES)
def test_no_spelling_keeps_what_is_invisible(text: str) -> None:
    """Two names that look alike on every screen are not told apart by a blank or a selector."""
    assert not any(char.isspace() or unicodedata.name(char, "").startswith("VARIATION") for char in written(text))


@pytest.mark.rule("S2")
@pytest.mark.parametrize(
    ("expected", "chars"),
    [
        (True, "高髙﨑𠮷々〆〇〻"),
        (True, "\ufa19\U0002f804\U00030000"),
        (True, "\ue000\U000f0000"),  # 外字
        (False, "あアｱヶヵーゝ"),
        (False, "aＡ1-* \u3000"),
    ],
)
def test_what_counts_as_kanji(expected: bool, chars: str) -> None:
    """Ideographs, what stands for them, and private use; never kana."""
    assert {expected} == {is_kanji(char) for char in chars}


def test_two_characters_are_no_kanji() -> None:
    """The question is about one character."""
    assert not is_kanji("高橋")
    assert not is_kanji("")


def test_the_version_rises_with_what_folding_does() -> None:
    """Whoever changes folding changes what indexes find, and has to say so: raise FOLDING, then this digest."""
    corpus = [*map(chr, (*range(0x3400), *range(0xF900, 0x10000))), *sorted(VARIANTS)]
    # Characters of Unicode 3.2: what later ones fold to depends on the Python that runs this.
    corpus = [char for char in corpus if unicodedata.ucd_3_2_0.category(char) != "Cn"]
    corpus += [f"{kana}{mark}" for kana in "かサﾊわ" for mark in "゛゜\u3099ﾟ-－―ｰー・"]
    folded = "\n".join(f"{written(text)}\t{plain(text)}" for text in corpus)
    assert {FOLDING: hashlib.sha256(folded.encode()).hexdigest()} == {
        "1.1": "c258da4963c6888adbdd25fa99d9357e235ca5038302c9385225f329ea367c6d"
    }
