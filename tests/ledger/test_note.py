import hashlib
from base64 import b64decode, b64encode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.ledger.note import Checkpoint, NoteInvalid, Signer, Verifier, is_key_name

SIGNER = Signer("shiomi.example/ledger", bytes(32))
HEAD = Checkpoint("shiomi.example/ledger", 7, hashlib.sha256(b"root").digest())
NOTE = SIGNER.sign(HEAD)

# The Go checksum database's public key, and heads that it served.
GO = Verifier.read("sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8")
GO_HEADS = [
    (
        31_700_353,
        "qINS1GRFhWHwdkUeqLEoP4yEMkTBBzxBkGwGQlVlVcs=",
        "Az3grnmrIUEDFqHzAElIQCPNoRFRAAdFo47fooyWKMHb89k11GJh5zHIfNCOBmwn/C3YI8oW9/C8DJ87F61QqspBYwM=",
    ),
    (
        65_209_736,
        "5+uGFjx6xBZG8ip1+wi77v+grwbhhukIrxEUS8PXvRo=",
        "Az3grnbssgK7ubgFX36gVETtNv0U23qxyAhAMai2QUfeGa3nB/akvkMdlUErfcZz7l/R3cVtYspg3dxXABkGZZKdsQ8=",
    ),
]


@pytest.mark.rule("R5")
@pytest.mark.parametrize(("size", "root", "signature"), GO_HEADS)
def test_heads_of_another_log_verify(size: int, root: str, signature: str) -> None:
    """The format is the one in use: signed heads of the Go checksum database are read and verified."""
    note = f"go.sum database tree\n{size}\n{root}\n\n— sum.golang.org {signature}\n"

    assert Checkpoint("go.sum database tree", size, b64decode(root)) == GO.verify(note)


@pytest.mark.rule("R5")
def test_the_example_of_the_note_format_verifies() -> None:
    """The example in the documentation of Go's note package: a good signature, under a text that is no checkpoint."""
    verifier = Verifier.read("PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW")
    text = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"
    signature = "x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM="

    with pytest.raises(NoteInvalid, match="not a checkpoint"):
        verifier.verify(f"{text}\n— PeterNeumann {signature}\n")
    with pytest.raises(NoteInvalid, match="does not verify"):
        verifier.verify(f"{text.replace('you', 'we')}\n— PeterNeumann {signature}\n")


@given(st.integers(0, 2**63 - 1), st.binary(min_size=32, max_size=32))
def test_what_is_signed_verifies(size: int, root: bytes) -> None:
    """Round trip."""
    head = Checkpoint("shiomi.example/ledger", size, root)

    assert head == SIGNER.verifier.verify(SIGNER.sign(head))


def test_signatures_of_others_are_passed_over() -> None:
    """A witness may sign beside us: one good signature by our key is what counts, wherever it stands."""
    witness = Signer("witness.example", bytes(range(32))).sign(HEAD).splitlines()[-1]
    text, own = NOTE.split("\n\n")

    assert SIGNER.verifier.verify(f"{text}\n\n{witness}\n{own}") == HEAD
    assert SIGNER.verifier.verify(f"{NOTE}{witness}\n") == HEAD


@pytest.mark.parametrize(
    ("why", "note"),
    [
        ("does not verify", NOTE.replace("\n7\n", "\n8\n")),  # another size
        ("does not verify", NOTE.replace("shiomi", "shiomo", 1)),  # another log
        ("does not verify", NOTE.replace("\n\n", "\nmore\n\n")),  # a line that was not signed
        ("not a signature line", NOTE.replace("— ", "- ")),  # a hyphen is no em dash
        ("not a signature line", NOTE.replace("=\n", "\n").removesuffix("\n") + "!\n"),  # no base64
        ("not a signature line", NOTE.removesuffix("\n") + "é\n"),  # no letters of base64 at all
        ("not a signed note", NOTE + "\n"),  # an empty line behind the signatures
        ("not a signed note", NOTE.removesuffix("\n")),  # cut short
        ("not a signed note", HEAD.text()),  # no signature
        ("not a signed note", ""),  # nothing
        ("no signature by this key", Signer("shiomi.example/ledger", bytes(range(32))).sign(HEAD)),  # another key
        ("no signature by this key", Signer("other.example", bytes(32)).sign(HEAD)),  # another name
    ],
)
def test_a_note_that_was_changed_is_none(why: str, note: str) -> None:
    """Whatever is edited, there is no checkpoint to be had."""
    with pytest.raises(NoteInvalid, match=why):
        SIGNER.verifier.verify(note)


@pytest.mark.parametrize(
    "text",
    [
        "origin\n07\n" + b64encode(bytes(32)).decode() + "\n",  # a leading zero
        "origin\n-1\n" + b64encode(bytes(32)).decode() + "\n",  # below zero
        "origin\n1\n" + b64encode(bytes(31)).decode() + "\n",  # not a SHA-256
        "origin\n1\n!\n",  # no base64
        "origin\n1\né\n",  # no letters of base64 at all
        "\n1\n" + b64encode(bytes(32)).decode() + "\n",  # no origin
        "origin\n1\n",  # no root
    ],
)
def test_a_signed_text_that_is_no_checkpoint_is_refused(text: str) -> None:
    """A signature does not make a checkpoint of a text."""
    signature = b64encode(SIGNER.verifier.key_id + SIGNER._key.sign(text.encode())).decode()

    with pytest.raises(NoteInvalid, match="not a checkpoint"):
        SIGNER.verifier.verify(f"{text}\n— {SIGNER.verifier.name} {signature}\n")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "name",  # no parts
        "name+00000000+AQ==",  # no key
        str(SIGNER.verifier).replace("+", "+0", 1),  # another key id
        str(SIGNER.verifier).replace("shiomi", "shiomo"),  # the id binds the name
        str(SIGNER.verifier).replace("+A", "+B", 1),  # another algorithm
        "na me" + str(SIGNER.verifier).removeprefix(SIGNER.verifier.name),  # a name with a space
    ],
)
def test_a_verifier_key_that_is_off_is_refused(text: str) -> None:
    """Name, key id and key must agree."""
    with pytest.raises(NoteInvalid):
        Verifier.read(text)


def test_a_verifier_key_is_read_as_it_is_written() -> None:
    """`str` and `read` are inverse, and the key verifies as before."""
    assert Verifier.read(str(SIGNER.verifier)).verify(NOTE) == HEAD


@pytest.mark.parametrize(
    ("expected", "name"), [(True, "shiomi.example/ledger"), (False, ""), (False, "a b"), (False, "a+b"), (False, "a\n")]
)
def test_key_names(*, expected: bool, name: str) -> None:
    """C2SP signed-note: not empty, no spaces, no plus."""
    assert expected is is_key_name(name)
