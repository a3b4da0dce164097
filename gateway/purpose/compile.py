"""Compiling: a checked purpose and a keyring in, one Plan a recipient department out.

Rule M1: every keyed mask is bound to the keys of its own (department, purpose, field); two departments under one
purpose hold pseudonyms that do not link.
"""

from __future__ import annotations

from gateway.allowance import Allowance, Rate, Terms
from gateway.field import ADDRESS, BIRTH_DATE, FIELDS, RESIDENT_ID
from gateway.purpose.check import Checked
from gateway.purpose.limits import Limits
from gateway.purpose.masks import Mask
from gateway.purpose.model import PurposeText, Recipient
from gateway.purpose.plan import FieldRule, Plan, SearchKey, StreamRule
from gateway.purpose.rules import LAWFUL_YEARS, age_bands, area_level
from masking.keyring import DomainKeys, Keyring, PseudonymDomain
from masking.masker import Masker
from masking.pseudonym import SealedTokens


def compile_plans(checked: Checked, limits: Limits, keyring: Keyring) -> tuple[Plan, ...]:
    """One plan a recipient, in the order of the text."""
    return tuple(_plan(checked, recipient, limits, keyring) for recipient in checked.text.recipients)


def _plan(checked: Checked, recipient: Recipient, limits: Limits, keyring: Keyring) -> Plan:
    text, masks, department = checked.text, checked.masks, recipient.department

    def keys(field: str) -> DomainKeys:
        return keyring.domain(PseudonymDomain(department, text.purpose, field))

    def bound(field: str, mask: Mask) -> Masker:
        return mask.kind.bind(mask.settings, keys(field) if mask.kind.keyed else None)

    # Granted fields first, then what maskers need beside (rule F6); both in the order of the catalogue.
    needed = {need for mask in masks.values() for need in mask.kind.needs}
    reads = (*masks, *(field for field in FIELDS if field in needed and field not in masks))
    terms = _terms(text, department, limits)
    return Plan(
        purpose=text.purpose,
        digest=checked.digest,
        department=department,
        roles=frozenset(recipient.roles),
        title=text.title.localized(),
        legal_basis=text.legal_basis.localized(),
        search_by=frozenset(text.search_by),
        case_registry=text.case.registry if text.case is not None else None,
        applicant_required=text.applicant == "required",
        restricted_allowed=text.restricted == "allowed",
        valid_from=text.valid.since,
        valid_until=text.valid.until,
        fields=tuple(FieldRule(field, mask.name, bound(field, mask)) for field, mask in masks.items()),
        reads=reads,
        terms=terms,
        terms_digest=terms.digest(),
        stream=_stream(checked),
        subjects=SealedTokens(keys(RESIDENT_ID)) if SearchKey.PSEUDONYM in text.search_by else None,
    )


def _terms(text: PurposeText, department: str, limits: Limits) -> Terms:
    own = (
        Allowance(text.purpose, owner, window, residents)
        for owner, windows in text.budget.residents.items()
        for window, residents in windows.items()
    )
    rate = text.budget.rate
    return Terms(
        purpose=text.purpose,
        allowances=tuple(sorted((*limits.allowances(department), *own))),
        rate=Rate.per_second(rate.per_second, rate.burst) if rate is not None else None,
        repeats=limits.repeats,
        refusals=limits.refusals,
    )


def _stream(checked: Checked) -> StreamRule | None:
    text, masks = checked.text, checked.masks
    if text.stream is None:
        return None
    ages = age_bands(masks.get(BIRTH_DATE)) if SearchKey.AGE_BAND in text.search_by else None
    return StreamRule(
        page=text.stream.page,
        area_level=area_level(masks.get(ADDRESS)) if SearchKey.AREA in text.search_by else None,
        age_width=ages.width if ages is not None else None,
        age_top=ages.top if ages is not None else None,
        age_on_eve=(ages or LAWFUL_YEARS).on_eve,
    )
