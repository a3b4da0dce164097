"""Refusals: every way in which the gateway says no.

Rule: one closed table of reasons, never renamed or reused (rules E). A refusal tells the person what to do and an
attacker nothing: no resident, no value, no internal state. The texts are for a person at a counter, and say the same in
both languages; what programs need stands in the status's details.
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
            "UNAUTHENTICATED",
            "本人確認ができませんでした。もう一度サインインしてください。",
            "We could not confirm who you are; please sign in again.",
        ),
        Reason.PURPOSE_NOT_GRANTED: _row(
            "PERMISSION_DENIED",
            "この利用目的は、本日、あなたの所属・職務ではご利用になれません。業務主管に確認してください。",
            "This purpose is not open to your department and role today; please ask its steward.",
        ),
        Reason.FIELD_NOT_GRANTED: _row(
            "PERMISSION_DENIED",
            "この利用目的では見られない項目が含まれています。その項目を減らして、もう一度お試しください。",
            "Some of these fields are not open to this purpose; please leave them out and try again.",
        ),
        Reason.SEARCH_NOT_GRANTED: _row(
            "PERMISSION_DENIED",
            "この利用目的では、この方法での照会はできません。別の方法でお試しください。",
            "This purpose does not allow asking in this way; please ask in another way.",
        ),
        Reason.POST_NOT_IN_FORCE: _row(
            "PERMISSION_DENIED",
            "本日、その職に就いていることを確認できません。人事担当に確認してください。",
            "You do not hold this post today; please ask the personnel section.",
        ),
        Reason.CASE_NOT_VALID: _row(
            "PERMISSION_DENIED",
            "この利用目的には、受付中の案件の番号が必要です。案件の番号を確認してください。",
            "This purpose needs the number of an open case; please check the case number.",
        ),
        Reason.STEP_UP_REQUIRED: _row(
            "PERMISSION_DENIED",
            "この方の照会には、上司の承認が必要です。上司に相談してください。",
            "Looking at this resident needs a superior's approval; please ask your superior.",
        ),
        Reason.GRANT_REQUIRED: _row(
            "PERMISSION_DENIED",
            "一括の照会には、承認が必要です。先に承認を受けてください。",
            "Looking at many residents at once needs an approval; please obtain one first.",
        ),
        Reason.GRANT_NOT_ACTIVE: _row(
            "PERMISSION_DENIED",
            "この承認は有効ではありません。あらためて承認を受けてください。",
            "This approval is not in force; please obtain a new one.",
        ),
        Reason.REQUEST_MALFORMED: _row(
            "INVALID_ARGUMENT",
            "照会の内容に誤りがあります。示された箇所を直して、もう一度お試しください。",
            "There is a mistake in the request; please correct the parts named and try again.",
        ),
        Reason.FIELD_UNKNOWN: _row(
            "INVALID_ARGUMENT",
            "存在しない項目が指定されています。示された項目を直して、もう一度お試しください。",
            "Fields that do not exist were asked for; please correct those named and try again.",
        ),
        Reason.COST_IMPOSSIBLE: _row(
            "INVALID_ARGUMENT",
            "一度に照会できる人数を超えています。人数を減らして、もう一度お試しください。",
            "These are more residents than can be asked for at once; please ask for fewer and try again.",
        ),
        Reason.RESIDENT_NOT_FOUND: _row(
            "NOT_FOUND",
            "該当する方は見つかりません。番号を確認してください。",
            "No such resident was found; please check the number.",
        ),
        Reason.TOO_MANY_RESULTS: _row(
            "FAILED_PRECONDITION",
            "該当する方が多すぎます。条件を加えて、もう一度お試しください。",
            "Too many residents match; please add conditions and try again.",
        ),
        Reason.NOT_UNIQUE: _row(
            "FAILED_PRECONDITION",
            "この番号が重複して登録されています。住民記録担当に連絡してください。",
            "This number stands in the register more than once; please tell the register's keeper.",
        ),
        Reason.PURPOSE_CHANGED: _row(
            "FAILED_PRECONDITION",
            "利用目的の内容が途中で変わりました。最初からやり直してください。",
            "The purpose has changed in the meantime; please start again from the beginning.",
        ),
        Reason.RATE_EXCEEDED: _row(
            "RESOURCE_EXHAUSTED",
            "照会の間隔が短すぎます。少し待ってから、もう一度お試しください。",
            "You are asking too fast; please wait a little and try again.",
        ),
        Reason.BUDGET_EXHAUSTED: _row(
            "RESOURCE_EXHAUSTED",
            "照会の上限に達しました。どの上限か、いつ再開するかを確認してください。",
            "A limit on looks has been reached; please check which one, and when it reopens.",
        ),
        Reason.COVERAGE_STOP: _row(
            "RESOURCE_EXHAUSTED",
            "照会した住民の割合が上限に達しました。上司に相談してください。",
            "The share of residents that may be seen has been reached; please ask your superior.",
        ),
        Reason.LEDGER_UNAVAILABLE: _row(
            "UNAVAILABLE",
            "ただいま記録ができないため、照会を止めています。しばらくしてから、もう一度お試しください。",
            "Looks cannot be recorded now, so nothing is shown; please try again later.",
        ),
        Reason.REGISTER_UNAVAILABLE: _row(
            "UNAVAILABLE",
            "ただいま住民記録を読み出せません。しばらくしてから、もう一度お試しください。",
            "The register cannot be read now; please try again later.",
        ),
        Reason.OVERLOADED: _row(
            "UNAVAILABLE",
            "ただいま混み合っています。しばらくしてから、もう一度お試しください。",
            "The service is busy now; please try again later.",
        ),
        Reason.DRAINING: _row(
            "UNAVAILABLE",
            "ただいま停止の準備をしています。しばらくしてから、もう一度お試しください。",
            "The service is about to stop; please try again later.",
        ),
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
    (rule L5). Nothing here may name a resident. `former_post` is for the record and for counters alone: the caller
    asked in a post that has ended, or for a purpose of a department that they have left.
    """

    def __init__(
        self,
        reason: Reason,
        *,
        violations: tuple[Violation, ...] = (),
        exhausted: tuple[Exhausted, ...] = (),
        retry_after: int | None = None,
        former_post: bool = False,
    ) -> None:
        super().__init__(reason.value)
        self.reason = reason
        self.violations = violations
        self.exhausted = exhausted
        self.retry_after = retry_after
        self.former_post = former_post
