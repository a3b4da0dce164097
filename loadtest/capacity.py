"""What a gateway can answer at most: so many callers who each ask again as soon as they are answered.

Rule: measured on a ledger of its own, which is put aside afterwards; the run that follows begins with none of it.
"""

from __future__ import annotations

import json
import subprocess
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path
from typing import Final

from loadtest.bench.load import Job
from loadtest.bench.machine import cores, pinned
from loadtest.bench.servers import start_gateway
from loadtest.scenario import Call, Scenario
from loadtest.schedule import schedule
from loadtest.town import Town

_CALLERS: Final = 64
_SECONDS: Final = 4.0
_QUESTIONS: Final = 4000


def capacity_of(town: Town, scenario: Scenario, home: Path, seed: int) -> float:
    """Lookups a second of the first load whose rate is a share of it."""
    load = next(load for load in scenario.loads if load.of_capacity is not None)
    asking = load.model_copy(update={"calls": {Call.LOOKUP: 1}, "begins": 0.0, "ends": 1.0})
    (sends,) = schedule(asking, town.context(load), town.residents, seconds=1, rate=_QUESTIONS, seed=seed)
    crew = town.crew(load)
    tokens = [town.tokens(person, 1)[0] for person in crew]
    certificate, key = town.system(crew[0])
    with ExitStack() as stack:
        server, _ = start_gateway(town.estate, home, cores()[0], stack)
        job = Job(
            server.port,
            str(town.authority),
            str(certificate),
            str(key),
            _CALLERS,
            1.0,
            _SECONDS,
            [(tokens[each.caller], each.request.hex()) for each in sends],
        )
        with pinned(["loadtest.bench.load"], cores()[1], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as closed:
            said, _ = closed.communicate(json.dumps(asdict(job)), timeout=60)
    town.new_ledger()
    return float(json.loads(said.splitlines()[-1])["per_second"])
