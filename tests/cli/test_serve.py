"""`register-gateway serve` and `check-config` as programs: what they print, how they end, what is left behind."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import sqlite3
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import grpc
import pytest

from gateway.cli import app
from gateway.cli.client import connected
from gateway.clock import SystemClock
from gateway.demo.estate import Estate
from gateway.ledger.v1 import record_pb2
from gateway.register.city import StaffRole
from gateway.v1 import register_pb2 as pb
from tests.estates import (
    AMPLE,
    COUNTER,
    ROOT,
    STATISTICS,
    Desk,
    access,
    asked,
    copied,
    lookup,
    purpose_file,
    receipts_kept,
    records,
    rewrite,
    selection,
    setting,
    strangers,
    told,
    verified,
)


@dataclass
class Served:
    """A gateway in a process of its own."""

    estate: Estate
    program: asyncio.subprocess.Process
    said: list[dict[str, object]] = field(default_factory=list)
    port: int = 0

    @contextlib.asynccontextmanager
    async def desk(self, person: StaffRole) -> AsyncIterator[Desk]:
        async with connected(access(self.estate, self.port, person, SystemClock().wall())) as stubs:
            yield Desk(person, stubs)

    async def listen(self) -> None:
        """Read the log until it serves, then on to its end in the background."""
        assert self.program.stderr is not None
        while not self.port:
            line = await asyncio.wait_for(self.program.stderr.readline(), 30)
            assert line, self.said
            event = json.loads(line)
            self.said.append(event)
            if event["event"] == "serving":
                self.port = int(event["address"].rpartition(":")[2])
        self._rest = asyncio.create_task(self._read_on())

    async def _read_on(self) -> None:
        assert self.program.stderr is not None
        async for line in self.program.stderr:
            self.said.append(json.loads(line))

    async def ended(self) -> int:
        """The exit code, once all that was said has been heard."""
        await self._rest
        return await self.program.wait()


async def started(estate: Estate) -> asyncio.subprocess.Process:
    """`register-gateway serve`, started."""
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "gateway", "serve", "--config", str(estate.settings)),
        stderr=asyncio.subprocess.PIPE,
        cwd=ROOT,
    )


async def refused(estate: Estate) -> tuple[int, str]:
    """Exit code and standard error of a server that does not start."""
    program = await started(estate)
    _, err = await asyncio.wait_for(program.communicate(), 60)
    assert program.returncode is not None
    return program.returncode, err.decode()


@contextlib.asynccontextmanager
async def serving(estate: Estate) -> AsyncIterator[Served]:
    """A gateway in a process of its own, killed at the end if it still runs."""
    program = await started(estate)
    served = Served(estate, program)
    try:
        await served.listen()
        yield served
    finally:
        with contextlib.suppress(ProcessLookupError):
            program.kill()
        await program.wait()


@dataclass
class Shell:
    """The command line, in this process."""

    capsys: pytest.CaptureFixture[str]

    def __call__(self, *arguments: object) -> tuple[int, str, str]:
        """Exit code, standard output and standard error of a command."""
        with pytest.raises(SystemExit) as left:
            app([str(each) for each in arguments])
        out, err = self.capsys.readouterr()
        return int(left.value.code or 0), out, err


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Shell:
    return Shell(capsys)


def residents(estate: Estate, count: int) -> list[str]:
    """So many, or all, who live here, unprotected, registered once, and nothing to anybody on the staff."""
    sql = (
        "SELECT atena_no FROM juki_resident WHERE jumin_cd = '1' AND atena_no NOT IN "
        "(SELECT atena_no FROM protective_measure) GROUP BY atena_no HAVING count(*) = 1"
    )
    unrelated = strangers(estate)
    return [row[0] for row in asked(estate, "register", sql) if row[0] in unrelated][:count]


# --------------------------------------------------------------------------------------------------- cannot start


async def test_a_port_that_is_taken_is_a_loud_failure(built: Estate, estate: Estate) -> None:
    """Exit code 3 and one line that says which; SO_REUSEPORT would have shared it in silence."""
    other = copied(built, estate.path.parent / "other")
    async with serving(other) as first:
        setting(estate, "listen", f"127.0.0.1:{first.port}")
        code, err = await refused(estate)
        assert code == 3
        assert f"127.0.0.1:{first.port}: cannot be listened on; another program has this port" in err
        assert "Traceback" not in err


async def test_two_gateways_on_one_state_directory_cannot_be(estate: Estate) -> None:
    """The second leaves with exit code 3 and says why; the first goes on as if nothing had been."""
    async with serving(estate) as first:
        code, err = await refused(estate)
        assert code == 3
        assert "another gateway is using this state directory" in err
        async with first.desk(estate.cast().clerk) as clerk:
            request = lookup(COUNTER, estate.cast().bystander, applicant=estate.cast().parent)
            assert await clerk.tried(request) == "OK"


def test_a_table_that_lacks_a_column_is_found_before_serving(estate: Estate, run: Shell) -> None:
    """The place in the map, the column and the table; exit code 1 for the check, 3 for the server."""
    with contextlib.closing(sqlite3.connect(estate.path / "city" / "register.db")) as register:
        register.execute("ALTER TABLE juki_resident DROP COLUMN zokugara")
    checked, _, found = run("check-config", "--config", estate.settings)
    served, _, err = run("serve", "--config", estate.settings)
    assert (checked, served) == (1, 3)
    lines = (ROOT / "config" / "register-map.yaml").read_text(encoding="utf-8").splitlines()
    line = next(place for place, text in enumerate(lines, 1) if "zokugara" in text)
    for said in (found, err):
        assert f"register-map.yaml:{line}:" in said
        assert "zokugara" in said


def test_a_directory_of_purposes_with_five_kinds_of_error(estate: Estate, run: Shell) -> None:
    """All of them at once, each as file:line:col: code: message; exit code 1 for the check, 3 for the server."""
    rewrite(estate, COUNTER, ("name_kana: keep", "nama_kana: keep"))  # no such field
    rewrite(estate, "fee-arrears", ("steward:", "stewart:"))  # no such key
    rewrite(estate, "childcare-fee-reduction", ("{mask: band, width: 1000000", "{mask: bend, width: 1000000"))
    rewrite(estate, STATISTICS, ("search_by: [pseudonym,", "search_by: [resident_id, pseudonym,"))  # undoes pseudonyms
    folder = estate.path / "purposes"
    (folder / "broken.yaml").write_text("purpose: [broken\n", encoding="utf-8")
    (folder / "forgotten.yml").write_text("purpose: forgotten\n", encoding="utf-8")
    checked, _, found = run("check-config", "--config", estate.settings)
    served, _, err = run("serve", "--config", estate.settings)
    as_json, out, _ = run("check-config", "--config", estate.settings, "--json")
    assert (checked, served, as_json) == (1, 3, 1)
    for said in (found, err, "\n".join(json.loads(out)["faults"])):
        for file, code in (
            (purpose_file(estate, COUNTER).name, "unknown-field"),
            ("fee-arrears.yaml", "unknown-key"),
            ("fee-arrears.yaml", "missing-key"),
            ("childcare-fee-reduction.yaml", "unknown-mask"),
            ("planning-statistics.yaml", "raw-id"),
            ("broken.yaml", "syntax"),
            ("forgotten.yml", "file-name"),
        ):
            lines = [line for line in said.splitlines() if f"{file}:" in line and f": {code}: " in line]
            assert lines, (file, code, said)
            place = lines[0].partition(f"{file}:")[2].split(":")[:2]
            assert code == "file-name" or all(part.isdigit() for part in place)  # a name has no line


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (None, "gateway.yaml: unreadable"),
        ("", "gateway.yaml:1:1: empty"),
        ("listen: 127.0.0.1:0\nlisten: 127.0.0.1:1\n", "gateway.yaml:2:1: duplicate-key"),
        ("clock: 1\n", "gateway.yaml:1:1: unknown-key"),
    ],
    ids=["none", "empty", "twice", "a clock"],
)
def test_settings_that_cannot_be_used(estate: Estate, run: Shell, content: str | None, expected: str) -> None:
    """Exit code 1 for the check, 3 for the server, and where it is."""
    estate.settings.unlink()
    if content is not None:
        estate.settings.write_text(content, encoding="utf-8")
    code, _, found = run("check-config", "--config", estate.settings)
    assert code == 1
    assert expected in found
    code, _, err = run("serve", "--config", estate.settings)
    assert code == 3
    assert expected in err


def test_sound_settings_pass(estate: Estate, run: Shell) -> None:
    """Exit code 0 and a word to the person; as JSON an empty list."""
    assert run("check-config", "--config", estate.settings) == (0, "", "nothing found: the gateway can start\n")
    code, out, _ = run("check-config", "--config", estate.settings, "--json")
    assert (code, json.loads(out)) == (0, {"faults": []})


# --------------------------------------------------------------------------------------------------------- the end


@pytest.mark.rule("L3", "R4")
@pytest.mark.parametrize("sent", [signal.SIGTERM, signal.SIGINT], ids=["SIGTERM", "SIGINT"])
async def test_a_draining_gateway_finishes_what_it_began(estate: Estate, sent: signal.Signals) -> None:
    """A stream under way comes whole, lookups under way are answered, new ones are turned away, exit code 0; whatever
    was answered is in the ledger.
    """
    rewrite(estate, STATISTICS, ("stream: {page: 500}", "stream: {page: 25}"))
    cast = estate.cast()
    async with serving(estate) as served, served.desk(cast.analyst) as analyst, served.desk(cast.clerk) as clerk:
        call = analyst.stubs.register.StreamResidents(selection(ages=(0, None)), metadata=analyst.stubs.metadata)
        pages: list[pb.StreamResidentsResponse] = []

        async def read() -> bool:
            page = await call.read()
            if isinstance(page, pb.StreamResidentsResponse):
                pages.append(page)
            return page is not grpc.aio.EOF

        assert await read()
        requests = [lookup(COUNTER, each, applicant=cast.parent) for each in residents(estate, 40)]
        lookups = [asyncio.create_task(clerk.tried_for_a_receipt(each)) for each in requests]
        await asyncio.sleep(0)  # they are on their way
        served.program.send_signal(sent)
        while await read():
            pass
        receipts = [page.receipt.disclosure_id for page in pages]
        assert pages[-1].next_cursor == ""
        assert sum(len(page.residents) for page in pages) > 1_000
        receipts += [receipt for receipt in await asyncio.gather(*lookups) if receipt]
        assert await served.ended() == 0
        assert [event["event"] for event in served.said[-2:]] == ["draining", "stopped"]
    assert receipts_kept(estate, receipts)
    assert verified(estate).faults == []


@pytest.mark.rule("L3", "L4", "R4")
async def test_killed_at_any_moment_nothing_is_lost_and_nothing_spent_twice(estate: Estate) -> None:
    """kill -9 under load, three times: each receipt that a client holds is in the ledger, no budget is exceeded, the
    ledger verifies, and the next start goes on from there.
    """
    most = 400
    rewrite(estate, COUNTER, (AMPLE, f"budget:\n  residents: {{staff: {{1d: {most}}}}}\n"))
    cast, queue = estate.cast(), residents(estate, 1_000)
    receipts: list[str] = []

    async def walk(clerk: Desk, enough: asyncio.Event) -> str:
        """Ask for one resident after the other until the gateway is gone, or the budget."""
        while queue:
            request = lookup(COUNTER, queue.pop(), applicant=cast.parent)
            try:
                receipts.append((await clerk.get(request)).receipt.disclosure_id)
            except grpc.aio.AioRpcError as error:
                return error.code().name if error.code() is grpc.StatusCode.UNAVAILABLE else told(error).reason
            if len(receipts) % 60 == 0:
                enough.set()
        return "no more residents"

    for _ in range(3):
        async with serving(estate) as served, served.desk(cast.clerk) as clerk:
            enough = asyncio.Event()
            walks = [asyncio.create_task(walk(clerk, enough)) for _ in range(24)]
            await asyncio.wait_for(enough.wait(), 30)
            os.kill(served.program.pid, signal.SIGKILL)
            assert set(await asyncio.gather(*walks)) == {"UNAVAILABLE"}
    async with serving(estate) as served, served.desk(cast.clerk) as clerk:
        walks = [asyncio.create_task(walk(clerk, asyncio.Event())) for _ in range(24)]
        assert set(await asyncio.gather(*walks)) == {"BUDGET_EXHAUSTED"}
        served.program.send_signal(signal.SIGTERM)
        assert await served.ended() == 0
    assert receipts_kept(estate, receipts)
    disclosed = {
        line.commitment
        for record in records(estate)
        if record.header.kind == record_pb2.KIND_DISCLOSURE
        for line in record.lines
    }
    assert len(disclosed) == most
    assert len(receipts) <= most
    assert verified(estate).faults == []
