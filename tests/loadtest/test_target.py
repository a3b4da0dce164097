"""Gateways elsewhere: loaded with consent, and within bounds."""

from __future__ import annotations

from pathlib import Path

import pytest

from loadtest.scenario import Scenario, shipped
from loadtest.target import Elsewhere
from loadtest.town import CannotRun

TARGET = """\
target: {address}
authority: ca.crt
people:
  - {{staff: s1, department: citizen-affairs, role: counter-clerk, certificate: a.crt, key: a.key, token: s1.jwt}}
  - {{staff: s2, department: citizen-affairs, role: counter-clerk, certificate: a.crt, key: a.key, token: s2.jwt}}
residents: residents.csv
applicant: true
"""
HERE, THERE = "127.0.0.1:50051", "gateway.city.example:50051"


def calm(**changes: object) -> Scenario:
    """A scenario that may run elsewhere, changed."""
    whole = Scenario.read(shipped()["counter-day"])
    loads = tuple(load.model_copy(update={"people": 2, **changes}) for load in whole.loads)
    return whole.model_copy(update={"loads": loads})


def read(folder: Path, address: str, scenario: Scenario, *, consent: bool = False, seconds: float = 10) -> Elsewhere:
    """The target of this address."""
    (folder / "target.yaml").write_text(TARGET.format(address=address), encoding="utf-8")
    (folder / "residents.csv").write_text(
        "resident_id,name,name_kana,birth_date\n1234567890,佐藤　花子,サトウ　ハナコ,1970-08-12\n", encoding="utf-8"
    )
    return Elsewhere.read(folder / "target.yaml", scenario, seconds, consent=consent)


def test_a_target_has_people_and_residents(tmp_path: Path) -> None:
    """Paths are relative to the file; whoever applies is nobody of the register."""
    scenario = calm()
    elsewhere = read(tmp_path, HERE, scenario)
    (tmp_path / "s2.jwt").write_text("token\n", encoding="ascii")
    crew = elsewhere.crew(scenario.loads[0])
    assert [person.staff for person in crew] == ["s1", "s2"]
    assert elsewhere.tokens(crew[1], 1) == ["token"]
    assert elsewhere.system(crew[0]) == (tmp_path / "a.crt", tmp_path / "a.key")
    assert [each.resident_id for each in elsewhere.residents] == ["1234567890"]
    assert elsewhere.context(scenario.loads[0]).applicant.HasField("outsider")


@pytest.mark.parametrize(
    ("address", "changes", "seconds", "told"),
    [
        (THERE, {}, 10, "--consent"),  # nobody's gateway by mistake
        ("127.0.0.1.evil.example:50051", {}, 10, "--consent"),  # a name may lead anywhere
        (THERE, {"rate": 500.0}, 10, "200 questions a second"),
        (THERE, {"kind": "hostile"}, 10, "no floods"),
        (THERE, {}, 1000, "300 s at most"),
        (HERE, {"people": 3}, 10, "wants 3 people"),
    ],
)
def test_what_may_not_be_done(
    tmp_path: Path, address: str, changes: dict[str, object], seconds: float, told: str
) -> None:
    """It is said before anything is sent."""
    scenario = calm(**changes)
    with pytest.raises(CannotRun, match=told):
        read(tmp_path, address, scenario, consent="--consent" not in told, seconds=seconds).crew(scenario.loads[0])


@pytest.mark.parametrize("name", ["slow-drip", "chaos", "full-disk", "mixed"])
def test_what_is_for_ones_own_alone(tmp_path: Path, name: str) -> None:
    """Clocks, kills, broken disks and capacities are no business of a gateway that others use, here or elsewhere."""
    with pytest.raises(CannotRun):
        read(tmp_path, HERE, Scenario.read(shipped()[name]), consent=True)
