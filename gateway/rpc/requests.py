"""Requests as they come over the wire, made into what the hallway understands.

Rule: whatever is malformed is refused with its place, all places at once, before anything is looked up.
"""

from __future__ import annotations

import re
import secrets
from typing import Final, TypeAlias

from google.protobuf.field_mask_pb2 import FieldMask

from gateway.ask import Ask, BatchAsk, LookupAsk, RenewalAsk, StreamAsk
from gateway.caller import Caller, is_word
from gateway.field import SearchKey
from gateway.ledger.acts import Circumstances
from gateway.rpc.faults import Faults, known_only, statuses_of
from gateway.subject import Applicant, Outsider, is_resident_id
from gateway.v1 import grant_pb2
from gateway.v1 import register_pb2 as pb
from masking.value import PartialDate

MASK_PATHS: Final = 130
"""Paths of a read mask at most (rule F3)."""
LONGEST_TEXT: Final = 400
"""Characters of a reason in words at most."""
_CASE: Final = 64
_PSEUDONYM: Final = 128
_HOUSEHOLD: Final = 64
BATCH: Final = 20
"""Residents of a batch at most (rule S5)."""
RENEWALS: Final = 500
"""Pseudonyms of one request for new ones at most."""
_CURSOR: Final = 200
_OLDEST: Final = 150
GRANT_ID: Final = re.compile(r"(?:g-[a-z2-7]{16})?", re.ASCII)
"""The id of a grant, or none."""
_REQUEST_ID: Final = re.compile(r"[A-Za-z0-9._-]{1,64}", re.ASCII)
_CASE_REFERENCE: Final = re.compile(r"[A-Za-z0-9._/-]{0,64}", re.ASCII)
_AREA_CODE: Final = re.compile(r"(?:[0-9]{5}|[0-9]{8}|[0-9]{10})?", re.ASCII)

Request: TypeAlias = (
    grant_pb2.RequestGrantRequest
    | pb.ResolvePseudonymRequest
    | pb.RenewPseudonymsRequest
    | pb.GetResidentRequest
    | pb.BatchGetResidentsRequest
    | pb.SearchResidentsRequest
    | pb.StreamResidentsRequest
)

NO_CIRCUMSTANCES: Final = Circumstances("", 0, "", "")


def request_id_of(context: pb.QueryContext) -> str:
    """The caller's request id if it is well formed, or one of our own."""
    given = context.request_id
    return given if _REQUEST_ID.fullmatch(given) else secrets.token_hex(8)


def lookup_ask(request: pb.GetResidentRequest, caller: Caller, request_id: str) -> LookupAsk:
    """A GetResident request. Raises Refusal."""
    faults = Faults()
    ask = ask_of(request, caller, request_id, faults)
    key = request.WhichOneof("key")
    if key == "resident_id":
        value, by = request.resident_id, SearchKey.RESIDENT_ID
        check_resident_id("resident_id", value, faults)
    elif key == "pseudonym":
        value, by = request.pseudonym, SearchKey.PSEUDONYM
        check_pseudonym("pseudonym", value, faults)
    else:
        value, by = "", SearchKey.RESIDENT_ID
        faults.add("key", "say which resident: set resident_id or pseudonym")
    faults.check()
    return LookupAsk(ask, by, value)


def resolve_ask(request: pb.ResolvePseudonymRequest, caller: Caller, request_id: str) -> LookupAsk:
    """A ResolvePseudonym request. Raises Refusal."""
    faults = Faults()
    ask = ask_of(request, caller, request_id, faults)
    check_pseudonym("pseudonym", request.pseudonym, faults)
    faults.check()
    return LookupAsk(ask, SearchKey.PSEUDONYM, request.pseudonym)


