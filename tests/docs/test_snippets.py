import asyncio
import contextlib
import json
import shutil
from pathlib import Path
from typing import Any

import grpc
import pytest

from gateway.demo.estate import SYSTEMS
from gateway.field import FIELDS, Mapped, SearchKey
from gateway.finding import parse_yaml
from gateway.purpose.check import check
from gateway.purpose.model import PurposeText
from gateway.register.city import StaffRole
from gateway.register.schema_reading import read_schema_map
from gateway.rpc.register_service import NOTICES
from gateway.settings import Settings
from gateway.standing.intake.staff_map import StaffMap
from gateway.v1 import register_pb2 as pb
from gateway.v1 import register_pb2_grpc
from loadtest.target import Target
from masking.japanese.era import in_era
from masking.value import PartialDate
from tests.docs.pages import PAGES, ROOT, blocks, page
from tests.estates import CHILDCARE, COUNTER, House, lookup, token_of

DEPARTMENTS = "docs/departments.md"
EVERYTHING = Mapped(frozenset(FIELDS), frozenset(SearchKey))
_FIELDS = """\
fields:
  status: {column: jumin_cd, codes: {"1": resident}}
  income: {table: tax_income, column: shotoku_gaku}
  history: {table: juki_history, code: ido_jiyu_cd, codes: {"01": moved_in}, since: ido_ymd}
"""


@pytest.mark.parametrize("name", PAGES)
def test_yaml_is_what_it_claims_to_be(name: str, tmp_path: Path) -> None:
    """Settings, purposes and parts of them, and the schema map: read as the gateway reads them."""
    for block in blocks(name, "yaml"):
        if block.text.startswith("table: post"):
            (tmp_path / "staff-map.yaml").write_text(block.text, encoding="utf-8")
            assert StaffMap.read(tmp_path / "staff-map.yaml").departments
        elif block.mark.startswith("file: "):
            (tmp_path / "gateway.yaml").write_text(block.text, encoding="utf-8")
            assert Settings.read(tmp_path / "gateway.yaml").ledger.origin
        elif block.text.startswith("purpose:"):
            assert check([parse_yaml(block.text.encode(), purpose_file(block.text))], None, EVERYTHING)
        elif block.text.startswith("budget:"):
            text = shipped(CHILDCARE)
            start, end = text.index("budget:"), text.index("applicant:")
            changed = text[:start] + block.text + text[end:]
            assert check([parse_yaml(changed.encode(), purpose_file(changed))], None, EVERYTHING)
        elif block.text.startswith("target:"):
            assert Target.model_validate(parse_yaml(block.text.encode(), name).value).people
        elif name == "docs/purposes.md":
            # A section: tests/purpose/test_documentation.py puts each into a purpose.
            assert set(parse_yaml(block.text.encode(), name).value) <= set(PurposeText.model_fields)
        else:
            assert name == "docs/schema-map.md", f"{name}:{block.line}: which kind of YAML is this?"


def test_the_parts_of_a_schema_map_make_one(tmp_path: Path) -> None:
    """The fragments of docs/schema-map.md, put together, are a map."""
    parts = "".join(block.text for block in blocks("docs/schema-map.md", "yaml"))
    path = tmp_path / "map.yaml"
    path.write_text(f"{parts}{_FIELDS}", encoding="utf-8")

    assert read_schema_map(path).mapped.fields >= {"resident_id", "status", "income"}


def purpose_file(text: str) -> str:
    """The name that a purpose's file must have."""
    return f"{text.partition('purpose: ')[2].splitlines()[0]}.yaml"


def shipped(purpose: str) -> str:
    """A shipped purpose's text, from its first key on."""
    text = (ROOT / "purposes" / f"{purpose}.yaml").read_text(encoding="utf-8")
    return text[text.index("purpose:") :]


@pytest.mark.parametrize("name", [each for each in PAGES if each != DEPARTMENTS])
def test_python_of_other_pages_compiles(name: str) -> None:
    """Examples that need more around them to run are Python at least."""
    for block in blocks(name, "python"):
        compile(block.text, f"{name}:{block.line}", "exec")


@pytest.mark.parametrize("name", PAGES)
def test_json_parses(name: str) -> None:
    """Whoever copies it gets what a program can read."""
    for block in blocks(name, "json"):
        json.loads(block.text)


def snippet(name: str, house: House, **changes: str) -> str:
    """A marked Python block of the departments' page, asking this house."""
    (block,) = (block for block in blocks(DEPARTMENTS, "python") if block.mark == f"run: {name}")
    text = block.text.replace("localhost:50051", f"localhost:{house.gateway.port}")
    for old, new in changes.items():
        assert f'"{old}"' in text
        text = text.replace(f'"{old}"', repr(new))
    return text


def run(code: str, names: dict[str, Any]) -> dict[str, Any]:
    """The names that are there after the code has run."""
    exec(compile(code, DEPARTMENTS, "exec"), names)  # noqa: S102 - running the page's own code is the point
    return names


