import hashlib
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from masking.allotment import AllotmentsUnavailable, MemoryAllotments
from masking.allotment_file import FileAllotments
from masking.catalogue import CATALOGUE
from masking.japanese.folding import plain
from masking.keyring import DomainKeys
from masking.masker import Masker
from masking.names import BLANK, number_of, pool
from masking.surrogate_name import Household, SurrogateNames, SurrogateNameSettings
from masking.value import EMPTY, MALFORMED, Masked, Occasion, Sex, Surrogate, Value

TO_HIRAGANA = {point: point - 0x60 for point in range(0x30A1, 0x30F7)}
HOKUSAI = "葛飾\u3000北斎"


def surrogate_of(masker: Masker, value: str, occasion: Occasion) -> Surrogate:
    """The surrogate, known to be one."""
    made = masker(value, occasion)
    assert isinstance(made, Surrogate)
    return made


def names(keys: DomainKeys, *, shared: bool = False) -> SurrogateNames:
    """The masker of a domain that has given out nothing yet."""
    return SurrogateNames(keys, MemoryAllotments(), shared=shared)


@pytest.mark.rule("M2")
@pytest.mark.parametrize(
    ("expected", "value", "resident_id"),
    [
        (EMPTY, None, "1"),  # null stays null: an invented name would claim that there is one
        (EMPTY, "\u3000", "1"),
        (MALFORMED, 5, "1"),  # no name
        (MALFORMED, "\ud842", "1"),  # a torn character
        (MALFORMED, "\ufe00", "1"),  # a selector that selects nothing
        (MALFORMED, "佐藤花子", ""),  # allotted to nobody, everybody would have the same name
        (MALFORMED, "佐藤花子", "\ud842"),
    ],
)
def test_no_name_is_invented_for_what_is_none(
    expected: Masked, value: Value | None, resident_id: str, bound: Callable[..., Masker], occasion: Occasion
) -> None:
    """Null stays null, and what is no name is marked."""
    assert expected == bound("surrogate_name")(value, occasion._replace(resident_id=resident_id))


@pytest.mark.rule("M5")
@given(resident_id=st.text("0123456789", min_size=1), sex=st.sampled_from([*Sex, None]), latin=st.booleans())
def test_a_surrogate_is_a_name_that_a_resident_could_have(
    resident_id: str, sex: Sex | None, latin: bool, bound: Callable[..., Masker], occasion: Occasion
) -> None:
    """Parts with their own reading, a given name of the registered sex, Latin for Latin, and the same each time."""
    masker = bound("surrogate_name")
    asked = occasion._replace(resident_id=resident_id, sex=sex)
    own, renamed = ("NGUYEN THI LAN", "TRAN THI LAN") if latin else (HOKUSAI, "葛飾　応為")
    made = surrogate_of(masker, own, asked)
    family, *given_names = made.name.split()
    readings = made.kana.split()
    pools = [pool(each, latin=latin) for each in Sex if sex in {each, None}]
    (drawn,) = [each for each in pools if given_names[0] in {part.text for part in each.given}]
    assert (family, readings[0]) in {(part.text, part.kana) for part in drawn.surnames}
    assert set(zip(given_names, readings[1:], strict=True)) <= {(part.text, part.kana) for part in drawn.given}
    assert len(given_names) <= (2 if latin else 1)
    assert made == masker(own, asked)
    assert made == masker(renamed, asked)  # allotted to the resident, so a change of name changes nothing


@pytest.mark.rule("M5")
@pytest.mark.parametrize(
    "spelled",
    [
        pytest.param(lambda drawn: drawn.name, id="the very name"),
        pytest.param(lambda drawn: drawn.name.replace(BLANK, ""), id="unspaced"),
        pytest.param(lambda drawn: f" {drawn.name} ".replace(BLANK, " \t"), id="otherwise spaced"),
        pytest.param(lambda drawn: drawn.name[0] + "\U000e0100" + drawn.name[1:], id="with a variation selector"),
        pytest.param(lambda drawn: drawn.kana, id="its reading"),
        pytest.param(lambda drawn: drawn.kana.translate(TO_HIRAGANA), id="its reading in hiragana"),
        pytest.param(lambda drawn: drawn.name.split(BLANK)[0], id="the family name alone"),
        pytest.param(lambda drawn: drawn.name.split(BLANK)[1], id="the given name alone"),
        pytest.param(lambda drawn: f"{drawn.name.split(BLANK)[0]}{BLANK}ゑゐ", id="another of the family"),
    ],
)
def test_a_surrogate_shares_nothing_with_the_residents_own_name(
    spelled: Callable[[Surrogate], str], keys: DomainKeys, occasion: Occasion
) -> None:
    """Whose name would be drawn gets another one, however the register spells it; and whoever comes to be called as
    their surrogate gets another then.
    """
    masker = names(keys)
    for number in range(200):
        asked = occasion._replace(resident_id=f"{number:011d}")
        own = spelled(surrogate_of(masker, HOKUSAI, asked))
        for other in (surrogate_of(masker, own, asked), surrogate_of(names(keys), own, asked)):
            assert plain(own) not in plain(other.name)
            assert plain(own) not in plain(other.kana)
            assert not set(own.split(BLANK)) & {*other.name.split(BLANK), *other.kana.split(BLANK)}


