import pytest
from hypothesis import given
from hypothesis import strategies as st

from masking.japanese.address import BUILDING, AddressPattern, address_key, address_query
from masking.value import Address

SHIOMI = "潮見市"


def key(town: str, chome: int, lot: str) -> str:
    """The key of a register's address in Shiomi."""
    return address_key(Address("48201", SHIOMI, town, chome, lot))


@pytest.mark.parametrize(
    ("expected", "town", "chome", "lot"),
    [
        ("水神2-3-18", "水神", 2, "3番18号"),
        ("水神2-3-18", "水神", 2, "３番１８号"),
        ("水神2-3-18", "水神", 2, "3番地18"),
        ("水神2-3-18", "水神", 2, "三番十八号"),
        ("水神2-3-18", "水神", 2, "3番地の18"),
        ("水神2-3-18", "水神二丁目", 0, "3番18号"),  # the chome typed into the town's name
        ("水神2-3-18|潮見ハイツ201", "水神", 2, "3番18号\u3000潮見ハイツ201"),
        ("水神2-3-18|潮見ハイツ201", "水神", 2, "3番18号潮見ハイツ201号室"),
        ("水神2-3-18|潮見ハイツ201", "水神", 2, "3番18号 潮見ハイツ　２０１"),
        ("水神2-3-18|潮見ハイツ201", "水神", 2, "3番18号 潮見ハイツ－201"),
        ("水神2-3-18|潮見ハイツ1-201", "水神", 2, "3番18号 潮見ハイツ1-201"),
        ("水神2-3-18|タワー201", "水神", 2, "3番18号 タワー201"),
        ("水神2-3-18|201", "水神", 2, "3番18号 201号室"),
        ("水神2-3-18-201", "水神", 2, "3番18-201号"),
        ("水神2-3-18|八千代荘", "水神", 2, "3番18号八千代荘"),
        ("水神2-3|八千代荘", "水神", 2, "3番地八千代荘"),  # no number in kanji: a name follows
        ("野分12", "野分", 0, "12番地"),
        ("上里123", "大字上里", 0, "123番地"),
        ("上里123-4", "大字上里", 0, "123番地の4"),
        ("上里123", "大字上里", 0, "百二十三番地"),
        ("上里沖123", "大字上里字沖", 0, "123番地"),
        ("沖島無番地", "字沖島", 0, "無番地"),
        ("上里乙12", "大字上里", 0, "乙12番地"),
        ("文字1-2", "文字", 0, "1番地2"),  # 字 is half of a word here
        ("千鳥ケ丘5-1-2", "千鳥が丘", 5, "1番2号"),
        ("緑ケ原1-1-2", "緑ヶ原", 1, "1番2号"),
        ("柿ノ木1-1-2", "柿ノ木", 1, "1番2号"),
        ("宮ノ下1-1-2", "宮の下", 1, "1番2号"),
        ("浜風町1-1-2", "濵風町", 1, "1番2号"),  # a variant character
        ("三田3-2-1", "三田", 3, "2番1号"),
        ("一番町5-3", "一番町", 0, "5番地3"),
        ("一番町5-3", "1番町", 0, "5番地3"),
        ("八丁堀3-2-1", "八丁堀", 3, "2番1号"),
        ("北十一条西3-2", "北１１条西", 3, "2番地"),
        ("水神官有地", "水神", 0, "官有地"),
    ],
)
def test_an_address_has_one_key_however_it_is_entered(expected: str, town: str, chome: int, lot: str) -> None:
    """Width, numerals, marks between numbers and the town's small words make no difference."""
    assert expected == key(town, chome, lot)


@pytest.mark.rule("S6")
@pytest.mark.parametrize(
    "text",
    [
        "潮見市水神二丁目3番18号",
        "水神２丁目３－１８",
        "水神2-3-18",
        "水神2丁目3番地18",
        "水神2丁目3番地の18",
        "水神二－三－十八",
        "水神二ー三ー一八",
        "水神2・3・18",
        "水神 2丁目 3番 18号",
        "潮見市　水神　2-3-18",
        "潮見県潮見市水神2-3-18",
        "大字水神2-3-18",
        "水神2の3の18",
    ],
)
def test_all_ways_to_type_an_address_meet_the_register(text: str) -> None:
    """What people type finds the house, and whoever lives in a flat of it."""
    pattern = address_query(text, SHIOMI)
    assert pattern == AddressPattern("水神2-3-18", whole=False)
    assert pattern.matches(key("水神", 2, "3番18号"))
    assert pattern.matches(key("水神", 2, "3番18号　潮見ハイツ201"))
    assert not pattern.matches(key("水神", 2, "3番180号"))
    assert not pattern.matches(key("水神", 2, "3番18-1号"))


