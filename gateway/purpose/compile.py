"""Compiling: a checked purpose and a keyring in, one Plan a recipient department out.

Rule M1: every keyed mask is bound to the keys of its own (department, purpose, field); two departments under one
purpose hold pseudonyms that do not link.
"""

from __future__ import annotations

from collections.abc import Mapping

from gateway.allowance import Allowance, Emergencies, Rate, Terms
from gateway.clock import DAY
from gateway.derive import base_of
from gateway.field import COMMON_NAME, FIELDS, FORMER_SURNAME, NAME, RESIDENT_ID, SELECTING_KEYS, STATUS, SearchKey
from gateway.purpose.asking import SEARCHING_KEYS, asking
from gateway.purpose.check import Checked
from gateway.purpose.fineness import LAWFUL_YEARS, age_bands, area_level, kept
from gateway.purpose.limits import Limits
from gateway.purpose.masks import Mask
from gateway.purpose.model import PurposeText, Recipient
from gateway.purpose.plan import BulkRule, Deprecation, FieldRule, GlassRule, Plan, SearchRule, StreamRule
from masking.allotment import Allotments
from masking.keyring import Keyring, PseudonymDomain
from masking.masker import Masker
from masking.pseudonym import AcceptedTokens


def compile_plans(checked: Checked, limits: Limits, keyring: Keyring, allotments: Allotments) -> tuple[Plan, ...]:
    """One plan a recipient, in the order of the text; `allotments` is where surrogate names are kept."""
    return tuple(_plan(checked, recipient, limits, keyring, allotments) for recipient in checked.text.recipients)


def _plan(checked: Checked, recipient: Recipient, limits: Limits, keyring: Keyring, allotments: Allotments) -> Plan:
    text, masks, department = checked.text, checked.masks, recipient.department

    def domain(field: str) -> PseudonymDomain:
        return PseudonymDomain(department, text.purpose, field)

    def bound(field: str, mask: Mask) -> Masker:
        return mask.kind.bind(mask.settings, keyring.domain(domain(field)) if mask.kind.keyed else None, allotments)

    terms = _terms(text, department, limits)
    return Plan(
        purpose=text.purpose,
        digest=checked.digest,
        department=department,
        roles=frozenset(recipient.roles),
        title=text.title.localized(),
        legal_basis=text.legal_basis.localized(),
        search_by=frozenset(text.search_by),
        case=text.case.rule() if text.case is not None else None,
        applicant_required=text.applicant == "required",
        restricted_allowed=text.restricted == "allowed",
        valid_from=text.valid.since,
        valid_until=text.valid.until,
        fields=tuple(
            FieldRule(field, mask.name, mask.written, bound(field, mask), mask.needs) for field, mask in masks.items()
        ),
        reads=_reads(masks),
        terms=terms,
        terms_digest=terms.digest(),
        search=_search(checked),
        stream=_stream(checked),
        subjects=AcceptedTokens(keyring, domain(RESIDENT_ID)) if SearchKey.PSEUDONYM in text.search_by else None,
        deprecation=_deprecation(text),
        glass=_glass(text),
        bulk=_bulk(text),
        reversal=text.reversal is not None,
        renewal=text.renewal is not None,
    )


def _reads(masks: Mapping[str, Mask]) -> tuple[str, ...]:
    """What granted fields are read from, then what is read beside them: what maskers need (rule F6), and the status,
    which tells the living entry from others under the same id (rule S5). Both in the order of the catalogue.
    """
    granted = (base for base in map(base_of, masks) if base is not None)
    beside = {need for mask in masks.values() for need in mask.needs} | {STATUS}
    return tuple(dict.fromkeys((*granted, *(field for field in FIELDS if field in beside))))


def _deprecation(text: PurposeText) -> Deprecation | None:
    said = text.deprecated
    return Deprecation(said.since, said.successor or "", said.note.localized()) if said is not None else None


def _glass(text: PurposeText) -> GlassRule | None:
    said = text.break_glass
    if said is None:
        return None
    return GlassRule(frozenset(said.fields), Emergencies(said.looks_a_day, said.review_days * DAY))


def _bulk(text: PurposeText) -> BulkRule | None:
    said = text.bulk
    return BulkRule(said.residents, said.k, said.l or 0, frozenset(said.sensitive or ())) if said is not None else None


def _terms(text: PurposeText, department: str, limits: Limits) -> Terms:
    own = (
        Allowance(text.purpose, owner, window, residents, text.budget.enforce == "shadow")
        for owner, windows in text.budget.residents.items()
        for window, residents in windows.items()
    )
    rate, glass = text.budget.rate, _glass(text)
    return Terms(
        purpose=text.purpose,
        allowances=tuple(sorted((*limits.allowances(department), *own))),
        rate=Rate.per_second(rate.per_second, rate.burst) if rate is not None else None,
        repeats=limits.repeats,
        refusals=limits.refusals,
        granted=limits.allowances(department, granted=True),
        coverage=limits.coverage,
        emergencies=glass.allowed if glass is not None else None,
    )


def _search(checked: Checked) -> SearchRule | None:
    text, masks = checked.text, checked.masks
    if text.search is None:
        return None
    return SearchRule(
        asking=asking(text, text.search, SEARCHING_KEYS),
        limit=text.search.limit,
        address_limit=text.search.address_limit,
        # A spelling that is not shown as it stands is not searched either.
        names=frozenset({NAME, *(field for field in (FORMER_SURNAME, COMMON_NAME) if kept(masks, field))}),
    )


def _stream(checked: Checked) -> StreamRule | None:
    text, masks = checked.text, checked.masks
    streamed = text.streamed
    if streamed is None:
        return None
    ages = age_bands(masks) if SearchKey.AGE_BAND in text.search_by else None
    return StreamRule(
        asking=asking(text, streamed, SELECTING_KEYS),
        page=streamed.page,
        area_level=area_level(masks) if SearchKey.AREA in text.search_by else None,
        age_width=ages.width if ages is not None else None,
        age_top=ages.top if ages is not None else None,
        age_on_eve=(ages or LAWFUL_YEARS).on_eve,
    )
