"""What a masker is: bound once, run fast.

Rule: everything slow or refusable (settings, keys, tables) happens in `bind`; the `Masker` it returns
takes a value and gives a masked one, and neither raises nor shows the original when the value is not what
it should be. Null stays null, malformed is marked (rule M2).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, Self, TypeAlias, TypeVar

from pydantic import BaseModel, ConfigDict, ModelWrapValidatorHandler, ValidationError, model_validator
from pydantic_core import ErrorDetails, InitErrorDetails, PydanticCustomError

from masking.keyring import DomainKeys
from masking.value import Masked, Occasion, Value, ValueKind

Masker: TypeAlias = Callable[[Value | None, Occasion], Masked]
"""One bound transformation. Never raises for any value; safe to call from several threads."""


class Settings(BaseModel):
    """What a steward may write beside `mask:`; frozen, closed and strict.

    A field's `description` is the advice that follows each complaint about it, so it says what to write.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

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
    (`today` and `resident_id` are always there); `keyed` says that it must be bound with a domain's keys.
    Made by `unkeyed` and `keyed`.
    """

    name: str
    fits: frozenset[ValueKind]
    needs: frozenset[str]
    keyed: bool
    settings: type[Settings]
    _bind: Callable[[BaseModel, DomainKeys | None], Masker] = field(repr=False)

    def bind(self, settings: BaseModel, keys: DomainKeys | None) -> Masker:
        """Make the masker that runs.

        Raises ValueError if it is keyed and there are no keys: a missing domain is an error, never a silent
        default (rule M1). Raises TypeError if the settings are not this kind's own.
        """
        return self._bind(settings, keys)


S = TypeVar("S", bound=Settings)

_NOTHING: Final[frozenset[str]] = frozenset()


def unkeyed(
    name: str,
    *,
    fits: frozenset[ValueKind],
    settings: type[S],
    bind: Callable[[S], Masker],
    needs: frozenset[str] = _NOTHING,
) -> MaskerKind:
    """Make the catalogue row of a masker that works without keys (and ignores those of its field's domain)."""

    def checked(given: BaseModel, _keys: DomainKeys | None) -> Masker:
        return bind(_own(name, settings, given))

    return MaskerKind(name, fits, needs, False, settings, checked)


def keyed(
    name: str,
    *,
    fits: frozenset[ValueKind],
    settings: type[S],
    bind: Callable[[S, DomainKeys], Masker],
    needs: frozenset[str] = _NOTHING,
) -> MaskerKind:
    """Make the catalogue row of a masker that works with the keys of one pseudonym domain."""

    def checked(given: BaseModel, keys: DomainKeys | None) -> Masker:
        if keys is None:
            raise ValueError(f"mask {name} needs the keys of a pseudonym domain (rule M1)")
        return bind(_own(name, settings, given), keys)

    return MaskerKind(name, fits, needs, True, settings, checked)


def _own(name: str, settings: type[S], given: BaseModel) -> S:
    if not isinstance(given, settings):
        raise TypeError(f"mask {name} takes {settings.__name__}, not {type(given).__name__}")
    return given
