"""Metrics for Prometheus, made when they are asked for: a request costs nothing for being measured.

Rule: labels come from closed lists (purposes of the book, reasons, steps, states); nothing about residents or staff.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator

from prometheus_client import CollectorRegistry, start_http_server
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from gateway.ledger.ledger import Condition, State
from gateway.measures import Measures, Step


class GatewayCollector(Collector):
    """Reads one gateway's measures and its ledger's condition."""

    def __init__(self, measures: Measures, condition: Callable[[], Condition], records: Callable[[], int]) -> None:
        self._measures, self._condition, self._records = measures, condition, records

    def collect(self) -> Iterator[Metric]:
        """All metrics as they are now."""
        measures = self._measures
        requests = CounterMetricFamily(
            "register_gateway_requests", "Requests by purpose and outcome.", labels=("purpose", "outcome")
        )
        for (purpose, outcome), count in list(measures.requests.items()):
            requests.add_metric((purpose, outcome), count)
        yield requests
        residents = CounterMetricFamily(
            "register_gateway_residents", "Residents disclosed by purpose.", labels=("purpose",)
        )
        for purpose, count in list(measures.residents.items()):
            residents.add_metric((purpose,), count)
        yield residents
        limits = CounterMetricFamily(
            "register_gateway_limits",
            "Lines crossed: limits near, spent, or in shadow and exceeded; coverage that warns.",
            labels=("crossed", "owner", "window", "meter"),
        )
        for labels, count in list(measures.limits.items()):
            limits.add_metric(labels, count)
        yield limits
        doubts = CounterMetricFamily("register_gateway_doubts", "Identities doubted, by cause.", labels=("doubt",))
        for doubt, count in list(measures.doubts.items()):
            doubts.add_metric((doubt,), count)
        yield doubts
        former = CounterMetricFamily(
            "register_gateway_former_posts",
            "Refusals of who asked in a post that had ended, or for a purpose of a department that they had left.",
            labels=("outcome",),
        )
        for outcome, count in list(measures.former.items()):
            former.add_metric((outcome,), count)
        yield former
        remarks = CounterMetricFamily(
            "register_gateway_remarks", "Remarks to be masked: read, or redacted and why.", labels=("outcome",)
        )
        for outcome, count in list(measures.remarks.items()):
            remarks.add_metric((outcome,), count)
        yield remarks
        seconds = CounterMetricFamily("register_gateway_step_seconds", "Time spent by step.", labels=("step",))
        passes = CounterMetricFamily("register_gateway_step_passes", "Requests by step.", labels=("step",))
        for step in Step:
            seconds.add_metric((step.value,), measures.steps[step] / 1e9)
            passes.add_metric((step.value,), measures.passes[step])
        yield seconds
        yield passes
        yield CounterMetricFamily("register_gateway_walks", "Walks of lookups gathered together.", measures.batches)
        yield CounterMetricFamily("register_gateway_walked", "Lookups in those walks.", measures.batched)
        state = GaugeMetricFamily("register_gateway_ledger_state", "1 for the ledger's state.", labels=("state",))
        for each in State:
            state.add_metric((each.value,), float(self._condition().state is each))
        yield state
        yield GaugeMetricFamily("register_gateway_ledger_records", "Records in the ledger.", self._records())


class MetricsServer:
    """HTTP from a thread of its own. `port` is where it listens."""

    def __init__(self, address: str, collector: Collector) -> None:
        """Serve `collector` at `address`. Raises OSError if the port is taken."""
        registry = CollectorRegistry()
        registry.register(collector)
        host, _, port = address.rpartition(":")
        self._server, self._thread = start_http_server(int(port), addr=host.strip("[]"), registry=registry)
        self.port: int = self._server.server_port

    async def close(self) -> None:
        """Stop, and give the port back."""
        await asyncio.to_thread(self._server.shutdown)  # it waits for a scrape under way
        self._server.server_close()
        self._thread.join()
