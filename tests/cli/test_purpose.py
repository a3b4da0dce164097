import json
from pathlib import Path
from shutil import copytree

import pytest

from gateway.cli.exits import Exit
from gateway.cli.purpose import app

ROOT = Path(__file__).parents[2]
LIMITS = str(ROOT / "config" / "limits.yaml")

MAP = """\
main: {table: residents, key: id}
fields:
  name: {column: name}
  name_kana: {column: kana}
  birth_date: {column: born}
  sex: {column: sex, codes: {m: male, f: female}}
  address: {code: code, city: city, town: town, chome: chome, lot: lot}
  household_id: {column: household}
  relationship: {column: relationship}
  status: {column: status, codes: {r: resident}}
  income: {column: income}
  fee_arrears: {column: arrears}
  disaster_certificate: {column: grade, codes: {h: half}}
restrictions:
  {table: r, key: id, since: a, until: b, against_resident_id: c, against_name: d, against_birth_date: e}
"""


@pytest.fixture
def purposes(tmp_path: Path) -> Path:
    """A copy of the shipped purposes that a test may spoil."""
    return copytree(ROOT / "purposes", tmp_path / "purposes")


def run(*arguments: str) -> int:
    """The exit code of `register-gateway purpose …`."""
    with pytest.raises(SystemExit) as left:
        app(list(arguments))
    return int(left.value.code or 0)


def _keep_only(purposes: Path, *names: str) -> None:
    """Leave these purposes, and remove all others."""
    for path in purposes.glob("*.yaml"):
        if path.stem not in names:
            path.unlink()


