"""Remarks of the fictional city: prose with what a clerk would put into it, and nothing that is real."""

import re
import sqlite3
from contextlib import closing
from pathlib import Path
from string import Formatter
from unicodedata import normalize

import pytest

from gateway.register.check_digit import check_digit
from gateway.register.city import remark_texts
from gateway.register.city.remarks import SLOTS


@pytest.fixture(scope="module")
def remarks(city: Path) -> list[str]:
    """All remarks of a city of 2,000."""
    with closing(sqlite3.connect(city / "register.db")) as connection:
        return [text for (text,) in connection.execute("SELECT biko FROM juki_remark")]


def test_about_one_in_seven_has_a_remark(remarks: list[str]) -> None:
    """And hardly two read the same."""
    assert 0.12 < len(remarks) / 2_000 < 0.19
    assert len(set(remarks)) > 0.98 * len(remarks)


@pytest.mark.parametrize(
    "what",
    [
        r"(さん|様|氏)",  # people, with their honorifics
        r"(民生委員|ケースワーカー|保健師|自治会長)の",  # officials
        r"0[789]0-0\d{3}-\d{4}",  # mobile numbers
        r"0[789]00\d{7}",  # … in one piece
        r"0[4-8]\d{2}-0\d-\d{4}",  # other telephone numbers
        r"(?<!\d)\d{12}(?!\d)",  # My Numbers
        r"\d{4} \d{4} \d{4}",  # … in groups
        r"令和\d+年\d+月\d+日",  # dates in their era
        r"R\d\.\d+\.\d+",  # … in short
        r"\d{4}/\d+/\d+",  # … Gregorian
        r"[市町村].{1,4}\d丁目\d+番\d+号",  # addresses
        r"(病院|クリニック|医院|診療所)",  # hospitals
        r"(センター|保育園|グループホーム|児童館|老人保健施設)",  # facilities
        r"(小学校|中学校|高等学校|幼稚園|特別支援学校)",  # schools
        r"(長男|長女|妻|夫|父|母|甥|姪)の",  # family
    ],
)
def test_remarks_hold_what_masking_must_find(remarks: list[str], what: str) -> None:
    """Somewhere in a city of 2,000, each."""
    assert any(re.search(what, text) for text in remarks)


def test_my_numbers_in_remarks_pass_their_check_and_are_residents(city: Path, remarks: list[str]) -> None:
    """They are the numbers of people of the city."""
    with closing(sqlite3.connect(city / "register.db")) as connection:
        known = {number for (number,) in connection.execute("SELECT kojin_bango FROM juki_number")}
    narrow = [normalize("NFKC", text) for text in remarks]
    written = [number for text in narrow for number in re.findall(r"(?<![\d-])\d{4} ?\d{4} ?\d{4}(?!\d)", text)]
    found = [number.replace(" ", "") for number in written]
    assert found
    assert all(int(number[-1]) == check_digit(int(number[:-1])) and number in known for number in found)


def test_no_telephone_number_can_ring(remarks: list[str]) -> None:
    """The exchange, or the digit behind 070, 080 and 090, is a 0, which the numbering plan gives to nobody."""
    numbers = [number for text in remarks for number in re.findall(r"(?<!\d)0\d{1,3}-\d{1,4}-\d{4}(?!\d)", text)]
    assert numbers
    assert all(re.fullmatch(r"0[789]0-0\d{3}-\d{4}|0[4-8]\d{2}-0\d-\d{4}", number) for number in numbers)


def test_every_word_in_braces_is_known_and_used() -> None:
    """A text with a word that nobody fills in would stop the builder, in the largest city first."""
    texts = [text for group in vars(remark_texts).values() if isinstance(group, tuple) for text in group]
    words = {word for text in texts for _, word, _, _ in Formatter().parse(text) if word is not None}
    assert words == SLOTS
    assert not any("{" in text or "}" in text for text in (text.format_map(dict.fromkeys(SLOTS, "")) for text in texts))
