"""A whole gateway for a test: a city built once a session, copied, and served in this process over mutual TLS.

Rule: nothing is replaced by a double but the clock, which moves when it is told to.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import re
import shutil
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, field, fields
from io import StringIO
from pathlib import Path
from typing import Any, Final

import grpc
import pytest
from google.rpc import error_details_pb2, status_pb2

from gateway.app import Gateway, assemble
from gateway.cli.client import Access, Denial, Stubs, connected, denial_of
from gateway.clock import SystemClock
from gateway.demo.estate import SYSTEMS, Estate, Wishes, prepare
from gateway.ledger.keys import SNAPSHOT_LABEL, WRAPPING_LABEL, LedgerKeys
from gateway.ledger.ledger import KEYS_DIRECTORY, LEDGER_FILE
from gateway.ledger.loading import open_record
from gateway.ledger.merkle import leaf_hash
from gateway.ledger.record import Record
from gateway.ledger.segment import Segment
from gateway.ledger.store import SqliteStore
from gateway.ledger.v1 import record_pb2
from gateway.ledger.verify import Report, verify
from gateway.logs import make_log
from gateway.refusal import REASONS, Reason
from gateway.register.city import Cast, StaffRole
from gateway.settings import Settings
from gateway.v1 import purpose_pb2
from gateway.v1 import register_pb2 as pb
from masking.keyring import Keyring
from tests.rpc.identities import StillClock

ROOT: Final = Path(__file__).parent.parent
RESIDENTS: Final = 1_500
CHILDCARE: Final = "childcare-fee-reduction"
COUNTER: Final = "resident-card-counter"
ARREARS: Final = "fee-arrears"
STATISTICS: Final = "planning-statistics"

OUTSIDER: Final = pb.Outsider(name="白川　航", birth_date=pb.PartialDate(year=1903, month=2, day=3))
"""Somebody who is not in the register, nor anybody's other party."""

_BUDGET: Final = re.compile(r"^budget:\n(?:  .*\n)+", re.MULTILINE)
_REMARKS: Final = re.compile(r"^  remarks: \{.*\}\nfamily_history:\n(?:  .*\n)+", re.MULTILINE)
AMPLE: Final = "budget:\n  residents: {staff: {1d: 90000}}\n"
_LIMITS: Final = """\
interactive:
  staff: {1d: 100000, 365d: 100000, tenure: 100000}
  department: {1d: 100000, 365d: 100000}
  city: {1d: 100000, 365d: 100000}
repeats: {staff: {1d: 100000}}
refusals: {staff: {1d: 100000}}
"""


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Estate:
    """The estate that others are copied from; nobody writes to it."""
    return prepare(tmp_path_factory.mktemp("built") / "estate", Wishes(residents=RESIDENTS))


@pytest.fixture
def estate(built: Estate, tmp_path: Path) -> Estate:
    """An estate of one's own, with the purposes as shipped but for budgets that no test reaches."""
    return copied(built, tmp_path / "estate")


@pytest.fixture
async def house(estate: Estate) -> AsyncIterator[House]:
    """The estate, served."""
    async with opened(estate) as house:
        yield house


def copied(built: Estate, path: Path, *, remarks: bool = False) -> Estate:
    """A copy with ample budgets; `rewrite` tightens them. `remarks`: purposes show them as shipped; a reader of remarks
    takes seconds to start, and most tests ask for none.
    """
    shutil.copytree(built.path, path)
    estate = Estate(path)
    (path / "purposes").mkdir()
    for shipped in (ROOT / "purposes").glob("*.yaml"):
        text = shipped.read_text(encoding="utf-8")
        text = _BUDGET.sub(AMPLE, text if remarks else _REMARKS.sub("", text))
        (path / "purposes" / shipped.name).write_text(text, encoding="utf-8")
    (path / "limits.yaml").write_text(_LIMITS, encoding="utf-8")
    setting(estate, "purposes", "purposes")
    setting(estate, "limits", "limits.yaml")
    _away_from_home(estate)
    return estate


def _away_from_home(estate: Estate) -> None:
    """Let nobody of the cast live in the city, but for the neighbour: who is kin to whom differs from day to day of the
    city's making.
    """
    cast = estate.cast()
    people = {
        person.staff for person in (getattr(cast, each.name) for each in fields(cast)) if isinstance(person, StaffRole)
    } - {cast.neighbour.staff}
    quoted = ", ".join(f"'{staff}'" for staff in sorted(people))
    with contextlib.closing(sqlite3.connect(estate.path / "city" / "standing.db")) as connection:
        connection.execute(f"UPDATE staff SET resident_id = NULL WHERE staff IN ({quoted})")
        connection.commit()


