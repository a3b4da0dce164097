"""Searches, walked from outside: who is found, who is not, what it costs and what is recorded."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from gateway.demo.estate import Estate
from gateway.ledger.v1 import record_pb2
from gateway.v1 import register_pb2 as pb
from masking.japanese.folding import plain, written
from tests.estates import (
    CHILDCARE,
    COUNTER,
    STATISTICS,
    House,
    asked,
    change,
    copied,
    opened,
    rewrite,
    search,
    selection,
    strangers,
    verified,
)
from tests.finding import FINDING, living, matching, may_find

NOBODY = "存在　しない"


@pytest.fixture
def finding(estate: Estate) -> Estate:
    """An estate in which the counter may search by everything."""
    may_find(estate)
    return estate


# ------------------------------------------------------------------------------------------------------ who is found


@pytest.mark.rule("S6")
async def test_a_search_finds_whom_looking_at_everybody_finds(finding: Estate) -> None:
    """Whole names, beginnings, plain and variant spellings: the answer is that of a walk through the whole register."""
    residents = living(finding)
    variants = [name for _, name, _, _, _ in residents if plain(name) != written(name)]
    assert variants
    names = [*variants[:8], *(name for _, name, _, _, _ in residents[:: len(residents) // 12])]
    patterns = {
        *names,
        *(name.replace("　", "") for name in names),  # without the blank
        *(plain(name) for name in names),  # every variant in its plain spelling
        *(f"{name.partition('　')[0]}{name.partition('　')[2][:1]}*" for name in names),  # surname and a beginning
    }
    unrelated, compared = strangers(finding), 0
    async with opened(finding) as house:
        clerk = await house.clerk()
        for pattern in sorted(patterns):
            expected = matching(finding, pattern)
            if set(expected) <= unrelated and 0 < len(expected) <= 10 and len(written(pattern.rstrip("*"))) > 2:
                assert await clerk.found(search(FINDING, name=pattern)) == expected, pattern
                compared += 1
    assert compared > 20


@pytest.mark.rule("S6")
async def test_a_plain_spelling_finds_its_variants_and_a_variant_only_itself(finding: Estate) -> None:
    """高 finds 髙 and 高, 髙 finds 髙 alone."""
    residents = living(finding)
    chosen = next((row for row in residents if "髙" in row[1]), None)
    assert chosen is not None, "the city has a 髙"
    resident_id, name, _, born, _ = chosen
    change(
        finding,
        "register",
        f"UPDATE juki_resident SET shimei = '{plain(name)}' WHERE atena_no = '{residents[0][0]}'",
        f"UPDATE kensaku_shimei SET plain = '{plain(name)}', written = '{plain(name)}' "
        f"WHERE resident_id = '{residents[0][0]}' AND field = 'name'",
    )
    async with opened(finding) as house:
        clerk = await house.clerk()
        both = await clerk.found(search(FINDING, name=plain(name)))
        assert {resident_id, residents[0][0]} <= set(both)
        one = await clerk.found(search(FINDING, name=name))
        assert resident_id in one
        assert residents[0][0] not in one
        assert resident_id in await clerk.found(search(FINDING, name=plain(name), born=born))


async def test_every_key_finds_the_one_it_is_of(finding: Estate) -> None:
    """Name, reading, birth date in any calendar, address as people write it, household and id, alone and together."""
    resident_id, name, kana, born, household = living(
        finding, "umare_ymd NOT LIKE '%-00' AND umare_ymd > '1990' AND chome_no > 0 AND shimei NOT GLOB '*[A-Z]*'"
    )[3]
    ((town, chome, lot),) = asked(
        finding,
        "register",
        f"SELECT choaza_mei, chome_no, banchi FROM juki_resident WHERE atena_no = '{resident_id}'",
    )
    async with opened(finding) as house:
        clerk = await house.clerk()
        (me,) = [
            each
            for each in await clerk.search(search(FINDING, resident=resident_id, calendar=pb.CALENDAR_ERA))
            if each.resident_id.exact == resident_id
        ]
        era = me.birth_date.exact.text
        assert era.startswith(("平成", "令和"))
        for request in (
            search(FINDING, name=name, born=born),
            search(FINDING, name=name, born=era),
            search(FINDING, name=name, born=pb.PartialDate(year=int(born[:4]))),  # the year is enough
            search(FINDING, kana=kana, born=era),
            search(FINDING, kana=f"{kana[:4]}*", born=born),
            search(FINDING, address=f"潮見市{town}{chome}丁目{lot}"),
            search(FINDING, address=f"{town}{chome}丁目{lot}", name=name),
            search(FINDING, household=household),
            search(FINDING, household=household, born=born, name=name, kana=kana),
            search(FINDING, resident=resident_id, name=name),
        ):
            assert resident_id in await clerk.found(request), request.criteria
        other = "1901-01-01"
        for request in (
            search(FINDING, name=name, born=other),
            search(FINDING, household=household, born=other),
            search(FINDING, resident=resident_id, born=other),
        ):
            assert await clerk.found(request) == []  # all conditions must hold


@pytest.mark.rule("S4")
async def test_former_residents_are_found_only_if_asked_for_and_allowed(finding: Estate) -> None:
    """A search passes over them; with their status it finds them; a lookup by id tells the status in any case."""
    ((gone, name, status),) = asked(
        finding,
        "register",
        "SELECT atena_no, shimei, max(jumin_cd) FROM juki_resident WHERE atena_no NOT IN "
        "(SELECT atena_no FROM protective_measure) GROUP BY atena_no "
        "HAVING count(*) = 1 AND max(jumin_cd) IN ('2', '3') LIMIT 1",
    )
    word = {"2": pb.REGISTER_STATUS_MOVED_OUT, "3": pb.REGISTER_STATUS_DECEASED}[status]
    other = {"2": pb.REGISTER_STATUS_DECEASED, "3": pb.REGISTER_STATUS_MOVED_OUT}[status]
    async with opened(finding) as house:
        clerk = await house.clerk()
        assert gone not in await clerk.found(search(FINDING, name=name))
        assert gone in await clerk.found(search(FINDING, name=name, statuses=[word]))
        assert gone in await clerk.found(search(FINDING, name=name, statuses=[other, word]))
        assert gone not in await clerk.found(search(FINDING, name=name, statuses=[other]))
        told = await clerk.get(house.at_the_counter(gone))
        assert told.resident.status.exact == {"2": "moved_out", "3": "deceased"}[status]
    may_find(finding, ("statuses: [resident, moved_out, deceased, void]", "statuses: [resident, void]"))
    async with opened(finding) as house:
        refused = await (await house.clerk()).search_denied(search(FINDING, name=name, statuses=[word]))
        assert (refused.reason, refused.places) == ("SEARCH_NOT_GRANTED", ["criteria.statuses"])


# ------------------------------------------------------------------------------------------------- what may be asked


@pytest.mark.rule("S1")
async def test_a_search_uses_only_keys_of_the_purpose(finding: Estate) -> None:
    """Each foreign key is named, an optional one too; keys that are no combination of the purpose's are refused."""
    may_find(
        finding,
        ("name_kana, birth_date, address, household_id, status]", "birth_date]"),
        ("  statuses: [resident, moved_out, deceased, void]\n", "  combinations: [[name, birth_date]]\n"),
    )
    async with opened(finding) as house:
        clerk = await house.clerk()
        foreign = await clerk.search_denied(search(FINDING, name="佐藤*", kana="サトウ*", household="1"))
        assert (foreign.reason, foreign.places) == (
            "SEARCH_NOT_GRANTED",
            ["criteria.household_id", "criteria.name_kana"],
        )
        alone = await clerk.search_denied(search(FINDING, name="佐藤*"))
        assert (alone.reason, alone.places) == ("SEARCH_NOT_GRANTED", ["criteria"])
        status = await clerk.search_denied(
            search(FINDING, name="佐藤*", born="1970", statuses=[pb.REGISTER_STATUS_VOID])
        )
        assert (status.reason, status.places) == ("SEARCH_NOT_GRANTED", ["criteria.statuses"])
        assert await clerk.search(search(FINDING, name="存在しない*", born="1970")) == []


