import pytest

from gateway.cli.client import Denial
from gateway.cli.told import details


def denial(
    reason: str,
    *,
    violations: tuple[tuple[str, str], ...] = (),
    quota: tuple[tuple[str, str], ...] = (),
    retry_seconds: float | None = None,
) -> Denial:
    """A refusal as received."""
    return Denial("CODE", reason, "text", violations, quota, retry_seconds, b"")


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
    assert beyond.startswith("read_mask.paths[9]: ")
    assert details(unknown, asked, "ja")[0] == "adress: このような項目はありません。address のことですか？"


def test_a_field_that_is_not_granted_has_its_title() -> None:
    """As the department's screen calls it."""
    refused = denial("FIELD_NOT_GRANTED", violations=(("sex", "not granted by this purpose"),))
    assert details(refused, ("sex",), "ja") == ["sex（男女の別）: この利用目的では見られません"]
    assert details(refused, ("sex",), "en") == ["sex: not granted by this purpose"]


def test_other_violations_stay_english_and_say_so() -> None:
    """The contract's own words, led in by Japanese ones; one of no place is said without."""
    refused = denial("REQUEST_MALFORMED", violations=(("resident_id", "not 10 digits"), ("", "not a message")))
    assert details(refused, (), "ja") == [
        "指摘の箇所（英語のまま）:",
        "  resident_id: not 10 digits",
        "  not a message",
    ]
    assert details(refused, (), "en") == ["resident_id: not 10 digits", "not a message"]


def test_a_short_wait() -> None:
    """Seconds; that it is a rate needs no line of its own."""
    refused = denial("RATE_EXCEEDED", quota=(("caller:staff", "rate"),), retry_seconds=0.5)
    assert details(refused, (), "ja") == ["0.5 秒後に、もう一度お試しください"]
    assert details(refused, (), "en") == ["try again in 0.5 s"]
