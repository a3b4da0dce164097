"""Surnames and given names alone: what stands around a word decides."""

import pytest

from masking.remark.engine import Engine
from masking.remark.lone_names import ANY, weights
from masking.remark.span import SpanType


def people(engine: Engine, text: str) -> list[str]:
    """Who is found."""
    return [text[span.start : span.end] for span in engine.spans(text) if span.type is SpanType.PERSON]


@pytest.mark.parametrize(
    ("somebody", "names", "nobody"),
    [
        ("林が了承", ["林"], "林が枯れた"),
        ("担当は堀、内線で呼ぶ", ["堀"], "堀の補修を求める"),
        ("岡の長男が来庁", ["岡"], "岡の上に建つ家"),
        ("森と面談", ["森"], "森の中の一軒家"),
        ("本日の立会は沢と浜の2名", ["沢", "浜"], "東の窓口で待つ"),
        ("原様分を先に処理", ["原"], "原本は返却"),
        ("千葉が代わりに署名", ["千葉"], "千葉に転出"),
        ("翼の親権者", ["翼"], "翼を傷めた鳥"),
        ("ﾀﾅｶ ﾖﾘ ﾃﾞﾝﾜ", ["ﾀﾅｶ"], "ﾎﾝｾｷ ﾖﾘ ｶｲﾄｳ"),
        ("KIMから電話", ["KIM"], "PDFで送れと言われる"),
    ],
)
def test_a_word_is_a_name_by_what_is_said_of_it(engine: Engine, somebody: str, names: list[str], nobody: str) -> None:
    """The same word, or one like it, in two remarks."""
    assert people(engine, somebody) == names
    assert people(engine, nobody) == []


def test_what_speaks_for_a_word_can_be_read(engine: Engine) -> None:
    """Signs are said in words."""
    (candidate,) = engine.candidates("妻林同席")
    assert (candidate.start, candidate.end, candidate.shape) == (1, 2, "nature")
    assert {"before: kin", "behind: deed", "surname 2"} <= candidate.signs


def test_each_weight_is_of_a_sign_that_is_seen(engine: Engine) -> None:
    """A shape that is not in the file weighs by what counts for all."""
    kanji = {"nature", "word", "character", "name", "place", "kanji"}
    assert {*kanji, "katakana", "hiragana", "latin", ANY} == set(weights())
    (candidate,) = engine.candidates("妻林同席")
    assert candidate.signs & weights()[candidate.shape].keys()
