"""A real grpc.aio server with mutual TLS on a free loopback port, a tiny servicer, and files that change under it."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from io import StringIO
from pathlib import Path
from typing import Any

import grpc
import pytest
from cryptography import x509

from gateway.app import Chore
from gateway.clock import SystemClock
from gateway.logs import make_log
from gateway.pki.authority import Authority, Issued
from gateway.pki.folder import Folder, audience_of, create, issuer_of
from gateway.pki.provider import Provider, jwks
from gateway.refusal import Refusal
from gateway.rpc.credentials import ServerTls, TlsFiles
from gateway.rpc.doubt import Doubt
from gateway.rpc.files import FileFault
from gateway.rpc.identity import Identity
from gateway.rpc.jwks import JwksFile
from gateway.rpc.refresh import Refreshed, Refresher
from gateway.rpc.token import TokenTerms
from tests.rpc.identities import TRUST_DOMAIN, certificate

NOW = SystemClock().wall()  # the TLS library has no other clock
Call = Callable[..., Any]


@dataclass
class Gate:
    """A running server that answers with the caller's parts, and everything it rests on."""

    folder: Folder
    tls: ServerTls
    jwks: JwksFile
    port: int = 0
    doubts: list[Doubt] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    reports: list[Refreshed] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.identity = Identity(
            trust_domain=TRUST_DOMAIN,
            terms=TokenTerms(issuer_of(TRUST_DOMAIN), audience_of(TRUST_DOMAIN)),
            keys=self.jwks,
            trust=self.tls,
            clock=SystemClock(),
            revision=lambda: 0,
            doubted=self.doubts.append,
        )
        self.refresher = Refresher({"tls": self.tls, "jwks": self.jwks}, self.reports.append)
        self.client = self.folder.open_authority().issue_client("child-welfare", "fee-desk", NOW)

    async def answer(self, request: bytes, context: grpc.aio.ServicerContext[bytes, bytes]) -> bytes:
        try:
            caller = self.identity.caller(context)
        except Refusal as refusal:
            self.refused.append(self.identity.system_of(context))
            await context.abort(grpc.StatusCode.UNAUTHENTICATED, refusal.reason.value)
        return f"{caller.department} {caller.system} {caller.staff} {caller.post} {caller.role}".encode()

    def token(self, provider: Provider | None = None, client: Issued | None = None) -> str:
        return (provider or self.folder.open_provider()).issue_token(
            staff="s-0107",
            post="cw-3",
            department="child-welfare",
            role="caseworker",
            certificate=(client or self.client).certificate,
            now=NOW,
        )

    @contextlib.asynccontextmanager
    async def connect(self, client: Issued | None, trust: Path | None = None) -> AsyncIterator[Call]:
        """A new connection; yields `ask(token)`."""
        roots = (trust or self.folder.authority.certificate).read_bytes()
        credentials = (
            grpc.ssl_channel_credentials(roots, client.key, client.certificate)
            if client
            else grpc.ssl_channel_credentials(roots)
        )
        options = [("grpc.use_local_subchannel_pool", 1)]  # or gRPC shares the connection of an equal channel
        async with grpc.aio.secure_channel(f"127.0.0.1:{self.port}", credentials, options=options) as channel:
            call = channel.unary_unary("/test.Who/AmI", bytes, bytes)

            async def ask(token: str | None) -> str:
                metadata = (("authorization", f"Bearer {token}"),) if token is not None else ()
                reply: bytes = await call(b"", metadata=metadata)
                return reply.decode()

            yield ask


@pytest.fixture
async def gate(tmp_path: Path) -> AsyncIterator[Gate]:
    folder = create(tmp_path / "pki", TRUST_DOMAIN, (), NOW, 30)
    files = TlsFiles(folder.server.certificate, folder.server.key, folder.authority.certificate)
    gate = Gate(folder, ServerTls(files), JwksFile(folder.jwks))
    server = grpc.aio.server(options=(("grpc.so_reuseport", 0),))
    methods: dict[str, grpc.RpcMethodHandler[Any, Any]] = {"AmI": grpc.unary_unary_rpc_method_handler(gate.answer)}
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler("test.Who", methods),))
    gate.port = server.add_secure_port("127.0.0.1:0", gate.tls.server_credentials())
    await server.start()
    yield gate
    await server.stop(None)


