"""Requests as they come over the wire: what is malformed is refused with its place, and nothing is looked up."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable

import grpc
import pytest
import pytest_asyncio

from gateway.cli.client import connected
from gateway.clock import SECOND
from gateway.demo.estate import Estate
from gateway.pki.provider import Provider
from gateway.refusal import Reason
from gateway.register.city import StaffRole
from gateway.v1 import register_pb2 as pb
from tests.estates import (
    CHILDCARE,
    COUNTER,
    STATISTICS,
    House,
    Told,
    copied,
    lookup,
    opened,
    selection,
    token_of,
    told,
)
from tests.rpc.identities import b64, compact

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(built: Estate, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    """One gateway for all: nothing here spends or changes anything that another test counts."""
    async with opened(copied(built, tmp_path_factory.mktemp("house") / "estate")) as house:
        yield house


# ------------------------------------------------------------------------------------------------ read masks


@pytest.mark.rule("F1")
@pytest.mark.parametrize(
    ("mask", "fields"),
    [
        (
            None,  # unset: the whole list
            ["name", "birth_date", "address", "household_id", "relationship", "income", "disaster_certificate"],
        ),
        (["income"], ["income"]),
        (["income", "name"], ["name", "income"]),
        (["name", "name"], ["name"]),
        (["name"] * 130, ["name"]),  # as many as may be
    ],
)
async def test_a_mask_shortens_what_is_delivered(house: House, mask: list[str] | None, fields: list[str]) -> None:
    """Fields that were not asked for are not set at all."""
    response = await (await house.caseworker()).get(house.parent(mask=mask))
    assert [field.name for field, _ in response.resident.ListFields()] == fields


@pytest.mark.rule("F1", "F2", "F3")
@pytest.mark.parametrize(
    ("mask", "reason", "places"),
    [
        ([], Reason.REQUEST_MALFORMED, ["read_mask"]),  # present but empty
        ([""], Reason.FIELD_UNKNOWN, ["read_mask.paths[0]"]),
        (["name", "shoe_size"], Reason.FIELD_UNKNOWN, ["read_mask.paths[1]"]),
        (["name", "name", "shoe_size"], Reason.FIELD_UNKNOWN, ["read_mask.paths[2]"]),  # its place as it was sent
        (["name.exact"], Reason.FIELD_UNKNOWN, ["read_mask.paths[0]"]),
        (["x", "y", "x"], Reason.FIELD_UNKNOWN, [f"read_mask.paths[{i}]" for i in range(3)]),
        (["sex", "fee_arrears"], Reason.FIELD_NOT_GRANTED, ["fee_arrears", "sex"]),
        (["name", "status"], Reason.FIELD_NOT_GRANTED, ["status"]),  # one too many, and nothing comes
        (["name"] * 131, Reason.REQUEST_MALFORMED, ["read_mask.paths"]),
        (["shoe_size"] * 131, Reason.REQUEST_MALFORMED, ["read_mask.paths"]),
        (["name"] * 10_000, Reason.REQUEST_MALFORMED, ["read_mask.paths"]),
    ],
    ids=lambda each: f"{len(each)} {','.join(each)[:40]}" if isinstance(each, list) else each.value,
)
async def test_a_mask_that_is_wrong(house: House, mask: list[str], reason: Reason, places: list[str]) -> None:
    """Malformed with the path's place, or denied with every path that is; a stream's mask is judged alike."""
    refused = await (await house.caseworker()).denied(house.parent(mask=mask))
    assert (refused.reason, refused.places) == (reason, places)
    if reason is not Reason.FIELD_NOT_GRANTED:
        pages = await (await house.analyst()).stream(selection(ages=(0, None), mask=mask))
        assert pages.end is not None
        assert (pages.pages, pages.end.reason, pages.end.places) == ([], reason, places)


# ------------------------------------------------------------------------------------------------------ keys


@pytest.mark.parametrize(
    "resident_id",
    [
        "",
        "012345678",  # nine digits
        "01234567890",  # eleven
        "０１２３４５６７８９",  # full width
        "01234 6789",
        " 123456789",
        "012345678\n",
        "01234\x0056789",
        "'; DROP --",
        "9" * 10_000,
    ],
    ids=ascii,
)
async def test_a_malformed_resident_id_is_looked_up_nowhere(house: House, resident_id: str) -> None:
    """REQUEST_MALFORMED at `resident_id`, and no trace of the text in the answer."""
    refused = await (await house.caseworker()).denied(
        lookup(CHILDCARE, resident_id[:5000], case=house.cast.childcare_case)
    )
    assert (refused.reason, refused.places) == ("REQUEST_MALFORMED", ["resident_id"])
    assert not resident_id or resident_id not in str(refused.octets)


async def test_a_request_without_a_key_says_which_are_missing(house: House) -> None:
    """None of the oneof is set."""
    refused = await (await house.caseworker()).denied(lookup(CHILDCARE, case=house.cast.childcare_case))
    assert (refused.reason, refused.places) == ("REQUEST_MALFORMED", ["key"])


async def test_everything_wrong_is_named_at_once(house: House) -> None:
    """An empty request lists all its faults, so that nobody sends it five times."""
    refused = await (await house.caseworker()).denied(pb.GetResidentRequest())
    assert (refused.reason, refused.places) == (
        "REQUEST_MALFORMED",
        ["context.purpose", "context.reason_code", "key"],
    )
    pages = await (await house.analyst()).stream(pb.StreamResidentsRequest())
    assert pages.end is not None
    assert pages.end.places == ["context.purpose", "context.reason_code", "selection"]


@pytest.mark.parametrize(
    ("said", "places"),
    [
        ({"reason": pb.REASON_CODE_UNSPECIFIED}, ["context.reason_code"]),
        ({"reason": 7}, ["context.reason_code"]),  # a number that is no reason
        ({"reason": pb.REASON_CODE_OTHER}, ["context.justification"]),  # anything else has to be written down
        ({"reason": pb.REASON_CODE_OTHER, "justification": " \n"}, ["context.justification"]),
        ({"justification": "あ" * 401}, ["context.justification"]),
        ({"case": "CF 2026"}, ["context.case_reference"]),
        ({"case": "x" * 65}, ["context.case_reference"]),
        ({"case": "ＣＦ-1"}, ["context.case_reference"]),
        ({"request_id": "no spaces"}, ["context.request_id"]),
        ({"request_id": "x" * 65}, ["context.request_id"]),
        ({"language": 9}, ["context.language"]),
        ({"applicant": "123"}, ["context.applicant.resident_id"]),
        ({"applicant": pb.Outsider()}, ["context.applicant.outsider.name", "context.applicant.outsider.birth_date"]),
        (
            {"applicant": pb.Outsider(name="加藤　健", birth_date=pb.PartialDate(year=1980))},  # not complete
            ["context.applicant.outsider.birth_date"],
        ),
        (
            {"applicant": pb.Outsider(name="加藤　健", birth_date=pb.PartialDate(year=1981, month=2, day=29))},
            ["context.applicant.outsider.birth_date"],
        ),
        (
            {"applicant": pb.Outsider(name="加" * 101, birth_date=pb.PartialDate(year=1980, month=2, day=29))},
            ["context.applicant.outsider.name"],
        ),
    ],
    ids=lambda each: ascii(str(each))[-60:],
)
async def test_circumstances_that_are_wrong(house: House, said: dict[str, object], places: list[str]) -> None:
    """Each part of the context is held to its form, and named where it is not."""
    refused = await (await house.caseworker()).denied(house.parent(**said))
    assert (refused.reason, refused.places) == ("REQUEST_MALFORMED", places)


async def test_an_applicant_who_is_nobody_is_malformed(house: House) -> None:
    """`applicant` present and empty is not the same as absent."""
    request = house.parent()
    request.context.applicant.SetInParent()
    refused = await (await house.caseworker()).denied(request)
    assert refused.places == ["context.applicant"]


@pytest.mark.parametrize(
    ("area", "ages", "places"),
    [
        ("", None, ["selection"]),
        ("4820", None, ["selection.area_code"]),
        ("４８２０１", None, ["selection.area_code"]),
        ("48201%", None, ["selection.area_code"]),
        ("", (-1, None), ["selection.age.from"]),
        ("", (0, 151), ["selection.age.to"]),
        ("", (20, 10), ["selection.age.to"]),
        ("", (2**31 - 1, None), ["selection.age.from"]),
    ],
)
async def test_selections_that_are_wrong(
    house: House, area: str, ages: tuple[int, int | None] | None, places: list[str]
) -> None:
    """Area codes are 5, 8 or 10 digits; ages lie between 0 and 150, in order."""
    pages = await (await house.analyst()).stream(selection(area=area, ages=ages))
    assert pages.end is not None
    assert (pages.pages, pages.end.reason, pages.end.places) == ([], "REQUEST_MALFORMED", places)


# -------------------------------------------------------------------------------------------------- purposes


@pytest.mark.rule("W4", "E")
@pytest.mark.parametrize("purpose", ["no-such-purpose", COUNTER, STATISTICS])
async def test_other_departments_purposes_do_not_exist(house: House, purpose: str) -> None:
    """An unknown purpose and one of somebody else's answer alike, to the last octet."""
    caseworker = await house.caseworker()
    unknown = await caseworker.denied(lookup("nothing-of-the-kind", house.cast.parent))
    refused = await caseworker.denied(lookup(purpose, house.cast.parent))
    assert refused.reason == "PURPOSE_NOT_GRANTED"
    assert refused.octets == unknown.octets