def test_the_shipped_purposes_pass(purposes: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Exit code 0, nothing on standard output, and how many there are on standard error."""
    assert run("check", str(purposes), "--limits", LIMITS) == Exit.DONE

    spoken = capsys.readouterr()
    assert spoken.out == ""
    assert "9 purpose(s), no findings" in spoken.err


def test_check_prints_all_findings_and_fails(purposes: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """One a line, whole lines whatever the width of the terminal, sorted by place."""
    for file in ("fee-arrears", "planning-statistics"):
        path = purposes / f"{file}.yaml"
        path.write_text(path.read_text(encoding="utf-8").replace("income: {mask: band", "income: {mask: bend"))

    assert run("check", str(purposes), "--limits", LIMITS) == Exit.FAULTS

    advice = "unknown-mask: no mask bend: did you mean band?"
    lines = capsys.readouterr().out.splitlines()
    assert [line.rpartition("/")[2] for line in lines] == [
        f"fee-arrears.yaml:19:12: {advice}",
        f"planning-statistics.yaml:20:12: {advice}",
    ]


@pytest.mark.rule("F8")
def test_check_points_out_mapped_fields_that_stay_closed(
    purposes: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A remark, not a fault: the register may have more than anybody needs."""
    (tmp_path / "map.yaml").write_text(f"{MAP}search: {{names: n, addresses: a, folding: f}}\n", encoding="utf-8")
    _keep_only(purposes, "childcare-fee-reduction", "planning-statistics")

    assert run("check", str(purposes), "--limits", LIMITS, "--map", str(tmp_path / "map.yaml")) == Exit.DONE
    assert (
        "closed, because no purpose names them: name_kana, sex, status, fee_arrears, age, is_minor, is_senior, "
        "household_size, is_head_of_household, is_protected\n"
    ) in capsys.readouterr().err


def test_check_compares_with_the_map(purposes: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A purpose that the register cannot serve is found before anybody asks for it."""
    (tmp_path / "map.yaml").write_text(MAP.replace("  income: {column: income}\n", ""), encoding="utf-8")

    assert run("check", str(purposes), "--limits", LIMITS, "--map", str(tmp_path / "map.yaml")) == Exit.FAULTS

    found = capsys.readouterr().out
    granting = [path for path in purposes.glob("*.yaml") if "\n  income: " in path.read_text(encoding="utf-8")]
    assert found.count("unmapped: the schema map has no income") == len(granting) > 1
    # The map above has no search index, and the counter searches by name.
    assert "resident-card-counter.yaml:13:26: unmapped: the register cannot be asked by name; " in found


def test_a_faulty_map_is_found_with_everything_else(purposes: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The map, the limits and the purposes are judged in one go."""
    assert run("check", str(purposes), "--limits", "nowhere.yaml", "--map", "nowhere-map.yaml") == Exit.FAULTS

    assert capsys.readouterr().out.splitlines() == [
        "nowhere-map.yaml: unreadable: cannot be read: No such file or directory; check its path and rights",
        "nowhere.yaml: unreadable: cannot be read: No such file or directory; check its path and rights",
    ]


def test_check_speaks_json(purposes: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The same findings for programs, with the same exit code."""
    (purposes / "old.yml").write_text("purpose: old\n", encoding="utf-8")

    assert run("check", str(purposes), "--limits", LIMITS, "--json") == Exit.FAULTS

    (finding,) = json.loads(capsys.readouterr().out)["findings"]
    assert (finding["code"], finding["line"], finding["message"]) == (
        "file-name",
        0,
        "would not be read; call it old.yaml",
    )


def test_a_purpose_that_is_over_is_pointed_out(purposes: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """An expired purpose is no fault; it just answers nobody."""
    path = purposes / "fee-arrears.yaml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.partition("valid:")[0] + "valid: {from: 2020-04-01, until: 2021-03-31}\n", encoding="utf-8")

    assert run("check", str(purposes), "--limits", LIMITS) == Exit.DONE
    assert "fee-arrears is not in force today" in capsys.readouterr().err
    assert run("list", str(purposes), "--limits", LIMITS, "--json") == Exit.DONE
    assert "expired" in [each["state"] for each in json.loads(capsys.readouterr().out)]


def test_a_purpose_that_ends_is_pointed_out_everywhere(purposes: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Those who use it learn of it before it is gone, and what to move to."""
    _keep_only(purposes, "fee-arrears", "tax-liaison")
    path = purposes / "fee-arrears.yaml"
    ending = "deprecated: {since: 2029-10-01, successor: tax-liaison, note: {ja: 統合する, en: Merged}}\n"
    path.write_text(path.read_text(encoding="utf-8") + ending, encoding="utf-8")
    where = "announced on 2029-10-01, ends on 2030-03-31; move to tax-liaison"

    assert run("check", str(purposes), "--limits", LIMITS) == Exit.DONE
    assert f"note: fee-arrears is deprecated: {where}\n" in capsys.readouterr().err
    assert run("list", str(purposes), "--limits", LIMITS) == Exit.DONE
    assert "deprecated" in capsys.readouterr().out.splitlines()[1]
    assert run("show", "fee-arrears", "--purposes", str(purposes), "--limits", LIMITS) == Exit.DONE
    assert {f"deprecated\t{where}", "deprecated (ja)\t統合する"} <= set(capsys.readouterr().out.splitlines())
    assert run("table", str(purposes), "--limits", LIMITS, "--language", "en") == Exit.DONE
    assert "| Deprecated | 2029-10-01 → `tax-liaison`: Merged |\n" in capsys.readouterr().out


def test_list_names_every_purpose_for_whom_and_until_when(purposes: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """In a pipe a line each, separated by tabs."""
    assert run("list", str(purposes), "--limits", LIMITS) == Exit.DONE

    header, *lines = capsys.readouterr().out.splitlines()
    assert header.split("\t")[:2] == ["purpose", "title"]
    assert [line.split("\t")[0] for line in lines] == sorted(path.stem for path in purposes.glob("*.yaml"))


def test_show_tells_fields_masks_keys_and_budgets(purposes: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """All that a steward, an auditor or a resident may ask about one purpose."""
    assert run("show", "childcare-fee-reduction", "--purposes", str(purposes), "--limits", LIMITS) == Exit.DONE

    lines = capsys.readouterr().out.splitlines()
    assert "case\tan open case of childcare-fee; residents its parties" in lines
    assert "address\t住所\tarea level=town\tordinary" in lines
    assert "child-welfare\tstaff\t1d\t40\t150" in lines
    assert "child-welfare\tstaff\ttenure\t-\t12000" in lines


def test_show_tells_how_it_may_be_asked_and_on_what_ground(purposes: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Combinations and entries of a search, and the article behind a number."""
    assert run("show", "resident-card-counter", "--purposes", str(purposes), "--limits", LIMITS) == Exit.DONE
    assert {
        "search\t10 residents at most, 30 by address or household",
        "search with\tname + birth_date",
        "search with\taddress",
        "search among\tresident, moved_out, deceased",
        "stream\tnone",
    } <= set(capsys.readouterr().out.splitlines())

    assert run("show", "tax-liaison", "--purposes", str(purposes), "--limits", LIMITS) == Exit.DONE
    assert {
        "my number (en)\tMy Number Act, art. 9(1) and annexed table",
        "my_number\t個人番号\tkeep\tspecific",
    } <= set(capsys.readouterr().out.splitlines())


def test_show_speaks_json(purposes: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The same for programs."""
    assert run("show", "planning-statistics", "--purposes", str(purposes), "--limits", LIMITS, "--json") == Exit.DONE

    shown = json.loads(capsys.readouterr().out)
    assert shown["search_by"] == ["pseudonym", "area", "age_band"]
    assert shown["search"] is None
    assert shown["stream"] == {"page": 500, "statuses": ["resident"], "combinations": [["area"], ["age_band"]]}
    assert shown["fields"][0]["mask"] == "sealed_token"
    assert shown["residents"][0] == {
        "department": "planning",
        "owner": "staff",
        "window": "1d",
        "purpose": 1000,
        "city": 1000,
    }


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        (
            "ja",
            """\
| `fee-arrears` | 使用料等の滞納整理 |
|---|---|
| 法的根拠 | 地方自治法第231条の3 |
| 提供先 | tax-collection (collector) |
| 案件 | 当事者であること：fee-arrears の受付中の案件、担当者と同じ係に限る |
| 項目と加工 | 氏名 `name: keep`、住所 `address: keep`、住民区分 `status: keep`、合計所得金額 \
`income: band width=1000000 top=10000000 bottom=0`、滞納額 `fee_arrears: keep`、転出先 `forwarding_address: keep` |
| 検索キー | `resident_id` |
| 身分関係の項目の理由 | 転出した滞納者への督促状等の送達先を確認するため |
| 件数の上限 | 職員 30/1d、300/30d、1500/365d／課 150/1d、3000/365d／平均毎秒2回、続けて10回まで |
| 有効期間 | 2025-04-01 – 2030-03-31 |

| `school-enrolment-notices` | 学齢簿の編製と入学期日の通知 |
""",
        ),
        (
            "en",
            """\
| Search keys | `area`, `age_band` |
| Stream | 100 residents a record; by a grant of two people, at most 1500, k=1; `area` + `age_band` |
| Residents at most | staff 400/1d, 800/30d, 1500/365d; department 500/1d, 3000/365d |
""",
        ),
    ],
)
def test_table_is_a_page_of_all_purposes(
    language: str, expected: str, purposes: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """In Markdown, by name, in either language; nothing in it depends on the day."""
    _keep_only(purposes, "school-enrolment-notices", "fee-arrears")

    assert run("table", str(purposes), "--limits", LIMITS, "--language", language) == Exit.DONE

    assert expected in capsys.readouterr().out


def test_what_must_differ_in_bulk_is_told(purposes: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Table and `show` name the sensitive fields, and how many values they must have among those who look alike."""
    file = purposes / "planning-statistics.yaml"
    bulk = "bulk: {grant: two-person, page: 500, residents: 3000, k: 5, l: 3, sensitive: [income]}"
    file.write_text(file.read_text(encoding="utf-8").replace("stream: {page: 500}", bulk), encoding="utf-8")
    assert run("table", str(purposes), "--limits", LIMITS, "--language", "en") == Exit.DONE
    assert "by a grant of two people, at most 3000, k=5, l=3 (`income`)" in capsys.readouterr().out
    assert run("show", file.stem, "--purposes", str(purposes), "--limits", LIMITS) == Exit.DONE
    assert "income; l 3" in capsys.readouterr().out


def test_table_speaks_json(purposes: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """All that `show` says of each, but whether it is in force today: the same on every day."""
    assert run("table", str(purposes), "--limits", LIMITS, "--json") == Exit.DONE
    table = json.loads(capsys.readouterr().out)
    assert run("show", table[0]["purpose"], "--purposes", str(purposes), "--limits", LIMITS, "--json") == Exit.DONE
    shown = json.loads(capsys.readouterr().out)

    assert [each["purpose"] for each in table] == sorted(path.stem for path in purposes.glob("*.yaml"))
    assert table[0] | {"state": shown["state"]} == shown
    assert "state" not in table[0]


def test_a_bar_in_a_title_breaks_no_table(purposes: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Whatever a steward writes stays in its cell."""
    _keep_only(purposes, "fee-arrears")
    path = purposes / "fee-arrears.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("ja: 使用料等の", "ja: 使用料|税の"), encoding="utf-8")

    assert run("table", str(purposes), "--limits", LIMITS) == Exit.DONE
    assert capsys.readouterr().out.startswith("| `fee-arrears` | 使用料\\|税の滞納整理 |\n")


def test_an_unknown_purpose_is_answered_with_the_nearest_one(
    purposes: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A typing error on the command line, said as such."""
    assert run("show", "fee-arears", "--purposes", str(purposes), "--limits", LIMITS) == Exit.USAGE
    assert "no purpose fee-arears: did you mean fee-arrears?" in capsys.readouterr().err


@pytest.mark.parametrize("command", [["list"], ["show", "fee-arrears", "--purposes"]])
def test_purposes_with_findings_are_not_shown(
    command: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What would not be put in force is not described as if it were."""
    assert run(*command, str(tmp_path), "--limits", LIMITS) == Exit.FAULTS

    spoken = capsys.readouterr()
    assert spoken.out == ""
    assert "no-purposes" in spoken.err
