"""Notices of emergencies: a real mail drop, and a real web server on loopback that takes them, or does not."""

from __future__ import annotations

import json
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from gateway.app import CannotStart, assemble
from gateway.clock import DAY, SystemClock
from gateway.demo.estate import Estate
from gateway.ledger.grants import Grant
from gateway.ledger.v1 import record_pb2
from gateway.notices import MailDrop, Notices, Webhook
from gateway.settings import Settings
from gateway.v1 import operations_pb2
from tests.estates import CHILDCARE, House, lookup, opened, purpose_file, rewrite, until
from tests.test_grants import GLASS, approves, listed

OFFICER = "s0001"
_NOTICES = "notices:\n  folder: notices\n  officer: s0001\n"


@dataclass
class Desk:
    """What a web server has been told; `says` are the statuses of its next answers, and 204 after them."""

    told: list[dict[str, str]] = field(default_factory=list)
    says: list[int] = field(default_factory=list)
    asked: int = 0
    url: str = ""


@contextmanager
def listening(desk: Desk, tls: ssl.SSLContext | None = None, port: int = 0) -> Iterator[Desk]:
    """A web server, until the block ends."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            desk.asked += 1
            status = desk.says.pop(0) if desk.says else 204
            if status < 300:
                desk.told.append(json.loads(body))
            self.send_response(status)
            if status == 302:
                self.send_header("location", "/elsewhere")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Nothing is printed."""

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, request: object, client_address: object) -> None:
            """A client that does not trust it is no error of its own."""

    server = Server(("127.0.0.1", port), Handler)
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    desk.url = f"{'http' if tls is None else 'https'}://127.0.0.1:{server.server_port}/notices?from=gateway"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield desk
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def look(number: int = 1) -> Grant:
    """A look that broke the glass."""
    return Grant(
        f"g-{number}",
        "child-welfare",
        "s0042",
        "p0042-1",
        CHILDCARE,
        b"",
        "",
        1,
        "child alone at home",
        record_pb2.GrantTerms(kind=record_pb2.GRANT_KIND_BREAK_GLASS, until=3 * DAY, notified="s0040"),
        frozenset(),
        DAY,
    )


@dataclass
class Seconds:
    """A steady clock that moves when told to."""

    now: float = 0.0

    def __call__(self) -> float:
        return self.now


def texts(folder: Path) -> list[str]:
    """What the mail would take."""
    return sorted(each.name for each in folder.glob("*.txt"))


def taken(folder: Path) -> None:
    """The mail takes what is there."""
    for each in folder.glob("*.txt"):
        each.unlink()


async def test_each_is_told_once_whom_it_concerns(tmp_path: Path) -> None:
    """The superior and the officer, by mail and by webhook; who looked, when and for what, and no resident."""
    with listening(Desk()) as desk:
        notices = Notices(tmp_path, OFFICER, [MailDrop(tmp_path), Webhook(desk.url)])
        for _ in range(2):
            await notices.tell([look()])
        await Notices(tmp_path, OFFICER, [MailDrop(tmp_path), Webhook(desk.url)]).tell([look()])  # after a restart

    assert texts(tmp_path) == ["g-1.s0001.txt", "g-1.s0040.txt"]
    assert [each["recipient"] for each in desk.told] == ["s0040", OFFICER]
    assert desk.told[0] == {
        "grant": "g-1",
        "recipient": "s0040",
        "staff": "s0042",
        "post": "p0042-1",
        "purpose": CHILDCARE,
        "looked": "1970-01-02T00:00:00Z",
        "review_until": "1970-01-04T00:00:00Z",
    }
    assert "naming whom they looked at" in (tmp_path / "g-1.s0040.txt").read_text(encoding="utf-8")


@pytest.mark.parametrize("status", [500, 404, 302])
async def test_what_a_webhook_did_not_take_is_told_again(tmp_path: Path, status: int) -> None:
    """After a pause; where it would send us is not where a notice goes. The mail has it meanwhile, each text once."""
    clock, failed = Seconds(), list[str]()
    with listening(Desk(says=[status])) as desk:
        notices = Notices(tmp_path, OFFICER, [MailDrop(tmp_path), Webhook(desk.url)], failed.append, clock)
        await notices.tell([look(1), look(2)])
        assert (desk.told, desk.asked, failed) == ([], 1, ["webhook"])
        assert len(texts(tmp_path)) == 4
        taken(tmp_path)
        await notices.tell([look(1), look(2)])
        assert desk.asked == 1
        clock.now = 1.0
        await notices.tell([look(1), look(2)])

    assert sorted((each["grant"], each["recipient"]) for each in desk.told) == [
        ("g-1", OFFICER),
        ("g-1", "s0040"),
        ("g-2", OFFICER),
        ("g-2", "s0040"),
    ]
    assert texts(tmp_path) == []


async def test_a_webhook_that_stays_away_is_asked_less_and_less(tmp_path: Path) -> None:
    """Up to once a minute; and not forgotten by a restart."""
    clock, failed = Seconds(), list[str]()
    with listening(Desk()) as desk:
        pass  # nobody listens there any more
    port = int(desk.url.rpartition(":")[2].partition("/")[0])
    notices = Notices(tmp_path, OFFICER, [Webhook(desk.url)], failed.append, clock)
    tried = []
    for second in range(200):
        clock.now = float(second)
        before = len(failed)
        await notices.tell([look()])
        tried += [second] * (len(failed) > before)
    assert tried == [0, 1, 3, 7, 15, 31, 63, 123, 183]

    with listening(Desk(), port=port) as desk:
        await Notices(tmp_path, OFFICER, [Webhook(desk.url)]).tell([look()])
    assert [each["recipient"] for each in desk.told] == ["s0040", OFFICER]


