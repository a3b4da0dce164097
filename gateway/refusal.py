"""Refusals: every way in which the gateway says no.

Rule: one closed table of reasons, never renamed or reused (rules E). A refusal tells the person what to do and an
attacker nothing: no resident, no value, no internal state.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from gateway.field import Localized


class Reason(StrEnum):
    """Why not."""

    IDENTITY_INVALID = "IDENTITY_INVALID"
    PURPOSE_NOT_GRANTED = "PURPOSE_NOT_GRANTED"
    FIELD_NOT_GRANTED = "FIELD_NOT_GRANTED"
    SEARCH_NOT_GRANTED = "SEARCH_NOT_GRANTED"
    POST_NOT_IN_FORCE = "POST_NOT_IN_FORCE"
    CASE_NOT_VALID = "CASE_NOT_VALID"
    STEP_UP_REQUIRED = "STEP_UP_REQUIRED"
    GRANT_REQUIRED = "GRANT_REQUIRED"
    GRANT_NOT_ACTIVE = "GRANT_NOT_ACTIVE"
    REQUEST_MALFORMED = "REQUEST_MALFORMED"
    FIELD_UNKNOWN = "FIELD_UNKNOWN"
    COST_IMPOSSIBLE = "COST_IMPOSSIBLE"
    RESIDENT_NOT_FOUND = "RESIDENT_NOT_FOUND"
    TOO_MANY_RESULTS = "TOO_MANY_RESULTS"
    NOT_UNIQUE = "NOT_UNIQUE"
    PURPOSE_CHANGED = "PURPOSE_CHANGED"
    RATE_EXCEEDED = "RATE_EXCEEDED"
    BUDGET_EXHAUSTED = "BUDGET_EXHAUSTED"
    COVERAGE_STOP = "COVERAGE_STOP"
    LEDGER_UNAVAILABLE = "LEDGER_UNAVAILABLE"
    REGISTER_UNAVAILABLE = "REGISTER_UNAVAILABLE"
    OVERLOADED = "OVERLOADED"
    DRAINING = "DRAINING"


@dataclass(frozen=True, slots=True)
class ReasonText:
    """A row of the published table: the gRPC code's name, and what to tell the person."""

    code: str
    advice: Localized


def _row(code: str, ja: str, en: str) -> ReasonText:
    return ReasonText(code, Localized(ja, en))


