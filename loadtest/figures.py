"""The figures of a run: latencies as HDR histograms, counts of questions, phases, and the aims they are held against.

Rule: latencies count from the moment a question was due; whoever got neither answer nor reason counts with the time
that they waited in vain.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Final, Literal

from hdrh.histogram import HdrHistogram  # type: ignore[import-untyped]  # shipped without types

from gateway.clock import SECOND
from gateway.refusal import Reason
from loadtest.answers import Answered, Row, is_lost, is_refusal
from loadtest.scenario import Call, Load
from loadtest.verdict import Aim, Latency, Phase, Sample, Second, Sends
from loadtest.worker import MISSED, OK

UNDER_BULK_AIM: Final = 1.5
"""Interactive p99 under bulk, as a multiple of the quiet one, at most."""
UNDER_FLOOD_AIM: Final = 50.0
"""Interactive p99 under a flood, ms, at most: nobody at a counter notices."""
REFUSAL_AIM: Final = 1.0
"""Server CPU of a refusal, as a multiple of an answer's, at most."""
GROWTH_AIM: Final = 32.0
"""MiB that the server's memory grows over the second half of a run, at most."""
_LONGEST: Final = 60 * SECOND
_DIGITS: Final = 3
_FEW: Final = 50
"""Answers of a phase below which a 99th percentile means nothing."""

PhaseName = Literal["quiet", "under bulk", "under flood"]


def histogram() -> HdrHistogram:
    """From 1 µs to a minute, with three digits."""
    return HdrHistogram(1, _LONGEST, _DIGITS)


def phase_at(loads: Sequence[Load], share: float) -> PhaseName:
    """What else goes on at this share of the run."""
    kinds = {load.kind for load in loads if load.begins <= share < load.ends}
    return "under bulk" if "bulk" in kinds else "under flood" if "hostile" in kinds else "quiet"


def latencies(answers: Sequence[Answered], length: int) -> list[Latency]:
    """Of interactive loads by phase, all together; `length` is that of the run (of a day), µs."""
    loads = [answered.load for answered in answers]
    found: dict[PhaseName, HdrHistogram] = {}
    for answered in answers:
        if answered.load.kind != "interactive":
            continue
        for row in answered.ends:
            if row.outcome == OK or is_lost(row.outcome):
                phase = phase_at(loads, answered.asked(row).at / length)
                found.setdefault(phase, histogram()).record_value(min(_LONGEST, max(1, row.done - row.due)))
    return [_latency(phase, found[phase]) for phase in ("quiet", "under bulk", "under flood") if phase in found]


def _latency(phase: PhaseName, seen: HdrHistogram) -> Latency:
    return Latency(
        load="interactive",
        phase=phase,
        count=seen.get_total_count(),
        p50_us=seen.get_value_at_percentile(50),
        p90_us=seen.get_value_at_percentile(90),
        p99_us=seen.get_value_at_percentile(99),
        p999_us=seen.get_value_at_percentile(99.9),
        max_us=seen.get_max_value(),
        histogram=seen.encode().decode("ascii"),
    )


def sends(rows: Iterable[Row]) -> Sends:
    """What became of the questions that these rows end."""
    refused: Counter[str] = Counter()
    lost: Counter[str] = Counter()
    offered = missed = admitted = 0
    late = histogram()
    for row in rows:
        offered += 1
        if row.outcome == MISSED:
            missed += 1
            continue
        late.record_value(min(_LONGEST, max(1, row.sent - row.due)))
        if row.outcome == OK:
            admitted += 1
        elif is_refusal(row.outcome):
            refused[row.outcome] += 1
        else:
            lost[row.outcome] += 1
    return Sends(
        offered=offered,
        missed=missed,
        admitted=admitted,
        refused=dict(sorted(refused.items())),
        lost=dict(sorted(lost.items())),
        late_p99_us=late.get_value_at_percentile(99) if offered > missed else 0,
    )


def timeline(answers: Sequence[Answered], start: int) -> list[Second]:
    """The run second by second; `start` on the steady clock, µs."""
    rows: dict[int, list[Row]] = {}
    for answered in answers:
        for row in answered.rows:
            rows.setdefault(
                max(0, row.due - start) // SECOND if not row.page else max(0, row.done - start) // SECOND, []
            ).append(row)
    return [_second(rows.get(second, [])) for second in range(max(rows, default=-1) + 1)]


