"""`register-gateway lookup`: one question about one resident, as a department system would put it.

Rule: it knows no more than any client, takes its two identities from files, and says each time that the look is
recorded, and the resident can ask to see it.
"""

from __future__ import annotations

import asyncio
import os
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any, Final, Literal, NoReturn

from cyclopts import Group, Parameter

from gateway.caller import is_word
from gateway.cli import show
from gateway.cli.client import Access, Denial, Denied, Question, connected, get_resident
from gateway.cli.exits import Exit
from gateway.cli.forms import shown
from gateway.cli.told import RECORDED, details
from gateway.clock import SystemClock
from gateway.field import FIELDS
from gateway.pki.folder import Folder
from gateway.rpc.certificate import read_certificate
from gateway.rpc.doubt import Doubtful
from gateway.rpc.files import FileFault, read_public, read_secret

_LIMIT: Final = 64 * 1024
_TOKEN_LIFE: Final = 300
"""Seconds that a token made for one lookup is good."""

_WHERE: Final = Group("Where and as whom")
_WHAT: Final = Group("What and why")


def lookup(
    *,
    purpose: Annotated[str, Parameter(group=_WHAT)],
    reason: Annotated[
        Literal["application", "investigation", "collection", "notification", "statistics", "other"],
        Parameter(group=_WHAT),
    ],
    resident: Annotated[str | None, Parameter(group=_WHAT)] = None,
    pseudonym: Annotated[str | None, Parameter(group=_WHAT)] = None,
    case: Annotated[str, Parameter(group=_WHAT)] = "",
    applicant: Annotated[str, Parameter(group=_WHAT)] = "",
    justification: Annotated[str, Parameter(group=_WHAT)] = "",
    fields: Annotated[str | None, Parameter(group=_WHAT)] = None,
    language: Annotated[Literal["ja", "en"], Parameter(group=_WHAT)] = "ja",
    address: Annotated[str | None, Parameter(group=_WHERE)] = None,
    authority: Annotated[Path | None, Parameter(group=_WHERE)] = None,
    certificate: Annotated[Path | None, Parameter(group=_WHERE)] = None,
    key: Annotated[Path | None, Parameter(group=_WHERE)] = None,
    token_file: Annotated[Path | None, Parameter(group=_WHERE)] = None,
    pki: Annotated[Path | None, Parameter(group=_WHERE)] = None,
    staff: Annotated[str, Parameter(group=_WHERE)] = "",
    post: Annotated[str, Parameter(group=_WHERE)] = "",
    role: Annotated[str, Parameter(group=_WHERE)] = "",
    demo: Annotated[Path | None, Parameter(name="--dir", group=_WHERE)] = None,
    person: Annotated[
        Literal["caseworker", "counter-clerk", "collector", "analyst"] | None, Parameter(name="--as", group=_WHERE)
    ] = None,
    json: Annotated[bool, Parameter(negative="")] = False,
) -> None:
    """Ask a gateway for one resident. The look is recorded, and the resident can ask to see it.

    Exit codes: 0 answered, 2 the command line is off, 3 a file cannot be used, 4 refused, 5 no gateway answers.

    Parameters
    ----------
    purpose
        the purpose's name
    reason
        why this look
    resident
        the resident id (宛名番号), 10 digits
    pseudonym
        instead of a resident id: a pseudonym that this purpose gave out
    case
        the reference of the case at hand
    applicant
        the resident id of the person who asks at the counter
    justification
        the reason in words; required with --reason other
    fields
        only these fields, separated by commas; all that the purpose grants if not given
    language
        of titles, values, the notice and refusals
    address
        the gateway's address and port
    authority
        the authority that the gateway's certificate comes from (PEM)
    certificate
        the department system's certificate (PEM)
    key
        its private key (PEM, mode 0600)
    token_file
        the staff token (mode 0600)
    pki
        instead of --token-file: a folder made by `pki init`, whose identity provider signs a token for --staff, --post
        and --role
    staff
        with --pki: the staff member's id
    post
        with --pki: the post they act in
    role
        with --pki: the role that the post gives them
    demo
        instead of all these: the folder of a running `demo --serve`
    person
        with --dir: who asks there: caseworker, counter-clerk, collector or analyst
    json
        print the answer as JSON, fields named as in the contract
    """
    if (resident is None) == (pseudonym is None):
        show.fail(Exit.USAGE, "say which resident: give --resident or --pseudonym, one of them")
    os.environ.setdefault("GRPC_VERBOSITY", "NONE")  # gRPC's own log would repeat in C++ what is said in words here.
    try:
        if demo is not None and person is not None:
            access = _access_of_demo(demo, person)
        elif address and certificate and key and authority and token_file and not pki:
            access = Access(address, authority, certificate, key, _token(token_file))
        elif address and certificate and key and pki and not token_file:
            trusted = authority or Folder(pki).authority.certificate
            access = Access(address, trusted, certificate, key, _signed(pki, certificate, staff, post, role))
        else:
            show.fail(
                Exit.USAGE,
                "say where and as whom: give --address, --authority, --certificate, --key and --token-file (or --pki "
                "with --staff, --post and --role), or --dir and --as for a running demo",
            )
    except (FileFault, LookupError, ValueError) as fault:
        show.fail(Exit.CANNOT, str(fault))
    question = Question(
        purpose,
        reason,
        case=case,
        justification=justification,
        applicant=applicant,
        fields=None if fields is None else tuple(fields.split(",")),
        language=language,
    )
    try:
        answer = asyncio.run(_ask(access, question, resident or "", pseudonym or ""))
    except Denied as denied:
        _refused(denied.denial, access.address, question, json=json)
    except OSError as fault:
        show.fail(Exit.CANNOT, f"{fault.filename}: cannot be read: {fault.strerror}")
    if json:
        show.as_json(answer)
    else:
        show.as_table(purpose, ("field", "title", "value", "form"), _rows(answer, language))
    receipt = answer["receipt"]
    show.note(f"{receipt['notice']} [{receipt['disclosure_id']}]")


