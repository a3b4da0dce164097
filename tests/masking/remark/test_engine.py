import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from masking.keyring import DomainKeys
from masking.remark.engine import LONGEST, Engine, Unreadable
from masking.remark.marker import WORDS
from masking.remark.pattern import SEARCH_SECONDS, Pattern, TooSlow, find_all, pattern
from masking.remark.rewrite import rewritten
from masking.remark.span import SpanType
from masking.remark.surrogates import KeyedSurrogates

_T = SpanType


@pytest.mark.parametrize(
    ("text", "found"),
    [
        # names
        ("佐藤さんから電話。", [("佐藤", _T.PERSON)]),
        ("佐藤花子様が来庁。", [("佐藤花子", _T.PERSON)]),
        ("髙橋　一郎氏と面談。", [("髙橋　一郎", _T.PERSON)]),  # a variant, and a full-width blank
        ("葛󠄀城 美晴さん", [("葛󠄀城 美晴", _T.PERSON)]),  # a variation selector stays inside its span
        ("ｻﾄｳ ﾊﾅｺ ｻﾝ", [("ｻﾄｳ ﾊﾅｺ", _T.PERSON)]),  # half-width kana
        ("千葉さん宅へ訪問。", [("千葉", _T.PERSON)]),  # a place where nothing makes a name of it
        ("千葉県から転入。", []),
        ("マリア・サントスさん来所", [("マリア・サントス", _T.PERSON)]),
        ("本名 NGUYEN VAN AN", [("NGUYEN VAN AN", _T.PERSON)]),
        ("お母さんとお客様、利用者さん。", []),  # called so, and not by name
        ("佐藤病院", [("佐藤病院", _T.FACILITY)]),
        # days
        ("令和3年5月1日届出", [("令和3年5月1日", _T.DATE)]),
        ("平成元年１２月２４日生", [("平成元年１２月２４日", _T.DATE)]),
        ("S45.8.12生", [("S45.8.12", _T.DATE)]),
        ("2021/5/1に転入", [("2021/5/1", _T.DATE)]),
        ("昭和四十五年八月十二日", [("昭和四十五年八月十二日", _T.DATE)]),
        ("令和3年に転入、5月分", []),  # a year or a month alone
        # numbers
        ("電話 090-0123-4567", [("090-0123-4567", _T.PHONE)]),
        ("TEL(０３)０１２３－４５６７", [("(０３)０１２３－４５６７", _T.PHONE)]),
        ("〒900-0001", [("900-0001", _T.POSTCODE)]),
        ("taro@mail.example.com宛", [("taro@mail.example.com", _T.EMAIL)]),
        ("個人番号 1234 5678 9018", [("1234 5678 9018", _T.MY_NUMBER)]),
        ("123456789018を確認", [("123456789018", _T.MY_NUMBER)]),  # no word, but the check digit is right
        ("123456789010を確認", []),  # it is wrong
        ("伝票番号123456789018", []),  # right, and called something else
        ("法人番号4420001009317", [("4420001009317", _T.CORPORATE_NUMBER)]),
        ("住民票コード12345678901", [("12345678901", _T.RESIDENT_CODE)]),
        ("運転免許証 第123456789012号", [("123456789012", _T.LICENCE)]),
        ("旅券TR1234567", [("TR1234567", _T.PASSPORT)]),
        ("普通口座 1234567", [("1234567", _T.BANK_ACCOUNT)]),
        ("基礎年金番号1234-567890", [("1234-567890", _T.PENSION_NUMBER)]),
        ("被保険者番号 12345678", [("12345678", _T.INSURANCE_NUMBER)]),
        # places
        ("潮見市水神二丁目3番18号潮見ハイツ201に居住", [("潮見市水神二丁目3番18号潮見ハイツ201", _T.ADDRESS)]),
        ("ひまわり保育園に通園", [("ひまわり保育園", _T.FACILITY)]),
        ("近所の保育園に通園", []),
    ],
)
def test_finds_what_a_remark_gives_away(engine: Engine, text: str, found: list[tuple[str, SpanType]]) -> None:
    """Each kind is found in the forms that clerks write, exactly, and what only looks like it is not."""
    assert found == [(text[span.start : span.end], span.type) for span in engine.spans(text)]


