"""`register-gateway resolve` and the grant behind it, against a gateway that is being served."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from gateway.cli.exits import Exit
from gateway.field import RESIDENT_ID
from masking.keyring import Keyring, PseudonymDomain
from masking.pseudonym import SealedTokens
from tests.cli.serving import NOTICE_EN, City, typed

AUDIT = "internal-audit"
WHY = ("--reason", "investigation", "--justification", "income and reduction do not go together")


@pytest.mark.rule("M6", "W7")
def test_a_pseudonym_is_opened_on_the_command_line(
    own_city: City, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """Asked for, refused before it is approved, approved by the superior who names it too, told; and in JSON."""
    city = own_city
    domain = PseudonymDomain(AUDIT, AUDIT, RESIDENT_ID)
    pseudonym = SealedTokens(Keyring.open(city.estate.keyring).domain(domain)).seal(city.cast.bystander)
    auditor = [*city.person("auditor"), "--purpose", AUDIT, *WHY, "--language", "en"]
    wanted = typed(capsys, "grant", "request", *auditor, "--pseudonym", pseudonym, "--json")
    assert wanted.code == Exit.DONE, wanted.err
    grant = json.loads(wanted.out)
    assert (grant["kind"], grant["state"]) == ("GRANT_KIND_REVERSAL", "GRANT_STATE_WAITING")
    early = typed(capsys, "resolve", pseudonym, *auditor, "--grant", grant["grant_id"])
    assert (early.code, "GRANT_NOT_ACTIVE" in early.err) == (Exit.REFUSED, True)

    reach = city.superior(city.cast.auditor, tmp_path)
    approved = typed(capsys, "grant", "approve", grant["grant_id"], *reach, "--pseudonym", pseudonym)
    assert approved.code == Exit.DONE, approved.err

    told = typed(capsys, "resolve", pseudonym, *auditor, "--grant", grant["grant_id"])
    assert (told.code, told.out) == (Exit.DONE, f"{city.cast.bystander}\n")
    assert told.err.startswith(NOTICE_EN)
    as_json = typed(capsys, "resolve", pseudonym, *auditor, "--grant", grant["grant_id"], "--json")
    assert json.loads(as_json.out)["resident_id"] == city.cast.bystander


def test_a_grant_is_for_one_kind_of_thing(city: City, capsys: pytest.CaptureFixture[str]) -> None:
    """Residents, a selection or a pseudonym, and not two of them."""
    both = ("--pseudonym", "sk1AAAA", "--resident", city.cast.bystander)
    done = typed(capsys, "grant", "request", *city.person("auditor"), "--purpose", AUDIT, *WHY, *both)
    assert (done.code, "one of them" in done.err) == (Exit.USAGE, True)
