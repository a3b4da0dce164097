"""Search criteria as they come over the wire, made into what the register can be searched by.

Rule: names, dates and addresses are read as people write them; what cannot be read is named with advice and never
repeated.
"""

from __future__ import annotations

from typing import Final

from gateway.ask import SearchAsk
from gateway.caller import Caller
from gateway.field import SearchKey
from gateway.pattern import NamePattern, PatternFault, legible
from gateway.register.port import Criteria
from gateway.rpc.faults import Faults, known_only, statuses_of
from gateway.rpc.requests import ask_of, check_household_id, check_pseudonym, check_resident_id
from gateway.v1 import register_pb2 as pb
from masking.japanese.address import AddressPattern, address_query
from masking.japanese.era import Within, parse_within
from masking.value import PartialDate

_ADDRESS: Final = 200
_DATE: Final = 40


def search_ask(request: pb.SearchResidentsRequest, caller: Caller, request_id: str, city: str) -> SearchAsk:
    """A SearchResidents request; addresses may begin with the name of the `city`. Raises Refusal."""
    faults = Faults()
    ask = ask_of(request, caller, request_id, faults)
    said = request.criteria
    known_only("criteria", said, faults)
    check_household_id("criteria.household_id", said.household_id, faults)
    if said.resident_id:
        check_resident_id("criteria.resident_id", said.resident_id, faults)
    if said.pseudonym:
        check_pseudonym("criteria.pseudonym", said.pseudonym, faults)
    born, within = _born(said.birth_date, faults) if said.HasField("birth_date") else (None, None)
    criteria = Criteria(
        name=_name("criteria.name", said.name, faults),
        name_kana=_name("criteria.name_kana", said.name_kana, faults),
        born=born,
        within=within,
        address=_address(said.address, city, faults),
        household_id=said.household_id,
        resident_id=said.resident_id,
    )
    statuses = statuses_of("criteria.statuses", said.statuses, faults)
    keys = _keys(said)
    if not keys - {SearchKey.STATUS}:
        faults.add("criteria", "say what is known of the resident")
    faults.check()
    return SearchAsk(ask, keys, criteria, said.pseudonym, statuses)


def _keys(said: pb.SearchCriteria) -> frozenset[SearchKey]:
    used = {
        SearchKey.NAME: bool(said.name),
        SearchKey.NAME_KANA: bool(said.name_kana),
        SearchKey.BIRTH_DATE: said.HasField("birth_date"),
        SearchKey.ADDRESS: bool(said.address),
        SearchKey.HOUSEHOLD_ID: bool(said.household_id),
        SearchKey.RESIDENT_ID: bool(said.resident_id),
        SearchKey.PSEUDONYM: bool(said.pseudonym),
        SearchKey.STATUS: bool(said.statuses),
    }
    return frozenset(key for key, is_used in used.items() if is_used)


def _name(place: str, text: str, faults: Faults) -> NamePattern | None:
    if not text:
        return None
    try:
        return NamePattern.parse(text)
    except PatternFault as fault:
        faults.add(place, str(fault))
        return None


def _born(said: pb.DateCriterion, faults: Faults) -> tuple[PartialDate | None, Within | None]:
    form = said.WhichOneof("form")
    try:
        if form == "date":
            return PartialDate(said.date.year, said.date.month, said.date.day), None
        if form == "text" and len(said.text) <= _DATE:
            return parse_within(said.text)
    except ValueError:
        pass
    faults.add("criteria.birth_date", "not a date: write numbers, 昭和45年8月12日, S45.8.12 or 1970-08-12")
    return None, None


def _address(text: str, city: str, faults: Faults) -> AddressPattern | None:
    if not text:
        return None
    try:
        pattern = address_query(text, city) if len(text) <= _ADDRESS else None
        if pattern is not None and legible(pattern.key):
            return pattern
    except ValueError:
        pass
    faults.add("criteria.address", "not an address: write town, chome and lot, like 水神2-3-18")
    return None
