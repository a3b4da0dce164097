"""One run: a gateway, a worker a load, and the verdict once all have gone.

Rule: bounded in time; a gateway of its own on the loopback, or, with consent, one that is running already; whatever was
started is ended.
"""

from __future__ import annotations

import asyncio
import random
from base64 import b64encode
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack, ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic_ns, perf_counter
from typing import Final, Protocol, Self

from gateway.allowance import Allowance, Owner, Window
from gateway.cli.client import Access, Denied, connected, get_purpose
from gateway.clock import SECOND, SystemClock, iso
from gateway.register.city import StaffRole
from gateway.v1 import register_pb2 as pb
from loadtest import figures
from loadtest.answers import Answered, read_rows
from loadtest.capacity import capacity_of
from loadtest.disturbance import Disturbance, small_disk
from loadtest.driven import Driven, start_worker
from loadtest.evidence import Evidence, read_evidence
from loadtest.granted import Granted, granted, with_grant, within
from loadtest.host import Host, free_port
from loadtest.judge import Judge, killed
from loadtest.scenario import Fault, Load, Scenario
from loadtest.schedule import Send, schedule
from loadtest.service.questions import Person
from loadtest.service.result import machine
from loadtest.target import Elsewhere
from loadtest.town import CannotRun, build_town
from loadtest.verdict import Kill, LedgerTold, ServerUse, Verdict
from loadtest.worker import Job

_START_IN: Final = 0.2
"""Seconds between the word to start and the first moment of the schedule."""
_DAY_IN: Final = 0.005
"""The same for each simulated day."""
_OWNERS: Final = {f"ALLOWANCE_OWNER_{owner.name}": owner for owner in Owner}
_COUNTED: Final = ("sent", "answered", "refused", "missed", "lost")


class Place(Protocol):
    """Where a run takes place: who asks there, as what, and about whom."""

    @property
    def authority(self) -> Path:
        """The authority of the gateway's certificate."""

    @property
    def residents(self) -> Sequence[Person]:
        """Who may be asked about by everybody."""

    def crew(self, load: Load) -> list[StaffRole]:
        """The people of a load. Raises CannotRun."""

    def context(self, load: Load) -> pb.QueryContext:
        """The circumstances of a load's questions. Raises CannotRun."""

    def system(self, person: StaffRole) -> tuple[Path, Path]:
        """Certificate and key of a person's department system."""

    def tokens(self, person: StaffRole, days: int) -> list[str]:
        """A person's token for each of so many days."""


@dataclass(frozen=True, slots=True)
class Told:
    """How far a run is: seconds gone of all, what has become of questions so far, and a word on what goes on."""

    gone: float
    total: float
    counts: dict[str, int]
    word: str


