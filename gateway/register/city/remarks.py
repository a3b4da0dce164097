"""Remarks (備考) as clerks write them: other people by name, telephone numbers, My Numbers, dates, addresses, needs.

Rule: a remark is prose, so that masking it is tried on prose; whoever and whatever it names is drawn from the seed. No
telephone number can ring: 電気通信番号計画 (令和元年総務省告示第6号) gives out mobile numbers 070, 080 and 090 with a
next digit of 1 to 9, and local numbers whose exchange begins with 2 to 9; here both begin with 0. Facilities bear names
of this city's towns, which are on no map; what firms do and call themselves is Faker's.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from datetime import date
from typing import Final

from faker.providers.company.ja_JP import Provider as Companies

from gateway.register.city.days import YEAR, era, iso
from gateway.register.city.elsewhere import elsewhere
from gateway.register.city.families import CHILD, FATHER, HEAD, HUSBAND, MOTHER, WIFE
from gateway.register.city.names import given_names, surnames
from gateway.register.city.people import PROTECTED, Household, Kind, Person
from gateway.register.city.remark_texts import (
    AFTERWARDS,
    ANYBODY,
    CHECKED,
    ELDERLY,
    FOREIGN,
    GROWN_UP,
    IN_CARE,
    IN_HIDING,
    LIVING_ALONE,
    OF_CHILDREN,
    OF_MOTHERS,
    REFUSED,
    SAID,
    SINGLE,
)
from masking.value import Sex

_SHARE: Final = 0.15
"""Of residents who have a remark; of those in homes and refuges most do."""
_SHARE_IN_CARE: Final = 0.6

_HONORIFICS: Final = ("さん", "さん", "さん", "様", "氏", "")
_OLD: Final = 65
_MALE, _FEMALE = Sex.MALE, Sex.FEMALE
_KIN: Final = {
    HEAD: {WIFE: "妻", HUSBAND: "夫", CHILD: ("長男", "長女"), FATHER: "父", MOTHER: "母"},
    CHILD: {HEAD: ("父", "母"), WIFE: "母", HUSBAND: "父", CHILD: ("兄弟", "姉妹"), FATHER: "祖父", MOTHER: "祖母"},
    WIFE: {HEAD: "夫", CHILD: ("長男", "長女"), FATHER: "義父", MOTHER: "義母"},
    HUSBAND: {HEAD: "妻", CHILD: ("長男", "長女"), FATHER: "義父", MOTHER: "義母"},
    FATHER: {HEAD: ("長男", "長女"), WIFE: "長男の妻", HUSBAND: "長女の夫", CHILD: "孫", MOTHER: "妻"},
    MOTHER: {HEAD: ("長男", "長女"), WIFE: "長男の妻", HUSBAND: "長女の夫", CHILD: "孫", FATHER: "夫"},
}
"""What one member of a household calls another; where the other's sex decides, for a man and for a woman."""
_DISTANT_KIN: Final = {_MALE: ("甥", "兄", "弟", "義兄", "おじ"), _FEMALE: ("姪", "姉", "妹", "義姉", "おば")}
_QUARTERS: Final = ("魚見台", "千鳥が丘", "帆柱", "星ヶ浦", "汐入", "夕凪", "浜風", "白砂", "水神", "高見台")
_HOSPITALS: Final = ("記念病院", "クリニック", "内科医院", "総合病院", "リハビリテーション病院", "こころの診療所")
_FACILITIES: Final = (
    "デイサービスセンター",
    "地域包括支援センター",
    "老人保健施設",
    "グループホーム",
    "生活支援センター",
    "児童館",
    "保育園",
)
_SCHOOLS: Final = ("小学校", "小学校", "中学校", "中学校", "高等学校", "特別支援学校", "幼稚園")
_COMPANIES: Final = (*Companies.company_categories, "造船所", "製作所", "介護サービス")
_OFFICERS: Final = ("民生委員", "主任児童委員", "保健師", "ケースワーカー", "自治会長")
_WIDE: Final = str.maketrans("0123456789", "０１２３４５６７８９")
_NEIGHBOURS: Final = ("隣家", "向かい", "階下", "大家", "管理組合")


