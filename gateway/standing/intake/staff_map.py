"""The staff map: what the personnel section's columns are called, and what its words mean here.

Rule: closed. A department that the map does not name is a finding and not a new department.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Final, Self

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from gateway.caller import is_word
from gateway.finding import read_yaml

_PLAIN: Final = "write a plain table or column name"


def _name(text: str) -> str:
    if not text or any(char in text for char in '"\0'):
        raise ValueError(_PLAIN)
    return text


def _word(text: str) -> str:
    if not is_word(text):
        raise ValueError("write 1 to 63 of a-z 0-9 - beginning with a letter or digit")
    return text


def _meanings(value: object) -> object:
    """A list stands for words that mean themselves."""
    return {each: each for each in value} if isinstance(value, list) else value


def _some(meanings: dict[str, str]) -> dict[str, str]:
    if not meanings:
        raise ValueError("name at least one")
    return meanings


Name = Annotated[str, AfterValidator(_name)]
Word = Annotated[str, AfterValidator(_word)]
Meanings = Annotated[dict[str, Word], BeforeValidator(_meanings), AfterValidator(_some)]
"""What a word of the personnel section means here; as a list, words that mean themselves."""


class _Closed(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Columns(_Closed):
    """What the columns are called. `resident_id` None: it is not handed out, and the links to the register stay."""

    post: Name = "post"
    staff: Name = "staff"
    department: Name = "department"
    unit: Name = "unit"
    role: Name = "role"
    superior: Name = "superior"
    since: Name = "since"
    until: Name = "until"
    resident_id: Name | None = None


class StaffMap(_Closed):
    """The whole map. `table` is that of a database to read from, perhaps with its schema; `units` and `roles` None:
    they are written as words already.
    """

    table: Name = "post"
    columns: Columns = Field(default_factory=Columns)
    departments: Meanings
    units: Meanings | None = None
    roles: Meanings | None = None

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read a map. Raises Findings."""
        return read_yaml(path).model(cls)

    @property
    def meanings(self) -> Mapping[str, Mapping[str, str] | None]:
        """By the column of the directory: what its words mean, None where they are words already."""
        return {"department": self.departments, "unit": self.units, "role": self.roles}


def column_names(staff_map: StaffMap) -> dict[str, str]:
    """What each column of the directory is called in the sheet, those that it does not have left out."""
    named: dict[str, Any] = staff_map.columns.model_dump()
    return {column: name for column, name in named.items() if name is not None}
