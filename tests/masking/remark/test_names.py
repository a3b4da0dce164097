"""Names that stand in no dictionary, or stand by themselves, in the many ways in which they are written."""

import pytest

from masking.remark.engine import Engine
from masking.remark.parts import Parts, Sure
from masking.remark.romaji import is_given, is_surname
from masking.remark.span import SpanType
from masking.remark.words import Words


def people(engine: Engine, remark: str) -> list[str]:
    """Who is found in a remark."""
    return [remark[span.start : span.end] for span in engine.spans(remark) if span.type is SpanType.PERSON]


@pytest.mark.parametrize(
    ("remark", "found"),
    [
        # the dictionary cuts them elsewhere, or knows only one part
        ("長男相馬陸の転校", ["相馬陸"]),
        ("届出人は福島湊斗。", ["福島湊斗"]),
        ("二階堂莉央 転出済", ["二階堂莉央"]),
        ("世帯主渡邉碧斗から石川咲茉へ変更", ["渡邉碧斗", "石川咲茉"]),
        ("杉本ヨシ子死亡", ["杉本ヨシ子"]),
        ("担当は崔順実", ["崔順実"]),
        ("氏名 佐　藤　花　子 様", ["佐　藤　花　子"]),  # a box for each character
        # two words that are none
        ("全世界で開催", []),
        ("築城工事の説明", []),
        ("来庁時に高校生の証明", []),
    ],
)
def test_whole_names_are_read_place_by_place(engine: Engine, remark: str, found: list[str]) -> None:
    """Wherever a general dictionary cuts them, and given names that parents made yesterday."""
    assert people(engine, remark) == found


@pytest.mark.parametrize(
    ("remark", "found"),
    [
        # relations and labels ask for a name, even one that no dictionary has
        ("妻心結同席", ["心結"]),
        ("内縁の妻莉央", ["莉央"]),
        ("弟ようこの口座へ", ["ようこ"]),
        ("第2子 碧斗出生", ["碧斗"]),
        ("妻望望まず、離婚届は持ち帰り", ["望"]),
        ("氏を榊に改める", ["榊"]),
        ("関から堀に改姓", ["関", "堀"]),
        ("沓掛主任に報告済", ["沓掛"]),
        ("旧姓は上", ["上"]),
        # only a person is spoken of so
        ("莉央は長男", ["莉央"]),
        ("凪と紬は双子", ["凪", "紬"]),
        ("陽葵を引き取る", ["陽葵"]),
        ("碧斗と命名", ["碧斗"]),
        ("辻が了承", ["辻"]),
        ("堀の印", ["堀"]),
        ("林と面談", ["林"]),
        ("千葉が同席、千葉へ転出予定", ["千葉"]),
        ("林は木が二つ、森は三つ", ["林", "森"]),
        # the same words, and nobody
        ("林の中の一軒家", []),
        ("光回線の工事立会い", []),
        ("夫の勤務先へ電話", []),
        ("隣家より苦情", []),
        ("奥の部屋で寝たきり", []),
    ],
)
def test_names_alone_are_told_by_what_is_beside_them(engine: Engine, remark: str, found: list[str]) -> None:
    """A word of the language is a name where nothing else could be meant."""
    assert people(engine, remark) == found


@pytest.mark.parametrize(
    ("remark", "found"),
    [
        ("ｼﾖｳｼﾞ ｻﾏ ﾖﾘ ﾃﾞﾝﾜ", ["ｼﾖｳｼﾞ"]),  # small kana that the old system did not have
        ("ヤマサキサン来所", ["ヤマサキ"]),  # with or without the dots of a second part
        ("ｻﾄｳﾖﾘﾃﾞﾝﾜ", ["ｻﾄｳ"]),  # glued
        ("ヤマザキではなくヤマサキ", ["ヤマザキ", "ヤマサキ"]),
        ("佐藤花子(さとうはなこ)", ["佐藤花子", "さとうはなこ"]),
        ("口座名義タナカシヨウタ", ["タナカシヨウタ"]),
        ("ﾎﾟｽﾄ ﾆ ﾄｳｶﾝ ｽﾞﾐ", []),
        ("コールセンターへ転送", []),
    ],
)
def test_kana_are_read_however_an_old_system_wrote_them(engine: Engine, remark: str, found: list[str]) -> None:
    """Readings, with or without what is lost in them."""
    assert people(engine, remark) == found


@pytest.mark.parametrize(
    ("remark", "found"),
    [
        ("旧姓 KIM", ["KIM"]),
        ("Ohnoさんに連絡", ["Ohno"]),
        ("券面はTAKAHASHIのまま", ["TAKAHASHI"]),
        ("Nguyễn Thị Hoa 在留更新", ["Nguyễn Thị Hoa"]),
        ("Mr. Smith 来庁", ["Smith"]),
        ("YAMADA TARO/山田太郎", ["YAMADA TARO", "山田太郎"]),
        ("yamada, taro と署名", ["yamada, taro"]),
        ("プランは Plan A を選択", []),
        ("Windows Update を案内", []),
        ("PDF で送付", []),
    ],
)
def test_latin_letters_are_names_where_they_are_read_as_one(engine: Engine, remark: str, found: list[str]) -> None:
    """Passports' spellings of Japanese names, and others where something says so."""
    assert people(engine, remark) == found


@pytest.mark.parametrize(
    ("latin", "surname", "given"),
    [
        ("SATO", True, True),
        ("Ohno", True, False),  # a long vowel by h
        ("SYOUJI", True, True),  # not Hepburn's letters
        ("Jun'ichi", False, False),
        ("JUNKO", False, True),
        ("DATA", False, False),
        ("Kowalska", False, False),
    ],
)
def test_japanese_names_in_latin_letters(latin: str, surname: bool, given: bool) -> None:
    """By their readings, long vowels written or not."""
    assert (is_surname(latin), is_given(latin)) == (surname, given)


@pytest.mark.parametrize(
    ("word", "surname", "given"),
    [
        ("佐藤", Sure.NAME, Sure.NO),
        ("林", Sure.WORD, Sure.WORD),
        ("沓掛", Sure.MAYBE, Sure.NO),  # a place
        ("心結", Sure.MAYBE, Sure.MAYBE),  # in no dictionary
        ("花子", Sure.NO, Sure.NAME),
        ("ヨシ子", Sure.NO, Sure.NAME),
        ("会社", Sure.NO, Sure.NO),
        ("同席", Sure.NO, Sure.NO),
    ],
)
def test_how_surely_a_word_is_a_part_of_a_name(word: str, surname: Sure, given: Sure) -> None:
    """By dictionary, table and the characters of names."""
    parts = Parts(Words())
    assert (parts.surname(word), parts.given(word)) == (surname, given)
