"""The worker: sends each question when it is due, whatever became of those before, and writes down every answer.

Rule: a latency counts from the moment a question was *due*, so that a slow gateway cannot make the load wait for it
(no coordinated omission); what could not be sent is counted, never dropped in silence. A process of its own, run as
`python -m loadtest.worker JOB-FILE ROWS-FILE`; it talks with its driver in lines on its standard streams.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import json
import ssl
import sys
import threading
from base64 import b64decode
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic_ns, sleep
from typing import Any, Final, TextIO

import grpc

from gateway.cli.client import denial_of
from gateway.cli.serve import loop_factory
from gateway.refusal import Reason
from gateway.v1 import register_pb2 as pb
from loadtest.scenario import Call

CONNECTIONS: Final = 8
"""People of a department share this many connections, as a department system's workers would."""
IN_FLIGHT: Final = 2_000
"""Questions of one worker that wait for answers at once; a question due beyond them is a missed one."""
PATIENCE: Final = 15.0
"""Seconds that an answer is waited for."""

_AGAIN: Final = 0.25
"""Seconds after which a reader who was cut off asks again."""

OK: Final = "OK"
PAGE: Final = "PAGE"
MISSED: Final = "MISSED"
"""It was due and could not be sent."""
LEFT: Final = "LEFT"
"""The client hung up."""


@dataclass(frozen=True, slots=True)
class Job:
    """What to do: where to, with which certificate, and the questions of each day: (due µs, caller, call, request in
    base64, ids). `tokens`: of each caller one, or one a day. `again`: people ask again as soon as they were answered,
    until `until` µs.
    """

    address: str
    authority: str
    certificate: str
    key: str
    tokens: Sequence[Sequence[str]]
    days: Sequence[Sequence[tuple[int, int, str, str, Sequence[str]]]]
    again: bool = False
    until: int = 0


@dataclass(slots=True)
class Count:
    """What has become of the questions so far."""

    sent: int = 0
    answered: int = 0
    refused: int = 0
    missed: int = 0
    lost: int = 0


_METHODS: Final[dict[Call, tuple[str, Any]]] = {
    Call.LOOKUP: ("GetResident", pb.GetResidentResponse),
    Call.MISS: ("GetResident", pb.GetResidentResponse),
    Call.STRANGER: ("GetResident", pb.GetResidentResponse),
    Call.BATCH: ("BatchGetResidents", pb.BatchGetResidentsResponse),
    Call.SEARCH: ("SearchResidents", pb.SearchResidentsResponse),
    Call.STREAM: ("StreamResidents", pb.StreamResidentsResponse),
    Call.GRANTED_STREAM: ("StreamResidents", pb.StreamResidentsResponse),
}
_STREAMS: Final = frozenset({Call.STREAM, Call.GRANTED_STREAM})


def key_of(resident: pb.Resident) -> str:
    """What tells this resident from others in the answers of one purpose: the id or pseudonym if it is shown, else who
    they are.
    """
    shown = resident.resident_id
    if shown.exact or shown.pseudonym:
        return f"r:{shown.exact}" if shown.exact else f"p:{shown.pseudonym}"
    born = resident.birth_date.exact
    return person_key(resident.name.exact, resident.name_kana.exact, (born.year, born.month, born.day))


def person_key(name: str, kana: str, born: tuple[int, int, int]) -> str:
    """A resident by who they are, hashed: rows of a run need not hold names."""
    said = f"{name}\n{kana}\n{born[0]:04}-{born[1]:02}-{born[2]:02}"
    return f"n:{hashlib.blake2b(said.encode(), digest_size=9).hexdigest()}"


