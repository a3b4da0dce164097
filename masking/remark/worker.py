"""A reader of remarks in a process of its own: texts come in by standard input, what was found goes out.

Rule: it knows names and texts and no keys, keeps nothing, writes nothing but answers, and ends when whoever asks is
gone. A text that cannot be read in full is answered so, whatever the cause (rule M7).

Run as `python -m masking.remark.worker`; what is said is written down in wire.py.
"""

from __future__ import annotations

import gc
import json
import os
import resource
import sys
from typing import Any, BinaryIO, Final

from masking.remark.engine import Engine
from masking.remark.wire import LENGTH, frame, length_of, spans_said

_NICER: Final = 5
"""Steps of priority below whoever answers people at a counter."""
_FIRST: Final = "佐藤花子さん(昭和45年8月12日生、潮見市水神二丁目3番18号、090-0123-4567)から電話。"
"""Read before anybody asks, so that nobody waits for what is loaded with the first text."""


def main() -> None:
    """Answer until standard input ends."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # what is read here is not to lie about as a core file
    os.nice(_NICER)
    heard, told = sys.stdin.buffer, sys.stdout.buffer
    engine = Engine()
    engine.spans(_FIRST)
    gc.collect()
    gc.freeze()
    _say(told, {"ready": True})
    while (asked := _next(heard)) is not None:
        _say(told, _answer(engine, asked))


def _answer(engine: Engine, asked: dict[str, Any]) -> dict[str, Any]:
    if "names" in asked:
        return {"known": engine.enter_names(asked["names"])}
    try:
        return spans_said(engine.spans(asked["text"]))
    except Exception:  # noqa: BLE001 - doubt of any kind redacts the whole remark
        return spans_said(None)


def _say(to: BinaryIO, said: dict[str, Any]) -> None:
    to.write(frame(said))
    to.flush()


def _next(heard: BinaryIO) -> dict[str, Any] | None:
    head = heard.read(LENGTH)
    if len(head) < LENGTH:
        return None
    asked: dict[str, Any] = json.loads(heard.read(length_of(head)))
    return asked


if __name__ == "__main__":
    main()