class Remarks:
    """The remarks of one household after the other."""

    def __init__(self, chance: random.Random, today: date) -> None:
        self._chance = chance
        self._random = chance.random
        self._today = today.toordinal()
        self._words = _Words(self)
        self._number = ""
        self._about: tuple[Household, Person]

    def of(self, household: Household, numbers: Sequence[tuple[str, str]]) -> list[str | None]:
        """A remark for each member, or None; `numbers` are their My Numbers and resident record codes."""
        share = _SHARE_IN_CARE if household.kind is Kind.CARE_HOME else _SHARE
        return [
            self._remark(household, place, numbers) if self._random() < share or self._is_hiding(household) else None
            for place in range(len(household.members))
        ]

    @staticmethod
    def _is_hiding(household: Household) -> bool:
        return household.kind is Kind.REFUGE or household.number == PROTECTED

    def _remark(self, household: Household, place: int, numbers: Sequence[tuple[str, str]]) -> str:
        person = household.members[place]
        self._about, self._number = (household, person), numbers[place][0]
        return f"{self.one(self._texts(household, person))}{self.one(AFTERWARDS)}".format_map(self._words)

    def _texts(self, household: Household, person: Person) -> tuple[str, ...]:
        if self._is_hiding(household):
            return IN_HIDING
        if household.kind is Kind.CARE_HOME:
            return IN_CARE
        dice = self._random()
        if person.nation is not None and dice < 0.6:
            return FOREIGN
        if dice < 0.35:
            return ANYBODY
        if person.age < 18:
            return OF_CHILDREN
        alone = len(household.members) == 1
        if person.age >= _OLD:
            return LIVING_ALONE if alone and dice < 0.55 else ELDERLY
        if dice < 0.55 and (alone or (person.relationship == WIFE and person.age < 42)):
            return SINGLE if alone else OF_MOTHERS
        return GROWN_UP

    def one(self, of: Sequence[str]) -> str:
        """One of several texts."""
        return of[int(self._random() * len(of))]

    # What stands in braces in the texts; each is asked for only where a text has it.

    def name(self) -> str:
        """Somebody who need not live here, in the spellings of a hurried clerk."""
        return self._somebody(_MALE if self._random() < 0.5 else _FEMALE)

    def _somebody(self, sex: Sex) -> str:
        surname, given = self.surname(), given_names(sex, 1975).draw(self._chance).text
        dice = self._random()
        full = surname if dice < 0.3 else f"{surname}{given}" if dice < 0.55 else f"{surname}　{given}"
        return full + self.one(_HONORIFICS)

    def surname(self) -> str:
        """Somebody's surname alone."""
        return surnames().draw(self._chance).text

    def relative(self) -> str:
        """Somebody of the household, or of the family elsewhere."""
        household, person = self._about
        others = [other for other in household.members if other is not person]
        if not others or self._random() < 0.2:
            sex = _MALE if self._random() < 0.5 else _FEMALE
            return f"{self.one(_DISTANT_KIN[sex])}の{self._somebody(sex)}"
        return self._called(others[int(self._random() * len(others))])

    def _called(self, other: Person) -> str:
        kin = _KIN[self._about[1].relationship][other.relationship]
        if not isinstance(kin, str):
            kin = kin[other.sex is _FEMALE]
        return f"{kin}の{other.name}{self.one(_HONORIFICS)}"

    def spouse(self) -> str:
        """The husband or wife, who may live elsewhere."""
        household, person = self._about
        if person.relationship in (HEAD, WIFE, HUSBAND):
            for other in household.members:
                if other is not person and other.relationship in (HEAD, WIFE, HUSBAND):
                    return self._called(other)
        sex = _MALE if person.sex is _FEMALE else _FEMALE
        return f"別居中の{'夫' if sex is _MALE else '妻'}{self._somebody(sex)}"

    def day(self) -> str:
        """A day of the last six years, as one clerk or another writes it."""
        day = self._today - int(self._random() * 6 * YEAR)
        dice = self._random()
        if dice < 0.5:
            return era(day)
        year, month, day_of_month = map(int, iso(day).split("-"))
        if dice < 0.75:
            return f"R{year - 2018}.{month}.{day_of_month}"
        return f"{year}/{month}/{day_of_month}" if dice < 0.9 else f"令和{year - 2018}年{month}月"

    def next_day(self) -> str:
        """A day of the next half year, in its era."""
        return era(self._today + 1 + int(self._random() * YEAR / 2))

    def address(self) -> str:
        """An address somewhere."""
        return str(elsewhere(self._chance))

    def phone(self) -> str:
        """A telephone number that is given to nobody."""
        dice = int(self._random() * 100_000_000)
        return f"0{4 + dice % 5}{dice // 7 % 10}{dice // 70 % 10}-0{dice // 700 % 10}-{dice % 10_000:04d}"

    def mobile(self) -> str:
        """A mobile number that is given to nobody."""
        dice = int(self._random() * 10_000_000)
        prefix, numbers = ("090", "080", "070")[dice % 3], f"0{dice // 10_000:03d}-{dice % 10_000:04d}"
        return f"{prefix}-{numbers}" if dice % 5 else f"{prefix}{numbers.replace('-', '')}"

    def number(self) -> str:
        """The person's My Number, in one piece or in groups of four, now and then in wide digits."""
        dice = self._random()
        if dice < 0.6:
            return self._number
        if dice < 0.85:
            return f"{self._number[:4]} {self._number[4:8]} {self._number[8:]}"
        return self._number.translate(_WIDE)

    def hospital(self) -> str:
        """A hospital."""
        return self.one(_QUARTERS) + self.one(_HOSPITALS)

    def facility(self) -> str:
        """A place where people are helped or looked after."""
        return self.one(_QUARTERS) + self.one(_FACILITIES)

    def school(self) -> str:
        """A school."""
        return f"市立{self.one(_QUARTERS)}{self.one(_SCHOOLS)}"

    def company(self) -> str:
        """An employer, named after a quarter, or a family: in a remark that is a surname, too, and nobody's."""
        called_after = self.surname() if self._random() < 0.4 else self.one(_QUARTERS)
        name = called_after + self.one(_COMPANIES)
        dice = self._random()
        if dice < 0.3:
            return self.one(Companies.company_prefixes) + name
        return f"{name}（株）" if dice < 0.6 else name

    def officer(self) -> str:
        """Somebody who looks after others, by surname."""
        return f"{self.one(_OFFICERS)}の{self.surname()}さん"

    def neighbour(self) -> str:
        """A neighbour, by surname."""
        return f"{self.one(_NEIGHBOURS)}の{self.surname()}さん"

    def clerk(self) -> str:
        """A clerk, by surname."""
        return f"{self.one(('窓口', '市民課', '福祉課', '保健師'))} {self.surname()}"


class _Words(dict[str, str]):
    """What `str.format_map` takes the words in braces from."""

    def __init__(self, remarks: Remarks) -> None:
        super().__init__()
        self._remarks = remarks

    def __missing__(self, word: str) -> str:
        phrases = _PHRASES.get(word)
        return self._remarks.one(phrases) if phrases else _MAKERS[word](self._remarks)


_PHRASES: Final = {"said": SAID, "checked": CHECKED, "refused": REFUSED}
_MAKERS: Final[dict[str, Callable[[Remarks], str]]] = {
    "name": Remarks.name,
    "surname": Remarks.surname,
    "spouse": Remarks.spouse,
    "next_day": Remarks.next_day,
    "relative": Remarks.relative,
    "day": Remarks.day,
    "address": Remarks.address,
    "phone": Remarks.phone,
    "mobile": Remarks.mobile,
    "number": Remarks.number,
    "hospital": Remarks.hospital,
    "facility": Remarks.facility,
    "school": Remarks.school,
    "company": Remarks.company,
    "officer": Remarks.officer,
    "neighbour": Remarks.neighbour,
    "clerk": Remarks.clerk,
}
SLOTS: Final = frozenset((*_PHRASES, *_MAKERS))
"""The words in braces that can be filled in."""