async def _ask(access: Access, question: Question, resident: str, pseudonym: str) -> dict[str, Any]:
    async with connected(access) as stubs:
        return await get_resident(stubs, question, resident_id=resident, pseudonym=pseudonym)


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


def _signed(pki: Path, certificate: Path, staff: str, post: str, role: str) -> str:
    for option, word in (("--staff", staff), ("--post", post), ("--role", role)):
        if not is_word(word):
            show.fail(Exit.USAGE, f"{option}: with --pki, write 1 to 63 of a-z 0-9 - beginning with a letter or digit")
    pem = read_public(certificate, _LIMIT)
    try:
        department = read_certificate(pem).system.department
    except Doubtful as fault:
        raise FileFault(f"{certificate}: not a client certificate of a department system ({fault})") from None
    return (
        Folder(pki)
        .open_provider()
        .issue_token(
            staff=staff,
            post=post,
            department=department,
            role=role,
            certificate=pem,
            now=SystemClock().wall(),
            lifetime=_TOKEN_LIFE,
        )
    )


def _rows(answer: dict[str, Any], language: str) -> list[tuple[str, str, str, str]]:
    resident: dict[str, dict[str, Any]] = answer["resident"]
    rows = []
    for field, entry in FIELDS.items():
        if field in resident:
            words = shown(field, resident[field])
            said = (entry.title, words.text, words.form)
            title, value, form = (each.ja if language == "ja" else each.en for each in said)
            rows.append((field, title, value, form))
    return rows


def _refused(denial: Denial, address: str, question: Question, *, json: bool) -> NoReturn:
    """Say what the gateway said, and leave."""
    if not denial.reason:
        show.fail(Exit.UNAVAILABLE, f"{address}: no gateway answers there ({denial.code}: {denial.text})")
    if json:
        told = asdict(denial)
        del told["status"]
        show.as_json({"refusal": told})
    show.note(f"{denial.reason} ({denial.code}): {denial.text}")
    for line in details(denial, question.fields or (), question.language):
        show.note(f"  {line}")
    if denial.code == "UNAVAILABLE":
        raise SystemExit(int(Exit.UNAVAILABLE))
    show.note(RECORDED.ja if question.language == "ja" else RECORDED.en)
    raise SystemExit(int(Exit.REFUSED))
