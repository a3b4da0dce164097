"""Settings: one YAML file, read whole and checked whole.

Rule: unknown keys are refused, paths are relative to the file, and nothing has a default that would be less safe than
saying nothing. The clock is no setting: only a test's own app factory brings another.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Final, Literal, Self

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, ValidationInfo

from gateway.caller import is_word
from gateway.finding import Between, Findings, read_yaml
from gateway.rpc.spiffe import is_trust_domain

_ADDRESS: Final = re.compile(r"(?:\[[0-9a-fA-F:]+\]|[A-Za-z0-9.-]+):[0-9]{1,5}")
_SQLITE: Final = "sqlite:///"


def _address(text: str) -> str:
    if not _ADDRESS.fullmatch(text) or int(text.rpartition(":")[2]) > 65_535:
        raise ValueError("write an address and a port, e.g. 127.0.0.1:50051")
    return text


def _trust_domain(text: str) -> str:
    if not is_trust_domain(text):
        raise ValueError("write a SPIFFE trust domain, e.g. shiomi.example")
    return text


def _origin(text: str) -> str:
    if not text or any(c.isspace() for c in text) or "+" in text:
        raise ValueError("write the log's name without spaces or +, e.g. shiomi.example/ledger")
    return text


def _word(text: str) -> str:
    if not is_word(text):
        raise ValueError("write 1 to 63 of a-z 0-9 - beginning with a letter or digit")
    return text


def _some(roles: tuple[str, ...]) -> tuple[str, ...]:
    if not roles:
        raise ValueError("name at least one, or leave the department out")
    return roles


def _webhook(text: str) -> str:
    if not re.fullmatch(r"https://[^\s]+|http://(?:127\.0\.0\.1|localhost|\[::1\])(?:[:/][^\s]*)?", text):
        raise ValueError("write an https address, or an http one on this machine")
    return text


def _base(info: ValidationInfo) -> Path:
    """The folder of the settings file."""
    if not isinstance(info.context, Path):
        raise TypeError("settings are validated with their file's folder as context")
    return info.context


def _beside(path: object, info: ValidationInfo) -> Path:
    """A path relative to the settings file."""
    if not isinstance(path, str) or not path:
        raise ValueError("write a path")
    return _base(info) / path


def _url(url: str, info: ValidationInfo) -> str:
    """A SQLAlchemy URL; SQLite files are relative to the settings file like every path."""
    if "://" not in url:
        raise ValueError("write a SQLAlchemy URL, e.g. sqlite:///register.db")
    if url.startswith(_SQLITE):
        return f"{_SQLITE}{_base(info) / url.removeprefix(_SQLITE)}"
    return url


Address = Annotated[str, AfterValidator(_address)]
File = Annotated[Path, BeforeValidator(_beside)]
Url = Annotated[str, AfterValidator(_url)]


class _Closed(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Tls(_Closed):
    """The server's certificate chain and private key, and the authorities that client certificates come from; PEM
    files.
    """

    certificate: File
    private_key: File
    client_authorities: File


class IdentitySettings(_Closed):
    """What names callers: the SPIFFE trust domain of client certificates; issuer, audience and keys of staff tokens."""

    trust_domain: Annotated[str, AfterValidator(_trust_domain)]
    issuer: str = Field(min_length=1)
    audience: str = Field(min_length=1)
    jwks: File


class Database(_Closed):
    """The register: where it is, and which of its tables and columns hold what."""

    url: Url
    map: File


class Standing(_Closed):
    """The staff directory and the case registries: where they are, and how old the directory may grow, seconds."""

    url: Url
    max_age: Annotated[int, AfterValidator(Between(5, 3600))] = 60


class Operator(_Closed):
    """Staff who run the gateway: a department, and the roles in it."""

    department: Annotated[str, AfterValidator(_word)]
    roles: Annotated[tuple[Annotated[str, AfterValidator(_word)], ...], Field(strict=False), AfterValidator(_some)]


class LedgerSettings(_Closed):
    """The ledger: its directory and its name; clock tolerance in seconds, and how many days it may have been shut."""

    state: File
    origin: Annotated[str, AfterValidator(_origin)]
    clock_tolerance: Annotated[int, AfterValidator(Between(1, 60))] = 2
    max_gap: Annotated[int, AfterValidator(Between(1, 60))] = 7


class NoticeSettings(_Closed):
    """Who is told of looks that break the glass, beside the superior: the data protection officer, by directory id; the
    folder that the city's mail takes notices from, and an address that takes them as JSON, with those who may vouch for
    its certificate (PEM).
    """

    folder: File
    officer: Annotated[str, AfterValidator(_word)]
    webhook: Annotated[str, AfterValidator(_webhook)] | Literal["none"] = "none"
    webhook_authorities: File | None = None


class Settings(_Closed):
    """All settings of one gateway. `city`: the municipality's name, which addresses in searches may begin with ("" for
    none). `operators`: who may ask how the gateway stands and have everything read anew; nobody if left out.
    `controllers`: who may raise budgets beside superiors; nobody if left out.
    `capacity`: questions under way at once before callers are turned away. `notices` None: no purpose may let anybody
    break the glass.
    """

    city: Annotated[str, Field(max_length=40)] = ""
    listen: Address
    tls: Tls
    identity: IdentitySettings
    register_: Database = Field(alias="register")
    standing: Standing
    operators: Annotated[tuple[Operator, ...], Field(strict=False)] = ()
    purposes: File
    limits: File
    keyring: File
    ledger: LedgerSettings
    controllers: Annotated[tuple[Operator, ...], Field(strict=False)] = ()
    notices: NoticeSettings | None = None
    metrics: Address | Literal["none"] = "none"
    reflection: bool = False
    capacity: Annotated[int, AfterValidator(Between(1, 10_000))] = 256

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read the settings file. Raises Findings, one a fault."""
        source = read_yaml(path)
        try:
            return cls.model_validate(source.value, context=path.absolute().parent)
        except ValidationError as error:
            raise Findings(source.validation(error)) from None