async def code_of(call: Any) -> grpc.StatusCode:
    """The status that a call fails with; it must."""
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await call
    code: grpc.StatusCode = caught.value.code()
    return code


ANSWER = "child-welfare fee-desk s-0107 cw-3 caseworker"


@pytest.mark.rule("W1", "W2")
async def test_certificate_and_token_over_the_wire(gate: Gate) -> None:
    """What gRPC says of a connection and a call is enough to name the caller, the second time from memory."""
    async with gate.connect(gate.client) as ask:
        assert [await ask(gate.token()), await ask(gate.token())] == [ANSWER, ANSWER]


@pytest.mark.rule("W1")
async def test_no_client_certificate_no_connection(gate: Gate) -> None:
    """The handshake fails; no servicer hears of it."""
    async with gate.connect(None) as ask:
        assert await code_of(ask(gate.token())) is grpc.StatusCode.UNAVAILABLE
    assert (gate.doubts, gate.refused) == ([], [])


@pytest.mark.rule("W1")
async def test_a_stranger_s_certificate_gets_no_connection(gate: Gate) -> None:
    """A certificate of the right form from another authority fails in the handshake."""
    stranger = Authority.create(TRUST_DOMAIN, NOW).issue_client("child-welfare", "fee-desk", NOW)
    async with gate.connect(stranger) as ask:
        assert await code_of(ask(gate.token())) is grpc.StatusCode.UNAVAILABLE
    assert gate.doubts == []


@pytest.mark.rule("W1", "W2")
async def test_a_certificate_alone_is_refused_and_recorded_under_its_system(gate: Gate) -> None:
    """No token, somebody else's token: UNAUTHENTICATED, and the record can say which system it was."""
    other = gate.folder.open_authority().issue_client("city-planning", "atlas", NOW)
    async with gate.connect(other) as ask:
        assert await code_of(ask(None)) is grpc.StatusCode.UNAUTHENTICATED
        assert await code_of(ask(gate.token())) is grpc.StatusCode.UNAUTHENTICATED
    assert (gate.doubts, gate.refused) == ([Doubt.NO_TOKEN, Doubt.BOUND_TO_ANOTHER_CERTIFICATE], ["atlas", "atlas"])


async def test_a_system_without_a_name_is_recorded_as_unknown(gate: Gate) -> None:
    """A certificate of the right authority but not of the form opens no door, and claims no name in the records."""
    nameless = certificate(gate.folder.open_authority().issued, [x509.DNSName("fee-desk")], issued=NOW)
    async with gate.connect(nameless) as ask:
        assert await code_of(ask(gate.token())) is grpc.StatusCode.UNAUTHENTICATED
    assert (gate.doubts, gate.refused) == ([Doubt.CERTIFICATE_MALFORMED], ["unknown"])


@pytest.mark.rule("W2")
async def test_token_keys_change_under_a_running_server(gate: Gate) -> None:
    """Both keys during a rotation, then the new one alone; the old token ends on an open connection."""
    new = Provider.create(issuer=issuer_of(TRUST_DOMAIN), audience=audience_of(TRUST_DOMAIN))
    old_token, new_token = gate.token(), gate.token(new)
    async with gate.connect(gate.client) as ask:
        assert await ask(old_token) == ANSWER
        assert await code_of(ask(new_token)) is grpc.StatusCode.UNAUTHENTICATED
        gate.folder.jwks.write_bytes(jwks(gate.folder.open_provider(), new))
        gate.refresher.look()
        assert [await ask(old_token), await ask(new_token)] == [ANSWER, ANSWER]
        gate.folder.jwks.write_bytes(jwks(new))
        gate.refresher.look()
        assert await code_of(ask(old_token)) is grpc.StatusCode.UNAUTHENTICATED
        assert await ask(new_token) == ANSWER
    assert gate.reports == [Refreshed("jwks", None)] * 2