def homes(estate: Estate, staff: str, resident: str | None) -> None:
    """Let a member of staff be this resident of the city, or none."""
    with contextlib.closing(sqlite3.connect(estate.path / "city" / "standing.db")) as connection:
        connection.execute("UPDATE staff SET resident_id = ? WHERE staff = ?", (resident, staff))
        connection.commit()


def living_together(estate: Estate) -> tuple[str, str]:
    """Two residents of one household."""
    found = asked(
        estate,
        "register",
        "SELECT a.atena_no, b.atena_no FROM juki_resident a JOIN juki_resident b ON a.setai_no = b.setai_no "
        "AND a.atena_no < b.atena_no WHERE a.jumin_cd = '1' AND b.jumin_cd = '1' AND trim(a.setai_no) <> '' "
        "AND a.atena_no NOT IN (SELECT atena_no FROM protective_measure) LIMIT 1",
    )
    one, other = found[0]
    return str(one), str(other)


def setting(estate: Estate, key: str, value: str) -> None:
    """Change a top-level line of the settings, or add it."""
    text = estate.settings.read_text(encoding="utf-8")
    changed, times = re.subn(rf"^{key}: .*$", f"{key}: {value}", text, flags=re.MULTILINE)
    estate.settings.write_text(changed if times else f"{text}{key}: {value}\n", encoding="utf-8")


def rewrite(estate: Estate, purpose: str, *changes: tuple[str, str]) -> None:
    """Replace pieces of a purpose's text; each must be there."""
    path = purpose_file(estate, purpose)
    text = path.read_text(encoding="utf-8")
    for old, new in changes:
        assert old in text, f"{old!r} is not in {path.name}"
        text = text.replace(old, new)
    path.write_text(text, encoding="utf-8")


def purpose_file(estate: Estate, purpose: str) -> Path:
    """Where a purpose is written."""
    (found,) = [
        path
        for path in (estate.path / "purposes").glob("*.yaml")
        if f"\npurpose: {purpose}\n" in path.read_text(encoding="utf-8")
    ]
    return found


def limit(estate: Estate, old: str, new: str) -> None:
    """Replace a piece of the city's limits."""
    path = estate.path / "limits.yaml"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def change(estate: Estate, database: str, *statements: str) -> None:
    """Change `register` or `standing` behind the gateway's back, as their keepers do."""
    with contextlib.closing(sqlite3.connect(estate.path / "city" / f"{database}.db")) as connection:
        for statement in statements:
            assert connection.execute(statement).rowcount, statement
        connection.commit()


def asked(estate: Estate, database: str, sql: str) -> list[tuple[Any, ...]]:
    """What `register` or `standing` hold."""
    with contextlib.closing(sqlite3.connect(estate.path / "city" / f"{database}.db")) as connection:
        return connection.execute(sql).fetchall()


def strangers(estate: Estate) -> frozenset[str]:
    """Residents who are nothing to anybody on the staff: no colleague, nor of one household, address or family."""
    staff = {row[0] for row in asked(estate, "standing", "SELECT resident_id FROM staff WHERE resident_id IS NOT NULL")}
    marks: dict[str, set[tuple[object, ...]]] = {}
    homes = (
        asked(estate, "register", f"SELECT atena_no, {columns} FROM {table}")
        for columns, table in (
            ("choaza_cd, shi_mei, choaza_mei, chome_no, banchi", "juki_resident"),
            ("shikuchoson_cd, shikuchoson_mei, choaza_mei, chome_no, banchi", "juki_previous"),
            ("setai_no", "juki_resident"),
            ("honseki, hittosha_mei", "juki_resident"),
        )
    )
    for resident_id, *place in (row for home in homes for row in home):
        marks.setdefault(resident_id, set())
        if None not in place:
            marks[resident_id].add(tuple(place))
    near = set().union(*(marks.get(each, set()) for each in staff))
    return frozenset(each for each, own in marks.items() if each not in staff and not own & near)


