"""Connections whose makers say nothing."""

from __future__ import annotations

import asyncio

import pytest

from gateway.demo.estate import Estate
from gateway.rpc import server
from tests.estates import opened


async def test_who_connects_and_says_nothing_is_let_go(estate: Estate, monkeypatch: pytest.MonkeyPatch) -> None:
    """A connection that shows no certificate in time is closed: it holds a descriptor and nothing else."""
    monkeypatch.setattr(server, "_HANDSHAKE", 1)
    async with opened(estate) as house:
        host, _, port = house.gateway.address.rpartition(":")
        reader, writer = await asyncio.open_connection(host, int(port))
        # At once it would be refused, not silent; never would be the two minutes that gRPC waits by itself.
        async with asyncio.timeout(30):
            assert await reader.read() == b""
        writer.close()