@pytest.mark.rule("M1", "M4")
def test_two_domains_draw_differently(keys: DomainKeys, other_keys: DomainKeys, occasion: Occasion) -> None:
    """Names of one domain tell nothing of another's: they agree no more often than chance has it."""
    here, there = names(keys), names(other_keys)
    asked = [occasion._replace(resident_id=f"{number:011d}") for number in range(2000)]
    assert sum(here(HOKUSAI, each) == there(HOKUSAI, each) for each in asked) <= 1  # 0.0005 expected


@pytest.mark.rule("M5")
@pytest.mark.parametrize("shared", [False, True])
def test_no_two_residents_have_one_name(shared: bool, keys: DomainKeys, occasion: Occasion) -> None:
    """Of a whole city, among whom some draw the same name and one of them gets another."""
    masker = names(keys, shared=shared)
    asked = [
        (HOKUSAI, occasion._replace(resident_id=f"{number:011d}", sex=[*Sex][number % 2], household=f"{number // 3}"))
        for number in range(20_000)
    ]
    people = masker.wanting(asked)
    assert len(people) == len(asked)
    turn = 0
    while people:
        people = masker.take({each: list(offer) for each, offer in masker.offers(people, turn).items()})
        turn += 1
    assert masker.wanting(asked) == []
    assert len({masker(*each) for each in asked}) == len(asked)
    again = names(keys, shared=shared)
    drawn = Counter(next(iter(offer)) for offer in again.offers(again.wanting(asked)).values())
    assert max(drawn.values()) > 1  # they met


@pytest.mark.rule("M5")
def test_a_household_shares_a_surname(keys: DomainKeys, occasion: Occasion) -> None:
    """Where the purpose wants it those who live together have one surname, men and women; else they do not."""
    for shared in (True, False):
        masker = names(keys, shared=shared)
        family = [
            surrogate_of(masker, HOKUSAI, Occasion(f"{n}", [*Sex][n % 2], occasion.today, household="4711"))
            for n in range(6)
        ]
        assert len(set(family)) == 6
        assert (len({each.name.split(BLANK)[0] for each in family}) == 1) is shared
    # Whose own surname it is has the next one, alone.
    masker = names(keys, shared=True)
    first = surrogate_of(masker, HOKUSAI, occasion._replace(resident_id="1", household="4711"))
    surname = first.name.split(BLANK)[0]
    other = surrogate_of(masker, f"{surname}{BLANK}北斎", occasion._replace(resident_id="2", household="4711"))
    assert other.name.split(BLANK)[0] != surname


@pytest.mark.parametrize(
    ("expected", "settings"), [(set(), {}), ({"household_id"}, {"household": "shared"}), (set(), {"household": "own"})]
)
def test_only_a_shared_surname_needs_the_household(expected: set[str], settings: dict[str, object]) -> None:
    """The field is read where it is used, and nowhere else."""
    assert expected == SurrogateNameSettings.model_validate(settings).needs
    assert CATALOGUE["surrogate_name"].needs == {"sex"}
    with pytest.raises(ValidationError, match="write own, or shared"):
        SurrogateNameSettings.model_validate({"household": "together"})
    assert SurrogateNameSettings().household is Household.OWN


def test_what_is_offered_may_be_refused(keys: DomainKeys, occasion: Occasion) -> None:
    """Whoever knows that an offered name is a resident's takes another of the offer; the next turn offers others."""
    masker = names(keys)
    (person,) = masker.wanting([(HOKUSAI, occasion)])
    first, second, more = (masker.offers([person], turn)[person] for turn in (0, 1, 2))
    assert not first.keys() & second.keys()
    assert not more.keys() & {*first, *second}
    assert masker.take({person: []}) == [person]
    (*_, last) = more
    assert masker.take({person: [last]}) == []
    made = surrogate_of(masker, HOKUSAI, occasion)
    assert (number_of(made.name), plain(made.name)) == (last, more[last])


