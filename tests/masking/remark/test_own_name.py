"""The resident's own name in a remark that stands beside their surrogate name."""

import re
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from masking.japanese.folding import plain
from masking.keyring import DomainKeys
from masking.masker import Masker
from masking.names import Part, table
from masking.remark.engine import Engine
from masking.remark.span import Mention, NamePart, Role, Script, Span, SpanType
from masking.remark.surrogates import is_surrogate
from masking.value import EMPTY, WITHHELD, Absent, MaskedText, Occasion, OwnName, Surrogate

OWN, KANA = "高木　美咲", "タカギ　ミサキ"
SHOWN = Surrogate("中江　宏美", "ナカエ　ヒロミ")
BESIDE = OwnName(OWN, KANA, SHOWN)
SURNAMES, GIVEN = table("surnames"), table("given-female")


def masked(masker: Masker, text: str, occasion: Occasion) -> str:
    """The masked text; there must be one."""
    made = masker(text, occasion)
    assert isinstance(made, MaskedText)
    return made.text


@pytest.fixture
def shown(bound: Callable[..., Masker], engine: Engine, occasion: Occasion) -> Callable[..., str]:
    """A remark as it is shown beside a surrogate name."""

    def show(text: str, own: OwnName | None = BESIDE) -> str:
        return masked(bound("remark"), text, occasion._replace(read={text: engine.spans(text)}, own=own))

    return show


@pytest.mark.rule("M5")
@pytest.mark.parametrize(
    ("expected", "text"),
    [
        ("本人〔仮名:中江 宏美〕が来庁。", "本人高木美咲が来庁。"),
        ("〔仮名:中江 宏美〕さんから電話。", "髙木　美咲さんから電話。"),  # a variant of the register's spelling
        ("〔仮名:中江〕さんから電話。", "高木さんから電話。"),
        ("〔仮名:宏美〕さんから電話。", "美咲さんから電話。"),
        ("〔仮名:ナカエ〕さんから電話。", "タカギさんから電話。"),
        ("〔仮名:ナカエ ヒロミ〕さんから電話。", "ﾀｶｷﾞ ﾐｻｷさんから電話。"),
    ],
)
def test_the_residents_own_name_is_the_name_beside(expected: str, text: str, shown: Callable[..., str]) -> None:
    """Whole or in part, spelt or read, it is the very surrogate that the name field shows."""
    assert expected == shown(text)


@pytest.mark.rule("M5")
def test_others_are_called_what_they_are_called_anyway(shown: Callable[..., str]) -> None:
    """Also who shares a part of the resident's name; in other remarks they have the same surrogate."""
    for text in ("佐藤花子さんと佐藤さんが同席。", "長男の高木健太さんが同席。", "高城さんが同席。"):
        assert shown(text) == shown(text, None)
        assert "中江" not in shown(text)


def test_a_part_alone_is_whoever_was_named_in_full_by_it(shown: Callable[..., str]) -> None:
    """If only somebody else was, it is somebody else; if the resident was, it is the resident."""
    of_another = shown("長男の高木健太さんが同席。高木さんは夜勤。")
    first, again = re.findall(r"〔仮名:(\S+)[^〕]*〕", of_another)
    assert first == again != "中江"
    of_both = shown("高木美咲さんの長男の高木健太さんが同席。高木さんは夜勤。")
    assert of_both.endswith("〔仮名:中江〕さんは夜勤。")


@pytest.mark.parametrize("field", [EMPTY, WITHHELD])
def test_only_a_surrogate_stands_for_somebody(field: Absent, shown: Callable[..., str]) -> None:
    """Where the name field shows none, the resident is one of those whom the remark names."""
    text = "高木美咲さんから電話。"
    assert shown(text, OwnName(OWN, KANA, field)) == shown(text, None)


def test_a_marker_stays_a_marker(bound: Callable[..., Masker], engine: Engine, occasion: Occasion) -> None:
    """Where no people are shown by name, the resident is not either."""
    text = "高木美咲さんから電話。"
    asked = occasion._replace(read={text: engine.spans(text)}, own=BESIDE)
    assert masked(bound("remark", people="marker"), text, asked) == "〔氏名〕さんから電話。"


def test_masking_twice_changes_nothing(shown: Callable[..., str]) -> None:
    """A surrogate in Latin letters is left alone, too."""
    latin = OwnName(
        "NGUYEN THI LAN",
        "グエン　ティ　ラン",
        Surrogate("SMITH　ABIGAIL ALEXANDRA", "スミス　アビゲイル アレクサンドラ"),
    )
    once = shown("NGUYEN THI LANさんから電話。", latin)
    assert once == "〔仮名:SMITH ABIGAIL ALEXANDRA〕さんから電話。"
    assert is_surrogate("SMITH ABIGAIL ALEXANDRA")
    assert shown(once, latin) == once


def mention(written: tuple[str, ...], roles: tuple[Role, ...], script: Script) -> Mention:
    """As a reader takes a name apart."""
    return Mention(
        tuple(NamePart(role, plain(part), plain(part)) for role, part in zip(roles, written, strict=True)), script
    )


@pytest.mark.rule("M4", "M5")
@given(
    own=st.tuples(st.sampled_from(SURNAMES), st.sampled_from(GIVEN)),
    surrogate=st.tuples(st.sampled_from(SURNAMES), st.sampled_from(GIVEN)),
    other=st.tuples(st.sampled_from(SURNAMES), st.sampled_from(GIVEN)),
    kana=st.booleans(),
    cut=st.sampled_from([(0, 1), (0,), (1,)]),
)
def test_any_name_agrees_with_the_field_beside_and_nobody_elses_does(
    own: tuple[Part, Part],
    surrogate: tuple[Part, Part],
    other: tuple[Part, Part],
    kana: bool,
    cut: tuple[int, ...],
    bound: Callable[..., Masker],
    occasion: Occasion,
    keys: DomainKeys,
) -> None:
    """Of any resident, named in any way; and whoever shares nothing with them has the surrogate they have anyway."""
    roles = tuple((Role.SURNAME, Role.GIVEN)[at] for at in cut)
    script = Script.KANA if kana else Script.KANJI

    def spelled(name: tuple[Part, Part]) -> tuple[str, ...]:
        return tuple(name[at].kana if kana else name[at].text for at in cut)

    theirs, someones = (mention(spelled(name), roles, script) for name in (own, other))
    text = "甲乙"
    read = {text: [Span(0, 1, SpanType.PERSON, theirs), Span(1, 2, SpanType.PERSON, someones)]}
    asked = occasion._replace(
        read=read,
        own=OwnName(
            "　".join(part.text for part in own),
            "　".join(part.kana for part in own),
            Surrogate("　".join(part.text for part in surrogate), "　".join(part.kana for part in surrogate)),
        ),
    )
    masker = bound("remark")
    alone = masked(masker, text, asked._replace(own=None))
    first, second = re.findall("〔仮名:([^〕]+)〕", masked(masker, text, asked))
    assert first == " ".join(surrogate[at].kana if kana else surrogate[at].text for at in cut)
    own_forms = {plain(form) for part in own for form in (part.text, part.kana)}
    if not {plain(part) for part in spelled(other)} & own_forms:
        assert f"〔仮名:{second}〕" == "〔" + alone.split("〔")[2]