async def test_the_lookup_of_the_departments_page_answers(
    house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Copied as it stands, with a department's own files, it prints the town and the notice, and says of a protected
    resident that the address is kept back; and its reading of a refusal finds the reason.
    """
    cast = house.cast
    lay_out(house, cast.caseworker, tmp_path, "childcare-case")
    monkeypatch.chdir(tmp_path)
    right = snippet("lookup", house, CASE=cast.childcare_case, RESIDENT=cast.parent)
    protected = snippet("lookup", house, CASE=cast.protected_case, RESIDENT=cast.protected)
    wrong = snippet("lookup", house, CASE="NONE-1", RESIDENT=cast.parent)

    names = await asyncio.to_thread(run, right, {})
    town = names["response"].resident.address.area.text
    assert town
    assert f"{town}\n{NOTICES[pb.LANGUAGE_JA]}\n" == capsys.readouterr().out
    await asyncio.to_thread(run, protected, {})
    assert capsys.readouterr().out.startswith("保護のため非表示\n")
    with pytest.raises(grpc.RpcError) as refused:
        await asyncio.to_thread(run, wrong, {})
    reason_of = run(snippet("refusal", house), {"grpc": grpc})["reason_of"]
    assert reason_of(refused.value) == "CASE_NOT_VALID"


async def test_the_batch_the_search_and_the_terms_of_the_departments_page_answer(
    house: House, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """One program, block by block: several by key, nobody among them; a plain spelling that finds its variant; and
    what the purpose opens.
    """
    cast, counter = house.cast, await house.desk(house.cast.clerk)
    known = (await counter.get(lookup(COUNTER, cast.variant, applicant=cast.variant))).resident
    born = known.birth_date.exact
    lay_out(house, cast.clerk, tmp_path, "counter-terminal")
    blocks = [
        snippet("batch", house, RESIDENT=cast.variant, NOBODY="9999999999", APPLICANT=cast.variant),
        snippet("search", house, BORN=f"{born.year}-{born.month:02}-{born.day:02}", APPLICANT=cast.variant),
        snippet("terms", house),
    ]

    def ask() -> list[str]:
        with grpc.secure_channel(f"localhost:{house.gateway.port}", pair(tmp_path, "counter-terminal")) as channel:
            names = {
                "pb": pb,
                "register": register_pb2_grpc.RegisterServiceStub(channel),
                "channel": channel,
                "token": (tmp_path / "staff.jwt").read_text(encoding="ascii").strip(),
            }
            said = []
            for block in blocks:
                run(block, names)
                said.append(capsys.readouterr().out)
            return said

    batch, search, terms = await asyncio.to_thread(ask)
    assert batch == f"{cast.variant} {known.name.exact}\n9999999999 該当なし\n"
    assert f"{known.name.exact} {in_era(PartialDate(born.year, born.month, born.day))} {known.address.exact.text}" in (
        search.splitlines()
    )
    assert "['birth_date', 'name']" in terms


def pair(folder: Path, system: str) -> grpc.ChannelCredentials:
    """What a department's system shows of itself, from the files that the page names."""
    return grpc.ssl_channel_credentials(
        *((folder / name).read_bytes() for name in ("ca.crt", f"{system}.key", f"{system}.crt"))
    )


def test_the_departments_page_quotes_the_notice() -> None:
    """The words that people read are the ones that are sent."""
    assert NOTICES[pb.LANGUAGE_JA] in page(DEPARTMENTS)


class Torn(Exception):
    """The department's system stops in the middle."""


async def test_the_stream_of_the_departments_page_goes_on_where_it_stood(house: House, tmp_path: Path) -> None:
    """Broken off at its second page and begun anew with the cursor that was kept, it brings everybody, nobody twice."""
    lay_out(house, house.cast.analyst, tmp_path, "statistics")
    code = snippet("stream", house, AREA=await an_area(house))
    stored: list[str] = []
    pages = 0

    def store(residents: Any) -> None:
        nonlocal pages
        pages += 1
        if pages == 2:
            raise Torn
        stored.extend(resident.resident_id.pseudonym for resident in residents)

    def ask(cursor: str) -> str:
        with grpc.secure_channel(f"localhost:{house.gateway.port}", pair(tmp_path, "statistics")) as channel:
            names = {
                "pb": pb,
                "register": register_pb2_grpc.RegisterServiceStub(channel),
                "token": (tmp_path / "staff.jwt").read_text(encoding="ascii").strip(),
                "store": store,
                "cursor": cursor,
            }
            with contextlib.suppress(Torn):
                run(code, names)
            return str(names["cursor"])

    kept = await asyncio.to_thread(ask, "")
    assert kept
    assert await asyncio.to_thread(ask, kept) == ""
    assert len(stored) == len(set(stored)) > 1000


async def an_area(house: House) -> str:
    """The city's code, with which every town code begins."""
    desk = await house.desk(house.cast.caseworker)
    request = pb.GetResidentRequest(
        context=pb.QueryContext(
            purpose=CHILDCARE, case_reference=house.cast.childcare_case, reason_code=pb.REASON_CODE_APPLICATION
        ),
        resident_id=house.cast.parent,
    )
    return (await desk.get(request)).resident.address.area.area_code[:5]


def lay_out(house: House, person: StaffRole, folder: Path, system: str) -> None:
    """The files of a department system, by the names that the page gives them."""
    assert SYSTEMS[person.department] == system
    pair = house.estate.pki.client(person.department, system)
    shutil.copy(house.estate.pki.authority.certificate, folder / "ca.crt")
    shutil.copy(pair.certificate, folder / f"{system}.crt")
    shutil.copy(pair.key, folder / f"{system}.key")
    (folder / "staff.jwt").write_text(f"{token_of(house.estate, person, house.clock.now)}\n", encoding="ascii")
