"""The vectors of docs/ledger-format.md, held from two sides: our code gives them, and so does the document alone.

`pytest tests/ledger/test_vectors.py --update-vectors` writes them anew; a change of what is there is a new version of
the format. What stands below under "by the document" uses nothing of ours.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from base64 import b64decode
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from gateway.allowance import Allowance, Owner, Rate, Terms, Window
from gateway.ledger.fold import CountsRoot, Fact, Fold
from gateway.ledger.founding import ledger_id
from gateway.ledger.keys import SNAPSHOT_LABEL, WRAPPING_LABEL, LedgerKeys
from gateway.ledger.merkle import leaf_hash, root_of
from gateway.ledger.note import Checkpoint, Signer, Verifier
from gateway.ledger.record import Line, commit, leaf_of, lines_root, pack_lines, read
from gateway.ledger.segment import Segment
from gateway.ledger.v1 import record_pb2 as pb
from masking.keyring import Keyring
from tests.ledger.desk import naive_root

VECTORS: Final = Path(__file__).parent / "vectors"
DOCUMENT: Final = Path(__file__).parents[2] / "docs" / "ledger-format.md"
Vector = dict[str, Any]

COMMITMENT_KEY: Final = bytes(range(32))
SEGMENT_KEY: Final = bytes(range(32, 64))
NOTE_SEED: Final = bytes(range(64, 96))
NONCE: Final = bytes(range(12))
ORIGIN: Final = "shiomi.example/ledger"
RESIDENTS: Final = ("0000000001", "0000000002", "0000000003")


# ------------------------------------------------------------------------------------------------- by the code


def merkle() -> Vector:
    """RFC 6962 roots over the leaves of the Certificate Transparency reference implementation."""
    leaves = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"]
    hashes = [leaf_hash(bytes.fromhex(leaf)) for leaf in leaves]
    return {"leaves": leaves, "roots": [root_of(hashes[:size]).hex() for size in range(len(leaves) + 1)]}


def body() -> pb.Body:
    """A page of three residents with every part filled in."""
    header = pb.Header(
        kind=pb.KIND_DISCLOSURE,
        wall=1_790_000_000_000_000,
        department="child-welfare",
        purpose="childcare-fee-reduction",
        purpose_digest=hashlib.sha256(b"purpose: childcare-fee-reduction\n").digest(),
        case_reference="CF-2026-0001",
        fields_read=["name", "birth_date"],
        fields_delivered=["birth_date"],
        approver_post="child-welfare-head",
        delay_class=pb.DELAY_CLASS_INVESTIGATION,
    )
    private = pb.Private(
        system="child-welfare-desk",
        staff="s-0001",
        post="child-welfare-1",
        relation=pb.RELATION_HOUSEHOLD,
        reason_code=2,
        justification="減免の審査",
        search_keys=["resident_id"],
        budgets_after=[3, 300],
        meter=pb.METER_INTERACTIVE,
        grant="g-1",
        break_glass=True,
        shadow=True,
        page=2,
        cursor_digest=hashlib.sha256(b"cursor").digest(),
        register_size=32_000,
        segment=0,
        request_id="0b9d",
        elapsed=86_400_000_000,
        terms_digest=hashlib.sha256(b"{}").digest(),
    )
    subjects = [(commit(COMMITMENT_KEY, resident), i + 1, 7 * i) for i, resident in enumerate(RESIDENTS)]
    return pb.Body(
        header=header.SerializeToString(deterministic=True),
        header_salt=bytes([0xA0]) * 32,
        private=private.SerializeToString(deterministic=True),
        private_salt=bytes([0xB0]) * 32,
        lines=pack_lines(subjects),
        blinding_seed=bytes([0xC0]) * 32,
    )


def record() -> Vector:
    """A record, from its parts to its leaf hash."""
    parts = body()
    leaf = leaf_of(parts)
    return {
        "commitment_key": COMMITMENT_KEY.hex(),
        "residents": list(RESIDENTS),
        "header": parts.header.hex(),
        "header_salt": parts.header_salt.hex(),
        "private": parts.private.hex(),
        "private_salt": parts.private_salt.hex(),
        "lines": parts.lines.hex(),
        "blinding_seed": parts.blinding_seed.hex(),
        "lines_root": lines_root(parts.lines, parts.blinding_seed).hex(),
        "leaf": leaf.hex(),
        "leaf_hash": leaf_hash(leaf).hex(),
        "receipt": f"7.{leaf_hash(leaf)[:8].hex()}",
        "seq": 7,
        "record_without_lines": {
            "leaf": leaf_of(pb.Body(header_salt=bytes(32), private_salt=bytes(32), blinding_seed=bytes(32))).hex()
        },
    }


def sealed() -> Vector:
    """The same record's body as it is encrypted at rest."""
    keys = LedgerKeys(COMMITMENT_KEY, SEGMENT_KEY, bytes(32), Signer(ORIGIN, NOTE_SEED))
    bound = ledger_id(keys, ORIGIN)
    plain = body().SerializeToString(deterministic=True)
    return {
        "origin": ORIGIN,
        "commitment_key": COMMITMENT_KEY.hex(),
        "ledger_id": bound.hex(),
        "segment_key": SEGMENT_KEY.hex(),
        "seq": 7,
        "nonce": NONCE.hex(),
        "body": plain.hex(),
        "sealed": (NONCE + AESGCM(SEGMENT_KEY).encrypt(NONCE, plain, bound + (7).to_bytes(8, "big"))).hex(),
    }