def renewal_ask(request: pb.RenewPseudonymsRequest, caller: Caller, request_id: str) -> RenewalAsk:
    """A RenewPseudonyms request. Raises Refusal. What cannot be a pseudonym has no new one: it is no fault, because a
    table that is brought over may hold anything.
    """
    faults = Faults()
    ask = ask_of(request, caller, request_id, faults)
    if not 1 <= len(request.pseudonyms) <= RENEWALS:
        faults.add("pseudonyms", f"not 1 to {RENEWALS}")
    faults.check()
    return RenewalAsk(ask, tuple(request.pseudonyms))


def batch_ask(request: pb.BatchGetResidentsRequest, caller: Caller, request_id: str) -> BatchAsk:
    """A BatchGetResidents request. Raises Refusal: every malformed key is named by its index (rule S5)."""
    faults = Faults()
    ask = ask_of(request, caller, request_id, faults)
    by = SearchKey.PSEUDONYM if request.pseudonyms else SearchKey.RESIDENT_ID
    place = f"{by.value}s"
    values: tuple[str, ...] = tuple(getattr(request, place))
    if bool(request.resident_ids) == bool(request.pseudonyms):
        faults.add(place, "say which residents: set resident_ids or pseudonyms, one of them")
    elif len(values) > BATCH:
        faults.add(place, f"over {BATCH} keys")
    else:
        check = check_pseudonym if by is SearchKey.PSEUDONYM else check_resident_id
        for at, value in enumerate(values):
            check(f"{place}[{at}]", value, faults)
            if value in values[:at]:
                faults.add(f"{place}[{at}]", "asked for twice")
    faults.check()
    return BatchAsk(ask, by, values)


def check_resident_id(place: str, value: str, faults: Faults) -> None:
    """A resident id has 10 digits."""
    if not is_resident_id(value):
        faults.add(place, "not 10 digits")


def check_pseudonym(place: str, value: str, faults: Faults) -> None:
    """What can be a pseudonym; whether it is one, the purpose's keys say."""
    if not 0 < len(value) <= _PSEUDONYM:
        faults.add(place, "not a pseudonym of this purpose")


def check_household_id(place: str, value: str, faults: Faults) -> None:
    """What can be a household id; "" is none, and a blank would be that of everybody who has none."""
    if value.isspace():
        faults.add(place, "blank: leave it out, or write one")
    elif len(value) > _HOUSEHOLD or not value.isprintable():
        faults.add(place, f"over {_HOUSEHOLD} characters, or unprintable ones")


def stream_ask(request: pb.StreamResidentsRequest, caller: Caller, request_id: str) -> StreamAsk:
    """A StreamResidents request. Raises Refusal."""
    faults = Faults()
    ask = ask_of(request, caller, request_id, faults)
    asked = selection_asked(request.selection, ask, faults, request.cursor)
    if len(request.cursor) > _CURSOR:
        faults.add("cursor", "not a cursor of this caller, purpose, selection and mask")
    faults.check()
    return asked


def selection_asked(selection: pb.Selection, ask: Ask, faults: Faults, cursor: str = "") -> StreamAsk:
    """A selection, its faults gathered; read it only once there are none."""
    known_only("selection", selection, faults)
    statuses = statuses_of("selection.statuses", selection.statuses, faults)
    check_household_id("selection.household_id", selection.household_id, faults)
    aged = selection.HasField("age")
    age_from = selection.age.__getattribute__("from") if aged else None
    age_to = selection.age.to if aged and selection.age.HasField("to") else None
    if not selection.area_code and not aged and not selection.household_id:
        faults.add("selection", "needs an area_code, an age or a household_id")
    if not _AREA_CODE.fullmatch(selection.area_code):
        faults.add("selection.area_code", "not 5, 8 or 10 digits")
    if age_from is not None and not 0 <= age_from <= _OLDEST:
        faults.add("selection.age.from", f"not between 0 and {_OLDEST}")
    if age_from is not None and age_to is not None and not age_from <= age_to <= _OLDEST:
        faults.add("selection.age.to", f"not between from and {_OLDEST}")
    return StreamAsk(ask, selection.area_code, age_from, age_to, cursor, selection.household_id, statuses)