def _second(rows: Sequence[Row]) -> Second:
    ends = [row for row in rows if not row.page]
    return Second(
        admitted=sum(row.outcome == OK for row in ends),
        refused=sum(is_refusal(row.outcome) for row in ends),
        lost=sum(is_lost(row.outcome) for row in ends),
        missed=sum(row.outcome == MISSED for row in ends),
        rows=sum(row.delivered for row in rows if row.page),
    )


def phases(answers: Sequence[Answered], samples: Sequence[Sample], start: int, length: int) -> list[Phase]:
    """The run cut where a load begins or ends; `start` on the steady clock, `length` µs."""
    loads = [answered.load for answered in answers]
    cuts = sorted({0.0, 1.0, *(load.begins for load in loads), *(load.ends for load in loads)})
    found = []
    for begin, end in pairwise(cuts):
        on = tuple(load.name for load in loads if load.begins <= begin < load.ends)
        rows = [
            row
            for answered in answers
            for row in answered.rows
            if begin <= (row.done - start) / length < end and row.outcome != MISSED
        ]
        seconds = (end - begin) * length / SECOND
        found.append(
            Phase(
                on=on,
                seconds=seconds,
                cpu_seconds=_cpu_at(samples, end * length / SECOND) - _cpu_at(samples, begin * length / SECOND),
                admitted=sum(row.page == 0 and row.outcome == OK for row in rows),
                refused=sum(is_refusal(row.outcome) and row.outcome != Reason.RESIDENT_NOT_FOUND for row in rows),
                rows=sum(row.page > 0 for row in rows),
            )
        )
    return found


def _cpu_at(samples: Sequence[Sample], moment: float) -> float:
    """CPU seconds at a moment, between the samples beside it."""
    if not samples:
        return 0.0
    place = bisect_left(samples, moment, key=lambda sample: sample.at)
    if place == 0 or place == len(samples):
        return samples[min(place, len(samples) - 1)].cpu_seconds
    before, after = samples[place - 1], samples[place]
    share = (moment - before.at) / (after.at - before.at) if after.at > before.at else 0.0
    return before.cpu_seconds + share * (after.cpu_seconds - before.cpu_seconds)


def aims(
    answers: Sequence[Answered], told: Sequence[Latency], cut: Sequence[Phase], samples: Sequence[Sample]
) -> list[Aim]:
    """The aims that this run has something to say about."""
    found = []
    kinds = {answered.load.kind for answered in answers}
    by_phase = {each.phase: each for each in told}
    quiet = by_phase.get("quiet")
    bulk, flood = by_phase.get("under bulk"), by_phase.get("under flood")
    if bulk is not None and quiet is not None and min(bulk.count, quiet.count) >= _FEW:
        ratio = round(bulk.p99_us / quiet.p99_us, 2)
        found.append(Aim(name="interactive p99 under bulk, × quiet", aim=UNDER_BULK_AIM, got=ratio))
    if flood is not None and flood.count >= _FEW:
        got = round(flood.p99_us / 1000, 1)
        found.append(Aim(name="interactive p99 under a flood", aim=UNDER_FLOOD_AIM, got=got, unit="ms"))
    if "hostile" in kinds:
        found.append(
            Aim(name="server CPU of a refusal, × an answer's", aim=REFUSAL_AIM, got=_refusal_cost(answers, cut))
        )
    if "bulk" in kinds and len(samples) > _FEW // 2:
        half = samples[len(samples) // 2]
        grown = max(sample.rss for sample in samples[len(samples) // 2 :]) - half.rss
        found.append(
            Aim(name="memory grown in the second half", aim=GROWTH_AIM, got=round(grown / 2**20, 1), unit="MiB")
        )
    return found


def _refusal_cost(answers: Sequence[Answered], cut: Sequence[Phase]) -> float | None:
    """From a phase with nothing but refusals and one with next to nothing but answers."""
    kinds = {answered.load.name: answered.load.kind for answered in answers}
    calls = {answered.load.name: set(answered.load.calls) for answered in answers}
    refusing = [
        phase
        for phase in cut
        if phase.on and all(kinds[name] == "hostile" and Call.NOBODY not in calls[name] for name in phase.on)
    ]
    answering = [phase for phase in cut if phase.on and all(kinds[name] == "interactive" for name in phase.on)]
    refused, admitted = sum(each.refused for each in refusing), sum(each.admitted for each in answering)
    if refused < _FEW or admitted < _FEW:
        return None
    a_refusal = sum(each.cpu_seconds for each in refusing) / refused
    an_answer = sum(each.cpu_seconds for each in answering) / admitted
    return round(a_refusal / an_answer, 2) if an_answer else None
