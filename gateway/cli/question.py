"""What people can ask, as options of a command: the circumstances, what is known of a resident, a selection.

Rule: an option is defined once, whichever command takes it, and what it means is judged by the gateway, not here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Final, Literal, TypeAlias

from cyclopts import Group, Parameter, Token

Reason: TypeAlias = Literal["application", "investigation", "collection", "notification", "statistics", "other"]
Language: TypeAlias = Literal["ja", "en"]
Calendar: TypeAlias = Literal["era"]
Status: TypeAlias = Literal["resident", "moved_out", "deceased", "void"]

_WHAT: Final = Group("What and why", sort_key=1)
_KNOWN: Final = Group("What is known (all of it must hold)", sort_key=2)
_SELECTED: Final = Group("Which residents (all of it must hold)", sort_key=2)


def _listed(_: object, tokens: Sequence[Token]) -> tuple[str, ...]:
    return tuple(tokens[0].value.split(","))


Household = Annotated[str, Parameter(help="household id (世帯番号)", show_default=False)]
Statuses = Annotated[
    tuple[Status, ...],
    Parameter(
        name="--status",
        help="which entries, may be given again; those who live here if not given",
        show_default=False,
        negative="",
    ),
]


@Parameter(name="*", group=_WHAT)
@dataclass(frozen=True, slots=True)
class Question:
    """What goes with a request for residents. `applicant` is a resident id ("" for nobody), `fields` None asks for all
    that the purpose grants, `calendar` None for dates in numbers only.
    """

    purpose: Annotated[str, Parameter(help="the purpose's name")]
    reason: Annotated[Reason, Parameter(help="why this look")]
    case: Annotated[str, Parameter(help="the reference of the case at hand", show_default=False)] = ""
    justification: Annotated[
        str, Parameter(help="the reason in words; required with --reason other", show_default=False)
    ] = ""
    applicant: Annotated[
        str, Parameter(help="the resident id of the person who asks at the counter", show_default=False)
    ] = ""
    fields: Annotated[
        tuple[str, ...] | None,
        Parameter(
            help="only these fields, separated by commas; all that the purpose grants if not given",
            converter=_listed,
            n_tokens=1,
            metavar="STR",
            negative="",
        ),
    ] = None
    grant: Annotated[
        str, Parameter(help="the grant to look by, once a superior has approved it", show_default=False)
    ] = ""
    break_glass: Annotated[
        bool,
        Parameter(
            help="look at once, in an emergency: the superior is told and reviews it; needs --justification",
            negative="",
        ),
    ] = False
    language: Annotated[Language, Parameter(help="of titles, values, the notice and refusals")] = "ja"
    calendar: Annotated[Calendar | None, Parameter(help="write Japanese dates in their eras (昭和45年8月12日)")] = None


@Parameter(name="*", group=_KNOWN)
@dataclass(frozen=True, slots=True)
class Known:
    """What is known of the residents of a search; "" and no status: nothing."""

    name: Annotated[
        str, Parameter(help="name (氏名), whole, or its beginning and one `*`: `髙橋*`", show_default=False)
    ] = ""
    kana: Annotated[
        str, Parameter(help="its reading (振り仮名) in any kana, likewise: `たかはし*`", show_default=False)
    ] = ""
    born: Annotated[
        str,
        Parameter(help="birth date, also to the month or year: 昭和45年8月12日, S45.8, 1970", show_default=False),
    ] = ""
    lives: Annotated[
        str, Parameter(help="address, as people write it: 水神二丁目3番18号, 水神2-3-18", show_default=False)
    ] = ""
    household: Household = ""
    resident: Annotated[str, Parameter(help="resident id (宛名番号), 10 digits", show_default=False)] = ""
    pseudonym: Annotated[str, Parameter(help="a pseudonym that this purpose gave out", show_default=False)] = ""
    statuses: Statuses = ()


@Parameter(name="*", group=_SELECTED)
@dataclass(frozen=True, slots=True)
class Selected:
    """Which residents a stream brings; ages are whole years, inclusive, None: no such end."""

    area: Annotated[
        str, Parameter(help="town code or its beginning: 5 digits city, 8 町, 10 丁目", show_default=False)
    ] = ""
    age_from: Annotated[int | None, Parameter(help="lowest age, where one of the purpose's bands begins")] = None
    age_to: Annotated[int | None, Parameter(help="highest age, where one of the purpose's bands ends")] = None
    household: Household = ""
    statuses: Statuses = ()


NOTHING_SELECTED: Final = Selected()
"""No condition given."""