def lookup(
    purpose: str,
    resident_id: str | None = None,
    *,
    pseudonym: str | None = None,
    case: str = "",
    applicant: str | pb.Outsider | None = None,
    mask: Sequence[str] | None = None,
    reason: int = pb.REASON_CODE_APPLICATION,
    justification: str = "",
    request_id: str = "",
    language: int = pb.LANGUAGE_UNSPECIFIED,
    grant: str = "",
    break_glass: bool = False,
) -> pb.GetResidentRequest:
    """A GetResident request."""
    request = pb.GetResidentRequest(
        context=_context(purpose, case, applicant, reason, justification, request_id, language)
    )
    request.context.grant, request.context.break_glass = grant, break_glass
    if resident_id is not None:
        request.resident_id = resident_id
    if pseudonym is not None:
        request.pseudonym = pseudonym
    if mask is not None:
        request.read_mask.SetInParent()
        request.read_mask.paths.extend(mask)
    return request


def batch(
    purpose: str,
    residents: Sequence[str] = (),
    *,
    pseudonyms: Sequence[str] = (),
    case: str = "",
    applicant: str | pb.Outsider | None = None,
    mask: Sequence[str] | None = None,
) -> pb.BatchGetResidentsRequest:
    """A BatchGetResidents request."""
    request = pb.BatchGetResidentsRequest(
        context=_context(purpose, case, applicant, pb.REASON_CODE_APPLICATION, "", "", pb.LANGUAGE_UNSPECIFIED),
        resident_ids=residents,
        pseudonyms=pseudonyms,
    )
    _narrow(request, mask)
    return request


def search(
    purpose: str = COUNTER,
    *,
    name: str = "",
    kana: str = "",
    born: str | pb.PartialDate | None = None,
    address: str = "",
    household: str = "",
    resident: str = "",
    pseudonym: str = "",
    statuses: Sequence[int] = (),
    case: str = "",
    applicant: str | pb.Outsider | None = OUTSIDER,
    mask: Sequence[str] | None = None,
    calendar: int = pb.CALENDAR_UNSPECIFIED,
) -> pb.SearchResidentsRequest:
    """A SearchResidents request; at the counter an outsider applies, unless it says otherwise."""
    request = pb.SearchResidentsRequest(
        context=_context(purpose, case, applicant, pb.REASON_CODE_APPLICATION, "", "", pb.LANGUAGE_UNSPECIFIED),
        criteria=pb.SearchCriteria(
            name=name,
            name_kana=kana,
            address=address,
            household_id=household,
            resident_id=resident,
            pseudonym=pseudonym,
            statuses=statuses,  # type: ignore[arg-type]  # numbers that are no status, too
        ),
    )
    request.context.calendar = calendar  # type: ignore[assignment]  # as above
    if isinstance(born, str):
        request.criteria.birth_date.text = born
    elif born is not None:
        request.criteria.birth_date.date.CopyFrom(born)
    _narrow(request, mask)
    return request


def _narrow(request: pb.BatchGetResidentsRequest | pb.SearchResidentsRequest, mask: Sequence[str] | None) -> None:
    if mask is not None:
        request.read_mask.SetInParent()
        request.read_mask.paths.extend(mask)


def selection(
    purpose: str = STATISTICS,
    *,
    area: str = "",
    ages: tuple[int, int | None] | None = None,
    household: str = "",
    statuses: Sequence[int] = (),
    cursor: str = "",
    mask: Sequence[str] | None = None,
    applicant: str | pb.Outsider | None = None,
    language: int = pb.LANGUAGE_UNSPECIFIED,
) -> pb.StreamResidentsRequest:
    """A StreamResidents request."""
    request = pb.StreamResidentsRequest(
        context=_context(purpose, "", applicant, pb.REASON_CODE_STATISTICS, "", "", language), cursor=cursor
    )
    request.selection.area_code = area
    request.selection.household_id = household
    request.selection.statuses.extend(statuses)  # type: ignore[arg-type]  # numbers that are no status, too
    if ages is not None:
        setattr(request.selection.age, "from", ages[0])  # a word of Python
        request.selection.age.SetInParent()
        if ages[1] is not None:
            request.selection.age.to = ages[1]
    if mask is not None:
        request.read_mask.SetInParent()
        request.read_mask.paths.extend(mask)
    return request


def _context(
    purpose: str,
    case: str,
    applicant: str | pb.Outsider | None,
    reason: int,
    justification: str,
    request_id: str,
    language: int,
) -> pb.QueryContext:
    context = pb.QueryContext(
        purpose=purpose,
        case_reference=case,
        reason_code=reason,  # type: ignore[arg-type]  # numbers that are no reason, too
        justification=justification,
        request_id=request_id,
        language=language,  # type: ignore[arg-type]  # as above
    )
    if isinstance(applicant, str):
        context.applicant.resident_id = applicant
    elif applicant is not None:
        context.applicant.outsider.CopyFrom(applicant)
    return context