REASONS: Final = MappingProxyType(
    {
        Reason.IDENTITY_INVALID: _row(
            "UNAUTHENTICATED", "認証できません。もう一度サインインしてください。", "Not authenticated; sign in again."
        ),
        Reason.PURPOSE_NOT_GRANTED: _row(
            "PERMISSION_DENIED",
            "この事務は、あなたの所属・職では利用できません。",
            "This purpose is not open to your department and role today.",
        ),
        Reason.FIELD_NOT_GRANTED: _row(
            "PERMISSION_DENIED",
            "この事務では見られない項目が含まれています。",
            "The request names fields that this purpose does not grant; leave them out.",
        ),
        Reason.SEARCH_NOT_GRANTED: _row(
            "PERMISSION_DENIED",
            "この事務では、この方法で検索できません。",
            "This purpose does not allow asking by this key.",
        ),
        Reason.POST_NOT_IN_FORCE: _row(
            "PERMISSION_DENIED",
            "本日、その職に就いていません。人事担当に確認してください。",
            "You do not hold this post today; ask the personnel section.",
        ),
        Reason.CASE_NOT_VALID: _row(
            "PERMISSION_DENIED",
            "この事務には、受付中の案件番号が必要です。",
            "This purpose needs the reference of an open case of its registry.",
        ),
        Reason.STEP_UP_REQUIRED: _row(
            "PERMISSION_DENIED",
            "この方の照会には、上司の承認が必要です。",
            "Looking at this resident needs a superior's approval.",
        ),
        Reason.GRANT_REQUIRED: _row(
            "PERMISSION_DENIED", "一括の照会には、承認が必要です。", "A bulk read needs an approved grant."
        ),
        Reason.GRANT_NOT_ACTIVE: _row(
            "PERMISSION_DENIED", "承認が有効ではありません。", "The grant is not in force; request a new one."
        ),
        Reason.REQUEST_MALFORMED: _row(
            "INVALID_ARGUMENT", "要求の形式に誤りがあります。", "The request is malformed; see the field violations."
        ),
        Reason.FIELD_UNKNOWN: _row(
            "INVALID_ARGUMENT",
            "存在しない項目が指定されています。",
            "The read mask names fields that do not exist; see the field violations.",
        ),
        Reason.COST_IMPOSSIBLE: _row(
            "INVALID_ARGUMENT",
            "一度の要求として上限を超えています。分けてください。",
            "One request can never cost this much; ask for fewer residents.",
        ),
        Reason.RESIDENT_NOT_FOUND: _row("NOT_FOUND", "該当する方はいません。", "No such resident."),
        Reason.TOO_MANY_RESULTS: _row(
            "FAILED_PRECONDITION",
            "該当者が多すぎます。条件を加えてください。",
            "Too many residents match; add conditions.",
        ),
        Reason.NOT_UNIQUE: _row(
            "FAILED_PRECONDITION",
            "番号が重複しています。住民記録担当に連絡してください。",
            "The key is not unique in the register; tell the register's keeper.",
        ),
        Reason.PURPOSE_CHANGED: _row(
            "FAILED_PRECONDITION",
            "事務の定義が変わりました。最初からやり直してください。",
            "The purpose has changed since; start again from the beginning.",
        ),
        Reason.RATE_EXCEEDED: _row(
            "RESOURCE_EXHAUSTED", "照会が速すぎます。少し待ってください。", "Too fast; wait as long as RetryInfo says."
        ),
        Reason.BUDGET_EXHAUSTED: _row(
            "RESOURCE_EXHAUSTED",
            "照会できる人数の上限に達しました。",
            "The allowance of residents is used up; the quota violations say when it reopens.",
        ),
        Reason.COVERAGE_STOP: _row(
            "RESOURCE_EXHAUSTED",
            "閲覧した住民の割合が上限に達しました。",
            "The share of the register seen has reached its limit.",
        ),
        Reason.LEDGER_UNAVAILABLE: _row(
            "UNAVAILABLE",
            "記録ができないため、照会を止めています。",
            "Disclosures cannot be recorded now, so nothing is disclosed; try again later.",
        ),
        Reason.REGISTER_UNAVAILABLE: _row(
            "UNAVAILABLE", "住民記録に接続できません。", "The register cannot be read now; try again later."
        ),
        Reason.OVERLOADED: _row("UNAVAILABLE", "混み合っています。", "Overloaded; try again shortly."),
        Reason.DRAINING: _row("UNAVAILABLE", "停止の準備中です。", "This gateway is shutting down; connect again."),
    }
)


@dataclass(frozen=True, slots=True)
class Violation:
    """One offending part of a request: its field path as the caller spelled it, and what is wrong with it."""

    field: str
    description: str


@dataclass(frozen=True, slots=True)
class Exhausted:
    """One allowance that is used up: whose, which window, its limit, when it reopens (µs, None: never), and what it
    counts.
    """

    owner: str
    window: str
    limit: int
    reopens: int | None
    counted: str = "residents"


class Refusal(Exception):
    """A denial, with all that may be told.

    `violations` are for malformed requests and fields, `exhausted` for budgets, `retry_after` (µs) for short rates only
    (rule L5). Nothing here may name a resident.
    """

    def __init__(
        self,
        reason: Reason,
        *,
        violations: tuple[Violation, ...] = (),
        exhausted: tuple[Exhausted, ...] = (),
        retry_after: int | None = None,
    ) -> None:
        super().__init__(reason.value)
        self.reason = reason
        self.violations = violations
        self.exhausted = exhausted
        self.retry_after = retry_after
