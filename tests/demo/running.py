"""The demo in a process of its own, as `make demo` starts it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[2]
RESIDENTS: Final = "2600"

_ENVIRONMENT: Final = {key: value for key, value in os.environ.items() if key not in {"FORCE_COLOR", "COLUMNS"}}


def gateway(*arguments: str | Path, patience: float = 60) -> subprocess.CompletedProcess[str]:
    """`register-gateway …`, to its end."""
    return subprocess.run(
        [sys.executable, "-m", "gateway", *map(str, arguments)],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env=_ENVIRONMENT,
        timeout=patience,
        check=False,
    )


@contextmanager
def started(*arguments: str | Path) -> Iterator[subprocess.Popen[str]]:
    """`register-gateway demo …`, under way; killed if the block leaves it running."""
    process = subprocess.Popen(
        [sys.executable, "-m", "gateway", "demo", "--residents", RESIDENTS, *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        cwd=ROOT,
        env=_ENVIRONMENT,
    )
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate()


def read_until(process: subprocess.Popen[str], text: str) -> str:
    """What the process printed, up to the line that holds `text`."""
    assert process.stdout is not None
    said = []
    for line in process.stdout:
        said.append(line)
        if text in line:
            return "".join(said)
    raise AssertionError(f"{text!r} was not printed, but:\n{''.join(said)}")


def server_of(said: str) -> int:
    """The process id of the gateway, as the demo tells it."""
    found = re.search(r"in service at 127\.0\.0\.1:\d+, process (\d+)", said)
    assert found is not None, said
    return int(found[1])


def is_running(pid: int) -> bool:
    """Whether there is such a process."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True
