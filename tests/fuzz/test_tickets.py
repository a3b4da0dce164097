"""What callers carry back to the gateway: staff tokens, pseudonyms. One changed character, and it is nothing."""

from __future__ import annotations

from typing import Final

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from gateway.refusal import Reason, Refusal
from gateway.rpc.doubt import Doubtful
from gateway.rpc.jwks import parse_jwks
from gateway.rpc.token import StaffToken, verify_token
from masking.keyring import Keyring, PseudonymDomain
from masking.pseudonym import ForeignToken, SealedTokens, tokens, trace
from tests.fuzz import mutated
from tests.rpc.identities import CASEWORKER, NOW, TERMS, City

CITY: Final = City()
TOKEN: Final = CITY.token()
KEYRING: Final = Keyring(2, bytes(range(32)))
DOMAIN: Final = PseudonymDomain("planning", "planning-statistics", "resident_id")
SEALS: Final = SealedTokens(KEYRING.domain(DOMAIN))
PSEUDONYMS: Final = (SEALS.seal("5000000000"), tokens(KEYRING.domain(DOMAIN))(b"5000000000"))

_JSON: Final = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.integers(10**20, 10**400),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=4,
)


@pytest.mark.rule("W2")
@given(mutated.characters(TOKEN) | mutated.texts(TOKEN) | st.text(max_size=200))
def test_no_changed_staff_token_names_anybody(token: str) -> None:
    """Header, claims or signature: the answer is the one refusal, whatever was changed."""
    assume(token != TOKEN)
    with pytest.raises(Refusal) as refused:
        CITY.caller(CITY.client.certificate, token)
    assert (refused.value.reason, refused.value.violations) == (Reason.IDENTITY_INVALID, ())


@pytest.mark.rule("W2")
@given(claims=st.dictionaries(st.sampled_from(sorted(CITY.claims())) | st.text(max_size=8), _JSON, max_size=3))
def test_a_provider_that_signs_nonsense_names_nobody(claims: dict[str, object]) -> None:
    """Signed by the right key, with anything for a claim: the caseworker, if what was changed does not matter, or a
    doubt.
    """
    try:
        token = verify_token(CITY.token(**claims), CITY.keys.keys, TERMS, NOW)
    except Doubtful:
        return
    assert isinstance(token, StaffToken)
    assert (token.staff, token.post) == (claims.get("sub", CASEWORKER.staff), claims.get("post", CASEWORKER.post))


@pytest.mark.rule("W2")
@given(header=st.dictionaries(st.sampled_from(["alg", "kid", "typ", "crit", "jwk", "b64"]), _JSON, min_size=1))
def test_a_strange_header_is_believed_nothing(header: dict[str, object]) -> None:
    """The key says which algorithm; a header that says something else, or more, is refused."""
    assume(header != {"typ": "JWT"})
    with pytest.raises(Doubtful):
        verify_token(CITY.forge(CITY.claims(), **header), CITY.keys.keys, TERMS, NOW)


@given(
    st.binary(max_size=80)
    | mutated.octets(b'{"keys": [{"kty": "EC", "crv": "P-256", "x": "AA", "y": "AA", "kid": "k"}]}')
)
def test_no_octets_break_the_reader_of_keys(octets: bytes) -> None:
    """A file of keys is read, or refused with a reason for operators."""
    with pytest.raises(ValueError):  # noqa: PT011 - whatever is wrong with it; none of these has a usable key
        parse_jwks(octets)


@pytest.mark.rule("M3", "M4")
@given(st.sampled_from(PSEUDONYMS).flatmap(mutated.characters) | st.text(max_size=200))
def test_no_changed_pseudonym_opens_or_leads_anywhere(token: str) -> None:
    """It is foreign, which is all that is said of it, and no domain issued it."""
    assume(token not in PSEUDONYMS)
    with pytest.raises(ForeignToken) as refused:
        SEALS.open(token)
    assert refused.value.args == ()
    assert trace(token, KEYRING, [DOMAIN]) is None
