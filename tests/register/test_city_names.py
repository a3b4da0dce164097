"""Names of the fictional city: Japan's, in all their spellings, and other nations'."""

import re
import sqlite3
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from faker.providers.person.ja_JP import Provider

from gateway.register.city.keys import home_key, name_key
from gateway.register.city.names import surnames
from gateway.register.city.spellings import half_width, hiragana
from gateway.register.search_index import folded, name_lines
from masking.japanese.address import address_key
from masking.japanese.folding import FOLDING, plain
from masking.value import Address


@pytest.fixture
def register(city: Path) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(city / "register.db")) as connection:
        yield connection


def test_names_are_as_frequent_as_in_japan(register: sqlite3.Connection) -> None:
    """佐藤 and 鈴木 lead with one to three in a hundred households, and hundreds of surnames follow."""
    heads = register.execute("SELECT shimei FROM juki_resident WHERE zokugara = '世帯主'").fetchall()
    surnames = Counter(name.split("　")[0] for (name,) in heads)
    leading = [name for name, _ in surnames.most_common(12)]
    assert {"佐藤", "鈴木"} <= set(leading)
    assert all(0.008 < surnames[name] / len(heads) < 0.035 for name in ("佐藤", "鈴木"))
    assert len(surnames) > 300


def test_names_carry_their_own_reading(register: sqlite3.Connection) -> None:
    """Two parts each, U+3000 between them, readings in kana; one surname is always read the same."""
    readings: dict[str, str] = {}
    for name, kana, domicile in register.execute("SELECT shimei, shimei_kana, honseki FROM juki_resident"):
        assert re.fullmatch(r"[ァ-ヺー ]+　[ァ-ヺー ]+", kana) or re.fullmatch(r"[ｦ-ﾟぁ-ゖー]+　[ｦ-ﾟぁ-ゖー]+", kana)
        surname, given = name.split("　")
        assert given
        if domicile is not None:  # 張 is read in one way by Chinese, in another by Koreans
            reading = plain(kana.split("　")[0])
            assert readings.setdefault(surname, reading) == reading


def test_names_are_not_fakers(register: sqlite3.Connection) -> None:
    """Hardly anybody has one of Faker's 2,550 pairs by chance, so that a mask tried on this city is not flattered."""
    given = {str(name[0]) for name in (*Provider.first_name_male_pairs, *Provider.first_name_female_pairs)}
    family = {str(name[0]) for name in Provider.last_name_pairs}
    names = [name.split("　") for (name,) in register.execute("SELECT shimei FROM juki_resident")]
    assert sum(one in family and two in given for one, two in names) < len(names) / 50


@pytest.mark.rule("S6")
def test_variant_characters_have_their_share() -> None:
    """髙橋 is one in three of all 高橋, and no spelling is commoner than the plain one that it comes from."""
    pool = surnames()
    weights = {
        name.text: after - before for name, before, after in zip(pool.names, [0.0, *pool.sums], pool.sums, strict=False)
    }
    assert 0.3 < weights["髙橋"] / (weights["髙橋"] + weights["高橋"]) < 0.34
    assert {"𠮷田", "山﨑", "濵田", "葛\U000e0100西", "辻\U000e0100"} <= weights.keys()
    assert any("\ue000" <= char <= "\uf8ff" for name in weights for char in name)
    assert weights["𠮷田"] < weights["吉田"]
    assert len(weights) == len(pool.names)


@pytest.mark.rule("S6")
def test_variants_are_written_in_the_register(register: sqlite3.Connection) -> None:
    """One or two names in a hundred and more have a character that a search finds by its plain form."""
    names = [name for (name,) in register.execute("SELECT shimei FROM juki_resident")]
    assert 0.02 < sum(folded(name)[1] != "" for name in names) / len(names) < 0.15
    assert any(ord(char) > 0xFFFF for name in names for char in name)