@dataclass(slots=True)
class Worker:
    """One run of one load."""

    job: Job
    rows: TextIO
    count: Count = field(default_factory=Count)
    _day: int = 0
    _start: int = 0
    _flying: set[asyncio.Task[None]] = field(default_factory=set)
    _calls: list[dict[Call, Any]] = field(default_factory=list)

    async def run(self) -> None:
        """Connect, wait for the word, send, wait for what is under way."""
        channels = self._channels()
        await asyncio.gather(*(channel.channel_ready() for channel in channels))
        try:
            for day, sends in enumerate(self.job.days):
                self._day = day
                _tell({"ready": day})
                self._start = int(await asyncio.to_thread(sys.stdin.readline))
                await self._send_all(sends)
                _, late = await asyncio.wait(self._flying, timeout=PATIENCE) if self._flying else (set(), set())
                for task in late:
                    task.cancel()
                await asyncio.gather(*late, return_exceptions=True)
        finally:
            for channel in channels:
                await channel.close()

    def _channels(self) -> list[grpc.aio.Channel]:
        job = self.job
        credentials = grpc.ssl_channel_credentials(
            Path(job.authority).read_bytes(), Path(job.key).read_bytes(), Path(job.certificate).read_bytes()
        )
        options = [
            # Without a pool of its own each channel would share one connection with all others.
            ("grpc.use_local_subchannel_pool", 1),
            # A gateway that was killed is back within a second or two.
            ("grpc.initial_reconnect_backoff_ms", 100),
            ("grpc.min_reconnect_backoff_ms", 100),
            ("grpc.max_reconnect_backoff_ms", 500),
        ]
        channels = [
            grpc.aio.secure_channel(job.address, credentials, options) for _ in range(min(len(job.tokens), CONNECTIONS))
        ]
        for channel in channels:
            self._calls.append(
                {
                    call: (channel.unary_stream if call in _STREAMS else channel.unary_unary)(
                        f"/gateway.v1.RegisterService/{method}",
                        request_serializer=None,
                        response_deserializer=response.FromString,
                    )
                    for call, (method, response) in _METHODS.items()
                }
            )
        return channels

    async def _send_all(self, sends: Sequence[tuple[int, int, str, str, Sequence[str]]]) -> None:
        loop, done = asyncio.get_running_loop(), asyncio.Event()
        due = iter(enumerate(sends))

        def send(number: int, entry: tuple[int, int, str, str, Sequence[str]]) -> None:
            if len(self._flying) >= IN_FLIGHT:
                self.count.missed += 1
                self._row(number, 0, self._start // 1000 + entry[0], 0, 0, MISSED, "", 0, ())
                return
            self.count.sent += 1
            task = loop.create_task(self._ask(number, entry))
            self._flying.add(task)
            task.add_done_callback(self._flying.discard)

        pacer = threading.Thread(target=_pace, args=(loop, due, self._start, send, done.set), daemon=True)
        pacer.start()
        await done.wait()

    async def _ask(self, number: int, entry: tuple[int, int, str, str, Sequence[str]]) -> None:
        at, caller, word, request, residents = entry
        call, due = Call(word), self._start // 1000 + at
        octets = b64decode(request)
        if call is Call.NOBODY:
            await self._knock(number, due)
        elif call in _STREAMS and self.job.again:
            await self._read_on(number, due, caller, octets)
        elif call in _STREAMS:
            await self._read(number, due, caller, octets)
        else:
            await self._unary(number, due, caller, call, octets, residents)

    def _metadata(self, caller: int, call: Call) -> tuple[tuple[str, str], ...]:
        tokens = self.job.tokens[caller]
        token = tokens[min(self._day, len(tokens) - 1)]
        if call is Call.STRANGER:
            # Its signature is wrong, and nobody can know that without checking it.
            token = token[:-8] + token[-8:].swapcase()
        return (("authorization", f"Bearer {token}"),)

    async def _unary(
        self, number: int, due: int, caller: int, call: Call, request: bytes, residents: Sequence[str]
    ) -> None:
        sent = monotonic_ns() // 1000
        method = self._calls[caller % len(self._calls)][call]
        try:
            answer = await method(request, metadata=self._metadata(caller, call), timeout=PATIENCE)
        except grpc.aio.AioRpcError as error:
            outcome = self._refused(error)
            told = [f"r:{each}" for each in residents] if outcome == Reason.RESIDENT_NOT_FOUND else []
            self._row(number, 0, due, sent, monotonic_ns() // 1000, outcome, "", 0, told)
            return
        except asyncio.CancelledError:
            self.count.lost += 1
            self._row(number, 0, due, sent, monotonic_ns() // 1000, LEFT, "", 0, ())
            raise
        self.count.answered += 1
        done = monotonic_ns() // 1000
        if isinstance(answer, pb.SearchResidentsResponse):
            keys, delivered = [key_of(each) for each in answer.residents], len(answer.residents)
        else:
            keys = [f"r:{each}" for each in residents]
            entries = getattr(answer, "entries", None)
            delivered = 1 if entries is None else sum(each.HasField("resident") for each in entries)
        self._row(number, 0, due, sent, done, OK, answer.receipt.disclosure_id, delivered, keys)

    def _refused(self, error: grpc.aio.AioRpcError) -> str:
        denial = denial_of(error)
        if denial.reason:
            self.count.refused += 1
        else:
            self.count.lost += 1
        return denial.reason or denial.code

    async def _read(
        self, number: int, due: int, caller: int, request: bytes, cursor: Callable[[str], None] = lambda _cursor: None
    ) -> str:
        """One stream to its end; what it ended with. `cursor` hears where one could go on."""
        sent, page = monotonic_ns() // 1000, 0
        stream = self._calls[caller % len(self._calls)][Call.STREAM](
            request, metadata=self._metadata(caller, Call.STREAM)
        )
        outcome = OK
        try:
            async for answer in stream:
                page += 1
                done = monotonic_ns() // 1000
                keys = [key_of(each) for each in answer.residents]
                self._row(number, page, due, sent, done, PAGE, answer.receipt.disclosure_id, len(keys), keys)
                cursor(answer.next_cursor)
            self.count.answered += 1
        except grpc.aio.AioRpcError as error:
            outcome = self._refused(error)
        except asyncio.CancelledError:
            stream.cancel()
            outcome = LEFT
            raise
        finally:
            self._row(number, 0, due, sent, monotonic_ns() // 1000, outcome, "", 0, ())
        return outcome

    async def _read_on(self, number: int, due: int, caller: int, request: bytes) -> None:
        """Stream after stream until it is time to stop; one that broke off is gone on with where it was."""
        asked = pb.StreamResidentsRequest.FromString(request)

        def go_on(cursor: str) -> None:
            asked.cursor = cursor

        end = self._start // 1000 + self.job.until
        while (left := (end - monotonic_ns() // 1000) / 1e6) > 0:
            outcome = LEFT
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(left):
                    outcome = await self._read(number, due, caller, asked.SerializeToString(), go_on)
            due = monotonic_ns() // 1000
            if outcome == OK:
                asked.cursor = ""
            elif outcome != LEFT:
                await asyncio.sleep(_AGAIN)
            self.count.sent += 1

    async def _knock(self, number: int, due: int) -> None:
        """Come without a certificate: the handshake ends it, or the first thing that is read."""
        sent = monotonic_ns() // 1000
        context = ssl.create_default_context(cafile=self.job.authority)
        context.check_hostname = False
        context.set_alpn_protocols(["h2"])
        host, _, port = self.job.address.rpartition(":")
        outcome = "LET_IN"
        try:
            reader, writer = await asyncio.open_connection(host, int(port), ssl=context)
            try:
                # TLS 1.3 tells the client of a missing certificate only after its own part of the handshake is done.
                if not await asyncio.wait_for(reader.read(1), PATIENCE):
                    outcome = "NO_CERTIFICATE"
            finally:
                writer.close()
        except (OSError, TimeoutError):
            outcome = "NO_CERTIFICATE"
        self.count.refused += 1
        self._row(number, 0, due, sent, monotonic_ns() // 1000, outcome, "", 0, ())

    def _row(
        self,
        number: int,
        page: int,
        due: int,
        sent: int,
        done: int,
        outcome: str,
        receipt: str,
        delivered: int,
        keys: Sequence[str],
    ) -> None:
        row = [self._day, number, page, due, sent, done, outcome, receipt, delivered, list(keys)]
        self.rows.write(json.dumps(row, separators=(",", ":")) + "\n")


def _pace(
    loop: asyncio.AbstractEventLoop,
    due: Any,
    start: int,
    send: Callable[..., None],
    done: Callable[[], None],
) -> None:
    """Hand over each question when it is due. A thread: an event loop's own timers are a millisecond coarse."""
    for number, entry in due:
        wait = start + entry[0] * 1000 - monotonic_ns()
        if wait > 0:
            sleep(wait / 1e9)
        loop.call_soon_threadsafe(send, number, entry)
    loop.call_soon_threadsafe(done)


def _tell(said: dict[str, Any]) -> None:
    print(json.dumps(said), flush=True)


async def _run(job: Job, rows: TextIO) -> None:
    worker = Worker(job, rows)

    async def tell() -> None:
        while True:
            await asyncio.sleep(0.5)
            count = worker.count
            _tell(
                {
                    "sent": count.sent,
                    "answered": count.answered,
                    "refused": count.refused,
                    "missed": count.missed,
                    "lost": count.lost,
                }
            )

    telling = asyncio.create_task(tell())
    try:
        await worker.run()
    finally:
        telling.cancel()


def main() -> None:
    """Read a job, run it."""
    job_file, rows_file = sys.argv[1:]
    # The pacing thread has to get its turn within a fraction of a millisecond.
    sys.setswitchinterval(0.0005)
    job = Job(**json.loads(Path(job_file).read_text(encoding="utf-8")))
    with (
        Path(rows_file).open("w", encoding="utf-8", buffering=1) as rows,
        asyncio.Runner(loop_factory=loop_factory()) as runner,
    ):
        runner.run(_run(job, rows))


if __name__ == "__main__":
    main()
