import hmac
import os
import stat
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from masking.key_file import KeyFile
from masking.keyring import DomainKeys, Keyring, KeyringError, PseudonymDomain, encode_parts

GOOD = b"masking-root-key-v1 epoch=003 encoding=hex\n" + bytes(range(32)).hex().encode() + b"\n"


def key_file(path: Path, octets: bytes = GOOD, mode: int = 0o600) -> Path:
    """Write a key file, a good one unless told otherwise."""
    path.write_bytes(octets)
    path.chmod(mode)
    return path


def hkdf(key: bytes, info: bytes, octets: int, *, extract: bool) -> bytes:
    """RFC 5869 written out, so that the vectors do not hang on one library."""
    if extract:
        key = hmac.digest(bytes(32), key, "sha256")
    made, block = b"", b""
    for counter in range(1, -(-octets // 32) + 1):
        block = hmac.digest(key, block + info + bytes([counter]), "sha256")
        made += block
    return made[:octets]


@pytest.mark.rule("M1")
@pytest.mark.parametrize(
    ("expected", "use", "octets"),
    [
        ("700184720e85a338ac0b1533401c840fc09834f6e06078144abd18f0e03a3bde", "token", 32),
        ("f2c722c033c8879cbf8eaecb34b85a86865730de772d261e82045d810c0d1233", "tag", 32),
        ("b866fc15ce3f6436fbf39cf7165622601e36fc50c3c090a240135da4c704ec39", "surrogate", 32),
        (
            (
                "d83a0d589d2e72f3a801cb058d0b7c1517ad658c5902795ecfc6682b2cb3f0ca"
                "77957b36df26e96ef6a57236e99969a996ba63d45c3a2586e58c6ce45db895ac"
            ),
            "seal",
            64,
        ),
    ],
)
def test_keys_are_derived_as_written_down(expected: str, use: str, octets: int, keys: DomainKeys) -> None:
    """Golden: root → HKDF → key of the domain and epoch → key of the use; formats outlive the code."""
    domain_info = bytes.fromhex(
        "000e" + b"masking domain".hex() + "000101"
        "0008" + b"planning".hex() + "0013" + b"planning-statistics".hex() + "000b" + b"resident_id".hex() + "000103"
    )
    domain_key = hkdf(bytes(range(32)), domain_info, 32, extract=True)
    use_info = b"\x00\x0bmasking use\x00\x01\x01" + bytes([0, len(use)]) + use.encode()
    assert expected == hkdf(domain_key, use_info, octets, extract=False).hex() == keys.subkey(use, octets).hex()
    assert domain_info == keys.context


def test_own_keys_are_derived_as_written_down(keyring: Keyring) -> None:
    """Golden: a label's key shares nothing with domains and stays when the epoch moves on."""
    expected = "1c1dd616d744d50a9e50ba6e91c241faf878d3370837e318b9ac458481b6ae25"
    info = b"\x00\x0bmasking own\x00\x01\x01\x00\x06cursor"
    assert expected == hkdf(bytes(range(32)), info, 32, extract=True).hex() == keyring.derive("cursor").hex()
    assert expected == Keyring(4, bytes(range(32))).derive("cursor").hex()


@pytest.mark.rule("M1")
def test_every_domain_epoch_and_use_has_a_key_of_its_own(keyring: Keyring) -> None:
    """No two of them share a key, however alike their names are put together."""
    domains = [
        PseudonymDomain("tax", "fees", "name"),
        PseudonymDomain("ta", "xfees", "name"),  # the same letters, divided otherwise
        PseudonymDomain("tax", "fee", "sname"),
        PseudonymDomain("fees", "tax", "name"),  # the same parts in another order
        PseudonymDomain("tax", "fees", "name.kana"),
    ]
    made = [
        keyring.domain(domain, epoch).subkey(use)
        for domain in domains
        for epoch in (1, 2, 3)
        for use in ("token", "tag", "seal")
    ]
    made += [keyring.derive(label) for label in ("token", "tag", "tax", "cursor")]
    assert len(made) == len(set(made))


@given(st.lists(st.lists(st.binary(max_size=5), max_size=4).map(tuple), min_size=2, max_size=2, unique=True))
def test_different_parts_are_encoded_differently(two: list[tuple[bytes, ...]]) -> None:
    """Length before each part: no two lists run together into the same octets."""
    assert encode_parts(*two[0]) != encode_parts(*two[1])


@pytest.mark.rule("M1")
@pytest.mark.parametrize(
    "part",
    [
        "",  # a missing part
        "Tax",  # two spellings must not be two domains
        "税務",
        "a b",
        "a/b",
        ".hidden",
        "-x",
        "a\n",
        "a" * 65,
    ],
)
@pytest.mark.parametrize("at", [0, 1, 2])
def test_a_domain_without_a_proper_name_is_refused(part: str, at: int) -> None:
    """Each part is there and of a safe alphabet."""
    parts = ["tax", "fees", "name"]
    parts[at] = part
    with pytest.raises(ValueError, match=("department", "purpose", "field")[at]):
        PseudonymDomain(*parts)


@pytest.mark.parametrize("epoch", [0, 4, -1, 256])
def test_only_epochs_up_to_the_current_one_have_keys(epoch: int, keyring: Keyring, domain: PseudonymDomain) -> None:
    """An epoch that has not begun issues nothing."""
    with pytest.raises(ValueError, match=r"epoch out of range 1\.\.3"):
        keyring.domain(domain, epoch)


@pytest.mark.parametrize(("epoch", "root"), [(0, bytes(32)), (256, bytes(32)), (1, bytes(31)), (1, b"")])
def test_a_keyring_is_whole_or_not_at_all(epoch: int, root: bytes) -> None:
    """No short key, no epoch that a token could not carry."""
    with pytest.raises(ValueError, match=r"epoch out of range|a root key has 32 octets"):
        Keyring(epoch, root)


@pytest.mark.parametrize("label", ["", "カーソル"])
def test_a_label_is_plain_text(label: str, keyring: Keyring) -> None:
    """An empty or fancy label is refused, not encoded somehow."""
    with pytest.raises(ValueError, match="label"):
        keyring.derive(label)


@pytest.mark.parametrize("use", ["", "鍵"])
def test_a_use_is_plain_text(use: str, keys: DomainKeys) -> None:
    """An empty or fancy use is refused, not encoded somehow."""
    with pytest.raises(ValueError, match="use"):
        keys.subkey(use)


@pytest.mark.rule("R6")
def test_no_key_is_printed(keyring: Keyring, keys: DomainKeys) -> None:
    """repr, str and format show whose keys they are and none of them."""
    secrets = (bytes(range(32)), keys._key)
    for shown in (repr(keyring), str(keyring), f"{keyring}", repr(keys), str(keys), f"{keys}"):
        assert not any(secret.hex() in shown or repr(secret) in shown for secret in secrets)
    assert "planning-statistics" in repr(keys)


def test_a_generated_key_opens_again(tmp_path: Path, domain: PseudonymDomain) -> None:
    """Generate writes a private file that opens to the same keys, in epoch 1."""
    path = tmp_path / "root.key"
    made, opened = Keyring.generate(path), Keyring.open(path)
    assert made.domain(domain).subkey("token") == opened.domain(domain).subkey("token")
    assert (made.epoch, opened.epoch) == (1, 1)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_generated_key_is_private_under_any_umask(tmp_path: Path) -> None:
    """Neither a loose nor a tight umask changes the mode."""
    for umask in (0o000, 0o777):
        before = os.umask(umask)
        try:
            Keyring.generate(tmp_path / f"{umask}.key")
        finally:
            os.umask(before)
        Keyring.open(tmp_path / f"{umask}.key")


def test_two_generated_keys_differ(tmp_path: Path) -> None:
    """The root key comes from the system's randomness."""
    assert Keyring.generate(tmp_path / "a").derive("x") != Keyring.generate(tmp_path / "b").derive("x")


def test_a_key_is_never_overwritten(tmp_path: Path) -> None:
    """What is there already stays, a dangling link included."""
    path = key_file(tmp_path / "root.key", b"something else")
    link = tmp_path / "link.key"
    link.symlink_to(tmp_path / "nowhere")
    for taken in (path, link):
        with pytest.raises(KeyringError, match="there is a file already"):
            Keyring.generate(taken)
    assert path.read_bytes() == b"something else"
    assert not (tmp_path / "nowhere").exists()


def test_a_key_that_cannot_be_written_leaves_nothing(tmp_path: Path) -> None:
    """A missing directory is named, and advice given."""
    with pytest.raises(KeyringError, match=r"missing/root\.key: cannot write .* check that the directory exists"):
        Keyring.generate(tmp_path / "missing" / "root.key")


def test_the_file_format_is_as_written_down(tmp_path: Path, keyring: Keyring) -> None:
    """Golden: header with epoch, then the key in hexadecimal."""
    opened = Keyring.open(key_file(tmp_path / "root.key"))
    assert (3, keyring.derive("x")) == (opened.epoch, opened.derive("x"))


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o660, 0o700, 0o400, 0o604, 0o4600])
def test_a_key_file_that_others_could_reach_is_refused(mode: int, tmp_path: Path) -> None:
    """Mode exactly 0600, or the file is refused with what to do."""
    with pytest.raises(KeyringError, match=f"has mode {mode:04o}, must be 0600: run chmod 0600"):
        Keyring.open(key_file(tmp_path / "root.key", mode=mode))


