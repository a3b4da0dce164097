"""How the gateway stands, and having everything read anew."""

from __future__ import annotations

import re
from hashlib import sha256

import grpc
import pytest

from gateway.clock import SECOND
from gateway.demo.estate import Estate
from gateway.ledger.record import Record
from gateway.ledger.v1 import record_pb2
from gateway.v1 import operations_pb2 as pb
from tests.estates import (
    CHILDCARE,
    COUNTER,
    Desk,
    House,
    Told,
    change,
    limit,
    opened,
    purpose_file,
    rewrite,
    told,
    until,
    verified,
)


async def status(desk: Desk) -> pb.GetStatusResponse:
    """GetStatus."""
    response: pb.GetStatusResponse = await desk.stubs.operations.GetStatus(
        pb.GetStatusRequest(), metadata=desk.stubs.metadata
    )
    return response


async def reloaded(desk: Desk) -> pb.ReloadBookResponse:
    """ReloadBook."""
    response: pb.ReloadBookResponse = await desk.stubs.operations.ReloadBook(
        pb.ReloadBookRequest(), metadata=desk.stubs.metadata
    )
    return response


async def denied(desk: Desk) -> list[Told]:
    """Both calls' refusals; they must be."""
    refusals = []
    for call in (status, reloaded):
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await call(desk)
        refusals.append(told(caught.value))
    return refusals


def of_kind(house: House, kind: record_pb2.Kind.ValueType) -> list[Record]:
    """The records of a kind."""
    return [record for record in house.records() if record.header.kind == kind]


async def operator(house: House) -> Desk:
    """Whoever runs the gateway."""
    return await house.desk(house.cast.operator)


async def test_an_operator_sees_how_the_gateway_stands(house: House) -> None:
    """Ledger, book and directory in force, as they are."""
    start = house.clock.now
    house.clock.now += 7 * SECOND
    said = await status(await operator(house))
    assert (said.ledger.state, said.ledger.why, said.ledger.records) == ("serving", "", len(house.records()))
    assert said.started.ToMicroseconds() == start
    digests = {each.name: each.digest for each in said.book.purposes}
    assert digests[CHILDCARE] == sha256(purpose_file(house.estate, CHILDCARE).read_bytes()).digest()
    assert len(digests) == 9
    assert said.book.limits_digest == sha256((house.estate.path / "limits.yaml").read_bytes()).digest()
    assert 0 < said.directory.posts_in_force < said.directory.posts
    assert (said.questions, said.capacity) == (0, 256)


@pytest.mark.rule("W4", "R1")
async def test_operating_is_for_the_posts_that_the_settings_name(house: House) -> None:
    """Others are refused whatever their department, and it stands in the record; nothing was read anew."""
    for person in (house.cast.clerk, house.cast.auditor):
        assert [each.reason for each in await denied(await house.desk(person))] == ["PURPOSE_NOT_GRANTED"] * 2
    assert {staff for _, staff, _ in house.refusals()} == {house.cast.clerk.staff, house.cast.auditor.staff}
    assert of_kind(house, record_pb2.KIND_RELOAD) == []


@pytest.mark.rule("W3", "W4")
async def test_where_no_operators_are_named_nobody_operates(estate: Estate) -> None:
    """Not even the systems clerks; and an operator whose post has ended does not, either."""
    async with opened(estate) as house:
        change(estate, "standing", f"UPDATE post SET until = since WHERE staff = '{house.cast.operator.staff}'")
        desk = await operator(house)

        async def noticed() -> bool:
            try:
                await status(desk)
            except grpc.aio.AioRpcError:
                return True
            return False

        await until(noticed)
        assert [each.reason for each in await denied(desk)] == ["POST_NOT_IN_FORCE"] * 2
    text = estate.settings.read_text(encoding="utf-8")
    without, times = re.subn(r"^operators:\n(?:  .*\n)+", "", text, flags=re.MULTILINE)
    assert times == 1
    estate.settings.write_text(without, encoding="utf-8")
    change(estate, "standing", f"UPDATE post SET until = NULL WHERE staff = '{house.cast.operator.staff}'")
    async with opened(estate) as house:
        assert [each.reason for each in await denied(await operator(house))] == ["PURPOSE_NOT_GRANTED"] * 2


