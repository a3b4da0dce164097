"""The marked remarks themselves: a measure is worth what its marks are worth."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from pathlib import Path
from typing import Final

import pytest

from gateway.register.check_digit import MY_NUMBER_DIGITS, RESIDENT_CODE_DIGITS, is_checked
from tests.masking.remarks.corpus import (
    FILE,
    LONE,
    OTHER_TYPES,
    PERSON,
    TUNE_EVERY,
    Remark,
    Span,
    corpus,
    lone,
    parse,
    split,
)

CORPORATE_DIGITS: Final = 13


def marked(type_: str) -> list[str]:
    """All that is marked as the type, as plain digits where it is a number."""
    return [
        "".join(character for character in unicodedata.normalize("NFKC", remark.of(span)) if character.isdigit())
        for remark in corpus()
        for span in remark.spans
        if span.type == type_
    ]


def corporate_check_digit(twelve: str) -> int:
    """平成26年財務省令第70号, art. 2: weights 1 and 2 in turn from the right; nine less the remainder by nine."""
    return 9 - sum(int(digit) * (1 if n % 2 else 2) for n, digit in enumerate(reversed(twelve), 1)) % 9


def test_a_mark_becomes_a_span_of_the_text_without_marks() -> None:
    """Offsets are code points of what the masker gets to see; a character outside the BMP counts once."""
    (remark,) = parse("妻⟦PERSON.full.variant:𠮷野 文⟧様 ⟦PHONE:0499-01-2345⟧")
    expected = Remark(
        "妻𠮷野 文様 0499-01-2345",
        (Span(1, 5, "PERSON", "full.variant"), Span(7, 19, "PHONE", "")),
        "judge",
        1,
    )
    assert expected == remark
    assert [remark.of(span) for span in remark.spans] == ["𠮷野 文", "0499-01-2345"]


def test_headings_are_no_remarks_and_do_not_move_the_split() -> None:
    """Every fifth remark is for tuning, whatever stands between them."""
    remarks = parse("# 見出し\n一\n二\n# 見出し\n三\n四\n五\n六")
    assert [(remark.text, remark.split) for remark in remarks] == [
        ("一", "judge"),
        ("二", "judge"),
        ("三", "judge"),
        ("四", "judge"),
        ("五", "tune"),
        ("六", "judge"),
    ]


@pytest.mark.parametrize(
    ("fault", "line"),
    [
        ("a mark is not closed", "妻⟦PERSON.given:文同席"),
        ("a mark is not closed", "妻PERSON.given:文⟧同席"),
        ("a mark is not closed, nested", "⟦ADDRESS:潮見市⟦PERSON.surname:関⟧方⟧"),
        ("without a type", "妻⟦文⟧同席"),
        ("there is no type PERSON", "妻⟦PERSON:文⟧同席"),  # a person without a form
        ("there is no type PERSON.given.odd", "妻⟦PERSON.given.odd:文⟧同席"),
        ("there is no type PERSON.given.", "妻⟦PERSON.given.:文⟧同席"),
        ("there is no type PHONE.full", "⟦PHONE.full:0499-01-2345⟧"),  # only persons have forms
        ("there is no type NAME", "⟦NAME:文⟧"),
        ("must begin and end with what it marks", "⟦PERSON.given: 文⟧"),
        ("must begin and end with what it marks", "⟦PERSON.given:⟧"),
        ("an empty remark", "   "),
    ],
)
def test_a_mark_that_cannot_be_read_names_its_line(fault: str, line: str) -> None:
    """A wrong mark would be a wrong figure."""
    with pytest.raises(ValueError, match=f"^line 2: .*{re.escape(fault)}"):
        parse(f"# 見出し\n{line}")


def test_there_are_enough_remarks_of_both_sorts() -> None:
    """A recall needs persons, a precision needs remarks without any."""
    with_persons = sum(any(span.type == PERSON for span in remark.spans) for remark in corpus())
    assert len(corpus()) >= 300
    assert with_persons / len(corpus()) >= 0.6
    assert 1 - with_persons / len(corpus()) >= 0.2


def test_the_splits_are_a_fifth_and_the_rest() -> None:
    """Together they are the corpus."""
    assert len(corpus()) // TUNE_EVERY == len(split("tune"))
    assert len(corpus()) == len(split("tune")) + len(split("judge"))


def test_every_type_and_form_of_name_is_there_to_be_missed() -> None:
    """A rule that nothing tries shows nothing."""
    types = Counter(span.type for remark in corpus() for span in remark.spans)
    kinds = {span.kind for remark in corpus() for span in remark.spans if span.type == PERSON}
    assert OTHER_TYPES | {PERSON} == set(types)
    assert min(types.values()) >= 5
    assert {
        "full", "full.kana", "full.latin", "full.foreign", "full.variant", "full.ivs",
        "surname", "surname.kana", "surname.latin", "surname.foreign", "surname.variant",
        "given", "given.kana", "given.foreign",
    } <= kinds  # fmt: skip


def test_no_remark_is_there_twice() -> None:
    """Each counts once."""
    twice = [text for text, times in Counter(remark.text for remark in corpus()).items() if times > 1]
    assert not twice


@pytest.mark.parametrize("file", [FILE, LONE])
def test_no_line_has_blanks_at_its_ends(file: Path) -> None:
    """They would be offsets that nobody sees."""
    lines = file.read_text(encoding="utf-8").splitlines()
    assert not [number for number, line in enumerate(lines, 1) if line != line.strip()]


def test_of_the_remarks_to_learn_from_a_fifth_is_held_back() -> None:
    """None is learnt from and judges as well, and about half have nobody in them."""
    learnt, held = lone("tune"), lone("judge")
    texts = [remark.text for remark in (*learnt, *held)]
    assert len(set(texts)) == len(texts)
    assert len(held) == len(texts) // TUNE_EVERY
    for remarks in (learnt, held):
        assert 0.4 <= sum(bool(remark.spans) for remark in remarks) / len(remarks) <= 0.6


def test_remarks_are_as_long_as_the_register_takes() -> None:
    """A few words to a short story."""
    assert not [remark.line for remark in corpus() if not 8 <= len(remark.text) <= 200]


def test_individual_numbers_and_resident_codes_could_be_real_ones() -> None:
    """Their check digits are right, or a rule that reckons them could never find them."""
    assert marked("MY_NUMBER")
    assert not [number for number in marked("MY_NUMBER") if not is_checked(number, MY_NUMBER_DIGITS)]
    assert marked("RESIDENT_CODE")
    assert not [code for code in marked("RESIDENT_CODE") if not is_checked(code, RESIDENT_CODE_DIGITS)]


def test_corporate_numbers_could_be_real_ones() -> None:
    """Thirteen digits, of which the first checks the others."""
    numbers = marked("CORPORATE_NUMBER")
    assert numbers
    assert not [
        number
        for number in numbers
        if len(number) != CORPORATE_DIGITS or int(number[0]) != corporate_check_digit(number[1:])
    ]


def test_telephone_numbers_ring_nowhere_and_mail_goes_nowhere() -> None:
    """Blocks that are never assigned, and mail to reserved domains (RFC 2606, RFC 6761)."""
    assert not [number for number in marked("PHONE") if not re.match(r"0[789]00|030|04990", number)]
    mails = [remark.of(span) for remark in corpus() for span in remark.spans if span.type == "EMAIL"]
    assert not [mail for mail in mails if not re.search(r"[@.]example(\.(jp|com|org|net))?$", mail, re.IGNORECASE)]
