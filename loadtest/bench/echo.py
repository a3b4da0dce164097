"""The yardstick: a bare `grpc.aio` server that gives an equal answer at once.

Same event loop, same TLS, same messages; no identity beyond TLS, no purpose, no register, no record.
`python -m loadtest.bench.echo PKI-FOLDER ANSWER-FILE PAGE-FILE` prints its port and serves until it is ended.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import grpc

from gateway.cli.serve import loop_factory
from gateway.pki.folder import Folder
from gateway.v1 import register_pb2 as pb


async def serve(pki: Folder, answer: pb.GetResidentResponse, page: pb.StreamResidentsResponse, pages: int) -> None:
    """Serve until cancelled."""

    async def get_resident(_request: pb.GetResidentRequest, _context: Any) -> pb.GetResidentResponse:
        return answer

    async def stream_residents(_request: pb.StreamResidentsRequest, _context: Any) -> AsyncIterator[Any]:
        for _ in range(pages):
            yield page

    server = grpc.aio.server(options=[("grpc.so_reuseport", 0)])
    server.add_generic_rpc_handlers(
        (
            grpc.method_handlers_generic_handler(
                "gateway.v1.RegisterService",
                {
                    "GetResident": grpc.unary_unary_rpc_method_handler(
                        get_resident,
                        request_deserializer=pb.GetResidentRequest.FromString,
                        response_serializer=pb.GetResidentResponse.SerializeToString,
                    ),
                    "StreamResidents": grpc.unary_stream_rpc_method_handler(
                        stream_residents,
                        request_deserializer=pb.StreamResidentsRequest.FromString,
                        response_serializer=pb.StreamResidentsResponse.SerializeToString,
                    ),
                },
            ),
        )
    )
    credentials = grpc.ssl_server_credentials(
        [(pki.server.key.read_bytes(), pki.server.certificate.read_bytes())],
        pki.authority.certificate.read_bytes(),
        require_client_auth=True,
    )
    port = server.add_secure_port("127.0.0.1:0", credentials)
    await server.start()
    print(port, flush=True)
    await server.wait_for_termination()


def main() -> None:
    """Read the answers and serve."""
    folder, answer, page, pages = sys.argv[1:]
    with asyncio.Runner(loop_factory=loop_factory()) as runner:
        runner.run(
            serve(
                Folder(Path(folder)),
                pb.GetResidentResponse.FromString(Path(answer).read_bytes()),
                pb.StreamResidentsResponse.FromString(Path(page).read_bytes()),
                int(pages),
            )
        )


if __name__ == "__main__":
    main()
