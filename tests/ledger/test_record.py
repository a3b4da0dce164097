import contextlib
import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.ledger.merkle import leaf_hash, node_hash
from gateway.ledger.record import (
    LEAF_SIZE,
    Line,
    RecordInvalid,
    commit,
    leaf_of,
    lines_root,
    pack_lines,
    read,
    unpack_lines,
    write,
)
from gateway.ledger.v1 import record_pb2 as pb
from tests.ledger.desk import flipped, naive_root

KEY = bytes(range(32))
HEADER = pb.Header(kind=pb.KIND_DISCLOSURE, wall=1, department="welfare", fields_read=["name"]).SerializeToString()
PRIVATE = pb.Private(staff="hana", justification="家計の相談").SerializeToString()

lines = st.lists(
    st.tuples(st.binary(min_size=16, max_size=16), st.integers(1, 4), st.integers(0, 2**32 - 1)), max_size=20
)


@given(lines)
def test_a_record_opens_as_it_was_written(subjects: list[tuple[bytes, int, int]]) -> None:
    """Round trip; the leaf that was written is the leaf that the body gives."""
    written = write(HEADER, PRIVATE, pack_lines(subjects))
    record = read(written.body)

    assert (record.header.SerializeToString(), record.private.SerializeToString()) == (HEADER, PRIVATE)
    assert [Line(*subject) for subject in subjects] == record.lines
    assert written.leaf == record.leaf
    assert (LEAF_SIZE, leaf_hash(written.leaf)) == (len(written.leaf), written.leaf_hash)


@pytest.mark.rule("R5")
@given(st.data())
def test_whatever_is_edited_the_leaf_is_another(data: st.DataObject) -> None:
    """Each part is committed to: a changed octet of header, private part, lines or salts changes the leaf or is
    refused.
    """
    written = write(HEADER, PRIVATE, pack_lines([(bytes(16), 1, 0), (bytes(15) + b"\1", 1, 3)]))
    body = pb.Body.FromString(written.body)
    part = data.draw(
        st.sampled_from(["header", "header_salt", "private", "private_salt", "lines", "blinding_seed"]), label="part"
    )
    octets: bytes = getattr(body, part)
    place = data.draw(st.integers(0, len(octets) - 1), label="place")
    setattr(body, part, flipped(octets, place, 1 << data.draw(st.integers(0, 7), label="bit")))

    assert written.leaf != leaf_of(body)


SALT = bytes(32)


@pytest.mark.parametrize(
    ("why", "body"),
    [
        ("no header", pb.Body(header=b"\xff", header_salt=SALT, private_salt=SALT, blinding_seed=SALT)),
        ("no private part", pb.Body(private=b"\xff", header_salt=SALT, private_salt=SALT, blinding_seed=SALT)),
        ("a short salt", pb.Body(header_salt=SALT[1:], private_salt=SALT, blinding_seed=SALT)),
        ("no blinding", pb.Body(header_salt=SALT, private_salt=SALT)),
        ("a cut line", pb.Body(lines=bytes(20), header_salt=SALT, private_salt=SALT, blinding_seed=SALT)),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_is_no_record_is_refused(why: str, body: pb.Body) -> None:
    """No part may be off, and a salt is never shorter than it should be."""
    with pytest.raises(RecordInvalid):
        read(body.SerializeToString())


@given(st.binary(max_size=200))
def test_no_octets_bring_the_reader_down(octets: bytes) -> None:
    """Whatever is opened, it is a record or it is refused."""
    with contextlib.suppress(RecordInvalid):
        assert len(read(octets).leaf) == LEAF_SIZE


def test_equal_records_have_different_leaves() -> None:
    """Salts and blinding are random: nobody finds a record by guessing what it says."""
    packed = pack_lines([(bytes(16), 1, 0)])
    first, second = (pb.Body.FromString(write(HEADER, PRIVATE, packed).body) for _ in range(2))
    for part in (slice(1, 33), slice(33, 65), slice(65, 97)):
        assert leaf_of(first)[part] != leaf_of(second)[part]


@pytest.mark.rule("R7")
def test_one_line_proves_itself_and_shows_no_other() -> None:
    """A resident's line, its own blinding and the neighbours' hashes lead to the leaf; the neighbours' lines, of which
    there are few to guess, do not follow from their hashes without blinding that was never given out.
    """
    subjects = [(commit(KEY, f"{number:010d}"), 1, number) for number in range(5)]
    packed, seed = pack_lines(subjects), bytes(range(32))
    blinding = hashlib.shake_256(seed).digest(16 * len(subjects))
    leaves = [b"\x12" + blinding[16 * i : 16 * i + 16] + packed[21 * i : 21 * i + 21] for i in range(5)]
    hashes = [leaf_hash(leaf) for leaf in leaves]

    # What the third is given: their own leaf and three hashes.
    proven = node_hash(node_hash(hashes[0], hashes[1]), node_hash(leaf_hash(leaves[2]), hashes[3]))

    assert lines_root(packed, seed) == naive_root(leaves) == node_hash(proven, hashes[4])
    guesses = {
        leaf_hash(b"\x12" + own + packed[21 * 3 : 21 * 4])  # even with the whole line known
        for own in (b"", bytes(16), blinding[32:48])
    }
    assert hashes[3] not in guesses


@pytest.mark.rule("R6")
def test_a_commitment_needs_its_key() -> None:
    """All ids could be tried, so a plain hash would tell; under another key nothing agrees."""
    assert commit(KEY, "0000000001") == commit(KEY, "0000000001")
    assert commit(KEY, "0000000001") != commit(flipped(KEY), "0000000001")
    assert hashlib.sha256(b"0000000001").digest()[:16] != commit(KEY, "0000000001")


@given(lines)
def test_lines_are_unpacked_as_they_were_packed(subjects: list[tuple[bytes, int, int]]) -> None:
    """21 octets a line."""
    packed = pack_lines(subjects)

    assert 21 * len(subjects) == len(packed)
    assert [Line(*subject) for subject in subjects] == unpack_lines(packed)
