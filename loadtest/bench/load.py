"""The load: so many callers, each asking again as soon as it is answered, over persistent connections.

Rule: one client for whatever is measured. Bounded in time; loopback only. Reads a job (JSON) on standard input,
writes what it saw (JSON) on standard output; run as `python -m loadtest.bench.load` on a core of its own.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Any, Final

import grpc

from gateway.cli.serve import loop_factory
from gateway.v1 import register_pb2 as pb

_CONNECTIONS: Final = 8
"""Callers share this many connections, as a department system's workers would."""


@dataclass(frozen=True, slots=True)
class Job:
    """Where to, with what, how many callers for how long. `requests` are (token, serialized request) in hex."""

    port: int
    authority: str
    certificate: str
    key: str
    callers: int
    warmup: float
    seconds: float
    requests: Sequence[tuple[str, str]]


def _channels(job: Job) -> list[grpc.aio.Channel]:
    credentials = grpc.ssl_channel_credentials(
        Path(job.authority).read_bytes(), Path(job.key).read_bytes(), Path(job.certificate).read_bytes()
    )
    # Without a pool of its own each channel would share one connection with all others.
    options = [("grpc.use_local_subchannel_pool", 1)]
    return [
        grpc.aio.secure_channel(f"127.0.0.1:{job.port}", credentials, options)
        for _ in range(min(job.callers, _CONNECTIONS))
    ]


async def run(job: Job) -> dict[str, Any]:
    """Ask until the time is over; latencies in µs of every call that began and ended inside it."""
    channels = _channels(job)
    calls = [
        channel.unary_unary(
            "/gateway.v1.RegisterService/GetResident",
            request_serializer=pb.GetResidentRequest.SerializeToString,
            response_deserializer=pb.GetResidentResponse.FromString,
        )
        for channel in channels
    ]
    requests = [
        (pb.GetResidentRequest.FromString(bytes.fromhex(request)), (("authorization", f"Bearer {token}"),))
        for token, request in job.requests
    ]
    latencies: list[float] = []
    begin = perf_counter() + job.warmup
    end = begin + job.seconds

    async def caller(number: int) -> None:
        call, place = calls[number % len(calls)], number * 7
        while (start := perf_counter()) < end:
            request, metadata = requests[place % len(requests)]
            place += job.callers
            answer = await call(request, metadata=metadata)
            done = perf_counter()
            if not answer.HasField("resident"):
                raise RuntimeError("an answer without a resident")
            if start >= begin and done <= end:
                latencies.append((done - start) * 1e6)

    async def told() -> None:
        """Say when warming up is over, so that the server's processor time can be read then."""
        await asyncio.sleep(job.warmup)
        print("begin", flush=True)

    await asyncio.gather(told(), *(caller(number) for number in range(job.callers)))
    for channel in channels:
        await channel.close()
    latencies.sort()
    return {
        "calls": len(latencies),
        "per_second": len(latencies) / job.seconds,
        "p50_us": latencies[len(latencies) // 2],
        "p99_us": latencies[int(len(latencies) * 0.99)],
    }


def main() -> None:
    """Read a job, run it, write what was seen."""
    job = Job(**json.load(sys.stdin))
    with asyncio.Runner(loop_factory=loop_factory()) as runner:
        print(json.dumps(runner.run(run(job))), flush=True)


if __name__ == "__main__":
    main()
