"""Act 10: the ledger, verified; a copy of it, bent; and what both say in clear.

Rule: what is searched for must be findable: the same search is run over the register first.
"""

from __future__ import annotations

import asyncio
import shutil
from base64 import b64encode
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from gateway.clock import iso
from gateway.demo.scene import Scene
from gateway.ledger.keys import SNAPSHOT_LABEL, WRAPPING_LABEL
from gateway.ledger.ledger import LEDGER_FILE
from gateway.ledger.store import SqliteStore
from gateway.ledger.verify import Report, verify
from gateway.register.city.build import REGISTER_FILE
from masking.keyring import Keyring

TITLE: Final = "The ledger (閲覧記録)"
WHY: Final = (
    "Every look and every refusal above is one record, on the disk before the answer left. The gateway is stopped, and "
    "the ledger verified from its file alone: hashes, head, and each decision made again."
)
_KINDS: Final = (
    "genesis: the ledger begins; start: a gateway starts; book: the purposes in force; counts: where all budgets "
    "stand, once a day; directory: the staff directory in force; grant: asked for, approved, taken back; disclosure: a "
    "look or a page, also one that found nobody; refusal: a look refused, a wait too."
)
_BENT: Final = "state.bent"


async def play(scene: Scene) -> None:
    """Drain, verify, bend a copy, search for what must not be there."""
    screen = scene.screen
    code, seconds = await scene.server.drain()
    screen.verdict(f"SIGTERM: drained in {seconds:.1f} s, exit code {code}", holds=code == 0)
    state = scene.estate.state
    screen.say("")
    report = await asyncio.to_thread(_verified, scene, state)
    _show(scene, report)
    screen.verdict("everything holds", holds=not report.faults and report.records > 0)
    screen.say("")
    await _bend(scene)
    screen.say("")
    _search(scene)


def _verified(scene: Scene, state: Path) -> Report:
    keyring = Keyring.open(scene.estate.keyring)
    return verify(state, wrapping=keyring.derive(WRAPPING_LABEL), snapshot=keyring.derive(SNAPSHOT_LABEL))


def _show(scene: Scene, report: Report) -> None:
    kinds = ", ".join(f"{count} {kind}" for kind, count in sorted(report.kinds.items()))
    root = b64encode(report.head.root).decode() if report.head is not None else "none"
    scene.screen.table(
        ("Verified", "Found"),
        [
            ("ledger", report.origin),
            ("records", f"{report.records}: {kinds}"),
            ("residents", f"{report.subjects} different ones, on {report.lines} lines"),
            ("decisions made again", str(report.decisions)),
            ("signed checkpoints", str(report.checkpoints)),
            ("from, to", f"{iso(report.first)}, {iso(report.last)}"),
            ("head", f"{report.records} {root}"),
        ],
    )
    scene.screen.say(_KINDS, "dim")
    for fault in report.faults:
        scene.screen.say(str(fault), "red")


async def _bend(scene: Scene) -> None:
    """Somebody with access to the disk changes one byte of the record of the collector's look."""
    screen, bent = scene.screen, scene.estate.path / _BENT
    place = int(scene.receipt.partition(".")[0])
    shutil.rmtree(bent, ignore_errors=True)
    shutil.copytree(scene.estate.state, bent)
    offset = _bend_byte(bent / LEDGER_FILE, place)
    report = await asyncio.to_thread(_verified, scene, bent)
    shutil.rmtree(bent)
    screen.say(f"In a copy, byte {offset:,} is changed: it lies in record {place}, the collector's look of act 2.")
    for fault in report.faults:
        screen.say(f"  {fault}", "yellow")
    screen.verdict(
        f"one changed byte is found out, and where: record {place}",
        holds=place in {fault.seq for fault in report.faults},
    )


def _bend_byte(file: Path, place: int) -> int:
    """Flip one bit of one byte in the sealed body of a record; returns the byte's offset in the file."""
    store = SqliteStore.open(file, read_only=True)
    try:
        body = next(stored.body for stored in store.records(place))
    finally:
        store.close()
    content = bytearray(file.read_bytes())
    offset = content.index(body) + len(body) // 2
    content[offset] ^= 1
    file.write_bytes(content)
    return offset


def _search(scene: Scene) -> None:
    """Whoever copies the ledger or the process log learns of nobody."""
    company, screen = scene.company, scene.screen
    estate = scene.estate
    needles = company.asked | company.told
    files = [*(path for path in estate.state.rglob("*") if path.is_file()), scene.server.log]
    found, octets = _found(needles, files)
    control, _ = _found(needles, [estate.path / "city" / REGISTER_FILE])
    screen.verdict(
        f"{len(company.asked)} resident ids and {len(company.told)} names, searched for in {octets:,} octets of "
        f"ledger and process log: {found} found (in the register: {control})",
        holds=found == 0 and control > len(company.told) > 0,
    )


def _found(needles: Iterable[str], files: Iterable[Path]) -> tuple[int, int]:
    """How many of `needles` stand in any of `files`, and how many octets were searched."""
    contents = [file.read_bytes() for file in files]
    found = sum(any(needle.encode() in content for content in contents) for needle in needles)
    return found, sum(map(len, contents))