async def test_a_webhook_shows_a_certificate_of_those_who_are_trusted(built: Estate, tmp_path: Path) -> None:
    """Over TLS, by the authorities that the settings name; by nobody else."""
    pair = built.pki.server
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(pair.certificate, pair.key)
    with listening(Desk(), tls) as desk:
        failed: list[str] = []
        await Notices(tmp_path / "1", OFFICER, [Webhook(desk.url)], failed.append).tell([look()])
        assert (desk.told, failed) == ([], ["webhook"])
        trusting = Webhook(desk.url, built.pki.authority.certificate)
        await Notices(tmp_path / "2", OFFICER, [trusting]).tell([look()])

    assert len(desk.told) == 2


async def test_no_proxy_is_asked_on_its_behalf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the environment says: who broke the glass is nobody else's business."""
    with listening(Desk()) as proxy, listening(Desk()) as desk:
        for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
            monkeypatch.setenv(name, proxy.url)
        await Notices(tmp_path, OFFICER, [Webhook(desk.url)]).tell([look()])

    assert (len(desk.told), proxy.asked) == (2, 0)


def hooked(estate: Estate, url: str) -> None:
    """The estate's notices go to a webhook, too."""
    text = estate.settings.read_text(encoding="utf-8")
    assert "  officer: s0001\n" in text
    estate.settings.write_text(
        text.replace("  officer: s0001\n", f"  officer: s0001\n  webhook: {url}\n"), encoding="utf-8"
    )
    rewrite(estate, CHILDCARE, ("budget:", GLASS))


async def breaks_the_glass(house: House) -> None:
    """The caseworker looks at once."""
    request = lookup(CHILDCARE, house.cast.bystander, justification="child alone at home", break_glass=True)
    assert await (await house.caseworker()).tried(request) == "OK"


@pytest.mark.rule("W8")
async def test_a_gateway_tells_a_webhook_that_was_away(estate: Estate) -> None:
    """The mail has it at once, the log says who could not be told, and the webhook hears of it when it is back; a
    review that comes before changes nothing in that.
    """
    desk = Desk(says=[503])
    with listening(desk):
        hooked(estate, desk.url)
        async with opened(estate) as house:
            await breaks_the_glass(house)
            head = await house.desk(house.cast.head)
            (waiting,) = await listed(head, waiting=True)
            assert await approves(head, waiting, house.cast.bystander) == "OK"

            async def are_told() -> bool:
                return len(desk.told) == 2

            await until(are_told)
            assert {each["recipient"] for each in desk.told} == {OFFICER, house.cast.head.staff}
            assert len(texts(estate.path / "notices")) == 2
            assert '"event": "not told"' in house.said.getvalue()
            assert house.cast.bystander not in json.dumps(desk.told)


async def test_a_review_at_once_keeps_nobody_from_being_told(estate: Estate) -> None:
    """The officer hears of a look that the superior has settled before anybody was told; after a restart, too."""
    rewrite(estate, CHILDCARE, ("budget:", GLASS))
    async with opened(estate, tick=3600) as house:
        await breaks_the_glass(house)
        head = await house.desk(house.cast.head)
        (waiting,) = await listed(head, waiting=True)
        assert await approves(head, waiting, house.cast.bystander) == "OK"
    folder = estate.path / "notices"
    assert texts(folder) == []
    async with opened(estate) as house:

        async def are_told() -> bool:
            return len(texts(folder)) == 2

        await until(are_told)


async def test_where_nobody_would_be_told_no_glass_can_be_broken(estate: Estate) -> None:
    """Neither at a start nor by a reload."""
    text = estate.settings.read_text(encoding="utf-8")
    assert _NOTICES in text
    estate.settings.write_text(text.replace(_NOTICES, ""), encoding="utf-8")
    purpose_file(estate, "disaster-welfare-checks").unlink()  # it ships with glass to break
    async with opened(estate) as house:
        rewrite(estate, CHILDCARE, ("budget:", GLASS))
        operator = await house.desk(house.cast.operator)
        reload = operations_pb2.ReloadBookRequest()
        answer = await operator.stubs.operations.ReloadBook(reload, metadata=operator.stubs.metadata)
        assert any("nobody would be told" in each for each in map(str, answer.findings))
        request = lookup(CHILDCARE, house.cast.bystander, justification="child alone at home", break_glass=True)
        assert await (await house.caseworker()).tried(request) == "STEP_UP_REQUIRED"
    with pytest.raises(CannotStart, match="nobody would be told"):
        await assemble(Settings.read(estate.settings), clock=SystemClock())


async def test_a_file_that_holds_no_authorities_is_said_at_the_start(estate: Estate) -> None:
    """Rather than at the first emergency."""
    hooked(estate, "https://127.0.0.1:9/")
    text = estate.settings.read_text(encoding="utf-8")
    estate.settings.write_text(
        text.replace("  officer: s0001\n", "  officer: s0001\n  webhook_authorities: gateway.yaml\n"), encoding="utf-8"
    )
    with pytest.raises(CannotStart, match="no certificates of authorities"):
        await assemble(Settings.read(estate.settings), clock=SystemClock())
