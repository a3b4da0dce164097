from __future__ import annotations

import contextlib
import functools
import json
from collections.abc import Callable
from typing import Final

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ed25519
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID
from hypothesis import given
from hypothesis import strategies as st

from gateway.clock import DAY, SECOND
from gateway.pki.authority import Authority, Issued
from gateway.pki.provider import Provider, jwks
from gateway.refusal import Reason, Refusal
from gateway.rpc.certificate import TrustBundle
from gateway.rpc.doubt import Doubt
from gateway.rpc.jwks import parse_jwks
from gateway.rpc.token import TOKEN_LIMIT, TokenTerms
from tests.rpc.identities import CASEWORKER, NOW, TERMS, TRUST_DOMAIN, City, b64, certificate, compact, thumbprint

ISSUED: Final = NOW // SECOND
URI: Final = f"spiffe://{TRUST_DOMAIN}/department/child-welfare/system/fee-desk"

# One city for the whole module: nothing in it changes unless a test makes its own.
CITY: Final = City()


def refusal_of(ask: Callable[[], object]) -> Refusal:
    """What `ask` is refused with; it must be."""
    with pytest.raises(Refusal) as caught:
        ask()
    return caught.value


@pytest.mark.rule("W1", "W2")
def test_certificate_and_bound_token_name_the_caller() -> None:
    """Department and system come from the certificate; person, post and role from the token."""
    assert CITY.caller(CITY.client.certificate, CITY.token()) == CASEWORKER


def _ed25519_token(city: City, algorithm: str) -> str:
    key = ed25519.Ed25519PrivateKey.generate()
    public = b64(key.public_key().public_bytes_raw())
    city.keys.keys = parse_jwks(
        json.dumps({"keys": [{"kty": "OKP", "crv": "Ed25519", "x": public, "kid": "ed"}]}).encode()
    )
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return city.forge(city.claims(), pem, alg=algorithm, kid="ed")


@pytest.mark.parametrize("algorithm", ["EdDSA", "Ed25519"])
def test_both_names_of_ed25519_are_understood(algorithm: str) -> None:
    """Providers write RFC 8037's name or RFC 9864's; both mean the one curve."""
    city = City()
    assert city.caller(city.client.certificate, _ed25519_token(city, algorithm)) == CASEWORKER


@pytest.mark.parametrize(
    "changes",
    [
        {"nbf": ...},  # not every provider sends nbf
        {"aud": [TERMS.audience]},  # RFC 7519 §4.1.3 allows a list
        {"exp": ISSUED - 29},  # within the leeway
        {"iat": ISSUED + 30, "nbf": ISSUED + 30},  # the provider's clock is ahead by as much as is allowed
        {"iat": ISSUED - 1, "exp": ISSUED - 1 + 12 * 3600},  # exactly the longest life
        {"amr": ["otp"], "jti": "1"},  # RFC 7519 §4: claims that mean nothing here are ignored
    ],
)
def test_what_may_differ_between_good_tokens(changes: dict[str, object]) -> None:
    """Tokens on the right side of each border are believed."""
    if "exp" in changes and "iat" not in changes:
        changes = changes | {"iat": ISSUED - 3600, "nbf": ISSUED - 3600}
    assert CITY.caller(CITY.client.certificate, CITY.token(**changes)) == CASEWORKER


def _stranger() -> Provider:
    return Provider.create(issuer=TERMS.issuer, audience=TERMS.audience)


def _spare_bits(token: str) -> str:
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    return token[:-1] + alphabet[alphabet.index(token[-1]) + 1]  # 86 characters hold 4 bits more than 64 octets


def _twice(claims: dict[str, object]) -> bytes:
    return json.dumps(claims).encode()[:-1] + b', "sub": "s-0001"}'


def _unsigned(city: City) -> str:
    header = b64(b'{"alg":"none","kid":"a"}')
    return f"{header}.{b64(json.dumps(city.claims()).encode())}."


def _two_kids(city: City) -> str:
    kid = city.provider.public_key()["kid"]
    header = f'{{"alg":"ES256","kid":"other","kid":"{kid}"}}'.encode()
    return compact(header, json.dumps(city.claims()).encode(), city.provider.key)


