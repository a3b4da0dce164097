import hashlib
import subprocess
import sys
from collections import Counter
from collections.abc import Callable

import pytest
from faker.providers.person.ja_JP import Provider
from hypothesis import given
from hypothesis import strategies as st

from masking.catalogue import CATALOGUE
from masking.keyring import DomainKeys
from masking.masker import Masker, NoSettings
from masking.surrogate_name import BLANK, fold
from masking.value import EMPTY, MALFORMED, Masked, Occasion, Sex, Surrogate, Value

READINGS = {kanji: kana for kanji, kana, _ in (*Provider.last_name_pairs, *Provider.first_name_pairs)}
MALE = {kanji for kanji, _, _ in Provider.first_name_male_pairs}
FEMALE = {kanji for kanji, _, _ in Provider.first_name_female_pairs}
TO_HIRAGANA = {point: point - 0x60 for point in range(0x30A1, 0x30F7)}


def surrogate_of(masker: Masker, value: str, occasion: Occasion) -> Surrogate:
    """The surrogate, known to be one."""
    made = masker(value, occasion)
    assert isinstance(made, Surrogate)
    return made


@pytest.mark.rule("M2")
@pytest.mark.parametrize(
    ("expected", "value", "resident_id"),
    [
        (EMPTY, None, "1"),  # null stays null: an invented name would claim that there is one
        (EMPTY, "\u3000", "1"),
        (MALFORMED, 5, "1"),  # no name
        (MALFORMED, "\ud842", "1"),  # a torn character
        (MALFORMED, "\ufe00", "1"),  # a selector that selects nothing
        (MALFORMED, "佐藤花子", ""),  # drawn by nothing, everybody would have the same name
        (MALFORMED, "佐藤花子", "\ud842"),
    ],
)
def test_no_name_is_invented_for_what_is_none(
    expected: Masked, value: Value | None, resident_id: str, bound: Callable[..., Masker], occasion: Occasion
) -> None:
    """Null stays null, and what is no name is marked."""
    assert expected == bound("surrogate_name")(value, occasion._replace(resident_id=resident_id))


@pytest.mark.rule("M5")
@given(resident_id=st.text("0123456789", min_size=1), sex=st.sampled_from([*Sex, None]))
def test_a_surrogate_is_a_name_that_a_resident_could_have(
    resident_id: str, sex: Sex | None, bound: Callable[..., Masker], occasion: Occasion
) -> None:
    """Kanji with their own reading, a given name of the registered sex, and the same one each time."""
    masker = bound("surrogate_name")
    asked = occasion._replace(resident_id=resident_id, sex=sex)
    made = surrogate_of(masker, "葛飾 北斎", asked)
    family, given_name = made.name.split(BLANK)
    assert made.kana == f"{READINGS[family]}{BLANK}{READINGS[given_name]}"
    assert given_name in {Sex.MALE: MALE, Sex.FEMALE: FEMALE, None: MALE | FEMALE}[sex]
    assert made == masker("葛飾 北斎", asked)
    assert made == masker("葛飾 応為", asked)  # drawn by the resident, so a change of name changes nothing


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
    ],
)
def test_a_surrogate_is_never_the_residents_own_name(
    spelled: Callable[[Surrogate], str], bound: Callable[..., Masker], occasion: Occasion
) -> None:
    """Whose name would be drawn gets another one, however the register spells it."""
    masker = bound("surrogate_name")
    for number in range(200):
        asked = occasion._replace(resident_id=f"{number:011d}")
        own = spelled(surrogate_of(masker, "葛飾 北斎", asked))
        other = surrogate_of(masker, own, asked)
        assert fold(own) not in fold(other.name)
        assert fold(own) not in fold(other.kana)


@pytest.mark.parametrize(
    ("expected", "name"),
    [
        ("高橋", "髙 橋"),  # はしごだか
        ("山崎", "山﨑"),  # たつさき
        ("吉田", "𠮷\u3000田"),  # つちよし
        ("渡辺", "渡邊"),
        ("渡辺", "渡\u9089\U000e0101"),  # 邉 with a selector
        ("サトウ", "ｻﾄｳ"),  # half width
        ("サトウ", "さとう"),  # hiragana
        ("ガ", "か\u3099"),  # decomposed
        ("smith", "Ｓｍｉｔｈ"),  # full-width Latin
    ],
)
def test_fold_writes_all_spellings_of_a_name_alike(expected: str, name: str) -> None:
    """Variants, selectors, width, white space and kind of kana make no difference."""
    assert expected == fold(name)


@pytest.mark.rule("M1", "M4")
def test_two_domains_draw_differently(keys: DomainKeys, other_keys: DomainKeys, occasion: Occasion) -> None:
    """Names of one domain tell nothing of another's: they agree no more often than chance has it."""
    here, there = (CATALOGUE["surrogate_name"].bind(NoSettings(), each) for each in (keys, other_keys))
    asked = [occasion._replace(resident_id=f"{number:011d}") for number in range(2000)]
    assert sum(here("葛飾 北斎", each) == there("葛飾 北斎", each) for each in asked) < 20  # 2 expected of 1,050 pairs


def test_all_names_are_used_evenly(bound: Callable[..., Masker], occasion: Occasion) -> None:
    """No name stands out by being common, beyond chance."""
    masker = bound("surrogate_name")
    counts = Counter(masker("葛飾 北斎", occasion._replace(resident_id=f"{number:011d}")) for number in range(10_500))
    assert len(counts) > 1040  # of 1,050; each is missed with probability e**-10
    assert max(counts.values()) < 35  # 10 expected


def test_the_tables_are_those_that_surrogates_were_drawn_from(bound: Callable[..., Masker], occasion: Occasion) -> None:
    """Another release of faker may not change anybody's surrogate unnoticed."""
    drawn = "\n".join(
        surrogate_of(bound("surrogate_name"), "葛飾 北斎", occasion._replace(resident_id=str(number), sex=sex)).name
        for number in range(300)
        for sex in (*Sex, None)
    )
    expected = "f520286afee874831cbdf95388572ca15ca02b86ed80151ef193753e0a2f4246"
    assert expected == hashlib.sha256(drawn.encode()).hexdigest()


def test_only_those_who_bind_it_pay_for_faker() -> None:
    """Importing all of masking does not import faker."""
    program = "import sys, masking.catalogue; print('faker' in sys.modules)"
    assert subprocess.check_output([sys.executable, "-c", program], text=True) == "False\n"