async def test_a_broken_key_set_changes_nothing_and_is_said_once(gate: Gate) -> None:
    """The old keys stay; the fault is reported once, names the file, and its end is reported too."""
    good = gate.folder.jwks.read_bytes()
    async with gate.connect(gate.client) as ask:
        gate.folder.jwks.write_bytes(good[: len(good) // 2])  # as a copy in progress looks
        gate.refresher.look()
        gate.refresher.look()
        assert await ask(gate.token()) == ANSWER
    gate.folder.jwks.write_bytes(good)
    gate.refresher.look()
    assert gate.reports == [
        Refreshed("jwks", f"{gate.folder.jwks}: is not JSON"),
        Refreshed("jwks", None),
    ]


async def test_the_server_certificate_changes_under_a_running_server(gate: Gate, tmp_path: Path) -> None:
    """New connections meet the new certificate, old ones live on, and half a change is waited out."""
    new_trust = tmp_path / "new-ca.crt"
    other = Authority.create(TRUST_DOMAIN, NOW)
    new_trust.write_bytes(other.issued.certificate)
    issued = other.issue_server((), NOW)
    async with gate.connect(gate.client) as before:
        assert await before(gate.token()) == ANSWER
        gate.folder.server.certificate.write_bytes(issued.certificate)
        gate.refresher.look()  # the key is still the old one's
        async with gate.connect(gate.client) as still:
            assert await still(gate.token()) == ANSWER
        gate.folder.server.key.write_bytes(issued.key)
        gate.refresher.look()
        async with gate.connect(gate.client, new_trust) as after:
            assert await after(gate.token()) == ANSWER
        async with gate.connect(gate.client) as mistaken:
            assert await code_of(mistaken(gate.token())) is grpc.StatusCode.UNAVAILABLE
        assert await before(gate.token()) == ANSWER
    files = f"{gate.folder.server.key}: is not the key of {gate.folder.server.certificate}; replace both together"
    assert gate.reports == [Refreshed("tls", files), Refreshed("tls", None)]


@pytest.mark.rule("W1", "W2")
async def test_a_withdrawn_authority_ends_its_clients_at_once(gate: Gate) -> None:
    """After a change of the trust bundle old clients get no new connection and no answer on an open one."""
    fresh = Authority.create(TRUST_DOMAIN, NOW)
    newcomer = fresh.issue_client("child-welfare", "fee-desk", NOW)
    server_trust = gate.folder.path / "old-ca.crt"
    server_trust.write_bytes(gate.folder.authority.certificate.read_bytes())
    token, other_token = gate.token(), gate.token(client=newcomer)
    async with gate.connect(gate.client) as opened:
        assert await opened(token) == ANSWER
        gate.folder.authority.certificate.write_bytes(fresh.issued.certificate)
        gate.refresher.look()
        assert await code_of(opened(token)) is grpc.StatusCode.UNAUTHENTICATED
    async with gate.connect(gate.client, server_trust) as again:
        assert await code_of(again(token)) is grpc.StatusCode.UNAVAILABLE
    async with gate.connect(newcomer, server_trust) as ask:
        assert await ask(other_token) == ANSWER
    assert gate.doubts == [Doubt.CERTIFICATE_UNTRUSTED]


async def test_the_refresher_looks_by_itself(gate: Gate) -> None:
    """A running server needs nobody to tell it that a file has changed."""
    heard: asyncio.Queue[Refreshed] = asyncio.Queue()
    refresher = Refresher({"jwks": gate.jwks}, heard.put_nowait)

    async def look() -> None:
        refresher.look()

    running = asyncio.create_task(Chore(0.001, look).run(make_log(StringIO())))
    gate.folder.jwks.unlink()
    assert (await heard.get()).fault == f"{gate.folder.jwks}: cannot be read: No such file or directory"
    running.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await running


def test_missing_files_stop_the_start(tmp_path: Path) -> None:
    """No key set, no start."""
    with pytest.raises(FileFault, match="cannot be read: No such file"):
        JwksFile(tmp_path / "jwks.json")
