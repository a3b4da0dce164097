"""The masker of remarks, by what an engine finds in them."""

from collections.abc import Callable
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from masking.catalogue import CATALOGUE
from masking.keyring import DomainKeys
from masking.masker import Masker
from masking.remark.engine import Engine
from masking.remark.masker import REMARK
from masking.value import EMPTY, MALFORMED, REDACTED, MaskedText, Occasion, Value

TODAY = date(2026, 11, 2)
TEXT = "長女の佐藤花子さん(水神病院に入院)から電話、090-0123-4567。令和7年3月4日に佐藤さんが来庁"


@pytest.fixture
def read(engine: Engine, occasion: Occasion) -> Callable[[str], Occasion]:
    """An occasion on which a remark has been read."""
    return lambda text: occasion._replace(read={text: engine.spans(text)})


def shown(masker: Masker, text: str, occasion: Occasion) -> str:
    """The masked text; there must be one."""
    masked = masker(text, occasion)
    assert isinstance(masked, MaskedText)
    return masked.text


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        (
            {"people": "marker"},
            "長女の〔氏名〕さん(〔施設〕に入院)から電話、〔電話番号〕。〔年月日〕に〔氏名〕さんが来庁",
        ),
        (
            {"people": "marker", "dates": "keep", "facilities": "keep"},
            "長女の〔氏名〕さん(水神病院に入院)から電話、〔電話番号〕。令和7年3月4日に〔氏名〕さんが来庁",
        ),
    ],
)
def test_what_leads_to_somebody_is_replaced_and_the_rest_stays(
    settings: dict[str, str], expected: str, bound: Callable[..., Masker], read: Callable[[str], Occasion]
) -> None:
    """Days and facilities stay where the steward says so; numbers and names never do."""
    assert shown(bound("remark", **settings), TEXT, read(TEXT)) == expected


@pytest.mark.rule("M4", "M5")
def test_one_person_is_one_surrogate_in_a_domain(
    bound: Callable[..., Masker], read: Callable[[str], Occasion], keys: DomainKeys, other_keys: DomainKeys
) -> None:
    """佐藤花子さん and 佐藤さん agree, in this remark and in any other; elsewhere they have other names."""
    whole, called = (shown(bound("remark"), text, read(text)) for text in ("佐藤花子さん", "ｻﾄｳｻﾝ"))
    surname, _, given_name = whole.removeprefix("〔仮名:").removesuffix("〕さん").partition(" ")
    masked = shown(bound("remark"), TEXT, read(TEXT))
    assert f"〔仮名:{surname} {given_name}〕さん(" in masked
    assert f"〔仮名:{surname}〕さんが来庁" in masked
    assert called.startswith("〔仮名:")
    assert "佐藤" not in masked
    elsewhere = REMARK.bind(REMARK.settings.model_validate({}), other_keys)
    assert shown(elsewhere, "佐藤花子さん", read("佐藤花子さん")) != whole


@pytest.mark.rule("M7")
def test_what_nobody_read_is_redacted(bound: Callable[..., Masker], occasion: Occasion, engine: Engine) -> None:
    """Another text's findings are none of this one; nothing of it is shown, not even what is surely harmless."""
    for text in (TEXT, "特になし"):
        assert bound("remark")(text, occasion) == REDACTED
        assert bound("remark")(text, occasion._replace(read={text + "。": engine.spans(text)})) == REDACTED


@pytest.mark.rule("M2")
@pytest.mark.parametrize(
    ("value", "expected"),
    [(None, EMPTY), ("", EMPTY), (" \u3000\n", EMPTY), (17, MALFORMED), ((), MALFORMED), ("\ud800", MALFORMED)],
)
def test_nothing_stays_nothing_and_no_text_is_malformed(
    value: Value | None, expected: object, bound: Callable[..., Masker], occasion: Occasion
) -> None:
    """Whoever has read it."""
    assert bound("remark")(value, occasion._replace(read={"": (), " \u3000\n": (), "\ud800": ()})) == expected


@given(text=st.text(alphabet="佐藤花子さんは夫母に電話09012345678年月日市町髙橋ﾀﾛｳ、。 ", max_size=40))
@settings(max_examples=80, deadline=None)
def test_masking_twice_changes_nothing(text: str, engine: Engine, keys: DomainKeys) -> None:
    """Whatever stands for people."""
    for chosen in ({}, {"people": "marker"}, {"dates": "keep"}):
        masker = REMARK.bind(REMARK.settings.model_validate(chosen), keys)
        once = masker(text, Occasion("0", None, TODAY, {text: engine.spans(text)}))
        if isinstance(once, MaskedText):
            again = masker(once.text, Occasion("0", None, TODAY, {once.text: engine.spans(once.text)}))
            assert again in (once, EMPTY)


@pytest.mark.parametrize("wrong", [{"people": "initials"}, {"dates": True}, {"facilities": None}, {"phones": "keep"}])
def test_what_cannot_be_set(wrong: dict[str, object]) -> None:
    """Nothing but the two kinds that say least may stay."""
    with pytest.raises(ValidationError):
        CATALOGUE["remark"].settings.model_validate(wrong)