async def test_a_purpose_that_is_no_word_is_malformed(house: House) -> None:
    """Names are words; nothing else is even compared."""
    for purpose in ("", "Childcare", "../etc", "x" * 64, "保育料"):
        refused = await (await house.caseworker()).denied(lookup(purpose, house.cast.parent))
        assert (refused.reason, refused.places) == ("REQUEST_MALFORMED", ["context.purpose"])


@pytest.mark.rule("S1", "M3")
async def test_keys_that_the_purpose_does_not_list(house: House) -> None:
    """A raw id where pseudonyms are the key, a pseudonym where ids are, a stream where there is none."""
    analyst, caseworker = await house.analyst(), await house.caseworker()
    raw = await analyst.denied(lookup(STATISTICS, house.cast.parent, reason=pb.REASON_CODE_STATISTICS))
    sealed = await caseworker.denied(lookup(CHILDCARE, pseudonym="x" * 40, case=house.cast.childcare_case))
    stream = await caseworker.stream(selection(CHILDCARE, ages=(0, None)))
    assert stream.end is not None
    assert {raw.reason, sealed.reason, stream.end.reason} == {"SEARCH_NOT_GRANTED"}
    assert stream.pages == []


@pytest.mark.rule("S1")
@pytest.mark.parametrize(
    ("area", "ages", "place"),
    [
        ("4820100301", None, "selection.area_code"),  # a 丁目 where the purpose shows the 町
        ("", (1, None), "selection.age"),  # no band starts there
        ("", (0, 3), "selection.age"),  # none ends there
        ("", (92, None), "selection.age"),  # inside the last band
    ],
)
async def test_a_selection_is_no_finer_than_what_is_shown(
    house: House, area: str, ages: tuple[int, int | None] | None, place: str
) -> None:
    """Else the selection would tell what the mask hides."""
    pages = await (await house.analyst()).stream(selection(area=area, ages=ages))
    assert pages.end is not None
    assert (pages.pages, pages.end.reason, pages.end.places) == ([], "SEARCH_NOT_GRANTED", [place])