def test_an_empty_pool_is_said(keys: DomainKeys, occasion: Occasion, monkeypatch: pytest.MonkeyPatch) -> None:
    """Once all names are given out nobody gets one that another has; until then, everybody gets one."""
    small = pool(Sex.FEMALE, latin=False)
    small = small._replace(surnames=small.surnames[:2], given=small.given[:20])
    monkeypatch.setattr("masking.surrogate_name.pool", lambda sex, *, latin: small)
    monkeypatch.setattr("masking.surrogate_name._BY_CHANCE", 4)
    masker = SurrogateNames(keys, MemoryAllotments(), shared=False)
    drawn = [next(iter(masker._places(f"name\0{n}", 40))) for n in range(3)]
    assert all(0 <= each < 40 for each in drawn)
    for n in range(40):
        (person,) = masker.wanting([(HOKUSAI, occasion._replace(resident_id=str(n)))])
        turn = 0
        while masker.take({each: list(offer) for each, offer in masker.offers([person], turn).items()}):
            turn += 1
    (person,) = masker.wanting([(HOKUSAI, occasion._replace(resident_id="41"))])
    for turn in range(3):
        assert masker.take({each: list(offer) for each, offer in masker.offers([person], turn).items()}) == [person]
    with pytest.raises(AllotmentsUnavailable, match="no surrogate name is left"):
        masker.offers([person], 9)


def test_names_last_in_a_file(keys: DomainKeys, other_keys: DomainKeys, occasion: Occasion, tmp_path: Path) -> None:
    """A restart changes nothing, also for those who met another on the same name; domains do not meet at all."""
    path = tmp_path / "surrogates.db"
    asked = [(HOKUSAI, occasion._replace(resident_id=str(number))) for number in range(50)]
    taken = names(keys).offers(names(keys).wanting(asked[:1]))
    (first,) = taken.values()
    store = FileAllotments(path)
    rival = SurrogateNames(keys, store, shared=False)
    (other,) = rival.wanting([(HOKUSAI, occasion._replace(resident_id="rival"))])
    assert rival.take({other: [next(iter(first))]}) == []  # what resident 0 would have drawn
    before = [SurrogateNames(keys, store, shared=False)(*each) for each in asked]
    foreign = SurrogateNames(other_keys, store, shared=False)
    assert foreign.take({other: [next(iter(first))]}) == []
    store.close()
    again = FileAllotments(path)
    assert before == [SurrogateNames(keys, again, shared=False)(*each) for each in asked]
    assert before[0] != names(keys)(*asked[0])
    assert before[1:] == [names(keys)(*each) for each in asked[1:]]
    again.close()


def test_all_names_are_used_evenly(keys: DomainKeys, occasion: Occasion) -> None:
    """No surname stands out by being common, beyond chance."""
    masker = names(keys)
    people = masker.wanting([(HOKUSAI, occasion._replace(resident_id=str(number))) for number in range(4_000)])
    offers = masker.offers(people).values()
    chosen = Counter(next(iter(offer)) for offer in offers)
    assert max(chosen.values()) <= 3  # of four million


def test_the_same_name_for_the_same_resident_in_every_release(bound: Callable[..., Masker], occasion: Occasion) -> None:
    """Tables and drawing are fixed: another release changes nobody's surrogate unnoticed."""
    masker = bound("surrogate_name")
    drawn = "\n".join(
        surrogate_of(masker, own, occasion._replace(resident_id=f"{number}{own[0]}", sex=sex)).name
        for number in range(300)
        for sex in (*Sex, None)
        for own in (HOKUSAI, "HOKUSAI")
    )
    expected = "2847ab4b3c04d3db0935890a38fee01111a973b0eedcc5798ef030616ce9d0b8"
    assert expected == hashlib.sha256(drawn.encode()).hexdigest()


def test_importing_all_of_masking_imports_no_faker_and_no_database() -> None:
    """Names are tables of ours, and who keeps them in a file says so."""
    program = "import sys, masking.catalogue; print({'faker', 'sqlite3'} & set(sys.modules))"
    assert subprocess.check_output([sys.executable, "-c", program], text=True) == "set()\n"
