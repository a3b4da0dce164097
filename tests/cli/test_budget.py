"""`register-gateway budget` against a gateway that is being served."""

import json

import pytest

from gateway.cli.exits import Exit
from tests.cli.serving import City, typed

Capsys = pytest.CaptureFixture[str]


@pytest.mark.rule("L1", "L7")
def test_what_is_spent_and_left_is_shown(city: City, capsys: Capsys) -> None:
    """A row an allowance, with the city's, the department's and one's own; shares of the register among them."""
    done = typed(capsys, "budget", "show", *city.person("caseworker"))
    assert done.code == Exit.DONE, done.err
    assert done.rows[0] == ["whose", "reads", "purpose", "window", "seen", "limit", "left", "reopens", "remark"]
    own = f"staff {city.cast.caseworker.staff}"
    kinds = {(row[0], row[1], row[3]) for row in done.rows[1:] if row[2] == "all"}
    assert {("city", "interactive", "365d"), (own, "granted", "tenure"), (own, "coverage", "365d")} <= kinds
    told = json.loads(typed(capsys, "budget", "show", *city.person("caseworker"), "--json").out)
    # Overrides of other tests may follow in a table of their own.
    assert len(told["lines"]) == len([row for row in done.rows[1:] if row[1] in {"interactive", "granted", "coverage"}])


@pytest.mark.rule("L8")
def test_a_superior_proposes_and_takes_back(city: City, capsys: Capsys) -> None:
    """It waits for somebody else, is shown with the department's budgets, and is gone once it is taken back."""
    staff, head = city.cast.caseworker.staff, city.person(city.cast.head.role)
    done = typed(
        capsys, "budget", "override", "propose", "9999", "--of", staff, "--note", "election day", *head, "--json"
    )
    assert done.code == Exit.DONE, done.err
    proposed = json.loads(done.out)
    assert (proposed["state"], proposed["note"]) == ("OVERRIDE_STATE_WAITING", "election day")
    alone = typed(capsys, "budget", "override", "approve", proposed["id"], *head, "--language", "en")
    assert alone.code == Exit.REFUSED
    shown = typed(capsys, "budget", "show", "--department", city.cast.caseworker.department, *head)
    assert [row[-1] for row in shown.rows if row[0] == proposed["id"]] == ["election day"]
    back = typed(capsys, "budget", "override", "revoke", proposed["id"], *head)
    (row,) = [row for row in back.rows if row[0] == proposed["id"]]
    assert row[1] == f"staff {staff}"
    assert row[7] == "revoked"


@pytest.mark.parametrize(
    ("expected", "arguments"),
    [
        (Exit.USAGE, ("show", "--of", "s0001", "--department", "welfare")),  # one of them
        (Exit.USAGE, ("override", "propose", "9999")),  # without a word why
        (Exit.REFUSED, ("show", "--department", "citizen-affairs")),  # of others
        (Exit.REFUSED, ("override", "propose", "9999", "--note", "why not")),  # the whole city's
    ],
)
def test_what_is_not_theirs_is_refused(expected: Exit, arguments: tuple[str, ...], city: City, capsys: Capsys) -> None:
    """With its exit code."""
    assert typed(capsys, "budget", *arguments, *city.person("caseworker")).code == expected
