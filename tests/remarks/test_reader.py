"""The reader of remarks with its real process: what it reads, and that nothing it cannot read comes through."""

from __future__ import annotations

import asyncio
import os
import signal
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import pytest

from gateway.remarks.reader import Change, RemarkReader
from masking.remark.span import SpanType

TEXT = "長女の佐藤花子さんから電話、090-0123-4567。"
OTHERS = [f"{number}月分の督促状は返戻" for number in range(400)]


class Around:
    """What a reader is told and tells; `names` None: the register cannot be read."""

    def __init__(self, names: Sequence[str] | None = ("佐藤　花子",)) -> None:
        self.names = names
        self.wanted = True
        self.outcomes: Counter[str] = Counter()
        self.changes: list[Change] = []

    async def bring(self) -> Sequence[str] | None:
        return self.names


@asynccontextmanager
async def reading(around: Around) -> AsyncIterator[RemarkReader]:
    """A reader, begun if it is wanted."""
    reader = RemarkReader(lambda: around.wanted, around.bring, around.outcomes, around.changes.append)
    await reader.tend()
    try:
        yield reader
    finally:
        await reader.close()


def signalled(reader: RemarkReader, number: signal.Signals) -> None:
    """Send the process of the reader a signal."""
    assert reader.worker is not None
    os.kill(reader.worker, number)


async def test_remarks_are_read_in_a_process_of_their_own_and_by_the_register_s_names() -> None:
    """What is found is what the engine finds, with offsets in the text as it was given; a name that only the register
    has is found once it is there; nothing to find is an answer, too. Without a purpose that shows remarks there is no
    process.
    """
    around = Around()
    around.wanted = False
    async with reading(around) as reader:
        assert not reader.reading
        assert await reader.read([TEXT]) == {}
        around.wanted = True
        await reader.tend()
        assert reader.worker not in {None, os.getpid()}
        found = await reader.read([TEXT, "", TEXT, "特になし"])
        assert {text: len(spans) for text, spans in found.items()} == {TEXT: 2, "": 0, "特になし": 0}
        assert [(TEXT[span.start : span.end], span.type) for span in found[TEXT]] == [
            ("佐藤花子", SpanType.PERSON),
            ("090-0123-4567", SpanType.PHONE),
        ]
        around.wanted = False
        worker = reader.worker
        await reader.tend()
        assert not reader.reading
        with pytest.raises(ProcessLookupError):
            os.kill(worker or 0, 0)
    assert [change.reading for change in around.changes] == [True]
    assert around.outcomes == {"away": 1, "read": 3, "doubt": 0}


@pytest.mark.rule("M7")
async def test_a_worker_that_is_lost_costs_answers_and_comes_back(monkeypatch: pytest.MonkeyPatch) -> None:
    """Killed or standing still, it reads nothing; what is asked meanwhile is not guessed; the next worker reads. A
    remark over which two were lost is given to no third.
    """
    monkeypatch.setattr("gateway.remarks.worker.READ", 0.3)
    around = Around()
    async with reading(around) as reader:
        first = reader.worker
        signalled(reader, signal.SIGKILL)
        assert await reader.read([TEXT]) == {}
        assert await reader.read([TEXT]) == {}
        assert not reader.reading
        await reader.tend()
        assert reader.worker not in {None, first}
        assert set(await reader.read([TEXT])) == {TEXT}

        signalled(reader, signal.SIGSTOP)
        assert await reader.read([TEXT, "特になし"]) == {}
        await reader.tend()
        assert await reader.read([TEXT, "特になし"]) == {"特になし": ()}
    assert [change.reading for change in around.changes] == [True, False, True, False, True]
    assert around.changes[3].why == "took too long"


@pytest.mark.rule("M7")
async def test_what_cannot_be_read_in_full_is_not_among_what_was_found() -> None:
    """Too long to be read; and whatever there is, until the register's names are known."""
    around = Around(None)
    async with reading(around) as reader:
        assert reader.worker is not None
        assert await reader.read([TEXT]) == {}
        around.names = ["ｻﾄｳ ﾊﾅｺ"]
        reader._renew_at = 0
        await reader.tend()
        assert set(await reader.read([TEXT, "あ" * 5_000])) == {TEXT}
    assert around.outcomes == {"away": 1, "read": 1, "doubt": 1}


@pytest.mark.rule("M7")
async def test_nobody_waits_longer_than_a_turn_may_take(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where there is more to read than can be read in time, it is not read."""
    monkeypatch.setattr("gateway.remarks.reader.WAIT", 0.2)
    around = Around()
    async with reading(around) as reader:
        signalled(reader, signal.SIGSTOP)
        found = await asyncio.gather(*(reader.read([text]) for text in OTHERS[:20]))
        assert found == [{}] * 20
        assert around.outcomes["waited"] == 20
        signalled(reader, signal.SIGCONT)


@pytest.mark.rule("L6")
async def test_whoever_reads_in_bulk_takes_turns_with_who_asks_for_one() -> None:
    """Who comes later with one remark is not behind a whole page; and who is gone leaves nothing behind that would be
    read for nobody, nor another's answer.
    """
    async with reading(Around()) as reader:
        page = asyncio.create_task(reader.read(OTHERS))
        await asyncio.sleep(0)
        assert set(await reader.read([TEXT])) == {TEXT}
        assert not page.done()
        page.cancel()
        assert await reader.read(OTHERS[:1]) == {OTHERS[0]: ()}