def _tampered(city: City) -> str:
    header, _, signature = city.token().split(".")
    return f"{header}.{b64(json.dumps(city.claims(sub='s-0001')).encode())}.{signature}"


def _transplanted(city: City) -> str:
    return city.token().rpartition(".")[0] + "." + city.token(sub="s-0001").rpartition(".")[2]


BAD_TOKENS: Final[dict[str, tuple[Doubt, Callable[[City], str]]]] = {
    "empty": (Doubt.TOKEN_MALFORMED, lambda _: ""),
    "not a JWS": (Doubt.TOKEN_MALFORMED, lambda _: "opaque-session-id"),
    "two parts": (Doubt.TOKEN_MALFORMED, lambda c: c.token().rpartition(".")[0]),
    "five parts, a JWE": (Doubt.TOKEN_MALFORMED, lambda c: c.token() + ".AA.AA"),
    "longer than 4 KiB": (Doubt.TOKEN_MALFORMED, lambda c: c.token(pad="x" * TOKEN_LIMIT)),
    "padded base64": (Doubt.TOKEN_MALFORMED, lambda c: c.token() + "=="),
    "a space after it": (Doubt.TOKEN_MALFORMED, lambda c: c.token() + " "),
    "spare bits set in the signature": (Doubt.TOKEN_MALFORMED, lambda c: _spare_bits(c.token())),
    "the payload is a list": (Doubt.TOKEN_MALFORMED, lambda c: c.forge([])),
    "the payload is not JSON": (Doubt.TOKEN_MALFORMED, lambda c: c.forge(b"\xff{")),
    "brackets as deep as a token holds": (Doubt.TOKEN_MALFORMED, lambda c: c.forge(b"[" * 2500)),
    "a claim twice": (Doubt.TOKEN_MALFORMED, lambda c: c.forge(_twice(c.claims()))),
    "alg none, no signature": (Doubt.TOKEN_MALFORMED, _unsigned),
    "alg none, a signature": (Doubt.KEY_UNKNOWN, lambda c: c.forge(c.claims(), alg="none")),
    "alg HS256": (Doubt.KEY_UNKNOWN, lambda c: c.forge(c.claims(), alg="HS256")),
    "alg of the other key type": (Doubt.KEY_UNKNOWN, lambda c: c.forge(c.claims(), alg="EdDSA")),
    "no alg": (Doubt.TOKEN_MALFORMED, lambda c: c.forge(c.claims(), alg=...)),
    "no kid": (Doubt.TOKEN_MALFORMED, lambda c: c.forge(c.claims(), kid=...)),
    "kid is a list": (Doubt.TOKEN_MALFORMED, lambda c: c.forge(c.claims(), kid=["a", "b"])),
    "two kids": (Doubt.TOKEN_MALFORMED, _two_kids),
    "unknown kid": (Doubt.KEY_UNKNOWN, lambda c: c.forge(c.claims(), kid="someone-else")),
    "unknown crit": (Doubt.TOKEN_MALFORMED, lambda c: c.forge(c.claims(), crit=["b64"], b64=False)),
    "brings its own key": (Doubt.TOKEN_MALFORMED, lambda c: c.forge(c.claims(), jwk=c.provider.public_key())),
    "points to a key": (Doubt.TOKEN_MALFORMED, lambda c: c.forge(c.claims(), jku="https://keys.example/")),
    "some other type of token": (Doubt.TOKEN_MALFORMED, lambda c: c.forge(c.claims(), typ="logout+jwt")),
    "type is a list": (Doubt.TOKEN_MALFORMED, lambda c: c.forge(c.claims(), typ=["JWT"])),
    "signed by another provider": (Doubt.SIGNATURE_WRONG, lambda c: c.forge(c.claims(), _stranger().key)),
    "claims changed after signing": (Doubt.SIGNATURE_WRONG, _tampered),
    "signature of another token": (Doubt.SIGNATURE_WRONG, _transplanted),
    "another issuer": (Doubt.ISSUER_WRONG, lambda c: c.token(iss="https://identity.elsewhere.example")),
    "no issuer": (Doubt.ISSUER_WRONG, lambda c: c.token(iss=...)),
    "another audience": (Doubt.AUDIENCE_WRONG, lambda c: c.token(aud="tax-system")),
    "our audience among others": (Doubt.AUDIENCE_WRONG, lambda c: c.token(aud=[TERMS.audience, "tax-system"])),
    "no audience": (Doubt.AUDIENCE_WRONG, lambda c: c.token(aud=...)),
    "expired": (Doubt.TOKEN_EXPIRED, lambda c: c.token(iat=ISSUED - 3600, nbf=ISSUED - 3600, exp=ISSUED - 30)),
    "no expiry": (Doubt.CLAIMS_MALFORMED, lambda c: c.token(exp=...)),
    "expiry is text": (Doubt.CLAIMS_MALFORMED, lambda c: c.token(exp=str(ISSUED + 3600))),
    "expiry is true": (Doubt.CLAIMS_MALFORMED, lambda c: c.token(exp=True)),
    "expiry is a fraction": (Doubt.CLAIMS_MALFORMED, lambda c: c.token(exp=ISSUED + 0.5)),
    "expiry is not a number": (Doubt.CLAIMS_MALFORMED, lambda c: c.token(exp=float("nan"))),
    "no time of issue": (Doubt.CLAIMS_MALFORMED, lambda c: c.token(iat=...)),
    "issued in the future": (Doubt.TOKEN_NOT_YET_VALID, lambda c: c.token(iat=ISSUED + 31, nbf=ISSUED)),
    "not yet valid": (Doubt.TOKEN_NOT_YET_VALID, lambda c: c.token(nbf=ISSUED + 31)),
    "lives too long": (Doubt.TOKEN_LIVES_TOO_LONG, lambda c: c.token(exp=ISSUED + 12 * 3600 + 1)),
    "expires before it is issued": (Doubt.TOKEN_LIVES_TOO_LONG, lambda c: c.token(exp=ISSUED)),
    "expires when the stars go out": (Doubt.TOKEN_LIVES_TOO_LONG, lambda c: c.token(exp=10**300)),
    "unbound": (Doubt.CLAIMS_MALFORMED, lambda c: c.token(cnf=...)),
    "bound to nothing": (Doubt.CLAIMS_MALFORMED, lambda c: c.token(cnf={})),
    "bound by key, not certificate": (Doubt.CLAIMS_MALFORMED, lambda c: c.token(cnf={"jkt": "A" * 43})),
    "bound in two ways": (Doubt.CLAIMS_MALFORMED, lambda c: c.token(cnf=c.claims()["cnf"] | {"jkt": "A" * 43})),
    "thumbprint with letters of elsewhere": (Doubt.CLAIMS_MALFORMED, lambda c: c.token(cnf={"x5t#S256": "あ" * 43})),
    "bound to another certificate": (
        Doubt.BOUND_TO_ANOTHER_CERTIFICATE,
        lambda c: c.token(cnf={"x5t#S256": thumbprint(c.authority.issued.certificate)}),
    ),
    "thumbprint in other case": (
        Doubt.BOUND_TO_ANOTHER_CERTIFICATE,
        lambda c: c.token(cnf={"x5t#S256": thumbprint(c.client.certificate).swapcase()}),
    ),
    "another department": (Doubt.DEPARTMENTS_DIFFER, lambda c: c.token(department="city-planning")),
    "no person": (Doubt.CLAIMS_MALFORMED, lambda c: c.token(sub=...)),
    "person is a number": (Doubt.CLAIMS_MALFORMED, lambda c: c.token(sub=107)),
    "person is no word": (Doubt.CLAIMS_MALFORMED, lambda c: c.token(sub="s-0107\n")),
    "person in full-width digits": (Doubt.CLAIMS_MALFORMED, lambda c: c.token(sub="s-\uff10\uff11")),
    "person is half a character": (Doubt.CLAIMS_MALFORMED, lambda c: c.token(sub="\ud800")),
    "no post": (Doubt.CLAIMS_MALFORMED, lambda c: c.token(post=...)),
    "two posts": (Doubt.CLAIMS_MALFORMED, lambda c: c.token(post=["cw-3", "cw-4"])),
    "no role": (Doubt.CLAIMS_MALFORMED, lambda c: c.token(role=...)),
    "empty role": (Doubt.CLAIMS_MALFORMED, lambda c: c.token(role="")),
    "no department": (Doubt.CLAIMS_MALFORMED, lambda c: c.token(department=...)),
}


