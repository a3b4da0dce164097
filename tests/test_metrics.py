"""What Prometheus reads."""

from __future__ import annotations

import re
import socket
import urllib.request
from collections.abc import Mapping

import pytest

from gateway.app import CannotStart, assemble
from gateway.demo.estate import Estate
from gateway.ledger.ledger import Condition, State
from gateway.measures import Measures, Step
from gateway.metrics import GatewayCollector
from gateway.refusal import Reason
from gateway.settings import Settings
from gateway.v1 import register_pb2 as pb
from tests.estates import ARREARS, CHILDCARE, COUNTER, STATISTICS, House, lookup, opened, selection, setting

_LABEL = re.compile(r'(\w+)="([^"]*)"')


@pytest.fixture
def port() -> int:
    """A port that was free a moment ago."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        return int(listening.getsockname()[1])


def scraped(port: int) -> str:
    """What a scrape brings."""
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10) as response:
        return str(response.read().decode())


def values(text: str, metric: str) -> Mapping[tuple[str, ...], float]:
    """A metric's values by its labels' values, in the order of the labels' names."""
    found = {}
    for line in text.splitlines():
        if line.startswith((f"{metric}{{", f"{metric} ")):
            found[tuple(value for _, value in _LABEL.findall(line))] = float(line.rpartition(" ")[2])
    return found


async def busy(house: House) -> None:
    """A day's work: answers, refusals, strangers, and callers who make up words."""
    cast = house.cast
    caseworker, clerk, analyst = await house.caseworker(), await house.clerk(), await house.analyst()
    assert await caseworker.tried(house.parent()) == "OK"
    assert await clerk.tried(house.at_the_counter(cast.bystander)) == "OK"
    assert await caseworker.tried(house.parent(mask=["sex"])) == "FIELD_NOT_GRANTED"
    for made_up in ("junk-1", "junk-2", cast.parent, "x", "Not A Word", COUNTER):
        await caseworker.tried(lookup(made_up, cast.parent))
        await caseworker.tried(lookup(made_up, "nobody"))
        await caseworker.stream(selection(made_up, ages=(0, None)))
        await caseworker.stream(selection(made_up, area="x"))
    assert await caseworker.tried(pb.GetResidentRequest()) == "REQUEST_MALFORMED"
    stranger = await house.desk(cast.collector, token="nothing")
    assert await stranger.tried(lookup(ARREARS, cast.parent)) == "IDENTITY_INVALID"
    assert (await analyst.stream(selection(ages=(0, 4)))).end is None


@pytest.mark.rule("R6")
async def test_labels_come_from_closed_lists(estate: Estate, port: int) -> None:
    """Whatever callers write: purposes of the book, reasons of the table, steps, states and doubts, nothing else."""
    setting(estate, "metrics", f"127.0.0.1:{port}")
    async with opened(estate) as house:
        await busy(house)
        text = scraped(port)
    book = {"", CHILDCARE, COUNTER, ARREARS, STATISTICS}
    closed = {
        "purpose": book,
        "outcome": {"OK", *Reason},
        "step": set(Step),
        "state": set(State),
    }
    labels = {
        (key, value)
        for line in text.splitlines()
        if line.startswith("register_gateway")
        for key, value in _LABEL.findall(line)
    }
    assert {key for key, _ in labels} == {*closed, "doubt"}
    assert not [(key, value) for key, value in labels if key in closed and value not in closed[key]]
    assert "junk" not in text
    assert house.cast.parent not in text
    assert house.cast.caseworker.staff not in text


async def test_requests_residents_and_records_are_counted(estate: Estate, port: int) -> None:
    """By purpose and outcome; the ledger's state is the one that is 1."""
    setting(estate, "metrics", f"127.0.0.1:{port}")
    async with opened(estate) as house:
        await busy(house)
        text = scraped(port)
        records = len(house.records())
    requests = values(text, "register_gateway_requests_total")
    assert requests["OK", CHILDCARE] == requests["OK", COUNTER] == requests["OK", STATISTICS] == 1
    assert requests["FIELD_NOT_GRANTED", CHILDCARE] == 1
    assert requests["IDENTITY_INVALID", ""] == 1
    assert values(text, "register_gateway_residents_total")[(COUNTER,)] == 1
    assert values(text, "register_gateway_residents_total")[(STATISTICS,)] > 1
    assert sum(values(text, "register_gateway_doubts_total").values()) == 1
    assert values(text, "register_gateway_ledger_state") == {("serving",): 1, ("waiting",): 0, ("stopped",): 0}
    assert values(text, "register_gateway_ledger_records")[()] <= records
    assert values(text, "register_gateway_step_passes_total")[(Step.SETTLE.value,)] >= 2


def test_the_ledger_s_condition_shows() -> None:
    """Alerts can be written on it."""
    collector = GatewayCollector(Measures(), lambda: Condition(State.STOPPED, "why"), lambda: 7)
    (state,) = [metric for metric in collector.collect() if metric.name == "register_gateway_ledger_state"]
    assert {sample.labels["state"]: sample.value for sample in state.samples} == {
        "serving": 0,
        "waiting": 0,
        "stopped": 1,
    }


async def test_a_metrics_port_that_is_taken_is_a_loud_failure(estate: Estate) -> None:
    """The gateway does not start without the eyes that were asked for."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        setting(estate, "metrics", address)
        with pytest.raises(CannotStart, match=f"{address}: metrics cannot be served there"):
            await assemble(Settings.read(estate.settings))