@pytest.mark.parametrize(
    "octets",
    [
        b"",  # empty
        GOOD[:-1],  # cut short by one
        GOOD + b"\n",  # a line too many
        GOOD * 2,
        GOOD.upper(),
        GOOD.replace(b"\n", b"\r\n"),  # through a Windows editor
        GOOD.replace(b"v1", b"v2"),  # a format of the future
        GOOD.replace(b"003", b"000"),  # no epoch
        GOOD.replace(b"003", b"256"),
        bytes(32),  # a bare key
        b"\xff" * len(GOOD),
    ],
)
def test_a_key_file_that_is_not_whole_is_refused(octets: bytes, tmp_path: Path) -> None:
    """Anything but the exact format is refused, and nobody is told to throw a key away lightly."""
    with pytest.raises(KeyringError, match="not a root key file of format 1, or cut short: restore it"):
        Keyring.open(key_file(tmp_path / "root.key", octets))


def test_only_a_file_of_our_own_is_opened(tmp_path: Path) -> None:
    """A link, a directory, a pipe and nothing at all: each refused with its name."""
    path = key_file(tmp_path / "root.key")
    link, pipe = tmp_path / "link", tmp_path / "pipe"
    link.symlink_to(path)
    os.mkfifo(pipe, 0o600)
    for refused, why in (
        (link, "symbolic link"),
        (tmp_path, "not a regular file"),
        (pipe, "not a regular file"),  # and without waiting for a writer
        (tmp_path / "none", "there is no root key file"),
        (path / "below", "cannot open"),
    ):
        with pytest.raises(KeyringError, match=why):
            Keyring.open(refused)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