@pytest.mark.rule("M3")
async def test_pseudonyms_hold_for_one_purpose_of_one_department(house: House) -> None:
    """One that was handed out opens; forged, changed, cut and overlong ones are malformed, all alike."""
    analyst = await house.analyst()
    pages = await analyst.stream(selection(ages=(0, 4)))
    pseudonym = pages.pseudonyms[0]
    asked = lookup(STATISTICS, pseudonym=pseudonym, reason=pb.REASON_CODE_STATISTICS)
    assert (await analyst.get(asked)).resident == pages.residents[0]
    changed = pseudonym[:-1] + ("A" if pseudonym[-1] != "A" else "B")
    seen = set()
    for forged in ("", "x", changed, pseudonym[:-4], pseudonym + "=", pseudonym.swapcase(), "p" * 129, "仮名"):
        refused = await analyst.denied(lookup(STATISTICS, pseudonym=forged, reason=pb.REASON_CODE_STATISTICS))
        assert refused.places == ["pseudonym"]
        seen.add(refused.octets)
    assert len(seen) == 1


# ------------------------------------------------------------------------------------------------- languages


@pytest.mark.rule("E")
@pytest.mark.parametrize(
    ("language", "locale"), [(pb.LANGUAGE_UNSPECIFIED, "ja"), (pb.LANGUAGE_JA, "ja"), (pb.LANGUAGE_EN, "en")]
)
async def test_answers_and_refusals_speak_the_language_asked_for(house: House, language: int, locale: str) -> None:
    """Japanese, or English where it is asked for; the reason is the same in both."""
    caseworker = await house.caseworker()
    response = await caseworker.get(house.parent(language=language))
    assert response.receipt.notice.isascii() is (locale == "en")
    for wrong in (house.parent(language=language, mask=["sex"]), house.parent(language=language, case="")):
        assert (await caseworker.denied(wrong)).locale == locale
    pages = await (await house.analyst()).stream(selection(area="4820100301", language=language))
    assert pages.end is not None
    assert pages.end.locale == locale


