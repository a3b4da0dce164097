"""A gateway that stands by: it has read its program and waits for a line before it starts.

Rule: what starts then is `serve` and nothing else. Who kills a gateway again and again need not wait each time until
Python has read the program, and so has more moments to kill it in. `python -m loadtest.spare --config FILE`.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from gateway.cli.serve import serve


def main() -> None:
    """Wait for the word; serve."""
    parser = argparse.ArgumentParser(prog="python -m loadtest.spare", description=__doc__)
    parser.add_argument("--config", type=Path, required=True)
    config = parser.parse_args().config
    if sys.stdin.readline():
        serve(config=config)


if __name__ == "__main__":
    main()
