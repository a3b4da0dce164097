from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from masking.keyring import DomainKeys, Keyring, PseudonymDomain
from masking.pseudonym import AcceptedTokens, ForeignToken, Origin, SealedTokens, tokens, trace

SEALED = "sk1A7qPsANp3UDIM-ZPGOM_2j6GXvOuwufICGkCu7URsPiRhPNBRW2VxLK7"


def octets_of(token: str) -> bytes:
    """Everything behind a token's kind."""
    return urlsafe_b64decode(token[3:])


def text_of(kind: str, octets: bytes) -> str:
    """Put a token together."""
    return kind + urlsafe_b64encode(octets).decode()


@pytest.mark.parametrize(
    ("expected", "value"),
    [
        (SEALED, "00000000001"),
        ("sk1A645PQx6uxayTykTH8TPvhb2kZ63NI2aBqQK96NAMULErjWG01yE3nFh", "00000000000001"),  # 14 octets: one block
        ("sk1A9Mfk8lJ5q9f79Vaol_lHUC7knJ3rZ2-BqlhpBJ0E-JeoAytopE74nlKgU6jlqeJxLG_ozef3Tp3", "000000000000015"),  # two
    ],
)
def test_sealed_tokens_are_made_as_written_down(expected: str, value: str, keys: DomainKeys) -> None:
    """Golden: formats outlive the code."""
    sealed = SealedTokens(keys)
    assert expected == sealed.seal(value)
    assert value == sealed.open(expected)


def test_a_token_carries_its_epoch(keyring: Keyring, domain: PseudonymDomain) -> None:
    """The first octet is the epoch that it was issued in."""
    for epoch in (1, 2, 3):
        keys = keyring.domain(domain, epoch)
        assert epoch == octets_of(tokens(keys)(b"x"))[0] == octets_of(SealedTokens(keys).seal("x"))[0]


def test_short_values_of_any_length_look_alike(keys: DomainKeys) -> None:
    """Padding hides how long an identifier of up to 14 octets is."""
    sealed = SealedTokens(keys)
    assert {len(SEALED)} == {len(sealed.seal("1" * octets)) for octets in range(1, 15)}


@pytest.mark.parametrize("value", ["", "1" * 255, "字" * 85, "\ud842"])
def test_what_is_no_identifier_cannot_be_sealed(value: str, keys: DomainKeys) -> None:
    """Empty, longer than 254 octets, or no Unicode text."""
    with pytest.raises(ValueError):  # noqa: PT011 - the encoder has a message of its own
        SealedTokens(keys).seal(value)


@given(value=st.text(min_size=1, max_size=60))
def test_what_is_sealed_opens(value: str, keys: DomainKeys) -> None:
    """Any text comes back as it was, its trailing marks and zeros included."""
    sealed = SealedTokens(keys)
    assert value == sealed.open(sealed.seal(value))


@pytest.mark.rule("M3")
@pytest.mark.parametrize(
    "token",
    [
        "",
        "sk1",
        "00000000001",  # a raw identifier
        SEALED[:-1],
        SEALED[:-4],
        SEALED + "AAAA",
        SEALED + "=",
        SEALED + "\n",
        " " + SEALED,
        SEALED.replace("_", "/"),  # base64 of another alphabet
        "sk2" + SEALED[3:],  # a version that is none
        "tk1" + SEALED[3:],  # another kind
        "SK1" + SEALED[3:],
        SEALED.translate({ord("A"): "\uff21"}),  # full-width
        "sk1" + "A" * 56,
        "sk1" + "A" * 100_000,
    ],
)
def test_what_is_no_token_is_refused(token: str, keys: DomainKeys) -> None:
    """One error for all that is malformed, without a why."""
    with pytest.raises(ForeignToken, match="^$"):
        SealedTokens(keys).open(token)


@pytest.mark.rule("M3")
def test_a_token_of_another_domain_or_epoch_is_refused(
    keyring: Keyring, domain: PseudonymDomain, keys: DomainKeys
) -> None:
    """Department, purpose, field and epoch must all be the same."""
    others = [
        keyring.domain(PseudonymDomain("tax", domain.purpose, domain.field)),
        keyring.domain(PseudonymDomain(domain.department, "fees", domain.field)),
        keyring.domain(PseudonymDomain(domain.department, domain.purpose, "household_id")),
        keyring.domain(domain, 2),
        Keyring(3, bytes(32)).domain(domain),  # another city's root
    ]
    for other in others:
        with pytest.raises(ForeignToken, match="^$"):
            SealedTokens(other).open(SEALED)
        with pytest.raises(ForeignToken, match="^$"):
            SealedTokens(keys).open(SealedTokens(other).seal("00000000001"))


@pytest.mark.rule("M3")
def test_a_one_way_token_cannot_be_opened(keys: DomainKeys) -> None:
    """A token of the same domain is no sealed token."""
    with pytest.raises(ForeignToken):
        SealedTokens(keys).open(tokens(keys)(b"00000000001"))


