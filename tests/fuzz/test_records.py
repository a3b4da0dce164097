"""The record on a torn disk: what was flipped, cut or exchanged is found out, and nothing else is made of it."""

from __future__ import annotations

import hashlib
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.ledger.note import Checkpoint, NoteInvalid, Signer, Verifier
from gateway.ledger.record import RecordInvalid, pack_lines, read, write
from gateway.ledger.v1 import record_pb2 as pb
from tests.fuzz import mutated

SIGNER: Final = Signer("shiomi.example/disclosures", bytes(32))
HEAD: Final = Checkpoint("shiomi.example/disclosures", 7, hashlib.sha256(b"root").digest())
NOTE: Final = SIGNER.sign(HEAD)
WRITTEN: Final = write(
    pb.Header(kind=pb.KIND_DISCLOSURE, wall=1, department="planning", fields_read=["name"]).SerializeToString(),
    pb.Private(staff="s-0107", justification="家計の相談").SerializeToString(),
    pack_lines([(bytes(16), 1, 0), (bytes(range(16)), 2, 3)]),
)


@pytest.mark.rule("R5")
@given(mutated.octets(WRITTEN.body) | st.binary(max_size=200))
def test_a_torn_body_is_no_record_or_gives_another_leaf(octets: bytes) -> None:
    """What its leaf commits to is the body as it was written, and none but that."""
    try:
        record = read(octets)
    except RecordInvalid:
        return
    assert record.leaf != WRITTEN.leaf or read(WRITTEN.body) == record


@pytest.mark.rule("R5")
@given(mutated.characters(NOTE) | mutated.texts(NOTE) | st.text(max_size=200))
def test_a_changed_note_is_no_checkpoint_but_the_one_signed(note: str) -> None:
    """Whatever verifies says what was signed; anything else is no note."""
    try:
        assert SIGNER.verifier.verify(note) == HEAD
    except NoteInvalid:
        assert note != NOTE


@given(mutated.characters(str(SIGNER.verifier)) | mutated.texts(str(SIGNER.verifier)) | st.text(max_size=100))
def test_a_changed_verifier_key_is_none_of_ours(text: str) -> None:
    """It is refused, or is a key of which each part agrees with the others."""
    try:
        assert str(Verifier.read(text)).split("+")[:2] == text.split("+")[:2]
    except NoteInvalid:
        assert text != str(SIGNER.verifier)