@dataclass(frozen=True)
class Told:
    """A refusal as it came over the wire: what the client makes of it, and the octets."""

    denial: Denial
    locale: str
    octets: tuple[object, ...]

    @property
    def reason(self) -> str:
        return self.denial.reason

    @property
    def places(self) -> list[str]:
        """The parts of the request that were wrong."""
        return [field for field, _ in self.denial.violations]

    @property
    def everything(self) -> bytes:
        """All that the caller was told, details included, as octets to search in."""
        said = [str(self.octets[1]), *self.trailing.keys(), *self.trailing.values()]
        return b"\n".join(each if isinstance(each, bytes) else each.encode() for each in said)

    @property
    def trailing(self) -> dict[str, str | bytes]:
        """The trailing metadata."""
        return dict(self.octets[2])  # type: ignore[call-overload, no-any-return]  # as `told` puts it


@dataclass(frozen=True)
class Pages:
    """What a stream brought before it ended, and how it ended (None: whole)."""

    pages: list[pb.StreamResidentsResponse]
    end: Told | None

    @property
    def residents(self) -> list[pb.Resident]:
        return [resident for page in self.pages for resident in page.residents]

    @property
    def pseudonyms(self) -> list[str]:
        return [resident.resident_id.pseudonym for resident in self.residents]


def told(error: grpc.RpcError) -> Told:
    """A refusal, taken apart. It must be a row of the published table, whatever it was about."""
    assert isinstance(error, grpc.aio.AioRpcError)
    trailing = sorted((str(key), value) for key, value in error.trailing_metadata())
    status = status_pb2.Status.FromString(dict(trailing)["grpc-status-details-bin"])
    info, localized = error_details_pb2.ErrorInfo(), error_details_pb2.LocalizedMessage()
    assert status.details[0].Unpack(info)
    assert status.details[1].Unpack(localized)
    row = REASONS[Reason(info.reason)]
    assert (info.domain, info.metadata) == ("register-gateway", {})
    assert error.code().name == row.code
    assert status.code == error.code().value[0]
    assert status.message == localized.message == error.details() == getattr(row.advice, localized.locale)
    return Told(denial_of(error), localized.locale, (error.code(), error.details(), tuple(trailing)))


@dataclass(frozen=True)
class Desk:
    """One person at one department system."""

    person: StaffRole
    stubs: Stubs

    async def get(self, request: pb.GetResidentRequest) -> pb.GetResidentResponse:
        """The answer; there must be one."""
        response: pb.GetResidentResponse = await self.stubs.register.GetResident(request, metadata=self.stubs.metadata)
        return response

    async def denied(self, request: pb.GetResidentRequest) -> Told:
        """The refusal; it must be one."""
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await self.get(request)
        return told(caught.value)

    async def tried(self, request: pb.GetResidentRequest) -> str:
        """`OK`, or the reason why not."""
        try:
            await self.get(request)
        except grpc.aio.AioRpcError as error:
            return told(error).reason
        return "OK"

    async def batch(self, request: pb.BatchGetResidentsRequest) -> list[pb.Resident | None]:
        """The entries of a batch, None where there is no resident; there must be an answer."""
        response = await self.stubs.register.BatchGetResidents(request, metadata=self.stubs.metadata)
        assert response.receipt.disclosure_id
        return [entry.resident if entry.HasField("resident") else None for entry in response.entries]

    async def batch_denied(self, request: pb.BatchGetResidentsRequest) -> Told:
        """The refusal of a batch; it must be one."""
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await self.batch(request)
        return told(caught.value)

    async def search(self, request: pb.SearchResidentsRequest) -> list[pb.Resident]:
        """Everybody found; there must be an answer."""
        response = await self.stubs.register.SearchResidents(request, metadata=self.stubs.metadata)
        assert response.receipt.disclosure_id
        return list(response.residents)

    async def search_denied(self, request: pb.SearchResidentsRequest) -> Told:
        """The refusal of a search; it must be one."""
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await self.search(request)
        return told(caught.value)

    async def found(self, request: pb.SearchResidentsRequest) -> list[str]:
        """Ids of everybody found, sorted."""
        return sorted(resident.resident_id.exact for resident in await self.search(request))

    async def comes_to(self, outcome: str, request: pb.GetResidentRequest) -> None:
        """Ask until that is the outcome: a change elsewhere has arrived."""

        async def is_so() -> bool:
            return await self.tried(request) == outcome

        await until(is_so)

    async def tried_for_a_receipt(self, request: pb.GetResidentRequest) -> str:
        """The receipt, "" if there was no answer."""
        try:
            return (await self.get(request)).receipt.disclosure_id
        except grpc.aio.AioRpcError:
            return ""

    async def purposes(self) -> list[purpose_pb2.Purpose]:
        """What this person may use today."""
        request = purpose_pb2.ListPurposesRequest()
        return list((await self.stubs.purpose.ListPurposes(request, metadata=self.stubs.metadata)).purposes)

    async def left(self, purpose: str) -> dict[tuple[str, str, bool], int]:
        """What is left, by owner, window and whether all purposes count together."""
        request = purpose_pb2.GetPurposeRequest(purpose=purpose)
        response = await self.stubs.purpose.GetPurpose(request, metadata=self.stubs.metadata)
        return {
            (purpose_pb2.AllowanceOwner.Name(each.owner)[16:].lower(), each.window, each.all_purposes): each.left
            for each in response.purpose.allowances
        }

    async def stream(self, request: pb.StreamResidentsRequest) -> Pages:
        """Everything that a stream brings."""
        pages: list[pb.StreamResidentsResponse] = []
        try:
            async for page in self.stubs.register.StreamResidents(request, metadata=self.stubs.metadata):
                pages.append(page)  # noqa: PERF401 - what came before an error counts
        except grpc.aio.AioRpcError as error:
            return Pages(pages, told(error))
        return Pages(pages, None)


