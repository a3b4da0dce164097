import pytest

from gateway.cli.client import Denial
from gateway.cli.told import details, sentence
from gateway.refusal import REASONS, Reason


def denial(
    reason: str,
    *,
    violations: tuple[tuple[str, str], ...] = (),
    quota: tuple[tuple[str, str], ...] = (),
    retry_seconds: float | None = None,
    text: str = "text",
) -> Denial:
    """A refusal as received."""
    return Denial("CODE", reason, text, violations, quota, retry_seconds, b"")


@pytest.mark.parametrize(
    ("ja", "en", "subject", "description"),
    [
        # Japan is nine hours ahead of UTC
        (
            "職員：1日40人まで。11月24日 16:34 に再開",
            "staff: 40 residents in 1 day; reopens 24 Nov 16:34 (JST)",
            "caller:staff",
            "40 residents in 1d; reopens 2026-11-24T07:34:46Z",
        ),
        # what never comes back
        (
            "所属：記録の保存期間を通じて12000人まで。再開しません",
            "department: 12000 residents in all the time that records are kept; does not reopen",
            "caller:department",
            "12000 residents in tenure; does not reopen",
        ),
        # attempts that were refused are counted, too
        (
            "職員：1日拒否された照会は30回まで。1月1日 00:00 に再開",
            "staff: 30 refused attempts in 1 day; reopens 1 Jan 00:00 (JST)",
            "caller:staff",
            "30 refused attempts in 1d; reopens 2026-12-31T15:00:00Z",
        ),
        # shares of the register, grants and emergencies have limits of their own
        (
            "所属：365日間で住民全体のうち16000人まで。再開しません",
            "department: 16000 residents of the whole register in 365 days; does not reopen",
            "caller:department",
            "16000 residents of the whole register in 365d; does not reopen",
        ),
        (
            "職員：記録の保存期間を通じてこの承認では600人まで。再開しません",
            "staff: 600 residents of the grant in all the time that records are kept; does not reopen",
            "caller:staff",
            "600 residents of the grant in tenure; does not reopen",
        ),
        (
            "職員：1日緊急の照会は2回まで。再開しません",
            "staff: 2 looks that break the glass in 1 day; does not reopen",
            "caller:staff",
            "2 looks that break the glass in 1d; does not reopen",
        ),
        # another gateway's words stay as they are
        ("caller:post: 3 a day", "caller:post: 3 a day", "caller:post", "3 a day"),
    ],
)
def test_an_allowance_in_words(ja: str, en: str, subject: str, description: str) -> None:
    """Whose, how many, in which time, and when it reopens on a clock in Japan; each said once."""
    refused = denial("BUDGET_EXHAUSTED", quota=((subject, description),) * 2)
    assert [ja] == details(refused, (), "ja")
    assert [en] == details(refused, (), "en")


def test_an_unknown_field_is_called_what_was_typed() -> None:
    """The place in the read mask leads back to it; a near name is suggested, else all names are told."""
    asked = ("name", "adress", "zzz")
    unknown = denial("FIELD_UNKNOWN", violations=tuple((f"read_mask.paths[{n}]", "no such field") for n in (1, 2, 9)))
    near, far, beyond = details(unknown, asked, "en")
    assert near == "adress: no such field; did you mean address?"
    assert far.startswith("zzz: no such field; there are resident_id, name, ")
    assert beyond.startswith("--fields (10): ")
    assert details(unknown, asked, "ja")[0] == "adress: このような項目はありません。address のことですか？"


def test_a_field_that_is_not_granted_has_its_title() -> None:
    """As the department's screen calls it."""
    refused = denial("FIELD_NOT_GRANTED", violations=(("sex", "not granted by this purpose"),))
    assert details(refused, ("sex",), "ja") == ["sex（男女の別）: この利用目的では見られません"]
    assert details(refused, ("sex",), "en") == ["sex: not granted by this purpose"]


def test_a_fault_is_told_by_its_option() -> None:
    """What was typed, in the person's language; conditions as a whole are no single option."""
    refused = denial(
        "SEARCH_NOT_GRANTED",
        violations=(
            ("criteria.name", "before a *, write at least 2 kanji, or 3 kana or letters"),
            ("resident_ids[3]", "not 10 digits"),
            ("criteria", "more is needed: these keys together are not one of its combinations"),
        ),
    )
    assert details(refused, (), "ja") == [
        "--name: * の前には、漢字なら2文字、かなや英字なら3文字以上が必要です",
        "--resident (4): 10桁の数字ではありません",
        "条件が足りません。この組合せでは照会できません",
        "何の組合せで探せるか、何人まで見つけられるかは、register-gateway allowed で確認できます",
    ]
    assert details(refused, (), "en") == [
        "--name: before a *, write at least 2 kanji, or 3 kana or letters",
        "--resident (4): not 10 digits",
        "more is needed: these keys together are not one of its combinations",
        "what may be asked by, in which combinations, and how many may be found: see register-gateway allowed",
    ]


def test_who_finds_too_many_is_told_where_the_limit_stands() -> None:
    """The gateway's sentence says to add conditions; below it stands which there are."""
    assert "register-gateway allowed" in "".join(details(denial("TOO_MANY_RESULTS"), (), "en"))
    assert details(denial("RESIDENT_NOT_FOUND"), (), "en") == []


def test_other_violations_stay_english_and_say_so() -> None:
    """Another gateway's words, led in by Japanese ones; one of no place is said without."""
    refused = denial("REQUEST_MALFORMED", violations=(("moon", "too full"), ("", "not a message")))
    assert details(refused, (), "ja") == [
        "指摘の箇所（英語のまま）:",
        "  moon: too full",
        "  not a message",
    ]
    assert details(refused, (), "en") == ["moon: too full", "not a message"]


def test_the_sentence_is_in_the_persons_language() -> None:
    """A call that carries no language is answered in Japanese, and the published table has the English; a text that is
    not the table's stays.
    """
    advice = REASONS[Reason.PURPOSE_NOT_GRANTED].advice
    refused = denial("PURPOSE_NOT_GRANTED", text=advice.ja)
    assert advice.en == sentence(refused, "en")
    assert advice.ja == sentence(refused, "ja")
    assert advice.en == sentence(denial("PURPOSE_NOT_GRANTED", text=advice.en), "en")
    assert sentence(denial("OTHER", text="別の文"), "en") == "別の文"


def test_a_short_wait() -> None:
    """Seconds; that it is a rate needs no line of its own."""
    refused = denial("RATE_EXCEEDED", quota=(("caller:staff", "rate"),), retry_seconds=0.5)
    assert details(refused, (), "ja") == ["0.5 秒後に、もう一度お試しください"]
    assert details(refused, (), "en") == ["try again in 0.5 s"]
