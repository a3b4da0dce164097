"""The people of the demo, and how each reaches its gateway.

Rule: one department system and one staff token each, like anybody's.
"""

from __future__ import annotations

from pathlib import Path

from gateway.cli.client import Access
from gateway.demo.estate import SYSTEMS, Estate
from gateway.register.city import Cast, StaffRole


class NotServing(Exception):
    """No demo is being served from this folder; the text says how to start one."""


def people(cast: Cast) -> dict[str, StaffRole]:
    """Who can be asked to ask, by role."""
    asking = (
        cast.caseworker,
        cast.clerk,
        cast.collector,
        cast.analyst,
        cast.assessor,
        cast.nurse,
        cast.school_clerk,
        cast.relief_officer,
        cast.auditor,
        cast.operator,
        cast.head,
    )
    return {person.role: person for person in asking}


def access(estate: Estate, address: str, person: StaffRole, *, token: str | None = None) -> Access:
    """How a person reaches the gateway from their department's system; `token` in place of their own."""
    pair = estate.pki.client(person.department, SYSTEMS[person.department])
    return Access(
        address,
        estate.pki.authority.certificate,
        pair.certificate,
        pair.key,
        estate.token(person) if token is None else token,
    )


def access_of_demo(folder: Path, role: str) -> Access:
    """How the person with this role reaches the gateway that a demo serves from `folder`.

    Raises NotServing, KeyError for another role, FileFault, LookupError or ValueError for files that are not a demo's.
    """
    estate = Estate(folder)
    try:
        address = estate.address.read_text(encoding="ascii").strip()
    except OSError:
        raise NotServing(
            f"{folder}: no demo is being served from here; start one in another terminal with "
            f"`register-gateway demo --serve --dir {folder}`"
        ) from None
    return access(estate, address, people(estate.cast())[role])
