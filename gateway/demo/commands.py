"""Commands to go on with: each works as it is printed, from where the demo was started.

Rule: no token on a command line, where every process list shows it.
"""

from __future__ import annotations

import shlex
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from gateway.demo.estate import SHIPPED, SYSTEMS, Estate, Wishes
from gateway.demo.people import people
from gateway.demo.scene import ARREARS, CHILDCARE, COUNTER, STATISTICS
from gateway.pki.files import replace_secret
from gateway.register.city import Cast, StaffRole

_PYTHON: Final = """\
{python} - <<'EOF'
from pathlib import Path
import grpc
from gateway.v1 import register_pb2, register_pb2_grpc

pki = Path({pki!r})
client = "clients/{system}"
credentials = grpc.ssl_channel_credentials(
    (pki / "ca.crt").read_bytes(),
    (pki / f"{{client}}.key").read_bytes(),
    (pki / f"{{client}}.crt").read_bytes(),
)
token = (pki / "tokens/{token}").read_text().strip()
request = register_pb2.GetResidentRequest(
    context=register_pb2.QueryContext(
        purpose="{purpose}",
        case_reference="{case}",
        reason_code=register_pb2.REASON_CODE_APPLICATION,
    ),
    resident_id="{resident}",
)
with grpc.secure_channel("{address}", credentials) as channel:
    register = register_pb2_grpc.RegisterServiceStub(channel)
    identity = [("authorization", f"Bearer {{token}}")]
    print(register.GetResident(request, metadata=identity))
EOF"""
_WIDTH: Final = 78
"""Columns that a printed command may take."""
_BUF: Final = """\
{buf} curl --protocol grpc \\
  --cacert {pki}/ca.crt \\
  --cert {pki}/clients/{system}.crt \\
  --key {pki}/clients/{system}.key \\
  --header @{header} \\
  --data '{{"context": {{"purpose": "{purpose}",
                       "case_reference": "{case}",
                       "reason_code": "REASON_CODE_APPLICATION"}},
           "resident_id": "{resident}"}}' \\
  https://{address}/gateway.v1.RegisterService/GetResident"""


def near(path: Path) -> str:
    """A path as one types it here, quoted for a shell."""
    return shlex.quote(str(_here(path)))


def wrapped(parts: Sequence[str]) -> str:
    """A command on lines of 78 columns at most; a part is never broken, and may be longer alone."""
    lines = [parts[0]]
    for part in parts[1:]:
        if len(f"{lines[-1]} {part} \\") <= _WIDTH:
            lines[-1] += f" {part}"
        else:
            lines.append(f"  {part}")
    return " \\\n".join(lines)


def program(name: str) -> str:
    """A program of this installation as one types it here; only its name if it is not beside this Python."""
    beside = Path(sys.executable).parent / name
    return near(beside) if beside.exists() else name


def write_tokens(estate: Estate, cast: Cast) -> None:
    """Write everybody's token to a file, and to one more as the header that buf reads; mode 0600, good for 8 hours."""
    for person in people(cast).values():
        token = estate.token(person)
        replace_secret(estate.pki.token(person.staff, person.post), f"{token}\n".encode("ascii"))
        replace_secret(_header(estate, person), f"authorization: Bearer {token}\n".encode("ascii"))


def serving(estate: Estate, wishes: Wishes) -> str:
    """The demo again, staying up."""
    size = [] if wishes.residents == Wishes().residents else [f"--residents {wishes.residents}"]
    return wrapped([f"{program('register-gateway')} demo --serve", f"--dir {near(estate.path)}", *size])


def lookups(estate: Estate, cast: Cast) -> list[str]:
    """One lookup for each department that looks up people."""
    asked = f"{program('register-gateway')} lookup"
    parent, stranger = f"--resident {cast.parent}", f"--resident {cast.bystander}"
    applies = "--reason application"
    return [
        wrapped([asked, f"--dir {near(estate.path)}", f"--as {who}", f"--purpose {purpose}", *why])
        for who, purpose, why in (
            ("caseworker", CHILDCARE, (f"--case {cast.childcare_case}", applies, parent)),
            ("counter-clerk", COUNTER, (f"--applicant {cast.parent}", applies, parent, "--json")),
            ("collector", ARREARS, (f"--case {cast.arrears_case}", "--reason collection", stranger, "--language en")),
        )
    ]


def buf_curl(estate: Estate, cast: Cast, address: str) -> str:
    """The same lookup with buf, over reflection."""
    return _BUF.format(
        buf=program("buf"),
        pki=near(estate.pki.path),
        header=near(_header(estate, cast.caseworker)),
        **_parts(cast, address),
    )


def python_stubs(estate: Estate, cast: Cast, address: str) -> str:
    """The same lookup with the stubs."""
    person = cast.caseworker
    return _PYTHON.format(
        python=program("python"),
        pki=str(_here(estate.pki.path)),
        token=estate.pki.token(person.staff, person.post).name,
        **_parts(cast, address),
    )


def reading(estate: Estate) -> list[str]:
    """What can be read without a gateway."""
    gateway, purposes, limits = (
        program("register-gateway"),
        near(SHIPPED / "purposes"),
        near(SHIPPED / "config/limits.yaml"),
    )
    return [
        wrapped([f"{gateway} purpose list", purposes, f"--limits {limits}"]),
        wrapped([f"{gateway} purpose show", STATISTICS, f"--purposes {purposes}", f"--limits {limits}"]),
        wrapped([f"{gateway} ledger verify", f"--config {near(estate.settings)}"]),
    ]


def _here(path: Path) -> Path:
    """A path as seen from here, if it lies below; else the whole of it."""
    path, here = path.absolute(), Path.cwd()
    return path.relative_to(here) if path.is_relative_to(here) else path


def _parts(cast: Cast, address: str) -> dict[str, str]:
    department = cast.caseworker.department
    return {
        "address": address,
        "system": f"{department}.{SYSTEMS[department]}",
        "purpose": CHILDCARE,
        "case": cast.childcare_case,
        "resident": cast.parent,
    }


def _header(estate: Estate, person: StaffRole) -> Path:
    return estate.pki.token(person.staff, person.post).with_suffix(".header")