@pytest.mark.rule("M3", "S4")
async def test_a_pseudonym_finds_whom_it_stands_for(estate: Estate) -> None:
    """In its own purpose, and among the entries that are asked for; one of nobody's is malformed, by its place."""
    changes = ("stream: {page: 500}", "stream: {page: 500}\nsearch: {limit: 1, statuses: [resident, moved_out]}")
    fields = ("  income: ", "  status: keep\n  income: ")
    rewrite(estate, STATISTICS, changes, fields, ("[pseudonym, area, age_band]", "[pseudonym, area, age_band, status]"))
    async with opened(estate) as house:
        analyst = await house.analyst()
        own = (await analyst.stream(selection(ages=(30, 34)))).pseudonyms[0]
        by = search(STATISTICS, pseudonym=own, applicant=None)
        assert [each.resident_id.pseudonym for each in await analyst.search(by)] == [own]
        gone = search(STATISTICS, pseudonym=own, applicant=None, statuses=[pb.REGISTER_STATUS_MOVED_OUT])
        assert await analyst.search(gone) == []
        told = await analyst.search_denied(search(STATISTICS, pseudonym=f"{own}x", applicant=None))
        assert (told.reason, told.places) == ("REQUEST_MALFORMED", ["criteria.pseudonym"])
        told = await analyst.search_denied(search(STATISTICS, resident=house.cast.parent, applicant=None))
        assert told.reason == "SEARCH_NOT_GRANTED"