@pytest.mark.rule("M3", "M4")
@pytest.mark.parametrize("at", range(42))
def test_a_token_with_one_bit_changed_is_nobodys(
    at: int, keyring: Keyring, domain: PseudonymDomain, keys: DomainKeys
) -> None:
    """Epoch, tag and payload: nothing of a token can be changed."""
    octets = bytearray(octets_of(SEALED))
    octets[at] ^= 1
    forged = text_of("sk1", bytes(octets))
    with pytest.raises(ForeignToken):
        SealedTokens(keys).open(forged)
    assert trace(forged, keyring, [domain]) is None


@pytest.mark.rule("M4")
def test_a_tag_cannot_be_moved(keyring: Keyring, domain: PseudonymDomain, keys: DomainKeys) -> None:
    """The tag of one token does not vouch for the body of another, nor for another kind."""
    sealed = SealedTokens(keys)
    one, two = octets_of(sealed.seal("1")), octets_of(sealed.seal("2"))
    moved = text_of("sk1", one[:11] + two[11:])
    with pytest.raises(ForeignToken):
        sealed.open(moved)
    assert trace(moved, keyring, [domain]) is None
    assert trace(text_of("tk1", octets_of(tokens(keys)(b"1"))), keyring, [domain]) == Origin(domain, 3)
    assert trace("sk1" + tokens(keys)(b"1")[3:], keyring, [domain]) is None


@pytest.mark.rule("M4")
@given(value=st.text(min_size=1, max_size=30), at=st.integers(0, 5), epoch=st.integers(1, 3), sealed=st.booleans())
def test_a_leaked_token_is_traced_to_its_domain(
    value: str, at: int, epoch: int, sealed: bool, keyring: Keyring
) -> None:
    """Whatever kind, value and epoch: the keyholder finds the one domain it came from, among all."""
    domains = [
        PseudonymDomain(department, purpose, "resident_id")
        for department in ("tax", "planning")
        for purpose in ("fees", "statistics", "mailing")
    ]
    keys = keyring.domain(domains[at], epoch)
    token = SealedTokens(keys).seal(value) if sealed else tokens(keys)(value.encode())
    assert trace(token, keyring, domains) == Origin(domains[at], epoch)
    assert trace(token, keyring, domains[:at] + domains[at + 1 :]) is None  # not one of those asked about
    assert trace(token, Keyring(3, bytes(32)), domains) is None  # not this city's


@pytest.mark.rule("M4")
@pytest.mark.parametrize("token", ["", "tk1", "no token", "tk1" + "A" * 36, SEALED[:-1]])
def test_what_is_no_token_has_no_origin(token: str, keyring: Keyring, domain: PseudonymDomain) -> None:
    """Malformed, or of an epoch that was never: None, without an error."""
    assert trace(token, keyring, [domain]) is None


@pytest.mark.rule("M4")
def test_a_token_of_an_epoch_to_come_has_no_origin(domain: PseudonymDomain) -> None:
    """A keyring of epoch 1 did not issue what says it is of epoch 2."""
    root = bytes(range(32))
    token = tokens(Keyring(2, root).domain(domain))(b"x")
    assert trace(token, Keyring(1, root), [domain]) is None
    assert trace(token, Keyring(2, root), [domain]) == Origin(domain, 2)


@pytest.mark.rule("M3")
def test_tokens_of_the_last_epoch_are_accepted_for_a_time(domain: PseudonymDomain, keyring: Keyring) -> None:
    """Up to and including the last day of the overlap, those of the epoch before and no older ones; none after."""
    last_day = date(2026, 12, 31)
    rotated = Keyring(3, bytes(range(32)), last_day)
    issued = {epoch: SealedTokens(keyring.domain(domain, epoch)).seal("17") for epoch in (1, 2, 3)}
    accepted = AcceptedTokens(rotated, domain)
    assert accepted.open(issued[3], date.max) == "17"
    assert accepted.open(issued[2], last_day) == "17"
    assert accepted.seal(accepted.open(issued[2], last_day)) == issued[3] != issued[2]
    for token, today in ((issued[2], date(2027, 1, 1)), (issued[1], last_day), ("no token", last_day)):
        with pytest.raises(ForeignToken):
            accepted.open(token, today)
    for without in (keyring, Keyring(1, bytes(range(32)), last_day)):  # no overlap, or no epoch before
        with pytest.raises(ForeignToken):
            AcceptedTokens(without, domain).open(issued[2], date.min)


@pytest.mark.rule("M3")
def test_an_old_token_of_another_domain_is_refused(domain: PseudonymDomain) -> None:
    """An overlap opens the domain's own past and nobody else's."""
    rotated = Keyring(2, bytes(range(32)), date.max)
    foreign = SealedTokens(rotated.domain(PseudonymDomain("tax", domain.purpose, domain.field), 1)).seal("17")
    with pytest.raises(ForeignToken):
        AcceptedTokens(rotated, domain).open(foreign, date.min)