@dataclass(slots=True)
class Run:
    """One run of a scenario in `folder`; `seconds`, `days`, `kills` as in the scenario. `tell` hears how far it is."""

    scenario: Scenario
    folder: Path
    seconds: float
    days: int | None
    kills: int
    seed: int
    tell: Callable[[Told], None] = lambda _told: None
    _counts: dict[str, dict[str, int]] = field(default_factory=dict)
    _killed: list[Kill] = field(default_factory=list)
    _crews: dict[str, list[StaffRole]] = field(default_factory=dict)
    _plans: dict[str, list[list[Send]]] = field(default_factory=dict)
    _told: dict[str, list[Allowance]] = field(default_factory=dict)
    _residents: Sequence[Person] = ()
    _start: int = 0
    _begun: float = 0.0
    _disturbance: Disturbance | None = None
    _grants: list[Granted] = field(default_factory=list)

    @classmethod
    def of(
        cls,
        scenario: Scenario,
        folder: Path,
        *,
        seed: int,
        short: bool,
        tell: Callable[[Told], None],
        seconds: float | None = None,
    ) -> Self:
        """A run of a scenario, whole or its short form, or as long as `seconds`."""
        days = scenario.short_days if short and scenario.short_days is not None else scenario.days
        kills = scenario.short_kills if short else scenario.kills
        length = seconds or (scenario.short if short else scenario.seconds)
        return cls(scenario, folder, length, days, kills, seed, tell)

    @property
    def home(self) -> Path:
        """Where this run's files are."""
        return self.folder / self.scenario.scenario

    async def go(self) -> Verdict:
        """Build a town, serve it, load the gateway, stop it, and judge. Raises CannotRun."""
        started = iso(SystemClock().wall())
        self._say("building the city")
        port = free_port() if self.kills or self.scenario.fault is not None else 0
        town = await asyncio.to_thread(build_town, self.folder, self.scenario, seed=self.seed, port=port)
        capacity = None
        if any(load.of_capacity is not None for load in self.scenario.loads):
            self._say("measuring what the gateway can answer at most")
            capacity = await asyncio.to_thread(capacity_of, town, self.scenario, self.home, self.seed)
        if self.days is not None:
            town.lengthen_certificates(self.scenario.loads, self.days)
        fault = self.scenario.fault
        host = Host(
            town.estate,
            self.home,
            moving=self.days is not None,
            mortal=self.kills > 0 or fault is Fault.FAILING_DISK,
            slow=fault is Fault.SLOW_DISK,
        )
        self._disturbance = Disturbance(fault, host) if fault is not None else None
        self._plan(town, capacity)
        with ExitStack() as undo:
            if fault is Fault.FULL_DISK:
                undo.enter_context(small_disk(town.estate))
            try:
                await asyncio.to_thread(host.start)
                await self._ask_allowances(town, host.address)
                self._grants = await granted(town, host.address, self.scenario.loads, self._crews, self._plans)
                await self._load(town, host.address, host)
            finally:
                self._say("stopping the gateway")
                await asyncio.to_thread(host.stop)
            self._say("reading the ledger")
            kept = await asyncio.to_thread(read_evidence, town.estate)
        return self._verdict(started, kept, host, capacity, host.address)

    async def go_elsewhere(self, elsewhere: Elsewhere) -> Verdict:
        """Load a gateway that is running already, and judge by its answers. Raises CannotRun."""
        started, address = iso(SystemClock().wall()), elsewhere.target.target
        self.home.mkdir(parents=True, exist_ok=True)
        self._plan(elsewhere, None)
        await self._ask_allowances(elsewhere, address)
        await self._load(elsewhere, address, None)
        return self._verdict(started, None, None, None, address)

    # ----------------------------------------------------------------------------------------------- planning

    def _plan(self, place: Place, capacity: float | None) -> None:
        self._residents = place.residents
        for load in self.scenario.loads:
            self._crews[load.name] = place.crew(load)
            self._plans[load.name] = schedule(
                load,
                place.context(load),
                place.residents,
                seconds=self._day_seconds,
                rate=load.rate or (load.of_capacity or 0) * (capacity or 0),
                seed=self.seed,
                days=self.days or 1,
            )

    @property
    def _day_seconds(self) -> float:
        return self.seconds / (self.days or 1)

    async def _ask_allowances(self, place: Place, address: str) -> None:
        """The allowances that the gateway names to the first of each load's people."""
        for load in self.scenario.loads:
            person = self._crews[load.name][0]
            certificate, key = place.system(person)
            reached = Access(address, place.authority, certificate, key, place.tokens(person, 1)[0])
            try:
                async with connected(reached) as stubs:
                    purpose = await get_purpose(stubs, load.purpose)
            except (Denied, OSError) as error:
                raise CannotRun(f"{load.name}: {person.staff} cannot ask for {load.purpose}: {error}") from None
            self._told[load.name] = [
                Allowance(
                    "" if each.get("all_purposes") else load.purpose,
                    _OWNERS[each["owner"]],
                    Window(each["window"]),
                    int(each["limit"]),
                )
                for each in purpose["allowances"]
            ]

    # --------------------------------------------------------------------------------------------------- load

    def _job(self, load: Load, place: Place, address: str) -> Job:
        crew = self._crews[load.name]
        grants = {each.caller: each.grant for each in self._grants if each.load == load.name}
        certificate, key = place.system(crew[0])
        return Job(
            address=address,
            authority=str(place.authority),
            certificate=str(certificate),
            key=str(key),
            tokens=[place.tokens(person, self.days or 1) for person in crew],
            days=[
                [
                    (
                        each.at,
                        each.caller,
                        each.call.value,
                        b64encode(with_grant(each, grants)).decode(),
                        each.residents,
                    )
                    for each in day
                ]
                for day in self._plans[load.name]
            ],
            again=load.back_to_back,
            until=round(load.ends * self._day_seconds * SECOND),
        )

    async def _load(self, place: Place, address: str, host: Host | None) -> None:
        async with AsyncExitStack() as ending:
            workers: list[Driven] = []
            for load in self.scenario.loads:
                worker = await start_worker(load.name, self._job(load, place, address), self.home)
                ending.push_async_callback(worker.end)
                workers.append(worker)
            listening = [asyncio.create_task(worker.listen(self._heard)) for worker in workers]
            side = [asyncio.create_task(host.sample(self._gone))] if host is not None else []
            try:
                for day in range(self.days or 1):
                    await asyncio.gather(*(worker.ready(day) for worker in workers))
                    if day and host is not None:
                        await asyncio.to_thread(host.move_a_day)
                    start = monotonic_ns() + round((_DAY_IN if day else _START_IN) * 1e9)
                    if not day:
                        self._start, self._begun = start // 1000, perf_counter() + _START_IN
                        if host is not None and self.kills:
                            side.append(asyncio.create_task(self._kill_often(host)))
                        if self._disturbance is not None:
                            disturbing = asyncio.create_task(self._disturbance.go(self.seconds, self._gone))
                            listening.append(disturbing)
                    for worker in workers:
                        await worker.say(str(start))
                await asyncio.gather(*listening)
            finally:
                for task in [*listening, *side]:
                    task.cancel()
                ended = await asyncio.gather(*listening, *side, return_exceptions=True)
        if faults := [str(each) for each in ended if isinstance(each, Exception)]:
            raise RuntimeError("; ".join(faults))
        if faulty := [worker.name for worker in workers if worker.process.returncode != 0]:
            raise RuntimeError(f"workers ended badly: {', '.join(faulty)}")

    async def _kill_often(self, host: Host) -> None:
        """SIGKILL at moments drawn by lot, a new start, and a look at what is there."""
        chance, taken = random.Random(f"{self.seed} kills"), 1.0
        for number in range(self.kills):
            each = (self.seconds - self._gone()) / (self.kills - number)
            await asyncio.sleep(chance.uniform(0.02, max(0.1, each - taken)))
            at, begun = self._gone(), perf_counter()
            await asyncio.to_thread(host.kill)
            await asyncio.to_thread(host.start)
            back = perf_counter() - begun
            records, receipts, fault = await asyncio.to_thread(self._judge_now, host)
            taken = perf_counter() - begun
            self._killed.append(
                Kill(at=round(at, 3), back_after=round(back, 3), records=records, receipts=receipts, fault=fault)
            )

    def _judge_now(self, host: Host) -> tuple[int, int, str]:
        # The answers first: what is in them must be in the ledger that is read after them.
        answers = self._answers()
        kept = read_evidence(host.estate)
        fault = self._judge(answers, kept, disturbed=True).faults_now()
        return kept.report.records, sum(bool(row.receipt) for each in answers for row in each.rows), fault

    def _gone(self) -> float:
        """Seconds since the schedule began."""
        return perf_counter() - self._begun if self._begun else 0.0

    def _heard(self, name: str, counts: dict[str, int]) -> None:
        self._counts[name] = counts
        self._say("loading")

    def _say(self, word: str) -> None:
        total = {key: sum(each.get(key, 0) for each in self._counts.values()) for key in _COUNTED}
        self.tell(Told(max(0.0, self._gone()), self.seconds, total, word))

    # ------------------------------------------------------------------------------------------------ verdict

    def _answers(self) -> list[Answered]:
        """What the clients have received so far."""
        return [
            Answered(load, self._crews[load.name], self._plans[load.name], read_rows(self.home / f"{load.name}.rows"))
            for load in self.scenario.loads
        ]

    def _judge(self, answers: Sequence[Answered], kept: Evidence | None, *, disturbed: bool) -> Judge:
        return Judge(answers, self.scenario.refusals, self._told, self._residents, kept, disturbed)

    def _verdict(
        self, started: str, kept: Evidence | None, host: Host | None, capacity: float | None, target: str
    ) -> Verdict:
        scenario, length = self.scenario, round(self._day_seconds * SECOND)
        answers, samples = self._answers(), host.samples if host is not None else []
        disturbed = (
            bool(self._killed) or scenario.fault is not None or any(load.back_to_back for load in scenario.loads)
        )
        judge = self._judge(answers, kept, disturbed=disturbed)
        cut = figures.phases(answers, samples, self._start, length) if self.days is None else []
        told = figures.latencies(answers, length)
        return Verdict(
            scenario=scenario.scenario,
            title=scenario.title,
            shows=scenario.shows,
            started=started,
            seconds=self.seconds,
            days=self.days,
            seed=self.seed,
            target=target,
            residents=len(self._residents),
            checks=(
                *judge.checks(),
                *([killed(self._killed, self.kills)] if self.kills else []),
                *([within(self._grants, answers, kept)] if self._grants else []),
                *([self._disturbance.check(answers, self._start)] if self._disturbance is not None else []),
            ),
            sends=figures.sends(row for answered in answers for row in answered.ends),
            loads={answered.load.name: figures.sends(answered.ends) for answered in answers},
            allowances=tuple(judge.uses()),
            latencies=tuple(told),
            timeline=tuple(figures.timeline(answers, self._start)),
            server=ServerUse(
                cpu_seconds=samples[-1].cpu_seconds,
                peak_rss=max(sample.rss for sample in samples),
                samples=tuple(samples),
                phases=tuple(cut),
            )
            if samples
            else None,
            ledger=_ledger(kept) if kept is not None else None,
            kills=tuple(self._killed),
            aims=tuple(figures.aims(answers, told, cut, samples)),
            capacity=capacity,
            machine=machine(),
        )


def _ledger(kept: Evidence) -> LedgerTold:
    report = kept.report
    return LedgerTold(
        records=report.records,
        disclosures=len(kept.entries),
        residents=report.subjects,
        refusals=kept.refusals.total(),
        decisions=report.decisions,
        faults=tuple(str(fault) for fault in report.faults),
        verified_seconds=round(kept.seconds, 3),
    )