@pytest.mark.rule("W2")
@pytest.mark.parametrize("case", BAD_TOKENS)
def test_a_bad_token_is_refused_for_its_own_fault(case: str) -> None:
    """Each fault alone is enough; operators are told which it was, the caller only that there was one."""
    doubt, forge = BAD_TOKENS[case]
    city = City()
    refusal = refusal_of(lambda: city.caller(city.client.certificate, forge(city)))
    assert (refusal.reason, city.doubts) == (Reason.IDENTITY_INVALID, [doubt])


BAD_CERTIFICATES: Final[dict[str, tuple[Doubt, Callable[[City], Issued]]]] = {
    "no PEM": (Doubt.CERTIFICATE_MALFORMED, lambda _: Issued(b"fee-desk", b"")),
    "PEM around nothing": (
        Doubt.CERTIFICATE_MALFORMED,
        lambda _: Issued(b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", b""),
    ),
    "no SAN": (Doubt.CERTIFICATE_MALFORMED, lambda c: certificate(c.authority.issued, None)),
    "no URI SAN": (Doubt.CERTIFICATE_MALFORMED, lambda c: certificate(c.authority.issued, [x509.DNSName("fee-desk")])),
    "two URI SANs": (Doubt.CERTIFICATE_MALFORMED, lambda c: certificate(c.authority.issued, [_uri(URI), _uri(URI)])),
    "another city's name": (
        Doubt.CERTIFICATE_FOREIGN,
        lambda c: certificate(c.authority.issued, [_uri(URI.replace(TRUST_DOMAIN, "elsewhere.example"))]),
    ),
    "another city's authority, our name": (
        Doubt.CERTIFICATE_UNTRUSTED,
        lambda _: certificate(Authority.create(TRUST_DOMAIN, NOW).issued, [_uri(URI)]),
    ),
    "for servers only": (
        Doubt.CERTIFICATE_UNTRUSTED,
        lambda c: certificate(c.authority.issued, [_uri(URI)], usage=ExtendedKeyUsageOID.SERVER_AUTH),
    ),
    "an authority itself": (
        Doubt.CERTIFICATE_UNTRUSTED,
        lambda c: certificate(c.authority.issued, [_uri(URI)], is_authority=True),
    ),
    "expired": (
        Doubt.CERTIFICATE_UNTRUSTED,
        lambda c: certificate(c.authority.issued, [_uri(URI)], issued=NOW - 31 * DAY),
    ),
    "not yet valid": (
        Doubt.CERTIFICATE_UNTRUSTED,
        lambda c: certificate(c.authority.issued, [_uri(URI)], issued=NOW + DAY),
    ),
} | {
    f"named {uri}": (
        Doubt.CERTIFICATE_MALFORMED,
        lambda c, uri=uri: certificate(c.authority.issued, [_uri(uri)]),
    )
    for uri in (
        f"spiffe://{TRUST_DOMAIN}",  # the authority's own name
        f"spiffe://{TRUST_DOMAIN}/department/child-welfare",  # no system
        f"{URI}/",
        f"{URI}?",
        f"{URI}#x",
        f"{URI}\0",  # the transport's C strings end here
        f"{URI}\0/extra",
        URI.replace("spiffe:", "https:"),
        URI.replace("spiffe:", "SPIFFE:"),
        URI.replace("child-welfare", "child%2Dwelfare"),
        URI.replace("child-welfare", "Child-Welfare"),
        URI.replace("child-welfare", ".."),
        URI.replace("/department", "//department"),
        URI.replace(TRUST_DOMAIN, f"{TRUST_DOMAIN}:443"),
        URI.replace(TRUST_DOMAIN, f"root@{TRUST_DOMAIN}"),
        URI.replace("fee-desk", "unknown"),  # what records write where no system can be named
    )
}


def _uri(text: str) -> x509.UniformResourceIdentifier:
    return x509.UniformResourceIdentifier(text)


@pytest.mark.rule("W1", "W2")
@pytest.mark.parametrize("case", BAD_CERTIFICATES)
def test_a_bad_certificate_is_refused_even_beside_a_token_bound_to_it(case: str) -> None:
    """A provider that binds a token to a certificate does not make that certificate good."""
    doubt, make = BAD_CERTIFICATES[case]
    city = City()
    pem = make(city).certificate
    token = city.token() if "PEM" in case else city.token(cnf={"x5t#S256": thumbprint(pem)})
    refusal = refusal_of(lambda: city.caller(pem, token))
    assert (refusal.reason, city.doubts) == (Reason.IDENTITY_INVALID, [doubt])


@pytest.mark.rule("W1")
def test_a_token_does_not_follow_to_a_renewed_certificate() -> None:
    """Swapped certificates: the same system's other certificate does not carry the token (RFC 8705 §3)."""
    city = City()
    renewed = city.authority.issue_client("child-welfare", "fee-desk", NOW).certificate
    assert city.caller(city.client.certificate, city.token()) == CASEWORKER
    refusal_of(lambda: city.caller(renewed, city.token()))
    assert city.doubts == [Doubt.BOUND_TO_ANOTHER_CERTIFICATE]


@pytest.mark.rule("W1", "W2")
@pytest.mark.parametrize(
    ("doubt", "certificates", "entries"),
    [
        (Doubt.NO_CERTIFICATE, 0, ["Bearer {}"]),  # a port without TLS
        (Doubt.NO_CERTIFICATE, 2, ["Bearer {}"]),  # which one speaks?
        (Doubt.NO_TOKEN, 1, []),  # the system alone
        (Doubt.NO_TOKEN, 1, ["Bearer {}", "Bearer {}"]),  # duplicate metadata, even if equal
        (Doubt.NO_TOKEN, 1, ["Bearer {}", "Basic eA=="]),  # ... or of two schemes
        (Doubt.NO_TOKEN, 1, ["Basic {}"]),
        (Doubt.NO_TOKEN, 1, ["{}"]),  # no scheme
        (Doubt.NO_TOKEN, 1, ["Bearer"]),
        (Doubt.TOKEN_MALFORMED, 1, ["Bearer  {}"]),
        (Doubt.TOKEN_MALFORMED, 1, ["Bearer {}, Bearer {}"]),  # two that a proxy has folded
    ],
)
def test_both_identities_or_nothing(doubt: Doubt, certificates: int, entries: list[str]) -> None:
    """One certificate and one bearer token, or no answer."""
    city = City()
    transport = {"x509_pem_cert": [city.client.certificate] * certificates}
    metadata = [("authorization", entry.replace("{}", city.token())) for entry in entries]
    refusal_of(lambda: city.identity.caller_of(transport, metadata))
    assert city.doubts == [doubt]


def test_the_scheme_is_read_in_any_case() -> None:
    """RFC 9110 §11.1: authentication schemes are case-insensitive."""
    metadata = (("user-agent", "x"), ("authorization", f"bEARER {CITY.token()}"))
    assert CITY.identity.caller_of({"x509_pem_cert": [CITY.client.certificate]}, metadata) == CASEWORKER


@pytest.mark.rule("W2")
def test_all_refusals_are_equal() -> None:
    """Nothing that a caller could be told, or that could slip out of the exception, differs between faults."""
    city = City()
    tokens = [forge(city) for _, forge in BAD_TOKENS.values()]
    certificates = [make(city).certificate for _, make in BAD_CERTIFICATES.values()]
    calls = [(city.client.certificate, token) for token in tokens] + [(pem, city.token()) for pem in certificates]
    refusals = [refusal_of(functools.partial(city.caller, pem, token)) for pem, token in calls]
    seen = {
        (type(r), r.args, r.reason, r.violations, r.exhausted, r.retry_after, r.__cause__, r.__context__, str(r))
        for r in refusals
    }
    expected = (Refusal, ("IDENTITY_INVALID",), Reason.IDENTITY_INVALID, (), (), None, None, None, "IDENTITY_INVALID")
    assert seen == {expected}


# --------------------------------------------------------------------------------------------------- remembering


def test_a_remembered_identity_is_not_verified_again() -> None:
    """The second call of the same certificate and token reads neither."""
    city = City()
    token = city.token()
    first = city.caller(city.client.certificate, token)
    assert city.caller(city.client.certificate, token) is first


@pytest.mark.rule("W2")
def test_a_remembered_token_still_expires() -> None:
    """Believed until 30 seconds after `exp`, to the microsecond; remembering does not lengthen that."""
    city = City()
    token = city.token()
    city.caller(city.client.certificate, token)
    city.clock.now = NOW + 3630 * SECOND - 1
    assert city.caller(city.client.certificate, token) == CASEWORKER
    city.clock.now += 1
    refusal_of(lambda: city.caller(city.client.certificate, token))
    assert city.doubts == [Doubt.TOKEN_EXPIRED]


@pytest.mark.rule("W2")
def test_a_remembered_certificate_still_expires() -> None:
    """A connection may outlive the certificate that opened it; the identity does not."""
    city = City()
    pem = certificate(city.authority.issued, [_uri(URI)], days=1).certificate
    claims = {"iat": ISSUED + 86400 - 60, "nbf": ISSUED, "exp": ISSUED + 86400 + 3600}
    token = city.token(cnf={"x5t#S256": thumbprint(pem)}, **claims)
    city.clock.now = NOW + DAY
    assert city.caller(pem, token) == CASEWORKER
    city.clock.now += SECOND
    refusal_of(lambda: city.caller(pem, token))
    assert city.doubts == [Doubt.CERTIFICATE_UNTRUSTED]


def test_a_clock_set_back_makes_a_remembered_token_not_yet_valid() -> None:
    """Remembered identities have a beginning as well as an end."""
    city = City()
    city.caller(city.client.certificate, city.token())
    city.clock.now -= 31 * SECOND
    refusal_of(lambda: city.caller(city.client.certificate, city.token()))


@pytest.mark.rule("W3")
def test_another_staff_directory_ends_what_was_remembered() -> None:
    """A post may have ended in it: every identity is verified anew, once."""
    city = City()
    token = city.token()
    first = city.caller(city.client.certificate, token)
    city.revision += 1
    second = city.caller(city.client.certificate, token)
    assert second is not first
    assert city.caller(city.client.certificate, token) is second


@pytest.mark.rule("W3")
def test_midnight_ends_what_was_remembered() -> None:
    """In Japan: a post counts until the day before its end."""
    city = City()
    midnight = (NOW + 9 * 3600 * SECOND) // DAY * DAY + DAY - 9 * 3600 * SECOND
    token = city.token(iat=midnight // SECOND - 60, nbf=midnight // SECOND - 60, exp=midnight // SECOND + 60)
    city.clock.now = midnight - 1
    first = city.caller(city.client.certificate, token)
    assert city.caller(city.client.certificate, token) is first
    city.clock.now += 1
    assert city.caller(city.client.certificate, token) is not first


@pytest.mark.rule("W2")
def test_withdrawn_token_keys_end_remembered_identities() -> None:
    """A key taken out of the JWK Set ends every identity it vouched for, at the next call."""
    city = City()
    token = city.token()
    city.caller(city.client.certificate, token)
    city.keys.keys = parse_jwks(jwks(_stranger()))
    refusal_of(lambda: city.caller(city.client.certificate, token))
    assert city.doubts == [Doubt.KEY_UNKNOWN]


@pytest.mark.rule("W2")
def test_a_withdrawn_authority_ends_remembered_identities() -> None:
    """An authority taken out of the trust bundle ends its clients' identities, open connections or not."""
    city = City()
    token = city.token()
    city.caller(city.client.certificate, token)
    city.trust.trust = TrustBundle(Authority.create(TRUST_DOMAIN, NOW).issued.certificate)
    refusal_of(lambda: city.caller(city.client.certificate, token))
    assert city.doubts == [Doubt.CERTIFICATE_UNTRUSTED]


def test_an_intermediate_authority_is_followed_to_the_trusted_one() -> None:
    """The chain that a client sends along is used; without it, or for another root, nobody vouches."""
    city = City()
    root = certificate(None, None, is_authority=True)
    intermediate = certificate(root, None, is_authority=True)
    pem = certificate(intermediate, [_uri(URI)]).certificate
    metadata = (("authorization", f"Bearer {city.token(cnf={'x5t#S256': thumbprint(pem)})}"),)
    chained = {"x509_pem_cert": [pem], "x509_pem_cert_chain": [pem + intermediate.certificate]}
    refusal_of(lambda: city.identity.caller_of(chained, metadata))
    city.trust.trust = TrustBundle(root.certificate)
    refusal_of(lambda: city.identity.caller_of({"x509_pem_cert": [pem]}, metadata))
    assert city.identity.caller_of(chained, metadata) == CASEWORKER


def test_only_so_many_identities_are_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    """The oldest is forgotten first; a flood of good tokens cannot fill the memory."""
    monkeypatch.setattr("gateway.rpc.identity._MOST", 3)
    city = City()
    tokens = [city.token(jti=str(n)) for n in range(5)]
    callers = [city.caller(city.client.certificate, token) for token in tokens]
    assert len(city.identity._known) == 3
    assert city.caller(city.client.certificate, tokens[4]) is callers[4]
    assert city.caller(city.client.certificate, tokens[0]) is not callers[0]


# -------------------------------------------------------------------------------------------------------- fuzzing

GOOD: Final = CITY.token()
_JSON: Final = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=10,
)


@given(st.text() | st.from_regex(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]{86}", fullmatch=True))
def test_no_text_raises_anything_but_the_refusal(text: str) -> None:
    """Whatever stands after `Bearer`, the answer is the one refusal."""
    assert refusal_of(lambda: CITY.caller(CITY.client.certificate, text)).reason is Reason.IDENTITY_INVALID


@given(st.integers(0, len(GOOD) - 1), st.text(max_size=3), st.integers(0, 3))
def test_no_edit_of_a_good_token_is_believed(place: int, inserted: str, removed: int) -> None:
    """Of all texts near a signed token, only the signed one counts."""
    edited = GOOD[:place] + inserted + GOOD[place + removed :]
    if edited != GOOD:
        assert refusal_of(lambda: CITY.caller(CITY.client.certificate, edited)).reason is Reason.IDENTITY_INVALID


@given(
    st.dictionaries(st.sampled_from(["alg", "kid", "typ", "crit", "b64", "jwk"]), _JSON, max_size=4),
    st.dictionaries(st.sampled_from(sorted(CITY.claims())), _JSON, min_size=1, max_size=4),
)
def test_no_signed_claims_raise_anything_but_the_refusal(header: dict[str, object], claims: dict[str, object]) -> None:
    """A provider gone mad is no reason to fall over: what it signs is believed whole or refused."""
    token = CITY.forge(CITY.claims(**claims), **header)
    with contextlib.suppress(Refusal):
        caller = CITY.caller(CITY.client.certificate, token)
        assert (caller.department, caller.system) == (CASEWORKER.department, CASEWORKER.system)


@pytest.mark.parametrize(
    "terms",
    [
        {"issuer": ""},
        {"audience": ""},
        {"leeway": 31},
        {"leeway": -1},
        {"longest": 0},
        {"longest": 24 * 3600 + 1},
    ],
)
def test_terms_that_would_believe_too_much_cannot_be_set(terms: dict[str, str | int]) -> None:
    """No empty issuer or audience, at most 30 seconds of leeway, at most a day of life."""
    with pytest.raises(ValueError, match=r"\w"):
        TokenTerms(**{"issuer": "i", "audience": "a"} | terms)  # type: ignore[arg-type] # one bad value at a time