@dataclass
class House:
    """An estate that is being served. `said` is the log; `clock` stands until it is moved."""

    estate: Estate
    clock: StillClock
    gateway: Gateway
    said: StringIO
    doors: contextlib.AsyncExitStack
    cast: Cast = field(init=False)
    desks: dict[StaffRole, Desk] = field(default_factory=dict)
    stopping: bool = False

    def __post_init__(self) -> None:
        self.cast = self.estate.cast()

    async def stop(self) -> None:
        """Stop the gateway, once."""
        if not self.stopping:
            self.stopping = True
            await self.gateway.stop()

    def access(self, person: StaffRole, token: str | None = None) -> Access:
        """How a person's system reaches this gateway."""
        return access(self.estate, self.gateway.port, person, self.clock.now, token)

    async def desk(self, person: StaffRole, token: str | None = None) -> Desk:
        """A person at their department's system; the token, if none is given, counts from the clock's now."""
        if token is None and person in self.desks:
            return self.desks[person]
        desk = Desk(person, await self.doors.enter_async_context(connected(self.access(person, token))))
        if token is None:
            self.desks[person] = desk
        return desk

    async def caseworker(self) -> Desk:
        """Child welfare, purpose with a case."""
        return await self.desk(self.cast.caseworker)

    async def clerk(self) -> Desk:
        """The counter, purpose with an applicant."""
        return await self.desk(self.cast.clerk)

    async def analyst(self) -> Desk:
        """Planning, purpose with pseudonyms."""
        return await self.desk(self.cast.analyst)

    async def move(self, microseconds: int) -> None:
        """Let time pass, and wait until the staff directory has been read in the new time; tokens are issued anew."""
        self.clock.now += microseconds
        self.desks.clear()
        clerk = await self.clerk()
        await until(lambda: _answers(clerk.purposes()))

    def parent(self, **said: Any) -> pb.GetResidentRequest:
        """A caseworker's request that is in order."""
        return lookup(CHILDCARE, self.cast.parent, **{"case": self.cast.childcare_case, **said})

    def at_the_counter(self, resident_id: str, **said: Any) -> pb.GetResidentRequest:
        """A clerk's request, on behalf of somebody from elsewhere."""
        return lookup(COUNTER, resident_id, **{"applicant": OUTSIDER, **said})

    def records(self) -> list[Record]:
        """All records of the ledger as they are on the disk, opened."""
        return records(self.estate)

    def refusals(self) -> list[tuple[str, str, int]]:
        """Refusals on the record: reason, staff id, how many."""
        return [(each.private.refusal, each.private.staff, each.private.refusals) for each in self.refused_records()]

    def refused_records(self) -> list[Record]:
        """The records of refusals."""
        return [record for record in self.records() if record.header.kind == record_pb2.KIND_REFUSAL]

    async def refused(self, times: int) -> None:
        """Wait until so many refusals are on the record, repeats included."""

        async def is_so() -> bool:
            return sum(count for *_, count in self.refusals()) >= times

        await until(is_so)

    def disclosures(self) -> list[Record]:
        """Disclosures on the record."""
        return [record for record in self.records() if record.header.kind == record_pb2.KIND_DISCLOSURE]


