"""Cursors."""

from base64 import urlsafe_b64decode, urlsafe_b64encode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.cursor import START, Cursors, Position
from gateway.refusal import Reason, Refusal
from tests.fuzz.mutated import octets

KEY = bytes(range(32))
DIGEST = b"d" * 32
BOUND = [b"planning", b"statistics", b"s0122", b"planning-statistics", b"", b"(0, None)", b"*"]
CURSORS = Cursors(KEY)
PLACE = Position("5000000000", 7)


def refused(cursor: str, digest: bytes = DIGEST, bound: list[bytes] = BOUND) -> Reason:
    """Why a cursor does not open; it must not."""
    with pytest.raises(Refusal) as caught:
        CURSORS.open(cursor, digest, bound)
    return caught.value.reason


@given(st.from_regex(r"[0-9]{10}", fullmatch=True), st.integers(1, 2**32 - 1))
def test_a_cursor_opens_to_its_place(after: str, page: int) -> None:
    """For the same caller, purpose, selection and mask."""
    position = Position(after, page)
    assert CURSORS.open(CURSORS.seal(position, DIGEST, BOUND), DIGEST, BOUND) == position


def test_no_cursor_is_the_beginning() -> None:
    """Page 1, behind nobody."""
    assert CURSORS.open("", DIGEST, BOUND) == START == Position("", 1)


@pytest.mark.parametrize("place", range(len(BOUND)))
def test_a_cursor_holds_nowhere_else(place: int) -> None:
    """Each thing that it is bound to matters: department, system, person, purpose, area, ages, mask."""
    moved = [part + b"x" if i == place else part for i, part in enumerate(BOUND)]
    assert refused(CURSORS.seal(PLACE, DIGEST, BOUND), bound=moved) is Reason.REQUEST_MALFORMED


def test_parts_cannot_be_pushed_into_their_neighbours() -> None:
    """`ab|c` is not `a|bc`."""
    sealed = CURSORS.seal(PLACE, DIGEST, [b"ab", b"c"])
    assert refused(sealed, bound=[b"a", b"bc"]) is Reason.REQUEST_MALFORMED


def test_a_cursor_of_an_older_text_says_so() -> None:
    """The caller has to begin again, and is told."""
    assert refused(CURSORS.seal(PLACE, b"o" * 32, BOUND)) is Reason.PURPOSE_CHANGED


def test_a_cursor_of_other_keys_is_nothing() -> None:
    """Nobody makes one who does not hold the key."""
    assert refused(Cursors(bytes(32)).seal(PLACE, DIGEST, BOUND)) is Reason.REQUEST_MALFORMED


@given(st.data())
def test_no_changed_cursor_opens(data: st.DataObject) -> None:
    """Any one character changed."""
    sealed = CURSORS.seal(PLACE, DIGEST, BOUND)
    place = data.draw(st.integers(0, len(sealed) - 1))
    other = data.draw(st.characters(categories=["L", "N", "P", "Cc"]).filter(lambda c: c != sealed[place]))
    changed = sealed[:place] + other + sealed[place + 1 :]
    assert refused(changed) is Reason.REQUEST_MALFORMED


@pytest.mark.parametrize("spelling", ["{}=", "{}!", " {}", "{}\n"])
def test_one_place_has_one_cursor(spelling: str) -> None:
    """Padding and characters that a lenient decoder skips are no other spelling of it."""
    assert refused(spelling.format(CURSORS.seal(PLACE, DIGEST, BOUND))) is Reason.REQUEST_MALFORMED


def test_spare_bits_are_no_second_spelling() -> None:
    """62 octets leave two bits of the last character to spare; only one of four characters is right."""
    sealed = CURSORS.seal(PLACE, DIGEST, BOUND)
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    for letter in set(letters) - {sealed[-1]}:
        assert refused(sealed[:-1] + letter) is Reason.REQUEST_MALFORMED


@given(octets(urlsafe_b64decode(CURSORS.seal(PLACE, DIGEST, BOUND) + "==")))
def test_no_octet_of_a_cursor_can_be_moved(changed: bytes) -> None:
    """Flipped, cut, or with others among them, and spelled as a cursor is: it is none."""
    assert refused(urlsafe_b64encode(changed).rstrip(b"=").decode() or "A") is Reason.REQUEST_MALFORMED


@given(st.text(min_size=1, max_size=300))
def test_no_text_breaks_the_reader(text: str) -> None:
    """Whatever a caller sends, it is refused as malformed."""
    assert refused(text) is Reason.REQUEST_MALFORMED


def test_a_cursor_tells_nothing() -> None:
    """The resident at whom it stands cannot be read from it."""
    sealed = CURSORS.seal(PLACE, DIGEST, BOUND)
    assert PLACE.after not in sealed
    assert sealed.isascii()