def keys() -> Vector:
    """What follows from the root key, and a segment key wrapped by it."""
    keyring = Keyring(1, bytes(range(96, 128)))
    wrapping = keyring.derive(WRAPPING_LABEL)
    return {
        "root_key": bytes(range(96, 128)).hex(),
        "wrapping_label": WRAPPING_LABEL,
        "wrapping_key": wrapping.hex(),
        "snapshot_label": SNAPSHOT_LABEL,
        "snapshot_key": keyring.derive(SNAPSHOT_LABEL).hex(),
        "segment_key": SEGMENT_KEY.hex(),
        "nonce": NONCE.hex(),
        "segment_key_file": (NONCE + AESGCM(wrapping).encrypt(NONCE, SEGMENT_KEY, b"segment 0")).hex(),
    }


def checkpoint() -> Vector:
    """A signed head."""
    signer = Signer(ORIGIN, NOTE_SEED)
    head = Checkpoint(ORIGIN, 8, bytes.fromhex(merkle()["roots"][8]))
    return {
        "seed": NOTE_SEED.hex(),
        "verifier": str(signer.verifier),
        "origin": head.origin,
        "size": head.size,
        "root": head.root.hex(),
        "note": signer.sign(head),
    }


def counts() -> Vector:
    """The root over how many lines each subject has."""
    fold = Fold()
    lines = [["0000000002"], ["0000000001", "0000000002"], [], ["0000000003"]]
    for residents in lines:
        commitments = [commit(COMMITMENT_KEY, resident) for resident in residents]
        fold.take(Fact(pb.KIND_REFUSAL, 1, "", "", "", 0, commitments, None))
    reckoned = CountsRoot(fold)
    while reckoned.advance(100):
        pass
    return {"commitment_key": COMMITMENT_KEY.hex(), "records": lines, "counts_root": reckoned.root().hex()}


def terms() -> Vector:
    """Terms as they are kept by content."""
    under = Terms(
        "childcare-fee-reduction",
        (
            Allowance("childcare-fee-reduction", Owner.STAFF, Window.DAY, 40),
            Allowance("", Owner.CITY, Window.YEAR, 20_000),
            Allowance("", Owner.STAFF, Window.TENURE, 8_000),
            Allowance("childcare-fee-reduction", Owner.DEPARTMENT, Window.MONTH, 300),
        ),
        Rate.per_second(2, 10),
        20,
        50,
    )
    return {"text": under.text().decode(), "digest": under.digest().hex()}


MADE: Final[dict[str, Callable[[], Vector]]] = {
    "merkle": merkle,
    "record": record,
    "sealed": sealed,
    "keys": keys,
    "checkpoint": checkpoint,
    "counts": counts,
    "terms": terms,
}


def vector(name: str) -> Vector:
    """A vector as it stands in the project."""
    loaded: Vector = json.loads((VECTORS / f"{name}.json").read_text(encoding="utf-8"))
    return loaded


@pytest.mark.parametrize("name", MADE)
def test_the_code_gives_the_vectors(name: str, request: pytest.FixtureRequest) -> None:
    """Whatever is refactored, the format stays what was written down."""
    made = MADE[name]()
    if request.config.getoption("--update-vectors", default=False):
        VECTORS.mkdir(exist_ok=True)
        text = json.dumps(made, ensure_ascii=False, indent=2)
        (VECTORS / f"{name}.json").write_text(f"{text}\n", encoding="utf-8")

    assert made == vector(name)


def test_the_document_names_every_vector() -> None:
    """And nothing that is not there."""
    named = set(re.findall(r"vectors/([a-z]+)\.json", DOCUMENT.read_text(encoding="utf-8")))

    assert named == set(MADE) == {path.stem for path in VECTORS.glob("*.json")}


def test_a_sealed_body_opens() -> None:
    """The code reads what the vector holds, as well as writing it."""
    given = vector("sealed")
    opened = Segment(bytes.fromhex(given["ledger_id"]), bytes.fromhex(given["segment_key"])).open(
        given["seq"], bytes.fromhex(given["sealed"])
    )

    assert read(opened).leaf.hex() == vector("record")["leaf"]
    assert [line.before for line in read(opened).lines] == [0, 7, 14]
    assert read(opened).lines[0] == Line(commit(COMMITMENT_KEY, RESIDENTS[0]), 1, 0)


# --------------------------------------------------------------------------------------------- by the document


def sha(octets: bytes) -> bytes:
    """SHA-256."""
    return hashlib.sha256(octets).digest()


def octets(text: str) -> bytes:
    """Hexadecimal digits as octets."""
    return bytes.fromhex(text)