async def test_a_request_id_comes_back(house: House) -> None:
    """The caller's own, or one that the gateway makes."""
    caseworker = await house.caseworker()
    assert (await caseworker.get(house.parent(request_id="desk-3.17"))).receipt.request_id == "desk-3.17"
    made = [(await caseworker.get(house.parent())).receipt.request_id for _ in range(2)]
    assert all(made)
    assert made[0] != made[1]


# --------------------------------------------------------------------------------------------- octets, methods

_GET = "/gateway.v1.RegisterService/GetResident"
_STREAM = "/gateway.v1.RegisterService/StreamResidents"
_METHODS = (
    _GET,
    "/gateway.v1.PurposeService/ListPurposes",
    "/gateway.v1.PurposeService/GetPurpose",
)


async def raw(house: House, method: str, octets: bytes) -> grpc.aio.AioRpcError:
    """The error that octets get which no stub would send."""
    reach = house.access(house.cast.caseworker)
    credentials = grpc.ssl_channel_credentials(
        reach.authority.read_bytes(), reach.key.read_bytes(), reach.certificate.read_bytes()
    )
    metadata = (("authorization", f"Bearer {reach.token}"),)
    async with grpc.aio.secure_channel(reach.address, credentials) as channel:
        read: Awaitable[object]
        if method == _STREAM:
            read = channel.unary_stream(method, bytes, bytes)(octets, metadata=metadata).read()
        else:
            read = channel.unary_unary(method, bytes, bytes)(octets, metadata=metadata)
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await read
    return caught.value


@pytest.mark.rule("E")
@pytest.mark.parametrize("octets", [b"\xff", b"\x0a\xff\xff\xff\xff\x0f", b"not a message"], ids=repr)
@pytest.mark.parametrize("method", [*_METHODS, _STREAM])
async def test_octets_that_are_no_message_are_malformed(house: House, method: str, octets: bytes) -> None:
    """A published refusal, not the library's INTERNAL."""
    assert told(await raw(house, method, octets)).reason == "REQUEST_MALFORMED"


@pytest.mark.rule("E")
async def test_a_message_that_is_too_long_is_malformed(house: House) -> None:
    """Over 64 KiB: a published refusal; over 4 MiB the transport itself turns it away, and goes on serving."""
    request = lookup(CHILDCARE, house.cast.parent, justification="x" * 70_000)
    assert told(await raw(house, _GET, request.SerializeToString())).reason == "REQUEST_MALFORMED"
    endless = lookup(CHILDCARE, house.cast.parent, justification="x" * 5_000_000)
    error = await raw(house, _GET, endless.SerializeToString())
    assert error.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
    assert (await (await house.caseworker()).get(house.parent())).resident.HasField("name")


@pytest.mark.parametrize(
    "method", ["/gateway.v1.RegisterService/DeleteResident", "/gateway.v2.RegisterService/GetResident"]
)
async def test_a_method_that_there_is_not_is_unimplemented(house: House, method: str) -> None:
    """gRPC's own answer."""
    assert (await raw(house, method, b"")).code() is grpc.StatusCode.UNIMPLEMENTED