@pytest.mark.rule("S1")
async def test_a_purpose_without_a_search_is_not_searched(house: House) -> None:
    """Nor by a key that it takes in lookups."""
    refused = await (await house.desk(house.cast.collector)).search_denied(
        search("fee-arrears", resident=house.cast.parent, applicant=None)
    )
    assert refused.reason == "SEARCH_NOT_GRANTED"


@pytest.mark.rule("S2")
@pytest.mark.parametrize(
    "name",
    [
        "*",
        "佐*",  # one kanji
        "サト*",  # two kana
        "SM*",  # two letters
        "*藤",
        "佐*藤",
        "佐藤**",
        "　",
    ],
)
async def test_a_pattern_that_is_too_broad_is_malformed(finding: Estate, name: str) -> None:
    """It is named, and nothing of it is repeated."""
    async with opened(finding) as house:
        refused = await (await house.clerk()).search_denied(search(FINDING, name=name))
    assert (refused.reason, refused.places) == ("REQUEST_MALFORMED", ["criteria.name"])


# ------------------------------------------------------------------------------------------------------- how many


async def surname_of_many(finding: Estate) -> tuple[str, int]:
    """A surname in one spelling with more than ten residents, and how many."""
    counted: dict[str, int] = {}
    for _, name, _, _, _ in living(finding):
        family = name.partition("　")[0]
        counted[family] = counted.get(family, 0) + 1
    family, _ = max((pair for pair in counted.items() if len(pair[0]) > 1), key=lambda pair: pair[1])
    return family, len(matching(finding, f"{family}*"))


@pytest.mark.rule("S3")
async def test_more_than_the_limit_are_answered_with_nobody(finding: Estate) -> None:
    """No resident, no charge, no further page; and it counts as an attempt."""
    family, count = await surname_of_many(finding)
    assert count > 10
    async with opened(finding) as house:
        clerk = await house.clerk()
        before = await clerk.left(FINDING)
        refused = await clerk.search_denied(search(FINDING, name=f"{family}*"))
        assert refused.reason == "TOO_MANY_RESULTS"
        assert await clerk.left(FINDING) == before
        assert house.disclosures() == []


@pytest.mark.rule("S3", "S7")
async def test_who_is_left_out_does_not_count_towards_the_limit(built: Estate, tmp_path: Path) -> None:
    """Ten may be told, eleven not; an eleventh whom the caller may not know of changes nothing."""
    for hidden, outcome in ((0, "TOO_MANY_RESULTS"), (1, 10)):
        estate = copied(built, tmp_path / str(hidden))
        may_find(estate)
        eleven = [each for each, *_ in living(estate)[:11]]
        quoted = ", ".join(f"'{each}'" for each in eleven)
        change(
            estate,
            "register",
            f"UPDATE kensaku_shimei SET plain = '潮見太郎', written = '潮見太郎' "
            f"WHERE resident_id IN ({quoted}) AND field = 'name'",
        )
        if hidden:
            change(
                estate,
                "register",
                f"INSERT INTO protective_measure VALUES ('{eleven[4]}', '2020-01-01', NULL, '{eleven[0]}', NULL, NULL)",
            )
        async with opened(estate) as house:
            clerk = await house.clerk()
            request = search(FINDING, name="潮見太郎", applicant=eleven[0])
            if hidden:
                assert await clerk.found(request) == sorted(set(eleven) - {eleven[4]})
            else:
                assert (await clerk.search_denied(request)).reason == outcome


# -------------------------------------------------------------------------------------- charges, records, budgets


@pytest.mark.rule("L1", "S7")
async def test_whoever_is_found_is_charged_and_a_question_in_vain_costs_one(finding: Estate) -> None:
    """Distinct residents, as in lookups; the same question in vain again costs nothing new, another one does."""
    resident_id, name, _, born, household = living(finding)[5]
    async with opened(finding) as house:
        clerk = await house.clerk()

        async def left() -> int:
            return (await clerk.left(FINDING))["staff", "1d", False]

        start = await left()
        found = await clerk.found(search(FINDING, household=household))
        assert start - await left() == len(found)
        assert resident_id in found
        await clerk.found(search(FINDING, name=name, born=born))  # seen already
        known = await left()
        assert start - known == len(set(found) | set(await clerk.found(search(FINDING, name=name, born=born))))
        for spent, request in (
            (1, search(FINDING, name=NOBODY)),
            (1, search(FINDING, name=NOBODY)),
            (1, search(FINDING, name="存在しない")),  # the same question
            (2, search(FINDING, name=NOBODY, born="1970")),
        ):
            assert await clerk.found(request) == []
            assert known - await left() == spent