def test_some_residents_are_foreign(register: sqlite3.Connection) -> None:
    """Two or three in a hundred; some write their names in Latin letters, some go by a 通称; none has a 本籍."""
    foreign = register.execute(
        "SELECT shimei, tsusho FROM juki_resident LEFT JOIN juki_alias USING (atena_no) "
        "WHERE honseki IS NULL AND jumin_cd = '1'"
    ).fetchall()
    assert 0.01 < len(foreign) / 2_000 < 0.05
    assert any(re.fullmatch(r"[A-Z' ]+　[A-Z' ]+", name) for name, _ in foreign)
    assert any(name is not None for _, name in foreign)
    assert not register.execute(
        "SELECT 1 FROM juki_alias JOIN juki_resident USING (atena_no) WHERE tsusho IS NOT NULL AND honseki IS NOT NULL"
    ).fetchall()


def test_some_wives_have_a_former_surname(register: sqlite3.Connection) -> None:
    """It has a reading, and the history tells when it was entered."""
    former = register.execute(
        "SELECT kyu_uji, kyu_uji_kana, zokugara, ido_naiyo FROM juki_alias JOIN juki_resident USING (atena_no) "
        "JOIN juki_history USING (atena_no) WHERE kyu_uji IS NOT NULL AND ido_jiyu_cd = '06'"
    ).fetchall()
    assert former
    assert all(role == "妻" and kana and name in text for name, kana, role, text in former)


@pytest.mark.parametrize(
    ("katakana", "narrow", "cursive"),
    [
        ("サトウ　ガギ", "ｻﾄｳ　ｶﾞｷﾞ", "さとう　がぎ"),
        ("ジョーパ", "ｼﾞｮｰﾊﾟ", "じょーぱ"),
        ("ヴッ", "ｳﾞｯ", "ゔっ"),
    ],
)
def test_old_systems_wrote_readings_in_their_own_way(katakana: str, narrow: str, cursive: str) -> None:
    """Half as wide, or in hiragana; a search takes all three for one."""
    assert narrow == half_width(katakana)
    assert cursive == hiragana(katakana)
    assert plain(katakana) == plain(narrow) == plain(cursive)


@pytest.mark.rule("S6")
def test_the_search_index_holds_every_entry_as_it_is_folded(register: sqlite3.Connection) -> None:
    """All spellings, readings and addresses, as if each had been folded by itself."""
    assert register.execute("SELECT * FROM kensaku_seiki").fetchall() == [(FOLDING,)]
    lines, addresses = Counter[tuple[str, ...]](), Counter[tuple[str, ...]]()
    for resident, name, kana, born, former, former_kana, common, *home in register.execute(
        "SELECT atena_no, shimei, shimei_kana, umare_ymd, kyu_uji, kyu_uji_kana, tsusho, "
        "choaza_cd, shi_mei, choaza_mei, chome_no, banchi FROM juki_resident LEFT JOIN juki_alias USING (atena_no)"
    ):
        lines.update(
            name_lines(
                resident,
                born=born,
                name=name,
                name_kana=kana,
                former_surname=former,
                former_surname_kana=former_kana,
                common_name=common,
            )
        )
        addresses[resident, address_key(Address(*home))] += 1
    assert lines == Counter(register.execute("SELECT * FROM kensaku_shimei").fetchall())
    assert addresses == Counter(register.execute("SELECT * FROM kensaku_jusho").fetchall())


def test_keys_of_halves_are_the_keys_of_the_whole() -> None:
    """Also where one half has a variant and the other none, and where a town has no 丁目."""
    for name in ("髙橋　惠子", "髙橋　恵子", "高橋　惠子", "高橋　恵子", "NGUYEN　VAN MINH", "高橋"):
        assert folded(name) == name_key(name)
    for town, chome, lot in (
        ("千鳥が丘", 5, "1番2号　潮見ハイツ101"),
        ("大字上里", 0, "12番地"),
        ("柿ノ木", 1, "3番14号"),
    ):
        assert address_key(Address("", "潮見市", town, chome, lot)) == home_key(town, chome, lot)
