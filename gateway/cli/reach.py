"""Where a gateway is and as whom it is asked, as options of every command that asks one.

Rule: the two identities come from files, in one of three ways: a token that somebody was given, a token signed here by
the development identity provider, or a person of a running demo.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Final, Literal, TypeAlias

from cyclopts import Group, Parameter

from gateway.caller import is_word
from gateway.cli import show
from gateway.cli.client import Access
from gateway.cli.exits import Exit
from gateway.clock import SystemClock
from gateway.pki.folder import Folder
from gateway.rpc.certificate import read_certificate
from gateway.rpc.doubt import Doubtful
from gateway.rpc.files import FileFault, read_public, read_secret

_LIMIT: Final = 64 * 1024
_TOKEN_LIFE: Final = 300
"""Seconds that a token made for one command is good."""

_WHERE: Final = Group("Where and as whom", sort_key=3)

Person: TypeAlias = Literal[
    "caseworker",
    "counter-clerk",
    "collector",
    "analyst",
    "assessor",
    "public-health-nurse",
    "school-clerk",
    "relief-officer",
    "auditor",
    "systems-clerk",
    "section-head",
]
"""The people of a demo, by role."""


@Parameter(name="*", group=_WHERE)
@dataclass(frozen=True, slots=True)
class Reach:
    """The options; which of them belong together is for `access` to say."""

    address: Annotated[str | None, Parameter(help="the gateway's address and port")] = None
    authority: Annotated[
        Path | None, Parameter(help="the authority that the gateway's certificate comes from (PEM)")
    ] = None
    certificate: Annotated[Path | None, Parameter(help="the department system's certificate (PEM)")] = None
    key: Annotated[Path | None, Parameter(help="its private key (PEM, mode 0600)")] = None
    token_file: Annotated[Path | None, Parameter(help="the staff token (mode 0600)")] = None
    pki: Annotated[
        Path | None,
        Parameter(
            help="instead of --token-file: a folder made by `pki init`, whose identity provider signs a token for "
            "--staff, --post and --role"
        ),
    ] = None
    staff: Annotated[str, Parameter(help="with --pki: the staff member's id", show_default=False)] = ""
    post: Annotated[str, Parameter(help="with --pki: the post they act in", show_default=False)] = ""
    role: Annotated[str, Parameter(help="with --pki: the role that the post gives them", show_default=False)] = ""
    demo: Annotated[
        Path | None, Parameter(name="--dir", help="instead of all these: the folder of a running `demo --serve`")
    ] = None
    person: Annotated[Person | None, Parameter(name="--as", help="with --dir: who asks there")] = None

    def access(self) -> Access:
        """How to reach the gateway. Says what is missing or cannot be used, and leaves, if there is no way."""
        try:
            access = self._access()
        except (FileFault, LookupError, ValueError) as fault:
            show.fail(Exit.CANNOT, str(fault))
        if access is None:
            show.fail(
                Exit.USAGE,
                "say where and as whom: give --address, --authority, --certificate, --key and --token-file (or --pki "
                "with --staff, --post and --role), or --dir and --as for a running demo",
            )
        return access

    def _access(self) -> Access | None:
        if self.demo is not None and self.person is not None:
            return _access_of_demo(self.demo, self.person)
        if not (self.address and self.certificate and self.key):
            return None
        if self.authority and self.token_file and not self.pki:
            return Access(self.address, self.authority, self.certificate, self.key, _token(self.token_file))
        if self.pki and not self.token_file:
            trusted = self.authority or Folder(self.pki).authority.certificate
            return Access(self.address, trusted, self.certificate, self.key, self._signed(self.pki, self.certificate))
        return None

    def _signed(self, pki: Path, certificate: Path) -> str:
        for option, word in (("--staff", self.staff), ("--post", self.post), ("--role", self.role)):
            if not is_word(word):
                show.fail(
                    Exit.USAGE, f"{option}: with --pki, write 1 to 63 of a-z 0-9 - beginning with a letter or digit"
                )
        pem = read_public(certificate, _LIMIT)
        try:
            department = read_certificate(pem).system.department
        except Doubtful as fault:
            raise FileFault(f"{certificate}: not a client certificate of a department system ({fault})") from None
        return (
            Folder(pki)
            .open_provider()
            .issue_token(
                staff=self.staff,
                post=self.post,
                department=department,
                role=self.role,
                certificate=pem,
                now=SystemClock().wall(),
                lifetime=_TOKEN_LIFE,
            )
        )


NOWHERE: Final = Reach()
"""No option given."""


def _access_of_demo(folder: Path, role: str) -> Access:
    from gateway.demo.people import NotServing, access_of_demo  # noqa: PLC0415 - half a second that only demos need

    try:
        return access_of_demo(folder, role)
    except NotServing as fault:
        show.fail(Exit.UNAVAILABLE, str(fault))


def _token(file: Path) -> str:
    try:
        return read_secret(file, _LIMIT).decode("ascii").strip()
    except UnicodeDecodeError:
        raise FileFault(f"{file}: holds no staff token") from None
