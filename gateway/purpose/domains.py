"""Where pseudonyms can have come from: every domain that some purposes issue them in.

Rule: a purpose that was changed or withdrawn has issued them all the same, so its kept text counts like one in force.
"""

from __future__ import annotations

from collections.abc import Iterable

from gateway.finding import Findings, parse_yaml
from gateway.purpose.check import Checked, check
from masking.keyring import PseudonymDomain


def domains_of(purposes: Iterable[Checked]) -> list[PseudonymDomain]:
    """The domains of purposes, each once: department × purpose × field that is shown as a stand-in."""
    found = {
        PseudonymDomain(recipient.department, checked.text.purpose, field): None
        for checked in purposes
        for recipient in checked.text.recipients
        for field, mask in checked.masks.items()
        if mask.kind.pseudonymous
    }
    return list(found)


def kept(texts: Iterable[bytes]) -> list[Checked]:
    """The purposes among texts that a ledger has kept, as far as this release still reads them."""
    purposes: list[Checked] = []
    for text in texts:
        try:
            said = parse_yaml(text, "kept.yaml").value
            name = said.get("purpose") if isinstance(said, dict) else None
            purposes += check([parse_yaml(text, f"{name}.yaml")], None, None)  # a purpose's file is called like it
        except Findings:
            continue  # of a release with other words; what it issued then can be traced with that release
    return purposes