@pytest.mark.rule("R5")
def test_a_verifier_of_others_gets_the_same_leaf() -> None:
    """Commitments, lines, blinding, lines root, leaf and leaf hash, from the document's words alone."""
    given = vector("record")
    lines = octets(given["lines"])
    blinding = hashlib.shake_256(octets(given["blinding_seed"])).digest(16 * len(given["residents"]))
    leaves = []
    for i, resident in enumerate(given["residents"]):
        line = lines[21 * i : 21 * i + 21]
        assert line[:16] == hmac.digest(octets(given["commitment_key"]), resident.encode(), "sha256")[:16]
        leaves.append(b"\x12" + blinding[16 * i : 16 * i + 16] + line)
    leaf = (
        b"\x01"
        + sha(b"\x10" + octets(given["header_salt"]) + octets(given["header"]))
        + sha(b"\x11" + octets(given["private_salt"]) + octets(given["private"]))
        + naive_root(leaves)
    )

    assert naive_root(leaves).hex() == given["lines_root"]
    assert leaf.hex() == given["leaf"]
    assert sha(b"\x00" + leaf).hex() == given["leaf_hash"]
    assert given["receipt"] == f"{given['seq']}.{given['leaf_hash'][:16]}"
    assert given["record_without_lines"]["leaf"].endswith(sha(b"").hex())


@pytest.mark.rule("R5")
def test_a_verifier_of_others_opens_the_same_body() -> None:
    """AES-256-GCM, with ledger id and place as associated data."""
    given = vector("sealed")
    sealed_body, key = octets(given["sealed"]), octets(given["segment_key"])
    bound = hmac.digest(octets(given["commitment_key"]), given["origin"].encode(), "sha256")[:16]

    assert bound.hex() == given["ledger_id"]
    assert (
        AESGCM(key).decrypt(sealed_body[:12], sealed_body[12:], bound + given["seq"].to_bytes(8, "big")).hex()
        == given["body"]
    )


def test_a_verifier_of_others_derives_the_same_keys() -> None:
    """HKDF of RFC 5869 with an empty salt, written out for one block."""
    given = vector("keys")
    extracted = hmac.digest(bytes(32), octets(given["root_key"]), "sha256")
    for which in ("wrapping", "snapshot"):
        label = given[f"{which}_label"].encode()
        info = b"\x00\x0bmasking own" + b"\x00\x01\x01" + len(label).to_bytes(2, "big") + label
        assert hmac.digest(extracted, info + b"\x01", "sha256").hex() == given[f"{which}_key"]
    wrapped = octets(given["segment_key_file"])

    opened = AESGCM(octets(given["wrapping_key"])).decrypt(wrapped[:12], wrapped[12:], b"segment 0")
    assert opened.hex() == given["segment_key"]


@pytest.mark.rule("R5")
def test_a_verifier_of_others_verifies_the_same_head() -> None:
    """The note, line by line, and its Ed25519 signature."""
    given = vector("checkpoint")
    text, signature = given["note"].split("\n\n")
    name, key_id, key = given["verifier"].split("+", 2)
    dash, signer, encoded = signature.removesuffix("\n").split(" ")
    raw = b64decode(key)

    assert text.split("\n")[:2] == [given["origin"], str(given["size"])]
    assert b64decode(text.split("\n")[2]).hex() == given["root"]
    assert (dash, signer, name) == ("—", given["origin"], given["origin"])
    assert sha(name.encode() + b"\n" + raw)[:4].hex() == key_id == b64decode(encoded)[:4].hex()
    assert raw[:1] == b"\x01"
    Ed25519PublicKey.from_public_bytes(raw[1:]).verify(b64decode(encoded)[4:], f"{text}\n".encode())
    assert str(Verifier.read(given["verifier"])) == given["verifier"]


def test_a_verifier_of_others_counts_the_same() -> None:
    """Leaf i is 0x13, the commitment of the subject met i-th, and its lines in four octets."""
    given = vector("counts")
    lines: dict[bytes, int] = {}
    for residents in given["records"]:
        for resident in residents:
            commitment = hmac.digest(octets(given["commitment_key"]), resident.encode(), "sha256")[:16]
            lines[commitment] = lines.get(commitment, 0) + 1

    leaves = [b"\x13" + commitment + count.to_bytes(4, "big") for commitment, count in lines.items()]
    assert naive_root(leaves).hex() == given["counts_root"]


def test_a_verifier_of_others_reads_the_same_terms() -> None:
    """Canonical JSON, and what it says."""
    given = vector("terms")
    said = json.loads(given["text"])

    assert sha(given["text"].encode()).hex() == given["digest"]
    assert json.dumps(said, sort_keys=True, separators=(",", ":")) == given["text"]
    assert said["rate"] == [500_000, 10]
    assert said["allowances"] == sorted(said["allowances"])


def test_a_verifier_of_others_gets_the_same_roots() -> None:
    """RFC 6962, by its own recursive definition."""
    given = vector("merkle")
    leaves = [octets(leaf) for leaf in given["leaves"]]

    assert [naive_root(leaves[:size]).hex() for size in range(len(leaves) + 1)] == given["roots"]
