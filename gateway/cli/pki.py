"""`register-gateway pki …`: a development authority, its certificates, and staff tokens.

Rule: it says that it is for development; keys and tokens go to files of mode 0600 and are never shown unasked.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Final

import cyclopts
from cyclopts import Parameter

from gateway.caller import is_word
from gateway.cli.exits import Exit
from gateway.cli.show import as_table, fail, note
from gateway.clock import SystemClock
from gateway.pki.files import replace_secret
from gateway.pki.folder import Folder, audience_of, create, issuer_of
from gateway.rpc.certificate import read_certificate
from gateway.rpc.doubt import Doubtful
from gateway.rpc.files import FileFault, read_public

app = cyclopts.App(
    name="pki", help="A development certificate authority and identity provider. Not for a city's real staff."
)

_LIMIT: Final = 64 * 1024
_LONGEST: Final = 24 * 3600
_LIFETIME: Final = re.compile(r"([1-9][0-9]{0,4})([smh])")
_UNITS: Final = {"s": 1, "m": 60, "h": 3600}

FolderPath = Annotated[Path, Parameter(name="--dir")]
Word = Annotated[str, Parameter(validator=lambda _, value: _check_word(value))]


@app.command
def init(
    *,
    folder: FolderPath,
    trust_domain: str = "shiomi.example",
    host: Annotated[tuple[str, ...], Parameter(negative="")] = (),
    days: Annotated[int, Parameter(validator=cyclopts.validators.Number(gte=1, lte=825))] = 365,
) -> None:
    """Make an authority, a server certificate and an identity provider, for development only.

    Parameters
    ----------
    folder
        where the files go; nothing in it is overwritten
    trust_domain
        the city's name in certificates
    host
        further host names or addresses of the server, besides localhost, 127.0.0.1 and ::1; may be repeated
    days
        how long the server certificate is good
    """
    with _faults():
        made = create(folder, trust_domain, host, SystemClock().wall(), days)
    as_table(
        "For development only",
        ("what", "where"),
        (
            ("authority, trust bundle", made.authority.certificate),
            ("authority's key", made.authority.key),
            ("server certificate", made.server.certificate),
            ("server key", made.server.key),
            ("token keys (JWKS)", made.jwks),
            ("identity provider's key", made.provider_key),
            ("trust domain", trust_domain),
            ("issuer", issuer_of(trust_domain)),
            ("audience", audience_of(trust_domain)),
        ),
    )
    note("For development only: whoever reads these keys can be anyone. A city brings its own authority and provider.")


@app.command
def issue(
    *,
    folder: FolderPath,
    department: Word,
    system: Word,
    days: Annotated[int, Parameter(validator=cyclopts.validators.Number(gte=1, lte=825))] = 365,
) -> None:
    """Issue a client certificate to a department system.

    Parameters
    ----------
    folder
        the folder that `pki init` made
    department
        the department, as purposes name it
    system
        the department's system
    days
        how long the certificate is good
    """
    with _faults():
        pair = Folder(folder).issue_client(department, system, SystemClock().wall(), days)
    as_table(
        f"{department}: {system}", ("what", "where"), (("certificate", pair.certificate), ("private key", pair.key))
    )


@app.command
def token(
    *,
    folder: FolderPath,
    staff: Word,
    post: Word,
    role: Word,
    certificate: Path,
    department: Word | None = None,
    lifetime: str = "8h",
    out: Annotated[Path | None, Parameter(allow_leading_hyphen=True)] = None,
) -> None:
    """Issue a staff token that works only beside one client certificate.

    Parameters
    ----------
    folder
        the folder that `pki init` made
    staff
        the staff member's id in the directory
    post
        the post they act in
    role
        the post's role
    certificate
        the client certificate that the token is bound to
    department
        the post's department; it must be the certificate's, and is if not given
    lifetime
        how long it is good: 90s, 30m, 8h; at most 24h, and the gateway may allow less
    out
        the file to write (mode 0600; an old token there is replaced), or - for standard output;
        tokens/STAFF.POST.jwt in the folder if not given
    """
    seconds = _seconds(lifetime)
    place = Folder(folder)
    with _faults():
        pem = read_public(certificate, _LIMIT)
        bound_to = read_certificate(pem).system
        if department not in {None, bound_to.department}:
            raise ValueError(
                f"{certificate}: belongs to department {bound_to.department}, and the gateway refuses a token of "
                f"{department} beside it; give the certificate of a {department} system"
            )
        text = place.open_provider().issue_token(
            staff=staff,
            post=post,
            department=bound_to.department,
            role=role,
            certificate=pem,
            now=SystemClock().wall(),
            lifetime=seconds,
        )
        if out is not None and str(out) == "-":
            sys.stdout.write(text + "\n")
            return
        file = place.token(staff, post) if out is None else out
        replace_secret(file, text.encode("ascii") + b"\n")
    as_table(f"{staff} as {post}", ("what", "where"), (("token", file), ("good for", lifetime)))
    note("The token is a secret: give it to the program that needs it, and to nobody.")


def _check_word(value: object) -> None:
    """Defaults come here as well: None is an option that was not given."""
    if value is not None and not (isinstance(value, str) and is_word(value)):
        raise ValueError("write 1 to 63 of a-z 0-9 - beginning with a letter or digit")


def _seconds(lifetime: str) -> int:
    found = _LIFETIME.fullmatch(lifetime)
    seconds = int(found[1]) * _UNITS[found[2]] if found else 0
    if not 0 < seconds <= _LONGEST:
        fail(Exit.USAGE, f"--lifetime {lifetime}: write a number and s, m or h, like 8h; at most 24h")
    return seconds


@contextmanager
def _faults() -> Iterator[None]:
    """Whatever cannot be read, written or named ends the command with one sentence."""
    try:
        yield
    except FileExistsError as fault:
        fail(Exit.CANNOT, f"{fault.filename}: is there already and is not overwritten; choose another --dir or move it")
    except Doubtful as fault:
        fail(Exit.CANNOT, f"--certificate: not a client certificate of a department system ({fault})")
    except (FileFault, ValueError) as fault:
        fail(Exit.CANNOT, str(fault))
    except OSError as fault:
        fail(Exit.CANNOT, f"{fault.filename}: cannot be written: {fault.strerror}")