@pytest.mark.rule("R2", "R3")
async def test_a_search_is_recorded_by_its_keys_and_whom_it_showed(finding: Estate) -> None:
    """Names of keys, never what was searched for; a line for each resident shown, one for nobody."""
    _, name, _, born, household = living(finding)[5]
    async with opened(finding) as house:
        clerk = await house.clerk()
        found = await clerk.found(search(FINDING, household=household))
        await clerk.found(search(FINDING, name=NOBODY, born=born))
        shown, vain = house.disclosures()
    assert list(shown.private.search_keys) == ["household_id"]
    assert [line.outcome for line in shown.lines] == [record_pb2.OUTCOME_DELIVERED] * len(found)
    assert list(vain.private.search_keys) == ["birth_date", "name"]
    assert [line.outcome for line in vain.lines] == [record_pb2.OUTCOME_ABSENT]
    for record in (shown, vain):
        octets = record.header.SerializeToString() + record.private.SerializeToString()
        for value in (name, NOBODY, household, born):
            assert value.encode() not in octets
    assert verified(finding).faults == []


@pytest.mark.rule("L2")
async def test_a_search_beyond_the_budget_shows_nobody(finding: Estate) -> None:
    """All of it is covered or none of it is shown."""
    may_find(finding, ("staff: {1d: 90000}", "staff: {1d: 1}"))
    members = Counter(household for *_, household in living(finding))
    household = next(household for household, count in members.items() if 2 <= count <= 5)
    async with opened(finding) as house:
        clerk = await house.clerk()
        refused = await clerk.search_denied(search(FINDING, household=household))
        assert refused.reason == "COST_IMPOSSIBLE"
        assert (await clerk.left(FINDING))["staff", "1d", False] == 1
        await clerk.found(search(FINDING, name=NOBODY))
        refused = await clerk.search_denied(search(FINDING, name=NOBODY, born="1970"))
        assert refused.reason == "BUDGET_EXHAUSTED"


# ------------------------------------------------------------------------------------------------ hidden is absent


@pytest.mark.rule("S7", "W9")
async def test_to_the_other_party_a_search_finds_nobody(built: Estate, tmp_path: Path) -> None:
    """As if the protected resident were not there: answer, charge and record, but for what only auditors tell apart."""
    told = []
    cast = built.cast()
    ((name, born),) = asked(
        built, "register", f"SELECT shimei, umare_ymd FROM juki_resident WHERE atena_no = '{cast.protected}'"
    )
    for absent in (False, True):
        estate = copied(built, tmp_path / str(absent))
        may_find(estate)
        if absent:
            change(
                estate,
                "register",
                f"UPDATE kensaku_shimei SET plain = 'x', written = 'x' WHERE resident_id = '{cast.protected}'",
            )
        async with opened(estate) as house:
            clerk = await house.clerk()
            response = await clerk.stubs.register.SearchResidents(
                search(FINDING, name=name, born=born, applicant=cast.other_party), metadata=clerk.stubs.metadata
            )
            response.receipt.ClearField("disclosure_id")
            response.receipt.ClearField("request_id")
            (record,) = house.disclosures()
            told.append(
                (response.SerializeToString(), await clerk.left(FINDING), [line.outcome for line in record.lines])
            )
            assert list(response.residents) == []
    assert told[0] == told[1]


@pytest.mark.rule("W9", "S7")
async def test_nobody_protected_is_found_by_where_they_live(finding: Estate) -> None:
    """By name they are found, their whereabouts withheld; by address or household only where a purpose is cleared."""
    cast = finding.cast()
    ((name, born, household, town, chome, lot),) = asked(
        finding,
        "register",
        "SELECT shimei, umare_ymd, setai_no, choaza_mei, chome_no, banchi FROM juki_resident "
        f"WHERE atena_no = '{cast.protected}'",
    )
    address = f"{town}{chome}丁目{lot}" if chome else f"{town}{lot}"
    async with opened(finding) as house:
        clerk = await house.clerk()
        (found,) = [
            each
            for each in await clerk.search(search(FINDING, name=name, born=born, applicant=cast.parent))
            if each.resident_id.exact == cast.protected
        ]
        assert found.address.absent == found.household_id.absent == pb.ABSENCE_WITHHELD
        for request in (
            search(FINDING, household=household, applicant=cast.parent),
            search(FINDING, address=address, applicant=cast.parent),
            search(FINDING, name=name, household=household, applicant=cast.parent),
        ):
            assert cast.protected not in await clerk.found(request)
    may_find(finding, ("case: none\n", "case: none\nrestricted: allowed\n"))
    async with opened(finding) as house:
        clerk = await house.clerk()
        assert cast.protected in await clerk.found(search(FINDING, household=household, applicant=cast.parent))
        assert cast.protected in await clerk.found(search(FINDING, address=address, applicant=cast.parent))


