"""All names of a register, as whoever reads remarks has to know them."""

from __future__ import annotations

import contextlib
import sqlite3

import pytest

from gateway.demo.estate import Estate
from gateway.register import names
from gateway.register.names import names_of
from gateway.register.schema_reading import read_schema_map
from gateway.register.sql import open_register
from tests.estates import ROOT

SCHEMA = read_schema_map(ROOT / "config" / "register-map.yaml")


async def brought(estate: Estate) -> list[str]:
    """The names of the estate's city."""
    register = open_register(f"sqlite:///{estate.path / 'city' / 'register.db'}", SCHEMA)
    try:
        return await names_of(register, SCHEMA.mapped.fields)
    finally:
        await register.close()


async def test_every_entry_s_names_and_readings_are_brought_once(
    built: Estate, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever lives here, moved away or died, whatever page they are on; no more than are wanted."""
    with contextlib.closing(sqlite3.connect(built.path / "city" / "register.db")) as register:
        there = {
            name
            for row in register.execute("SELECT shimei, shimei_kana FROM juki_resident")
            for name in row
            if name is not None
        }
    monkeypatch.setattr(names, "_PAGE", 37)
    found = await brought(built)
    assert len(found) == len(set(found))
    assert there <= set(found)
    monkeypatch.setattr(names, "MOST", 100)
    assert await brought(built) == found[:100]
