"""Budgets as people look at them: what has been spent, and how an allowance is raised for a time.

Rule: two people raise an allowance, both in post, neither gaining by it; what they do is judged once more in
settlement, recorded, and over by itself (rule L8). Nobody sees the budget of somebody who is not below them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from gateway.allowance import Owner, Window
from gateway.caller import Caller, Post
from gateway.clock import DAY, day_of
from gateway.disclosure.relations import Relations
from gateway.disclosure.steps import UNREADABLE
from gateway.grant.id import grant_id
from gateway.ledger.account import Used
from gateway.ledger.acts import Overriding
from gateway.ledger.ledger import Ledger, LedgerUnavailable
from gateway.ledger.overrides import LONGEST, Override, gains
from gateway.ledger.v1 import record_pb2 as pb
from gateway.operations import Operators
from gateway.purpose.book import InForce
from gateway.refusal import Reason, Refusal, Violation
from gateway.standing.conflict import conflicted, superiors
from gateway.standing.directory import SqlDirectory
from gateway.standing.judge import post_of
from gateway.standing.port import Directory, StandingUnavailable

_NOT_THEIRS: Final = Violation("", "for superiors and controllers only, and never for one's own gain")


@dataclass(frozen=True, slots=True)
class Budgets:
    """Shows and raises budgets. Every method raises Refusal."""

    controllers: Operators
    in_force: InForce
    directory: SqlDirectory
    ledger: Ledger
    relations: Relations

    def show(self, caller: Caller, staff: str, department: str) -> tuple[list[Used], list[Override]]:
        """What is spent of the caller's own allowances, of a `staff` member's, or of a `department` and those of its
        staff whom the caller is above, for controllers all; and the overrides that concern it.
        """
        post = self._post(caller)
        try:
            today = day_of(self._now())
            if department:
                posts = [
                    each
                    for each in self.directory.all()
                    if each.department == department
                    and each.in_force(today)
                    and (self._controls(post) or self._above(caller.staff, each.staff))
                ]
                if not posts and not self._controls(post):
                    raise Refusal(Reason.PURPOSE_NOT_GRANTED, violations=(_NOT_THEIRS,))
            else:
                staff = staff or caller.staff
                if staff != caller.staff and not self._controls(post) and not self._above(caller.staff, staff):
                    raise Refusal(Reason.PURPOSE_NOT_GRANTED, violations=(_NOT_THEIRS,))
                posts = [each for each in self.directory.posts(staff) if each.in_force(today)]
        except StandingUnavailable:
            raise Refusal(Reason.REGISTER_UNAVAILABLE) from None
        lines = self._lines(posts)
        targets = {each.target for each in lines}
        overrides = [each for each in self.ledger.overrides() if each.target in targets]
        if department:
            raised = {each.target for each in overrides}
            lines = [each for each in lines if each.target[0] != Owner.STAFF or each.spent or each.target in raised]
        return lines, overrides

    async def propose(self, caller: Caller, terms: pb.OverrideTerms, note: str, request_id: str) -> Override:
        """Propose to raise an allowance that there is."""
        foothold = _Entitled(self.directory, caller, lambda post: self._may_propose(caller, post, terms))
        self._require(foothold)
        try:
            await self._require_no_conflict(caller, terms)
            self._require_sound(terms)
        except UNREADABLE:
            raise Refusal(Reason.REGISTER_UNAVAILABLE) from None
        act = Overriding(caller, grant_id(), pb.OVERRIDE_STEP_PROPOSED, note, request_id, foothold, terms)
        return await self._settled(act)

    async def decide(self, caller: Caller, override: str, step: int, note: str, request_id: str) -> Override:
        """Approve an override, or take it back."""
        self._post(caller)
        found = self.ledger.override(override)
        if found is None:
            raise Refusal(Reason.GRANT_NOT_ACTIVE)
        approving = step == pb.OVERRIDE_STEP_APPROVED
        own = not approving and caller.staff in (found.proposer, found.decider)
        foothold = _Entitled(self.directory, caller, lambda post: own or self._may_approve(caller, post, found))
        self._require(foothold)
        try:
            if approving:
                await self._require_no_conflict(caller, found.terms, found.proposer)
        except UNREADABLE:
            raise Refusal(Reason.REGISTER_UNAVAILABLE) from None
        return await self._settled(Overriding(caller, override, step, note, request_id, foothold))

    # ------------------------------------------------------------------------------------------------ who may

    def _post(self, caller: Caller) -> Post:
        try:
            post = post_of(self.directory, caller, day_of(self._now()))
        except StandingUnavailable:
            raise Refusal(Reason.REGISTER_UNAVAILABLE) from None
        if post is None:
            raise Refusal(Reason.POST_NOT_IN_FORCE)
        return post

    def _require(self, foothold: _Entitled) -> None:
        lost = foothold.lost(self._now())
        if lost is not None:
            refused = lost is Reason.PURPOSE_NOT_GRANTED
            raise Refusal(lost, violations=(_NOT_THEIRS,) if refused else ())

    def _controls(self, post: Post) -> bool:
        return (post.department, post.role) in self.controllers.posts

    def _above(self, staff: str, other: str) -> bool:
        """Whether one is above a post that the other holds today. Raises StandingUnavailable."""
        today = day_of(self._now())
        return staff != other and any(
            staff in superiors(self.directory, post, today)
            for post in self.directory.posts(other)
            if post.in_force(today)
        )

    def _benefits(self, staff: str, terms: pb.OverrideTerms) -> bool:
        """Whether an override is for them, or for a department that they belong to today."""
        today = day_of(self._now())
        return gains(terms, staff) or (
            terms.owner == Owner.DEPARTMENT
            and any(post.department == terms.name for post in self.directory.posts(staff) if post.in_force(today))
        )

    def _may_propose(self, caller: Caller, post: Post, terms: pb.OverrideTerms) -> bool:
        above = terms.owner == Owner.STAFF and self._above(caller.staff, terms.name)
        return (self._controls(post) or above) and not self._benefits(caller.staff, terms)

    def _may_approve(self, caller: Caller, post: Post, found: Override) -> bool:
        above = found.terms.owner == Owner.STAFF and self._above(caller.staff, found.proposer)
        return (self._controls(post) or above) and not self._benefits(caller.staff, found.terms)

    async def _require_no_conflict(self, caller: Caller, terms: pb.OverrideTerms, *others: str) -> None:
        """The caller is nothing to whom it is for, nor to the `others` of the staff (rule W8). Raises Refusal, and what
        reading raises.
        """
        concerned = [*others, *([terms.name] if terms.owner == Owner.STAFF else [])]
        homes = [home for home in map(self.directory.resident, concerned) if home is not None]
        if conflicted(await self.relations.found([(caller, home) for home in homes], day_of(self._now()))):
            raise Refusal(Reason.PURPOSE_NOT_GRANTED, violations=(_NOT_THEIRS,))

    # ------------------------------------------------------------------------------------------------ what it is

    def _require_sound(self, terms: pb.OverrideTerms) -> None:
        """The allowance is there, would be raised, and not for too long. Raises Refusal, StandingUnavailable."""
        now = self._now()
        if not now < terms.until <= now + LONGEST:
            raise _malformed("propose.until", f"not within {LONGEST // DAY} days from now")
        if terms.owner == Owner.STAFF:
            posts = [post for post in self.directory.posts(terms.name) if post.in_force(day_of(now))]
        else:
            posts = [
                post for post in self.directory.all() if terms.owner == Owner.CITY or post.department == terms.name
            ]
        target = terms.owner, terms.name, terms.meter, terms.purpose, terms.window
        limits = [each.stated for each in self._lines(posts) if each.target == target]
        if not limits:
            raise _malformed("propose.target", "there is no such allowance")
        if terms.limit <= max(limits):
            raise _malformed("propose.limit", f"not more than the {max(limits)} that are allowed")

    def _lines(self, posts: list[Post]) -> list[Used]:
        """Every allowance of these posts, once."""
        found: dict[object, Used] = {}
        try:
            for post in posts:
                for plan in self.in_force.book.plans_of(post.department):
                    for used in self.ledger.used(plan.terms, post.department, post.staff):
                        found.setdefault(used.target, used)
        except LedgerUnavailable:
            raise Refusal(Reason.LEDGER_UNAVAILABLE) from None
        owners, windows = list(Owner), list(Window)
        return sorted(
            found.values(),
            key=lambda each: (
                -owners.index(Owner(each.target[0])),
                each.target[1],
                each.target[2] or pb.METER_GRANTED + 1,
                each.target[3],
                windows.index(Window(each.target[4])),
            ),
        )

    # ------------------------------------------------------------------------------------------------ ledger

    def _now(self) -> int:
        try:
            return self.ledger.now()
        except LedgerUnavailable:
            raise Refusal(Reason.LEDGER_UNAVAILABLE) from None

    async def _settled(self, act: Overriding) -> Override:
        try:
            (settled,) = await self.ledger.settle([act])
        except LedgerUnavailable:
            raise Refusal(Reason.LEDGER_UNAVAILABLE) from None
        found = self.ledger.override(act.override)
        if settled.refusal is not None or found is None:
            raise settled.refusal or Refusal(Reason.GRANT_NOT_ACTIVE)
        return found


@dataclass(frozen=True, slots=True)
class _Entitled:
    """The post in which somebody raises an allowance, and that they `may` in it, as a Foothold."""

    directory: Directory
    caller: Caller
    may: Callable[[Post], bool]

    def lost(self, now: int) -> Reason | None:
        try:
            post = post_of(self.directory, self.caller, day_of(now))
            if post is None:
                return Reason.POST_NOT_IN_FORCE
            return None if self.may(post) else Reason.PURPOSE_NOT_GRANTED
        except StandingUnavailable:
            return Reason.REGISTER_UNAVAILABLE


def _malformed(place: str, fault: str) -> Refusal:
    return Refusal(Reason.REQUEST_MALFORMED, violations=(Violation(place, fault),))
