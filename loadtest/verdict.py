"""The verdict: what a run showed, as JSON that others can read.

Rule: invariants decide between PASS and FAIL; timings are told beside the aims that they are held against, and decide
nothing, because they belong to the machine.
"""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, computed_field


class _Closed(BaseModel):
    # What is reckoned from the rest is written, too, and reckoned again when it is read.
    model_config = ConfigDict(frozen=True, extra="ignore")


class Check(_Closed):
    """One invariant: whether it holds (None: could not be judged here), the rules it shows, and what was found."""

    name: str
    rules: tuple[str, ...]
    holds: bool | None
    found: str


class Aim(_Closed):
    """One timing against the aim stated for it: at most `aim`; `got` None where nothing was measured."""

    name: str
    aim: float
    got: float | None
    unit: str = ""

    @computed_field  # type: ignore[prop-decorator]  # mypy takes no decorators above a property
    @property
    def met(self) -> bool | None:
        """Whether it was met."""
        return None if self.got is None else self.got <= self.aim


class Latency(_Closed):
    """Latencies from the due moment, µs, of one load in one phase; `histogram` is HdrHistogram's own compressed form,
    in base64.
    """

    load: str
    phase: Literal["quiet", "under bulk", "under flood"]
    count: int
    p50_us: int
    p90_us: int
    p99_us: int
    p999_us: int
    max_us: int
    histogram: str


class Sends(_Closed):
    """Questions of one load, or of all: `offered` were due, `missed` could not be sent, `admitted` were answered,
    `refused` got a reason, `lost` got neither (by gRPC code; a killed gateway, a client that hung up). `late_p99_us`:
    how late the generator itself sent.
    """

    offered: int
    missed: int
    admitted: int
    refused: dict[str, int]
    lost: dict[str, int]
    late_p99_us: int


class AllowanceUse(_Closed):
    """One allowance and the most distinct residents that any window of its width held: by the answers that clients
    received, and by the ledger (None: not at hand). `exceeded`: somebody was refused for it, so that it should be full.
    """

    owner: str
    who: str
    purpose: str
    window: str
    limit: int
    by_answers: int
    by_ledger: int | None
    exceeded: bool


class Phase(_Closed):
    """A stretch of the run in which the same loads were on: `seconds` long, server CPU and answers in it. `on` names
    them.
    """

    on: tuple[str, ...]
    seconds: float
    cpu_seconds: float
    admitted: int
    refused: int
    rows: int


class Second(_Closed):
    """What became, within one second of the run, of the questions that were due in it; `rows` are pages received."""

    admitted: int
    refused: int
    lost: int
    missed: int
    rows: int


class Sample(_Closed):
    """The server at one moment: seconds since the start, CPU seconds used so far, resident memory in octets."""

    at: float
    cpu_seconds: float
    rss: int


class ServerUse(_Closed):
    """What the run cost the server. `samples` are a quarter of a second apart."""

    cpu_seconds: float
    peak_rss: int
    samples: tuple[Sample, ...]
    phases: tuple[Phase, ...]


class LedgerTold(_Closed):
    """What the verifier said of the ledger afterwards."""

    records: int
    disclosures: int
    residents: int
    refusals: int
    decisions: int
    faults: tuple[str, ...]
    verified_seconds: float


class Kill(_Closed):
    """One SIGKILL: when (seconds since the start), how long until the gateway served again, how many records its ledger
    had then, how many receipts clients held, and what did not hold ("" if everything did).
    """

    at: float
    back_after: float
    records: int
    receipts: int
    fault: str


class Verdict(_Closed):
    """The whole verdict."""

    scenario: str
    title: str
    shows: str
    started: str
    seconds: float
    days: int | None
    seed: int
    target: str
    residents: int
    checks: tuple[Check, ...]
    sends: Sends
    loads: dict[str, Sends]
    allowances: tuple[AllowanceUse, ...]
    latencies: tuple[Latency, ...]
    timeline: tuple[Second, ...]
    server: ServerUse | None
    ledger: LedgerTold | None
    kills: tuple[Kill, ...]
    aims: tuple[Aim, ...]
    capacity: float | None
    machine: dict[str, str | int | float | None]

    @computed_field  # type: ignore[prop-decorator]  # as above
    @property
    def result(self) -> Literal["PASS", "FAIL"]:
        """PASS if no invariant is broken and at least one was judged."""
        judged = [check.holds for check in self.checks if check.holds is not None]
        return "PASS" if judged and all(judged) else "FAIL"