@pytest.mark.rule("M2")
def test_nothing_to_read_is_nothing_found(engine: Engine) -> None:
    """An empty or blank remark has nothing in it."""
    assert engine.all_spans(["", " 　", "\u200b\ufe00"]) == [[], [], []]


_JAPANESE = st.text(
    alphabet=st.one_of(
        st.sampled_from("佐藤花子さんの夫は〒市町１２3-番地令和年月日電話ﾊﾟｶﾞ髙葛\U000e0100\u3099゛〔氏名〕仮:\ufffc　 "),
        st.characters(exclude_categories=["Cs"]),
    ),
    max_size=40,
)


@settings(max_examples=150, deadline=None)
@given(text=st.text(max_size=40) | _JAPANESE)
def test_offsets_are_exact_on_any_unicode(engine: Engine, text: str) -> None:
    """Spans lie inside the text, in order and apart, and cut nothing in two that belongs together."""
    spans = engine.spans(text)
    at = 0
    for span in spans:
        assert at <= span.start < span.end <= len(text)
        at = span.end
        assert not text[span.end : span.end + 1] or text[span.end] not in "\U000e0100\u3099ﾞﾟ"


@settings(max_examples=150, deadline=None)
@given(text=st.text(max_size=40) | _JAPANESE)
def test_masking_what_is_masked_changes_nothing(engine: Engine, keys: DomainKeys, text: str) -> None:
    """Neither markers nor surrogates are masked again, and their neighbours have been read with them in place."""
    for surrogates in (None, KeyedSurrogates(keys)):
        masked = rewritten(text, engine.spans(text), surrogates)
        assert engine.spans(masked) == []


def test_brackets_that_are_not_ours_are_read(engine: Engine) -> None:
    """A clerk's own brackets hide nothing from the reader, whatever is in them."""
    for text in ("〔佐藤花子〕", "〔仮名:丸山田太郎〕", "〔氏名:佐藤花子〕"):
        assert engine.spans(text)


def test_our_markers_are_left_alone(engine: Engine) -> None:
    """All words of markers are."""
    assert engine.spans("".join(f"〔{word}〕" for word in WORDS.values())) == []


@pytest.mark.rule("M7")
def test_a_remark_too_long_to_read_is_an_error(engine: Engine) -> None:
    """It is never read in part."""
    with pytest.raises(Unreadable):
        engine.spans("あ" * (LONGEST + 1))


@pytest.mark.rule("M7")
def test_a_search_that_takes_too_long_is_an_error() -> None:
    """Time running out is not "nothing found"."""
    endless: Pattern = pattern(SpanType.PERSON, "(?:(?:(?:a|a)+)+)+b")
    with pytest.raises(TooSlow):
        list(find_all((endless,), "a" * 5_000))
    assert SEARCH_SECONDS < 1


def test_mentions_of_one_person_agree(engine: Engine, keys: DomainKeys, other_keys: DomainKeys) -> None:
    """佐藤さん, 佐藤花子 and サトウ ハナコ share the surrogate's surname in a domain; another domain has its own."""

    def masked(text: str, domain: DomainKeys) -> str:
        return rewritten(text, engine.spans(text), KeyedSurrogates(domain))

    surname = masked("佐藤さん", keys).removesuffix("さん").removesuffix("〕")
    assert masked("佐藤花子さん", keys).startswith(surname + " ")
    assert masked("佐藤　花子さん", keys) == masked("佐藤花子さん", keys)
    assert masked("佐藤花子さん", keys) != masked("佐藤花子さん", other_keys)
    assert "佐藤" not in masked("佐藤花子さん", keys)
