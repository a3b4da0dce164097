from __future__ import annotations

import json
from typing import Any, Final

import pytest
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from hypothesis import given
from hypothesis import strategies as st
from joserfc.jwk import RSAKey

from gateway.pki.provider import Provider, jwks
from gateway.rpc.jwks import parse_jwks

PROVIDER: Final = Provider.create(issuer="https://identity.shiomi.example", audience="register-gateway")
OWN: Final = PROVIDER.public_key()
ED: Final = {
    "kty": "OKP",
    "crv": "Ed25519",
    "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo",
    "kid": "ed",
}  # RFC 8037 A.2


def jwk_set(*keys: Any) -> bytes:
    """A JWK Set of these keys."""
    return json.dumps({"keys": keys}).encode()


@pytest.mark.parametrize(
    ("kids", "text"),
    [
        ([OWN["kid"]], jwks(PROVIDER)),  # what the development provider writes
        ([OWN["kid"], "ed"], jwk_set(OWN, ED)),
        (["ed"], jwk_set(ED | {"alg": "EdDSA", "use": "sig", "key_ops": ["verify"]})),
        (["ed"], jwk_set(ED, OWN | {"use": "enc"})),  # an encryption key signs nothing
        (["ed"], jwk_set(ED, OWN | {"alg": "ECDH-ES"})),
        (["ed"], jwk_set(ED, RSAKey.generate_key(2048, private=False).as_dict())),  # other kinds: RFC 7517 §5
        (["ed"], jwk_set(ED, {"kty": "from-the-future"})),
        (["ed"], jwk_set(ED, ED | {"kid": "448", "crv": "Ed448"})),
    ],
)
def test_usable_keys_are_taken_and_others_left(kids: list[str], text: bytes) -> None:
    """EC P-256 and Ed25519 signature keys, by their ids, in order."""
    assert list(parse_jwks(text)) == kids


@pytest.mark.parametrize(
    ("message", "text"),
    [
        ("is not JSON", b""),
        ("is not JSON", b"\xff"),
        ("is not JSON", b"[" * 100_000),
        ("is not a JWK Set", b"[]"),
        ("is not a JWK Set", b"{}"),
        ("is not a JWK Set", b'{"keys": {}}'),
        ("is not a JWK Set", jwk_set("ed")),
        ("has no key for ES256", jwk_set()),
        ("has no key for ES256", jwk_set(OWN | {"use": "enc"})),
        (r"keys\[0\] needs a `kid`", jwk_set({k: v for k, v in OWN.items() if k != "kid"})),
        (r"keys\[0\] needs a `kid`", jwk_set(OWN | {"kid": 7})),
        (r"keys\[0\] needs a `kid`", jwk_set(OWN | {"kid": "x" * 129})),
        (r"keys\[1\] has the `kid` of an earlier key", jwk_set(ED, OWN | {"kid": "ed"})),
        (r"keys\[1\] is a private or shared key", jwk_set(ED, OWN | {"d": "AA"})),
        (r"keys\[0\] is a private or shared key", jwk_set({"kty": "oct", "k": "c2VjcmV0"})),
        (r"keys\[0\] cannot be read", jwk_set(OWN | {"x": OWN["y"], "y": OWN["x"]})),  # not on the curve
        (r"keys\[0\] cannot be read", jwk_set(OWN | {"x": 5})),
        (r"keys\[0\] cannot be read", jwk_set(ED | {"x": "AA"})),
    ],
)
def test_a_doubtful_key_set_is_refused_whole(message: str, text: bytes) -> None:
    """One doubtful key spoils the set, so that nobody goes on with half of a rotation."""
    with pytest.raises(ValueError, match=message):
        parse_jwks(text)


def test_no_message_quotes_a_secret() -> None:
    """A private key in the wrong file is told of, not told."""
    key = load_pem_private_key(PROVIDER.key, None)
    secret = hex(key.private_numbers().private_value)  # type: ignore[union-attr] # an EC key
    with pytest.raises(ValueError, match="private") as caught:
        parse_jwks(jwk_set(OWN | {"d": secret}))
    assert secret not in str(caught.value)


@given(
    st.dictionaries(
        st.sampled_from(["kty", "crv", "x", "y", "kid", "use", "alg"]), st.none() | st.text() | st.lists(st.text())
    )
)
def test_no_key_raises_anything_but_a_value_error(changes: dict[str, Any]) -> None:
    """Whatever stands in the file, it is read or refused."""
    try:
        keys = parse_jwks(jwk_set(OWN | changes))
    except ValueError:
        return
    assert len(keys) == 1
