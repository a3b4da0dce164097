"""What a masker is: bound once, run fast.

Rule: everything slow or refusable (settings, keys, tables) happens in `bind`; the `Masker` it returns
takes a value and gives a masked one, and neither raises nor shows the original when the value is not what
it should be. Null stays null, malformed is marked (rule M2).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple, Protocol, Self, TypeAlias, TypeVar

from pydantic import BaseModel, ConfigDict, ModelWrapValidatorHandler, ValidationError, model_validator
from pydantic_core import ErrorDetails, InitErrorDetails, PydanticCustomError

from masking.allotment import Allotments
from masking.keyring import DomainKeys
from masking.value import Masked, Occasion, Sex, Value, ValueKind

_NOTHING: Final[frozenset[str]] = frozenset()

Masker: TypeAlias = Callable[[Value | None, Occasion], Masked]
"""One bound transformation. No value makes it raise (a store of surrogate names that fails does, see `Allotting`); safe
to call from several threads."""


class Person(NamedTuple):
    """Whom a name is to be allotted to: their own name as the register has it and in plain spelling, what an Occasion
    says of them, and as whom the store of allotments knows them. `generation`: the names that they can no longer bear.
    """

    own: str
    plain: str
    resident_id: str
    sex: Sex | None
    household: str
    owner: bytes
    generation: int = 0


class Allotting(Protocol):
    """A bound masker that gives each resident something of which there is one (a surrogate name).

    It may be called like any other, and then allots where it has to, one resident at a time, and may raise
    AllotmentsUnavailable. For many at once, or where what may be given depends on others: `wanting` reads from the
    store, `take` writes to it, once each for all; both may block for as long as a disk does. `load` reads all that the
    store has of the domain, once, so that `wanting` is quick from then on.
    """

    def __call__(self, value: Value | None, occasion: Occasion, /) -> Masked:
        """As a Masker."""

    def load(self) -> bool:
        """Read what was given out, if that was not done yet. False if it is too much to keep at hand: then `wanting`
        goes on to read from the store.
        """

    def wanting(self, rows: Sequence[tuple[Value | None, Occasion]]) -> list[Person]:
        """Of some residents, those who have none yet. Of many at once it loads first."""

    def offers(self, people: Sequence[Person], turn: int = 0) -> Mapping[Person, Mapping[int, str]]:
        """For each a few that they may have, in order: number, and the plain spelling. Each `turn` (0, 1, …) offers
        others, and more. Raises AllotmentsUnavailable if there are no others.
        """

    def take(self, offers: Mapping[Person, Sequence[int]]) -> list[Person]:
        """Give each the first that is free, on disk when this returns; who got none is returned."""


class Settings(BaseModel):
    """What a steward may write beside `mask:`; frozen, closed and strict.

    A field's `description` is the advice that follows each complaint about it, so it says what to write.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    @property
    def needs(self) -> frozenset[str]:
        """The register fields that these settings need beside those that the kind always does."""
        return _NOTHING

    @model_validator(mode="wrap")
    @classmethod
    def _advise(cls, given: object, read: ModelWrapValidatorHandler[Self]) -> Self:
        try:
            return read(given)
        except ValidationError as complaint:
            raise ValidationError.from_exception_data(
                cls.__name__,
                [
                    InitErrorDetails(
                        # The kind of error stays pydantic's own, for those who tell findings apart by it.
                        type=PydanticCustomError(error["type"], "{advice}", {"advice": cls._advice(error)}),
                        loc=error["loc"],
                        input=error["input"],
                    )
                    for error in complaint.errors(include_url=False, include_context=False)
                ],
            ) from None

    @classmethod
    def _advice(cls, error: ErrorDetails) -> str:
        named = str(error["loc"][0]) if error["loc"] else ""
        if error["type"] == "extra_forbidden":
            known = ", ".join(cls.model_fields)
            return f"no such setting: this mask takes {known}" if known else "no such setting: this mask takes none"
        known_field = cls.model_fields.get(named)
        if known_field is None or known_field.description is None:
            return error["msg"]
        return f"{error['msg']}: {known_field.description}"