async def test_reflection_is_off_unless_it_is_asked_for(house: House) -> None:
    """Nobody lists services on a gateway that was not told to show them."""
    method = "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo"
    assert (await raw(house, method, b"")).code() is grpc.StatusCode.UNIMPLEMENTED


# ------------------------------------------------------------------------------------------------- identities


async def as_if(house: House, person: StaffRole, token: str | None, scheme: str = "Bearer ") -> Told:
    """The refusal of a request in order, under this token."""
    async with connected(house.access(person, "unused")) as stubs:
        metadata = () if token is None else (("authorization", f"{scheme}{token}"),)
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await stubs.register.GetResident(house.parent(), metadata=metadata)
    return told(caught.value)


@pytest.mark.rule("W1", "W2", "E")
async def test_whatever_is_wrong_with_an_identity_the_answer_is_the_same(house: House) -> None:
    """Expired, early, unbound, forged, missing, another department's, under another certificate: one answer, octet by
    octet, and operators' counters tell them apart.
    """
    estate, now, cast = house.estate, house.clock.now, house.cast
    caseworker, provider = cast.caseworker, estate.pki.open_provider()
    good = token_of(estate, caseworker, now)
    head, claims, signature = good.split(".")
    stranger = Provider.create(issuer=provider.issuer, audience=provider.audience)
    elsewhere = Provider(provider.key, issuer=provider.issuer, audience="spiffe://other.example/register-gateway")
    own = estate.pki.client("child-welfare", "childcare-case").certificate.read_bytes()

    def issued(by: Provider, **changes: object) -> str:
        said = {
            "staff": caseworker.staff,
            "post": caseworker.post,
            "department": caseworker.department,
            "role": caseworker.role,
            "certificate": own,
            "now": now,
            **changes,
        }
        return by.issue_token(**said)  # type: ignore[arg-type]  # one wrong thing at a time

    attempts = {
        "no token": (caseworker, None),
        "an empty one": (caseworker, ""),
        "no token at all": (caseworker, "x" * 5000),
        "expired": (caseworker, token_of(estate, caseworker, now - 9 * 3600 * SECOND)),
        "not yet valid": (caseworker, token_of(estate, caseworker, now + 3600 * SECOND)),
        "living too long": (caseworker, token_of(estate, caseworker, now, lifetime=13 * 3600)),
        "of an unknown key": (caseworker, issued(stranger)),
        "for another audience": (caseworker, issued(elsewhere)),
        "unsigned": (caseworker, f"{head}.{claims}."),
        "signed by nobody": (caseworker, compact(b'{"alg":"none"}', b"{}", provider.key)),
        "its claims changed": (caseworker, f"{head}.{b64(b'{}')}.{signature}"),
        "with the certificate of another system": (cast.clerk, good),
        "another department in it": (caseworker, issued(provider, department="tax-collection")),
        "no word in it": (caseworker, issued(provider, staff="s 1")),
    }
    answers = {what: await as_if(house, *attempt) for what, attempt in attempts.items()}
    answers["another scheme"] = await as_if(house, caseworker, good, scheme="Basic ")
    assert {what: answer.reason for what, answer in answers.items()} == dict.fromkeys(answers, "IDENTITY_INVALID")
    assert len({answer.octets for answer in answers.values()}) == 1
    assert len(house.gateway.measures.doubts) >= 8


@pytest.mark.rule("W1")
async def test_two_tokens_are_no_token(house: House) -> None:
    """Of two `authorization` entries nobody can say which one others have judged."""
    good = f"Bearer {token_of(house.estate, house.cast.caseworker, house.clock.now)}"
    async with connected(house.access(house.cast.caseworker)) as stubs:
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await stubs.register.GetResident(
                house.parent(), metadata=(("authorization", good), ("authorization", good))
            )
    assert told(caught.value).reason == "IDENTITY_INVALID"


async def test_identity_comes_before_everything_else(house: House) -> None:
    """A stranger's malformed request is refused as a stranger's: nobody probes the contract without a name."""
    async with connected(house.access(house.cast.caseworker, "nothing")) as stubs:
        for request in (pb.GetResidentRequest(), house.parent(mask=["sex"])):
            with pytest.raises(grpc.aio.AioRpcError) as caught:
                await stubs.register.GetResident(request, metadata=stubs.metadata)
            assert told(caught.value).reason == "IDENTITY_INVALID"
