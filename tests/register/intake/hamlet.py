"""A hamlet in CSV files: five entries, and a map that uses every kind of column."""

from pathlib import Path

from gateway.register.intake.importing import import_register
from gateway.register.schema_map import SchemaMap
from gateway.sheet.report import Report

MAP = """\
main: {table: person, key: id}
side:
  number: {key: id}
  tax: {key: id}
  roll: {key: id}
lists:
  change: {key: id, order: no}
  benefit: {key: id, order: since}
fields:
  name: {column: name}
  name_kana: {column: kana}
  birth_date: {column: born, form: digits}
  sex: {column: sex, form: integer, codes: {"1": male, "2": female}}
  address: {code: code, city: city, town: town, chome: chome, lot: lot}
  household_id: {column: household}
  status: {column: status, codes: {"1": resident, "2": moved_out}}
  remarks: {column: remark}
  my_number: {table: number, column: mine}
  resident_code: {table: number, column: code}
  income: {table: tax, column: yen}
  electoral_roll: {table: roll, column: flag, codes: {"0": "no", "1": "yes"}}
  resident_since: {table: roll, column: since, form: date}
  history: {table: change, code: kind, codes: {"10": moved_in, "20": born}, since: day, detail: text}
  benefits: {table: benefit, code: kind, codes: {"1": child_allowance}, since: since, until: until}
restrictions:
  table: measure
  key: id
  since: since
  until: until
  against_resident_id: other
  against_name: other_name
  against_birth_date: other_born
"""

FILES = {
    "person.csv": """\
id,household,status,name,kana,born,sex,code,city,town,chome,lot,remark
1000000001,H1,1,磯野　波子,イソノ　ナミコ,19800402,2,4820100101,潮見市,潮見,1,2番3号,
1000000002,H1,1,磯野　渚,イソノ　ナギサ,20151231,1,4820100101,潮見市,潮見,1,2番3号,"転入時に確認
ドアに表札なし"
1000000003,H2,1,汐留　古,シオドメ　フル,19250000,2,4820100203,潮見市,汐入町,0,9番1号,
1000000004,H3,2,去田　遠,,,,,,,,,
0000000005,,1,"名のみ, 一",,,,,,,,,
""",
    "number.csv": "id,mine,code\n1000000001,983205673214,24727059608\n1000000002,,\n",
    "tax.csv": "id,yen\n1000000001,3210000\n1000000003,-1\n",
    "roll.csv": "id,flag,since\n1000000001,1,2004-04-01\n1000000002,0,\n",
    "change.csv": (
        "id,no,kind,day,text\n1000000001,1,10,2004-04-01,転入\n1000000001,2,10,,\n1000000002,1,20,2015-12-31,\n"
    ),
    "benefit.csv": "id,kind,since,until\n1000000002,1,2016-01-00,2031-03-31\n",
    "measure.csv": (
        "id,since,until,other,other_name,other_born\n"
        "1000000001,2026-11-23,2027-11-22,1000000004,,\n"
        "1000000002,2026-00-00,,,外野　者,1975-03-00\n"
    ),
}


class Folder:
    """The hamlet's files in a directory, whole until they are changed."""

    def __init__(self, path: Path, schema: SchemaMap) -> None:
        self.path = path
        self.out = path / "register.db"
        self.schema = schema
        for name, text in FILES.items():
            self.write(name, text)

    def write(self, name: str, text: str | bytes) -> None:
        octets = text.encode() if isinstance(text, str) else text
        (self.path / name).write_bytes(octets)

    def change(self, name: str, old: str, new: str) -> None:
        """One place of a file written differently."""
        text = (self.path / name).read_text(encoding="utf-8")
        assert text.count(old) == 1, f"{old!r} stands in {name} {text.count(old)} times"
        self.write(name, text.replace(old, new))

    def imported(self) -> Report:
        return import_register(self.path, self.schema, self.out)

    def found(self) -> list[str]:
        """Findings of an import as `file:line:col: code`."""
        return [
            str(finding).rpartition(f": {finding.message}")[0].removeprefix(f"{self.path}/")
            for finding in self.imported().findings
        ]
