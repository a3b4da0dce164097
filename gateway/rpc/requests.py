"""Requests as they come over the wire, made into what the hallway understands.

Rule: whatever is malformed is refused with its place, all places at once, before anything is looked up.
"""

from __future__ import annotations

import re
import secrets
from typing import Final

from google.protobuf.field_mask_pb2 import FieldMask

from gateway.ask import Ask, LookupAsk, StreamAsk
from gateway.caller import Caller, is_word
from gateway.ledger.acts import Circumstances
from gateway.purpose.plan import SearchKey
from gateway.refusal import Reason, Refusal, Violation
from gateway.subject import Applicant, Outsider, is_resident_id
from gateway.v1 import register_pb2 as pb
from masking.value import PartialDate

MASK_PATHS: Final = 130
"""Paths of a read mask at most (rule F3)."""
_JUSTIFICATION: Final = 400
_CASE: Final = 64
_PSEUDONYM: Final = 128
_CURSOR: Final = 200
_OLDEST: Final = 150
_REQUEST_ID: Final = re.compile(r"[A-Za-z0-9._-]{1,64}", re.ASCII)
_CASE_REFERENCE: Final = re.compile(r"[A-Za-z0-9._/-]{0,64}", re.ASCII)
_AREA_CODE: Final = re.compile(r"(?:[0-9]{5}|[0-9]{8}|[0-9]{10})?", re.ASCII)

NO_CIRCUMSTANCES: Final = Circumstances("", 0, "", "")


class Faults:
    """What is wrong with one request, gathered."""

    def __init__(self) -> None:
        self._violations: list[Violation] = []

    def add(self, field: str, description: str) -> None:
        """One more offending field, as the caller spells it."""
        self._violations.append(Violation(field, description))

    def check(self) -> None:
        """Raises Refusal(REQUEST_MALFORMED) with all of them, if there are any."""
        if self._violations:
            raise Refusal(Reason.REQUEST_MALFORMED, violations=tuple(self._violations))


def request_id_of(context: pb.QueryContext) -> str:
    """The caller's request id if it is well formed, or one of our own."""
    given = context.request_id
    return given if _REQUEST_ID.fullmatch(given) else secrets.token_hex(8)


def lookup_ask(request: pb.GetResidentRequest, caller: Caller, request_id: str) -> LookupAsk:
    """A GetResident request. Raises Refusal."""
    faults = Faults()
    ask = _ask(
        request.context, request.read_mask if request.HasField("read_mask") else None, caller, request_id, faults
    )
    key = request.WhichOneof("key")
    if key == "resident_id":
        value, by = request.resident_id, SearchKey.RESIDENT_ID
        if not is_resident_id(value):
            faults.add("resident_id", "not 10 digits")
    elif key == "pseudonym":
        value, by = request.pseudonym, SearchKey.PSEUDONYM
        if not 0 < len(value) <= _PSEUDONYM:
            faults.add("pseudonym", "not a pseudonym of this purpose")
    else:
        value, by = "", SearchKey.RESIDENT_ID
        faults.add("key", "say which resident: set resident_id or pseudonym")
    faults.check()
    return LookupAsk(ask, by, value)


def stream_ask(request: pb.StreamResidentsRequest, caller: Caller, request_id: str) -> StreamAsk:
    """A StreamResidents request. Raises Refusal."""
    faults = Faults()
    ask = _ask(
        request.context, request.read_mask if request.HasField("read_mask") else None, caller, request_id, faults
    )
    selection = request.selection
    aged = selection.HasField("age")
    age_from = selection.age.__getattribute__("from") if aged else None
    age_to = selection.age.to if aged and selection.age.HasField("to") else None
    if not selection.area_code and not aged:
        faults.add("selection", "needs an area_code, an age, or both")
    if not _AREA_CODE.fullmatch(selection.area_code):
        faults.add("selection.area_code", "not 5, 8 or 10 digits")
    if age_from is not None and not 0 <= age_from <= _OLDEST:
        faults.add("selection.age.from", f"not between 0 and {_OLDEST}")
    if age_from is not None and age_to is not None and not age_from <= age_to <= _OLDEST:
        faults.add("selection.age.to", f"not between from and {_OLDEST}")
    if len(request.cursor) > _CURSOR:
        faults.add("cursor", "not a cursor of this caller, purpose, selection and mask")
    faults.check()
    return StreamAsk(ask, selection.area_code, age_from, age_to, request.cursor)


def _ask(context: pb.QueryContext, mask: FieldMask | None, caller: Caller, request_id: str, faults: Faults) -> Ask:
    if not is_word(context.purpose):
        faults.add("context.purpose", "missing, or not the name of a purpose")
    if not _CASE_REFERENCE.fullmatch(context.case_reference):
        faults.add("context.case_reference", f"over {_CASE} characters, or other than A–Z a–z 0–9 . _ / -")
    if context.reason_code not in _REASONS:
        faults.add("context.reason_code", "missing or unknown: say why this look")
    elif context.reason_code == pb.REASON_CODE_OTHER and not context.justification.strip():
        faults.add("context.justification", "required with REASON_CODE_OTHER")
    if len(context.justification) > _JUSTIFICATION:
        faults.add("context.justification", f"over {_JUSTIFICATION} characters")
    if context.request_id and context.request_id != request_id:
        faults.add("context.request_id", "not 1 to 64 of A–Z a–z 0–9 . _ -")
    if context.language not in _LANGUAGES:
        faults.add("context.language", "unknown")
    applicant = _applicant(context, faults) if context.HasField("applicant") else None
    circumstances = Circumstances(
        context.case_reference, context.reason_code, context.justification, request_id, _named(applicant)
    )
    return Ask(caller, context.purpose, circumstances, applicant, _mask(mask, faults))


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
