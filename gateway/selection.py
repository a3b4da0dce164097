"""Selections: which residents a stream may ask for, and which of them its caller may know of.

Rule: a selection is no finer than what the purpose shows, and a page never tells that somebody was left out of it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Final

from gateway.ask import StreamAsk
from gateway.purpose.plan import Plan, StreamRule
from gateway.refusal import Reason, Refusal, Violation
from gateway.register.port import RESIDENTS, Reader, Register, RegisterUnavailable, Selection
from gateway.subject import Onlookers, Restriction, Row, counting, is_resident_id
from gateway.view import View
from masking.value import AreaLevel

_AREA_DIGITS: Final = {AreaLevel.CITY: 5, AreaLevel.TOWN: 8, AreaLevel.CHOME: 10}


def stream_rule(plan: Plan, asked: StreamAsk) -> StreamRule:
    """What the purpose says of streams, if it covers this selection. Raises Refusal."""
    rule = plan.stream
    if rule is None or not asked.keys <= plan.search_by:
        raise Refusal(Reason.SEARCH_NOT_GRANTED)
    if not rule.asking.covers(asked.keys):
        raise Refusal(
            Reason.SEARCH_NOT_GRANTED,
            violations=(Violation("selection", "more is needed: these keys together are not one of its combinations"),),
        )
    if not asked.statuses <= rule.asking.statuses:
        raise Refusal(
            Reason.SEARCH_NOT_GRANTED, violations=(Violation("selection.statuses", "not open to this purpose"),)
        )
    aged = asked.age_from is not None
    if asked.area and (rule.area_level is None or len(asked.area) > _AREA_DIGITS[rule.area_level]):
        raise Refusal(
            Reason.SEARCH_NOT_GRANTED, violations=(Violation("selection.area_code", "finer than the purpose shows"),)
        )
    if aged and not _aligned(rule, asked.age_from or 0, asked.age_to):
        raise Refusal(
            Reason.SEARCH_NOT_GRANTED,
            violations=(Violation("selection.age", f"not aligned to bands of {rule.age_width} years"),),
        )
    return rule


def _aligned(rule: StreamRule, age_from: int, age_to: int | None) -> bool:
    """Whether a range of ages is made of whole bands: it starts where one starts and ends where one ends."""
    width, top = rule.age_width or 1, rule.age_top
    starts = age_from % width == 0 and (top is None or age_from <= top)
    ends = age_to is None or ((age_to + 1) % width == 0 and (top is None or age_to < top))
    return starts and ends


def _selection(asked: StreamAsk, rule: StreamRule, today: date) -> Selection:
    """Ages as birth dates, as of the day that the purpose's ages are reckoned on (年齢計算ニ関スル法律: the
    birthday's eve).
    """
    whoever = Selection(asked.area, None, None, asked.household_id, asked.statuses or RESIDENTS)
    if asked.age_from is None:
        return whoever
    day = today + timedelta(days=1) if rule.age_on_eve else today
    born_from = None if asked.age_to is None else _years_before(day, asked.age_to + 1) + timedelta(days=1)
    return replace(whoever, born_from=born_from, born_until=_years_before(day, asked.age_from))


def _years_before(day: date, years: int) -> date:
    """The last birth date at which somebody is `years` old on `day`; years without a 29 February have its eve."""
    if years >= day.year:
        return date.min
    try:
        return day.replace(year=day.year - years)
    except ValueError:
        return day.replace(year=day.year - years, day=28)


@dataclass(frozen=True, slots=True)
class Found:
    """Rows for one page with their restrictions; `after` is where the next page starts, `ended` that there is none."""

    rows: list[Row]
    restrictions: Mapping[str, Sequence[Restriction]]
    after: str
    ended: bool


@dataclass(frozen=True, slots=True)
class Selected:
    """The residents of a selection as the caller may know of them; an id of which nobody can tell which entry counts is
    nobody (rule S5). `statuses` reads the register status and nothing else.
    """

    register: Register
    statuses: Reader
    view: View
    asked: StreamAsk
    rule: StreamRule

    async def page(self, after: str, today: date, onlookers: Onlookers) -> Found:
        """A full page, whoever is left out on the way: a short one would tell that somebody was."""
        selection = _selection(self.asked, self.rule, today)
        rows: list[Row] = []
        restricted: dict[str, Sequence[Restriction]] = {}
        place = after
        # One more than a page that may be shown: it alone tells whether there is another page, so that who is left out
        # at the end does not show as a page without anybody.
        while len(rows) <= self.rule.page:
            read = await self.view.reader.page(selection, place, self.rule.page + 1 - len(rows))
            if not read:
                return Found(rows, restricted, place, ended=True)
            if read[0].resident_id <= place:
                raise RegisterUnavailable("the register's pages do not go forward")
            ids = [row.resident_id for row in read]
            # Whoever stands twice may do so with one entry inside the selection and another outside.
            entries = await self.statuses.rows(ids)
            found = await self.register.restrictions(ids, today)
            restricted.update(found)
            rows += [
                row
                for row in read
                if self._counts(row, entries[row.resident_id])
                and not self._left_out(found.get(row.resident_id, ()), onlookers)
            ]
            place = read[-1].resident_id
        page = rows[: self.rule.page]
        return Found(page, restricted, page[-1].resident_id, ended=False)

    def _counts(self, row: Row, entries: Sequence[Row]) -> bool:
        """Whether this is the entry that counts of its id; `entries` are all of that id. What is no resident id is
        nobody's: nobody could be asked for by it, nor could a cursor go on behind it.
        """
        the_one = counting(entries, 0)
        return (
            is_resident_id(row.resident_id)
            and len(the_one) == 1
            and the_one[0].values[0] == row.values[self.view.status_at]
        )

    def _left_out(self, restrictions: Sequence[Restriction], onlookers: Onlookers) -> bool:
        """Whether a protected resident must be absent: kept from the onlookers, or found by where they live."""
        if onlookers.kept_from(restrictions):
            return True
        whereabouts = self.asked.area or self.asked.household_id
        return bool(restrictions and whereabouts and not self.view.plan.restricted_allowed)


def bound_to(asked: StreamAsk) -> list[bytes]:
    """What a cursor is bound to."""
    ask = asked.ask
    mask = "\n".join(ask.mask) if ask.mask is not None else "*"
    parts = (
        ask.caller.department,
        ask.caller.system,
        ask.caller.staff,
        ask.purpose,
        ask.grant,
        asked.area,
        repr((asked.age_from, asked.age_to, asked.household_id, sorted(asked.statuses))),
        mask,
    )
    return [part.encode() for part in parts]
