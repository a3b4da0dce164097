"""Names that only the words beside them give away."""

import pytest

from masking.remark.engine import Engine
from masking.remark.pattern import SEARCH_SECONDS
from masking.remark.span import SpanType


@pytest.mark.parametrize(
    ("remark", "people"),
    [
        # relations, with and without something between; the name is a word of the language
        ("夫誠が死亡", ["誠"]),
        ("妻望望まず、離婚届は持ち帰り", ["望"]),
        ("長女の凛を連れて来庁", ["凛"]),
        ("同居の弟、亮は施設入所", ["亮"]),
        ("凛は次女", ["凛"]),
        ("夫の会社に照会", []),
        # labels
        ("旧姓は岡", ["岡"]),
        ("岡(旧姓 辻)", ["岡", "辻"]),
        ("名は「颯」。常用外ではない", ["颯"]),
        # who does what in an office, and signs
        ("沖確認済", ["沖"]),
        ("辻より電話", ["辻"]),
        ("係の原まで連絡のこと", ["原"]),
        ("辻→沖へ担当変更", ["辻", "沖"]),
        ("南主任へ報告", ["南"]),
        ("本人より電話、前課長に報告", []),
        # whose household, whose mail
        ("沖宛の郵便", ["沖"]),
        ("住所地に泉という表札", ["泉"]),
        # one with others
        ("沖、辻、堀の3名が立会い", ["沖", "辻", "堀"]),
        # kana of old systems: parted, and written onto a title
        ("ｽｽﾞｷｻﾏ ﾖﾘ ﾃﾞﾝﾜ", ["ｽｽﾞｷ"]),
        ("ｾﾀｲﾇｼ ｽﾄﾞｳ ｷﾖｼ ｼﾎﾞｳ", ["ｽﾄﾞｳ ｷﾖｼ"]),
        # three characters that make no word
        ("馬建常は不在", ["馬建常"]),
        ("関係者は不在", []),
    ],
)
def test_a_word_is_a_name_where_what_is_beside_it_says_so(engine: Engine, remark: str, people: list[str]) -> None:
    """And the words beside it are none."""
    spans = [span for span in engine.spans(remark) if span.type is SpanType.PERSON]
    assert [remark[span.start : span.end] for span in spans] == people


def test_a_long_row_of_kanji_is_read_in_its_time(engine: Engine) -> None:
    """No pattern runs away; a time-out would be an error, not silence (rule M7)."""
    assert SEARCH_SECONDS < 1
    assert all(span.end <= 3000 for span in engine.spans("山" * 3000))