@contextlib.asynccontextmanager
async def opened(estate: Estate, clock: StillClock | None = None, *, tick: float = 0.02) -> AsyncIterator[House]:
    """Serve an estate until the block ends. `tick`: seconds between the ledger's chores."""
    clock = clock or StillClock(SystemClock().wall())
    said = StringIO()
    async with contextlib.AsyncExitStack() as doors:
        # Chores come round often, so that no test waits for them, or as good as never.
        often = pytest.MonkeyPatch()
        doors.callback(often.undo)
        often.setattr("gateway.app.assembly._TICK", tick)
        often.setattr("gateway.app.assembly._POSTS", 0.02)
        gateway = await assemble(Settings.read(estate.settings), clock=clock, log=quiet(said))
        await gateway.start()
        house = House(estate, clock, gateway, said, doors)
        try:
            async with doors:
                yield house
        finally:
            await house.stop()


async def until(holds: Callable[[], Awaitable[bool]]) -> None:
    """Wait until something comes true; ten seconds at most."""
    async with asyncio.timeout(10):
        while not await holds():  # noqa: ASYNC110 - what happens in another process or thread sets no event here
            await asyncio.sleep(0.005)


async def _answers(call: Awaitable[object]) -> bool:
    try:
        await call
    except grpc.aio.AioRpcError:
        return False
    return True


def quiet(said: StringIO) -> Any:
    """The gateway's own log, into `said`; the test runner keeps its own handlers."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    root.handlers.clear()
    try:
        return make_log(said)
    finally:
        root.handlers[:] = handlers
        root.setLevel(level)


def access(estate: Estate, port: int, person: StaffRole, now: int, token: str | None = None) -> Access:
    """How a person's system reaches a gateway on this port."""
    pair = estate.pki.client(person.department, SYSTEMS[person.department])
    return Access(
        f"127.0.0.1:{port}",
        estate.pki.authority.certificate,
        pair.certificate,
        pair.key,
        token if token is not None else token_of(estate, person, now),
    )


def token_of(estate: Estate, person: StaffRole, now: int, lifetime: int = 8 * 3600) -> str:
    """A staff token from `now` on, bound to the department's system."""
    pair = estate.pki.client(person.department, SYSTEMS[person.department])
    return estate.pki.open_provider().issue_token(
        staff=person.staff,
        post=person.post,
        department=person.department,
        role=person.role,
        certificate=pair.certificate.read_bytes(),
        now=now,
        lifetime=lifetime,
    )


def records(estate: Estate) -> list[Record]:
    """All records of the ledger as they are on the disk, opened."""
    keyring = Keyring.open(estate.keyring)
    with store_of(estate) as store:
        keys = LedgerKeys.open(
            estate.state / KEYS_DIRECTORY,
            name=store.meta("origin"),
            wrapping=keyring.derive(WRAPPING_LABEL),
            snapshot=keyring.derive(SNAPSHOT_LABEL),
        )
        segment = Segment(bytes.fromhex(store.meta("ledger_id")), keys.segment)
        return [open_record(stored, segment) for stored in store.records()]


@contextlib.contextmanager
def store_of(estate: Estate) -> Iterator[SqliteStore]:
    """The ledger's file, to read."""
    store = SqliteStore.open(estate.state / LEDGER_FILE, read_only=True)
    try:
        yield store
    finally:
        store.close()


def verified(estate: Estate) -> Report:
    """What `ledger verify` makes of it."""
    keyring = Keyring.open(estate.keyring)
    return verify(estate.state, wrapping=keyring.derive(WRAPPING_LABEL), snapshot=keyring.derive(SNAPSHOT_LABEL))


def receipts_kept(estate: Estate, receipts: Sequence[str]) -> bool:
    """Whether each receipt names a record that is in the ledger."""
    with store_of(estate) as store:
        kept = {f"{stored.seq}.{leaf_hash(stored.leaf)[:8].hex()}" for stored in store.records()}
    return set(receipts) <= kept
