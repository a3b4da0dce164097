import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.ledger.record import RecordInvalid
from gateway.ledger.segment import Segment
from tests.ledger.desk import flipped

SEGMENT = Segment(bytes(16), bytes(range(32)))


@given(st.binary(max_size=300), st.integers(0, 2**64 - 1))
def test_a_body_opens_at_its_place(body: bytes, seq: int) -> None:
    """Round trip."""
    assert body == SEGMENT.open(seq, SEGMENT.seal(seq, body))


@given(st.data())
def test_an_edited_body_does_not_open(data: st.DataObject) -> None:
    """Any bit of nonce, text or tag."""
    sealed = SEGMENT.seal(0, b"a body")
    place = data.draw(st.integers(0, len(sealed) - 1))

    with pytest.raises(RecordInvalid):
        SEGMENT.open(0, flipped(sealed, place, 1 << data.draw(st.integers(0, 7))))


@pytest.mark.parametrize(
    ("segment", "seq", "cut"),
    [
        (SEGMENT, 8, None),  # moved to another place
        (Segment(bytes(15) + b"\1", bytes(range(32))), 7, None),  # another ledger
        (Segment(bytes(16), bytes(32)), 7, None),  # another key
        (SEGMENT, 7, -1),  # cut short
        (SEGMENT, 7, 5),  # shorter than a nonce
        (SEGMENT, 7, 0),  # nothing
    ],
)
def test_a_body_opens_nowhere_else(segment: Segment, seq: int, cut: int | None) -> None:
    """Bound to ledger, place and key."""
    sealed = SEGMENT.seal(7, b"a body")[:cut]

    with pytest.raises(RecordInvalid, match="does not open"):
        segment.open(seq, sealed)


def test_the_same_body_is_never_sealed_twice_alike() -> None:
    """A doubtful commit may be written again at the same place: the nonce must not be the place."""
    assert SEGMENT.seal(7, b"a body") != SEGMENT.seal(7, b"a body")
