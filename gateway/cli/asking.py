"""Asking a gateway from the command line: one conversation, and what is said where it does not come to an answer.

Rule: a refusal is told in the person's language and leaves with its exit code; who only wanted JSON gets it as it came.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import asdict
from typing import Any, NoReturn, TypeVar

from gateway.cli import show
from gateway.cli.client import Access, Denial, Denied, Stubs, connected
from gateway.cli.exits import Exit
from gateway.cli.told import RECORDED, details, sentence, spoken

_Result = TypeVar("_Result")


def ask(
    access: Access,
    conversation: Callable[[Stubs], Awaitable[_Result]],
    *,
    language: str,
    json: bool,
    fields: Sequence[str] | None = None,
) -> _Result:
    """What the conversation comes to. Where it is refused, or nobody can be asked, says so and leaves; `fields` are
    those asked for, in their order.
    """
    os.environ.setdefault("GRPC_VERBOSITY", "NONE")  # gRPC's own log would repeat in C++ what is said in words here.

    async def converse() -> _Result:
        async with connected(access) as stubs:
            return await conversation(stubs)

    try:
        return asyncio.run(converse())
    except Denied as denied:
        _refused(denied.denial, access.address, fields or (), language, json=json)
    except BrokenPipeError:
        raise  # of standard output: no file of ours
    except UnicodeEncodeError:  # by the messages of the contract, whose texts are UTF-8
        show.fail(Exit.USAGE, "something that was typed is no text in UTF-8")
    except OSError as fault:
        show.fail(Exit.CANNOT, f"{fault.filename}: cannot be read: {fault.strerror}")


def thank(receipt: Mapping[str, Any]) -> None:
    """Say that the look is recorded, as the gateway says it."""
    show.note(f"{receipt['notice']} [{receipt['disclosure_id']}]")


def _refused(denial: Denial, address: str, fields: Sequence[str], language: str, *, json: bool) -> NoReturn:
    """Say what the gateway said, and leave."""
    if not denial.reason:
        show.fail(Exit.UNAVAILABLE, f"{address}: no gateway answers there ({denial.code}: {denial.text})")
    if json:
        told = asdict(denial)
        del told["status"]
        show.as_json({"refusal": told})
    show.note(f"{denial.reason} ({denial.code}): {sentence(denial, language)}")
    for line in details(denial, fields, language):
        show.note(f"  {line}")
    if denial.code == "UNAVAILABLE":
        raise SystemExit(int(Exit.UNAVAILABLE))
    show.note(spoken(RECORDED, language))
    raise SystemExit(int(Exit.REFUSED))