@pytest.mark.parametrize(
    "text",
    [
        "水神2-3-18 潮見ハイツ201",
        "水神2-3-18潮見ハイツ201号室",
        "水神2丁目3番18号　潮見ハイツ　２０１",
        "水神2-3-18 潮見ﾊｲﾂ201",
    ],
)
def test_a_building_that_is_named_is_asked_for(text: str) -> None:
    """With a building only that one is meant, neither its neighbour nor the house without one."""
    pattern = address_query(text, SHIOMI)
    assert pattern == AddressPattern("水神2-3-18|潮見ハイツ201", whole=True)
    assert pattern.matches(key("水神", 2, "3番18号　潮見ハイツ201"))
    assert not pattern.matches(key("水神", 2, "3番18号　潮見ハイツ2011"))
    assert not pattern.matches(key("水神", 2, "3番18号　潮見ハイツ202"))
    assert not pattern.matches(key("水神", 2, "3番18号"))


@pytest.mark.parametrize(
    ("town", "chome", "lot", "text"),
    [
        ("大字上里", 0, "123番地", "上里123"),
        ("大字上里", 0, "123番地", "大字上里123番地"),
        ("字沖島", 0, "無番地", "沖島無番地"),
        ("千鳥が丘", 5, "1番2号", "千鳥ヶ丘5-1-2"),
        ("星ヶ浦", 1, "1番2号", "星ガ浦1-1-2"),
        ("柿ノ木", 1, "1番2号", "柿之木1-1-2"),
        ("潮見", 6, "1番2号", "潮見6-1-2"),  # the town is no city
        ("三田", 3, "2番1号", "三田三丁目二番一号"),
        ("一番町", 0, "5番3号", "一番町五番三号"),
    ],
)
def test_towns_are_found_by_their_own_names(town: str, chome: int, lot: str, text: str) -> None:
    """Small words and kana of the town's name are typed in every way; numbers in it stay a name."""
    assert address_query(text, SHIOMI).matches(key(town, chome, lot))


@pytest.mark.parametrize("text", ["", "　", "潮見市", "|", "-"])
def test_no_address_is_refused(text: str) -> None:
    """What leaves no town and no lot asks for nobody and not for everybody."""
    with pytest.raises(ValueError, match="write town, chome and lot"):
        address_query(text, SHIOMI)


def test_the_mark_of_a_building_cannot_be_typed() -> None:
    """It stands in keys only, so nobody asks for more or less than what the text says."""
    assert address_query("水神2-3｜18|", SHIOMI) == AddressPattern("水神2-3|18", whole=True)
    assert address_query("水|神", SHIOMI) == AddressPattern("水神", whole=False)


def test_another_city_finds_nobody() -> None:
    """Only the city's own name is left out: an address elsewhere does not become one here."""
    assert not address_query("汐見市水神2-3-18", SHIOMI).matches(key("水神", 2, "3番18号"))


@given(
    town=st.sampled_from(["水神", "千鳥が丘", "柿ノ木", "大字上里", "一番町", "三田", "八丁堀"]),
    chome=st.integers(0, 12),
    numbers=st.lists(st.integers(1, 1200), min_size=1, max_size=3),
    building=st.sampled_from(["", "潮見ハイツ201", "第二千鳥荘", "コーポ松波1-5", "タワー3"]),
    typed=st.sampled_from(["{0}-{1}", "{0}番地{1}", "{0}の{1}", "{0}－{1}", "{0}番{1}号"]),
)
def test_what_the_register_writes_is_found_by_what_people_type(
    town: str, chome: int, numbers: list[int], building: str, typed: str
) -> None:
    """Every lot of the register is found by its numbers, with and without the building, in every style."""
    lot = "番".join(map(str, numbers)) + ("号" if len(numbers) > 1 else "番地")
    entered = key(town, chome, f"{lot}　{building}")
    first, *rest = numbers
    house = typed.format(first, "-".join(map(str, rest))) if rest else str(first)
    query = f"{SHIOMI}{town}{f'{chome}丁目' if chome else ''}{house}"
    assert address_query(query, SHIOMI).matches(entered)
    assert address_query(f"{query} {building}", SHIOMI).matches(entered)
    assert (BUILDING in entered) == bool(building)


@given(text=st.text(max_size=30))
def test_a_query_is_a_pattern_or_refused(text: str) -> None:
    """No text makes it fail in another way, and a key has at most one mark of a building."""
    try:
        pattern = address_query(text, SHIOMI)
    except ValueError:
        return
    assert pattern.key.count(BUILDING) == pattern.whole
    assert pattern.matches(pattern.key)