# ---------------------------------------------------------------------------------------------- registered twice


@pytest.mark.rule("S5")
async def test_two_living_entries_under_one_id_are_said_and_not_guessed(finding: Estate) -> None:
    """NOT_UNIQUE, whichever entry the search meets."""
    cast = finding.cast()
    async with opened(finding) as house:
        clerk = await house.clerk()
        for (name,) in asked(finding, "register", f"SELECT shimei FROM juki_resident WHERE atena_no = '{cast.twice}'"):
            refused = await clerk.search_denied(search(FINDING, name=name, resident=cast.twice))
            assert refused.reason == "NOT_UNIQUE"


@pytest.mark.rule("S5", "S4")
async def test_the_living_entry_is_the_one_that_counts(finding: Estate) -> None:
    """Who moved out and came back stands twice under one id; lookup, batch and search all mean who lives here."""
    resident_id, _, _, _, _ = living(finding)[7]
    change(
        finding,
        "register",
        "INSERT INTO juki_resident SELECT * FROM juki_resident WHERE rowid = "
        f"(SELECT rowid FROM juki_resident WHERE atena_no = '{resident_id}')",
    )
    change(
        finding,
        "register",
        "UPDATE juki_resident SET jumin_cd = '2' WHERE rowid = "
        f"(SELECT max(rowid) FROM juki_resident WHERE atena_no = '{resident_id}')",
    )
    async with opened(finding) as house:
        clerk = await house.clerk()
        assert (await clerk.get(house.at_the_counter(resident_id))).resident.status.exact == "resident"
        assert await clerk.found(search(FINDING, resident=resident_id)) == [resident_id]
        gone = search(FINDING, resident=resident_id, statuses=[pb.REGISTER_STATUS_MOVED_OUT])
        assert await clerk.found(gone) == []


# --------------------------------------------------------------------------------------------------------- cases


@pytest.mark.rule("W5", "S7")
async def test_under_a_case_a_search_finds_its_parties_only(house: House) -> None:
    """The household of a party is found as far as its members are parties; without an open case nobody is searched."""
    cast, caseworker = house.cast, await house.caseworker()
    ((household,),) = asked(
        house.estate, "register", f"SELECT setai_no FROM juki_resident WHERE atena_no = '{cast.parent}'"
    )
    parties = {
        row[0]
        for row in asked(
            house.estate,
            "standing",
            "SELECT resident_id FROM case_party "
            f"WHERE reference = '{cast.childcare_case}' AND registry = 'childcare-fee'",
        )
    }
    request = search(CHILDCARE, household=household, case=cast.childcare_case, applicant=None, mask=["name"])
    found = await caseworker.search(request)
    assert len(found) == len(parties)
    for case in ("", "CF-1999-00001", cast.closed_case):
        request.context.case_reference = case
        assert (await caseworker.search_denied(request)).reason == "CASE_NOT_VALID"
    request.context.case_reference = cast.protected_case  # open, and somebody else's
    assert await caseworker.search(request) == []


async def test_the_shipped_counter_searches_by_name_and_birth_date(house: House) -> None:
    """As people come to the counter: with a name and a birthday, and no number."""
    name, born = asked(
        house.estate,
        "register",
        f"SELECT shimei, umare_ymd FROM juki_resident WHERE atena_no = '{house.cast.bystander}'",
    )[0]
    found = await (await house.clerk()).search(search(COUNTER, name=name, born=born))
    assert name in [each.name.exact for each in found]


async def test_a_search_on_behalf_of_nobody_is_malformed_where_the_public_is_served(house: House) -> None:
    """As in a lookup: without an applicant nobody could be hidden from them."""
    refused = await (await house.clerk()).search_denied(search(COUNTER, name="佐藤太郎", born="1970", applicant=None))
    assert (refused.reason, refused.places) == ("REQUEST_MALFORMED", ["context.applicant"])