def test_a_key_file_of_another_account_is_refused(tmp_path: Path) -> None:
    """Private to somebody else is not private to us."""
    path = key_file(tmp_path / "root.key")
    os.chown(path, 65534, -1)
    with pytest.raises(KeyringError, match=r"belongs to another account \(uid 65534\)"):
        Keyring.open(path)


def test_a_rotated_file_is_the_same_root_in_the_next_epoch(tmp_path: Path, domain: PseudonymDomain) -> None:
    """Old keys are still derived; the last epoch counts up to the day that the file says; private as before."""
    path = tmp_path / "root.key"
    before = Keyring.generate(path)
    made = KeyFile(path).rotate(date(2027, 3, 31))
    assert (made.epoch, made.overlap) == (2, date(2027, 3, 31))
    after = Keyring.open(path)
    assert (after.epoch, after.overlap) == (2, date(2027, 3, 31))
    assert after.domain(domain, 1).subkey("token") == before.domain(domain).subkey("token")
    assert after.domain(domain).subkey("token") != before.domain(domain).subkey("token")
    last = after.last(domain)
    assert last is not None
    assert last.epoch == 1
    assert before.last(domain) is None
    assert after.derive("cursor") == before.derive("cursor")  # what is signed stays verifiable
    assert path.stat().st_mode & 0o777 == 0o600
    assert [each.name for each in tmp_path.iterdir()] == ["root.key"]
    KeyFile(path).rotate(None)
    assert (Keyring.open(path).epoch, Keyring.open(path).overlap) == (3, None)
    assert Keyring.open(path).last(domain) is None
    assert "octets" not in repr(KeyFile(path).load())


def test_the_last_epoch_cannot_be_rotated(tmp_path: Path) -> None:
    """After epoch 255 there is a new root key or none; and what is no key file stays what it is."""
    path = key_file(tmp_path / "root.key", GOOD.replace(b"003", b"255"))
    with pytest.raises(KeyringError, match="a new root key is due"):
        KeyFile(path).rotate(None)
    assert path.read_bytes() == GOOD.replace(b"003", b"255")
    with pytest.raises(KeyringError, match="not a root key file"):
        KeyFile(key_file(tmp_path / "other.key", GOOD[:-1])).rotate(None)


@pytest.mark.parametrize("line", [b"overlap until=2027-02-30\n", b"overlap until=\n", b"overlap\n", b"\n"])
def test_an_overlap_without_a_day_is_refused(line: bytes, tmp_path: Path) -> None:
    """Nobody guesses until when."""
    with pytest.raises(KeyringError, match="not a root key file of format 1"):
        Keyring.open(key_file(tmp_path / "root.key", GOOD + line))
    day = GOOD + b"overlap until=2027-02-28\n"
    assert Keyring.open(key_file(tmp_path / "root.key", day)).overlap == date(2027, 2, 28)


def test_only_a_later_epoch_of_the_same_root_follows(keyring: Keyring) -> None:
    """Another root would make every pseudonym foreign; an earlier epoch is an old copy."""
    later = Keyring(4, bytes(range(32)))
    assert later.after(keyring) is later
    assert keyring.after(keyring) is keyring
    with pytest.raises(KeyringError, match="before epoch 4"):
        keyring.after(later)
    with pytest.raises(KeyringError, match="another root key"):
        Keyring(4, bytes(32)).after(keyring)