@pytest.mark.rule("R1")
async def test_a_changed_book_comes_into_force_without_a_restart(estate: Estate) -> None:
    """From the next question on; the record has the book and who asked for it, and it verifies."""
    async with opened(estate) as house:
        caseworker, desk = await house.caseworker(), await operator(house)
        assert await caseworker.tried(house.parent(mask=["name", "income"])) == "OK"
        rewrite(estate, CHILDCARE, ("  name: keep", "  name: redact"))
        limit(estate, "refusals: {staff: {1d: 100000}}", "refusals: {staff: {1d: 99999}}")
        purpose_file(estate, COUNTER).unlink()
        books = len(of_kind(house, record_pb2.KIND_BOOK))
        said = await reloaded(desk)
        assert (list(said.added), list(said.changed), list(said.removed)) == ([], [CHILDCARE], [COUNTER])
        assert (said.limits_changed, said.directory_changed, list(said.findings)) == (True, False, [])
        assert (await caseworker.get(house.parent(mask=["name"]))).resident.name.WhichOneof("form") == "absent"
        assert await (await house.clerk()).tried(house.at_the_counter(house.cast.bystander)) == "PURPOSE_NOT_GRANTED"
        assert len(of_kind(house, record_pb2.KIND_BOOK)) == books + 1
        (record,) = of_kind(house, record_pb2.KIND_RELOAD)
        assert (record.private.staff, record.private.post) == (house.cast.operator.staff, house.cast.operator.post)
        assert (record.header.department, record.private.findings) == ("information-systems", 0)
        assert COUNTER not in {each.name for each in (await status(desk)).book.purposes}
    assert verified(estate).faults == []


@pytest.mark.rule("R1")
async def test_a_book_with_findings_is_not_put_in_force(estate: Estate) -> None:
    """All that is wrong is told with its place, the old book serves on, and that it was tried is recorded."""
    async with opened(estate) as house:
        rewrite(estate, CHILDCARE, ("  name: keep", "  name: kept"))
        limit(estate, "repeats:", "repeat:")
        books = len(of_kind(house, record_pb2.KIND_BOOK))
        before = await status(await operator(house))
        said = await reloaded(await operator(house))
        found = {(each.file.rpartition("/")[2], each.code) for each in said.findings}
        assert ("childcare-fee-reduction.yaml", "unknown-mask") in found
        assert {file for file, _ in found} == {"childcare-fee-reduction.yaml", "limits.yaml"}
        assert all(each.line and each.column for each in said.findings)
        assert (list(said.changed), said.limits_changed) == ([], False)
        assert await (await house.caseworker()).tried(house.parent()) == "OK"
        assert (await status(await operator(house))).book == before.book
        assert len(of_kind(house, record_pb2.KIND_BOOK)) == books
        (record,) = of_kind(house, record_pb2.KIND_RELOAD)
        assert record.private.findings == len(said.findings)
        seq = house.records().index(record)
        assert said.record_id.startswith(f"{seq}.")
    assert verified(estate).faults == []


@pytest.mark.rule("R1", "W3")
async def test_each_directory_that_comes_into_force_is_recorded_by_its_digest(house: House) -> None:
    """At the start, and after each change, whether somebody asked for a reload or the gateway saw it by itself."""
    desk = await operator(house)
    (first,) = of_kind(house, record_pb2.KIND_DIRECTORY)
    assert first.private.directory == (await status(desk)).directory.digest
    change(house.estate, "standing", f"DELETE FROM post WHERE post = '{house.cast.nurse.post}'")
    await reloaded(desk)

    async def recorded() -> bool:
        return len(of_kind(house, record_pb2.KIND_DIRECTORY)) == 2

    await until(recorded)
    second = of_kind(house, record_pb2.KIND_DIRECTORY)[1]
    assert second.private.directory == (await status(desk)).directory.digest != first.private.directory


async def test_status_is_told_while_the_ledger_does_not_serve(house: House) -> None:
    """That is when it is needed; a reload is refused then."""
    desk = await operator(house)
    (house.estate.state / "ledger.db").unlink()
    assert await (await house.clerk()).tried(house.at_the_counter(house.cast.bystander)) == "LEDGER_UNAVAILABLE"
    said = await status(desk)
    assert said.ledger.state == "stopped"
    assert said.ledger.why
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await reloaded(desk)
    assert told(caught.value).reason == "LEDGER_UNAVAILABLE"


async def test_a_directory_that_cannot_be_read_is_no_reload(house: House) -> None:
    """REGISTER_UNAVAILABLE, and the book is as it was."""
    desk = await operator(house)
    rewrite(house.estate, CHILDCARE, ("  name: keep", "  name: redact"))
    (house.estate.path / "city" / "standing.db").rename(house.estate.path / "away.db")
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await reloaded(desk)
    assert told(caught.value).reason == "REGISTER_UNAVAILABLE"
    assert of_kind(house, record_pb2.KIND_RELOAD) == []
    (house.estate.path / "away.db").rename(house.estate.path / "city" / "standing.db")
    assert list((await reloaded(desk)).changed) == [CHILDCARE]
