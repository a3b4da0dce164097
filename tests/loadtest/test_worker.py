"""The worker: it waits for nobody."""

from __future__ import annotations

import asyncio
import io
from base64 import b64encode
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from time import monotonic_ns
from typing import Any

import grpc
import pytest

from gateway.clock import SystemClock
from gateway.pki import folder as pki
from gateway.v1 import register_pb2 as pb
from loadtest.answers import Row, read_rows
from loadtest.scenario import Call
from loadtest.worker import LEFT, MISSED, OK, Job, Worker, key_of, person_key

Answer = Callable[[], Awaitable[None]]


@pytest.fixture
def folder(tmp_path: Path) -> pki.Folder:
    """Certificates of a server and a client."""
    pki.create(tmp_path / "pki", "shiomi.example", ["localhost", "127.0.0.1"], SystemClock().wall(), 2)
    made = pki.Folder(tmp_path / "pki")
    made.issue_client("planning", "statistics", SystemClock().wall(), 2)
    return made


@asynccontextmanager
async def served(folder: pki.Folder, answer: Answer) -> AsyncIterator[int]:
    """A server that finds everybody, once `answer` lets it."""

    async def get_resident(_request: bytes, _context: Any) -> bytes:
        await answer()
        return pb.GetResidentResponse(receipt=pb.Receipt(disclosure_id="1.a")).SerializeToString()

    handler: grpc.RpcMethodHandler[Any, Any] = grpc.unary_unary_rpc_method_handler(get_resident)
    server = grpc.aio.server()
    service = grpc.method_handlers_generic_handler("gateway.v1.RegisterService", {"GetResident": handler})
    server.add_generic_rpc_handlers((service,))
    pair = (folder.server.key.read_bytes(), folder.server.certificate.read_bytes())
    trusted = folder.authority.certificate.read_bytes()
    port = server.add_secure_port("127.0.0.1:0", grpc.ssl_server_credentials([pair], trusted, require_client_auth=True))
    await server.start()
    try:
        yield port
    finally:
        await server.stop(0)


async def worked(
    folder: pki.Folder, port: int, moments: list[int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> list[Row]:
    """The rows of lookups that are due at these moments, µs."""
    pair = folder.client("planning", "statistics")
    request = b64encode(pb.GetResidentRequest(resident_id="1").SerializeToString()).decode()
    job = Job(
        f"127.0.0.1:{port}",
        str(folder.authority.certificate),
        str(pair.certificate),
        str(pair.key),
        [["token"]],
        [[(at, 0, Call.LOOKUP.value, request, ["1"]) for at in moments]],
    )
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{monotonic_ns()}\n"))
    path = tmp_path / "rows"
    with path.open("w", encoding="utf-8", buffering=1) as rows:
        await Worker(job, rows).run()
    return read_rows(path)


async def test_a_gateway_that_stalls_does_not_hold_the_load_up(
    folder: pki.Folder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The server answers nobody before all have asked: whoever waited for an answer before asking again would wait for
    ever. Each latency counts from the moment due, so the stall shows in all of them.
    """
    moments, come, all_here = [at * 10_000 for at in range(20)], 0, asyncio.Event()

    async def answer() -> None:
        nonlocal come
        come += 1
        if come == len(moments):
            all_here.set()
        await all_here.wait()

    async with served(folder, answer) as port:
        rows = await worked(folder, port, moments, tmp_path, monkeypatch)
    assert [row.outcome for row in rows] == [OK] * 20
    last = max(row.due for row in rows)
    assert all(row.done - row.due >= last - row.due for row in rows)
    assert {row.due - min(each.due for each in rows) for row in rows} == set(moments)


async def test_what_cannot_be_sent_is_counted(
    folder: pki.Folder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Beyond so many that wait for answers a question is missed, and a row says so."""
    monkeypatch.setattr("loadtest.worker.IN_FLIGHT", 3)
    monkeypatch.setattr("loadtest.worker.PATIENCE", 0.2)

    async def never() -> None:
        await asyncio.Event().wait()

    async with served(folder, never) as port:
        rows = await worked(folder, port, [0] * 5, tmp_path, monkeypatch)
    assert len(rows) == 5
    assert sum(row.outcome == MISSED for row in rows) == 2
    assert {row.outcome for row in rows} <= {MISSED, LEFT, "DEADLINE_EXCEEDED"}


def test_a_resident_is_told_by_id_pseudonym_or_person() -> None:
    """Whatever the purpose shows; rows hold no names."""
    by_id, by_pseudonym, by_person = pb.Resident(), pb.Resident(), pb.Resident()
    by_id.resident_id.exact = "1234567890"
    by_pseudonym.resident_id.pseudonym = "sk1A"
    by_person.name.exact, by_person.name_kana.exact = "髙橋　花子", "タカハシ　ハナコ"
    by_person.birth_date.exact.CopyFrom(pb.PartialDate(year=1970, month=8, day=12))
    assert (key_of(by_id), key_of(by_pseudonym)) == ("r:1234567890", "p:sk1A")
    assert key_of(by_person) == person_key("髙橋　花子", "タカハシ　ハナコ", (1970, 8, 12))
    assert "髙橋" not in key_of(by_person)