def ask_of(request: Request, caller: Caller, request_id: str, faults: Faults) -> Ask:
    """What every request for residents says."""
    context = request.context
    mask = None
    maskless = pb.ResolvePseudonymRequest | pb.RenewPseudonymsRequest
    if not isinstance(request, maskless) and request.HasField("read_mask"):
        mask = request.read_mask
    if not is_word(context.purpose):
        faults.add("context.purpose", "missing, or not the name of a purpose")
    if not _CASE_REFERENCE.fullmatch(context.case_reference):
        faults.add("context.case_reference", f"over {_CASE} characters, or other than A–Z a–z 0–9 . _ / -")
    if context.reason_code not in _REASONS:
        faults.add("context.reason_code", "missing or unknown: say why this look")
    elif context.reason_code == pb.REASON_CODE_OTHER and not context.justification.strip():
        faults.add("context.justification", "required with REASON_CODE_OTHER")
    if len(context.justification) > LONGEST_TEXT:
        faults.add("context.justification", f"over {LONGEST_TEXT} characters")
    if context.request_id and context.request_id != request_id:
        faults.add("context.request_id", "not 1 to 64 of A–Z a–z 0–9 . _ -")
    if context.language not in _LANGUAGES:
        faults.add("context.language", "unknown")
    if context.calendar not in _CALENDARS:
        faults.add("context.calendar", "unknown")
    if not GRANT_ID.fullmatch(context.grant):
        faults.add("context.grant", "not the id of a grant")
    if context.break_glass and (context.grant or not context.justification.strip()):
        faults.add("context.break_glass", "needs a justification, and no grant")
    applicant = _applicant(context, faults) if context.HasField("applicant") else None
    circumstances = Circumstances(
        context.case_reference, context.reason_code, context.justification, request_id, _named(applicant)
    )
    return Ask(
        caller, context.purpose, circumstances, applicant, _mask(mask, faults), context.grant, context.break_glass
    )


def _named(applicant: Applicant | None) -> str:
    """The applicant as the record commits to them."""
    return f"{applicant.name}\n{applicant.birth_date}" if isinstance(applicant, Outsider) else applicant or ""


def _mask(mask: FieldMask | None, faults: Faults) -> tuple[str, ...] | None:
    if mask is None:
        return None
    paths = mask.paths
    if not paths:
        faults.add("read_mask", "present but empty: name fields, or leave it unset for all granted ones")
    elif len(paths) > MASK_PATHS:
        faults.add("read_mask.paths", f"over {MASK_PATHS} paths")
    else:
        return tuple(paths)  # as written: a fault gives its place among them
    return ()


def _applicant(context: pb.QueryContext, faults: Faults) -> Applicant | None:
    applicant = context.applicant
    who = applicant.WhichOneof("who")
    if who == "resident_id":
        if not is_resident_id(applicant.resident_id):
            faults.add("context.applicant.resident_id", "not 10 digits")
        return applicant.resident_id
    if who != "outsider":
        faults.add("context.applicant", "say who: set resident_id or outsider")
        return None
    outsider = applicant.outsider
    if not 0 < len(outsider.name) <= 100:
        faults.add("context.applicant.outsider.name", "not 1 to 100 characters")
    born = outsider.birth_date
    try:
        date = PartialDate(born.year, born.month, born.day)
    except ValueError:
        date = None
    if date is None or date.exact is None:
        faults.add("context.applicant.outsider.birth_date", "not a complete date")
        return None
    return Outsider(outsider.name, date)


_REASONS: Final = frozenset(pb.ReasonCode.values()) - {pb.REASON_CODE_UNSPECIFIED}
_LANGUAGES: Final = frozenset(pb.Language.values())
_CALENDARS: Final = frozenset(pb.Calendar.values())