def contradiction(advice: str) -> PydanticCustomError:
    """Make the complaint about settings that are each right and do not go together; raise it from a validator."""
    return PydanticCustomError("contradiction", "{advice}", {"advice": advice})


class NoSettings(Settings):
    """Settings of a masker that has nothing to set."""


@dataclass(frozen=True, slots=True)
class MaskerKind:
    """One row of the catalogue: what a masker is called, what it fits, what it needs, how it is bound.

    `needs` names the register fields, beyond the masked one, that it must be given through `Occasion`
    (`today` and `resident_id` are always there); `keyed` says that it must be bound with a domain's keys, and
    `pseudonymous` that what it shows stands in for the whole value, so that whoever sees the value beside it has undone
    it. `allots`: what it binds is `Allotting`; `reads`: it must be given what a reader found in the value
    (`Occasion.read`). Made by `unkeyed`, `keyed` and `allotting`.
    """

    name: str
    fits: frozenset[ValueKind]
    needs: frozenset[str]
    keyed: bool
    settings: type[Settings]
    _bind: Callable[[BaseModel, DomainKeys | None, Allotments | None], Masker] = field(repr=False)
    pseudonymous: bool = False
    allots: bool = False
    reads: bool = False

    def bind(self, settings: BaseModel, keys: DomainKeys | None = None, allotments: Allotments | None = None) -> Masker:
        """Make the masker that runs; `allotments` is where those that allot keep what they have given out.

        Raises ValueError if it is keyed and there are no keys, or allots and there are no allotments: a missing domain
        is an error, never a silent default (rule M1). Raises TypeError if the settings are not this kind's own.
        """
        return self._bind(settings, keys, allotments)


S = TypeVar("S", bound=Settings)


def unkeyed(
    name: str,
    *,
    fits: frozenset[ValueKind],
    settings: type[S],
    bind: Callable[[S], Masker],
    needs: frozenset[str] = _NOTHING,
) -> MaskerKind:
    """Make the catalogue row of a masker that works without keys (and ignores those of its field's domain)."""

    def checked(given: BaseModel, _keys: DomainKeys | None, _allotments: Allotments | None) -> Masker:
        return bind(_own(name, settings, given))

    return MaskerKind(name, fits, needs, False, settings, checked)


def keyed(
    name: str,
    *,
    fits: frozenset[ValueKind],
    settings: type[S],
    bind: Callable[[S, DomainKeys], Masker],
    needs: frozenset[str] = _NOTHING,
    pseudonymous: bool = True,
    reads: bool = False,
) -> MaskerKind:
    """Make the catalogue row of a masker that works with the keys of one pseudonym domain."""

    def checked(given: BaseModel, keys: DomainKeys | None, _allotments: Allotments | None) -> Masker:
        if keys is None:
            raise ValueError(f"mask {name} needs the keys of a pseudonym domain (rule M1)")
        return bind(_own(name, settings, given), keys)

    return MaskerKind(name, fits, needs, True, settings, checked, pseudonymous, reads=reads)


def allotting(
    name: str,
    *,
    fits: frozenset[ValueKind],
    settings: type[S],
    bind: Callable[[S, DomainKeys, Allotments], Allotting],
    needs: frozenset[str] = _NOTHING,
) -> MaskerKind:
    """Make the catalogue row of a masker that gives out what there is one of, and keeps whom it gave it to."""

    def checked(given: BaseModel, keys: DomainKeys | None, allotments: Allotments | None) -> Masker:
        if keys is None or allotments is None:
            raise ValueError(f"mask {name} needs the keys of a pseudonym domain, and allotments (rules M1, M5)")
        return bind(_own(name, settings, given), keys, allotments)

    return MaskerKind(name, fits, needs, True, settings, checked, pseudonymous=True, allots=True)


def _own(name: str, settings: type[S], given: BaseModel) -> S:
    if not isinstance(given, settings):
        raise TypeError(f"mask {name} takes {settings.__name__}, not {type(given).__name__}")
    return given
